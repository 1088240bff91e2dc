"""The local forge's memory: one JSON file, replaced as a whole, behind a lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bot.errors import ServiceError
from bot.types.ids import Branch, Sha
from bot.types.stack import PullState

VERSION = 1


class PullRecord(BaseModel):
    """A pull request; `head` is the tip that was seen last, kept for when the branch is gone."""

    number: int
    title: str
    body: str
    branch: Branch
    base_branch: Branch
    head: Sha
    state: str = PullState.OPEN
    draft: bool = False
    labels: list[str] = []


class IssueRecord(BaseModel):
    number: int
    marker: str
    title: str
    body: str


class StatusRecord(BaseModel):
    green: bool
    text: str


class Book(BaseModel):
    """All that the forge remembers. Pull requests and issues share their numbers, as on GitHub."""

    version: int = VERSION
    next: int = 1
    pulls: list[PullRecord] = []
    issues: list[IssueRecord] = []
    statuses: dict[str, dict[str, StatusRecord]] = {}
    comments: dict[int, dict[str, str]] = {}

    def number(self) -> int:
        taken, self.next = self.next, self.next + 1
        return taken

    def pull(self, number: int) -> PullRecord:
        for record in self.pulls:
            if record.number == number:
                return record
        raise ServiceError(
            f"the local forge has no pull request {number}",
            "See `gatecrew pulls` for what there is.",
            status=404,
        )


class Store:
    """Reads and replaces the book."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Book:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Book()
        try:
            book = Book.model_validate_json(text)
        except ValidationError as err:
            raise ServiceError(
                f"the local forge's store cannot be read: {str(self._path)!r}: {err.errors()[0]['msg']}",
                "Move its folder away; the next run makes a new one.",
            ) from err
        if book.version > VERSION:
            raise ServiceError(
                f"the local forge {str(self._path)!r} was written by a newer Gatecrew",
                "Update Gatecrew, or use another state with --out DIR.",
            )
        return book

    @contextmanager
    def change(self) -> Iterator[Book]:
        """Hold the lock, hand out the book, and write it if it was changed. On an error nothing is."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            book = self.read()
            before = book.model_dump_json()
            yield book
            if book.model_dump_json() != before:
                self._replace(book)
        finally:
            os.close(lock)

    def _replace(self, book: Book) -> None:
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with draft.open("w", encoding="utf-8") as file:
            file.write(book.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
