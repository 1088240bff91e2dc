"""What the lens may ask of a tree. The adapter over git lives with whoever composes the run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

Line = tuple[str, int, str]
"""A path, a line number from 1, and that line's text."""

Reader = Callable[[str], bytes | None]
"""A file's bytes, or None where there is no such file."""


class View(Protocol):
    """One tree, read only: the candidate, or a later base that is asked the same question."""

    def paths(self) -> Sequence[str]:
        """Every path, in a stable order."""

    def read(self, path: str) -> bytes: ...

    def search(self, words: Collection[str]) -> Iterable[Line]:
        """The lines that hold any of the words whole (as `git grep -w -F`): asked once a change, with all."""
