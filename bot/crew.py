"""The agents that are at work: how many at once, how many a run, and what each may spend.

At most `limits.concurrency` at once, whatever the script asks for and however many cores there are. On
overload the number falls by half and rises again by one for each round of good answers. A terminal
service error opens the breaker: no new agent starts, and the run can be resumed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.budget import Budget
from bot.errors import LimitReached, ServiceError
from bot.journal import Journal, Record
from bot.ports.events import Events
from bot.redact import Redactor
from bot.types.agent import Role
from bot.types.events import AgentEnded, AgentQueued, AgentStarted
from bot.types.ids import Key, UnitId
from bot.types.usage import FREE, Cost, Usage

MAX_CAUSE = 500


class Gangway:
    """Lets at most `width` through at a time; the width can change while some are inside."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.width = most
        self.inside = 0
        self._good = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        if self.inside < self.width and not self._waiting:
            self.inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        self.inside -= 1
        self._admit()

    def pressure(self, *, overloaded: bool) -> None:
        """Additive increase, multiplicative decrease."""
        if overloaded:
            self.width, self._good = max(1, self.width // 2), 0
            return
        self._good += 1
        if self._good >= self.width and self.width < self.most:
            self.width, self._good = self.width + 1, 0
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self.inside < self.width:
            turn = self._waiting.popleft()
            if not turn.done():
                self.inside += 1
                turn.set_result(None)


class Crew:
    """Hands out meters to agents, one at a time for each place."""

    def __init__(self, budget: Budget, journal: Journal, events: Events, redact: Redactor) -> None:
        self.budget = budget
        self.gangway = Gangway(budget.limits.concurrency)
        self._journal = journal
        self._events = events
        self._redact = redact
        self._turns = _turns(journal.records)
        self._queued = 0
        self._stopped: LimitReached | ServiceError | None = None

    @property
    def stopped(self) -> LimitReached | ServiceError | None:
        """Why no new agent starts, if none does."""
        return self._stopped

    @asynccontextmanager
    async def agent(self, key: Key, role: Role, unit: UnitId | None, label: str) -> AsyncIterator[AgentMeter]:
        """One agent's place and meter. Raises LimitReached or ServiceError once the breaker is open."""
        self._queued += 1
        ticket = self._queued
        self._events.tell(AgentQueued(ticket, role, unit, label))
        outcome = "cancelled"
        meter: AgentMeter | None = None
        try:
            await self.gangway.enter()
            try:
                meter = self._start(key, ticket, unit)
                async with self._in_time():
                    yield meter
                outcome = "done"
            finally:
                self.gangway.leave()
        except (LimitReached, ServiceError) as err:
            outcome = "failed"
            self._note(err)
            raise
        finally:
            self._events.tell(AgentEnded(ticket, outcome, FREE if meter is None else meter.spent))

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """An agent that comes to no end within `limits.agent.minutes` is stopped; the others go on."""
        minutes = self.budget.limits.agent.minutes
        try:
            async with asyncio.timeout(None if minutes is None else minutes * 60):
                yield
        except TimeoutError as err:
            raise LimitReached(
                "agent minutes",
                f"the limit of {minutes:g} agent minutes is reached: the agent came to no end",
                "Raise limits.agent.minutes in the spec, or make the units smaller.",
            ) from err

    def _start(self, key: Key, ticket: int, unit: UnitId | None) -> AgentMeter:
        if self._stopped:
            raise self._stopped
        number = self.budget.start_agent(key, unit)
        self._events.tell(AgentStarted(ticket))
        return AgentMeter(self, self._journal, key, number, self._turns.get(key, []), self._redact)

    def _note(self, err: LimitReached | ServiceError) -> None:
        ends_all = err.terminal if isinstance(err, ServiceError) else not err.limit.startswith("agent ")
        if ends_all and self._stopped is None:
            self._stopped = err


class AgentMeter:
    """Satisfies `bot.ports.engine.Meter`."""

    def __init__(
        self, crew: Crew, journal: Journal, key: Key, number: int, turns: Sequence[Any], redact: Redactor
    ) -> None:
        self._crew = crew
        self._journal = journal
        self._key = key
        self._number = number
        self._redact = redact
        self.turns = turns

    @property
    def spent(self) -> Cost:
        return self._crew.budget.spent_by(self._number)

    async def reserve(self, model: str, worst: Usage) -> int:
        if self._crew.stopped:
            raise self._crew.stopped
        number = self._crew.budget.reserve(self._number, model, worst)
        await self._journal.synced()
        return number

    def settle(self, reservation: int, model: str, usage: Usage) -> None:
        self._crew.budget.settle(reservation, model, usage)

    def turn(self, record: Any) -> None:
        self._journal.append({"t": "turn", "key": self._key, "turn": record})

    def attempt(self, cause: str) -> None:
        self._journal.append({"t": "attempt", "key": self._key, "cause": self._redact(cause)[:MAX_CAUSE]})

    def pressure(self, *, overloaded: bool) -> None:
        self._crew.gangway.pressure(overloaded=overloaded)


def _turns(records: Iterable[Record]) -> dict[Key, list[Any]]:
    """Unfinished conversations, by call; those of finished calls are never asked for again."""
    turns: dict[Key, list[Any]] = {}
    for record in records:
        if record["t"] == "turn":
            turns.setdefault(Key(record["key"]), []).append(record["turn"])
    return turns
