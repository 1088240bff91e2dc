"""Money is set aside, synced, before a request; what is never settled counts as spent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.budget import Budget
from bot.errors import LimitReached
from bot.journal import Header, Journal, read
from bot.types.ids import Key, RunId, Sha, UnitId
from bot.types.spec import AgentLimits, Limits
from bot.types.usage import Usage

HEADER = Header(RunId("r1"), "audit", Sha("a" * 40), "s", "p")
WORST = Usage(input_tokens=1000, output_tokens=1000)
REAL = Usage(input_tokens=100, output_tokens=10)


class StillClock:
    """Stands still until it is moved."""

    seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def price(model: str, usage: Usage) -> float | None:
    """A dollar per thousand tokens; nobody knows what the other model costs."""
    return usage.tokens / 1000 if model == "known" else None


def make(path: Path, limits: Limits, clock: StillClock | None = None) -> Budget:
    return Budget(limits, Journal(path / "r1.jsonl", HEADER), price, clock or StillClock())


def start(budget: Budget) -> int:
    return budget.start_agent(Key("k"), UnitId("u"))


def test_a_reservation_counts_until_it_is_settled(tmp_path: Path) -> None:
    budget = make(tmp_path, Limits(dollars=10))
    number = budget.reserve(start(budget), "known", WORST)
    assert budget.spent.usd == 2.0

    budget.settle(number, "known", REAL)

    assert budget.spent.usd == pytest.approx(0.11)
    assert budget.of_unit(UnitId("u"))[1].usage == REAL


def test_the_request_that_could_pass_the_limit_is_not_sent(tmp_path: Path) -> None:
    budget = make(tmp_path, Limits(dollars=3))
    agent = start(budget)
    budget.reserve(agent, "known", WORST)

    with pytest.raises(LimitReached) as caught:
        budget.reserve(agent, "known", WORST)

    assert caught.value.limit == "dollars"
    assert "--resume r1 --limit dollars=" in caught.value.hint
    assert budget.spent.usd == 2.0


def test_a_reservation_of_a_killed_process_counts_as_spent(tmp_path: Path) -> None:
    killed = make(tmp_path, Limits(dollars=3))
    killed.reserve(start(killed), "known", WORST)

    resumed = make(tmp_path, Limits(dollars=3))

    assert resumed.spent.usd == 2.0
    with pytest.raises(LimitReached):
        resumed.reserve(start(resumed), "known", WORST)


def test_a_resumed_run_counts_what_was_settled_before(tmp_path: Path) -> None:
    first = make(tmp_path, Limits(dollars=10))
    first.settle(first.reserve(start(first), "known", WORST), "known", REAL)

    resumed = make(tmp_path, Limits(dollars=10))

    assert resumed.spent == first.spent
    assert resumed.agents == 1


def test_an_unknown_price_is_null_and_never_zero(tmp_path: Path) -> None:
    budget = make(tmp_path, Limits(dollars=None))
    budget.settle(budget.reserve(start(budget), "other", WORST), "other", REAL)

    assert budget.spent.usd is None
    assert budget.spent.usage == REAL


def test_an_agent_has_limits_of_its_own(tmp_path: Path) -> None:
    budget = make(tmp_path, Limits(agent=AgentLimits(tokens=2500)))
    agent = start(budget)
    budget.reserve(agent, "known", WORST)

    with pytest.raises(LimitReached) as caught:
        budget.reserve(agent, "known", WORST)

    assert caught.value.limit == "agent tokens"
    budget.reserve(start(budget), "known", WORST)


def test_no_more_agents_than_the_limit_in_all_processes_of_a_run(tmp_path: Path) -> None:
    first = make(tmp_path, Limits(agents=2))
    start(first)

    resumed = make(tmp_path, Limits(agents=2))
    start(resumed)

    with pytest.raises(LimitReached, match="agents"):
        start(resumed)


def test_the_deadline_stops_new_agents_and_new_requests(tmp_path: Path) -> None:
    clock = StillClock()
    budget = make(tmp_path, Limits(minutes=1), clock)
    agent = start(budget)
    clock.seconds = 61

    with pytest.raises(LimitReached, match="minutes"):
        start(budget)
    with pytest.raises(LimitReached, match="minutes"):
        budget.reserve(agent, "known", WORST)


def test_the_reservation_is_on_disk_before_reserve_returns(tmp_path: Path) -> None:
    budget = make(tmp_path, Limits())

    number = budget.reserve(start(budget), "known", WORST)

    last = read(tmp_path / "r1.jsonl")[-1]
    assert (last["t"], last["id"]) == ("reserve", number)
