"""The action: inputs and the event become a command; its result becomes outputs and a job summary.

`action.yml` sets the INPUT_ variables. Outputs are written whatever happens, so that a step with
`if: always()` finds them.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from pydantic import BaseModel, ValidationError

from bot.__main__ import main as gatecrew
from bot.console.clean import command
from bot.environment import first
from bot.errors import EXIT_BUG, GatecrewError, InputError
from bot.report.escape import fenced
from bot.report.markdown import markdown
from bot.types.result import Result

Run = Callable[[Sequence[str]], int]

TEXTS = ("engine", "forge", "base", "resume", "out")
LISTS = ("only", "limit")
SWITCHES = ("dry-run", "unsafe-plain")
KEYS = {"INPUT_ANTHROPIC_API_KEY": "ANTHROPIC_API_KEY", "INPUT_GITHUB_TOKEN": "GITHUB_TOKEN"}
SUMMARY_LIMIT = 1_000_000
COMMENT_LIMIT = 60_000
TAIL = 8_000


class Branch(BaseModel):
    ref: str


class PullRequest(BaseModel):
    base: Branch


class Repository(BaseModel):
    default_branch: str


class Payload(BaseModel):
    """What we need of an event, which need not have any of it."""

    pull_request: PullRequest | None = None
    repository: Repository | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended. `result` is None where it came to none; `said` is what it said last."""

    exit_code: int
    result: Result | None
    said: str


def main(run: Run = gatecrew, environ: MutableMapping[str, str] = os.environ) -> int:
    """Run the workflow that the inputs name; the exit code of the command."""
    try:
        argv = arguments(environ, payload_of(environ))
        _hand_over_keys(environ)
        ended = _ended(run, argv)
    except GatecrewError as err:
        ended = Ended(err.exit_code, None, f"gatecrew: {err}")
        print(ended.said, file=sys.stderr)
    _publish(ended, environ)
    return ended.exit_code


# -- inputs ---------------------------------------------------------------------------------------------


def arguments(env: Mapping[str, str], payload: Payload) -> list[str]:
    """The command line that the inputs ask for. Raises InputError."""
    workflow = _input(env, "workflow")
    if not workflow:
        raise InputError("the input `workflow` is empty", "Add `with: workflow: NAME` to the step.")
    options = {name: _input(env, name) for name in TEXTS}
    options["base"] = options["base"] or base_of(env, payload)
    argv = ["run", "--json", "--yes"]
    argv += [f"--{name}={value}" for name, value in options.items() if value]
    argv += [f"--{name}={item}" for name in LISTS for item in _input(env, name).split()]
    argv += [f"--{name}" for name in SWITCHES if _is_on(env, name)]
    return [*argv, "--", workflow]


def base_of(env: Mapping[str, str], payload: Payload) -> str:
    """The pull request's base, or the default branch; empty where the checkout is that already."""
    if payload.pull_request is not None:
        branch = payload.pull_request.base.ref
    elif payload.repository is not None:
        branch = payload.repository.default_branch
    else:
        return ""
    return "" if branch == env.get("GITHUB_REF_NAME") else f"origin/{branch}"


def payload_of(env: Mapping[str, str]) -> Payload:
    """The event that started the job; an empty one where there is none."""
    path = first(env, "GITHUB_EVENT_PATH")
    if path is None or not Path(path).is_file():
        return Payload()
    try:
        return Payload.model_validate_json(Path(path).read_bytes())
    except ValidationError as err:
        raise InputError(f"the event in {path!r} cannot be read: {err.errors()[0]['msg']}") from err


def _input(env: Mapping[str, str], name: str) -> str:
    return env.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def _is_on(env: Mapping[str, str], name: str) -> bool:
    word = _input(env, name).lower()
    if word not in ("", "true", "false"):
        raise InputError(f"the input `{name}` is {word!r}", "Write true or false.")
    return word == "true"


def _hand_over_keys(environ: MutableMapping[str, str]) -> None:
    """An input that nobody set must not hide what the job's own environment says."""
    for source, target in KEYS.items():
        value = environ.pop(source, "").strip()
        if value:
            environ[target] = value


# -- the run --------------------------------------------------------------------------------------------


def _ended(run: Run, argv: Sequence[str]) -> Ended:
    output, errors = io.StringIO(), Tail(sys.stderr)
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            code = run(argv)
        except SystemExit as err:  # argparse ends the process over an option that it does not know
            code = err.code if isinstance(err.code, int) else EXIT_BUG
    return Ended(code, _result(output.getvalue()), errors.last_words)


def _result(text: str) -> Result | None:
    try:
        return Result.model_validate_json(text)
    except ValidationError:
        return None


class Tail(io.TextIOBase):
    """Passes everything on, and remembers the end of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._end = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def isatty(self) -> bool:
        return self._stream.isatty()

    def write(self, text: str) -> int:
        self._end = (self._end + text)[-TAIL:]
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()

    @property
    def last_words(self) -> str:
        """The message that the command ended with."""
        _, mark, said = self._end.rpartition("\ngatecrew: ")
        return f"gatecrew: {said.strip()}" if mark else ""


# -- outputs --------------------------------------------------------------------------------------------


def _publish(ended: Ended, env: Mapping[str, str]) -> None:
    if ended.exit_code:
        said = ended.said or f"gatecrew: exit code {ended.exit_code}"
        print(command("error", said.removeprefix("gatecrew: ")))
    summary = _summary(ended)
    _append(first(env, "GITHUB_STEP_SUMMARY"), cut(summary, SUMMARY_LIMIT))
    values = outputs(ended, env) | {"summary": cut(summary, COMMENT_LIMIT)}
    _append(first(env, "GITHUB_OUTPUT"), "".join(_output(values)))


def _summary(ended: Ended) -> str:
    parts = [markdown(ended.result)] if ended.result else ["## Gatecrew\n\nThe run came to no result.\n"]
    if ended.exit_code and ended.said:
        parts.append(f"\n{fenced(ended.said)}\n")
    return "".join(parts)


def outputs(ended: Ended, env: Mapping[str, str]) -> dict[str, str]:
    """The outputs by name; text of a model is in none of them."""
    result = ended.result
    if result is None:
        return {"conclusion": "failed", "result": "", "pulls": "[]", "pass-rate": "", "cost-usd": ""}
    pulls = sorted({layer.pull for stack in result.stacks for layer in stack if layer.pull is not None})
    cost = result.usage.cost_usd
    return {
        "conclusion": result.conclusion,
        "result": result_path(env),
        "pulls": json.dumps(pulls),
        "pass-rate": "" if result.gate is None else str(result.gate.pass_rate),
        "cost-usd": "" if cost is None else f"{cost:f}",
    }
