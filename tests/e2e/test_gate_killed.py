"""`gatecrew gate` that is stopped in the middle leaves nothing behind, and the next call works."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.gating import PRICE, RIGHT, SUITE, Asked, asked

SLOW = "slow.txt"
PATIENCE_S = 30.0


def processes(mark: str) -> list[str]:
    """Those that are alive with this among their arguments."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            dead = "State:\tZ" in (folder / "status").read_text()
        except OSError:
            continue
        if mark.encode() in words and not dead:
            found.append(folder.name)
    return found


def wait_for(what: str, mark: str, *, running: bool) -> None:
    end = time.monotonic() + PATIENCE_S
    while bool(processes(mark)) != running:
        assert time.monotonic() < end, f"{what} within {PATIENCE_S} s"
        time.sleep(0.05)


@pytest.fixture
def slow(tmp_path: Path) -> Asked:
    """A project whose suite stands still where the candidate says so, with a mark that `/proc` shows."""
    return slow_in(tmp_path)


def slow_in(folder: Path, sandbox: str = "auto") -> Asked:
    made = asked(folder, run=f"[ ! -e {SLOW} ] || sleep {mark_of(folder)}; {SUITE}", sandbox=sandbox)
    made.topic({PRICE: RIGHT, SLOW: "x\n"}, name="slow")
    return made


def mark_of(folder: Path) -> str:
    """Seconds that nobody else sleeps."""
    return f"300.{abs(hash(str(folder))) % 10**12:012d}"


def started(project: Asked, mark: str) -> subprocess.Popen[bytes]:
    begun = project.start("gate", "--base", "main", "--head", "slow")
    wait_for("the suite begins", mark, running=True)
    return begun


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_leaves_no_process_no_worktree_and_no_ref(
    slow: Asked, tmp_path: Path, number: signal.Signals
) -> None:
    begun = started(slow, mark_of(tmp_path))
    begun.send_signal(number)
    _, err = begun.communicate(timeout=PATIENCE_S)
    assert begun.returncode == 130, err
    assert f"interrupted by {number.name}" in err.decode()
    assert "type the same command again" in err.decode()
    assert processes(mark_of(tmp_path)) == []
    assert slow.left() == ([], [])
    assert slow.gate().code == 0


@pytest.mark.parametrize("sandbox", ["auto", "plain"])
def test_what_a_kill_leaves_is_swept_by_the_next_call(tmp_path: Path, sandbox: str) -> None:
    slow = slow_in(tmp_path, sandbox)
    begun = started(slow, mark_of(tmp_path))
    begun.kill()
    begun.communicate(timeout=PATIENCE_S)
    again = slow.gate()
    assert again.code == 0, again.said
    wait_for("the suite ends", mark_of(tmp_path), running=False)
    assert slow.left() == ([], [])


def test_the_second_in_one_state_is_told_and_one_with_a_state_of_its_own_works(
    slow: Asked, tmp_path: Path
) -> None:
    begun = started(slow, mark_of(tmp_path))
    second = slow.gate()
    assert second.code == 8, second.said
    assert f"another run (process {begun.pid}) is using the state" in second.err
    assert "--out DIR" in second.err
    assert slow.gate("--out", str(tmp_path / "own")).code == 0
    begun.send_signal(signal.SIGINT)
    begun.communicate(timeout=PATIENCE_S)
    assert slow.left() == ([], [])
