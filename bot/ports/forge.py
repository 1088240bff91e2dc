"""Where pull requests live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.types.ids import Branch, Sha
from bot.types.stack import NewPull, Pull, RefUpdate, StatusState


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
        """Push branches, at most 200 a push, each fast-forward from `expected`. A refused push moves
        nothing. A push that took effect although its answer was lost counts as done."""

    def open(self, new: NewPull) -> Pull:
        """Open a pull request, or adopt the open one of this branch, as it is."""

    def edit(self, number: int, *, title: str, body: str, base_branch: Branch) -> Pull:
        """Set all three. The caller compares first: this always writes."""

    def draft(self, number: int) -> None:
        """Turn a pull request into a draft. Only people turn it back."""

    def label(self, number: int, labels: Sequence[str]) -> None:
        """Add labels; those that people gave stay. The caller compares first: this always writes."""

    def status(self, sha: Sha, *, context: str, state: StatusState, text: str) -> None:
        """Set a commit's status where it is not so yet; `text` is cut to what the forge allows."""

    def campaign(self, marker: str, title: str, body: str) -> int:
        """Create the one issue whose body holds `marker`, or rewrite it where it differs; its number."""

    def comment(self, number: int, marker: str, body: str) -> None:
        """Create the one comment whose body holds `marker`, or rewrite it where it differs."""
