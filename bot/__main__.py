"""`gatecrew` and `python -m bot`: errors become a message and an exit code here, and nowhere else."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from bot.cli import check, gate, pulls, run, runs, show
from bot.cli.parser import parser
from bot.cli.printed import nobody_reads
from bot.errors import EXIT_BUG, GatecrewError
from bot.redact import Redactor

COMMANDS = {
    "run": run.main,
    "gate": gate.main,
    "check": check.main,
    "pulls": pulls.main,
    "runs": runs.main,
    "show": show.main,
}

BUG = """\
gatecrew: a bug of ours: {kind}: {text}
  The report lies in {path}, ready to paste into an issue. It holds no secret that we know of; have a look.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    code = _main(argv)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more: that is not this command's failure, and Python would make it 120.
        nobody_reads()
    return code


def _main(argv: Sequence[str] | None) -> int:
    redact = Redactor()
    args = parser().parse_args(argv)
    try:
        return COMMANDS[args.command](args, redact)
    except GatecrewError as err:
        print(f"gatecrew: {redact(str(err))}", file=sys.stderr)
        return err.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError as err:
        # `run` looks after its own output: there it is a pipe of ours that broke, and nothing is complete.
        if args.command == "run":
            return _bug(err, redact)
        nobody_reads()
        return 0
    except Exception as err:  # the one place where everything unexpected ends
        return _bug(err, redact)


def _bug(err: Exception, redact: Redactor) -> int:
    report = f"gatecrew on Python {platform.python_version()}, {platform.platform()}\n\n```\n"
    report += redact("".join(traceback.format_exception(err))) + "```\n"
    text = redact(str(err)).partition("\n")[0]
    try:
        with tempfile.NamedTemporaryFile("w", prefix="gatecrew-bug-", suffix=".md", delete=False) as file:
            file.write(report)
    except OSError:  # a full disk, say: the report goes where it can be seen
        print(f"gatecrew: a bug of ours: {type(err).__name__}: {text}\n{report}", file=sys.stderr)
        return EXIT_BUG
    print(BUG.format(kind=type(err).__name__, text=text, path=Path(file.name)), file=sys.stderr)
    return EXIT_BUG


if __name__ == "__main__":
    raise SystemExit(main())
