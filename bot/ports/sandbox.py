"""Where project code runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended; `exit_code` is None where it ran out of time and was killed."""

    exit_code: int | None
    seconds: float

    @property
    def timed_out(self) -> bool:
        return self.exit_code is None


class Sandbox(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def enforced(self) -> bool:
        """Whether it really keeps files, secrets and the network away from the job."""

    async def run(self, job: Job) -> Ended:
        """Run to the end or to its time limit; afterwards, and when cancelled, its process tree is gone.
        Raises SandboxError where it cannot start."""
