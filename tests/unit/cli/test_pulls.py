"""`gatecrew pulls`."""

from __future__ import annotations

import pytest

from bot.cli import pulls
from bot.errors import InputError
from bot.forges.local_store import StatusRecord, Store
from bot.redact import Redactor
from tests.unit.cli.conftest import Bench


def test_stacks_are_drawn_as_a_tree(
    stacked: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pull request hangs below the one that it stands on; the gate's word stands beside it."""
    assert pulls.main(stacked.args(number=None), redact) == 0
    lines = capsys.readouterr().out.splitlines()
    depth = {line.split("#")[1].split()[0]: line.index("#") for line in lines if "open" in line}
    assert lines[0] == "main"
    assert sorted(depth.values()) == [4, 4, 8]
    assert all("green" in line for line in lines if "open" in line)
    assert lines[-1].startswith("issue #")


def test_one_is_shown_with_body_status_and_diff(
    stacked: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page that a forge would show."""
    number = next(pull.number for pull in _book(stacked) if "/io-" in pull.branch)
    assert pulls.main(stacked.args(number=number), redact) == 0
    text = capsys.readouterr().out
    assert f"#{number} " in text
    assert "labels: gatecrew" in text
    assert "12 of 12 stable tests pass (100 %)" in text
    assert "\n-def dead():\n-    return 2\n" in text
    assert "<!--" not in text


def test_a_long_line_of_a_diff_is_not_wrapped(
    stacked: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that it can be piped to `git apply`."""
    number = next(pull.number for pull in _book(stacked) if "/cli-" in pull.branch)
    pulls.main(stacked.args(number=number), redact)
    diff = capsys.readouterr().out.partition("diff --git")[2]
    assert "-import os\n" in diff


def test_looking_changes_nothing(stacked: Bench, redact: Redactor) -> None:
    """Not even the forge's own notes, nor its branch when the repository has moved on."""
    stacked.git.set_ref(
        "refs/heads/main", stacked.git.wrap(stacked.git.tree(stacked.base), [], "x", stacked.base)
    )
    before = stacked.contents()
    pulls.main(stacked.args(number=None), redact)
    pulls.main(stacked.args(number=_book(stacked)[0].number), redact)
    assert stacked.contents() == before


def test_without_a_forge_none_is_made(
    bench: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the hint says how to come to one."""
    assert pulls.main(bench.args(number=None), redact) == 0
    assert "no pull requests in" in capsys.readouterr().out
    assert not bench.state.root.exists()


@pytest.mark.parametrize("number", [99, 0, -1])
def test_an_unknown_number_is_an_error(stacked: Bench, redact: Redactor, number: int) -> None:
    """With the command that tells the known ones."""
    with pytest.raises(InputError, match=f"no pull request {number}") as caught:
        pulls.main(stacked.args(number=number), redact)
    assert "gatecrew pulls" in caught.value.hint


def test_hostile_titles_and_statuses_are_text(
    stacked: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Markup, escape sequences and workflow commands of a model."""
    with Store(stacked.state.forge / "pulls.json").change() as book:
        pull = book.pulls[0]
        pull.title = "[bold]x[/] \x1b[31mred"
        pull.body = "# a\n\n::error::x\n\n[link](http://evil)"
        book.statuses[pull.head] = {"gate": StatusRecord(green=False, text="\x1b[2Jred")}
    pulls.main(stacked.args(number=None), redact)
    pulls.main(stacked.args(number=pull.number), redact)
    text = capsys.readouterr().out
    assert "[bold]x[/] red" in text
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


def _book(bench: Bench) -> list:  # type: ignore[type-arg]
    return Store(bench.state.forge / "pulls.json").read().pulls
