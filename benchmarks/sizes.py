"""What grows with the repository: sharding 750,000 lines, and a commit of 20 files among 10,000."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

import made
from crewed import tools_for

from bot.engines.scripted import ScriptedEngine
from bot.record import Record, Tools
from bot.stages import take_stock

COMMITS = 30


async def measure(folder: Path) -> tuple[int, int, float, float]:
    """Files, lines, seconds to shard them, and the median of a worker's commit in seconds."""
    repo = made.make(folder / "large.git", made.large())
    async with tools_for(repo, folder / "state", ScriptedEngine([])) as tools:
        start = time.perf_counter()
        record = await take_stock(Record.start(tools))
        took = time.perf_counter() - start
        units = list(record.ledger)
        files, lines = sum(len(unit.files) for unit in units), sum(unit.lines for unit in units)
        return files, lines, took, statistics.median(_commits(tools, record))


def _commits(tools: Tools, record: Record) -> list[float]:
    """A worker's view of the commit, 20 files read and written, and the change as a commit: no checkout."""
    desk = tools.desk(record.ledger)
    units = [unit for unit in record.ledger if len(unit.files) == made.FILES_A_FOLDER][:COMMITS]
    times = []
    for unit in units:
        start = time.perf_counter()
        overlay = desk.overlay(tools.base, unit)
        for path in unit.files:
            overlay.write(path, overlay.read(path) + b"# changed\n")
        made_commit = overlay.make("A change of 20 files")
        assert len(tools.git.entries(tools.base, made_commit)) == made.FILES_A_FOLDER
        times.append(time.perf_counter() - start)
    return times


def sizes(folder: Path) -> tuple[int, int, float, float]:
    return asyncio.run(measure(folder))
