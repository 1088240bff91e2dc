"""The last step: facts to a result, kept in the state and shown."""

from __future__ import annotations

from pathlib import Path

from bot.report.build import build
from bot.report.facts import Facts
from bot.report.markdown import markdown
from bot.report.store import keep
from bot.state import State
from bot.types.result import Result


def finish(facts: Facts, state: State) -> tuple[Result, Path]:
    """Build the result and keep it; the result and the folder where it lies."""
    result = build(facts)
    return result, keep(state, result, markdown(result))
