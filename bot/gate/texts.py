"""The text of the file that a test stands in, as far as its id tells."""

from __future__ import annotations

from collections.abc import Callable

from bot.git import Git
from bot.suite.pytest import place_of
from bot.types.gate import TestId
from bot.types.ids import Sha

MOST_FILES = 20


class TestTexts:
    """Of one commit. `tests` says which paths are tests."""

    __test__ = False

    def __init__(self, git: Git, commit: Sha, tests: Callable[[str], bool]) -> None:
        self._git = git
        self._commit = commit
        self._files = git.files(commit)
        self._tests = tests

    def of(self, test: TestId) -> str:
        """By the id where it names the file; else all test files that name the test; else nothing."""
        files = self._files
        path = place_of(test, files.keys())
        named = [path] if path else self._naming(test)
        texts = [self._git.blob(files[path].blob) for path in named if path in files]
        return b"\n".join(texts).decode("utf-8", "replace")

    def _naming(self, test: TestId) -> list[str]:
        words = test.name.partition("[")[0].rpartition("/")[2]
        if not words.strip():
            return []
        hits = self._git.grep(self._commit, "-F", "-e", words)
        return sorted({path for path, _, _ in hits if self._tests(path)})[:MOST_FILES]
