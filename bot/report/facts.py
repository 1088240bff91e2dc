"""What the report is made of: one frozen record, so that building it is pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.types.change import Change
from bot.types.gate import GateReport
from bot.types.ids import RunId, Sha, UnitId
from bot.types.review import Finding
from bot.types.stack import Placed, Stack
from bot.types.unit import Fate, Shard
from bot.types.usage import FREE, Cost


@dataclass(frozen=True, slots=True)
class Facts:
    """`spent` holds, by unit, how many agents worked for it and what they cost."""

    run: RunId
    workflow: str
    base: Sha
    spec_sha: str
    shards: tuple[Shard, ...]
    fates: Mapping[UnitId, Fate]
    untaken: tuple[Shard, ...] = ()
    changes: Mapping[UnitId, Change] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    stacks: tuple[Stack, ...] = ()
    placed: tuple[Placed, ...] = ()
    drafts: frozenset[str] = frozenset()
    gate: GateReport | None = None
    spent: Mapping[UnitId, tuple[int, Cost]] = field(default_factory=dict)
    agents: int = 0
    cost: Cost = FREE
    calls: int = 0
    reused: int = 0
    script_failed: bool = False
    stopped: str | None = None
    exit_code: int = 0
    seconds: float = 0.0
    notices: tuple[str, ...] = ()
    timeline: tuple[tuple[str, float], ...] = ()
