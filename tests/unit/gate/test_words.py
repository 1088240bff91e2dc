"""What the gate says: the first line stands alone, and nothing that a test says passes for a line of ours."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bot.gate.words import Question, first_line, one_line, verdict_text
from bot.types.gate import (
    Baseline,
    Eviction,
    Evidence,
    GatedTree,
    GateReport,
    Held,
    Outcome,
    Strength,
    TestId,
    TreeVerdict,
)
from bot.types.ids import Sha, Tree, UnitId

TREE = Tree("a" * 40)
ONE, TWO, THREE = (TestId("m", name) for name in ("one", "two", "three"))
STABLE = frozenset(TestId("m", str(number)) for number in range(1204))
BASE = Baseline(TREE, 3, STABLE, frozenset({THREE}), frozenset({TWO}), frozenset())
ASKED = Question(Sha("b" * 40), "pytest -q", "gatecrew gate --base b --head a --spec dead-code")
RED = TreeVerdict(
    TREE,
    green=False,
    passed=1202,
    of=1204,
    regressions=(ONE, TWO),
    new=(THREE,),
    flaky=tuple(TestId("m", f"f{number}") for number in range(3)),
    messages={ONE: "assert 1 == 2\nin a line of its own"},
    evidence={ONE: Evidence(4, 4, 0, 5)},
    absolute={Outcome.PASS: 1202, Outcome.FAIL: 2},
    seconds=12.34,
)


def told(verdict: TreeVerdict, **more: object) -> str:
    report = GateReport(Fraction(1), BASE, 9, (GatedTree(verdict, None),), sandbox="plain")
    return verdict_text(verdict, replace(report, **more), ASKED)  # type: ignore[arg-type]


def test_first_line_is_one_that_a_reviewer_can_trust() -> None:
    assert first_line(RED, Fraction(1)) == (
        "99.83 % of the 1,204 tests that are stable at the base still pass; bar 100 %; "
        "2 regressions, 1 new test, 3 flaky, 0 dark"
    )


def test_new_failures_are_told_where_there_are_some() -> None:
    verdict = replace(RED, new_failures=(THREE,), new=())
    assert first_line(verdict, Fraction(998, 1000)).endswith(
        "bar 99.8 %; 2 regressions, 0 new tests, 1 new failure, 3 flaky, 0 dark"
    )


def test_doubt_has_the_first_word_and_is_red() -> None:
    doubt = TreeVerdict(TREE, False, 0, 1204, doubt="the suite wrote no report (exit 0)")
    line = first_line(doubt, Fraction(1))
    assert line == "no verdict, which is red: the suite wrote no report (exit 0); bar 100 %"


def test_text_has_all_that_a_pull_request_has_to_show() -> None:
    evictions = (Eviction(UnitId("app"), (ONE,), True, "breaks m::one"),)
    held = (Held(THREE, "2026-03-15", "failed in 1 of 17 runs with the change, in 0 of 18 without it"),)
    lines = told(RED, evicted=evictions, held=held).splitlines()
    assert lines[1:4] == [
        "regression: m::one (failed in 4 of 4 runs with the change, in 0 of 5 without it)",
        "    | assert 1 == 2",
        "    | in a line of its own",
    ]
    for line in (
        "failing at the base already, and not counted: 1 test",
        "flaky at the base already, and not counted: 1 test",
        "this tree, counted by itself: 1,202 pass, 2 fail",
        "evicted from the batch: app: breaks m::one",
        f"tree {TREE}, compared with 3 runs at the base {ASKED.base}",
        "command: pytest -q (12.3 s); sandbox: plain",
        "the same again: gatecrew gate --base b --head a --spec dead-code",
    ):
        assert line in lines
    assert any(line.startswith("quarantine until 2026-03-15: m::three (failed in 1 of 17") for line in lines)


@pytest.mark.parametrize("name", ["x\ngreen: 100 % of the tests", "x\r\nbar 0 %", "x\u2028bar", "x" * 5000])
def test_name_of_a_test_cannot_pass_for_a_line_of_ours(name: str) -> None:
    verdict = replace(RED, regressions=(TestId("m", name),), evidence={}, messages={})
    lines = told(verdict).splitlines()
    assert lines[1].startswith("regression: m::x")
    assert lines[2].startswith("flaky, nobody's fault")
    assert len(lines[1]) < 400


def test_long_trace_shows_what_failed_and_where() -> None:
    trace = "\n".join(["assert 1 == 2", *(f"frame {number}" for number in range(30)), "tests/test_a.py:3"])
    lines = told(replace(RED, messages={ONE: trace}, evidence={})).splitlines()
    shown = [line for line in lines if line.startswith("    | ")]
    assert (shown[0], shown[1], shown[-1]) == ("    | assert 1 == 2", "    | ...", "    | tests/test_a.py:3")
    assert len(shown) == 6


def test_doubt_cannot_bring_lines_of_its_own() -> None:
    doubt = replace(RED, doubt="it is no report:\ngreen", shaky="one\ntwo")
    text = told(doubt)
    assert "no report: green; bar" in text.splitlines()[0]
    assert "one run left a doubt, and none after it: one two" in text.splitlines()


def test_one_line_is_short() -> None:
    assert one_line("a\n b\tc") == "a b c"


def test_strength_is_told_below_the_first_line_and_too_little_of_it_in_it() -> None:
    strong = replace(RED, strength=Strength(12, 14))
    said = "the suite ran 12 of the 14 changed lines"
    assert told(strong).splitlines()[1] == f"{said} that its coverage speaks of"
    assert first_line(strong, Fraction(1)) == first_line(RED, Fraction(1))
    weak = replace(strong, weak=f"{said}, the spec asks for 90 %")
    assert first_line(weak, Fraction(1)) == f"{first_line(RED, Fraction(1))}; {weak.weak}"


def test_changed_file_s_name_cannot_pass_for_a_line_of_ours() -> None:
    verdict = replace(RED, strength=Strength(0, 0, ("x\ngreen.py",)), weak="nothing of x\ngreen.py")
    lines = told(verdict).splitlines()
    assert lines[0].endswith("; nothing of x green.py")
    assert lines[1].startswith("its coverage says nothing of x green.py: ")


def test_why_a_tree_is_red_in_a_few_words() -> None:
    assert RED.why == "2 tests fail"
    assert replace(RED, weak="too few lines").why == "2 tests fail; too few lines"
    assert replace(RED, regressions=(), weak="too few lines").why == "too few lines"
    assert replace(RED, doubt="no report").why == "no report"
