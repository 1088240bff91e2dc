"""A small pool of git worktrees, for processes that need files.

A worktree is handed out empty but for the tree that was asked for: whatever ran in it before may have
changed files, left links and read-only folders, or put a repository of its own where `.git` was. So the
folder is emptied, `.git` and the index are made anew, and git is told where its folder is. Submodules and
git-lfs files are there where this repository has their contents; else they are empty folders and pointers.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot import lfs, submodules
from bot.errors import GitError
from bot.git import Git
from bot.process.family import kill_left
from bot.scratch import wipe
from bot.types.ids import Sha, Tree

T = TypeVar("T")

# Exactly the tree, whatever the user's own checkout prefers.
EXACT = ("core.sparseCheckout=false", "core.autocrlf=false", "core.fileMode=true", "core.symlinks=true")


@dataclass(frozen=True, slots=True)
class _Place:
    path: Path
    git_dir: Path


class Workplace:
    """The pool below `folder`, for one process at a time. Bare trees become children of `base`."""

    def __init__(self, git: Git, folder: Path, base: Sha) -> None:
        self._git = git
        self._folder = folder.resolve()
        self._base = base
        self._idle: list[_Place] = []
        self._made = 0
        self._swept = False
        # `git worktree add`, `remove` and `prune` race with one another.
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def tree(self, what: Sha | Tree, *, apart: bool = False) -> AsyncIterator[Path]:
        """A worktree that holds exactly the tree of `what`, for as long as the block runs.

        With `apart` its folder is no other tree's, before or after: what is installed in place there must
        lead nowhere later, instead of to whatever tree lies there next."""
        place = await self._take(apart=apart)
        try:
            await _finished(lambda: self._fill(place, what))
        except (OSError, GitError):
            await self._drop(place)
            raise
        except BaseException:
            await self._give_back(place, apart=apart)
            raise
        try:
            yield place.path
        finally:
            await self._give_back(place, apart=apart)

    async def aclose(self) -> None:
        """Remove the worktrees."""
        async with self._lock:
            await _finished(self._sweep)
            self._idle.clear()

    async def _take(self, *, apart: bool) -> _Place:
        async with self._lock:
            if not self._swept:
                # What a killed run left behind.
                await _finished(self._sweep)
                self._swept = True
            if self._idle and not apart:
                return self._idle.pop()
            self._made += 1
            path = self._folder / f"{'apart' if apart else 'tree'}-{self._made}"
            return await _finished(lambda: self._add(path))

    async def _give_back(self, place: _Place, *, apart: bool) -> None:
        if apart:
            await self._drop(place)
        else:
            self._idle.append(place)

    async def _drop(self, place: _Place) -> None:
        async with self._lock:
            with suppress(OSError, GitError):
                await _finished(lambda: self._remove(place.path))

    def _add(self, path: Path) -> _Place:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._git.run("worktree", "add", "--quiet", "--detach", "--no-checkout", str(path), self._base)
        # git names the folder after the path, with a number where that name is taken.
        git_dir = Path((path / ".git").read_text().removeprefix("gitdir:").strip())
        return _Place(path, git_dir)

    def _fill(self, place: _Place, what: Sha | Tree) -> None:
        wipe(place.path)
        place.path.mkdir(parents=True)
        (place.path / ".git").write_text(f"gitdir: {place.git_dir}\n")
        self._renew(place)
        where = (f"--git-dir={place.git_dir}", f"--work-tree={place.path}")
        exact = [part for item in (*EXACT, *lfs.OFF) for part in ("-c", item)]
        commit = self._commit(what)
        self._git.run(*where, *exact, "checkout", "--quiet", "--force", "--detach", commit)
        submodules.fill(self._git, commit, place.path, exact)
        lfs.fill(self._git, place.path)

    def _renew(self, place: _Place) -> None:
        """git's own folder of this worktree as it was made: no index, no settings of its own."""
        own = {"commondir": "../..", "gitdir": f"{place.path}/.git", "HEAD": self._base}
        if place.git_dir.is_symlink():
            wipe(place.git_dir)
        place.git_dir.mkdir(parents=True, exist_ok=True)
        for left in place.git_dir.iterdir():
            if left.name not in own or left.is_symlink() or not left.is_file():
                wipe(left)
        for name, text in own.items():
            (place.git_dir / name).write_text(f"{text}\n")

    def _commit(self, what: Sha | Tree) -> Sha:
        if self._git.text("cat-file", "-t", what) == "commit":
            return Sha(what)
        return self._git.wrap(Tree(what), [self._base], "tree", self._base)

    def _sweep(self) -> None:
        kill_left(self._folder)
        listed = self._git.run("worktree", "list", "--porcelain", "-z").split(b"\0")
        paths = [Path(os.fsdecode(line[9:])) for line in listed if line.startswith(b"worktree ")]
        # Only ours: `git worktree prune` would also forget a user's worktree on a disk that is not mounted.
        for path in paths:
            if path.parent == self._folder:
                self._remove(path)
        if self._folder.is_dir():
            for left in self._folder.iterdir():
                wipe(left)

    def _remove(self, path: Path) -> None:
        wipe(path)
        self._git.run("worktree", "remove", "--force", "--force", str(path))


async def _finished(work: Callable[[], T]) -> T:
    """Work in a thread that is over when this returns, also when it is cancelled."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(Exception):
            await task
        raise
