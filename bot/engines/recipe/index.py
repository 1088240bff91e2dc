"""The whole tree in one immutable view: how many files use a name, and which ones import it.

An edit is laid over the tree that was read: its files' old facts go, their new ones come, nothing is copied.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from bot.engines.recipe.facts import Definition, FileFacts, dotted_join
from bot.engines.recipe.modules import Layout, folder, is_python, layout_of
from bot.engines.recipe.scan import facts_of


@dataclass(frozen=True)
class _Tree:
    """What was read, counted once."""

    files: Mapping[str, FileFacts]
    layout: Layout
    uses: Mapping[str, int]
    reached: Mapping[str, Sequence[str]]
    """Dotted name to the files that reach it through an import."""
    modules: Mapping[str, Sequence[str]]
    """Dotted name to the files that answer to it."""


@dataclass(frozen=True)
class Index:
    """Build it with `index_of` or `build_index`."""

    _tree: _Tree
    _changed: Mapping[str, FileFacts | None] = field(default_factory=dict)
    _reached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What the changed files reach."""

    def facts(self, path: str) -> FileFacts | None:
        return self._changed[path] if path in self._changed else self._tree.files.get(path)

    def replace(self, changes: Mapping[str, FileFacts | None]) -> Self:
        """None takes a file away."""
        layout = self._tree.layout
        reached = {
            path: _reach(layout, path, facts) if facts else frozenset() for path, facts in changes.items()
        }
        return type(self)(self._tree, {**self._changed, **changes}, {**self._reached, **reached})

    def count(self, name: str) -> int:
        """In how many files the name is used."""
        count = self._tree.uses.get(name, 0)
        for path, facts in self._changed.items():
            count += _uses(path, facts, name) - _uses(path, self._tree.files.get(path), name)
        return count

    def used_outside(self, names: Iterable[str], shard: Iterable[str]) -> set[str]:
        """Those of the names that some file outside of the shard uses."""
        inside = _count({path: facts for path in shard if (facts := self.facts(path)) is not None})
        return {name for name in names if self.count(name) > inside[name]}

    def names(self, path: str) -> tuple[str, ...]:
        """The dotted names of a file, the shortest first."""
        return self._tree.layout.names(path)

    def is_in_package(self, path: str) -> bool:
        return folder(path) in self._tree.layout.packages

    def importers(self, path: str, name: str = "") -> tuple[str, ...]:
        """The other files that import a module, or get a name from it, also by way of a star import."""
        found: set[str] = set()
        for module in self._exposing(path) if name else [path]:
            if _uses(module, self.facts(module), name):
                found.add(module)
            for dotted in self.names(module):
                found |= self._reaching(dotted_join(dotted, name))
        return tuple(sorted(found - {path}))

    def resolve(self, path: str, one: Definition) -> tuple[str, ...]:
        """The tree's files that an import loads, the most exact first; none for a foreign one."""
        for dotted in dict.fromkeys((one.source, one.module)):
            for reading in self._tree.layout.readings(path, dotted):
                found = [it for it in self._tree.modules.get(reading, ()) if self.facts(it) is not None]
                if found:
                    return tuple(found)
        return ()

    def _exposing(self, path: str) -> list[str]:
        """The module itself and those that star-import it, directly or not."""
        found = [path]
        for module in found:
            for dotted in self.names(module):
                found.extend(sorted(self._reaching(f"{dotted}.*") - set(found)))
        return found

    def _reaching(self, dotted: str) -> set[str]:
        found = {path for path in self._tree.reached.get(dotted, ()) if path not in self._changed}
        return found | {path for path, reached in self._reached.items() if dotted in reached}


def index_of(files: Mapping[str, FileFacts]) -> Index:
    layout = layout_of(files)
    names: dict[str, list[str]] = defaultdict(list)
    reached: dict[str, list[str]] = defaultdict(list)
    for path, facts in sorted(files.items()):
        for dotted in layout.names(path):
            names[dotted].append(path)
        for dotted in _reach(layout, path, facts):
            reached[dotted].append(path)
    return Index(_Tree(files, layout, _count(files), reached, names))


def build_index(
    files: Iterable[tuple[str, str]], read: Callable[[str], bytes], cache: MutableMapping[str, FileFacts]
) -> Index:
    """Takes (path, blob id) pairs; a blob is read only where the cache does not know it."""
    found: dict[str, FileFacts] = {}
    for path, blob in files:
        if not is_python(path):
            continue
        if blob not in cache:
            cache[blob] = facts_of(read(blob))
        found[path] = cache[blob]
    return index_of(found)


def _uses(path: str, facts: FileFacts | None, name: str) -> bool:
    """A stub promises what it defines."""
    if facts is None:
        return False
    return name in facts.used or (
        path.endswith(".pyi") and any(one.name == name for one in facts.definitions)
    )


def _count(files: Mapping[str, FileFacts]) -> Counter[str]:
    uses: Counter[str] = Counter()
    for path, facts in files.items():
        uses.update(facts.used)
        if path.endswith(".pyi"):
            uses.update({one.name for one in facts.definitions} - facts.used)
    return uses


def _reach(layout: Layout, path: str, facts: FileFacts) -> frozenset[str]:
    return frozenset(reading for name in facts.reached for reading in layout.readings(path, name))
