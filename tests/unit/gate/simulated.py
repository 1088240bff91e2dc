"""Suites as functions of the landing units that stand, and searches over them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.gate.flakes import Confirmation, State, confirm
from bot.gate.search import Found, search
from bot.types.stack import LandingUnit
from tests.unit.gate.conftest import landing_unit

Suite = Callable[[frozenset[str], str], State]
"""What a set of units shows of one test."""


class Simulated:
    """A suite that never errs, reruns included, unless some of its tests are said to be `flaky`.

    With `delays` a look takes that many turns of the event loop, so that looks end in any order."""

    def __init__(
        self, suite: Suite, flaky: Collection[str] = (), delays: Callable[[frozenset[str]], int] | None = None
    ) -> None:
        self.suite = suite
        self.flaky = set(flaky)
        self.delays = delays
        self.probes: list[frozenset[str]] = []
        self.ended: list[frozenset[str]] = []
        self.cancelled: list[frozenset[str]] = []
        self.once = False
        self.running = 0
        self.most_at_once = 0
        self.confirmed: list[tuple[frozenset[str], frozenset[str]]] = []

    async def probe(self, units: Sequence[LandingUnit], symptoms: Collection[str]) -> Mapping[str, State]:
        standing = frozenset(names(units))
        if self.once:
            assert standing not in self.ended, "one set of units is looked at once"
        self.probes.append(standing)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            for _ in range(self.delays(standing) if self.delays else 0):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled.append(standing)
            raise
        finally:
            self.running -= 1
        self.ended.append(standing)
        return {symptom: self.suite(standing, symptom) for symptom in symptoms}

    async def confirm(
        self, symptoms: Collection[str], units: Sequence[LandingUnit], without: Sequence[LandingUnit]
    ) -> Confirmation[str]:
        here, there = frozenset(names(units)), frozenset(names(without))
        self.confirmed.append((here, there))

        async def look(standing: frozenset[str], wanted: Collection[str]) -> Mapping[str, State]:
            return {symptom: self.suite(standing, symptom) for symptom in wanted}

        steady = frozenset(symptoms) - self.flaky
        found = await confirm(steady, lambda t, _: look(here, t), lambda t, _: look(there, t), 1)
        flaky = found.flaky | (frozenset(symptoms) & self.flaky)
        return Confirmation(found.confirmed, flaky, found.elsewhere, found.unsure)

    def search(
        self, units: Sequence[LandingUnit], symptoms: Collection[str], cap: int | None = None, jobs: int = 1
    ) -> Found[str]:
        # Of several at once those that end in vain are not remembered.
        self.once = jobs == 1
        return asyncio.run(search(units, symptoms, self.probe, self.confirm, cap, jobs))


class Noisy:
    """A gate over a suite whose runs are red for no reason, every test of them, at a rate `phi`.

    Equal questions are one run, as in bot/gate/runs.py; the batch is judged by full runs, and what is red is
    run again."""

    def __init__(self, suite: Suite, tests: Collection[str], phi: float, runs: int, seed: int) -> None:
        self.suite = suite
        self.tests = frozenset(tests)
        self.phi = phi
        self.runs = runs
        self.excused: frozenset[str] = frozenset()
        self.count: Counter[str] = Counter()
        self._asked: Counter[tuple[frozenset[str], frozenset[str]]] = Counter()
        self._random = random.Random(seed)
        self._known: dict[tuple[frozenset[str], frozenset[str], int], dict[str, State]] = {}

    async def gate(self, units: Sequence[LandingUnit]) -> tuple[list[str], list[str], bool]:
        """The units that stand, those that were evicted, and whether all fell: nobody could be blamed."""
        standing, evicted = list(units), list[str]()
        while standing and (symptoms := await self._red(standing)):
            found = await search(standing, symptoms, self._probe, self._confirm)
            if not (found.culprits or found.flaky - self.excused):
                return [], evicted, True
            self.excused |= found.flaky
            evicted += [name for culprit in found.culprits for name in names(culprit.units)]
            standing = list(found.kept)
        return names(standing), evicted, False

    async def _red(self, units: Sequence[LandingUnit]) -> frozenset[str]:
        """The tests that fail in a run of everything, and again in each rerun."""
        places = frozenset(names(units))
        states = self._run(places, self.tests, 0, "full")
        failing = frozenset(test for test in self.tests if states[test] is not State.CLEAN) - self.excused

        async def again(wanted: Collection[str], sample: int) -> Mapping[str, State]:
            return self._run(places, wanted, sample + 1, "again")

        return (await confirm(failing, again, None, max(1, self.runs - 1))).confirmed

    async def _probe(self, units: Sequence[LandingUnit], symptoms: Collection[str]) -> Mapping[str, State]:
        return self._run(frozenset(names(units)), symptoms, 0, "probe")

    async def _confirm(
        self, symptoms: Collection[str], units: Sequence[LandingUnit], without: Sequence[LandingUnit]
    ) -> Confirmation[str]:
        here, there = frozenset(names(units)), frozenset(names(without))
        first = self._asked[here, there] * self.runs
        self._asked[here, there] += 1

        async def present(wanted: Collection[str], sample: int) -> Mapping[str, State]:
            return self._run(here, wanted, first + sample, "confirm")

        async def absent(wanted: Collection[str], sample: int) -> Mapping[str, State]:
            return self._run(there, wanted, first + sample, "confirm")

        return await confirm(symptoms, present, absent if without else None, self.runs)

    def _run(
        self, standing: frozenset[str], tests: Collection[str], sample: int, what: str
    ) -> Mapping[str, State]:
        key = (standing, frozenset(tests), sample)
        if key not in self._known:
            self.count[what] += 1
            red = self._random.random() < self.phi
            self._known[key] = {t: State.DIRTY if red else self.suite(standing, t) for t in sorted(tests)}
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Batch:
    """Units in landing order, and which tests each culprit among them breaks."""

    units: tuple[LandingUnit, ...]
    breaks: Mapping[str, frozenset[str]]

    @property
    def tests(self) -> frozenset[str]:
        return frozenset(test for tests in self.breaks.values() for test in tests)

    def suite(self, standing: frozenset[str], test: str) -> State:
        return fails_if(any(name in standing and test in self.breaks[name] for name in self.breaks))


@st.composite
def batches(draw: st.DrawFn, most: int = 24) -> Batch:
    """Units with dependencies, up to four culprits, and the tests that each of them breaks."""
    size = draw(st.integers(1, most))
    order = [f"u{at}" for at in range(size)]
    below = [draw(st.sets(st.sampled_from(order[:at]), max_size=1)) if at else () for at in range(size)]
    units = tuple(landing_unit(name, *needs) for name, needs in zip(order, below, strict=True))
    culprits = draw(st.sets(st.sampled_from(order), min_size=1, max_size=min(4, size)))
    tests = st.frozensets(st.sampled_from(["t1", "t2", "t3", "t4", "t5"]), min_size=1, max_size=3)
    return Batch(units, {name: draw(tests) for name in sorted(culprits)})


def names(units: Sequence[LandingUnit]) -> list[str]:
    return [name for unit in units for name in unit.units]


def evicted(found: Found[str]) -> set[str]:
    return {name for culprit in found.culprits for name in names(culprit.units)}


def fails_if(condition: bool) -> State:
    return State.DIRTY if condition else State.CLEAN


def chain(*specs: str) -> list[LandingUnit]:
    """`b<a` is unit b that needs a."""
    return [landing_unit(*spec.split("<")) for spec in specs]


def above(units: Sequence[LandingUnit], roots: Collection[str]) -> set[str]:
    """The roots and all that needs them, however far."""
    found = set(roots)
    for unit in units:
        if set(unit.needs) & found:
            found |= set(unit.units)
    return found
