"""Runs the spec's codemod command over one shard, in a worktree of its commit, inside the sandbox."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bot.git import File, Git
from bot.ports.sandbox import Job, Sandbox
from bot.scratch import scratch
from bot.suite.command import environment, filled_files
from bot.types.change import LINK
from bot.types.ids import Sha
from bot.types.spec import Gate
from bot.types.unit import Shard
from bot.work.attempt import Unfinished
from bot.workplace import Workplace

Codemod = Callable[[Sha, Shard], Awaitable[Mapping[str, bytes | None]]]


def codemod_in(
    git: Git,
    workplace: Workplace,
    sandbox: Sandbox,
    command: str,
    gate: Gate,
    machine: Mapping[str, str],
) -> Codemod:
    """A runner of this command. It gives back the tracked files that changed, and new ones beside them."""

    async def run(commit: Sha, shard: Shard) -> Mapping[str, bytes | None]:
        async with workplace.tree(commit) as tree:
            with scratch() as aside:
                for name in ("home", "tmp"):
                    (aside / name).mkdir()
                job = Job(
                    command=filled_files(command, shard.files),
                    cwd=tree,
                    tree=tree,
                    env=environment(machine, aside / "home", aside / "tmp"),
                    timeout_s=gate.timeout,
                    output=aside / "output",
                    writable=(aside / "home", aside / "tmp"),
                    limits=gate.limits,
                )
                ended = await sandbox.run(job)
                if ended.exit_code != 0:
                    tail = job.output.read_bytes()[-2000:].decode("utf-8", "replace").strip()
                    how = "ran out of time" if ended.timed_out else f"failed with exit {ended.exit_code}"
                    how = how if ended.limit is None else f"was killed: it used {ended.limit}"
                    raise Unfinished(f"the codemod {how}: {tail}")
            return _edits(git, commit, tree)

    return run


def _edits(git: Git, commit: Sha, tree: Path) -> dict[str, bytes | None]:
    """What the command left different from the commit. Ignored files are nobody's change.

    Raises Unfinished for links and folders in the place of files: nothing is read through them."""
    edits: dict[str, bytes | None] = {}
    for path, file in git.files(commit).items():
        data = _contents(tree, path, file)
        if data != git.blob(file.blob):
            edits[path] = data
    for path in Git(tree).untracked():
        edits[path] = _regular(tree, path)
    return edits


def _contents(tree: Path, path: str, file: File) -> bytes | None:
    place = tree / path
    if file.mode == LINK and place.is_symlink() and _is_inside(tree, path):
        return os.fsencode(place.readlink())
    return _regular(tree, path) if os.path.lexists(place) else None


def _regular(tree: Path, path: str) -> bytes:
    place = tree / path
    if not _is_inside(tree, path) or place.is_symlink() or not place.is_file():
        raise Unfinished(f"the codemod put something that is no plain file at {path!r}")
    return place.read_bytes()


def _is_inside(tree: Path, path: str) -> bool:
    """Whether no folder on the way is a link."""
    return (tree / path).parent.resolve() == (tree / path).parent
