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

from pydantic import TypeAdapter, ValidationError

from bot.__main__ import main as gatecrew
from bot.action.inputs import arguments, asks_gate, hand_over_keys, payload_of, said
from bot.action.outputs import Ended, publish
from bot.cli.gate import show
from bot.cli.printed import printer, show_all
from bot.console.clean import command
from bot.environment import Environment, first
from bot.errors import EXIT_BUG, GatecrewError
from bot.git import Git
from bot.redact import Redactor
from bot.report.answer import text_of
from bot.report.store import RESULT
from bot.report.tables import tables
from bot.state import State, write_whole
from bot.types.answer import Answer
from bot.types.ids import RunId
from bot.types.result import Result

Run = Callable[[Sequence[str]], int]

EITHER: TypeAdapter[Result | Answer] = TypeAdapter(Result | Answer)

ANSWER = "answer.json"
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
        ended = Ended(err.exit_code, said=str(err), gate=asks_gate(env))
    publish(ended, env, redact)
    _show(ended, redact)
    return ended.exit_code


def _show(ended: Ended, redact: Redactor) -> None:
    """The end of the run in the job's log; what went wrong as an annotation."""
    text = ended.said or f"gatecrew ended with exit code {ended.exit_code}"
    match ended.result:
        case Answer() as answer:
            show(answer, printer(redact))
            text = f"the gate is red: {answer.line}"
        case Result() as result:
            show_all(redact, tables(result, str(ended.path)))
    if ended.exit_code:
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
    path = _place(result, env) if result else None
    return Ended(code, result, path, errors.last_words, asks_gate(env))


def _result(text: str) -> Result | Answer | None:
    try:
        return EITHER.validate_json(text)
    except ValidationError:
        return None


def _place(result: Result | Answer, env: MutableMapping[str, str]) -> Path:
    """Where this very run's result lies; an answer is put there now."""
    out = said(env, "out") or first(env, "GATECREW_OUT")
    state = State(Path(out).resolve() if out else Git(Path(said(env, "repo") or ".")).common_dir / "gatecrew")
    if isinstance(result, Result):
        return state.run(RunId(result.run)) / RESULT
    write_whole(state.root / ANSWER, text_of(result).encode("utf-8", "replace"))
    return state.root / ANSWER


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
