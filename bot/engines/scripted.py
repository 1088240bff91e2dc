"""The scripted engine: answers from a list, or from a function. For tests, and for simulating a run.

It edits the bench, reports usage and takes its time like a paid engine, so that everything above it can be
tried without a model.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

from bot.clock import Clock, SystemClock
from bot.errors import InputError
from bot.ports.engine import Bench, Meter
from bot.types.agent import Reply, Role, Task
from bot.types.ids import Sha
from bot.types.question import ABSENT, Question
from bot.types.usage import NOTHING, Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, with the files that it writes (None removes one) and what it is said to have used."""

    reply: Reply
    writes: Mapping[str, bytes | None] = field(default_factory=dict)
    usage: Usage = NOTHING


Answers = Iterable[Answer | Reply | Exception]
Answering = Callable[[Task, Bench], "Answer | Reply | Awaitable[Answer | Reply]"]


class ScriptedEngine:
    """A list is used up in the order in which tasks start; an exception in it is raised. `latency_s` is a
    number of seconds, or a function of the task. `lenses` None serves every lens."""

    name = "scripted"
    version = "1"
    paid = False

    def __init__(
        self,
        answers: Answers | Answering,
        *,
        latency_s: float | Callable[[Task], float] = 0.0,
        lenses: Container[str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._answering: Answering = answers if callable(answers) else _in_turn(answers)
        self._latency_s = latency_s
        self._lenses = lenses
        self._clock = clock or SystemClock()
        self.tasks: list[Task] = []

    def serves(self, role: Role, lens: str | None = None) -> bool:
        return lens is None or self._lenses is None or lens in self._lenses

    async def perform(self, task: Task, bench: Bench, meter: Meter) -> Reply:
        self.tasks.append(task)
        answer = self._answering(task, bench)
        seconds = self._latency_s(task) if callable(self._latency_s) else self._latency_s
        if seconds:
            await self._clock.sleep(seconds)
        if inspect.isawaitable(answer):
            answer = await answer
        return await _deliver(Answer(answer) if isinstance(answer, Reply) else answer, task, bench, meter)

    def answer(self, question: Question, commit: Sha) -> str:
        return ABSENT

    async def aclose(self) -> None:
        return None


def _in_turn(answers: Answers) -> Answering:
    remaining = iter(answers)

    def answering(task: Task, _bench: Bench) -> Answer | Reply:
        answer = next(remaining, None)
        if answer is None:
            raise InputError(f"the scripted engine has no answer left for {task.role} {task.goal!r}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    return answering


async def _deliver(answer: Answer, task: Task, bench: Bench, meter: Meter) -> Reply:
    if answer.usage != NOTHING:
        reservation = await meter.reserve(task.model, answer.usage)
        meter.settle(reservation, task.model, answer.usage)
    for path, data in answer.writes.items():
        if data is None:
            bench.remove(path)
        else:
            bench.write(path, data)
    return answer.reply
