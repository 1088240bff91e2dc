"""Tests that failed, again, in fresh processes: with the change, without it, and with it once more.

What fails every time with the change and never without it is the change's. What passes in between is
flaky, and only figures can say whose fault that is: it is run on both sides until the exact test is sure,
or `AGAIN` runs are made. A test that fails only among all others is asked among all others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.gate.exact import EARLY, SURE, is_worse
from bot.gate.flakes import Look, State
from bot.gate.symptoms import Symptom
from bot.types.gate import Evidence, TestId

AGAIN = 15
"""Runs on each side, at the most, where single tests can be run; `gate.runs` where they cannot."""


@dataclass(frozen=True, slots=True)
class Sides:
    """How to look for symptoms: with the change and without it. `whole` looks among all tests, with the
    change and without it; it is None where every look does. `before` is how often a test failed in how many
    runs of the baseline."""

    here: Look[Symptom]
    base: Look[Symptom]
    whole: tuple[Look[Symptom], Look[Symptom]] | None
    before: Callable[[TestId], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """Every suspect is in one of these: `guilty`; `known` to be flaky without the change too; `unproven`:
    flaky with the change only, and not often enough to be sure. `whole` are guilty ones that show only
    among all other tests, `again` are those that a rerun has seen failing."""

    guilty: frozenset[Symptom] = frozenset()
    known: frozenset[Symptom] = frozenset()
    unproven: frozenset[Symptom] = frozenset()
    whole: frozenset[Symptom] = frozenset()
    again: frozenset[Symptom] = frozenset()
    evidence: Mapping[TestId, Evidence] = field(default_factory=dict)


async def try_again(
    suspects: Collection[Symptom], sides: Sides, runs: int, wary: Collection[TestId] = ()
) -> Found:
    """Reruns of what failed once in the whole suite; `runs` is the spec's `gate.runs`. `wary` are tests that
    were seen passing where they should fail: of them a few failures in a row prove nothing."""
    trial = _Trial(suspects, sides, runs, wary)
    await trial.hold()
    return trial.found()


@dataclass(slots=True)
class _Tally:
    """What one suspect did, the failure that made it one included."""

    failed_with: int = 1
    runs_with: int = 1
    failed_without: int = 0
    runs_without: int = 0
    looks_without: int = 0
    clean_without: bool = False
    unseen: bool = False
    failed_among_all: int = 0
    runs_among_all: int = 0

    @property
    def seen(self) -> int:
        """All failures with the change."""
        return self.failed_with + self.failed_among_all


class _Trial:
    def __init__(
        self, suspects: Collection[Symptom], sides: Sides, runs: int, wary: Collection[TestId]
    ) -> None:
        self._sides = sides
        self._wary = wary
        self._runs = runs
        self._tally = {suspect: _Tally() for suspect in sorted(suspects)}
        self._whole: set[Symptom] = set()
        self._samples = 0
        self._most = AGAIN if sides.whole is not None else runs

    async def hold(self) -> None:
        suspects = set(self._tally)
        for _ in range(max(1, self._runs - 1)):
            await self._with(suspects)
        odd = {s for s in suspects if self._tally[s].unseen or self._tally[s].failed_with == 1}
        await self._among_all(odd)
        asked = suspects - self._whole
        for _ in range(max(1, self._runs - 1)):
            await self._without(asked)
        # Alone it is never seen to pass, though the baseline has: only its place among all others tells.
        misplaced = {s for s in asked if self._is_misplaced(s)}
        await self._both_among_all(misplaced)
        asked -= misplaced
        await self._with({s for s in asked if self._looks_guilty(s)})
        while open_ := {s for s in asked if not self._settled(s)}:
            await asyncio.gather(self._with(open_), self._without(open_))

    def found(self) -> Found:
        guilty = {s for s in self._tally if s in self._whole or self._looks_guilty(s) or self._is_worse(s)}
        rest = set(self._tally) - guilty
        known = {s for s in rest if self._tally[s].failed_without or self._sides.before(s.test)[0]}
        return Found(
            guilty=frozenset(guilty),
            known=frozenset(known),
            unproven=frozenset(rest - known),
            whole=frozenset(self._whole),
            again=frozenset(s for s, tally in self._tally.items() if tally.seen > 1),
            evidence={s.test: self._evidence(s) for s in self._tally},
        )

    async def _with(self, suspects: Collection[Symptom]) -> None:
        if not suspects:
            return
        self._samples += 1
        states = await self._sides.here(suspects, self._samples)
        for suspect in suspects:
            tally = self._tally[suspect]
            tally.runs_with += 1
            tally.failed_with += states[suspect] is not State.CLEAN
            tally.unseen |= states[suspect] is State.UNKNOWN

    async def _without(self, suspects: Collection[Symptom]) -> None:
        if not suspects:
            return
        states = await self._sides.base(suspects, self._samples)
        for suspect in suspects:
            tally = self._tally[suspect]
            tally.looks_without += 1
            tally.clean_without |= states[suspect] is State.CLEAN
            # What cannot be seen there has not failed there.
            tally.runs_without += states[suspect] is not State.UNKNOWN
            tally.failed_without += states[suspect] is State.DIRTY
        self._samples += 1

    async def _among_all(self, odd: Iterable[Symptom]) -> None:
        """Alone they pass, or cannot be run: what they do among all others decides, every time."""
        still = set(odd)
        if self._sides.whole is None:
            return
        for sample in range(1, max(2, self._runs) + 1):
            if not still:
                return
            states = await self._sides.whole[0](still, sample)
            for suspect in still:
                self._tally[suspect].runs_among_all += 1
                self._tally[suspect].failed_among_all += states[suspect] is not State.CLEAN
            still = {suspect for suspect in still if states[suspect] is not State.CLEAN}
        self._whole |= still

    def _is_misplaced(self, suspect: Symptom) -> bool:
        steady = not self._sides.before(suspect.test)[0]
        return self._sides.whole is not None and steady and not self._tally[suspect].clean_without

    async def _both_among_all(self, misplaced: Collection[Symptom]) -> None:
        """Both sides as the baseline was measured; what was seen of these tests alone does not count."""
        if self._sides.whole is None or not misplaced:
            return
        here, base = self._sides.whole
        tallies = {suspect: _Tally() for suspect in sorted(misplaced)}
        self._tally |= tallies
        for sample in range(1, max(2, self._runs) + 1):
            states, before = await here(misplaced, sample), await base(misplaced, sample)
            for suspect, tally in tallies.items():
                tally.runs_with += 1
                tally.failed_with += states[suspect] is not State.CLEAN
                tally.runs_without += before[suspect] is not State.UNKNOWN
                tally.failed_without += before[suspect] is State.DIRTY
        self._whole |= {
            s for s, t in tallies.items() if t.failed_with == t.runs_with and not t.failed_without
        }

    def _looks_guilty(self, suspect: Symptom) -> bool:
        """Every time with the change, never without it."""
        tally = self._tally[suspect]
        steady = suspect.test not in self._wary
        return steady and tally.failed_with == tally.runs_with and not tally.failed_without

    def _is_worse(self, suspect: Symptom) -> bool:
        """By the reruns alone: it became a suspect because it failed, and stable because it passed."""
        tally = self._tally[suspect]
        again = (tally.failed_with - 1, tally.runs_with - 1)
        sure = SURE if self._is_full(tally) else EARLY
        return is_worse(Evidence(*again, tally.failed_without, tally.runs_without), sure)

    def _is_full(self, tally: _Tally) -> bool:
        return tally.runs_with > self._most and tally.looks_without >= self._most

    def _settled(self, suspect: Symptom) -> bool:
        full = self._is_full(self._tally[suspect])
        return full or self._looks_guilty(suspect) or self._is_worse(suspect)

    def _evidence(self, suspect: Symptom) -> Evidence:
        tally = self._tally[suspect]
        failed, runs = self._sides.before(suspect.test)
        return Evidence(
            failed_with=tally.seen,
            runs_with=tally.runs_with + tally.runs_among_all,
            failed_without=failed + tally.failed_without,
            runs_without=runs + tally.runs_without,
        )
