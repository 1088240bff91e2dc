"""What grows with the repository: sharding 750,000 lines, and a commit of 20 files among 10,000."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

import made
from crewed import tools_for

from bot.engines.scripted import Answer, ScriptedEngine
from bot.ports.engine import Bench
from bot.record import Record, Tools
from bot.stages import take_stock
from bot.types.agent import Reply, ReplyKind, Task
from bot.work.attempt import work

COMMITS = 30


async def measure(folder: Path) -> tuple[int, int, float, float]:
    """Files, lines, seconds to shard them, and the median of a worker's commit in seconds."""
    repo = made.make(folder / "large.git", made.large())
    async with tools_for(repo, folder / "state", ScriptedEngine(edit), agents=COMMITS) as tools:
        start = time.perf_counter()
        record = await take_stock(Record.start(tools))
        took = time.perf_counter() - start
        units = list(record.ledger)
        files, lines = sum(len(unit.files) for unit in units), sum(unit.lines for unit in units)
        return files, lines, took, statistics.median(await _commits(tools, record))


def edit(_task: Task, bench: Bench) -> Answer:
    """Read and write every file of the shard."""
    writes = {path: bench.read(path) + b"# changed\n" for path in bench.writable}
    return Answer(Reply(ReplyKind.SUBMITTED, "Change 20 files."), writes)


async def _commits(tools: Tools, record: Record) -> list[float]:
    """A worker from its task to its change: a view of the commit, 20 files read and written, the commit."""
    desk = tools.desk(record.ledger)
    desk.files(tools.base)  # listed once a run, not once a worker
    units = [unit for unit in record.ledger if len(unit.files) == made.FILES_A_FOLDER][:COMMITS]
    times = []
    for unit in units:
        start = time.perf_counter()
        change = await work(desk, unit, tools.spec.goal, ())
        times.append(time.perf_counter() - start)
        assert len(change.entries) == made.FILES_A_FOLDER
    return times


def sizes(folder: Path) -> tuple[int, int, float, float]:
    return asyncio.run(measure(folder))
