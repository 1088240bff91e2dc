"""Globs as git means them: the last one that matches decides, and `!` takes out.

Bare names (`tests`, `pytest.ini`) are most of what we ask for; they are looked up in a path's parts, so
that ten thousand paths against a hundred globs stay far under a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pathspec import GitIgnoreSpec

RE_BARE = re.compile(r"[A-Za-z0-9_.-]+")


class Globs:
    """Compiled once. Raises ValueError for a glob that git would ignore; see `problem_of`."""

    def __init__(self, globs: Iterable[str]) -> None:
        lines = tuple(globs)
        for glob in lines:
            if problem := problem_of(glob):
                raise ValueError(f"{glob!r}: {problem}")
        # Without `!` the order does not matter, and bare names may be asked first.
        ordered = any(glob.startswith("!") for glob in lines)
        self._bare = frozenset() if ordered else frozenset(g for g in lines if RE_BARE.fullmatch(g))
        self._spec = GitIgnoreSpec.from_lines([g for g in lines if g not in self._bare])

    def match(self, path: str) -> bool:
        return self.decide(path) or False

    def decide(self, path: str) -> bool | None:
        """True: a glob takes it in. False: a later `!glob` takes it out. None: no glob speaks of it."""
        # NB: a regex's dot stops at a line feed; in a name one would hide the file from every `**/`.
        path = path.replace("\n", "?")
        if not self._bare.isdisjoint(path.split("/")):
            return True
        return self._spec.check_file(path).include


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
