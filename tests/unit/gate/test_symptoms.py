"""What a run says of one symptom: the other half of the truth table, for trees that the search looks at."""

from __future__ import annotations

import pytest

from bot.gate.flakes import State
from bot.gate.symptoms import Kind, Side, Symptom, state_of
from bot.types.gate import Baseline, Outcome, SuiteRun, TestId
from bot.types.ids import Tree

IT = TestId("m", "it")
PASS, XPASS, SKIP, XFAIL = Outcome.PASS, Outcome.XPASS, Outcome.SKIP, Outcome.XFAIL
FAIL, ERROR, NOT_RUN = Outcome.FAIL, Outcome.ERROR, Outcome.NOT_RUN
C, D, U = State.CLEAN, State.DIRTY, State.UNKNOWN


def base(place: str, count: int = 1) -> Baseline:
    def held(name: str) -> frozenset[TestId]:
        return frozenset({IT} if name == place else ())

    counts = {IT: count} if count > 1 else {}
    return Baseline(
        Tree("b"), 3, held("pass"), held("fail"), held("flaky"), held("skip"), frozenset(), {}, counts
    )


def run(outcome: Outcome | None, doubt: str | None = None, count: int = 1) -> SuiteRun:
    outcomes = {} if outcome is None else {IT: outcome}
    counts = {IT: count} if count > 1 else {}
    return SuiteRun(Tree("a"), outcomes, {}, 0, 1.0, doubt, counts=counts)


TABLE: list[tuple[Kind, str, list[tuple[Outcome | None, State]]]] = [
    (Kind.FAILS, "pass", [(PASS, C), (XPASS, C), (FAIL, D), (ERROR, D), (SKIP, U), (None, U)]),
    (Kind.DARK, "pass", [(PASS, C), (SKIP, D), (XFAIL, D), (NOT_RUN, D), (None, D), (FAIL, U)]),
    (Kind.NEW, "none", [(PASS, C), (None, C), (FAIL, D), (SKIP, D)]),
    (Kind.NEW, "skip", [(PASS, C), (SKIP, C), (None, C), (FAIL, D), (ERROR, D)]),
    (Kind.UNSTEADY, "none", [(PASS, D), (FAIL, D), (None, C)]),
    (Kind.DOUBT, "none", [(PASS, C), (FAIL, C)]),
]
ROWS = [(kind, place, outcome, state) for kind, place, rows in TABLE for outcome, state in rows]


@pytest.mark.parametrize(("kind", "place", "outcome", "state"), ROWS)
def test_table(kind: Kind, place: str, outcome: Outcome | None, state: State) -> None:
    assert state_of(Symptom(Side.JUDGE, kind, IT), run(outcome), base(place)) is state


@pytest.mark.parametrize("kind", list(Kind))
def test_doubtful_run_shows_nothing_but_its_doubt(kind: Kind) -> None:
    expected = D if kind is Kind.DOUBT else U
    assert state_of(Symptom(Side.JUDGE, kind, IT), run(PASS, "no report"), base("pass")) is expected


def test_test_with_fewer_cases_than_at_the_base_is_dark() -> None:
    dark = Symptom(Side.JUDGE, Kind.DARK, IT)
    assert state_of(dark, run(PASS, count=2), base("pass", count=3)) is D
    assert state_of(dark, run(PASS, count=3), base("pass", count=3)) is C
