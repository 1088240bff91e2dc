"""Changes without a repository: their contents are what a test says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from bot.types.change import Change, Entry
from bot.types.ids import Blob, Sha, UnitId
from bot.types.stack import LandingUnit

BASE = Sha("b" * 40)


def blob(text: str) -> Blob:
    return Blob(hashlib.sha1(text.encode()).hexdigest())


def change(name: str, *paths: str, after: Iterable[str] = (), **texts: str) -> Change:
    """A change of `paths` (`name.py` by default), each with contents of its own."""
    entries = tuple(
        Entry(path, "100644", blob(texts.get("text", name + path))) for path in paths or (f"{name}.py",)
    )
    built_on = tuple(UnitId(unit) for unit in after)
    return Change(UnitId(name), BASE, BASE, entries, after=built_on)


def part(name: str, *needs: str, paths: Iterable[str] = ()) -> LandingUnit:
    """A landing unit of one change, in a folder of its own."""
    held = change(name, *(list(paths) or [f"{name}/x.py"]))
    return LandingUnit((held,), frozenset(UnitId(need) for need in needs))


class Sources:
    """Both sides of files, by unit."""

    def __init__(self, sides: Mapping[str, Mapping[str, tuple[str | None, str | None]]]) -> None:
        self._sides = sides

    @property
    def changes(self) -> list[Change]:
        return [change(unit, *paths) for unit, paths in self._sides.items()]

    def read(self, changed: Change, path: str) -> tuple[bytes | None, bytes | None]:
        old, new = self._sides[changed.unit][path]
        return old.encode() if old is not None else None, new.encode() if new is not None else None
