"""Where a name leads: through imports, re-exports and stars, to a file of this tree or out of it."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.review.facts import Definition, Facts, Import, Kind
from bot.review.modules import Modules, absolute, full_name
from bot.review.scan import FactsCache, facts_of
from bot.review.view import View

NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One class above another. `definition` is None where this repository does not define it."""

    dotted: str
    path: str = ""
    definition: Definition | None = None
    below: Ancestor | None = None
    """The class that names it as a base; None for the class that was asked about."""


class Resolver:
    """The parsed files of one tree, and the way from names to them."""

    def __init__(self, view: View, modules: Modules, cache: FactsCache) -> None:
        self.modules = modules
        self._view = view
        self._present = frozenset(view.paths())
        self._cache = cache

    def facts(self, path: str) -> Facts:
        return facts_of(self._view.read(path), self._cache) if path in self._present else NOTHING

    def reaches(self, dotted: str, target: str) -> bool:
        """Whether what the module `dotted` offers includes what `target` binds: it is it, or has its star."""
        return target in self._starred(dotted, set())

    def _starred(self, dotted: str, seen: set[str]) -> Iterator[str]:
        for path in self.modules.paths(dotted):
            if path in seen:
                continue
            seen.add(path)
            yield path
            for module in stars(path, self.facts(path)):
                yield from self._starred(module, seen)

    def ancestors(self, bases: Iterable[str]) -> list[Ancestor]:
        """All classes above, nearest first, each once."""
        found: dict[str, Ancestor] = {}
        waiting: list[tuple[str, Ancestor | None]] = [(base, None) for base in bases]
        while waiting:
            dotted, below = waiting.pop(0)
            one = self._class(dotted, set())
            if one.dotted in found:
                continue
            one = found[one.dotted] = Ancestor(one.dotted, one.path, one.definition, below)
            if one.definition:
                waiting += [(base, one) for base in bases_of(one.path, self.facts(one.path), one.definition)]
        return list(found.values())

    def _class(self, dotted: str, seen: set[str]) -> Ancestor:
        paths, rest = self.modules.split(dotted)
        if dotted in seen or not rest:
            return Ancestor(dotted)
        seen.add(dotted)
        for path in paths:
            facts = self.facts(path)
            definition = facts.definitions.get(rest)
            if definition and definition.kind is Kind.CLASS:
                return Ancestor(f"{path}::{rest}", path, definition)
            for name in leads(path, facts, rest):
                one = self._class(name, seen)
                if one.definition or not self.modules.split(name)[0]:
                    return one
        return Ancestor(dotted)


def stars(path: str, facts: Facts) -> list[str]:
    """The modules that a file imports everything from."""
    return [absolute(path, one.module, one.level) for one in facts.imports if one.name == "*"]


def leads(path: str, facts: Facts, dotted: str) -> list[str]:
    """What a dotted name means in a file by its imports, or by its stars where nothing else binds it."""
    head, _, rest = dotted.partition(".")
    found = [origin(path, one) for one in facts.imports if one.bound == head and one.name != "*"]
    if not found and head not in facts.definitions and not hasattr(builtins, head):
        found = [f"{module}.{head}" for module in stars(path, facts)]
    return [f"{one}.{rest}" if rest else one for one in found]


def origin(path: str, one: Import) -> str:
    """What an import binds: `import a.b` binds `a`, `import a.b as c` binds `a.b`."""
    module = absolute(path, one.module, one.level)
    if one.name:
        return f"{module}.{one.name}" if module else one.name
    head = module.partition(".")[0]
    return head if one.bound == head else module


def bases_of(path: str, facts: Facts, definition: Definition) -> tuple[str, ...]:
    """A class's bases: dotted from the tree's root, or as they are called outside of it."""
    return tuple(
        _base(path, facts, definition.qualname.rpartition(".")[0], base) for base in definition.bases
    )


def _base(path: str, facts: Facts, outer: str, base: str) -> str:
    for name in (f"{outer}.{base}" if outer else base, base):
        if name in facts.definitions:
            return f"{full_name(path)}.{name}"
    head = base.partition(".")[0]
    if any(one.bound == head for one in facts.imports):
        return leads(path, facts, base)[0]
    if not base or hasattr(builtins, head) or not stars(path, facts):
        return base
    return f"{full_name(path)}.{base}"
