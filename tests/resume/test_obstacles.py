"""What a killed run leaves behind is no obstacle; what belongs to another run or version is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.stories import CLOSED, Place, Played, cut_after, full_after


def cut(tmp_path: Path, records: int = 6) -> Place:
    """A run that was cut in the middle."""
    home = Place(tmp_path)
    assert home.run(journals=cut_after(records)).code == CLOSED
    return home


def refused(played: Played, *words: str) -> bool:
    """Exit 8, with a message that says all of this and what to do next."""
    assert played.error is not None
    assert played.error.hint
    return played.code == 8 and all(word in str(played.error) for word in words)


def test_a_torn_last_line_is_ignored(tmp_path: Path) -> None:
    home = cut(tmp_path)
    path = home.state.journals[0]
    with path.open("ab") as file:
        file.write(b'{"t":"call","key":"abc","resu')

    played = home.run(resume="last")

    assert played.code == 0
    assert all(json.loads(line)["t"] for line in path.read_bytes().splitlines())


def test_a_broken_line_in_the_middle_is_refused_with_its_number(tmp_path: Path) -> None:
    home = cut(tmp_path)
    path = home.state.journals[0]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"no record\n", *lines[2:]]))
    assert refused(home.run(resume="last"), "line 3", "no record")


def test_a_broken_journal_of_an_earlier_run_is_told_and_left_out(tmp_path: Path) -> None:
    home = cut(tmp_path)
    home.state.journals[0].write_bytes(b"no record\n")
    played = home.run()
    assert (played.code, played.agents) == (0, 5)
    assert "an earlier journal is left out" in played.said


def test_a_journal_of_another_run_is_refused(tmp_path: Path) -> None:
    home = cut(tmp_path)
    run = home.state.runs[0]
    home.state.journals[0].rename(home.state.root / "journal" / "20990101-000000-beef.jsonl")
    home.state.run(run).rename(home.state.root / "runs" / "20990101-000000-beef")
    assert refused(home.run(resume="last"), "20990101-000000-beef", run)


def test_a_journal_of_another_workflow_is_refused(tmp_path: Path) -> None:
    home = cut(tmp_path)
    home.commit({".github/gatecrew/other.yml": (home.repo / ".github/gatecrew/tidy.yml").read_text()})
    played = home.run(resume="last", workflow="other")
    assert refused(played, "'tidy'", "'other'", "gatecrew run tidy --resume")


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    home = cut(tmp_path)
    path = home.state.journals[0]
    first, _, rest = path.read_text().partition("\n")
    path.write_text(json.dumps({**json.loads(first), "version": 99}) + "\n" + rest)
    assert refused(home.run(resume="last"), "newer gatecrew", "99")


def test_a_run_without_its_script_cannot_be_resumed(tmp_path: Path) -> None:
    home = cut(tmp_path)
    (home.state.run(home.state.runs[0]) / "script.py").unlink()
    assert refused(home.run(resume="last"), "script.py")


def test_a_run_that_died_before_its_first_record_can_be_started_again(tmp_path: Path) -> None:
    """Its journal is an empty file. There is nothing to resume, and nothing in the way."""
    home = Place(tmp_path)
    (home.state.root / "journal").mkdir(parents=True)
    (home.state.root / "journal" / "20200101-000000-dead.jsonl").write_bytes(b"")
    assert home.run(resume="last").code == 2
    assert home.run().code == 0


def test_resuming_where_nothing_ran_is_wrong_input(tmp_path: Path) -> None:
    played = Place(tmp_path).run(resume="last")
    assert played.code == 2
    assert "no run" in str(played.error)


def test_two_runs_at_once_in_one_state_are_refused(tmp_path: Path) -> None:
    home = Place(tmp_path)
    with home.state.locked():
        played = home.run()
    assert refused(played, f"process {os.getpid()}", "--out DIR")
    assert home.state.journals == []
    assert home.run().code == 0


@pytest.mark.parametrize("resume", [None, "last"])
def test_worktrees_and_the_lock_of_a_killed_run_are_no_obstacle(tmp_path: Path, resume: str | None) -> None:
    home = cut(tmp_path)
    left = home.state.work / "tree-1"
    left.parent.mkdir(parents=True, exist_ok=True)
    home.git.run("worktree", "add", "--quiet", "--detach", str(left), "HEAD")
    (left / "left.txt").write_text("half a run")
    (home.state.work / "tree-2").mkdir()
    (home.state.work / "tree-2" / "sealed").mkdir(mode=0o500)
    (home.state.root / "lock").write_text("99999999")
    (home.state.root / ".result.json.99999999").write_text("half a result")

    played = home.run(resume=resume)

    assert played.code == 0
    assert list(home.state.work.iterdir()) == []
    assert home.git.text("worktree", "list").count("\n") == 0
    assert home.git.text("status", "--porcelain") == ""


def test_the_disk_is_full_while_journalling(tmp_path: Path) -> None:
    """Exit 8, the line is cut off, and with room again the run goes on."""
    home = Place(tmp_path)
    played = home.run(journals=full_after(6))
    assert refused(played, "No space left on device", "--resume")
    assert len(home.journal()) == 6
    assert home.run(resume="last").code == 0
