"""`gatecrew runs`."""

from __future__ import annotations

import pytest

from bot.cli import runs
from bot.redact import Redactor
from tests.unit.cli.conftest import FINISHED, UNFINISHED, Bench


def test_all_runs_are_told_the_newest_first(
    unfinished: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Finished ones with what came of them, others with the command that goes on."""
    before = unfinished.contents()
    assert runs.main(unfinished.args(), redact) == 0
    _, newest, oldest, money = capsys.readouterr().out.splitlines()
    assert newest.split()[:3] == [UNFINISHED, "dead-code", "unfinished"]
    assert f"gatecrew run dead-code --resume {UNFINISHED}" in newest
    assert oldest.split()[:3] == [FINISHED, "dead-code", "partial"]
    assert "2 units: 1 proposed, 1 rejected" in oldest
    assert "cost unknown" in money
    assert unfinished.contents() == before


def test_a_journal_that_cannot_be_read_does_not_hide_the_others(
    finished: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of a newer version, say."""
    finished.state.journal(UNFINISHED).write_text('{"t": "run", "version": 99}\n')
    assert runs.main(finished.args(), redact) == 0
    text = capsys.readouterr().out
    assert "unreadable" in text
    assert "newer gatecrew" in " ".join(text.split())
    assert FINISHED in text


def test_no_runs_are_no_error(bench: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is made by looking."""
    assert runs.main(bench.args(), redact) == 0
    assert "no runs in" in capsys.readouterr().out
    assert not bench.state.root.exists()
