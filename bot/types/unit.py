"""Shards, and what becomes of the units that own them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.types.ids import UnitId


@dataclass(frozen=True, slots=True)
class Shard:
    """The files that one unit may change; shards of a run are disjoint and hold whole files."""

    id: UnitId
    files: tuple[str, ...]
    lines: int


class Status(StrEnum):
    """What became of a unit. A rejection or an eviction is a result, not a failure."""

    LANDED = "landed"
    PROPOSED = "proposed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    FAILED = "failed"
    NOT_RUN = "not-run"
    SKIPPED = "skipped"


class Conclusion(StrEnum):
    """What the ledger says of the run; computed from it, never told."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Fate:
    """A unit's status with its cause, e.g. rejected("gate: breaks tests/test_a.py::test_b")."""

    status: Status
    cause: str | None = None
