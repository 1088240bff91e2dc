"""With, without, and with again: whose fault a failure is, told by figures."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Mapping

import pytest

from bot.gate.flakes import State
from bot.gate.rerun import AGAIN, Found, Sides, try_again
from bot.gate.symptoms import Kind, Side, Symptom
from bot.types.gate import TestId

IT = Symptom(Side.JUDGE, Kind.FAILS, TestId("m", "it"))
Answer = Callable[[int], State]
C, D, U = State.CLEAN, State.DIRTY, State.UNKNOWN


def always(state: State) -> Answer:
    return lambda _run: state


def each(*states: State) -> Answer:
    """One after the other, and the last one for ever."""
    return lambda run: states[min(run, len(states) - 1)]


def at_times(rate: float, seed: int) -> Answer:
    chance = random.Random(seed)
    return lambda _run: D if chance.random() < rate else C


class Suite:
    """Answers for one test, run by run, on each side; counts what it was asked."""

    def __init__(
        self, here: Answer, base: Answer, whole: Answer | None = None, whole_base: Answer | None = None
    ) -> None:
        self.asked = {"here": 0, "base": 0, "whole": 0, "whole_base": 0}
        self.samples: dict[str, list[int]] = {side: [] for side in self.asked}
        self._answers = {"here": here, "base": base, "whole": whole or here}
        self._answers["whole_base"] = whole_base or base

    def _looker(self, side: str) -> Callable[[Collection[Symptom], int], object]:
        async def look(wanted: Collection[Symptom], sample: int) -> Mapping[Symptom, State]:
            run = self.asked[side]
            self.asked[side] += 1
            self.samples[side].append(sample)
            return {symptom: self._answers[side](run) for symptom in wanted}

        return look

    def tried(self, *, selects: bool = True, before: tuple[int, int] = (0, 3), runs: int = 3) -> Found:
        sides = Sides(
            here=self._looker("here"),  # type: ignore[arg-type]
            base=self._looker("base"),  # type: ignore[arg-type]
            whole=(self._looker("whole"), self._looker("whole_base")) if selects else None,  # type: ignore[arg-type]
            before=lambda _test: before,
        )
        return asyncio.run(try_again([IT], sides, runs))


def place_of(found: Found) -> str:
    return " ".join(name for name in ("guilty", "known", "unproven") if IT in getattr(found, name))


def test_what_fails_every_time_with_and_never_without_is_guilty_after_three_phases() -> None:
    suite = Suite(always(D), always(C))
    found = suite.tried()
    assert place_of(found) == "guilty"
    assert suite.asked == {"here": 3, "base": 2, "whole": 0, "whole_base": 0}
    assert str(found.evidence[IT.test]) == "failed in 4 of 4 runs with the change, in 0 of 5 without it"


def test_every_rerun_is_a_process_of_its_own() -> None:
    suite = Suite(at_times(0.5, 1), at_times(0.1, 2))
    suite.tried()
    for samples in suite.samples.values():
        assert len(set(samples)) == len(samples)


def test_what_fails_without_the_change_too_is_known_and_nobodys_fault() -> None:
    """The world has changed since the baseline: a certificate has run out, say."""
    found = Suite(always(D), always(D)).tried()
    assert place_of(found) == "known"


def test_test_that_the_change_makes_flaky_is_guilty_by_the_figures() -> None:
    caught = [place_of(Suite(at_times(0.6, seed), always(C)).tried()) == "guilty" for seed in range(200)]
    assert sum(caught) >= 190


def test_flaky_test_that_is_broken_for_good_is_guilty() -> None:
    """At the base it fails half of the time: three of three would often prove nothing."""
    caught = [
        place_of(Suite(always(D), at_times(0.5, seed)).tried(before=(1, 3))) == "guilty"
        for seed in range(200)
    ]
    assert sum(caught) >= 160


def test_flaky_test_that_nobody_made_worse_is_hardly_ever_blamed() -> None:
    for rate, limit in ((0.05, 2), (0.1, 3), (0.3, 15)):
        blamed = [
            place_of(Suite(at_times(rate, seed), at_times(rate, seed + 1000)).tried()) == "guilty"
            for seed in range(300)
        ]
        assert sum(blamed) <= limit, rate


def test_flake_that_was_never_seen_without_the_change_is_unproven() -> None:
    found = Suite(each(C, D, C), always(C)).tried()
    assert place_of(found) == "unproven"


def test_figures_end_the_reruns_as_soon_as_they_are_sure() -> None:
    suite = Suite(each(D, C, D), always(C))
    assert place_of(suite.tried()) == "guilty"
    assert 5 < suite.asked["here"] < AGAIN


def test_what_passes_alone_is_asked_among_all_others() -> None:
    found = Suite(always(C), always(C), whole=always(D)).tried()
    assert place_of(found) == "guilty"
    assert found.whole == {IT}


def test_what_passes_alone_and_among_all_others_is_a_flake() -> None:
    found = Suite(always(C), always(C), whole=each(D, C)).tried()
    assert place_of(found) == "unproven"


def test_what_cannot_be_seen_alone_is_asked_among_all_others() -> None:
    found = Suite(always(U), always(C), whole=always(D)).tried()
    assert (place_of(found), found.whole) == ("guilty", frozenset({IT}))


@pytest.mark.parametrize("runs", [1, 3])
def test_suite_that_cannot_run_single_tests_is_asked_a_bounded_number_of_times(runs: int) -> None:
    suite = Suite(at_times(0.5, 7), always(C))
    suite.tried(selects=False, runs=runs, before=(0, runs))
    assert suite.asked["here"] <= 2 * runs + 1
    assert suite.asked["base"] <= 2 * runs
    assert suite.asked["whole"] == 0


@pytest.mark.parametrize("alone", [D, U])
@pytest.mark.parametrize("runs", [1, 2, 3])
def test_what_never_passes_alone_at_the_base_is_compared_among_all_others(alone: State, runs: int) -> None:
    """It needs another test before it, or a run of a part ends with a doubt: that is nobody's innocence."""
    suite = Suite(always(D), always(alone), whole=always(D), whole_base=always(C))
    found = suite.tried(runs=runs, before=(0, runs))
    assert (place_of(found), found.whole) == ("guilty", frozenset({IT}))
    assert found.evidence[IT.test].failed_without == 0


def test_what_fails_among_all_others_without_the_change_too_is_known() -> None:
    suite = Suite(always(D), always(D), whole=always(D), whole_base=always(D))
    assert place_of(suite.tried()) == "known"


def test_what_cannot_be_seen_without_the_change_has_not_failed_there() -> None:
    assert place_of(Suite(always(D), always(U)).tried(selects=False)) == "guilty"
    mixed = Suite(at_times(0.5, 3), always(U))
    assert place_of(mixed.tried(selects=False, runs=2)) in ("guilty", "unproven")


def test_nothing_suspected_asks_nothing() -> None:
    async def never(_wanted: object, _sample: int) -> Mapping[Symptom, State]:
        raise AssertionError

    found = asyncio.run(try_again([], Sides(never, never, (never, never), lambda _: (0, 3)), 3))
    assert found == Found()
