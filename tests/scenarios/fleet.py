"""As many units of one line as a test asks for, a script over them, and agents that know whose turn it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.types.agent import Task
from tests.stories import Place, short

IMPORTS = (
    "from gatecrew import Change, Panel, Shard, agent, args, goal, grep, log, review, revise, shards, work\n"
)
STRAIGHT = """
async def unit(shard: Shard) -> None:
    await review(await work(shard, goal))

"""
ALL = f"{IMPORTS}{STRAIGHT}await each(shards(), unit)\n"


def fleet(units: int) -> dict[str, str | bytes]:
    """As many units of one line, and a test that loads them all."""
    names = [f"u{number:02}" for number in range(units)]
    test = f"from app import {', '.join(names)}\n\ndef test_all():\n    assert u00.X == 0\n"
    files = {f"app/{name}.py": f"X = {number}\n" for number, name in enumerate(names)}
    return {**files, "tests/test_all.py": test}


def place(folder: Path, units: int, flow: str | None = ALL, **spec: Any) -> Place:
    review = {"lenses": ["references", "correctness"], **spec.pop("review", {})}
    return Place(folder, fleet(units), flow=flow, review=review, **spec)


def unit_of(task: Task) -> str:
    """A task's unit by its short name: `app-u00-py`."""
    if task.shard is not None:
        return short(task.shard.id)
    return short(task.change.unit) if task.change is not None else ""
