"""The report file: made room for before a run, and read after it, without trusting what lies there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bot.scratch import wipe
from bot.suite.junit import MAX_BYTES, UnreadableError


def make_room(tree: Path, report: Path) -> None:
    """Remove what lies where a report will be written. A link is removed, never followed."""
    for path in _below(tree, report):
        if path.is_symlink() or (path != report and path.exists() and not path.is_dir()):
            wipe(path)
            return
    wipe(report)


def read(tree: Path, report: Path) -> bytes | None:
    """The report, or None where there is none. Raises UnreadableError for anything but a plain file."""
    if any(path.is_symlink() for path in _below(tree, report)):
        raise UnreadableError("a link lies in its place")
    try:
        handle = os.open(report, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as err:
        raise UnreadableError(f"it cannot be opened: {err}") from err
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableError("no plain file lies in its place")
        if found.st_size > MAX_BYTES:
            raise UnreadableError(f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
        return file.read(MAX_BYTES + 1)


def _below(tree: Path, report: Path) -> list[Path]:
    """The path of a report, part by part, below the tree."""
    parts = report.relative_to(tree).parts
    return [tree.joinpath(*parts[: end + 1]) for end in range(len(parts))]
