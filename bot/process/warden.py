"""The first process of every job: what the job leaves behind becomes its child, and is gone when it ends.

A program of its own that knows only the standard library: `python -I -S warden.py MIB PROCESSES PROGRAM ...`
(0: no limit). Its standard input is a socket that we hold: when that closes, because the time is up or we
were killed, it kills all that is below it. It ends as the program ended.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

SET_CHILD_SUBREAPER = 36
ON = 1
KILL_S = 5.0
BOMB = b"processes"
LOOK_MS = 100
PROC = Path("/proc")


def main(argv: list[str]) -> None:
    adopt()
    limit(int(argv[0]) * 1024 * 1024, int(argv[1]))
    wakes, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    child = start(argv[2:])
    preferred()
    # The number of processes does not bind root, and so is watched from as near as can be.
    most = threads() + 2 * int(argv[1]) if int(argv[1]) and not os.getuid() else None
    status = wait(child, wakes, most)
    clear()
    end_as(status)


def adopt() -> None:
    """From now on, whoever loses his parent below this process becomes its child."""
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, ON, 0, 0, 0)


def limit(disk: int, processes: int) -> None:
    """What the kernel itself can hold: one file's size, and for all but root the number of processes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if disk:
        lower(resource.RLIMIT_FSIZE, disk)
    if processes and os.getuid():
        # Twice: whoever watches from outside comes first, and can tell why.
        lower(resource.RLIMIT_NPROC, 2 * processes + threads_of(os.getuid()))
    with suppress(OSError):
        # Where the machine runs out of memory, the job goes first.
        Path("/proc/self/oom_score_adj").write_text("1000")


def lower(kind: int, wanted: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (value, value))


def threads_of(user: int) -> int:
    """The kernel counts all threads of a user together, also those that are none of ours."""
    count = 0
    for folder in processes():
        with suppress(OSError, ValueError, IndexError):
            if folder.stat().st_uid == user:
                count += int((folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[17])
    return count


def start(program: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        # A group of its own: what it sends to its group does not end us.
        os.setpgid(0, 0)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvpe(program[0], program, environment())
    except OSError as err:
        os.write(2, f"{program[0]}: {err.strerror}\n".encode())
    finally:
        os._exit(127)


def environment() -> dict[bytes, bytes]:
    """What we were given. Python itself adds to its own: a LC_CTYPE, where the locale is C."""
    try:
        block = (PROC / "self" / "environ").read_bytes()
    except OSError:
        return dict(os.environb)
    pairs = (entry.partition(b"=") for entry in block.split(b"\0"))
    return {name: value for name, equals, value in pairs if equals}


def preferred() -> None:
    """Where we may: before a thousand processes that want to run."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def threads() -> int:
    """All of this machine: one number that the kernel counts anyway."""
    try:
        return int((PROC / "loadavg").read_text().split()[3].partition("/")[2])
    except (OSError, ValueError, IndexError):
        return 0


def wait(child: int, wakes: int, most: int | None) -> int | None:
    """How the program ended; None where nobody waits for it any longer, or where it multiplies."""
    poll = select.poll()
    poll.register(0, 0)
    poll.register(wakes, select.POLLIN)
    while True:
        ready = [number for number, _ in poll.poll(LOOK_MS if most else None)]
        if most and threads() > most:
            os.write(0, BOMB)
            return None
        if 0 in ready:
            return None
        with suppress(BlockingIOError):
            os.read(wakes, 4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == child:
                    return ended[1]


def clear() -> None:
    """Kill children until there are none. Every orphan becomes one, so that nothing is left then."""
    deadline = time.monotonic() + KILL_S
    while time.monotonic() < deadline:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in children():
            with suppress(OSError):
                resource.prlimit(pid, resource.RLIMIT_NPROC, (0, 0))
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.0005)


def children() -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return [int(folder.name) for folder in processes() if is_child(folder)]


def is_child(folder: Path) -> bool:
    with suppress(OSError, IndexError):
        fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return int(fields[1]) == os.getpid()
    return False


def processes() -> list[Path]:
    return [folder for folder in PROC.iterdir() if folder.name.isdigit()]


def end_as(status: int | None) -> None:
    if status is None:
        os._exit(137)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main(sys.argv[1:])
