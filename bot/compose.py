"""Changes to trees: the base plus the changes of some units, as one commit, without a worktree.

Shards are disjoint, so changes are as a rule laid side by side; only where two changes touch one path
(a new file that both add) are they merged, each against the commit that it was built on.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import GatecrewError
from bot.git import Git, NewCommit
from bot.types.change import Change, Entry
from bot.types.ids import Sha, UnitId

MESSAGE = "Composed for a look at it"


class Conflict(GatecrewError):
    """Two changes cannot stand together. Expected: the caller rejects one of them."""

    def __init__(self, unit: UnitId, paths: Sequence[str]) -> None:
        super().__init__(f"{unit} conflicts with an earlier change in {', '.join(paths)}")
        self.unit = unit
        self.paths = tuple(paths)


def compose(git: Git, base: Sha, changes: Sequence[Change]) -> Sha:
    """A commit of `base` plus all `changes`. The same whatever their order. Raises Conflict."""
    if not changes:
        return base
    entries: dict[str, Entry] = {}
    shared: list[Change] = []
    for change in sorted(changes, key=lambda c: c.unit):
        if any(entries.get(entry.path, entry) != entry for entry in change.entries):
            shared.append(change)
        else:
            entries.update((entry.path, entry) for entry in change.entries)
    commit = _lay(git, base, tuple(entries[path] for path in sorted(entries)))
    for change in shared:
        commit = _merge(git, base, commit, change)
    return commit


def _lay(git: Git, base: Sha, entries: tuple[Entry, ...]) -> Sha:
    return git.make([NewCommit(base, entries, MESSAGE, (base,), {})])[0]


def _merge(git: Git, base: Sha, commit: Sha, change: Change) -> Sha:
    own = _lay(git, base, change.entries)
    merged = git.merge(base, git.tree(commit), git.tree(own))
    if isinstance(merged, list):
        raise Conflict(change.unit, merged)
    return git.wrap(merged, [base], MESSAGE, base)
