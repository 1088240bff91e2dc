"""Calls are made once: within a run, across runs while what they saw is still so, and while in flight."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.calls import Calls, Made
from bot.journal import Header, Journal, calls_of, read
from bot.ports.events import Silence
from bot.types.ids import Key, RunId, Sha
from bot.types.question import Observation, Question

KEY = Key("k")
BASE = Sha("a" * 40)
SEEN = Observation(Question("blob", "a.py"), "one")


def journal(path: Path, run: str) -> Journal:
    return Journal(path / f"{run}.jsonl", Header(RunId(run), "audit", BASE, "s", "p"))


class Work:
    """Something to be called: counts, and can be told to fail."""

    def __init__(self, result: Any = "done") -> None:
        self.times = 0
        self.result = result

    async def __call__(self) -> Made:
        self.times += 1
        await asyncio.sleep(0.01)
        if isinstance(self.result, Exception):
            raise self.result
        return Made(self.result, (SEEN,))


def calls(own: Journal, *earlier: Path, now: str = "one") -> Calls:
    old = [call for path in earlier for call in calls_of(read(path))]
    return Calls(own, old, lambda _at, seen: seen.digest == now, Silence())


async def once(some: Calls, work: Work, key: Key = KEY) -> Any:
    return await some.once(key, "work", None, work, at=BASE)


async def test_equal_keys_are_one_call_also_while_in_flight(tmp_path: Path) -> None:
    work, some = Work(), calls(journal(tmp_path, "r1"))

    assert await asyncio.gather(*[once(some, work) for _ in range(5)]) == ["done"] * 5
    assert await once(some, work) == "done"
    assert work.times == 1


async def test_a_resumed_run_does_not_call_again(tmp_path: Path) -> None:
    await once(calls(journal(tmp_path, "r1")), Work())

    again = Work("other")
    assert await once(calls(journal(tmp_path, "r1"), now="changed meanwhile"), again) == "done"
    assert again.times == 0


async def test_a_later_run_reuses_what_is_still_so_and_keeps_a_copy(tmp_path: Path) -> None:
    await once(calls(journal(tmp_path, "r1")), Work())
    second, work = journal(tmp_path, "r2"), Work("other")

    assert await once(calls(second, tmp_path / "r1.jsonl"), work) == "done"
    assert work.times == 0
    assert [call.result for call in calls_of(read(second.path))] == ["done"]


async def test_a_later_run_calls_again_when_anything_looks_different(tmp_path: Path) -> None:
    await once(calls(journal(tmp_path, "r1")), Work())
    work = Work("other")

    assert await once(calls(journal(tmp_path, "r2"), tmp_path / "r1.jsonl", now="two"), work) == "other"
    assert work.times == 1


async def test_a_failure_is_told_to_all_who_wait_and_is_not_recorded(tmp_path: Path) -> None:
    own = journal(tmp_path, "r1")
    some, work = calls(own), Work(RuntimeError("overloaded"))

    answers = await asyncio.gather(*[once(some, work) for _ in range(3)], return_exceptions=True)

    assert [str(answer) for answer in answers] == ["overloaded"] * 3
    assert list(calls_of(own.records)) == []
    work.result = "better"
    assert await once(some, work) == "better"
    assert work.times == 2


async def test_one_who_goes_away_does_not_take_the_call_from_the_others(tmp_path: Path) -> None:
    some, work = calls(journal(tmp_path, "r1")), Work()
    leaver = asyncio.ensure_future(once(some, work))
    stayer = asyncio.ensure_future(once(some, work))
    await asyncio.sleep(0)
    leaver.cancel()

    assert await stayer == "done"
    assert work.times == 1


async def test_stopping_leaves_nothing_in_flight_and_nothing_recorded(tmp_path: Path) -> None:
    own = journal(tmp_path, "r1")
    some, work = calls(own), Work()
    waiting = asyncio.ensure_future(once(some, work))
    await asyncio.sleep(0)

    await some.stop()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert list(calls_of(own.records)) == []
