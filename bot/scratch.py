"""Folders that project code wrote to: made short, removed whatever was left in them, and sealed."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path


def wipe(path: Path) -> None:
    """Remove what is there: a file, a link (never what it points to), or a tree with read-only folders.

    Raises OSError where something cannot be removed.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    with suppress(RecursionError):
        shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        _flatten(path)


def _flatten(path: Path) -> None:
    """Removes folder by folder, each lifted to the top first: neither depth nor modes are in the way."""
    _open(path)
    top = path.with_name(f"{path.name}.gone-{uuid.uuid4().hex}")
    path.rename(top)
    waiting, names = [top], count()
    while waiting:
        folder = waiting.pop()
        _open(folder)
        for child in list(folder.iterdir()):
            if child.is_symlink() or not child.is_dir():
                child.unlink()
                continue
            _open(child)
            lifted = top.with_name(f"{top.name}-{next(names)}")
            child.rename(lifted)
            waiting.append(lifted)
        folder.rmdir()


def _open(folder: Path) -> None:
    folder.chmod(0o700)


def seal(*places: Path) -> str:
    """Changes whenever somebody writes below one of them: the time of a change cannot be set back."""
    found = hashlib.sha256()
    waiting = [os.fspath(place) for place in places]
    while waiting:
        path = waiting.pop()
        try:
            entry = os.lstat(path)
        except FileNotFoundError:
            found.update(f"{path!r} is not there\n".encode())
            continue
        facts = (entry.st_mode, entry.st_ino, entry.st_size, entry.st_ctime_ns, entry.st_uid)
        found.update(f"{path!r} {facts}\n".encode())
        if stat.S_ISDIR(entry.st_mode):
            with os.scandir(path) as entries:
                waiting += sorted(entry.path for entry in entries)
    return found.hexdigest()


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder with a short path: unix sockets below it must stay under 108 characters."""
    path = Path(tempfile.mkdtemp(prefix="gc-")).resolve()
    try:
        yield path
    finally:
        wipe(path)
