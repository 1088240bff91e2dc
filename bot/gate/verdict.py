"""What one run says of one tree, beside the baseline. Pure: the gate's whole semantics, and no process.

    at the base    here                            verdict
    stable-pass    pass, xpass                     passes
                   fail, error                     regression
                   skip, xfail, not-run, missing   dark; missing is allowed where the spec renames or removes
    flaky          missing                         dark, unless the base's own runs miss it at times
                   fail r of r, base passes r      regression (told by the retrial)
                   else                            flaky, nobody's fault
    stable-fail    pass, xpass                     fixed
                   fail, error                     known
    skip           fail, error                     new failure
    none of them   pass, xpass                     new
                   else                            new failure
    any doubt of the run                           red

A test that failed here and passed when it was run again on the same tree (`Retrial.cleared`) is flaky.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from bot.suite.pytest import parse_id
from bot.types.gate import Baseline, Outcome, SuiteRun, TestId, TreeVerdict
from bot.types.ids import Tree
from bot.types.spec import Spec

PASSING = frozenset({Outcome.PASS, Outcome.XPASS})
FAILING = frozenset({Outcome.FAIL, Outcome.ERROR})


@dataclass(frozen=True, slots=True)
class Terms:
    """What the spec asks of the gate: never a change's to say."""

    bar: Fraction = Fraction(1)
    runs: int = 3
    renames: Mapping[TestId, TestId] = field(default_factory=dict)
    removals: frozenset[TestId] = frozenset()
    propose_tests: bool = False

    @classmethod
    def of(cls, spec: Spec) -> Terms:
        gate = spec.gate
        return cls(
            bar=Fraction(str(gate.bar)),
            runs=gate.runs,
            renames={parse_id(old): parse_id(new) for old, new in gate.renames.items()},
            removals=frozenset(map(parse_id, gate.removals)),
            propose_tests=spec.tests == "propose",
        )


@dataclass(frozen=True, slots=True)
class Retrial:
    """What reruns found: `cleared` failed and then passed on the same tree; `convicted` are flaky at the
    base, but failed r times of r here while the base passed r times of r."""

    cleared: frozenset[TestId] = frozenset()
    convicted: frozenset[TestId] = frozenset()


NO_RETRIAL = Retrial()


def judge(run: SuiteRun, base: Baseline, terms: Terms, retrial: Retrial = NO_RETRIAL) -> TreeVerdict:
    """The verdict on the tree that was run."""
    expected = _expected(run, base, terms)
    if run.doubt is not None or not expected:
        doubt = run.doubt or "no test that is stable at the base is left to compare"
        return TreeVerdict(run.tree, False, 0, len(expected), doubt=doubt)
    here = {old: run.outcomes.get(new, Outcome.MISSING) for old, new in expected.items()}
    bad = {old for old, outcome in here.items() if outcome not in PASSING}
    blamed = {old for old in bad if expected[old] not in retrial.cleared}
    flaky = _flaky(run, base, retrial) | {expected[old] for old in bad - blamed}
    convicted = retrial.convicted & base.flaky
    regressions = {expected[old] for old in blamed if here[old] in FAILING} | convicted
    dark = {expected[old] for old in blamed if here[old] not in FAILING} | _dark_flaky(run, base, terms)
    fresh = _new_failures(run, base, terms)
    new_failures = fresh - retrial.cleared
    passed = len(expected) - len(blamed)
    rate = Fraction(passed, len(expected))
    green = rate >= terms.bar and not (convicted or dark or new_failures)
    return TreeVerdict(
        tree=run.tree,
        green=green,
        passed=passed,
        of=len(expected),
        regressions=_sorted(regressions),
        dark=_sorted(dark),
        new_failures=_sorted(new_failures),
        flaky=_sorted((flaky | (fresh & retrial.cleared)) - regressions - dark),
        fixed=_sorted(test for test in base.stable_fail if run.outcomes.get(test) in PASSING),
        gone=_sorted((base.stable_fail | base.skip) - run.outcomes.keys() - terms.removals),
        messages={t: run.messages[t] for t in regressions | dark | new_failures if t in run.messages},
    )


def combined(tree: Tree, judged: TreeVerdict, own: TreeVerdict) -> TreeVerdict:
    """The judge run and the own run as one verdict on the candidate: green where both are."""
    worse = min(judged, own, key=lambda verdict: verdict.rate)
    return TreeVerdict(
        tree=tree,
        green=judged.green and own.green,
        passed=worse.passed,
        of=worse.of,
        regressions=_sorted({*judged.regressions, *own.regressions}),
        dark=_sorted({*judged.dark, *own.dark}),
        new_failures=_sorted({*judged.new_failures, *own.new_failures}),
        flaky=_sorted({*judged.flaky, *own.flaky}),
        fixed=_sorted({*judged.fixed, *own.fixed}),
        gone=_sorted({*judged.gone, *own.gone}),
        doubt=judged.doubt or (own.doubt and f"with the change's own tests: {own.doubt}"),
        messages={**own.messages, **judged.messages},
    )


def rounded(rate: Fraction) -> float:
    """Rounded down to four digits: 0.99996 is not all of them."""
    return float(Fraction(rate.numerator * 10_000 // rate.denominator, 10_000))


def _expected(run: SuiteRun, base: Baseline, terms: Terms) -> dict[TestId, TestId]:
    """The base's stable tests, each with the id that it should pass under here.

    A rename or a removal is a permission: a test that is still there under its own name is judged by it.
    """
    expected = {}
    for test in base.stable_pass:
        gone = test not in run.outcomes
        if gone and test in terms.removals:
            continue
        expected[test] = terms.renames.get(test, test) if gone else test
    return expected


def _dark_flaky(run: SuiteRun, base: Baseline, terms: Terms) -> set[TestId]:
    missing = base.flaky - base.volatile - run.outcomes.keys() - terms.removals
    return {test for test in missing if terms.renames.get(test) not in run.outcomes}


def _flaky(run: SuiteRun, base: Baseline, retrial: Retrial) -> set[TestId]:
    known = base.flaky - retrial.convicted
    return {test for test in known if run.outcomes.get(test, Outcome.PASS) not in PASSING}


def _new_failures(run: SuiteRun, base: Baseline, terms: Terms) -> set[TestId]:
    known = base.stable_pass | base.stable_fail | base.flaky | base.skip
    # The new name of a test that went missing is judged in the old one's place.
    moved = {new for old, new in terms.renames.items() if old in base.stable_pass and old not in run.outcomes}
    fresh = {t for t, o in run.outcomes.items() if t not in known and t not in moved and o not in PASSING}
    return fresh | {test for test in base.skip if run.outcomes.get(test) in FAILING}


def _sorted(tests: Iterable[TestId]) -> tuple[TestId, ...]:
    return tuple(sorted(tests))
