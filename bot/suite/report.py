"""The report file: made room for before a run, and read after it, without trusting what lies there."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bot.scratch import wipe
from bot.suite.junit import MAX_BYTES
from bot.suite.tally import UnreadableError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report will be, by its path inside a folder that the suite may write to."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        return self.folder / self.name

    def make_room(self) -> None:
        """Remove what lies there. A link, there or on the way, is removed and never followed."""
        for path in self._steps():
            if path.is_symlink() or (path != self.path and path.exists() and not path.is_dir()):
                wipe(path)
                return
        wipe(self.path)

    def read(self) -> bytes | None:
        """The report, or None where there is none. Raises UnreadableError for all but a plain file."""
        if any(path.is_symlink() for path in self._steps()):
            raise UnreadableError("a link lies in its place")
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as err:
            raise UnreadableError(f"it cannot be opened: {err}") from err
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
            os.close(handle)
            large = stat.S_ISREG(found.st_mode)
            limit = f"it is larger than {MAX_BYTES // 1024 // 1024} MiB"
            raise UnreadableError(limit if large else "no plain file lies in its place")
        with os.fdopen(handle, "rb") as file:
            return file.read(MAX_BYTES + 1)

    def _steps(self) -> list[Path]:
        """The path, part by part, below the folder."""
        parts = self.path.relative_to(self.folder).parts
        return [self.folder.joinpath(*parts[: end + 1]) for end in range(len(parts))]
