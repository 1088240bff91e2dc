"""What a family of processes uses, measured from outside, cheaply first and exactly where it matters.

The kernel's own limits bind one process only, do not bind root, or count memory that a runtime reserves and
never touches (node, the JVM, sanitizers). So sums are watched, and a family that exceeds them is killed.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from pathlib import Path

from bot.process.family import PROC, Seen
from bot.types.spec import GateLimits

MIB = 1024 * 1024
PAGE = os.sysconf("SC_PAGE_SIZE")
# An empty file costs the disk something too.
ENTRY = 4096
# A look at the disk may take this share of the time.
DISK_SHARE = 20
DISK_S = 1.0
LEFT_FREE = 256 * MIB


class Meter:
    """Tells which limit a family is over. `folders` is where it may write."""

    def __init__(self, limits: GateLimits, folders: Sequence[Path]) -> None:
        self._limits = limits
        self._disk = None if limits.disk is None else _DiskMeter(limits.disk * MIB, folders)
        self.hurry = False
        """Much is in use: look again soon."""

    @property
    def multiplied(self) -> str:
        return f"more than {self._limits.processes} processes and threads"

    def over(self, family: Sequence[Seen]) -> str | None:
        """The limit in words, or None."""
        limits = self._limits
        threads = sum(seen.threads for seen in family)
        if limits.processes is not None and threads > limits.processes:
            return self.multiplied
        self.hurry = limits.processes is not None and 4 * threads > limits.processes
        if limits.memory is not None and self._too_large(family, limits.memory * MIB):
            return f"more than {limits.memory} MiB of memory"
        if self._disk is not None and self._disk.full([seen.pid for seen in family]):
            return f"more than {limits.disk} MiB of disk"
        return None

    def close(self) -> None:
        if self._disk is not None:
            self._disk.close()

    def _too_large(self, family: Sequence[Seen], limit: int) -> bool:
        """The cheap sum counts what processes share several times; beyond the limit, it is measured."""
        rough = sum(seen.pages for seen in family) * PAGE
        self.hurry |= rough > limit // 2
        return rough > limit and sum(map(memory, family)) > limit


def memory(seen: Seen) -> int:
    """Bytes that a process holds, with its part of what it shares."""
    try:
        with (PROC / str(seen.pid) / "smaps_rollup").open("rb") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(b"Pss:"))
    except (OSError, StopIteration):
        return seen.pages * PAGE if (PROC / str(seen.pid)).exists() else 0


class _DiskMeter:
    """Measures in a thread of its own, because a tree may hold a million files."""

    def __init__(self, limit: int, folders: Sequence[Path]) -> None:
        self._limit = limit
        self._folders = folders
        self._since = time.time_ns()
        self._floor = {folder: min(LEFT_FREE, free(folder) // 2) for folder in folders}
        self._next = time.monotonic() + DISK_S
        self._pool: ThreadPoolExecutor | None = None
        self._measuring: Future[int] | None = None
        self._closed = False

    def full(self, pids: Sequence[int]) -> bool:
        if any(free(folder) < floor for folder, floor in self._floor.items()):
            return True
        if self._measuring is not None and self._measuring.done():
            used, self._measuring = self._measuring.result(), None
            return used > self._limit
        if self._measuring is None and time.monotonic() >= self._next:
            self._pool = self._pool or ThreadPoolExecutor(1)
            self._measuring = self._pool.submit(self._measure, pids)
        return False

    def close(self) -> None:
        self._closed = True
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _measure(self, pids: Sequence[int]) -> int:
        began = time.monotonic()
        used = 0
        for size in chain(unlinked(pids), written(self._folders, self._since)):
            used += size
            if self._closed or used > self._limit:
                break
        took = time.monotonic() - began
        self._next = time.monotonic() + max(DISK_S, DISK_SHARE * took)
        return used


def free(folder: Path) -> int:
    try:
        found = os.statvfs(folder)
    except OSError:
        return LEFT_FREE
    return found.f_bavail * found.f_frsize


def written(folders: Iterable[Path], since_ns: int) -> Iterator[int]:
    """Bytes on the disk, entry by entry, of all that was changed since then below these folders."""
    counted: set[tuple[int, int]] = set()
    waiting = [os.fspath(folder) for folder in folders]
    while waiting:
        # Whoever asks may want to stop.
        yield 0
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                found = _found(entry)
                if found is None:
                    continue
                if stat.S_ISDIR(found.st_mode):
                    waiting.append(entry.path)
                if found.st_ctime_ns >= since_ns and (found.st_dev, found.st_ino) not in counted:
                    if found.st_nlink > 1:
                        counted.add((found.st_dev, found.st_ino))
                    yield max(found.st_blocks * 512, ENTRY)


def unlinked(pids: Iterable[int]) -> Iterator[int]:
    """Bytes of files that have no name any more and are still held open."""
    counted: set[tuple[int, int]] = set()
    for pid in pids:
        with suppress(OSError), os.scandir(PROC / str(pid) / "fd") as entries:
            for entry in entries:
                with suppress(OSError):
                    found = entry.stat()
                    if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                        if (found.st_dev, found.st_ino) not in counted:
                            yield found.st_blocks * 512
                        counted.add((found.st_dev, found.st_ino))


def _found(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None
