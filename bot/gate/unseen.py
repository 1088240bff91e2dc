"""What a change moves and this machine does not have: a submodule's commit, a file that git-lfs keeps."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Sequence

from bot import lfs, submodules
from bot.git import Git
from bot.types.ids import Sha

MOST_NAMED = 3


def unseen(git: Git, commit: Sha, paths: Collection[str], protected: Callable[[str], bool]) -> str | None:
    """Why the suite cannot see one of these paths, with what to type; None where it can see all."""
    own = {path for path in paths if not protected(path)}
    for submodule in submodules.submodules(git, commit):
        why = submodules.absence(submodule) if submodule.path in own else None
        if why is not None:
            return (
                f"blind: the submodule {submodule.path!r} is at {submodule.commit[:12]}, and {why}, so the "
                f"suite runs without it: git submodule update --init {shlex.quote(submodule.path)}"
            )
    files = git.files(commit)
    for path in sorted(own & files.keys()):
        wanted = lfs.pointer(git.blob(files[path].blob))
        if wanted is not None and lfs.stored(git, wanted) is None and lfs.is_used(git, commit):
            return (
                f"blind: {path!r} is a git-lfs pointer, and the {wanted.size:,} bytes that it stands for are "
                "not in this repository: git lfs pull (actions/checkout: lfs: true)"
            )
    return None


def lacks(git: Git, commit: Sha) -> list[str]:
    """What no run on this commit has, whatever changes: told before, and nobody's fault."""
    told = []
    if empty := submodules.absent(git, commit):
        told.append(f"without {_listed(empty)} in every run (not fetched): git submodule update --init")
    if pointers := lfs.absent(git, commit):
        told.append(f"without the contents of {_listed(pointers)} in every run: git lfs pull")
    return told


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:MOST_NAMED])
    return shown if len(paths) <= MOST_NAMED else f"{shown} and {len(paths) - MOST_NAMED} more"
