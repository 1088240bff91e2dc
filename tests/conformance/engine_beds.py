"""One bed for each engine: how a story is told to it. A bed that cannot tell a story answers None.

To add an engine, write a function from a story to a `Scene` and put it into `BEDS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from bot.engines.recipe.engine import RecipeEngine
from bot.engines.scripted import Answer, ScriptedEngine
from bot.errors import ServiceError
from bot.ports.engine import Engine
from bot.redact import Redactor
from bot.types.agent import Reply, ReplyKind, Task
from bot.types.ids import Blob, Sha
from bot.types.review import Evidence, Finding, Verdict, Vote
from bot.types.spec import Recipe
from bot.types.unit import Shard
from tests.doubles import anthropic_api as api
from tests.doubles.bench import FakeBench
from tests.doubles.tasks import (
    FILES,
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


# -- recipe -----------------------------------------------------------------------------------------------


class InMemory:
    """A repository of one commit, for the recipe to look at."""

    def __init__(self, bench: FakeBench) -> None:
        self._bench = bench

    def files(self, commit: Sha) -> Mapping[str, Blob]:
        return {path: Blob(path) for path in self._bench.base}

    def blob(self, blob: Blob) -> bytes:
        return self._bench.base[blob]

    def tree(self, commit: Sha) -> str:
        return "t" * 40


async def _hangs(_commit: Sha, _shard: Shard) -> Mapping[str, bytes | None]:
    await asyncio.sleep(60)
    return {}


_USED = {"pkg/c.py": "import pkg.a\n\nprint(pkg.a.unused(), pkg.a.os)\n"}


def recipe(story: Story) -> AbstractAsyncContextManager[Scene] | None:
    """It only works: it neither reviews nor answers, never refuses, and asks no service."""
    if story in (Story.ACCEPTS, Story.REFUTES, Story.ANSWERS, Story.REFUSES, Story.FAILS):
        return None
    kind: Literal["codemod", "dead-code"] = "codemod" if story is Story.HANGS else "dead-code"
    others = {"pkg/__init__.py": ""} | (_USED if story is Story.UNCHANGED else {})
    bench = FakeBench(FILES | others, ["pkg/a.py"])
    spec = Recipe(kind=kind, public="application", command="true")
    engine = RecipeEngine(spec, InMemory(bench), lambda _path: False, _hangs)
    return _recipe(Scene(engine, task_of(story), bench))


@asynccontextmanager
async def _recipe(scene: Scene) -> AsyncIterator[Scene]:
    try:
        yield scene
    finally:
        await scene.engine.aclose()


BEDS: dict[str, Bed] = {"scripted": scripted, "claude": claude_on_the_double, "recipe": recipe}
