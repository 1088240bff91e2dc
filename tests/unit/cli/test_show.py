"""`gatecrew show UNIT`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.cli import show
from bot.errors import InputError, JournalError
from bot.git import Git
from bot.redact import Redactor
from bot.report.story import patch_of
from bot.types.change import Entry
from bot.types.ids import Blob
from tests.builders import make_repo
from tests.unit.cli.conftest import UNIT, Bench, answer, blob, call

STORY = f"""\
{UNIT}  proposed
run 20260101-120000-abcd of dead-code at BASE; 2 agents, 11,000 tokens, $0.50
   app/io.py
   cli/main.py

1. work: submitted
Remove two functions
~ app/io.py

2. review, references: refute
   `used` is reached by name
     web/views.py:3  getattr(io, name)  (computed)

3. revise: submitted
Remove dead()
~ app/io.py
- cli/main.py

4. review, references: accept  (reused from an earlier run)
tried again after: 529 overloaded

gate: green, 99.87 % of the stable tests pass
proposed in #1 Remove what app-1a2b3c4d does not need
gatecrew/dead-code/app-1a2b3c4d

diff --git a/app/io.py b/app/io.py
"""


def test_the_whole_story_is_told(
    finished: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Attempts, verdicts with their evidence, the gate, and the diff of the newest attempt."""
    before = finished.contents()
    assert show.main(finished.args(unit=UNIT), redact) == 0
    text = capsys.readouterr().out
    assert text.startswith(STORY.replace("BASE", finished.base[:12]))
    assert "\n-def dead():\n-    return 2\n" in text
    assert "+++ /dev/null\n" in text
    assert finished.contents() == before


def test_a_beginning_is_enough_where_it_names_one(
    finished: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """A unit that no call was made for has its fate."""
    assert show.main(finished.args(unit="tax"), redact) == 0
    text = capsys.readouterr().out
    assert text.startswith("tax-9f8e7d6c  rejected: gate: breaks\n")
    assert "gate: evicted, confirmed\n  breaks tests.integration" in text


def test_a_run_that_goes_on_is_told_as_far_as_it_came(
    unfinished: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest run that knows the unit."""
    assert show.main(unfinished.args(unit="new-77777777"), redact) == 0
    assert capsys.readouterr().out.startswith("new-77777777  not at its end yet\n")


@pytest.mark.parametrize(("typed", "meant"), [("ap-1a2b3c4d", UNIT), ("taxx", "tax-9f8e7d6c")])
def test_a_typing_error_is_guessed(finished: Bench, redact: Redactor, typed: str, meant: str) -> None:
    """With or without the digits at the end."""
    with pytest.raises(InputError, match=f"did you mean '{meant}'"):
        show.main(finished.args(unit=typed), redact)


def test_nothing_alike_lists_what_there_is(finished: Bench, redact: Redactor) -> None:
    """Instead of a wild guess."""
    with pytest.raises(InputError) as caught:
        show.main(finished.args(unit="zzz"), redact)
    assert "did you mean" not in caught.value.message
    assert caught.value.hint == f"Units: {UNIT}, tax-9f8e7d6c"


def test_an_empty_state_says_how_to_start(bench: Bench, redact: Redactor) -> None:
    """Nothing is made by looking."""
    with pytest.raises(InputError, match="no run in"):
        show.main(bench.args(unit="x"), redact)
    assert not bench.state.root.exists()


def test_contents_that_git_has_dropped_are_said_to_be_gone(
    finished: Bench, redact: Redactor, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nothing refers to is collected in the end; the story remains."""
    journal = finished.journal(finished.state.runs[0])
    call(journal, "k5", "revise", answer("submitted", "again", [["app/io.py", "100644", "1" * 40]]))
    journal.close()
    assert show.main(finished.args(unit=UNIT), redact) == 0
    assert "no longer in git" in capsys.readouterr().out


@pytest.mark.parametrize(
    "value", [{"kind": "submitted"}, {"kind": "x", "text": "", "entries": [["a"]]}, None]
)
def test_a_journal_that_lacks_something_is_an_error_of_the_journal(
    finished: Bench, redact: Redactor, value: object
) -> None:
    """With the run and the line."""
    journal = finished.journal(finished.state.runs[0])
    call(journal, "k6", "work", value)
    journal.close()
    with pytest.raises(JournalError, match="line 8"):
        show.main(finished.args(unit=UNIT), redact)


CASES = {
    "changed": ("one\ntwo\n", "one\n2\n"),
    "no newline at the end": ("one\ntwo", "one\n2"),
    "newline added": ("one", "one\n"),
    "carriage returns": ("one\r\ntwo\r\n", "one\r\n2\r\n"),
    "form feeds and odd breaks": ("one\x0ctwo\u2028x\n", "one\x0c2\u2028x\n"),
    "emptied": ("one\n", ""),
    "added": (None, "one\n"),
    "removed": ("one\n", None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_patch_can_be_applied(tmp_path: Path, case: str) -> None:
    """git takes it, and comes to exactly the new contents."""
    old, new = CASES[case]
    git = make_repo(tmp_path / "r", {"keep.txt": "x\n"} | ({} if old is None else {"a.txt": old}))
    entry = Entry("a.txt", "100644", None if new is None else Blob(blob(git, new)))
    patch = patch_of(git, git.commit("HEAD"), [entry])
    subprocess.run(["git", "apply", "-"], cwd=git.root, input=patch.encode(), check=True)
    path = git.root / "a.txt"
    assert (path.read_bytes().decode() if path.exists() else None) == new


def test_a_file_that_becomes_executable_says_so(tmp_path: Path) -> None:
    """Although not a line of it changes."""
    git = make_repo(tmp_path / "r", {"run.sh": "echo\n"})
    entry = Entry("run.sh", "100755", Blob(blob(git, "echo\n")))
    patch = patch_of(git, git.commit("HEAD"), [entry])
    assert patch == "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"


def test_binary_files_are_not_spelt_out(tmp_path: Path) -> None:
    """Only that they differ."""
    git: Git = make_repo(tmp_path / "r", {"a.bin": b"\0one"})
    entry = Entry("a.bin", "100644", Blob(blob(git, "two")))
    assert patch_of(git, git.commit("HEAD"), [entry]) == "diff --git a/a.bin b/a.bin\nBinary files differ\n"
