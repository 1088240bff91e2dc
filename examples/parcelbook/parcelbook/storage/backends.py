"""The book as a JSON file, or in memory."""

import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from parcelbook.domain.parcel import Parcel
from parcelbook.storage.encoding import dump_parcels, load_parcels


class BrokenBook(ValueError):
    """The file is there, but it is not a book."""


class Storage(Protocol):
    def load(self) -> list[Parcel]: ...

    def save(self, parcels: list[Parcel]) -> None: ...


class MemoryStorage:
    def __init__(self, parcels: list[Parcel] | None = None) -> None:
        self._text = dump_parcels(parcels or [])

    def load(self) -> list[Parcel]:
        return load_parcels(self._text)

    def save(self, parcels: list[Parcel]) -> None:
        self._text = dump_parcels(parcels)


class JsonFileStorage:
    """One JSON file; the version before the last write stays beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backup = path.with_name(path.name + ".bak")

    def load(self) -> list[Parcel]:
        if not self.path.exists():
            return []
        try:
            return load_parcels(self.path.read_text("utf-8"))
        except (KeyError, ValueError) as error:
            raise BrokenBook(f"{self.path} is not a parcel book: {error}") from error

    def save(self, parcels: list[Parcel]) -> None:
        if self.path.exists():
            shutil.copyfile(self.path, self.backup)
        self.path.write_text(dump_parcels(parcels), "utf-8")

    def drop_backups(self) -> int:
        """Delete the old version; the answer is how many files went."""
        if not self.backup.exists():
            return 0
        self.backup.unlink()
        return 1

    def restore_backup(self) -> None:
        shutil.copyfile(self.backup, self.path)
