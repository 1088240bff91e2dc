"""What a unit made: file contents against the commit that it was built on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.types.ids import Blob, Sha, UnitId

REGULAR = "100644"
EXECUTABLE = "100755"
LINK = "120000"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One path of a change: its new mode and contents; `blob` None means removed."""

    path: str
    mode: str
    blob: Blob | None


@dataclass(frozen=True, slots=True)
class Change:
    """The commit that a unit made. `entries` is its identity; the commit only carries it.

    `base` is the commit that the worker saw: the run's base, or the tree composed of the changes of
    the units in `after`. A unit that found nothing to do has no entries and says why in `reason`.
    `waits_for` names units whose changes must be in place before more could be done here.
    """

    unit: UnitId
    base: Sha
    commit: Sha
    entries: tuple[Entry, ...]
    summary: str = ""
    reason: str = ""
    after: tuple[UnitId, ...] = ()
    waits_for: tuple[UnitId, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.entries)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(entry.path for entry in self.entries)

    @property
    def digest(self) -> str:
        """Equal for equal contents on any commit: verdicts are about this."""
        return digest_of(self.entries)


def digest_of(entries: Iterable[Entry]) -> str:
    """Hash of the sorted (path, mode, blob) set."""
    lines = [f"{e.path}\0{e.mode}\0{e.blob or '-'}" for e in sorted(entries, key=lambda e: e.path)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:40]
