"""One run of many agents through everything but a model: the script's driver, the host's verbs, crew,
journal, budget and ledger. Started by `overhead.py` in a process of its own; prints JSON.

    python benchmarks/crewed.py SCRIPT AGENTS LATENCY_S [paid]
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import made

from bot.deps import opened
from bot.engines.scripted import Answer, ScriptedEngine
from bot.ports.engine import Bench
from bot.ports.events import Silence
from bot.record import Record, Tools
from bot.redact import Redactor
from bot.settings import Flags, resolve
from bot.stages import carry_out, take_stock
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.review import Verdict, Vote
from bot.types.usage import NOTHING, Usage

AGENTS = """\
from gatecrew import agent, args, shards

async def one(number: int) -> None:
    await agent(f"What is {number}?")

await each(list(range(len(shards()))), one)
"""

PIPELINE = """\
from gatecrew import Shard, goal, review, shards, work

async def one(shard: Shard) -> None:
    await review(await work(shard, goal))

await each(shards(), one)
"""

# Verbs a unit, and agents a unit.
SCRIPTS = {"agents": (AGENTS, 1), "pipeline": (PIPELINE, 2)}
REQUEST = Usage(input_tokens=2000, output_tokens=200)


@dataclass(frozen=True, slots=True)
class Case:
    script: str
    agents: int
    latency_s: float
    paid: bool = False
    """Whether each agent sends one request: a reservation that is synced to disk, and its settlement."""

    @property
    def units(self) -> int:
        return self.agents // SCRIPTS[self.script][1]


def answer(usage: Usage, task: Task, bench: Bench) -> Answer:
    """A worker writes its shard's file, a reviewer accepts, everybody else answers."""
    if task.change is not None:
        vote = Vote(task.lens or "", Verdict.ACCEPT)
        return Answer(Reply(ReplyKind.VOTE, vote=vote), usage=usage)
    if task.shard is None:
        return Answer(Reply(ReplyKind.ANSWER, "An answer."), usage=usage)
    writes = dict.fromkeys(bench.writable, b"VALUE = 1\n")
    return Answer(Reply(ReplyKind.SUBMITTED, "Set the value."), writes, usage)


def tools_for(
    repo: Path, state: Path, engine: ScriptedEngine, agents: int = 1
) -> AbstractAsyncContextManager[Tools]:
    """All that a run works with, put together as the command line does it."""
    flags = Flags(repo=str(repo), out=str(state), limits=(f"agents={agents}",), yes=True)
    redact = Redactor()
    settings = resolve(flags, {"PATH": os.environ["PATH"]}, redact)
    return opened("bench", settings, events=Silence(), redact=redact, approve=lambda _: True, scripted=engine)


async def run(case: Case, folder: Path) -> dict[str, object]:
    """Carry the script out; seconds from the script's type-check to the last record in the ledger."""
    text, _ = SCRIPTS[case.script]
    repo = made.make(folder / "repo.git", made.small(case.units), text)
    usage = REQUEST if case.paid else NOTHING
    engine = ScriptedEngine(lambda task, bench: answer(usage, task, bench), latency_s=case.latency_s)
    async with tools_for(repo, folder / "state", engine, agents=case.agents) as tools:
        record = await take_stock(Record.start(tools))
        start, before = time.perf_counter(), os.times()
        record = await carry_out(record)
        seconds, cpu = time.perf_counter() - start, [b - a for a, b in zip(before, os.times(), strict=True)]
        roles = {role.value: sum(task.role is role for task in engine.tasks) for role in Role}
        return {
            "seconds": seconds,
            "cpu": sum(cpu[:2]),
            "cpu_of_others": sum(cpu[2:4]),
            "agents": tools.budget.agents,
            "roles": roles,
            "accepted": len(record.accepted),
            "records": tools.journal.lines,
            "notices": list(record.notices),
        }


def main(script: str, agents: str, latency_s: str, paid: str = "") -> int:
    case = Case(script, int(agents), float(latency_s), bool(paid))
    with tempfile.TemporaryDirectory(prefix="gatecrew-bench-") as folder:
        told = asyncio.run(run(case, Path(folder)))
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
