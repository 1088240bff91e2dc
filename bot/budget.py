"""Money, tokens, agents and time: reserved in the journal before a request, settled after it.

A reservation without a settlement counts as spent (promise P3): a killed process cannot know what its
last request cost. Unknown prices are None, never 0; the caller refuses a dollar limit on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import LimitReached
from bot.journal import Journal, Record, cost_of, cost_record
from bot.types.ids import Key, UnitId
from bot.types.spec import AgentLimits, Limits
from bot.types.usage import FREE, Cost, Usage

PriceOf = Callable[[str, Usage], float | None]

RESUME = "Raise it and go on: gatecrew run {workflow} --resume {run} --limit {limit}={more}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a request may cost at the worst, and the agent that it belongs to."""

    agent: int
    worst: Cost


class Budget:
    """One run's limits and what has been used of them, rebuilt from the journal on resume."""

    def __init__(self, limits: Limits, journal: Journal, price_of: PriceOf, clock: Clock) -> None:
        self.limits = limits
        self._journal = journal
        self._price_of = price_of
        self._clock = clock
        self._start = clock.monotonic()
        self._open: dict[int, Reservation] = {}
        self._settled = FREE
        self._by_agent: dict[int, Cost] = {}
        self._units: dict[int, UnitId | None] = {}
        self._replay(journal.records)

    def _replay(self, records: Iterable[Record]) -> None:
        for record in records:
            if record["t"] == "agent":
                self._units[int(record["agent"])] = record["unit"]
            elif record["t"] == "reserve":
                worst = cost_of(record["worst"])
                self._open[int(record["id"])] = Reservation(int(record["agent"]), worst)
            elif record["t"] == "settle":
                self._close(int(record["id"]), cost_of(record["cost"]))

    @property
    def spent(self) -> Cost:
        """Settled costs, and the worst case of what was never settled."""
        return sum((r.worst for r in self._open.values()), self._settled)

    def spent_by(self, agent: int) -> Cost:
        own = (r.worst for r in self._open.values() if r.agent == agent)
        return sum(own, self._by_agent.get(agent, FREE))

    @property
    def agents(self) -> int:
        """Agents started so far, in all processes of this run."""
        return len(self._units)

    def of_unit(self, unit: UnitId) -> tuple[int, Cost]:
        """How many agents worked for a unit, and what they cost."""
        own = [agent for agent, whose in self._units.items() if whose == unit]
        return len(own), sum((self.spent_by(agent) for agent in own), FREE)

    @property
    def minutes(self) -> float:
        return (self._clock.monotonic() - self._start) / 60

    def start_agent(self, key: Key, unit: UnitId | None) -> int:
        """Count an agent in; its number. Raises LimitReached."""
        if self.agents >= self.limits.agents:
            raise self._reached("agents", self.limits.agents, self.agents)
        self.check_time()
        number = self.agents + 1
        self._journal.append({"t": "agent", "agent": number, "key": key, "unit": unit})
        self._units[number] = unit
        return number

    def check_time(self) -> None:
        limit = self.limits.minutes
        if limit is not None and self.minutes >= limit:
            raise self._reached("minutes", limit, round(self.minutes, 1))

    def reserve(self, agent: int, model: str, worst: Usage) -> int:
        """Set the worst case of one request aside; the reservation's number. The caller awaits
        `Journal.synced` before it sends the request.
        Raises LimitReached where the run's or the agent's limit would be passed."""
        self.check_time()
        cost = Cost(worst, self._price_of(model, worst))
        self._ensure("", self.limits, self.spent + cost)
        self._ensure("agent ", self.limits.agent, self.spent_by(agent) + cost)
        number = self._journal.append(
            {"t": "reserve", "id": self._journal.lines + 1, "agent": agent, "worst": cost_record(cost)}
        )
        self._open[number] = Reservation(agent, cost)
        return number

    def settle(self, number: int, model: str, usage: Usage) -> Cost:
        """Replace a reservation by what the request really used."""
        cost = Cost(usage, self._price_of(model, usage))
        self._journal.append({"t": "settle", "id": number, "cost": cost_record(cost)})
        self._close(number, cost)
        return cost

    def _close(self, number: int, cost: Cost) -> None:
        reservation = self._open.pop(number, None)
        if reservation is None:
            return
        self._settled = self._settled + cost
        self._by_agent[reservation.agent] = self._by_agent.get(reservation.agent, FREE) + cost

    def _ensure(self, whose: str, limits: Limits | AgentLimits, total: Cost) -> None:
        if limits.tokens is not None and total.usage.tokens > limits.tokens:
            raise self._reached(f"{whose}tokens", limits.tokens, total.usage.tokens)
        if limits.dollars is not None and total.usd is not None and total.usd > limits.dollars:
            raise self._reached(f"{whose}dollars", limits.dollars, round(total.usd, 4))

    def _reached(self, limit: str, allowed: float, needed: float) -> LimitReached:
        header = self._journal.header
        hint = RESUME.format(workflow=header.workflow, run=header.run, limit=limit.split()[-1], more="N")
        if limit.startswith("agent "):
            hint = f"Raise limits.agent.{limit.split()[-1]} in the spec, or make the units smaller."
        return LimitReached(
            limit,
            f"the limit of {allowed:g} {limit} is reached: the next step could take it to {needed:g}",
            hint,
        )
