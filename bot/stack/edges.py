"""Which change must land before which other, as the code itself tells: an addition lands definition
first, a removal lands users first. A rename does both, so that its two ends become one landing unit.

What is found too much costs a higher stack; what is not found, the gate finds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.stack.names import Names, module_of, names_of
from bot.types.change import Change
from bot.types.ids import UnitId

Read = Callable[[Change, str], tuple[bytes | None, bytes | None]]
"""A path before and after a change."""


@dataclass(slots=True)
class _Users:
    """Units by what they stopped or began to use."""

    imports: dict[tuple[str, str], set[UnitId]] = field(default_factory=lambda: defaultdict(set))
    attributes: dict[str, list[tuple[UnitId, frozenset[str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """With the modules that the using file imports."""

    def note(self, unit: UnitId, more: Names, fewer: Names) -> None:
        """A file of `unit` uses `more`, and on the other side `fewer`."""
        for pair in more.imported - fewer.imported:
            self.imports[pair].add(unit)
        modules = frozenset(f"{source}.{name}".strip(".") for source, name in more.imported)
        for name in more.attributes - fewer.attributes:
            self.attributes[name].append((unit, modules))

    def of(self, module: str, name: str) -> set[UnitId]:
        """Users of a definition, or of a whole module where the name is empty."""
        found: set[UnitId] = set()
        for known_as in _suffixes(module):
            found |= self.imports.get((known_as, name), set())
            if not name:  # `from app import io` uses the module app.io as well
                parent, _, last = known_as.rpartition(".")
                found |= self.imports.get((parent, last), set())
        return found | self._through_objects(module, name)

    def _through_objects(self, module: str, name: str) -> set[UnitId]:
        """Who reads a class's member from any object, or a module's name from that module."""
        member_of, _, last = name.rpartition(".")
        known_as = set(_suffixes(module))
        return {unit for unit, modules in self.attributes.get(last, ()) if member_of or modules & known_as}


def edges(changes: Sequence[Change], read: Read) -> dict[UnitId, frozenset[UnitId]]:
    """The units that each unit needs, besides those that it was built on."""
    sides = [(change.unit, path, old, new) for change in changes for path, old, new in _sides(change, read)]
    left, taken_up = _Users(), _Users()
    for unit, _, old, new in sides:
        left.note(unit, old, new)
        taken_up.note(unit, new, old)
    needs: dict[UnitId, set[UnitId]] = defaultdict(set)
    for unit, path, old, new in sides:
        module = module_of(path)
        for name in _missing(old, new):
            needs[unit] |= left.of(module, name) - {unit}
        for name in _missing(new, old):
            for user in taken_up.of(module, name) - {unit}:
                needs[user].add(unit)
    return {unit: frozenset(found) for unit, found in needs.items() if found}


def _suffixes(module: str) -> Iterator[str]:
    """What a module may be called where the source root lies deeper: `backend.app.io`, `app.io`."""
    parts = module.split(".")
    yield module
    yield from (".".join(parts[start:]) for start in range(1, len(parts) - 1))


def _sides(change: Change, read: Read) -> Iterator[tuple[str, Names, Names]]:
    for path in change.paths:
        if path.endswith(".py"):
            old, new = read(change, path)
            yield path, _known(path, old), _known(path, new)


def _known(path: str, source: bytes | None) -> Names:
    """A file's names; one that exists defines at least itself, under the empty name."""
    names = names_of(path, source)
    return names if source is None else Names(names.defined | {""}, names.imported, names.attributes)


def _missing(there: Names, here: Names) -> list[str]:
    return sorted(there.defined - here.defined)
