"""Submodules of a tree, from what lies in this repository: no network, no hooks, none of their settings.

Names and paths of `.gitmodules` are a stranger's. A name only chooses among the object folders that git has
made here, and a tree's gitlink says which commit it is, so neither can bring in anything else.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.errors import GitError
from bot.git import Git, NewCommit
from bot.types.change import Entry
from bot.types.ids import Sha, Tree

GITLINK = "160000"
"""The mode of a path that names a commit of another repository."""
MOST_DEEP = 8
RE_NAME = re.compile(r"[^\x00-\x1f\x7f\\]+")
# A repository without settings of its own: all of its objects are somebody else's.
BARE = {
    "HEAD": "ref: refs/heads/none\n",
    "config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
}


@dataclass(frozen=True, slots=True)
class Submodule:
    """A gitlink. `objects` are the folders here that may hold its commit."""

    path: str
    commit: Sha
    objects: tuple[Path, ...] = ()

    @property
    def roots(self) -> tuple[Path, ...]:
        """The git folders that may hold the objects of its own submodules."""
        return tuple(folder.parent for folder in self.objects)


def submodules(git: Git, commit: Sha | Tree, roots: Sequence[Path] = ()) -> list[Submodule]:
    """All gitlinks of a tree, those without an entry in `.gitmodules` too. `roots` are the git folders that
    may hold their objects (default: this repository's)."""
    found = []
    names: dict[str, list[Path]] | None = None
    for record in git.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
        meta, _, path = record.partition(b"\t")
        mode, _, sha = meta.decode().split()
        if mode == GITLINK:
            names = _objects(git, commit, roots or _roots(git)) if names is None else names
            name = os.fsdecode(path)
            found.append(Submodule(name, Sha(sha), tuple(names.get(name, ()))))
    return found


def fill(
    git: Git,
    commit: Sha,
    folder: Path,
    settings: Sequence[str],
    roots: Sequence[Path] = (),
    deep: int = 1,
) -> None:
    """Fill the empty folders of a worktree at `commit`, and those in them; what is not here stays empty."""
    if deep > MOST_DEEP or not git.run("ls-tree", "-z", commit, ".gitmodules"):
        return
    for submodule in submodules(git, commit, roots):
        inside = folder / submodule.path
        # git has made it. A link on the way would lead out of the tree.
        if inside.is_dir() and inside.resolve() == inside:
            with opened(submodule) as there:
                if there is not None and _check_out(there, submodule, inside, settings):
                    fill(there, submodule.commit, inside, settings, submodule.roots, deep + 1)


def absent(git: Git, commit: Sha | Tree) -> list[str]:
    """The paths of a tree whose commits are not here: empty folders in every run."""
    paths = []
    for submodule in submodules(git, commit):
        with opened(submodule) as there:
            paths += [] if there is not None else [submodule.path]
    return paths


def absence(submodule: Submodule, settings: Sequence[str] = (), deep: int = 1) -> str | None:
    """Why a submodule, or one in it, cannot be filled here; None where it can."""
    with opened(submodule) as there, tempfile.TemporaryDirectory(prefix="gatecrew-") as folder:
        if there is None:
            return "its commit is not in this repository"
        if not _check_out(there, submodule, Path(folder), settings):
            return "its files cannot be checked out"
        for inner in submodules(there, submodule.commit, submodule.roots) if deep < MOST_DEEP else ():
            if absence(inner, settings, deep + 1) is not None:
                return f"the commit {inner.commit[:12]} of its own submodule {inner.path!r} is not here"
    return None


def unfolded(git: Git, commit: Sha, paths: Collection[str]) -> tuple[Sha, list[str]]:
    """The commit with the submodules at these paths as plain files, and which files these are."""
    entries: list[Entry] = []
    data: dict[str, bytes] = {}
    for submodule in submodules(git, commit) if paths else ():
        with opened(submodule) as there:
            if there is None or submodule.path not in paths:
                continue
            entries.append(Entry(submodule.path, GITLINK, None))
            for file in there.files(submodule.commit).values():
                inside = f"{submodule.path}/{file.path}"
                entries.append(Entry(inside, file.mode, file.blob))
                data[inside] = there.blob(file.blob)
    if not entries:
        return commit, []
    return git.make([NewCommit(commit, tuple(entries), "Unfolded", (commit,), data)])[0], sorted(data)


@contextmanager
def opened(submodule: Submodule) -> Iterator[Git | None]:
    """A repository that holds the submodule's commit; None where no folder here does."""
    with tempfile.TemporaryDirectory(prefix="gatecrew-") as folder:
        for number, objects in enumerate(submodule.objects):
            there = _borrowing(Path(folder, str(number)), objects)
            try:
                if there.has(submodule.commit):
                    yield there
                    return
            finally:
                there.close()
        yield None


def _check_out(there: Git, submodule: Submodule, folder: Path, settings: Sequence[str]) -> bool:
    where = (f"--git-dir={there.common_dir}", f"--work-tree={folder}")
    try:
        there.run(*where, *settings, "checkout", "--quiet", "--force", "--detach", submodule.commit)
    except GitError:
        # A tree that git refuses, or objects that are missing: nothing is better than a half.
        shutil.rmtree(folder)
        folder.mkdir()
        return False
    return True


def _roots(git: Git) -> list[Path]:
    """git keeps the submodules of a worktree that a user has added apart from those of the first one."""
    own = Path(git.text("rev-parse", "--absolute-git-dir")).resolve()
    return list(dict.fromkeys((git.common_dir, own)))


def _objects(git: Git, commit: Sha | Tree, roots: Sequence[Path]) -> dict[str, list[Path]]:
    """By path, the object folders of the names that `.gitmodules` gives it."""
    query = (
        "--no-includes",
        "--blob",
        f"{commit}:.gitmodules",
        "-z",
        "--get-regexp",
        r"^submodule\..*\.path$",
    )
    found: dict[str, list[Path]] = {}
    # Where it is missing, or no settings at all, git ends with 1 or 128.
    for item in git.run("config", *query, ok=(0, 1, 128)).split(b"\0")[:-1]:
        key, _, path = item.partition(b"\n")
        name = os.fsdecode(key)[len("submodule.") : -len(".path")]
        found.setdefault(os.fsdecode(path).rstrip("/"), []).extend(_folders(roots, name))
    return found


def _folders(roots: Iterable[Path], name: str) -> Iterator[Path]:
    if not RE_NAME.fullmatch(name) or name.startswith("/") or ".." in PurePosixPath(name).parts:
        return
    for root in roots:
        objects = root / "modules" / name / "objects"
        if objects.is_dir() and objects.resolve() == objects:
            yield objects


def _borrowing(folder: Path, objects: Path) -> Git:
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
    for name, text in BARE.items():
        (folder / name).write_text(text)
    return Git(folder)
