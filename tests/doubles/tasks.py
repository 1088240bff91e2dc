"""Ready-made tasks, a clock that only moves when somebody sleeps, and an engine that talks to the double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.engines.claude import ClaudeEngine, ClaudeSettings, Service
from bot.ports.engine import Bench, Meter
from bot.redact import Redactor
from bot.types.agent import Reply, Role, Task
from bot.types.change import REGULAR, Change, Entry
from bot.types.ids import Blob, Sha, UnitId
from bot.types.unit import Shard
from tests.doubles.anthropic_api import AnthropicDouble, Script
from tests.doubles.bench import FakeBench, FakeMeter

T = TypeVar("T")

MODEL = "claude-sonnet-5-5"
KEY = "sk-test-0123456789"
UNIT = UnitId("pkg-00000000")
FILES = {
    "pkg/a.py": "import os\n\n\ndef used():\n    return 1\n\n\ndef unused():\n    return 2\n",
    "pkg/b.py": "from pkg.a import used\n\nprint(used())\n",
}


class StillClock:
    """Time stands still, and a sleep is over at once."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.passed += seconds
        await asyncio.sleep(0)


def run(task: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(task)


def worker_task(**fields: Any) -> Task:
    shard = Shard(UNIT, ("pkg/a.py",), 9)
    return Task(
        **{"role": Role.WORKER, "goal": "Remove what is unused.", "model": MODEL, "shard": shard, **fields}
    )


def reviewer_task(lens: str = "correctness", **fields: Any) -> Task:
    change = Change(
        UNIT, Sha("c" * 40), Sha("d" * 40), (Entry("pkg/a.py", REGULAR, Blob("e" * 40)),), "my words"
    )
    told = {
        "goal": "Remove what is unused.",
        "model": MODEL,
        "change": change,
        "lens": lens,
        "diff": "-def unused",
    }
    return Task(**{"role": Role.REVIEWER, **told, **fields})


def question_task(**fields: Any) -> Task:
    return Task(
        **{"role": Role.WORKER, "goal": "", "model": MODEL, "prompt": "How many files are there?", **fields}
    )


def worker_bench() -> FakeBench:
    return FakeBench(FILES, writable=["pkg/a.py"])


def reviewer_bench() -> FakeBench:
    return FakeBench(FILES)


def claude(api: AnthropicDouble, *, clock: StillClock | None = None, **settings: Any) -> ClaudeEngine:
    service = settings.pop("service", None) or Service(api_key=KEY, base_url=api.url, timeout_s=10)
    redact = settings.pop("redact", None) or Redactor()
    config = ClaudeSettings(**{"service": service, **settings})
    return ClaudeEngine(config, redact=redact, clock=clock or StillClock(), jitter=lambda: 0.0)


@asynccontextmanager
async def talking(api: AnthropicDouble, **settings: Any) -> AsyncIterator[ClaudeEngine]:
    engine = claude(api, **settings)
    try:
        yield engine
    finally:
        await engine.aclose()


def ask(
    script: Script, task: Task, bench: Bench | None = None, meter: Meter | None = None, **settings: Any
) -> tuple[Reply, AnthropicDouble]:
    """One task against one script; the reply, and the server with what it was sent."""
    with AnthropicDouble(script) as api:

        async def perform() -> Reply:
            async with talking(api, **settings) as engine:
                return await engine.perform(task, bench or worker_bench(), meter or FakeMeter())

        return run(perform()), api
