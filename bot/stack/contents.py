"""What ordering asks of git: the two sides of a path, sizes, and whether changes compose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.compose import Conflict, compose
from bot.git import File, Git
from bot.types.change import Change
from bot.types.ids import Sha, UnitId


def reader(git: Git) -> Callable[[Change, str], tuple[bytes | None, bytes | None]]:
    """Reads a path before and after a change, with one listing for each commit that changes stand on."""
    listings: dict[Sha, dict[str, File]] = {}

    def read(change: Change, path: str) -> tuple[bytes | None, bytes | None]:
        if change.base not in listings:
            listings[change.base] = git.files(change.base)
        old = listings[change.base].get(path)
        new = next(entry.blob for entry in change.entries if entry.path == path)
        return git.blob(old.blob) if old else None, git.blob(new) if new else None

    return read


def sizes(git: Git, changes: Iterable[Change]) -> dict[UnitId, int]:
    """Lines that each change adds and removes."""
    return {change.unit: sum(git.changed_lines(change.base, change.commit).values()) for change in changes}


def composer(git: Git, base: Sha) -> Callable[[Sequence[Change]], bool]:
    """Tells whether changes that write one path can stand together on `base`."""

    def composes(changes: Sequence[Change]) -> bool:
        try:
            compose(git, base, changes)
        except Conflict:
            return False
        return True

    return composes
