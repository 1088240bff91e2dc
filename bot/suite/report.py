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
    """Where a report will be, by its path inside a folder that the suite may write to: a name, or a glob."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        return self.folder / self.name

    @property
    def many(self) -> bool:
        """Whether the name is a glob: some runners write a file for each class."""
        return any(sign in self.name for sign in "*?[")

    def places(self) -> list[Place]:
        """Where there is a report now, one by one."""
        if not self.many:
            return [self]
        found = sorted(self.folder.glob(self.name))
        return [Place(self.folder, str(path.relative_to(self.folder))) for path in found]

    def make_room(self) -> None:
        """Remove what lies there. A link, there or on the way, is removed and never followed."""
        if self.many:
            for place in self.places():
                place._remove()
        else:
            self._remove()

    def _remove(self) -> None:
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

    def read_all(self) -> list[bytes]:
        """The reports; none where there is none. Raises UnreadableError for all but plain files."""
        found: list[bytes] = []
        for place in self.places():
            data = place.read()
            found += [] if data is None else [data]
            if sum(map(len, found)) > MAX_BYTES:
                raise UnreadableError(f"all of it is larger than {MAX_BYTES // 1024 // 1024} MiB")
        return found

    def _steps(self) -> list[Path]:
        """The path, part by part, below the folder."""
        parts = self.path.relative_to(self.folder).parts
        return [self.folder.joinpath(*parts[: end + 1]) for end in range(len(parts))]
