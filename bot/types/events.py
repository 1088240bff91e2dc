"""What the run tells whoever watches it. Pure data: the console decides how it looks."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.types.agent import Role
from bot.types.ids import UnitId
from bot.types.unit import Fate
from bot.types.usage import Cost


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the run begins: plan, baseline, work, gate, publish, report."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """How many units there are."""

    units: int
    files: int


@dataclass(frozen=True, slots=True)
class AgentQueued:
    agent: int
    role: Role
    unit: UnitId | None
    label: str


@dataclass(frozen=True, slots=True)
class AgentStarted:
    agent: int


@dataclass(frozen=True, slots=True)
class AgentEnded:
    agent: int
    outcome: str
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True)
class Reused:
    """A call was answered from a journal: nothing ran, nothing was paid."""

    verb: str
    unit: UnitId | None


@dataclass(frozen=True, slots=True)
class UnitTold:
    """Something happened to a unit: accepted, refuted, evicted, proposed; `fate` once it is known."""

    unit: UnitId
    text: str
    fate: Fate | None = None


@dataclass(frozen=True, slots=True)
class SuiteRan:
    """One run of the suite ended."""

    what: str
    passed: int
    failed: int
    seconds: float
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A line from the script (`log`), or a note from the host; `level`: info, warning."""

    text: str
    level: str = "info"


Event = Stage | Planned | AgentQueued | AgentStarted | AgentEnded | Reused | UnitTold | SuiteRan | Said
