"""Folders that project code wrote to: made short, and removed whatever was left in them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def wipe(path: Path) -> None:
    """Remove what is there: a file, a link (never what it points to), or a tree with read-only folders.

    Raises OSError where something cannot be removed.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        _unlock(path)
        shutil.rmtree(path)


def _unlock(path: Path) -> None:
    path.chmod(0o700)
    for folder, names, _ in os.walk(path):
        for name in names:
            child = Path(folder, name)
            if not child.is_symlink():
                child.chmod(0o700)


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder with a short path: unix sockets below it must stay under 108 characters."""
    path = Path(tempfile.mkdtemp(prefix="gc-")).resolve()
    try:
        yield path
    finally:
        wipe(path)
