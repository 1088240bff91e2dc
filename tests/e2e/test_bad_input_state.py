"""A state that cannot be written, is somebody else's, or was left by a killed run: told, and nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import write
from tests.inputs import COMMAND, QUICK, WORKFLOW, Project, project, spec_of

SMALL_DISK = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""No file may grow beyond a size: what a full disk looks like to whoever appends to one."""


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def on_a_small_disk(tidy: Project, size: int) -> tuple[int, str]:
    # Nothing but the run may meet the limit: no cached bytecode, and git copies no templates.
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "GIT_TEMPLATE_DIR": ""}
    prefix = [sys.executable, "-c", SMALL_DISK, str(size)]
    ended = tidy.type("run", WORKFLOW, "--yes", prefix=prefix, **quiet)
    return ended.code, ended.err


def test_a_disk_that_is_full_while_journalling_stops_the_run_and_it_goes_on_later(tmp_path: Path) -> None:
    """The suite's output makes the journal larger than all that is written besides it."""
    noisy = f"yes 'a line of the suite that says very little' | head -c 5000; {QUICK}"
    tidy = project(tmp_path, spec_of(gate={"run": noisy}))
    code, err = on_a_small_disk(tidy, 8000)
    assert code == 8, err
    assert "cannot be written: File too large" in err
    assert str(tidy.journals[0]) in err
    assert "Make room, then: gatecrew run tidy --resume" in err
    kept = tidy.records
    assert [record["t"] for record in kept][:2] == ["run", "call"]
    assert tidy.pulls == []
    resumed = tidy.run("--resume", "last")
    assert resumed.code == 0, resumed.said
    assert tidy.records[: len(kept)] == kept
    assert tidy.result["reused"] == 0
    assert [record["verb"] for record in tidy.records if record["t"] == "call"].count("suite") == 3
    assert tidy.statuses == {"app": "proposed"}


def test_a_disk_without_any_room_is_told_before_the_run_begins(tmp_path: Path) -> None:
    tidy = project(tmp_path)
    code, err = on_a_small_disk(tidy, 100)
    assert code == 8, err
    assert "the state cannot be written" in err
    assert "--out DIR" in err
    assert tidy.run().code == 0


def test_a_state_that_is_a_file_is_told(tmp_path: Path) -> None:
    tidy = project(tmp_path)
    (tmp_path / "state").write_text("mine")
    ended = tidy.run("--out", str(tmp_path / "state"))
    assert ended.code == 8, ended.said
    assert "the state cannot be written" in ended.err
    assert (tmp_path / "state").read_text() == "mine"


@pytest.fixture
def ran(tmp_path: Path) -> Project:
    """A project with one finished run."""
    tidy = project(tmp_path)
    assert tidy.inside("run", WORKFLOW).code == 0
    return tidy


def edit_header(path: Path, **changes: object) -> None:
    first, rest = path.read_text().split("\n", 1)
    path.write_text(json.dumps({**json.loads(first), **changes}) + "\n" + rest)


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(ran: Project) -> None:
    edit_header(ran.journals[0], version=99)
    before = ran.journals[0].read_bytes()
    ended = ran.inside("run", WORKFLOW, "--resume", "last")
    assert ended.code == 8
    assert "was written by a newer gatecrew (journal version 99, known 1)" in ended.err
    assert "Update gatecrew" in ended.err
    assert ran.journals[0].read_bytes() == before
    listed = ran.inside("runs")
    assert listed.code == 0
    assert "unreadable" in listed.out


def test_a_journal_of_another_run_is_refused(ran: Project) -> None:
    """A file that was copied or renamed: going on would mix two runs."""
    edit_header(ran.journals[0], run="20200101-000000-beef")
    ended = ran.inside("run", WORKFLOW, "--resume", "last")
    assert ended.code == 8, ended.said
    assert "20200101-000000-beef" in ended.err
    assert len(ran.journals) == 1


def test_a_journal_of_another_workflow_is_refused_with_the_right_command(ran: Project) -> None:
    ran.commit({".github/gatecrew/other.yml": spec_of()})
    ended = ran.inside("run", "other", "--resume", "last")
    assert ended.code == 8
    assert "is of the workflow 'tidy', not of 'other'" in ended.err
    assert "gatecrew run tidy --resume" in ended.err


def test_a_damaged_journal_is_told_with_its_line(ran: Project) -> None:
    lines = ran.journals[0].read_bytes().splitlines(keepends=True)
    ran.journals[0].write_bytes(lines[0] + b"garbage\n" + b"".join(lines[2:]))
    resumed = ran.inside("run", WORKFLOW, "--resume", "last")
    assert resumed.code == 8
    assert "line 2 is no journal record: b'garbage'" in resumed.err
    fresh = ran.inside("run", WORKFLOW)
    assert fresh.code == 0, fresh.said
    assert "an earlier journal is left out" in fresh.out


def test_a_run_whose_spec_is_lost_cannot_be_resumed(ran: Project) -> None:
    (ran.state / "runs" / ran.journals[0].stem / "spec.yml").unlink()
    ended = ran.inside("run", WORKFLOW, "--resume", "last")
    assert ended.code == 8
    assert "cannot be resumed" in ended.err
    assert "Start a new run without --resume" in ended.err


def test_a_second_run_waits_for_nobody_and_a_killed_one_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    """Two at once in one state; then the first is killed in the middle of its suite, and the next one goes
    on: neither its lock nor its worktree is in the way."""
    begun, go = tmp_path / "begun", tmp_path / "go"
    waits = f"touch {begun}; until test -e {go}; do sleep 0.1; done; {QUICK}"
    tidy = project(tmp_path, spec_of(gate={"run": waits}))
    first = tidy.start("run", WORKFLOW)
    until(begun.exists)
    second = tidy.run()
    assert second.code == 8
    assert f"another run (process {first.pid}) is using the state" in second.err
    assert "--out DIR" in second.err
    first.kill()
    first.communicate()
    go.touch()
    assert len(worktrees(tidy)) == 2
    (killed,) = tidy.journals
    resumed = tidy.run("--resume", killed.stem)
    assert resumed.code == 0, resumed.said
    assert tidy.statuses == {"app": "proposed"}
    assert worktrees(tidy) == [str(tidy.folder)]
    assert len(tidy.journals) == 1


def worktrees(tidy: Project) -> list[str]:
    listed = tidy.git.text("worktree", "list", "--porcelain")
    return [line.removeprefix("worktree ") for line in listed.splitlines() if line.startswith("worktree ")]


def test_files_that_a_killed_run_left_in_the_state_are_swept(ran: Project) -> None:
    left = ran.state / "work" / "tree-1"
    write(left, {"app/price.py": "half"})
    (ran.state / "lock").write_text("4194304")
    ran.commit({"app/more.py": "def dead():\n    return 1\n"})
    assert ran.inside("run", WORKFLOW).code == 0
    assert not left.exists()


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    waits = f"touch {begun}; until test -e {go}; do sleep 0.1; done; {QUICK}"
    tidy = project(tmp_path, spec_of(gate={"run": waits}))
    process = tidy.start("run", WORKFLOW, "--repo", str(tidy.folder))
    until(begun.exists)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted by SIGTERM" in err.decode()
    assert f"gatecrew run tidy --resume last --repo {tidy.folder}" in err.decode()
    assert worktrees(tidy) == [str(tidy.folder)]
    go.touch()
    assert tidy.inside("run", WORKFLOW, "--resume", "last").code == 0


def test_output_that_nobody_reads_changes_no_exit_code(tmp_path: Path) -> None:
    """A run into `head -1` ends as it would have ended, and all of it is in the state."""
    tidy = project(tmp_path)
    ended = tidy.piped_to("head -1", "run", WORKFLOW, "--yes")
    assert ended.code == 0, ended.err
    assert ended.err == ""
    assert tidy.statuses == {"app": "proposed"}
    limited = tidy.piped_to("true", "run", WORKFLOW, "--only", "nobody")
    assert limited.code == 2, limited


def test_a_pipe_that_is_full_holds_up_the_lines_and_not_the_run(tmp_path: Path) -> None:
    tidy = project(tmp_path)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b" " * 512)
    except BlockingIOError:
        os.set_blocking(writing, True)
    environment = {name: os.environ[name] for name in ("PATH", "HOME")}
    process = subprocess.Popen(
        [COMMAND, "run", WORKFLOW], cwd=tidy.folder, env=environment, stdout=writing, stdin=subprocess.DEVNULL
    )
    os.close(writing)
    until((tidy.state / "result.json").exists)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    assert process.wait(60) == 0
    assert "complete: every unit has its verdict" in said
