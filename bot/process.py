"""Starts processes: the only module that does. Whatever they leave behind is killed.

A job gets its own session, exactly the environment that it was given (plus one mark), no standard input,
and a file for its output: a daemon that held a pipe would keep us waiting for it. At its end, at its time
limit and when we are cancelled, everything goes that it started: its process group, what carries its mark,
and what was ever seen below it. (A daemon that clears its environment, leaves the session and loses its
parent within a hundredth of a second is not found; a sandbox with a process namespace finds that one too.)
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MARK = "GATECREW_PROCESS"
MAX_OUTPUT = 64 * 1024 * 1024
FIRST_LOOK_S, LOOK_S = 0.01, 0.25
KILL_ROUNDS = 100
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: its status (negative: by that signal), or None where its time was up."""

    exit_code: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """A process as /proc shows it. A pid alone may be somebody else's by now; with its start it is not."""

    pid: int
    parent: int
    session: int
    start: str
    dead: bool


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout_s: float,
    output: Path,
    max_output: int = MAX_OUTPUT,
) -> Exit:
    """Run a program to its end or its time limit. Raises OSError where it cannot be started.

    Of output beyond `max_output` bytes the older part is dropped: the end is what explains a failure.
    """
    began = time.monotonic()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    sink = os.open(output, flags, 0o600)
    family = _Family(uuid.uuid4().hex)
    process: asyncio.subprocess.Process | None = None
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env={**env, MARK: family.mark},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
        family.root = process.pid
        status = await _watch(process, family, sink, began + timeout_s, max_output)
        return Exit(status, time.monotonic() - began)
    finally:
        family.kill()
        if process is not None:
            await process.wait()
        os.close(sink)


async def _watch(
    process: asyncio.subprocess.Process, family: _Family, sink: int, deadline: float, max_output: int
) -> int | None:
    ended = asyncio.ensure_future(process.wait())
    pause = FIRST_LOOK_S
    try:
        while (left := deadline - time.monotonic()) > 0:
            done, _ = await asyncio.wait({ended}, timeout=min(left, pause))
            if done:
                return ended.result()
            family.look()
            if os.fstat(sink).st_size > max_output:
                os.ftruncate(sink, 0)
            pause = min(2 * pause, LOOK_S)
        return None
    finally:
        ended.cancel()


class _Family:
    """A process and all that came from it."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.root: int | None = None
        self._known: set[tuple[int, str]] = set()

    def look(self) -> list[_Seen]:
        """Remember who is below the root now; those of the family who still live."""
        alive = [seen for seen in _processes() if not seen.dead]
        mine = {seen.pid for seen in alive if (seen.pid, seen.start) in self._known}
        if self.root is not None:
            mine |= {self.root} | {seen.pid for seen in alive if seen.session == self.root}
        grown = True
        while grown:
            more = {seen.pid for seen in alive if seen.parent in mine} - mine
            mine |= more
            grown = bool(more)
        family = [seen for seen in alive if seen.pid in mine]
        self._known |= {(seen.pid, seen.start) for seen in family}
        return family

    def kill(self) -> None:
        """Kill the group, and then whoever is found, until nobody is."""
        if self.root is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.root, signal.SIGKILL)
        for _ in range(KILL_ROUNDS):
            left = {seen.pid for seen in self.look()} | set(_marked(self.mark))
            if not left:
                return
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)


def kill_left(folder: Path) -> None:
    """Kill what an earlier process of ours started below a folder and was killed too soon to end itself."""
    for _ in range(KILL_ROUNDS):
        left = [pid for pid in _marked() if _at_work_in(pid, folder)]
        if not left:
            return
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _at_work_in(pid: int, folder: Path) -> bool:
    """Its working folder tells, or the one that it was started in: what a shell hands on as PWD."""
    inside = os.fsencode(folder)
    try:
        if (PROC / str(pid) / "cwd").readlink().is_relative_to(folder):
            return True
        names = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(name.startswith(b"PWD=" + inside + b"/") for name in names)


def _processes() -> Iterator[_Seen]:
    for folder in _folders():
        with suppress(OSError, ValueError, IndexError):
            # The name in parentheses may hold anything, parentheses too.
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            yield _Seen(int(folder.name), int(fields[1]), int(fields[3]), fields[19], fields[0] in "ZX")


def _marked(mark: str = "") -> Iterator[int]:
    """Processes that carry this mark, or any of ours."""
    wanted = f"{MARK}={mark}".encode()
    for folder in _folders():
        with suppress(OSError):
            names = (folder / "environ").read_bytes().split(b"\0")
            if wanted in names or (not mark and any(name.startswith(wanted) for name in names)):
                yield int(folder.name)


def _folders() -> Iterator[Path]:
    if PROC.is_dir():
        yield from (folder for folder in PROC.iterdir() if folder.name.isdigit())
