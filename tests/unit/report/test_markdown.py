"""The job summary."""

from __future__ import annotations

import re

from bot.report.markdown import CUT, LIMIT, cut, markdown
from tests.unit.report.made import finding, layer, result, unit

NASTY = "| @ada **x** <img src=x> #1\n## no heading\n::error::x `y`"


def test_the_whole_report_is_told() -> None:
    """Conclusion, gate, stacks, findings, ledger, money."""
    text = markdown(result())
    for part in (
        "**partial: 1 of 4 units did not come to a verdict; 1 pull request**",
        "pass rate: 100 % of the 197 tests that are stable at the base; bar 100 %",
        "- evicted `tax-9f8e7d6c`",
        "- fails at the base already: `tests.test_old::test_broken`",
        "- `#1` Remove what app-1a2b3c4d does not need",
        "`draw\\_bars\\`",
        "| `docs-11112222` | unchanged | 0/2 | nothing here is unused |",
        "8 agents, 11,000 tokens, cost unknown; 0 calls reused",
    ):
        assert part in text


def test_nothing_in_it_breaks_a_line_or_pings_anybody() -> None:
    """Hostile text in every place that takes text."""
    made = result(
        units=[unit("a", "failed", NASTY), unit("b", cause=NASTY)],
        findings=[finding("a", NASTY, lens=NASTY)],
        stacks=[[layer(1, "b", title=NASTY, branch=NASTY)]],
        stopped=NASTY,
        notices=[NASTY],
    )
    text = markdown(made)
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert "@ada" not in outside
    assert "<img" not in outside.replace(r"\<img", "")
    assert not re.search(r"(?m)^## no heading|^::|(?<!\\)#1", outside)


def test_a_local_forges_numbers_are_no_references() -> None:
    """#1 of a folder would name somebody's issue on GitHub."""
    local = markdown(result())
    hub = markdown(result(stacks=[[layer(1, "app-1a2b3c4d", url="https://github.com/o/r/pull/1")]]))
    assert "- `#1` " in local
    assert not re.search(r"(?<![`\\])#1\b", local)
    assert "- #1 " in hub
    assert "| in #1 |" in hub


def test_a_dry_run_says_so() -> None:
    """There is no number to tell."""
    text = markdown(result(stacks=[[layer(None, "app-1a2b3c4d")]]))
    assert "1 layer ready (dry run)" in text
    assert "- a layer (dry run) Remove" in text


def test_layers_stand_on_one_another() -> None:
    """One level a layer, so that the order can be seen."""
    text = markdown(result(stacks=[[layer(1, "low"), layer(2, "high", base="gatecrew/dead-code/low")]]))
    assert "- `#1` Remove what low does not need, `gatecrew/dead-code/low`\n  - `#2` " in text


def test_it_fits_into_the_job_summary() -> None:
    """GitHub takes 1 MiB a step: thousands of units and long quotes do not pass it."""
    long = "x" * 60_000
    units = [unit(f"u-{number}", "failed", long) for number in range(300)]
    text = markdown(result(units=units, notices=[long]))
    assert LIMIT - 100_000 < len(text.encode()) <= LIMIT
    assert text.endswith("result.json holds all of it._\n")


def test_a_cut_falls_between_lines_and_characters() -> None:
    """Not in the middle of a table's row, nor of an umlaut."""
    text = "".join(f"| zeile {number} ü |\n" for number in range(100))
    short = cut(text, 500)
    assert len(short.encode()) <= 500
    kept = short.removesuffix(CUT).split("\n")
    assert all(line.startswith("| zeile") and line.endswith("ü |") for line in kept)


def test_few_bytes_are_left_alone() -> None:
    """What fits is not touched."""
    assert cut("short\n", 500) == "short\n"
