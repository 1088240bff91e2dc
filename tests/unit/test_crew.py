"""Agents at work: never more at once than allowed, fewer on overload, none after the breaker opened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.budget import Budget
from bot.crew import Crew, Gangway
from bot.errors import LimitReached, ServiceError
from bot.journal import Header, Journal
from bot.ports.events import Silence
from bot.redact import Redactor
from bot.types.agent import Role
from bot.types.ids import Key, RunId, Sha, UnitId
from bot.types.spec import Limits
from tests.unit.test_budget import StillClock, price

HEADER = Header(RunId("r1"), "audit", Sha("a" * 40), "s", "p")


def crew(path: Path, limits: Limits) -> Crew:
    journal = Journal(path / "r1.jsonl", HEADER)
    return Crew(Budget(limits, journal, price, StillClock()), journal, Silence(), Redactor("s3cret-value"))


async def test_never_more_at_once_than_the_limit(tmp_path: Path) -> None:
    some, inside, most = crew(tmp_path, Limits(concurrency=4)), 0, 0

    async def agent(number: int) -> None:
        nonlocal inside, most
        async with some.agent(Key(f"k{number}"), Role.WORKER, None, "works"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*[agent(number) for number in range(40)])

    assert most == 4


async def test_the_limit_of_agents_ends_the_run_for_all_that_come_after(tmp_path: Path) -> None:
    some = crew(tmp_path, Limits(agents=1))
    async with some.agent(Key("k"), Role.WORKER, UnitId("u"), "works"):
        pass

    with pytest.raises(LimitReached, match="agents"):
        async with some.agent(Key("k2"), Role.WORKER, UnitId("u"), "works"):
            pass

    assert isinstance(some.stopped, LimitReached)


async def test_a_terminal_service_error_opens_the_breaker(tmp_path: Path) -> None:
    some = crew(tmp_path, Limits())
    with pytest.raises(ServiceError):
        async with some.agent(Key("k"), Role.WORKER, None, "works"):
            raise ServiceError("the quota is used up", terminal=True)

    with pytest.raises(ServiceError, match="quota"):
        async with some.agent(Key("k2"), Role.WORKER, None, "works"):
            raise AssertionError("no new agent may start")


async def test_an_ordinary_service_error_does_not(tmp_path: Path) -> None:
    some = crew(tmp_path, Limits())
    with pytest.raises(ServiceError):
        async with some.agent(Key("k"), Role.WORKER, None, "works"):
            raise ServiceError("this one request was bad")

    async with some.agent(Key("k2"), Role.WORKER, None, "works"):
        pass


async def test_turns_of_a_killed_process_are_there_again_for_the_same_call(tmp_path: Path) -> None:
    some = crew(tmp_path, Limits())
    async with some.agent(Key("k"), Role.WORKER, None, "works") as meter:
        meter.turn({"n": 1})

    async with crew(tmp_path, Limits()).agent(Key("k"), Role.WORKER, None, "works") as meter:
        assert meter.turns == [{"n": 1}]


async def test_secrets_do_not_reach_the_journal_by_an_error_text(tmp_path: Path) -> None:
    some = crew(tmp_path, Limits())
    async with some.agent(Key("k"), Role.WORKER, None, "works") as meter:
        meter.attempt("401: bad key s3cret-value")

    assert "s3cret-value" not in (tmp_path / "r1.jsonl").read_text()


async def test_the_gangway_narrows_on_overload_and_widens_with_good_answers() -> None:
    gangway = Gangway(8)
    gangway.pressure(overloaded=True)
    gangway.pressure(overloaded=True)
    assert gangway.width == 2

    for _ in range(2 + 3 + 4 + 5 + 6 + 7 + 100):
        gangway.pressure(overloaded=False)
    assert gangway.width == 8


async def test_one_who_gives_up_waiting_leaves_no_hole(tmp_path: Path) -> None:
    gangway = Gangway(1)
    await gangway.enter()
    waiting = [asyncio.ensure_future(gangway.enter()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)

    gangway.leave()
    await waiting[1]

    assert gangway.inside == 1
