"""The trees that a commit is judged in: with the judge's own files, or its tests on the base's code."""

from __future__ import annotations

from typing import Protocol

from bot.git import Git, NewCommit
from bot.types.change import Entry
from bot.types.ids import Sha


class Protects(Protocol):
    """Which files belong to the judge; see bot/protect.py."""

    def holds(self, path: str) -> bool: ...
    def mixed(self, path: str) -> bool: ...
    def restores(self, path: str) -> bool: ...


def restored(git: Git, base: Sha, commit: Sha, protection: Protects) -> Sha:
    """The commit with the base's copy of every protected and mixed file, and without added ones. Reads only
    what differs."""
    deltas = [delta for delta in git.diff(base, commit) if protection.restores(delta.path)]
    if not deltas:
        return commit
    entries = [Entry(delta.path, delta.old_mode, delta.old) for delta in deltas]
    return _made(git, commit, entries, "The judge's own files", base)


def old_code(git: Git, base: Sha, commit: Sha, protection: Protects) -> Sha:
    """The base with the commit's tests: the other way round."""
    deltas = [delta for delta in git.diff(base, commit) if protection.restores(delta.path)]
    entries = [Entry(delta.path, delta.new_mode, delta.new) for delta in deltas]
    return _made(git, base, entries, "The change's tests on the base's code", base)


def _made(git: Git, start: Sha, entries: list[Entry], message: str, base: Sha) -> Sha:
    # Removals first: a folder may stand where the other side has a file.
    entries.sort(key=lambda entry: (entry.blob is not None, entry.path))
    return git.make([NewCommit(start, tuple(entries), message, (base,), {})])[0]
