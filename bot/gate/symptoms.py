"""What makes a tree red, as something that can be looked for in another tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.gate.flakes import State
from bot.gate.verdict import fewer
from bot.types.gate import FAILING, PASSING, Baseline, Outcome, SuiteRun, TestId, TreeVerdict


class Side(StrEnum):
    """Which run shows a symptom: with the judge's files, or with the change's own."""

    JUDGE = "judge"
    OWN = "own"


class Kind(StrEnum):
    """How a symptom looks: a failing test, one that fails more often than it should, one that is not run, one
    that the base lacks or skips and that fails, one that the base lacks and that does not pass every time, a
    run in doubt."""

    FAILS = "fails"
    FLICKERS = "flickers"
    DARK = "dark"
    NEW = "new"
    UNSTEADY = "unsteady"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True, order=True)
class Symptom:
    side: Side
    kind: Kind
    test: TestId


def symptoms_of(side: Side, verdict: TreeVerdict) -> frozenset[Symptom]:
    """What a verdict blames."""
    kinds = {Kind.FAILS: verdict.regressions, Kind.DARK: verdict.dark, Kind.NEW: verdict.new_failures}
    return frozenset(Symptom(side, kind, test) for kind, tests in kinds.items() for test in tests)


def state_of(symptom: Symptom, run: SuiteRun, base: Baseline) -> State:
    """What a run says of one symptom."""
    if symptom.kind is Kind.DOUBT:
        return State.DIRTY if run.doubt is not None else State.CLEAN
    if run.doubt is not None:
        return State.UNKNOWN
    outcome = run.outcomes.get(symptom.test, Outcome.MISSING)
    if symptom.kind is Kind.UNSTEADY:
        # One pass of such a test says nothing: whoever brings it brings the symptom.
        return State.CLEAN if outcome is Outcome.MISSING else State.DIRTY
    if symptom.kind is Kind.NEW or (symptom.kind is Kind.FLICKERS and symptom.test in base.skip):
        return State.DIRTY if _fails_anew(symptom.test, outcome, base) else State.CLEAN
    if outcome in PASSING and not (symptom.kind is Kind.DARK and fewer(symptom.test, run, base)):
        return State.CLEAN
    if outcome in PASSING:
        return State.DIRTY
    as_before = (outcome in FAILING) == (symptom.kind is not Kind.DARK)
    return State.DIRTY if as_before else State.UNKNOWN


def _fails_anew(test: TestId, outcome: Outcome, base: Baseline) -> bool:
    """What the base skips may go on being skipped; what it does not have cannot fail where it is not."""
    if test in base.known:
        return outcome in FAILING
    return outcome not in PASSING and outcome is not Outcome.MISSING
