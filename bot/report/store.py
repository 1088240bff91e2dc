"""Where the report lies: with its run, and as the newest one at the top of the state."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from bot.errors import InputError
from bot.state import State, write_whole
from bot.types.ids import RunId
from bot.types.result import Result

RESULT, SUMMARY = "result.json", "summary.md"


def text_of(result: Result) -> str:
    """The text of `result.json`, which is also what `--json` prints."""
    return json.dumps(result.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def keep(state: State, result: Result, summary: str) -> Path:
    """Write both; the folder of the newest."""
    data = text_of(result).encode("utf-8", "replace")
    for folder in (state.run(RunId(result.run)), state.root):
        write_whole(folder / RESULT, data)
        write_whole(folder / SUMMARY, summary.encode("utf-8", "replace"))
    return state.root


def load_result(state: State, run: RunId) -> Result | None:
    """A run's result; None where it has not come to one yet. Raises InputError for what is no result."""
    path = state.run(run) / RESULT
    if not path.exists():
        return None
    try:
        return Result.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as err:
        raise InputError(f"{str(path)!r} is no result of this version of gatecrew: {err}") from err
