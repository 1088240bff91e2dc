"""The last step: facts to a result, kept in the state and shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot.redact import redacted_json
from bot.report.build import build
from bot.report.facts import Facts
from bot.report.markdown import markdown
from bot.report.store import keep
from bot.state import State
from bot.types.result import Result, Row

R = TypeVar("R", bound=Row)


def finish(facts: Facts, state: State, redact: Callable[[str], str] = str) -> tuple[Result, Path]:
    """Build the result and keep it, without the secrets that `redact` knows; the result and its folder."""
    result = redacted(build(facts), redact)
    return result, keep(state, result, markdown(result))


def redacted(row: R, redact: Callable[[str], str]) -> R:
    """The row without the secrets that `redact` knows."""
    return type(row).model_validate_json(json.dumps(redacted_json(row.model_dump(mode="json"), redact)))
