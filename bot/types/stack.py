"""Accepted changes in the order in which people can review and land them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.types.change import Change
from bot.types.ids import Branch, LayerId, Sha, Tree, UnitId


@dataclass(frozen=True, slots=True)
class LandingUnit:
    """Changes that are green only together; most hold one. `needs` are the units that must land first."""

    changes: tuple[Change, ...]
    needs: frozenset[UnitId] = frozenset()

    @property
    def units(self) -> tuple[UnitId, ...]:
        return tuple(change.unit for change in self.changes)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for change in self.changes for path in change.paths)


@dataclass(frozen=True, slots=True)
class Layer:
    """One pull request of a stack: a landing unit or a few. `below` is the layer that it stands on."""

    id: LayerId
    title: str
    landing: tuple[LandingUnit, ...]
    below: LayerId | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for unit in self.landing for change in unit.changes)

    @property
    def units(self) -> tuple[UnitId, ...]:
        return tuple(change.unit for change in self.changes)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({path for change in self.changes for path in change.paths}))


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers, the lowest first."""

    layers: tuple[Layer, ...]


class PullState:
    """Where a pull request stands; plain strings, as forges say them."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as a forge knows it. `head` is None where its branch is gone."""

    number: int
    title: str
    body: str
    branch: Branch
    base_branch: Branch
    head: Sha | None
    state: str
    draft: bool = False
    labels: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class NewPull:
    """A pull request to open."""

    branch: Branch
    base_branch: Branch
    title: str
    body: str
    draft: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One branch to push. `expected` is the tip that it must still have there (None: must not exist)."""

    branch: Branch
    new: Sha
    expected: Sha | None


@dataclass(frozen=True, slots=True)
class Placed:
    """A layer with its gated head: ready to be proposed, or proposed (then `pull` is set)."""

    layer: Layer
    head: Sha
    tree: Tree
    branch: Branch
    base_branch: Branch
    pull: int | None = None
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the forge already holds of this workflow: pull requests by layer, and units by their fate."""

    pulls: tuple[Pull, ...] = ()
    units: dict[UnitId, Pull] = field(default_factory=dict)
