"""git-lfs pointers, filled from what lies in this repository, whether or not git-lfs is set up here."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.git import Git
from bot.types.ids import Sha

START = b"version https://git-lfs.github.com/spec/v1\n"
MOST_BYTES = 1024
RE_POINTER = re.compile(rb"(?m)^oid sha256:([0-9a-f]{64})\nsize (\d{1,18})$")
# The same files with git-lfs and without, and nothing fetched behind our back.
OFF = ("filter.lfs.smudge=", "filter.lfs.process=", "filter.lfs.required=false")


@dataclass(frozen=True, slots=True)
class Pointer:
    """What stands in git for a file that is kept elsewhere."""

    oid: str
    size: int


def pointer(data: bytes) -> Pointer | None:
    """What these contents point to, where they are a pointer."""
    if len(data) > MOST_BYTES or not data.startswith(START):
        return None
    found = RE_POINTER.search(data)
    return Pointer(found[1].decode(), int(found[2])) if found else None


def stored(git: Git, wanted: Pointer) -> Path | None:
    """The file that a pointer stands for, where it is here and whole."""
    storage = git.text("config", "--get", "lfs.storage", ok=(0, 1)) or "lfs"
    path = git.common_dir / storage / "objects" / wanted.oid[:2] / wanted.oid[2:4] / wanted.oid
    if path.is_symlink() or not path.is_file() or path.stat().st_size != wanted.size:
        return None
    with path.open("rb") as file:
        return path if hashlib.file_digest(file, "sha256").hexdigest() == wanted.oid else None


def is_used(git: Git, commit: Sha) -> bool:
    """Whether some `.gitattributes` of a commit gives files to git-lfs; else a pointer is a text like any."""
    return bool(git.grep(commit, "-F", "-e", "filter=lfs", "--", ":(glob)**/.gitattributes"))


def absent(git: Git, commit: Sha) -> list[str]:
    """The files of a commit that are pointers in every run, because their contents are not here."""
    if not is_used(git, commit):
        return []
    files = git.files(commit)
    found = {path for path, _, _ in git.grep(commit, "-e", "^oid sha256:[0-9a-f]*$")}
    wanted = {path: pointer(git.blob(files[path].blob)) for path in sorted(found)}
    return [path for path, points in wanted.items() if points and stored(git, points) is None]


def fill(git: Git, folder: Path) -> None:
    """Put files in place of their pointers in a fresh worktree."""
    if not any(b"lfs" in (folder / path).read_bytes() for path in _listed(git, folder, "*.gitattributes")):
        return
    filled = []
    for path in _listed(git, folder, ":(attr:filter=lfs)"):
        wanted = _pointer_in(folder / path)
        source = stored(git, wanted) if wanted else None
        if source is not None:
            # The file's mode stays, and the store is never linked to: the suite may write.
            shutil.copyfile(source, folder / path)
            filled.append(path)
    # Without git-lfs, git would call them modified.
    names = b"".join(os.fsencode(path) + b"\0" for path in filled)
    git.run("-C", str(folder), "update-index", "--assume-unchanged", "-z", "--stdin", stdin=names)


def _listed(git: Git, folder: Path, pattern: str) -> list[str]:
    """Regular files that git has checked out."""
    out = git.run("-C", str(folder), "ls-files", "--stage", "-z", "--", pattern)
    records = [record.partition(b"\t") for record in out.split(b"\0")[:-1]]
    return [os.fsdecode(path) for meta, _, path in records if meta.startswith(b"100")]


def _pointer_in(path: Path) -> Pointer | None:
    return pointer(path.read_bytes()) if path.stat().st_size <= MOST_BYTES else None
