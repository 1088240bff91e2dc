"""`python -m bot.action`: runs the workflow that the inputs name. `action.yml` sets the INPUT_ variables.

Outputs are written whatever happens, so that a later step with `if: always()` finds them.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

from pydantic import ValidationError

from bot.__main__ import main as gatecrew
from bot.action.inputs import arguments, hand_over_keys, payload_of, said
from bot.action.outputs import Ended, publish
from bot.cli.printed import show_all
from bot.console.clean import command
from bot.environment import Environment, first
from bot.errors import EXIT_BUG, GatecrewError
from bot.git import Git
from bot.redact import Redactor
from bot.report.store import RESULT
from bot.report.tables import tables
from bot.state import State
from bot.types.ids import RunId
from bot.types.result import Result

Run = Callable[[Sequence[str]], int]

MARK = "gatecrew: "
TAIL = 8_000


def main(run: Run = gatecrew, env: MutableMapping[str, str] = os.environ) -> int:
    """The exit code of the command."""
    redact = Redactor()
    try:
        argv = arguments(env, payload_of(env))
        hand_over_keys(env)
        Environment.read(env, redact)
        ended = _ended(run, argv, env)
    except GatecrewError as err:
        ended = Ended(err.exit_code, said=str(err))
    publish(ended, env, redact)
    _show(ended, redact)
    return ended.exit_code


def _show(ended: Ended, redact: Redactor) -> None:
    """The end of the run in the job's log; what went wrong as an annotation."""
    if ended.result is not None:
        show_all(redact, tables(ended.result, str(ended.path)))
    if ended.exit_code:
        text = ended.said or f"gatecrew ended with exit code {ended.exit_code}"
        sys.stdout.write(command("error", redact(text)) + "\n")


def _ended(run: Run, argv: Sequence[str], env: MutableMapping[str, str]) -> Ended:
    """Run the command; with `--json`, its standard output is the result or nothing."""
    output, errors = io.StringIO(), Tail(sys.stderr)
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            code = run(argv)
        except SystemExit as err:  # argparse ends the process over an option that it does not know
            code = err.code if isinstance(err.code, int) else EXIT_BUG
    result = _result(output.getvalue())
    return Ended(code, result, _place(result, env) if result else None, errors.last_words)


def _result(text: str) -> Result | None:
    try:
        return Result.model_validate_json(text)
    except ValidationError:
        return None


def _place(result: Result, env: MutableMapping[str, str]) -> Path:
    """Where this very run's result lies."""
    out = said(env, "out") or first(env, "GATECREW_OUT")
    state = State(Path(out).resolve() if out else Git(Path(said(env, "repo") or ".")).common_dir / "gatecrew")
    return state.run(RunId(result.run)) / RESULT


class Tail(io.TextIOBase):
    """Passes text on, and remembers the end of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._end = ""

    def isatty(self) -> bool:
        return self._stream.isatty()

    def write(self, text: str) -> int:
        self._end = (self._end + text)[-TAIL:]
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()

    @property
    def last_words(self) -> str:
        """The message that the command ended with, if it ended with one."""
        _, mark, text = f"\n{self._end}".rpartition(f"\n{MARK}")
        return text.strip() if mark else ""


if __name__ == "__main__":
    raise SystemExit(main())
