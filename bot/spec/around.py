"""What a spec is checked against, as far as it is known: the engines and the files of the base commit."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.spec.problem import Path
from bot.types.agent import Role
from bot.types.spec import EngineName

Serves = Callable[[EngineName, Role, str | None], bool]
"""Whether an engine does a role's tasks, and for a reviewer, whether it sees through a lens."""

Told = Iterator[tuple[Path, str]]
"""What a check finds: the path of the value that has to change, and why."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a spec is checked against. What is None is not known yet, and its checks are left out."""

    serves: Serves | None = None
    files: Collection[str] | None = None
    """All paths of the base commit."""
    engine: EngineName | None = None
    """The command line's engine for all roles, instead of the spec's."""


def leaves_tree(path: str) -> str | None:
    """Why a path is none inside of the repository."""
    if path.startswith(("/", "~")) or "\\" in path or re.match(r"[A-Za-z]:", path):
        return "must be a path inside the repository, with '/' between names"
    parts = PurePosixPath(path).parts
    if ".." in parts:
        return "leaves the repository with '..'"
    return "git's own folder is out of bounds" if parts[:1] == (".git",) else None
