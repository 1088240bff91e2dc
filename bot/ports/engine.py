"""What carries out an agent's task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from bot.types.agent import Reply, Role, Task
from bot.types.ids import Sha
from bot.types.question import Observation, Question
from bot.types.usage import Cost, Usage


class Bench(Protocol):
    """The files as one agent sees them: a commit, and for a worker its own writes over it.

    Every look is recorded as an observation. What is not allowed raises `Refused` with a sentence that
    the agent can act on. Results are bounded and ordered, the same on every machine.
    """

    @property
    def commit(self) -> Sha:
        """The commit below the writes."""

    @property
    def writable(self) -> tuple[str, ...]:
        """The shard: the only files that may be written (empty for reviewers)."""

    def files(self, glob: str = "**") -> list[str]: ...
    def read(self, path: str) -> bytes: ...
    def search(self, pattern: str, glob: str = "**") -> list[tuple[str, int, str]]:
        """(path, line, text) of what a POSIX extended regular expression matches."""

    def write(self, path: str, data: bytes) -> None: ...
    def remove(self, path: str) -> None: ...
    def reset(self) -> None:
        """Drop all writes: a revision that starts over from the commit."""

    def observe(self, question: Question, digest: str) -> None:
        """Record that an analysis was asked, with the digest of its answer."""


class Refused(Exception):
    """The bench does not allow it; the text tells the agent why and what it may do instead."""


class Meter(Protocol):
    """One agent's way to the budget and to the journal.

    Before every request: `reserve` its worst case (this is synced to disk before it returns); after it:
    `settle`. A reservation that is never settled counts as spent.
    """

    @property
    def turns(self) -> Sequence[Any]:
        """What earlier attempts at this very task recorded with `turn`, in order: go on from there."""

    async def reserve(self, model: str, worst: Usage) -> int:
        """Raises LimitReached, with the limit's name, where the budget does not allow it."""

    def settle(self, reservation: int, model: str, usage: Usage) -> None: ...

    def turn(self, record: Any) -> None:
        """Journal a turn (JSON), so that a killed process loses only what was in flight."""

    def attempt(self, cause: str) -> None:
        """Record a request that failed for no fault of the content: an overload, a dropped line."""

    def pressure(self, *, overloaded: bool) -> None:
        """Tell how the service answered: concurrency falls on overload and rises again."""

    @property
    def spent(self) -> Cost: ...


class Engine(Protocol):
    """Carries out tasks. One conformance suite (tests/conformance) runs against every adapter."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Enters the key of every call: raise it when the same task could be answered differently."""

    @property
    def paid(self) -> bool:
        """Whether requests cost money: then limits and prices are checked before the run."""

    def serves(self, role: Role, lens: str | None = None) -> bool: ...

    async def perform(self, task: Task, bench: Bench, meter: Meter) -> Reply:
        """Do the task. Content-caused outcomes are replies (submitted, unchanged, vote, refused,
        invalid after repair). Raises ServiceError, LimitReached: these are not journalled as results."""

    def answer(self, question: Question, commit: Sha) -> str:
        """The digest of an analysis of this engine (`<name>.<analysis>`) at a commit."""

    async def aclose(self) -> None: ...


Observations = tuple[Observation, ...]
