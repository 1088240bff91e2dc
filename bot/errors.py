"""Errors that end a run, with their exit codes.

    GatecrewError
    ├── Interrupted        130  Ctrl-C or SIGTERM; resumable
    ├── JournalError         8  of another run, of a newer version, or cannot be written
    ├── SandboxError         7  project code may not run here
    ├── GitError             6  git said no
    ├── ServiceError         5  the model's service or the forge failed
    ├── LimitReached         4  a budget or a deadline stopped it; resumable with --limit
    ├── InputError           2  the spec, the script, a revision or a command is wrong
    └── NothingToDo          3  the scope is empty

0 is complete; 1 is partial, failed or a red gate; 70 is a bug of ours. A message says what happened with
the value, the likely cause, and the next command to type. Expected outcomes are values, not errors.
"""

from __future__ import annotations

from collections.abc import Sequence

EXIT_COMPLETE = 0
EXIT_PARTIAL = 1
EXIT_BUG = 70


class GatecrewError(Exception):
    """Ends the run. `message` says what happened and why; `hint` is the next command to type."""

    exit_code = EXIT_BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class Interrupted(GatecrewError):
    exit_code = 130


class JournalError(GatecrewError):
    exit_code = 8


class SandboxError(GatecrewError):
    exit_code = 7


class GitError(GatecrewError):
    exit_code = 6


class ServiceError(GatecrewError):
    """A service failed. `terminal`: asking again will not help (a quota, a key), so no new agent starts."""

    exit_code = 5

    def __init__(
        self, message: str, hint: str = "", *, terminal: bool = False, status: int | None = None
    ) -> None:
        super().__init__(message, hint)
        self.terminal = terminal
        self.status = status


class LimitReached(GatecrewError):
    """Which limit stopped it: agents, dollars, tokens or minutes."""

    exit_code = 4

    def __init__(self, limit: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.limit = limit


class NothingToDo(GatecrewError):
    exit_code = 3


class InputError(GatecrewError):
    exit_code = 2


class SpecError(InputError):
    """Every problem of a spec or a script at once, each with its place."""

    def __init__(self, where: str, problems: Sequence[str], hint: str = "") -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"{where}: {count}\n" + "\n".join(f"  {p}" for p in problems), hint)
        self.problems = tuple(problems)
