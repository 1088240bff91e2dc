"""A bench and a meter in memory: they keep every look, every write and every step for the test to compare."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.errors import LimitReached
from bot.ports.engine import Refused
from bot.types.ids import Sha
from bot.types.question import Question
from bot.types.usage import Cost, Usage

COMMIT = Sha("c" * 40)


class FakeBench:
    """Files in a dictionary; `writes` is what the agent made of them."""

    def __init__(self, files: Mapping[str, str | bytes], writable: Iterable[str] = ()) -> None:
        self.base = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self.writable = tuple(writable)
        self.commit = COMMIT
        self.writes: dict[str, bytes | None] = {}
        self.looks: list[Question] = []
        self.observed: dict[Question, str] = {}

    @property
    def present(self) -> dict[str, bytes]:
        laid_over = {**self.base, **self.writes}
        return {path: data for path, data in sorted(laid_over.items()) if data is not None}

    @property
    def texts(self) -> dict[str, str | None]:
        return {path: None if data is None else data.decode() for path, data in self.writes.items()}

    def files(self, glob: str = "**") -> list[str]:
        self.looks.append(Question("list", glob))
        return [path for path in self.present if glob == "**" or fnmatch.fnmatch(path, glob)]

    def read(self, path: str) -> bytes:
        self.looks.append(Question("blob", path))
        if path not in self.present:
            raise Refused(f"{path!r} does not exist at this commit")
        return self.present[path]

    def search(self, pattern: str, glob: str = "**") -> list[tuple[str, int, str]]:
        self.looks.append(Question("grep", f"{glob}\n{pattern}"))
        return [
            (path, number, line)
            for path in self.files(glob)
            for number, line in enumerate(self.present[path].decode("utf-8", "replace").splitlines(), 1)
            if re.search(pattern, line)
        ]

    def write(self, path: str, data: bytes) -> None:
        self._ensure_writable(path)
        self.writes[path] = data

    def remove(self, path: str) -> None:
        self._ensure_writable(path)
        self.writes[path] = None

    def reset(self) -> None:
        self.writes.clear()

    def observe(self, question: Question, digest: str) -> None:
        self.observed[question] = digest

    def _ensure_writable(self, path: str) -> None:
        if path not in self.writable:
            raise Refused(f"{path!r} is outside your shard; you may write: {', '.join(self.writable)}")


class FakeMeter:
    """Keeps the steps in order, as a journal would. `most` is how many tokens may be reserved or spent."""

    def __init__(self, turns: Iterable[Any] = (), most: int | None = None) -> None:
        self.turns = tuple(turns)
        self.most = most
        self.steps: list[tuple[str, Any]] = []
        self.worst: dict[int, Usage] = {}
        self.settled: dict[int, Usage] = {}
        self.recorded: list[Any] = []

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.steps]

    @property
    def open(self) -> set[int]:
        """Reservations that count as spent."""
        return set(self.worst) - set(self.settled)

    @property
    def spent(self) -> Cost:
        return Cost(sum(self.settled.values(), sum((self.worst[number] for number in self.open), Usage())))

    async def reserve(self, model: str, worst: Usage) -> int:
        if self.most is not None and (self.spent.usage + worst).tokens > self.most:
            raise LimitReached("tokens", f"the limit of {self.most} tokens is reached")
        number = len(self.worst) + 1
        self.worst[number] = worst
        self.steps.append(("reserve", number))
        return number

    def settle(self, reservation: int, model: str, usage: Usage) -> None:
        assert reservation in self.open, "settled twice, or never reserved"
        self.settled[reservation] = usage
        self.steps.append(("settle", usage))

    def turn(self, record: Any) -> None:
        self.recorded.append(record)
        self.steps.append(("turn", record))

    def attempt(self, cause: str) -> None:
        self.steps.append(("attempt", cause))

    def pressure(self, *, overloaded: bool) -> None:
        self.steps.append(("pressure", overloaded))
