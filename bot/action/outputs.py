"""What the run came to, as the action's outputs and its job summary."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.environment import first
from bot.redact import Redactor
from bot.report.escape import fenced
from bot.report.markdown import cut, markdown
from bot.types.result import Result

COMMENT_LIMIT = 60_000
"""Bytes: a comment takes 65,536 characters."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended. `result` and `path` are None where it came to none; `said` is its message."""

    exit_code: int
    result: Result | None = None
    path: Path | None = None
    said: str = ""


def publish(ended: Ended, env: Mapping[str, str], redact: Redactor) -> None:
    """Write the job summary and the outputs, where there is a place for them."""
    summary = redact(summary_of(ended))
    _append(first(env, "GITHUB_STEP_SUMMARY"), summary)
    values = outputs(ended) | {"summary": cut(summary, COMMENT_LIMIT)}
    _append(first(env, "GITHUB_OUTPUT"), "".join(_assignments(values)))


def summary_of(ended: Ended) -> str:
    """The report, or that there is none, and why."""
    text = markdown(ended.result) if ended.result else "## Gatecrew\n\nThe run came to no result.\n"
    return f"{text}\n{fenced(ended.said)}\n" if ended.said else text


def outputs(ended: Ended) -> dict[str, str]:
    """The outputs by name. No text of a repository or a model is in them."""
    result = ended.result
    if result is None:
        return {"conclusion": "failed", "result": "", "pulls": "[]", "pass-rate": "", "cost-usd": ""}
    pulls = {layer.pull for stack in result.stacks for layer in stack if layer.pull is not None}
    cost = result.usage.cost_usd
    return {
        "conclusion": result.conclusion,
        "result": str(ended.path or ""),
        "pulls": json.dumps(sorted(pulls)),
        "pass-rate": "" if result.gate is None else str(result.gate.pass_rate),
        "cost-usd": "" if cost is None else f"{cost:f}",
    }


def _assignments(values: Mapping[str, str]) -> Iterator[str]:
    """Nobody can guess the delimiter, so no value can set another output."""
    for name, value in values.items():
        delimiter = f"gatecrew-{secrets.token_hex(16)}"
        yield f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(path: str | None, text: str) -> None:
    if path is not None:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
