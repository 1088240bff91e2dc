"""Where project code runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.types.spec import GateLimits

USUAL = GateLimits()


@dataclass(frozen=True, slots=True)
class Job:
    """One shell command of the project. `env` is all that it sees besides the sandbox's own few names."""

    command: str
    cwd: Path
    tree: Path
    """The only folder, besides `writable`, that it may write to."""
    env: Mapping[str, str]
    timeout_s: float
    output: Path
    """Where its standard output and error go: a file, because a daemon that holds a pipe would hang us."""
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    network: bool = False
    limits: GateLimits = USUAL


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended; `exit_code` is None where it was killed: out of time, or over a limit."""

    exit_code: int | None
    seconds: float
    limit: str | None = None
    """The limit that it was over, in words: `more than 8192 MiB of memory`."""

    @property
    def timed_out(self) -> bool:
        return self.exit_code is None and self.limit is None


class Sandbox(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def enforced(self) -> bool:
        """Whether it really keeps files, secrets and the network away from the job."""

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What it does not keep away from the job, in words that complete "it does not keep away"."""

    async def run(self, job: Job) -> Ended:
        """Run to the end or to its time limit; afterwards, and when cancelled, its process tree is gone.
        Raises SandboxError where it cannot start."""


def described(sandbox: Sandbox, limits: GateLimits) -> str:
    """The sandbox as a report shows it: what it keeps away, what each run may use, what it lets through."""
    held = [f"{limits.memory} MiB of memory"] if limits.memory else []
    held += [f"{limits.processes} processes"] if limits.processes else []
    held += [f"{limits.disk} MiB of disk"] if limits.disk else []
    kept = ["no network", "no home", *held] if sandbox.enforced else held
    weak = f"; does not keep away {', '.join(sandbox.weaknesses)}" if sandbox.weaknesses else ""
    return f"{sandbox.name} ({', '.join(kept) or 'no limits'}{weak})"
