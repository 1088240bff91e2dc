"""One unit's story, put together from the journal and the result of the newest run that knows it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from bot.errors import InputError, JournalError
from bot.git import Git
from bot.journal import Call, Header, Record, calls_of, header_of, read
from bot.report.store import load_result
from bot.state import State
from bot.types.change import Entry
from bot.types.ids import Blob, RunId, Sha, UnitId
from bot.types.result import Result, UnitRow
from bot.types.review import Vote

WORK = ("work", "revise")
VOTE: TypeAdapter[Vote] = TypeAdapter(Vote)
Entries = list[tuple[str, str, str | None]]
ENTRIES: TypeAdapter[Entries] = TypeAdapter(Entries)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a worker answered: `kind` is submitted, unchanged, refused or invalid."""

    verb: str
    kind: str
    text: str
    entries: tuple[Entry, ...]
    call: Call
    reused: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What one lens said of the attempt before it."""

    vote: Vote
    call: Call
    reused: bool


Step = Attempt | Judged


@dataclass(frozen=True, slots=True)
class Story:
    """`row` is None where the run has not come to its end."""

    unit: UnitId
    header: Header
    steps: tuple[Step, ...]
    result: Result | None
    row: UnitRow | None
    troubles: tuple[str, ...] = ()
    """Requests that failed for no fault of their content."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The newest attempt's."""
        attempts = [step for step in self.steps if isinstance(step, Attempt)]
        return attempts[-1].entries if attempts else ()


def story_of(state: State, name: str) -> Story:
    """By a unit's id or a beginning of it. Raises InputError with the ids that come close."""
    known: dict[UnitId, None] = {}
    for run in reversed(state.runs):
        path = state.journal(run)
        records = read(path)
        result = load_result(state, run)
        units = _units(records, result)
        known |= dict.fromkeys(units)
        if (unit := _pick(name, units)) is not None:
            return _story(unit, header_of(path, records), records, result)
    raise _unknown(name, list(known), state)


def _units(records: Iterable[Record], result: Result | None) -> list[UnitId]:
    from_calls = [UnitId(str(r["unit"])) for r in records if r["t"] in ("call", "agent") and r.get("unit")]
    from_rows = [UnitId(row.id) for row in result.units] if result else []
    return list(dict.fromkeys([*from_rows, *from_calls]))


def _pick(name: str, units: list[UnitId]) -> UnitId | None:
    if name in units:
        return UnitId(name)
    starting = [unit for unit in units if unit.startswith(name)]
    if len(starting) > 1:
        raise InputError(f"{name!r} names {len(starting)} units", f"They are: {', '.join(starting[:20])}")
    return starting[0] if starting else None


def _unknown(name: str, known: list[UnitId], state: State) -> InputError:
    if not known:
        return InputError(
            f"no run in {str(state.root)!r} has units yet", "Start one with: gatecrew run WORKFLOW"
        )
    stems = {unit.rpartition("-")[0] or unit: unit for unit in known}
    close = difflib.get_close_matches(name, [*known, *stems], n=1, cutoff=0.5)
    guess = f"; did you mean {stems.get(close[0], close[0])!r}?" if close else ""
    return InputError(f"no run knows a unit {name!r}{guess}", f"Units: {', '.join(known[:20])}")


def _story(unit: UnitId, header: Header, records: list[Record], result: Result | None) -> Story:
    reused = {line for line, record in enumerate(records, 1) if record.get("reused")}
    own = [call for call in calls_of(records) if call.unit == unit]
    keys = {call.key for call in own} | {
        r["key"] for r in records if r["t"] == "agent" and r.get("unit") == unit
    }
    troubles = [str(r["cause"]) for r in records if r["t"] == "attempt" and r.get("key") in keys]
    rows = [row for row in result.units if row.id == unit] if result else []
    steps = tuple(_steps(own, reused))
    return Story(unit, header, steps, result, rows[0] if rows else None, tuple(troubles))


def _steps(calls: Iterable[Call], reused: set[int]) -> Iterator[Step]:
    for call in calls:
        try:
            if call.verb in WORK:
                yield _attempt(call, call.line in reused)
            elif call.verb == "vote":
                yield Judged(VOTE.validate_python(call.result), call, call.line in reused)
        except (KeyError, TypeError, ValidationError) as err:
            raise JournalError(f"journal of run {call.run}, line {call.line}: {err}") from err


def _attempt(call: Call, reused: bool) -> Attempt:
    result = call.result
    entries = ENTRIES.validate_python(result["entries"])
    made = tuple(Entry(path, mode, None if blob is None else Blob(blob)) for path, mode, blob in entries)
    return Attempt(call.verb, str(result["kind"]), str(result["text"]), made, call, reused)


def patch_of(git: Git, base: Sha, entries: Iterable[Entry]) -> str:
    """What the entries change in the base, without making an object for it."""
    files = git.files(base)
    parts: list[str] = []
    for entry in sorted(entries):
        old = files.get(entry.path)
        before = git.blob(old.blob) if old else None
        after = git.blob(entry.blob) if entry.blob else None
        modes = (old.mode if old else None, entry.mode if entry.blob else None)
        parts += _file_patch(entry.path, modes, before, after)
    return "".join(parts)


def _file_patch(
    path: str, modes: tuple[str | None, str | None], before: bytes | None, after: bytes | None
) -> Iterator[str]:
    yield f"diff --git a/{path} b/{path}\n"
    yield from _mode_lines(*modes)
    if b"\0" in (before or b"") + (after or b""):
        yield "Binary files differ\n"
        return
    old, new = _lines(before), _lines(after)
    left = f"a/{path}" if before is not None else "/dev/null"
    right = f"b/{path}" if after is not None else "/dev/null"
    for line in difflib.unified_diff(old, new, left, right):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _mode_lines(old: str | None, new: str | None) -> list[str]:
    """What `git apply` wants to know of a file that comes, goes, or becomes executable."""
    if old is None:
        return [f"new file mode {new}\n"]
    if new is None:
        return [f"deleted file mode {old}\n"]
    return [] if old == new else [f"old mode {old}\n", f"new mode {new}\n"]


def _lines(data: bytes | None) -> list[str]:
    """Lines as git has them: only a line feed ends one."""
    text = (data or b"").decode("utf-8", "replace")
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


__all__ = ["Attempt", "Judged", "RunId", "Step", "Story", "patch_of", "story_of"]
