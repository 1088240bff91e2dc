"""The end of a run as a terminal of 80 columns shows it, and wider ones."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.report.tables import SHOWN_UNITS, tables
from bot.types.result import Result
from tests.unit.report.made import LONG_TEST, finding, gate, layer, result, unit


def shown(made: Result, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False, markup=False).print(tables(made, "/state/result.json"))
    return out.getvalue()


def joined(text: str) -> str:
    """Without line breaks and spaces: what was folded reads whole again."""
    return "".join(text.split())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    """Long causes, ids and tests fold; not one character of them is cropped."""
    cause = f"gate: breaks {LONG_TEST}"
    text = shown(result(units=[unit("a-long-name-of-a-unit-1a2b3c4d", "rejected", cause)]), width)
    assert max(len(line.rstrip("\n")) for line in text.split("\n")) <= width
    rows = [line for line in text.partition("Findings")[0].split("\n")[3:] if line.strip()]
    why = "".join(line[_why(text) :] for line in rows)
    assert "a-long-name-of-a-unit-1a2b3c4d" in text
    assert joined(why) == joined(cause)


def _why(text: str) -> int:
    """Where the ledger's last column begins."""
    return next(line.index("why") for line in text.split("\n") if line.rstrip().endswith("why"))


def test_a_unit_says_where_it_went() -> None:
    """A cause, or the pull request that holds it."""
    lines = [line.split() for line in shown(result(), 120).split("\n")]
    assert ["app-1a2b3c4d", "proposed", "1/2", "in", "#1"] in lines
    assert ["docs-11112222", "unchanged", "0/2", "nothing", "here", "is", "unused"] in lines


def test_the_end_is_a_sentence() -> None:
    """Whoever reads one line reads the last one."""
    assert (
        shown(result(), 120)
        .rstrip()
        .endswith("partial: 1 of 4 units did not come to a verdict; 1 pull request")
    )


def test_a_long_ledger_keeps_what_went_wrong() -> None:
    """Of thousands of units those that came to nothing are shown first, and the rest is counted."""
    units = [unit(f"good-{number}") for number in range(2_000)]
    units[1_500] = unit("bad-1", "failed", "the service failed")
    text = shown(result(units=units))
    assert "bad-1" in text
    assert f"and {2_000 - SHOWN_UNITS:,} more in result.json" in text


def test_findings_stand_with_their_unit_and_evidence() -> None:
    """Many findings of one unit are cut, with the command that tells the rest."""
    findings = [finding("app-1a2b3c4d", f"claim {number}") for number in range(9)]
    text = shown(result(findings=[*findings, finding("app-1a2b3c4d", "fine", verdict="accept")]))
    assert "Findings  9 refutations, 1 unit" in text
    assert text.count('app/names.py:7  getattr(self, "draw_" + part)') == 5
    assert "and 4 more: gatecrew show app-1a2b3c4d" in text
    assert "fine" not in text


def test_stacks_on_one_branch_are_one_tree() -> None:
    """Layers hang below the one that they stand on."""
    stacks = [[layer(1, "one"), layer(3, "three", base="gatecrew/dead-code/one")], [layer(2, "two")]]
    text = shown(result(stacks=stacks))
    tree = text.partition("Stacks\n")[2].splitlines()
    assert [line.strip() for line in tree if line.strip() in ("main",)] == ["main"]
    assert tree[1].strip().startswith("├── #1 ")
    assert tree[3].strip().startswith("│   └── #3 ")
    assert tree[5].strip().startswith("└── #2 ")


def test_a_stack_may_stand_on_a_layer_of_another_one() -> None:
    """It hangs there, whichever of the two is told first."""
    above, below = [layer(2, "two", base="gatecrew/dead-code/one")], [layer(1, "one"), layer(3, "three")]
    for stacks in ([above, below], [below, above]):
        tree = shown(result(stacks=stacks)).partition("Stacks\n")[2]
        assert tree.index("├── #1 ") < tree.index("│   └── #2 ") < tree.index("└── #3 ")


def test_a_gate_that_judged_nothing_does_not_speak_of_a_rate() -> None:
    """No candidate, no percentage."""
    text = shown(result(gate=gate(trees=[], evicted=[])), 120)
    assert "nothing to judge; 197 tests stable at the base" in text
    assert "100 %" not in text


def test_a_run_without_a_gate_and_without_units_can_be_shown() -> None:
    """Whatever was not reached is left out."""
    text = shown(result(units=[], findings=[], stacks=[], gate=None, conclusion="failed", stopped="no key"))
    assert "no units" in text
    assert "failed, stopped: no key" in text
