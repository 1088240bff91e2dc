"""Where pull requests live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.types.ids import Branch, Sha
from bot.types.stack import NewPull, Pull, RefUpdate


class Forge(Protocol):
    """Blocking calls; the callers put them into a thread. Every write is safe to repeat.

    Raises ServiceError for what the service refuses (with its own words, the likely cause and what to
    switch on), GitError for pushes that git refuses. Pacing and bounded retries are the adapter's.
    """

    @property
    def name(self) -> str: ...

    def default_branch(self) -> Branch: ...

    def pulls(self, prefix: str) -> list[Pull]:
        """All pull requests, open, closed and merged, whose branch starts with `prefix`; newest last."""

    def heads(self, prefix: str) -> dict[Branch, Sha]:
        """The tips of the branches there that start with `prefix`. Their commits are fetched too."""

    def push(self, updates: Sequence[RefUpdate]) -> None:
        """Push branches, at most 200 a push, each fast-forward from `expected` or refused as a whole."""

    def open(self, new: NewPull) -> Pull:
        """Open a pull request, or adopt the open one of this branch."""

    def edit(self, number: int, *, title: str, body: str, base_branch: Branch) -> Pull: ...

    def label(self, number: int, labels: Sequence[str]) -> None: ...

    def status(self, sha: Sha, *, context: str, green: bool, text: str) -> None:
        """A commit status; `text` is cut to what the forge allows."""

    def campaign(self, marker: str, title: str, body: str) -> int:
        """Create or rewrite the one issue whose body holds `marker`; its number."""

    def comment(self, number: int, marker: str, body: str) -> None:
        """Create or rewrite the one comment on a pull request or issue whose body holds `marker`."""
