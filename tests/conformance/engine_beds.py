"""One bed for each engine: how a story is told to it. A bed that cannot tell a story answers None.

To add an engine, write a function from a story to a `Scene` and put it into `BEDS`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

from bot.engines.scripted import Answer, ScriptedEngine
from bot.errors import ServiceError
from bot.ports.engine import Engine
from bot.redact import Redactor
from bot.types.agent import Reply, ReplyKind, Task
from bot.types.review import Evidence, Finding, Verdict, Vote
from tests.doubles import anthropic_api as api
from tests.doubles.bench import FakeBench
from tests.doubles.tasks import (
    UNIT,
    question_task,
    reviewer_bench,
    reviewer_task,
    talking,
    worker_bench,
    worker_task,
)


class Story(Enum):
    """What happens; the tests say what must hold."""

    SUBMITS = auto()
    UNCHANGED = auto()
    ACCEPTS = auto()
    REFUTES = auto()
    ANSWERS = auto()
    REFUSES = auto()
    INVALID = auto()
    FAILS = auto()
    HANGS = auto()


SECRET = "hunter2-hunter2"
SCHEMA = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}
QUOTED = "from pkg.a import used"


@dataclass
class Scene:
    """An engine with a task for it. `sent` is everything that left the process, as text; `started` says that
    the task is under way."""

    engine: Engine
    task: Task
    bench: FakeBench
    sent: Callable[[], str] = field(default=lambda: "")
    started: Callable[[], bool] = field(default=lambda: True)


Bed = Callable[[Story], AbstractAsyncContextManager[Scene] | None]


def task_of(story: Story) -> Task:
    secret = f"The key is {SECRET}."
    if story in (Story.ACCEPTS, Story.REFUTES):
        return reviewer_task(context=secret)
    if story in (Story.ANSWERS, Story.INVALID):
        return question_task(schema=SCHEMA, context=secret)
    return worker_task(context=secret)


def bench_of(story: Story) -> FakeBench:
    return reviewer_bench() if story in (Story.ACCEPTS, Story.REFUTES) else worker_bench()


# -- scripted ---------------------------------------------------------------------------------------------

_FINDING = Finding(
    UNIT, "correctness", Verdict.REFUTE, "b.py breaks", (Evidence("import", "pkg/b.py", 1, QUOTED),)
)
_REPLIES: dict[Story, Answer | Exception] = {
    Story.SUBMITS: Answer(
        Reply(ReplyKind.SUBMITTED, "Removed unused()."), {"pkg/a.py": b"def used():\n    return 1\n"}
    ),
    Story.UNCHANGED: Answer(Reply(ReplyKind.UNCHANGED, "All of it is used.")),
    Story.ACCEPTS: Answer(Reply(ReplyKind.VOTE, vote=Vote("correctness", Verdict.ACCEPT))),
    Story.REFUTES: Answer(Reply(ReplyKind.VOTE, vote=Vote("correctness", Verdict.REFUTE, (_FINDING,)))),
    Story.ANSWERS: Answer(Reply(ReplyKind.ANSWER, '{"count": 2}', data={"count": 2})),
    Story.REFUSES: Answer(Reply(ReplyKind.REFUSED, "no")),
    Story.INVALID: Answer(Reply(ReplyKind.INVALID, "no JSON")),
    Story.FAILS: ServiceError("out of credit", "add credit", terminal=True),
    Story.HANGS: Answer(Reply(ReplyKind.UNCHANGED, "never said")),
}


@asynccontextmanager
async def scripted(story: Story) -> AsyncIterator[Scene]:
    latency_s = 60.0 if story is Story.HANGS else 0.0
    engine = ScriptedEngine([_REPLIES[story]], latency_s=latency_s)
    try:
        yield Scene(engine, task_of(story), bench_of(story), started=lambda: bool(engine.tasks))
    finally:
        await engine.aclose()


# -- claude -----------------------------------------------------------------------------------------------

_PLACE = {"kind": "import", "path": "pkg/b.py", "line": 1, "text": QUOTED}
_REFUTED = {"claim": "b.py breaks", "subject": "", "evidence": [_PLACE]}
_SCRIPTS: dict[Story, list[api.Answer]] = {
    Story.SUBMITS: [
        api.calls(("edit", {"path": "pkg/a.py", "old": "import os\n\n\n", "new": ""})),
        api.calls(("submit", {"summary": "Removed an import."})),
    ],
    Story.UNCHANGED: [api.calls(("unchanged", {"reason": "All of it is used."}))],
    Story.ACCEPTS: [api.structured({"verdict": "accept", "findings": []})],
    Story.REFUTES: [api.structured({"verdict": "refute", "findings": [_REFUTED]})],
    Story.ANSWERS: [api.structured({"count": 2})],
    Story.REFUSES: [api.message(stop="refusal")],
    Story.INVALID: [api.text("two"), api.text("I said two")],
    Story.FAILS: [api.error(402, "billing_error", "pay first")],
    Story.HANGS: [api.slow(60, api.text("never said"))],
}


@asynccontextmanager
async def claude_on_the_double(story: Story) -> AsyncIterator[Scene]:
    with api.AnthropicDouble(_SCRIPTS[story]) as server:
        async with talking(server, redact=Redactor(SECRET)) as engine:
            task, bench = task_of(story), bench_of(story)
            yield Scene(engine, task, bench, lambda: server.said, lambda: server.inside == 1)


BEDS: dict[str, Bed] = {"scripted": scripted, "claude": claude_on_the_double}
