"""Accepted changes in the order in which people can review and land them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.types.change import Change
from bot.types.ids import Branch, LayerId, RunId, Sha, Tree, UnitId

StatusState = Literal["pending", "success", "failure", "error"]
"""Of a commit. Only success lets a protected branch take it."""


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
class Landing:
    """What can land, what is needed first, and what cannot stand together.

    `rejected` units conflict with another one (the cause is in words); `void` ones were built on a
    change that is not there, named by its unit.
    """

    units: tuple[LandingUnit, ...]
    rejected: Mapping[UnitId, str] = field(default_factory=dict)
    void: Mapping[UnitId, UnitId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """One pull request of a stack: a landing unit or a few.

    `below` is the layer that it stands on, which may be a layer of another stack: two layers that stand
    on a third one do not wait for each other. Contents follow `below`, never the place in a stack.
    """

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
    """Layers, the lowest first, each standing on the one before it."""

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

    @property
    def open(self) -> bool:
        return self.state == PullState.OPEN


@dataclass(frozen=True, slots=True)
class NewPull:
    """A pull request to open."""

    branch: Branch
    base_branch: Branch
    title: str
    body: str
    draft: bool = False


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
class Proposal:
    """A layer that the gate let through. `gate` is what the gate says of exactly `placed.tree`, as plain
    text whose first line stands alone; equal results must give equal text, or a second run edits it.

    `remarks` tell why it is a draft, what a person should look at, or what else belongs into the body.
    """

    placed: Placed
    gate: str
    green: bool = True
    draft: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything that is to be proposed of one run. Proposals come lowest first."""

    run: RunId
    workflow: str
    goal: str
    base: Sha
    base_branch: Branch
    proposals: tuple[Proposal, ...]
    labels: tuple[str, ...] = ()
    reopened: frozenset[UnitId] = frozenset()
    """Units whose closed pull requests do not count: a person asked for them again."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission: layers with their pull requests, and units that were left alone."""

    placed: tuple[Placed, ...]
    skipped: Mapping[UnitId, str] = field(default_factory=dict)
    campaign: int | None = None


@dataclass(frozen=True, slots=True)
class KnownLayer:
    """A layer that the forge holds, by its newest pull request."""

    id: LayerId
    units: tuple[UnitId, ...]
    pull: Pull
    hands_off: bool = False

    @property
    def ours(self) -> bool:
        """Open, and nobody else's: its units stay together and may be updated."""
        return self.pull.open and not self.hands_off


@dataclass(frozen=True, slots=True)
class Known:
    """What the forge already holds of this workflow, rebuilt from the forge alone.

    `skipped` are the units that must not be worked on, with the rule: closed or hands-off.
    """

    pulls: tuple[Pull, ...] = ()
    units: Mapping[UnitId, Pull] = field(default_factory=dict)
    layers: tuple[KnownLayer, ...] = ()
    heads: Mapping[Branch, Sha] = field(default_factory=dict)
    foreign: frozenset[Branch] = frozenset()
    """Branches that somebody else committed to, with an open pull request or with none."""
    skipped: Mapping[UnitId, str] = field(default_factory=dict)
