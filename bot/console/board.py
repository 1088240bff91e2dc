"""What the display knows: events added up. No clock, no output."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from bot.types.agent import Role
from bot.types.events import (
    AgentEnded,
    AgentQueued,
    AgentStarted,
    Event,
    Planned,
    Reused,
    Stage,
    SuiteRan,
    UnitTold,
)
from bot.types.ids import UnitId
from bot.types.unit import Status
from bot.types.usage import FREE, Cost

KEPT_LINES = 20


@dataclass(slots=True)
class Agent:
    """An agent that waits for its place, or that is at work since `since`."""

    role: Role
    unit: UnitId | None
    label: str
    since: float | None = None


@dataclass(slots=True)
class Board:
    """The run so far. `take` is the only way in."""

    stage: Stage | None = None
    began: float = 0.0
    """When the stage began."""
    units: int = 0
    files: int = 0
    agents: dict[int, Agent] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    """Agents that are gone, by outcome."""
    touched: set[UnitId] = field(default_factory=set)
    fates: dict[UnitId, Status] = field(default_factory=dict)
    reused: int = 0
    cost: Cost = FREE
    suites: int = 0
    suite: SuiteRan | None = None
    log: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def take(self, event: Event, now: float) -> None:
        match event:
            case Stage():
                self.began = self.began if self._same(event) else now
                self.stage = event
            case Planned(units, files):
                self.units, self.files = units, files
            case AgentQueued() | AgentStarted() | AgentEnded():
                self._agent(event, now)
            case Reused(_, unit):
                self.reused += 1
                self._touch(unit)
            case UnitTold(unit, _, fate):
                self._touch(unit)
                if fate is not None:
                    self.fates[unit] = fate.status
            case SuiteRan():
                self.suites, self.suite = self.suites + 1, event
            case _:
                pass

    @property
    def crewed(self) -> bool:
        """Whether agents are at work here: the gate by itself has none."""
        return bool(self.units or self.agents or self.ended or self.reused) or not self.suites

    def _same(self, stage: Stage) -> bool:
        """A phase of the script is no new stage."""
        return self.stage is not None and self.stage.name == stage.name

    def _agent(self, event: AgentQueued | AgentStarted | AgentEnded, now: float) -> None:
        if isinstance(event, AgentQueued):
            self.agents[event.agent] = Agent(event.role, event.unit, event.label)
        elif isinstance(event, AgentStarted):
            if agent := self.agents.get(event.agent):
                agent.since = now
                self._touch(agent.unit)
        elif self.agents.pop(event.agent, None):
            self.ended[event.outcome] += 1
            self.cost += event.cost

    def _touch(self, unit: UnitId | None) -> None:
        if unit is not None:
            self.touched.add(unit)

    @property
    def running(self) -> list[Agent]:
        """Those at work, the longest first."""
        found = [agent for agent in self.agents.values() if agent.since is not None]
        return sorted(found, key=lambda agent: agent.since or 0.0)

    @property
    def queued(self) -> int:
        return sum(agent.since is None for agent in self.agents.values())

    @property
    def units_by_fate(self) -> dict[str, int]:
        """How many units came to what; the rest is at work, or still waits."""
        counts = {status.value: 0 for status in Status}
        for status in self.fates.values():
            counts[status.value] += 1
        counts["begun"] = len(self.touched - self.fates.keys())
        counts["waiting"] = max(0, self.units - len(self.touched | self.fates.keys()))
        return {name: count for name, count in counts.items() if count}
