"""The gate's semantics: one table from the baseline's class and the candidate's outcome to the verdict."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bot.gate.verdict import Retrial, Terms, combined, judge
from bot.report.build import rounded_down
from bot.types.gate import Baseline, Evidence, Outcome, SuiteRun, TestId, TreeVerdict
from bot.types.ids import Tree
from bot.types.spec import Spec

HERE = Tree("a" * 40)
ANCHOR = TestId("m", "anchor")
IT = TestId("m", "it")
NEW_NAME = TestId("m", "renamed")


def baseline(of_it: str | None) -> Baseline:
    """A base where `anchor` always passes, and `it` is of this class."""
    classes = {
        name: frozenset({IT} if of_it == name else ())
        for name in ("stable_pass", "stable_fail", "flaky", "skip", "volatile")
    }
    classes["stable_pass"] |= {ANCHOR}
    if of_it == "volatile":
        classes["flaky"] = classes["volatile"]
    return Baseline(
        Tree("b" * 40),
        3,
        classes["stable_pass"],
        classes["stable_fail"],
        classes["flaky"],
        classes["skip"],
        classes["volatile"],
    )


def run(outcome: Outcome | None, doubt: str | None = None, **more: Outcome) -> SuiteRun:
    outcomes = {ANCHOR: Outcome.PASS} | {TestId("m", name): found for name, found in more.items()}
    if outcome is not None:
        outcomes[IT] = outcome
    return SuiteRun(HERE, outcomes, {IT: "why"}, 0, 1.0, doubt)


def place_of(verdict: TreeVerdict, test: TestId = IT) -> str:
    names = ("regressions", "dark", "new_failures", "flaky", "fixed", "gone")
    return " ".join(name for name in names if test in getattr(verdict, name)) or "fine"


PASS, XPASS, XFAIL, SKIP = Outcome.PASS, Outcome.XPASS, Outcome.XFAIL, Outcome.SKIP
FAIL, ERROR, NOT_RUN, MISSING = Outcome.FAIL, Outcome.ERROR, Outcome.NOT_RUN, None

TABLE = [
    ("stable_pass", PASS, "fine", True),
    ("stable_pass", XPASS, "fine", True),
    ("stable_pass", FAIL, "regressions", False),
    ("stable_pass", ERROR, "regressions", False),
    ("stable_pass", SKIP, "dark", False),
    ("stable_pass", XFAIL, "dark", False),
    ("stable_pass", NOT_RUN, "dark", False),
    ("stable_pass", MISSING, "dark", False),
    ("stable_fail", PASS, "fixed", True),
    ("stable_fail", XPASS, "fixed", True),
    ("stable_fail", FAIL, "fine", True),
    ("stable_fail", ERROR, "fine", True),
    ("stable_fail", SKIP, "fine", True),
    ("stable_fail", MISSING, "gone", True),
    ("flaky", PASS, "fine", True),
    ("flaky", FAIL, "flaky", True),
    ("flaky", ERROR, "flaky", True),
    ("flaky", SKIP, "flaky", True),
    ("flaky", MISSING, "dark", False),
    ("volatile", MISSING, "fine", True),
    ("volatile", FAIL, "flaky", True),
    ("skip", PASS, "fine", True),
    ("skip", SKIP, "fine", True),
    ("skip", XFAIL, "fine", True),
    ("skip", FAIL, "new_failures", False),
    ("skip", ERROR, "new_failures", False),
    ("skip", MISSING, "gone", True),
    (None, PASS, "fine", True),
    (None, XPASS, "fine", True),
    (None, FAIL, "new_failures", False),
    (None, ERROR, "new_failures", False),
    (None, SKIP, "new_failures", False),
    (None, XFAIL, "new_failures", False),
    (None, NOT_RUN, "new_failures", False),
]


@pytest.mark.parametrize(("at_base", "outcome", "place", "green"), TABLE)
def test_truth_table(at_base: str | None, outcome: Outcome | None, place: str, green: bool) -> None:
    verdict = judge(run(outcome), baseline(at_base), Terms())
    assert (place_of(verdict), verdict.green) == (place, green)


@pytest.mark.parametrize(("at_base", "outcome", "place", "green"), TABLE)
def test_any_doubt_is_red(at_base: str | None, outcome: Outcome | None, place: str, green: bool) -> None:
    verdict = judge(run(outcome, doubt="no report"), baseline(at_base), Terms())
    assert not verdict.green
    assert verdict.doubt == "no report"
    assert verdict.rate == 0


def test_failure_that_passed_when_run_again_is_flaky_and_counts_as_passed() -> None:
    verdict = judge(run(FAIL), baseline("stable_pass"), Terms(), Retrial(cleared=frozenset({IT})))
    assert (place_of(verdict), verdict.green, verdict.rate) == ("flaky", True, Fraction(1))


def test_flaky_test_that_fails_for_good_is_a_regression_under_any_bar() -> None:
    retrial = Retrial(convicted=frozenset({IT}))
    for bar in (Fraction(1), Fraction(1, 2)):
        verdict = judge(run(FAIL), baseline("flaky"), Terms(bar=bar), retrial)
        assert (place_of(verdict), verdict.green) == ("regressions", False)


def test_removed_test_is_allowed_by_name_only() -> None:
    allowed = Terms(removals=frozenset({IT}))
    assert judge(run(MISSING), baseline("stable_pass"), allowed).green
    assert not judge(run(SKIP), baseline("stable_pass"), allowed).green
    assert not judge(run(FAIL), baseline("stable_pass"), allowed).green


def test_renamed_test_must_pass_under_its_new_name() -> None:
    terms = Terms(renames={IT: NEW_NAME})
    base = baseline("stable_pass")
    assert judge(run(MISSING, renamed=PASS), base, terms).green
    for outcome in (FAIL, SKIP):
        assert not judge(run(MISSING, renamed=outcome), base, terms).green
    assert not judge(run(MISSING), base, terms).green
    assert place_of(judge(run(MISSING, renamed=FAIL), base, terms), NEW_NAME) == "regressions"


def test_rename_does_not_excuse_a_test_that_is_still_there() -> None:
    verdict = judge(run(FAIL, renamed=PASS), baseline("stable_pass"), Terms(renames={IT: NEW_NAME}))
    assert place_of(verdict) == "regressions"


def test_lowered_bar_lists_regressions_but_never_takes_dark_tests() -> None:
    half = Terms(bar=Fraction(1, 2))
    verdict = judge(run(FAIL), baseline("stable_pass"), half)
    assert (verdict.green, verdict.rate, place_of(verdict)) == (True, Fraction(1, 2), "regressions")
    assert not judge(run(SKIP), baseline("stable_pass"), half).green
    assert not judge(run(FAIL), baseline(None), half).green


def test_rate_has_the_base_as_denominator_and_is_rounded_down() -> None:
    tests = {TestId("m", str(number)) for number in range(3)}
    base = Baseline(HERE, 3, frozenset(tests), frozenset(), frozenset(), frozenset())
    two = SuiteRun(HERE, dict.fromkeys(sorted(tests)[:2], PASS), {}, 0, 1.0)
    assert judge(two, base, Terms()).rate == Fraction(2, 3)
    assert rounded_down(Fraction(2, 3)) == 0.6666
    assert rounded_down(Fraction(99_999, 100_000)) == 0.9999
    assert rounded_down(Fraction(1)) == 1.0


def test_nothing_left_to_compare_is_red() -> None:
    base = Baseline(HERE, 3, frozenset({IT}), frozenset(), frozenset(), frozenset())
    verdict = judge(SuiteRun(HERE, {}, {}, 0, 1.0), base, Terms(removals=frozenset({IT})))
    assert not verdict.green
    assert verdict.doubt is not None


def test_own_run_and_judge_run_must_both_be_green() -> None:
    good, bad = (judge(run(outcome), baseline("stable_pass"), Terms()) for outcome in (PASS, FAIL))
    assert combined(HERE, good, good).green
    for one, other in ((good, bad), (bad, good)):
        both = combined(HERE, one, other)
        assert not both.green
        assert both.regressions == (IT,)
        assert both.rate == Fraction(1, 2)


def test_messages_are_kept_for_what_is_blamed() -> None:
    assert judge(run(FAIL), baseline("stable_pass"), Terms()).messages == {IT: "why"}
    assert judge(run(FAIL), baseline("stable_fail"), Terms()).messages == {}


def test_terms_read_both_ways_of_naming_a_test() -> None:
    gate = {
        "run": "pytest",
        "bar": 0.998,
        "renames": {"tests/test_a.py::TestX::test_b[1]": "tests.test_a.TestX::test_c[1]"},
        "removals": ["tests/test_a.py::test_gone"],
    }
    terms = Terms.of(Spec.model_validate({"goal": "g", "gate": gate}))
    assert terms.bar == Fraction(998, 1000)
    assert terms.renames == {
        TestId("tests.test_a.TestX", "test_b[1]"): TestId("tests.test_a.TestX", "test_c[1]")
    }
    assert terms.removals == {TestId("tests.test_a", "test_gone")}


def counted(here: int, at_base: int) -> TreeVerdict:
    """`it` passes, and the report names it this often."""
    base = baseline("stable_pass")
    base = replace(base, counts={IT: at_base} if at_base > 1 else {})
    return judge(replace(run(PASS), counts={IT: here} if here > 1 else {}), base, Terms())


@pytest.mark.parametrize(
    ("here", "at_base", "place"),
    [(1, 1, "fine"), (3, 3, "fine"), (4, 3, "fine"), (2, 3, "dark"), (1, 2, "dark")],
)
def test_test_that_lost_a_case_went_dark(here: int, at_base: int, place: str) -> None:
    verdict = counted(here, at_base)
    assert (place_of(verdict), verdict.green) == (place, place == "fine")


def test_new_tests_that_pass_are_counted_apart() -> None:
    verdict = judge(run(PASS), baseline(None), Terms())
    assert (verdict.new, verdict.green, verdict.of) == ((IT,), True, 1)


def test_new_test_that_does_not_pass_every_time_is_a_new_failure_and_no_rerun_clears_it() -> None:
    both = Retrial(unsteady=frozenset({IT}), cleared=frozenset({IT}))
    verdict = judge(run(PASS), baseline(None), Terms(), both)
    assert (place_of(verdict), verdict.new, verdict.green) == ("new_failures", (), False)
    assert not judge(run(FAIL), baseline(None), Terms(), Retrial(cleared=frozenset({IT}))).green


def test_skipped_test_that_failed_once_and_passed_since_is_flaky() -> None:
    verdict = judge(run(FAIL), baseline("skip"), Terms(), Retrial(cleared=frozenset({IT})))
    assert (place_of(verdict), verdict.green) == ("flaky", True)


def test_parameter_that_changes_from_run_to_run_makes_no_new_test() -> None:
    old, fresh = TestId("m", "it[a1]"), TestId("m", "it[b2]")
    base = replace(baseline(None), flaky=frozenset({old}), volatile=frozenset({old}))
    passing = SuiteRun(HERE, {ANCHOR: PASS, fresh: PASS}, {}, 0, 1.0)
    assert (judge(passing, base, Terms()).new, judge(passing, base, Terms()).green) == ((), True)
    failing = SuiteRun(HERE, {ANCHOR: PASS, fresh: FAIL}, {}, 1, 1.0)
    assert judge(failing, base, Terms()).new_failures == (fresh,)


def test_absolute_counts_are_of_this_tree_and_never_mixed_with_the_rate() -> None:
    verdict = judge(run(FAIL, another=SKIP), baseline("stable_fail"), Terms())
    assert verdict.absolute == {PASS: 1, FAIL: 1, SKIP: 1}
    assert verdict.rate == 1


def test_quarantine_and_evidence_are_handed_on() -> None:
    figures = {IT: Evidence(1, 9, 0, 9)}
    retrial = Retrial(cleared=frozenset({IT}), quarantined=frozenset({IT}), evidence=figures)
    verdict = judge(run(FAIL), baseline("stable_pass"), Terms(), retrial)
    assert (verdict.quarantined, verdict.evidence) == ((IT,), figures)
