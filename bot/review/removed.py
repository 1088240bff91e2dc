"""What a change removes: definitions and imports by their syntax trees, whole modules, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.review.facts import Definition, Facts, Import, Kind
from bot.review.held import held_definition, held_import
from bot.review.modules import Modules, absolute
from bot.review.resolve import NOTHING, Resolver, bases_of, origin
from bot.review.scan import FactsCache, facts_of
from bot.review.view import Reader
from bot.types.change import LINK, Change
from bot.types.review import Evidence

RE_DEFINED = re.compile(r"^\s*(?:async\s+)?(def|class)\s+(\w+)")
RE_DUNDER = re.compile(r"__\w+__")


@dataclass(frozen=True, slots=True)
class Removed:
    """One thing that the change takes away. What is not compared comes from the change's own files."""

    path: str
    kind: Kind
    qualname: str = ""
    bases: tuple[str, ...] = ()
    """Of the class that it is, or that it belongs to."""
    loads: str = ""
    """The path of a module that it imported and that nothing else in the change's files imports."""
    moved: bool = False
    """The change defines the same name elsewhere: a bare word may mean that one."""
    held: tuple[Evidence, ...] = field(default=(), compare=False)
    """What speaks for it where it stood: a decorator, a marker."""
    header: Evidence | None = field(default=None, compare=False)
    """The line of its class."""
    owner_held: tuple[Evidence, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]

    @property
    def owner(self) -> str:
        """The class that it belongs to, or nothing."""
        return self.qualname.rpartition(".")[0]

    @property
    def klass(self) -> Removed:
        """Its class, to be looked for as if it were removed too."""
        return Removed(self.path, Kind.CLASS, self.owner, self.bases)

    @property
    def bare(self) -> bool:
        """Whether its name alone, in a string or a configuration, may mean it."""
        if self.moved or self.kind in (Kind.IMPORT, Kind.MODULE):
            return False
        return self.kind is not Kind.VARIABLE or self.name.isupper()

    @property
    def subject(self) -> str:
        if self.kind is Kind.MODULE:
            return self.path
        return f"{self.path}::{'import ' if self.kind is Kind.IMPORT else ''}{self.qualname}"


@dataclass(frozen=True, slots=True)
class _File:
    """One changed Python file, before and after; `deleted` where there is no after."""

    path: str
    old: Facts
    new: Facts
    deleted: bool
    bound: frozenset[str]


def removals(change: Change, before: Reader, resolver: Resolver, cache: FactsCache) -> tuple[Removed, ...]:
    """Everything that Python files of the change bind at the base and no longer bind in the candidate."""
    files = list(_files(change, before, resolver, cache))
    added = {key for file in files for key in _added(file)}
    loaded = {path for file in files for path in _loaded(file, resolver.modules)}
    found = []
    for file in files:
        for one in _removed(file, resolver.modules):
            moved = (one.kind, one.name) in added
            found.append(replace(one, moved=moved, loads="" if one.loads in loaded else one.loads))
    return tuple(found)


def _files(change: Change, before: Reader, resolver: Resolver, cache: FactsCache) -> Iterator[_File]:
    for entry in change.entries:
        if entry.path.endswith(".py") and entry.mode != LINK:
            old = before(entry.path)
            deleted = entry.blob is None
            new = NOTHING if deleted else resolver.facts(entry.path)
            known = NOTHING if old is None else facts_of(old, cache)
            yield _File(entry.path, known, new, deleted, new.bound)


def _added(file: _File) -> Iterator[tuple[Kind, str]]:
    for qualname, one in file.new.definitions.items():
        if qualname not in file.old.definitions:
            yield one.kind, qualname.rpartition(".")[2]


def _loaded(file: _File, modules: Modules) -> Iterator[str]:
    """The paths of the modules here that the file's imports load."""
    for one in file.new.imports:
        yield _module(file.path, one, modules)


def _module(path: str, one: Import, modules: Modules) -> str:
    name = origin(path, one) if one.name else absolute(path, one.module, one.level)
    paths, _ = modules.split(name)
    return paths[0] if paths and paths[0] != path else ""


def _removed(file: _File, modules: Modules) -> Iterator[Removed]:
    if file.deleted:
        yield Removed(file.path, Kind.MODULE)
    if file.old.broken or file.new.broken:
        yield from _removed_by_words(file)
        return
    for one in file.old.definitions.values():
        if _is_gone(one, file):
            yield _definition(one, file)
    if not file.deleted:
        yield from _imports(file, modules)


def _is_gone(one: Definition, file: _File) -> bool:
    """An inner definition goes with its class; double underscores are the language's own business."""
    owner, _, name = one.qualname.rpartition(".")
    if one.kind is Kind.VARIABLE:
        return not owner and one.qualname not in file.bound
    if RE_DUNDER.fullmatch(name):
        return False
    if owner:
        kept = one.qualname in file.new.definitions or one.qualname in file.new.stored
        return not kept and owner in file.new.definitions
    return one.qualname not in file.bound


def _definition(one: Definition, file: _File) -> Removed:
    removed = Removed(file.path, one.kind, one.qualname, held=held_definition(file.path, file.old, one))
    facts = file.old
    klass: Definition | None = one
    if removed.owner:
        facts = file.new
        klass = facts.definitions.get(removed.owner)
    if klass is None or klass.kind is not Kind.CLASS:
        return removed
    return replace(
        removed,
        bases=bases_of(file.path, facts, klass),
        header=Evidence("override", file.path, klass.line, facts.quote(klass.line)),
        owner_held=held_definition(file.path, facts, klass) if removed.owner else (),
    )


def _imports(file: _File, modules: Modules) -> Iterator[Removed]:
    seen = set(file.old.definitions)
    for one in file.old.imports:
        if not one.toplevel or one.bound in file.bound or one.bound in seen:
            continue
        if one.name == "*" or one.module == "__future__":
            continue
        seen.add(one.bound)
        held = held_import(file.path, file.old, one)
        yield Removed(file.path, Kind.IMPORT, one.bound, loads=_module(file.path, one, modules), held=held)


def _removed_by_words(file: _File) -> Iterator[Removed]:
    """A file that cannot be parsed, on either side: what the words `def` and `class` introduce."""
    kept = {match[2] for match in map(RE_DEFINED.match, file.new.lines) if match}
    for match in filter(None, map(RE_DEFINED.match, file.old.lines)):
        if match[2] not in kept and not RE_DUNDER.fullmatch(match[2]):
            kept.add(match[2])
            yield Removed(file.path, Kind.CLASS if match[1] == "class" else Kind.FUNCTION, match[2])
