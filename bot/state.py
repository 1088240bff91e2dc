"""The folder that outlives a process: journals, runs, the local forge. One run at a time.

journal/<run>.jsonl   runs/<run>/{spec.yml,script.py,result.json}   forge/   cache/   work/
result.json, summary.md of the newest run   quarantine.json   lock
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import InputError, JournalError
from bot.types.ids import RunId


@dataclass(frozen=True, slots=True)
class State:
    """Where everything lies. Nothing is made until it is needed."""

    root: Path

    @property
    def forge(self) -> Path:
        return self.root / "forge"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def quarantine(self) -> Path:
        """The tests that are known to be flaky for a while."""
        return self.root / "quarantine.json"

    @property
    def baselines(self) -> Path:
        """Runs of the suite at commits that were a base."""
        return self.root / "cache" / "baselines"

    @property
    def journals(self) -> list[Path]:
        """All runs' journals, the oldest first: run ids start with the time."""
        return sorted((self.root / "journal").glob("*.jsonl"))

    def journal(self, run: RunId) -> Path:
        return self.root / "journal" / f"{run}.jsonl"

    def run(self, run: RunId) -> Path:
        return self.root / "runs" / run

    @property
    def runs(self) -> list[RunId]:
        return [RunId(path.stem) for path in self.journals]

    def find(self, name: str, workflow: str | None = None) -> RunId:
        """A run by its id, by a beginning of it, or `last` (of a workflow, if one is named). Raises
        InputError."""
        runs = self.runs
        if name == "last":
            # A run that was killed before its first record has nothing to go on with.
            runs = [run for run in runs if self.journal(run).stat().st_size]
        if name == "last" and workflow is not None:
            runs = [run for run in runs if _is_of(self.run(run), workflow)] or runs
        matching = runs[-1:] if name == "last" else [run for run in runs if run.startswith(name)]
        if len(matching) != 1:
            some = "no run" if not matching else f"{len(matching)} runs"
            raise InputError(
                f"{name!r} names {some} in {str(self.root)!r}", "See `gatecrew runs` for what there is."
            )
        return matching[0]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the state's one lock. The system lets go of it when the process dies, however it dies."""
        path = self.root / "lock"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as err:
            raise _unwritable(path, err) from err
        try:
            _take(file, path)
            yield
        finally:
            os.close(file)


def _is_of(folder: Path, workflow: str) -> bool:
    try:
        return bool(json.loads((folder / "plan.json").read_text(encoding="utf-8"))["workflow"] == workflow)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _take(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as err:
        holder = os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise JournalError(
            f"another run (process {holder}) is using the state {str(path.parent)!r}",
            "Wait for it to end, or give this run a state of its own with --out DIR.",
        ) from err
    # Only told to whoever comes second; on a full disk nobody is.
    with suppress(OSError):
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file at once, so that a reader never sees half of it. Raises JournalError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as err:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise _unwritable(path, err) from err


def _unwritable(path: Path, err: OSError) -> JournalError:
    return JournalError(
        f"the state cannot be written: {str(path)!r}: {err.strerror}",
        "Make room, or put the state elsewhere with --out DIR. What was journalled is kept.",
    )
