"""What a change moves and this machine does not have: a submodule's commit, a file that git-lfs keeps."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection

from bot import lfs
from bot.git import Git
from bot.submodules import absence, submodules
from bot.types.ids import Sha


def unseen(git: Git, commit: Sha, paths: Collection[str], protected: Callable[[str], bool]) -> str | None:
    """Why the suite cannot see one of these paths, with what to type; None where it can see all."""
    own = {path for path in paths if not protected(path)}
    for submodule in submodules(git, commit):
        why = absence(submodule) if submodule.path in own else None
        if why is not None:
            return (
                f"blind: the submodule {submodule.path!r} is at {submodule.commit[:12]}, and {why}, so the "
                f"suite runs without it: git submodule update --init {shlex.quote(submodule.path)}"
            )
    files = git.files(commit)
    for path in sorted(own & files.keys()):
        wanted = lfs.pointer(git.blob(files[path].blob))
        if wanted is not None and lfs.stored(git, wanted) is None:
            return (
                f"blind: {path!r} is a git-lfs pointer, and the {wanted.size:,} bytes that it stands for are "
                "not in this repository: git lfs pull (actions/checkout: lfs: true)"
            )
    return None
