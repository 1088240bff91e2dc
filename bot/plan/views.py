"""How records reach a script: as views with a few attributes. The host gets its own object back, and
trusts nothing else (a script can forge a view, never the object behind it)."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

from pydantic_monty import ClassInstance, ClassType, ExternalModule

from bot.types.change import Change
from bot.types.review import Evidence, Finding, Panel
from bot.types.script import Look, Ran
from bot.types.unit import Shard

STUBS = (Path(__file__).parent / "gatecrew.pyi").read_text(encoding="utf-8")

SHOWN: dict[type[Any], tuple[str, ...]] = {
    Shard: ("id", "files", "lines"),
    Change: ("unit", "changed", "summary", "reason", "paths", "after", "waits_for"),
    Panel: ("unit", "accepted", "summary", "findings"),
    Finding: ("unit", "lens", "verdict", "claim", "evidence", "subject", "confirmed"),
    Evidence: ("kind", "path", "line", "text"),
    Ran: ("exit_code", "output"),
    Look: ("green", "passed", "of", "failing"),
}


class _View(ClassInstance):
    def convert_value(self, /, name: str, value: Any) -> Any:
        return view(value)


TYPES = {kind: ClassType(kind) for kind in SHOWN}


def view(value: Any) -> Any:
    """A host value as a script sees it."""
    kind = type(value)
    if kind in SHOWN:
        return _View(value, eager_attrs=SHOWN[kind], class_type=TYPES[kind])
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        # A file name that is not UTF-8: the script sees it escaped, the host keeps its own.
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, list | tuple):
        return [view(item) for item in value]
    if isinstance(value, dict):
        return {key: view(item) for key, item in value.items()}
    return value


def module(verbs: list[str], constants: dict[str, Any]) -> ExternalModule:
    """The `gatecrew` module that a script imports from."""
    names = {kind.__name__: shown for kind, shown in TYPES.items()}
    return ExternalModule({**dict.fromkeys(verbs, _elsewhere), **names, **constants}, stubs=STUBS)


def _elsewhere(*_args: Any, **_kwargs: Any) -> None:
    raise AssertionError("verbs are answered by the driver")
