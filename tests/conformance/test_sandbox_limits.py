"""Every sandbox holds the limits of a job, tells which one it was, and leaves nothing running."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.ports.sandbox import Ended, Job, Sandbox
from bot.types.spec import GateLimits
from tests.conformance.test_sandboxes import is_still, job, python
from tests.sandboxes import works_here

REPOSITORY = Path(__file__).parents[2]
# In the background twice, in a session of its own, without its environment, deaf to what asks it to end.
DAEMON = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.execve('/bin/sh', ['sh', '-c', 'while true; do date +%s%N > beat; sleep 0.02; done'], {})
    os._exit(0)
while not os.path.exists('beat'):
    time.sleep(0.01)
"""


@pytest.fixture(params=["plain", "bubblewrap", "sandlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return works_here(request.param)


def limited(**limits: int | None) -> GateLimits:
    return GateLimits.model_validate({"memory": None, "processes": None, "disk": None} | limits)


def ended(sandbox: Sandbox, task: Job) -> tuple[Ended, str]:
    how = asyncio.run(sandbox.run(task))
    return how, task.output.read_text("utf-8", "replace")


def test_memory_of_one_process(sandbox: Sandbox, tmp_path: Path) -> None:
    source = "held = []\nwhile True:\n    held.append(bytearray(b'x' * 5_000_000))"
    how, _ = ended(sandbox, job(tmp_path, python(source), limits=limited(memory=200)))
    assert (how.exit_code, how.limit) == (None, "more than 200 MiB of memory")
    assert not how.timed_out


def test_memory_of_many_processes_together(sandbox: Sandbox, tmp_path: Path) -> None:
    source = (
        "import os, time\nfor _ in range(5):\n    if os.fork() == 0:\n"
        "        held = bytearray(b'x' * 60_000_000)\n        break\ntime.sleep(15)"
    )
    how, _ = ended(sandbox, job(tmp_path, python(source), limits=limited(memory=200)))
    assert how.limit == "more than 200 MiB of memory"


def test_memory_that_is_shared_counts_once(sandbox: Sandbox, tmp_path: Path) -> None:
    source = (
        "import os, time\nheld = bytearray(b'x' * 60_000_000)\nfor _ in range(6):\n"
        "    if os.fork() == 0:\n        break\ntime.sleep(1.5)"
    )
    how, said = ended(sandbox, job(tmp_path, python(source), limits=limited(memory=250)))
    assert (how.exit_code, how.limit) == (0, None), said


@pytest.mark.parametrize(
    ("program", "command", "says"),
    [
        ("node", "node -e 'console.log(6 * 7)'", "42"),
        ("java", "java -version", "version"),
        ("go", "go version", "go version"),
    ],
)
def test_runtimes_that_reserve_much_memory_run(
    sandbox: Sandbox, tmp_path: Path, program: str, command: str, says: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    how, said = ended(sandbox, job(tmp_path, command, limits=limited(memory=512)))
    assert how.exit_code == 0, said
    assert says in said


def test_processes(sandbox: Sandbox, tmp_path: Path) -> None:
    command = "for i in $(seq 45); do sleep 30 & done; wait"
    how, _ = ended(sandbox, job(tmp_path, command, limits=limited(processes=30)))
    assert (how.exit_code, how.limit) == (None, "more than 30 processes and threads")


def test_fork_bomb_is_gone(sandbox: Sandbox, tmp_path: Path) -> None:
    # Eleven generations and no more: a test that fails must not take the machine with it.
    bomb = (
        "bomb() { date +%s%N > beat; [ $1 -gt 10 ] && exec sleep 30; "
        "bomb $(($1 + 1)) & bomb $(($1 + 1)) & wait; }; bomb 0"
    )
    how, _ = ended(sandbox, job(tmp_path, bomb, limits=limited(processes=150)))
    assert (how.exit_code, how.limit) == (None, "more than 150 processes and threads")
    assert is_still(tmp_path / "tree" / "beat")


def test_disk(sandbox: Sandbox, tmp_path: Path) -> None:
    command = "for i in 1 2 3 4; do head -c 9000000 /dev/zero > $i; done; sleep 30"
    how, _ = ended(sandbox, job(tmp_path, command, limits=limited(disk=20)))
    assert (how.exit_code, how.limit) == (None, "more than 20 MiB of disk")


def test_disk_held_by_files_without_a_name(sandbox: Sandbox, tmp_path: Path) -> None:
    source = (
        "import os, time\nheld = []\nfor _ in range(4):\n    file = open('big', 'wb')\n    os.unlink('big')\n"
        "    file.write(b'x' * 9_000_000)\n    file.flush()\n    held.append(file)\ntime.sleep(30)"
    )
    how, _ = ended(sandbox, job(tmp_path, python(source), limits=limited(disk=20)))
    assert how.limit == "more than 20 MiB of disk"


def test_files_without_contents_cost_too(sandbox: Sandbox, tmp_path: Path) -> None:
    source = "import time\nfor name in range(6000):\n    open(str(name), 'w').close()\ntime.sleep(30)"
    how, _ = ended(sandbox, job(tmp_path, python(source), limits=limited(disk=20)))
    assert how.limit == "more than 20 MiB of disk"


def test_one_file_cannot_grow_beyond_the_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    how, _ = ended(sandbox, job(tmp_path, "head -c 90000000 /dev/zero > big", limits=limited(disk=20)))
    assert how.exit_code != 0
    assert (tmp_path / "tree" / "big").stat().st_size <= 20 * 1024 * 1024


def test_what_was_there_before_counts_for_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    task = job(tmp_path, "sleep 1.6; echo done", limits=limited(disk=20))
    (tmp_path / "tree" / "large").write_bytes(b"x" * 30_000_000)
    how, said = ended(sandbox, task)
    assert (how.exit_code, said) == (0, "done\n")


def test_no_core_files(sandbox: Sandbox, tmp_path: Path) -> None:
    assert ended(sandbox, job(tmp_path, "ulimit -c"))[1] == "0\n"


def test_deaf_daemon_does_not_outlive_the_job(sandbox: Sandbox, tmp_path: Path) -> None:
    how, said = ended(sandbox, job(tmp_path, python(DAEMON)))
    assert how.exit_code == 0, said
    assert is_still(tmp_path / "tree" / "beat")


def test_job_that_kills_its_parent_gains_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    how, _ = ended(sandbox, job(tmp_path, f"{python(DAEMON)}; kill -9 $PPID; sleep 0.5; exit 0"))
    assert how.exit_code != 0 or sandbox.enforced
    assert is_still(tmp_path / "tree" / "beat")


RUNS_ONE = """
import asyncio, os, sys
from pathlib import Path
from bot.ports.sandbox import Job
from tests.sandboxes import works_here
folder, command = Path(sys.argv[2]), sys.argv[3]
job = Job(command, folder, folder, {'PATH': os.environ['PATH']}, 60.0, folder.parent / 'output')
asyncio.run(works_here(sys.argv[1]).run(job))
"""


def test_nothing_outlives_us_when_we_are_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    argv = [sys.executable, "-c", RUNS_ONE, sandbox.name, str(tree), f"{python(DAEMON)}; sleep 60"]
    process = subprocess.Popen(argv, cwd=REPOSITORY, env={"PATH": os.environ["PATH"]})
    while not (tree / "beat").exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while not is_still(tree / "beat") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert is_still(tree / "beat")
