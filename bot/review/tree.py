"""The references lens's view of a commit, over git."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from bot.git import File, Git
from bot.review.view import Line, Reader
from bot.types.change import LINK
from bot.types.ids import Sha


class TreeView:
    """Satisfies `bot.review.view.View`. Links are left out: what they point to is there itself."""

    def __init__(self, git: Git, commit: Sha, files: Mapping[str, File]) -> None:
        self._git = git
        self._commit = commit
        self._files = {path: file for path, file in files.items() if file.mode != LINK}

    def paths(self) -> Sequence[str]:
        return sorted(self._files)

    def read(self, path: str) -> bytes:
        return self._git.blob(self._files[path].blob)

    def search(self, words: Collection[str]) -> Iterable[Line]:
        """All lines with any of the words, from one `git grep`; a file of patterns has no length limit."""
        if not words:
            return []
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="gatecrew-words-") as patterns:
            patterns.write("".join(f"{word}\n" for word in sorted(words)))
            patterns.flush()
            hits = self._git.grep(self._commit, "-w", "-F", "-f", str(Path(patterns.name)))
        return [hit for hit in hits if hit[0] in self._files]


def reader(git: Git, files: Mapping[str, File]) -> Reader:
    """Reads a commit's files; None where there is none."""

    def read(path: str) -> bytes | None:
        file = files.get(path)
        return None if file is None else git.blob(file.blob)

    return read
