"""How much memory a process and all its children hold together, watched from outside."""

from __future__ import annotations

import os
import threading
from pathlib import Path

EVERY_S = 0.02
PROC = Path("/proc")


class Watch:
    """Samples a process tree while it runs. Shared pages count in every process: an upper bound."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.peak_mb = 0.0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.peak_mb = max(self.peak_mb, sum(_resident_mb(pid) for pid in _tree(self._pid)))


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        found += [child for child in _children(one) if _command(child) != _command(one)]
    return found


def _children(pid: int) -> list[int]:
    """Of every thread: a process that a thread started is that thread's child."""
    try:
        texts = [task.read_text() for task in (PROC / str(pid) / "task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for text in texts for child in text.split()]


def _command(pid: int) -> bytes:
    """As its parent's until a new process has loaded its program: it still shows the parent's memory."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def _resident_mb(pid: int) -> float:
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
