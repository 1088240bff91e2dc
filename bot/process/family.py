"""A process and all that came from it, as /proc shows them; and the end of them all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MARK = "GATECREW_PROCESS"
KILL_ROUNDS = 100
PROC = Path("/proc")

# The wardens of all jobs that run.
_roots: set[int] = set()


@dataclass(frozen=True, slots=True)
class Seen:
    """A process as /proc shows it. A pid alone may be somebody else's by now; with its start it is not."""

    pid: int
    parent: int
    session: int
    threads: int
    start: str
    pages: int
    """Resident, those that it shares with others too."""
    dead: bool


class Family:
    """Found by descent, by session, by a mark in the environment, and by having been seen before."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.root: int | None = None
        self.abandoned = False
        """Somebody killed its warden: its orphans fell to us."""
        self._began = ""
        self._known: set[tuple[int, str]] = set()

    def stands_below(self, root: int) -> None:
        self.root = root
        _roots.add(root)
        self._began = next((seen.start for seen in map(_seen, [PROC / str(root)]) if seen), "")

    def look(self) -> list[Seen]:
        """Remember who is below the root now; those of the family who still live."""
        alive = [seen for seen in _processes() if not seen.dead]
        mine = {seen.pid for seen in alive if (seen.pid, seen.start) in self._known}
        if self.root is not None:
            mine |= {self.root} | {seen.pid for seen in alive if seen.session == self.root}
        if self.abandoned:
            mine |= {seen.pid for seen in alive if self._fell_to_us(seen)}
        children: dict[int, list[int]] = {}
        for seen in alive:
            children.setdefault(seen.parent, []).append(seen.pid)
        fresh = list(mine)
        while fresh:
            fresh = [pid for parent in fresh for pid in children.get(parent, ()) if pid not in mine]
            mine.update(fresh)
        family = [seen for seen in alive if seen.pid in mine]
        self._known |= {(seen.pid, seen.start) for seen in family}
        return family

    def _fell_to_us(self, seen: Seen) -> bool:
        """Our own children share our session, but for those that stand above a job."""
        ours = seen.parent == os.getpid() and seen.session != os.getsid(0) and seen.pid not in _roots
        return ours and bool(self._began) and int(seen.start) >= int(self._began)

    def forget(self) -> None:
        """At the end: take leave of the dead that fell to us."""
        if self.abandoned:
            for pid, _ in self._known:
                if pid not in _roots:
                    with suppress(ChildProcessError):
                        os.waitpid(pid, os.WNOHANG)
        if self.root is not None:
            _roots.discard(self.root)

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


def _processes() -> Iterator[Seen]:
    yield from filter(None, map(_seen, _folders()))


def _seen(folder: Path) -> Seen | None:
    with suppress(OSError, ValueError, IndexError):
        # The name in parentheses may hold anything, parentheses too.
        fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return Seen(
            pid=int(folder.name),
            parent=int(fields[1]),
            session=int(fields[3]),
            threads=int(fields[17]),
            start=fields[19],
            pages=int(fields[21]),
            dead=fields[0] in "ZX",
        )
    return None


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
