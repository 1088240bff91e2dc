"""What one run says of one tree, beside the baseline. Pure: the gate's whole semantics, and no process.

    at the base    here                            verdict
    stable-pass    pass, xpass                     passes
                   fail, error                     regression
                   skip, xfail, not-run, missing   dark; missing is allowed where the spec renames or removes
                   named less often than there     dark: a case of it is missing
    flaky          missing                         dark, unless the base's own runs miss it at times
                   fails more often, or for good   regression (told by the retrial)
                   else                            flaky, nobody's fault
    stable-fail    pass, xpass                     fixed
                   fail, error                     known
                   missing                         gone: told, not red
    skip           pass, skip                      nothing
                   fail, error                     new failure
                   missing                         gone: told, not red
    none of them   pass, xpass, every time         new
                   else                            new failure
    any doubt of the run                           red

What the reruns say of a failure (`Retrial`) comes from bot/gate/flakes.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from bot.suite.junit import worse
from bot.suite.pytest import parse_id
from bot.types.gate import FAILING, PASSING, Baseline, Evidence, Outcome, SuiteRun, TestId, TreeVerdict
from bot.types.ids import Tree
from bot.types.spec import Spec


@dataclass(frozen=True, slots=True)
class Terms:
    """What the spec asks of the gate: never a change's to say."""

    bar: Fraction = Fraction(1)
    runs: int = 3
    renames: Mapping[TestId, TestId] = field(default_factory=dict)
    removals: frozenset[TestId] = frozenset()
    propose_tests: bool = False
    min_coverage: Fraction = Fraction(0)

    @classmethod
    def of(cls, spec: Spec) -> Terms:
        gate = spec.gate
        return cls(
            bar=Fraction(str(gate.bar)),
            runs=gate.runs,
            renames={parse_id(old): parse_id(new) for old, new in gate.renames.items()},
            removals=frozenset(map(parse_id, gate.removals)),
            propose_tests=spec.tests == "propose",
            min_coverage=Fraction(str(gate.min_coverage or 0)),
        )


@dataclass(frozen=True, slots=True)
class Retrial:
    """What reruns found. `cleared` failed here and are nobody's fault, `quarantined` those of them that are
    not known to be flaky; `convicted` are flaky at the base and fail more often here, or for good; `unsteady`
    are new tests that do not pass every time. `evidence` has the figures."""

    cleared: frozenset[TestId] = frozenset()
    quarantined: frozenset[TestId] = frozenset()
    convicted: frozenset[TestId] = frozenset()
    unsteady: frozenset[TestId] = frozenset()
    vacuous: frozenset[TestId] = frozenset()
    evidence: Mapping[TestId, Evidence] = field(default_factory=dict)


NO_RETRIAL = Retrial()


def judge(run: SuiteRun, base: Baseline, terms: Terms, retrial: Retrial = NO_RETRIAL) -> TreeVerdict:
    """The verdict on the tree that was run."""
    expected = _expected(run, base, terms)
    if run.doubt is not None or not expected:
        doubt = run.doubt or "no test that is stable at the base is left to compare"
        return TreeVerdict(run.tree, False, 0, len(expected), doubt=doubt, seconds=run.seconds)
    here = {old: _outcome(old, new, run, base) for old, new in expected.items()}
    bad = {old for old, outcome in here.items() if outcome not in PASSING}
    blamed = {old for old in bad if expected[old] not in retrial.cleared}
    flaky = _flaky(run, base, retrial) | {expected[old] for old in bad - blamed}
    convicted = retrial.convicted & base.flaky
    regressions = {expected[old] for old in blamed if here[old] in FAILING} | convicted
    dark = {expected[old] for old in blamed if here[old] not in FAILING} | _dark_flaky(run, base, terms)
    new_failures = _new_failures(run, base, terms) - (retrial.cleared & base.skip) | retrial.unsteady
    passed = len(expected) - len(blamed)
    green = Fraction(passed, len(expected)) >= terms.bar and not (convicted or dark or new_failures)
    red = regressions | dark | new_failures
    return TreeVerdict(
        tree=run.tree,
        green=green,
        passed=passed,
        of=len(expected),
        regressions=_sorted(regressions),
        dark=_sorted(dark),
        new_failures=_sorted(new_failures),
        flaky=_sorted((flaky | (retrial.cleared & base.skip)) - red),
        fixed=_sorted(test for test in base.stable_fail if run.outcomes.get(test) in PASSING),
        gone=_sorted((base.stable_fail | base.skip) - run.outcomes.keys() - terms.removals),
        messages={t: run.messages[t] for t in red if t in run.messages},
        new=_sorted(_steady(new_tests(run, base, terms), base) - new_failures),
        vacuous=_sorted(retrial.vacuous),
        absolute=Counter(run.outcomes.values()),
        evidence=retrial.evidence,
        quarantined=_sorted(retrial.quarantined),
        seconds=run.seconds,
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
        shaky=judged.shaky or own.shaky,
        new=_sorted({*judged.new, *own.new} - {*judged.new_failures, *own.new_failures}),
        vacuous=_sorted({*judged.vacuous, *own.vacuous}),
        absolute=own.absolute,
        evidence={**own.evidence, **judged.evidence},
        quarantined=_sorted({*judged.quarantined, *own.quarantined}),
        seconds=judged.seconds + own.seconds,
    )


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


def _outcome(old: TestId, new: TestId, run: SuiteRun, base: Baseline) -> Outcome:
    """A test that the report names less often than at the base lost a case: that one is missing."""
    if old == new and fewer(new, run, base):
        return worse(run.outcomes.get(new, Outcome.MISSING), Outcome.MISSING)
    return run.outcomes.get(new, Outcome.MISSING)


def fewer(test: TestId, run: SuiteRun, base: Baseline) -> bool:
    """Whether this run has fewer cases of a test than every run of the base had."""
    return run.counts.get(test, 1) < base.counts.get(test, 1)


def _flaky(run: SuiteRun, base: Baseline, retrial: Retrial) -> set[TestId]:
    known = base.flaky - retrial.convicted
    return {test for test in known if run.outcomes.get(test, Outcome.PASS) not in PASSING}


def new_tests(run: SuiteRun, base: Baseline, terms: Terms) -> set[TestId]:
    """Tests that the base does not have. The new name of a test that went missing is judged in its place."""
    moved = {new for old, new in terms.renames.items() if old in base.stable_pass and old not in run.outcomes}
    return set(run.outcomes) - base.known - moved


def _steady(tests: set[TestId], base: Baseline) -> set[TestId]:
    """Those that are not of a test function whose parameters change from run to run at the base already."""
    changing = {_function(test) for test in base.volatile}
    return {test for test in tests if _function(test) not in changing}


def _function(test: TestId) -> tuple[str, str]:
    return test.classname, test.name.partition("[")[0]


def _new_failures(run: SuiteRun, base: Baseline, terms: Terms) -> set[TestId]:
    fresh = {test for test in new_tests(run, base, terms) if run.outcomes[test] not in PASSING}
    return fresh | {test for test in base.skip if run.outcomes.get(test) in FAILING}


def _sorted(tests: Iterable[TestId]) -> tuple[TestId, ...]:
    return tuple(sorted(tests))
