"""The scripted engine: lists, functions, latency, usage."""

from __future__ import annotations

import pytest

from bot.engines.scripted import Answer, ScriptedEngine
from bot.errors import InputError, LimitReached
from bot.ports.engine import Bench
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.ids import Sha
from bot.types.question import ABSENT, Question
from bot.types.usage import Usage
from tests.doubles.bench import FakeMeter
from tests.doubles.tasks import StillClock, run, worker_bench, worker_task

DONE = Reply(ReplyKind.SUBMITTED, "done")


def test_a_list_is_used_up_in_order() -> None:
    engine = ScriptedEngine([DONE, Answer(Reply(ReplyKind.UNCHANGED, "none"))])
    replies = [run(engine.perform(worker_task(), worker_bench(), FakeMeter())) for _ in range(2)]
    assert [reply.kind for reply in replies] == ["submitted", "unchanged"]
    with pytest.raises(InputError, match="no answer left for worker"):
        run(engine.perform(worker_task(), worker_bench(), FakeMeter()))
    assert len(engine.tasks) == 3


def test_an_exception_in_the_list_is_raised() -> None:
    engine = ScriptedEngine([LimitReached("tokens", "all gone")])
    with pytest.raises(LimitReached):
        run(engine.perform(worker_task(), worker_bench(), FakeMeter()))


def test_a_function_sees_the_task_and_the_bench() -> None:
    """It may be a coroutine function."""

    async def answering(task: Task, bench: Bench) -> Answer:
        return Answer(DONE, {path: bench.read(path).upper() for path in bench.writable})

    bench = worker_bench()
    run(ScriptedEngine(answering).perform(worker_task(), bench, FakeMeter()))
    assert bench.writes["pkg/a.py"] == bench.base["pkg/a.py"].upper()


def test_takes_its_time_and_uses_tokens() -> None:
    clock, meter, bench = StillClock(), FakeMeter(), worker_bench()
    used = Usage(100, 10)
    engine = ScriptedEngine(
        [Answer(DONE, {"pkg/a.py": None}, used)], latency_s=lambda task: len(task.goal), clock=clock
    )
    run(engine.perform(worker_task(goal="12345"), bench, meter))
    assert (clock.sleeps, meter.settled, bench.writes) == ([5], {1: used}, {"pkg/a.py": None})


def test_serves_all_lenses_or_those_that_it_is_given() -> None:
    engine = ScriptedEngine([], lenses={"correctness"})
    assert engine.serves(Role.WORKER)
    assert engine.serves(Role.REVIEWER, "correctness")
    assert not engine.serves(Role.REVIEWER, "security")
    assert ScriptedEngine([]).serves(Role.REVIEWER, "security")
    assert engine.answer(Question("scripted.x", ""), Sha("0" * 40)) == ABSENT
