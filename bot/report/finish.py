"""The last step: facts to a result, kept in the state and shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

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
    """Text by text: a secret must not take the quotes around it along."""
    return type(row).model_validate_json(json.dumps(_walk(row.model_dump(mode="json"), redact)))


def _walk(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _walk(item, redact) for name, item in value.items()}
    return [_walk(item, redact) for item in value] if isinstance(value, list) else value
