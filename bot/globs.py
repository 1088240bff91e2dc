"""Globs as git means them: the last one that matches decides, and `!` takes out.

Globs without a slash (`tests`, `test_*.py`) are most of what we ask for, and hold for a name anywhere in
a path. They become one set and one regex, so that ten thousand paths against a hundred globs are cheap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pathspec import GitIgnoreSpec

RE_BARE = re.compile(r"[A-Za-z0-9_.-]+")
RE_NAME = re.compile(r"[A-Za-z0-9_.?*-]+")
ANY_IN_NAME = {"*": "[^/]*", "?": "[^/]"}


class Globs:
    """Compiled once. Raises ValueError for a glob that git would ignore; see `problem_of`."""

    def __init__(self, globs: Iterable[str]) -> None:
        lines = tuple(globs)
        for glob in lines:
            if problem := problem_of(glob):
                raise ValueError(f"{glob!r} {problem}")
        # Without `!` the order does not matter, and globs for names may be asked first.
        ordered = any(glob.startswith("!") for glob in lines)
        names = frozenset() if ordered else frozenset(g for g in lines if RE_NAME.fullmatch(g))
        self._bare = frozenset(name for name in names if RE_BARE.fullmatch(name))
        self._names = _one_regex(names - self._bare)
        self._spec = GitIgnoreSpec.from_lines([glob for glob in lines if glob not in names])

    def match(self, path: str) -> bool:
        return self.decide(path) or False

    def decide(self, path: str) -> bool | None:
        """True: a glob takes it in. False: a later `!glob` takes it out. None: no glob speaks of it."""
        # NB: a regex's dot stops at a line feed; in a name one would hide the file from every `**/`.
        path = path.replace("\n", "?")
        if not self._bare.isdisjoint(path.split("/")) or (self._names and self._names.search(path)):
            return True
        return self._spec.check_file(path).include


def _one_regex(globs: Iterable[str]) -> re.Pattern[str] | None:
    """Any of these globs as the name of a file, or of a folder above it."""
    each = ["".join(ANY_IN_NAME.get(char) or re.escape(char) for char in glob) for glob in sorted(globs)]
    return re.compile(f"(?:^|/)(?:{'|'.join(each)})(?:/|$)") if each else None


def problem_of(glob: str) -> str | None:
    """Why a glob can never match, in plain words; None where it can."""
    body = glob.removeprefix("!")
    reasons = (
        (glob != glob.strip(), "begins or ends with a space"),
        (body.startswith("#"), "begins with '#', which git reads as a comment"),
        (body.startswith("./"), "begins with './'; globs start at the root of the repository already"),
        (".." in body.split("/"), "leaves the repository with '..'"),
        ("//" in body, "holds an empty name between two slashes"),
        (any(ord(char) < 32 for char in body), "holds a control character"),
        (not body.strip("/"), "names nothing"),
    )
    for wrong, why in reasons:
        if wrong:
            return why
    try:
        compiled = GitIgnoreSpec.from_lines([glob]).patterns
    except ValueError:
        return "is not a glob"
    return None if compiled and compiled[0].include is not None else "is not a glob (an open '['?)"
