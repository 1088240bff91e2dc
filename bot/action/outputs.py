"""What the run came to, as the action's outputs and its job summary."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.environment import first
from bot.redact import Redactor
from bot.report.answer import summary_of as answered
from bot.report.escape import fenced
from bot.report.markdown import cut, markdown
from bot.types.answer import Answer
from bot.types.result import Result

COMMENT_LIMIT = 60_000
"""Bytes: a comment takes 65,536 characters."""
NO_RESULT = "## Gatecrew\n\nThe run came to no result.\n"
NO_VERDICT = "## Gatecrew's gate: no verdict\n\nIt could not be asked, which lets nothing through.\n"
NONE = {
    "conclusion": "failed",
    "green": "false",
    "pulls": "[]",
    "pass-rate": "",
    "cost-usd": "",
    "result": "",
}
"""What could not be told is never complete and never green, whatever was asked."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended. `result` and `path` are None where it came to none; `said` is its message."""

    exit_code: int
    result: Result | Answer | None = None
    path: Path | None = None
    said: str = ""
    gate: bool = False
    """Whether the gate was asked, instead of a workflow."""

    @property
    def line(self) -> str:
        """The gate's verdict, or why there is none."""
        if isinstance(self.result, Answer):
            return self.result.line
        return f"no verdict: {self.said.partition(chr(10))[0] or f'exit code {self.exit_code}'}"


def publish(ended: Ended, env: Mapping[str, str], redact: Redactor) -> None:
    """Write the job summary and the outputs, where there is a place for them."""
    summary = redact(summary_of(ended))
    _append(first(env, "GITHUB_STEP_SUMMARY"), summary)
    values = {name: redact(value) for name, value in outputs(ended).items()}
    values["summary"] = cut(summary, COMMENT_LIMIT)
    _append(first(env, "GITHUB_OUTPUT"), "".join(_assignments(values)))


def summary_of(ended: Ended) -> str:
    """The report, or that there is none, and why."""
    if isinstance(ended.result, Answer):
        text = answered(ended.result)
    elif ended.result is not None:
        text = markdown(ended.result)
    else:
        text = NO_VERDICT if ended.gate else NO_RESULT
    return f"{text}\n{fenced(ended.said)}\n" if ended.said else text


def outputs(ended: Ended) -> dict[str, str]:
    """The outputs by name. Only the line may hold text of a repository."""
    match ended.result:
        case Answer() as answer:
            return _of_gate(answer) | {"line": answer.line, "result": str(ended.path or "")}
        case Result() as result:
            return _of_run(result) | {"result": str(ended.path or "")}
        case None:
            return NONE | {"line": ended.line}


def _of_gate(answer: Answer) -> dict[str, str]:
    return {"green": "true" if answer.green else "false", "pass-rate": str(answer.pass_rate)}


def _of_run(result: Result) -> dict[str, str]:
    pulls = {layer.pull for stack in result.stacks for layer in stack if layer.pull is not None}
    cost = result.usage.cost_usd
    return {
        "conclusion": result.conclusion,
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
