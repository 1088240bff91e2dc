"""The tools that an agent holds: a few looks at the bench, and for a worker its edits and its two endings.

What the bench refuses, and what a call gets wrong, goes back to the model as an error that says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.engines.claude.editing import Edits
from bot.ports.engine import Bench, Refused
from bot.prompts import fence
from bot.redact import Redactor
from bot.types.agent import Deferred, Reply, ReplyKind

MAX_LINES = 800
MAX_TEXT = 60_000


class Call(BaseModel):
    """The input of a tool; the docstring of a call is what the model reads about the tool."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class List(Call):
    """List the files whose path matches a glob (as git means globs; ** crosses folders)."""

    glob: str = "**"


class Read(Call):
    """Read a text file, with line numbers. Long files come in parts: ask for further lines with `start`."""

    path: str
    start: int = Field(default=1, ge=1)
    """First line."""
    lines: int = Field(default=MAX_LINES, ge=1, le=MAX_LINES)
    """How many lines at most."""


class Search(Call):
    """Search all files for a POSIX extended regular expression, line by line. Case matters."""

    pattern: str = Field(min_length=1)
    glob: str = "**"
    """Only files whose path matches."""


class Edit(Call):
    """Replace a text in a file of your shard. `old` must stand there exactly once, with its exact whitespace
    and without line numbers; give enough of its surroundings."""

    path: str
    old: str = Field(min_length=1)
    new: str


class Write(Call):
    """Write a whole file of your shard, new or not. For changes in an existing file prefer `edit`."""

    path: str
    content: str


class Remove(Call):
    """Remove a file of your shard."""

    path: str


class Reset(Call):
    """Drop all of your changes: every file is again as it was before anybody changed it."""


class Waiting(BaseModel):
    """Something that must wait, because a file outside your shard still holds on to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    subject: str = Field(min_length=1)
    """`path::qualname` of a definition in your shard, or the path of a file."""
    path: str = Field(min_length=1)
    """The file outside your shard that still uses it."""


class Submit(Call):
    """End your work: the change is complete."""

    summary: str = Field(min_length=1)
    """What changed and why it is safe, in one to five sentences."""
    deferred: list[Waiting] = Field(default_factory=list)


class Unchanged(Call):
    """End your work without a change: nothing in your shard should change."""

    reason: str = Field(min_length=1)
    deferred: list[Waiting] = Field(default_factory=list)


LOOKING: tuple[type[Call], ...] = (List, Read, Search)
WORKING: tuple[type[Call], ...] = (*LOOKING, Edit, Write, Remove, Reset, Submit, Unchanged)


def definitions(calls: Sequence[type[Call]]) -> list[dict[str, Any]]:
    """The tools as the API takes them, in a fixed order: they are the head of the cached prefix."""
    return [_definition(call) for call in calls]


def _definition(call: type[Call]) -> dict[str, Any]:
    schema = call.model_json_schema()
    description = " ".join(str(schema.pop("description")).split())
    return {"name": call.__name__.lower(), "description": description, "input_schema": schema}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: a text for the model, or the reply that ends the task."""

    text: str
    failed: bool = False
    reply: Reply | None = None


class Toolbox:
    """Carries out calls on one bench. `revises`: an earlier change of the agent already lies on the bench."""

    def __init__(
        self, calls: Sequence[type[Call]], bench: Bench, redact: Redactor, *, revises: bool = False
    ) -> None:
        self._calls = {call.__name__.lower(): call for call in calls}
        self._bench = bench
        self._redact = redact
        self._edits = Edits(bench, redact)
        self._revises = revises
        self._do: Mapping[type[Call], Callable[[Any], Outcome]] = {
            List: self._list,
            Read: self._read,
            Search: self._search,
            Edit: self._edit,
            Write: self._write,
            Remove: self._remove,
            Reset: self._reset,
            Submit: self._submit,
            Unchanged: self._unchanged,
        }

    def use(self, name: str, arguments: object) -> Outcome:
        """Carry out one call; whatever is wrong with it is told, never raised."""
        call = self._calls.get(name)
        if call is None:
            return Outcome(f"there is no tool {name!r}; there are: {', '.join(self._calls)}", failed=True)
        try:
            outcome = self._do[call](call.model_validate(arguments))
        except ValidationError as err:
            return Outcome(f"wrong input for {name!r}: {_problems(err)}", failed=True)
        except Refused as err:
            return Outcome(self._redact(str(err)), failed=True)
        return Outcome(self._redact(outcome.text), outcome.failed, outcome.reply)

    def _list(self, call: List) -> Outcome:
        paths = self._bench.files(call.glob)
        return Outcome(_shown("files", paths, f"no file matches {call.glob!r}"))

    def _read(self, call: Read) -> Outcome:
        lines = self._redact(self._edits.text_of(call.path)).splitlines()
        part = lines[call.start - 1 : call.start - 1 + call.lines]
        if not part:
            return Outcome(f"{call.path!r} has {len(lines)} lines, so none from {call.start} on")
        numbered = "\n".join(f"{number:6}\t{line}" for number, line in enumerate(part, call.start))
        shown, rest = numbered[:MAX_TEXT], len(lines) - call.start + 1 - len(part)
        more = f"\n({rest} more lines)" if rest else ""
        cut = "\n(cut: the lines are very long)" if len(numbered) > MAX_TEXT else ""
        return Outcome(fence("file", shown) + more + cut)

    def _search(self, call: Search) -> Outcome:
        hits = self._bench.search(call.pattern, call.glob)
        lines = [f"{path}:{number}: {text}" for path, number, text in hits]
        return Outcome(_shown("hits", lines, f"nothing matches {call.pattern!r} in {call.glob!r}"))

    def _edit(self, call: Edit) -> Outcome:
        self._edits.replace(call.path, call.old, call.new)
        return Outcome(f"edited {call.path}")

    def _write(self, call: Write) -> Outcome:
        self._edits.write(call.path, call.content)
        return Outcome(f"wrote {call.path}")

    def _remove(self, call: Remove) -> Outcome:
        self._edits.remove(call.path)
        return Outcome(f"removed {call.path}")

    def _reset(self, _call: Reset) -> Outcome:
        self._bench.reset()
        self._edits, self._revises = Edits(self._bench, self._redact), False
        return Outcome("all of your changes are gone")

    def _submit(self, call: Submit) -> Outcome:
        deferred = self._deferred(call.deferred)
        if not self._edits.changed and not self._revises:
            raise Refused("no file differs from before; call unchanged if nothing should change")
        return Outcome("", reply=Reply(ReplyKind.SUBMITTED, call.summary, deferred=deferred))

    def _unchanged(self, call: Unchanged) -> Outcome:
        deferred = self._deferred(call.deferred)
        if self._edits.changed or self._revises:
            what = ", ".join(self._edits.changed) or "your earlier change"
            raise Refused(f"{what} would be lost: call submit, or call reset first and then unchanged")
        return Outcome("", reply=Reply(ReplyKind.UNCHANGED, call.reason, deferred=deferred))

    def _deferred(self, waiting: Sequence[Waiting]) -> tuple[Deferred, ...]:
        own = sorted({item.path for item in waiting} & set(self._bench.writable))
        if own:
            raise Refused(f"{', '.join(own)} is in your shard: change it there instead of deferring")
        return tuple(Deferred(item.subject, item.path) for item in waiting)


def _problems(err: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'input'}: {one['msg']}" for one in err.errors())


def _shown(label: str, lines: Sequence[str], otherwise: str) -> str:
    text = "\n".join(lines)
    cut = "\n(cut: ask for less)" if len(text) > MAX_TEXT else ""
    return fence(label, text[:MAX_TEXT]) + cut if lines else otherwise
