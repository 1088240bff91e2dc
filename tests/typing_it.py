"""The installed command as a process of its own: type it, kill it, and see what it leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.builders import hermetic
from tests.stories import WORKFLOW, Place

GATECREW = Path(sys.executable).with_name("gatecrew")


def command(home: Place, *more: str, workflow: str = WORKFLOW) -> list[str]:
    """The installed command on a place."""
    return [str(GATECREW), "run", workflow, "--repo", str(home.repo), "--out", str(home.out), *more]


def started(home: Place, *more: str, workflow: str = WORKFLOW) -> subprocess.Popen[str]:
    """The installed command as a process of its own."""
    return subprocess.Popen(
        command(home, *more, workflow=workflow),
        env=hermetic(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def ended(process: subprocess.Popen[str], timeout_s: float = 100.0) -> Ended:
    """How a process ended; a negative code is a signal."""
    out, err = process.communicate(timeout=timeout_s)
    return Ended(process.returncode, out, err)


def typed(home: Place, *more: str, workflow: str = WORKFLOW) -> Ended:
    """Type the command and wait for its end."""
    return ended(started(home, *more, workflow=workflow))


def lines_in(home: Place) -> int:
    """Whole records in the newest journal, as somebody else sees them."""
    journals = home.state.journals
    return journals[-1].read_bytes().count(b"\n") if journals else 0


def alive_below(folder: Path) -> list[int]:
    """Processes that work in a folder, or name it on their command line; the test's own git is not meant."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with suppress(OSError):
                if int((process / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid():
                    continue
                told = (process / "cmdline").read_bytes().decode("utf-8", "replace")
                where = str((process / "cwd").readlink())
                if str(folder) in told or where.startswith(str(folder)):
                    found.append(int(process.name))
    return found


def assert_tidy(home: Place) -> None:
    """Nothing is left of any process: no children, no worktrees, no locks."""
    until = time.monotonic() + 10
    while (left := alive_below(home.out)) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []
    assert home.git.text("worktree", "list").count("\n") == 0
    assert not home.state.work.exists() or list(home.state.work.iterdir()) == []
    assert list((home.repo / ".git").rglob("*.lock")) == []
    assert list((home.state.forge / "repository.git").rglob("*.lock")) == []
    with home.state.locked():
        pass
