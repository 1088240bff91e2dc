"""The append-only record of a run: JSON lines, flushed before a result is used.

Every paid or visible step is a record keyed by its content. A torn last line (a killed process, a full
disk) is ignored and cut off before the next append; any other unreadable line is an error.

    {"t": "run", ...}      the header: version, run, workflow, base, spec, script
    {"t": "call", ...}     a journalled call: key, what it observed, its result, its cost
    {"t": "reserve", ...}  money and tokens set aside, synced before the request is sent
    {"t": "settle", ...}   what the request really used
    {"t": "agent", ...}    an agent started (they are counted against the limit)
    {"t": "turn", ...}     one turn of a conversation, so that a killed process goes on from there
    {"t": "attempt", ...}  a request that failed for no fault of its content
    {"t": "handed", ...}   a verb's result was given to the script: a replay gives them in the same order
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import JournalError
from bot.types.ids import Key, RunId, Sha, UnitId
from bot.types.question import Observation, Question
from bot.types.usage import Cost, Usage

VERSION = 1

Record = dict[str, Any]

# Made once: json.dumps with options makes an encoder at every call.
_PLAIN = json.JSONEncoder(separators=(",", ":")).encode
_SORTED = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Header:
    """What a journal belongs to."""

    run: RunId
    workflow: str
    base: Sha
    spec_sha: str
    script_sha: str
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Call:
    """A journalled call. `line` orders the calls of a journal; `run` tells whose it is."""

    key: Key
    verb: str
    unit: UnitId | None
    observed: tuple[Observation, ...]
    result: Any
    cost: Cost
    run: RunId
    line: int


def key_of(*parts: Any) -> Key:
    """Hash of everything that a call was asked; parts are JSON."""
    text = _SORTED(parts)
    return Key(hashlib.sha256(text.encode()).hexdigest()[:40])


class Journal:
    """Appends records to one run's file."""

    def __init__(self, path: Path, header: Header) -> None:
        """Start a journal, or go on with the one that is there. Raises JournalError if it is another's."""
        self.path = path
        self.header = header
        self.records: list[Record] = []
        if path.exists() and path.stat().st_size:
            self.records = read(path)
            _ensure_same(path, self.records, header)
        self._synced = 0
        self._syncing: asyncio.Task[None] | None = None
        self._file = _open(path)
        self._good = _cut_torn(self._file, path)
        if not self.records:
            self.append({"t": "run", **_header_record(header)}, sync=True)

    @property
    def lines(self) -> int:
        return len(self.records)

    def append(self, record: Record, *, sync: bool = False) -> int:
        """Write one record; its line number. Raises JournalError, with the file as it was before."""
        data = _PLAIN(record).encode() + b"\n"
        try:
            _write_all(self._file, data)
            if sync:
                os.fsync(self._file)
        except OSError as err:
            self._restore()
            raise self._unwritable(err) from err
        self._good += len(data)
        self.records.append(record)
        return len(self.records)

    def _unwritable(self, err: OSError) -> JournalError:
        return JournalError(
            f"the journal {str(self.path)!r} cannot be written: {err.strerror}",
            f"Make room, then: gatecrew run {self.header.workflow} --resume {self.header.run}",
        )

    async def synced(self) -> None:
        """Return once all that was appended so far is on disk. Who waits at one time shares one sync."""
        wanted = self.lines
        while self._synced < wanted:
            if self._syncing is None:
                self._syncing = asyncio.ensure_future(self._sync())
            await asyncio.shield(self._syncing)

    async def _sync(self) -> None:
        upto = self.lines
        try:
            await asyncio.to_thread(os.fsync, self._file)
            self._synced = upto
        except OSError as err:
            raise self._unwritable(err) from err
        finally:
            self._syncing = None

    def _restore(self) -> None:
        try:
            os.ftruncate(self._file, self._good)
        except OSError:
            return  # the reader ignores a torn last line

    def call(
        self,
        key: Key,
        verb: str,
        unit: UnitId | None,
        observed: Iterable[Observation],
        result: Any,
        cost: Cost,
        reused: RunId | None = None,
    ) -> Call:
        """Record a call's result."""
        seen = tuple(observed)
        record: Record = {
            "t": "call",
            "key": key,
            "verb": verb,
            "unit": unit,
            "seen": [[o.question.kind, o.question.query, o.digest] for o in seen],
            "result": result,
            "cost": cost_record(cost),
        }
        if reused:
            record["reused"] = reused
        line = self.append(record)
        return Call(key, verb, unit, seen, result, cost, self.header.run, line)

    def close(self) -> None:
        os.close(self._file)


def read(path: Path) -> list[Record]:
    """All records of a journal; a torn last line is left out. Raises JournalError."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as err:
        raise JournalError(f"the journal {str(path)!r} cannot be read: {err.strerror}") from err
    records = []
    for number, line in enumerate(lines[:-1], 1):
        records.append(_record(path, number, line))
    return records


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("t"), str):
        raise JournalError(
            f"{str(path)!r} line {number} is no journal record: {line[:80]!r}",
            "Move the file away to start afresh; what it paid for will be paid again.",
        )
    return record


def calls_of(records: Iterable[Record]) -> Iterator[Call]:
    """The calls of a journal, in its order. Raises JournalError for a record that lacks something."""
    run = RunId("")
    for line, record in enumerate(records, 1):
        try:
            if record["t"] == "run":
                run = RunId(record["run"])
            elif record["t"] == "call":
                yield _call(record, run, line)
        except (KeyError, TypeError, ValueError) as err:
            raise JournalError(f"journal of run {run!r}, line {line}: the record lacks {err}") from err


def _call(record: Record, run: RunId, line: int) -> Call:
    seen = tuple(Observation(Question(kind, query), digest) for kind, query, digest in record["seen"])
    unit = None if record["unit"] is None else UnitId(record["unit"])
    cost = cost_of(record["cost"])
    return Call(Key(record["key"]), record["verb"], unit, seen, record["result"], cost, run, line)


def header_of(path: Path, records: list[Record]) -> Header:
    """Raises JournalError for a file without header or from a newer version."""
    first: Mapping[str, Any] = records[0] if records else {}
    version = first.get("version")
    if first.get("t") != "run" or not isinstance(version, int):
        raise JournalError(f"{str(path)!r} does not start like a journal", "Move the file away.")
    if version > VERSION:
        raise JournalError(
            f"{str(path)!r} was written by a newer gatecrew (journal version {version}, known {VERSION})",
            "Update gatecrew, or start a new run without --resume.",
        )
    said = {name: str(first.get(name, "")) for name in ("run", "workflow", "base", "spec_sha", "script_sha")}
    return Header(
        RunId(said["run"]), said["workflow"], Sha(said["base"]), said["spec_sha"], said["script_sha"], version
    )


def cost_record(cost: Cost) -> list[Any]:
    u = cost.usage
    return [u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, cost.usd]


def cost_of(record: list[Any]) -> Cost:
    *tokens, usd = record
    return Cost(Usage(*tokens), usd)


def _header_record(header: Header) -> Record:
    return {
        "version": header.version,
        "run": header.run,
        "workflow": header.workflow,
        "base": header.base,
        "spec_sha": header.spec_sha,
        "script_sha": header.script_sha,
    }


def _ensure_same(path: Path, records: list[Record], header: Header) -> None:
    found = header_of(path, records)
    if (found.run, found.workflow, found.base) != (header.run, header.workflow, header.base):
        raise JournalError(
            f"{str(path)!r} belongs to run {found.run!r} of {found.workflow!r} at {found.base[:12]},"
            f" not to {header.run!r} of {header.workflow!r} at {header.base[:12]}",
            "See `gatecrew runs` for the runs in this state.",
        )


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as err:
        raise JournalError(f"the journal {str(path)!r} cannot be opened: {err.strerror}") from err


def _cut_torn(file: int, path: Path) -> int:
    """Cut a torn last line off, so that the next record starts on a line of its own; the good size."""
    data = path.read_bytes()
    good = data.rfind(b"\n") + 1
    if good != len(data):
        os.ftruncate(file, good)
    return good


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
