"""Sentences of the report."""

from __future__ import annotations

import pytest

from bot.figures import percent
from bot.report import words
from tests.unit.report.made import layer, result, unit


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (1.0, "100 %"),
        (0.99999, "99.99 %"),
        (0.998, "99.8 %"),
        (0.9999, "99.99 %"),
        (0.5, "50 %"),
        (0.29, "29 %"),
        (0.0, "0 %"),
    ],
)
def test_percentages_are_rounded_down(rate: float, text: str) -> None:
    """Binary fractions must not show: 0.29 is 29 %."""
    assert percent(rate) == text


def test_complete_says_how_many_pull_requests_there_are() -> None:
    """And in a dry run, how many there would be."""
    done = [unit("app-1a2b3c4d")]
    complete = result(units=done, conclusion="complete")
    dry = result(units=done, conclusion="complete", stacks=[[layer(None, "app-1a2b3c4d")]])
    assert words.conclusion_line(complete) == "complete: every unit has its verdict; 1 pull request"
    assert words.conclusion_line(dry) == "complete: every unit has its verdict; 1 layer ready (dry run)"


def test_a_stopped_run_says_why_and_how_to_go_on() -> None:
    """The limit, and the command with which it can be resumed."""
    stopped = result(stopped="the limit of dollars is reached: $5.00 of $5.00")
    assert words.conclusion_line(stopped).startswith("partial, stopped: the limit of dollars")
    resume = "gatecrew run dead-code --resume 20260101-120000-abcd --out s"
    assert words.next_lines(stopped, " --out s")[0] == resume


def test_the_story_to_read_first_is_the_one_that_went_wrong() -> None:
    """A failed unit before a proposed one."""
    assert words.next_lines(result(), "")[-1] == "gatecrew show tax-9f8e7d6c"


def test_pull_requests_on_github_need_no_local_command() -> None:
    """`gatecrew pulls` knows the local forge only."""
    hub = result(stacks=[[layer(1, "app-1a2b3c4d", url="https://github.com/o/r/pull/1")]])
    assert "gatecrew pulls" in words.next_lines(result(), "")
    assert "gatecrew pulls" not in words.next_lines(hub, "")


def test_the_ledger_in_one_line_names_only_what_there_is() -> None:
    """In the order in which people ask."""
    assert words.ledger_line(result()) == "4 units: 1 proposed, 1 unchanged, 1 rejected, 1 failed"
    assert words.ledger_line(result(units=[])) == "no units"
