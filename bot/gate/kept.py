"""The base's runs on disk, for the next candidate on the same base: whole runs that leave no doubt.

Only ever the base's: a candidate's green is measured, never remembered. A run's key holds the tree, the
commands and the surroundings; it is measured anew after `DAYS`, because machines and dates change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from bot.errors import JournalError
from bot.gate.record import decode
from bot.gate.runs import Memo
from bot.state import write_whole
from bot.types.ids import Tree

DAYS = 7
MOST_RUNS = 20
"""`gate.runs` at the most."""


def kept(folder: Path, tree: Tree, today: date) -> Memo:
    """A memo of this tree's runs in a folder that nobody but us can write to."""

    async def memo(key: str, call: Callable[[], Awaitable[Any]]) -> Any:
        if not _is_measured(key, tree):
            return await call()
        path = folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
        found = _read(path, key, today)
        if found is not None:
            return found
        run = await call()
        if run["doubt"] is None:
            with suppress(JournalError):  # a full disk: the next candidate measures again
                text = json.dumps({"key": key, "on": today.isoformat(), "run": run})
                write_whole(path, text.encode("utf-8", "surrogatepass"))
        return run

    return memo


def _is_measured(key: str, tree: Tree) -> bool:
    """Whether it is one of the baseline's runs: whole, and none that was asked for afresh."""
    rest, _, sample = key.rpartition(":")
    return key.startswith(f"suite:{tree}:") and ":all" in rest and int(sample) < MOST_RUNS


def _read(path: Path, key: str, today: date) -> Any | None:
    """The run, if it is this key's, fresh, and one of ours."""
    try:
        record = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        age = (today - date.fromisoformat(record["on"])).days
        if record["key"] != key or not 0 <= age < DAYS:
            return None
        decode(record["run"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return record["run"]
