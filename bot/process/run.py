"""Runs one program to its end, to its time limit, or to another limit.

A job gets its own session, exactly the environment that it was given (plus one mark), no standard input,
and a file for its output: a daemon that held a pipe would keep us waiting for it. A warden stands above it,
to which all orphans of the job fall. At its end, at its limits and when we are cancelled, everything goes
that it started: what is below the warden, its process group, what carries its mark, and what was ever seen
below it. When we are killed ourselves, the warden notices and ends the rest.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.process import warden
from bot.process.family import MARK, Family
from bot.process.usage import Meter
from bot.types.spec import GateLimits

MAX_OUTPUT = 64 * 1024 * 1024
FIRST_LOOK_S, HURRIED_S, LOOK_S = 0.01, 0.05, 0.25
NO_LIMITS = GateLimits(memory=None, processes=None, disk=None)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: its status (negative: by that signal), or None where it was killed, because its
    time was up or, if `limit` says so, because it used too much."""

    exit_code: int | None
    seconds: float
    limit: str | None = None


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout_s: float,
    output: Path,
    max_output: int = MAX_OUTPUT,
    limits: GateLimits = NO_LIMITS,
    folders: Sequence[Path] = (),
) -> Exit:
    """Run a program to its end or its limits. Raises OSError where it cannot be started.

    Of output beyond `max_output` bytes the older part is dropped: the end is what explains a failure.
    `folders` are those that it may write to, and that count for the limit on disk.
    """
    if shutil.which(argv[0], path=env.get("PATH", os.defpath)) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
    _adopt()
    began = time.monotonic()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    sink = os.open(output, flags, 0o600)
    meter = Meter(limits, folders)
    try:
        async with _started(_guarded(argv, limits), cwd, env, sink) as (process, family, line):
            watch = _Watch(process, family, meter, sink, max_output)
            status = await watch.until(began + timeout_s)
            limit = watch.limit or (meter.multiplied if _said(line) == warden.BOMB else None)
            return Exit(None if limit else status, time.monotonic() - began, limit)
    finally:
        meter.close()
        os.close(sink)


# Where a warden is killed, we are next in line.
_adopt = cache(warden.adopt)


def _guarded(argv: Sequence[str], limits: GateLimits) -> list[str]:
    """The program below its warden, which reads nothing of the place that it is started in."""
    bounds = (str(limits.disk or 0), str(limits.processes or 0))
    return [sys.executable, "-I", "-S", warden.__file__, *bounds, *argv]


@asynccontextmanager
async def _started(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], sink: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Family, socket.socket]]:
    """A process for as long as the block runs; its family does not outlive it."""
    family = Family(uuid.uuid4().hex)
    theirs, ours = socket.socketpair()
    ours.setblocking(False)
    process: asyncio.subprocess.Process | None = None
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env={**env, MARK: family.mark},
            stdin=theirs.fileno(),
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
        family.stands_below(process.pid)
        yield process, family, ours
    finally:
        theirs.close()
        # Its warden ends when this closes.
        ours.close()
        if process is not None:
            await _patiently(process)
            family.abandoned = process.returncode is None or process.returncode < 0
        family.kill()
        if process is not None:
            await process.wait()
        family.forget()


def _said(line: socket.socket) -> bytes:
    try:
        return line.recv(64)
    except OSError:
        return b""


async def _patiently(process: asyncio.subprocess.Process) -> None:
    """The warden has a moment to end what is below it; killed sooner, it would set that free."""
    ending = asyncio.ensure_future(process.wait())
    await asyncio.wait({ending}, timeout=warden.KILL_S + 1)
    ending.cancel()


class _Watch:
    """Looks at a running family, ever more seldom."""

    def __init__(
        self, process: asyncio.subprocess.Process, family: Family, meter: Meter, sink: int, max_output: int
    ) -> None:
        self._process = process
        self._family = family
        self._meter = meter
        self._sink = sink
        self._max_output = max_output
        self.limit: str | None = None
        """The limit that it was over, in words."""

    async def until(self, deadline: float) -> int | None:
        """Its status, or None where a limit was reached first."""
        ended = asyncio.ensure_future(self._process.wait())
        pause = FIRST_LOOK_S
        try:
            while self.limit is None and (left := deadline - time.monotonic()) > 0:
                done, _ = await asyncio.wait({ended}, timeout=min(left, pause))
                if done:
                    return ended.result()
                self._look()
                pause = HURRIED_S if self._meter.hurry else min(2 * pause, LOOK_S)
            return None
        finally:
            ended.cancel()

    def _look(self) -> None:
        family = [seen for seen in self._family.look() if seen.pid != self._family.root]
        self.limit = self._meter.over(family)
        if os.fstat(self._sink).st_size > self._max_output:
            os.ftruncate(self._sink, 0)
