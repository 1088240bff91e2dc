"""The tables of docs/spec.md, made from bot/types/spec.py. `python docs/spec_tables.py` renews them."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.types.spec import Part, Price, Spec

PAGE = Path(__file__).with_name("spec.md")
RE_TABLE = re.compile(r"(<!-- keys: ([A-Za-z. ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
TOP = "top"
HEAD = "| key | value | default | meaning |\n|---|---|---|---|\n"
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def renewed(page: str) -> str:
    """The page with every table between its marks made anew."""
    return RE_TABLE.sub(lambda found: f"{found[1]}{_table(found[2])}{found[3]}", page)


def every_key() -> set[str]:
    """Every key that a spec may have, dotted; parts are told by their own keys."""
    return {key for key, _ in _fields(Spec, "")}


def _table(names: str) -> str:
    """One table of the keys of one part or of several."""
    homes = names.split()
    rows = [_row(key, field) for home in homes for key, field in _fields(Spec, "") if _home(key) == home]
    assert {_home(key) for key in every_key()} >= set(homes), f"no key of the spec belongs to one of: {names}"
    return HEAD + "".join(rows)


def _home(key: str) -> str:
    return key.rpartition(".")[0] or TOP


def _fields(part: type[Part], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in part.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Part):
            yield from _fields(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field
            if field.annotation == Mapping[str, Price]:
                yield from _fields(Price, f"{prefix}{name}.MODEL.")


def _row(key: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("\n", " ").replace("|", "\\|")
    return f"| `{key}` | {_value(field.annotation)} | {_default(field)} | {meaning} |\n"


def _value(kind: Any) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _value(args[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_value(arg) for arg in args if arg is not type(None))
    if origin is Literal:
        return " or ".join(f"`{arg}`" for arg in args)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(f"`{member}`" for member in kind)
    if origin is tuple:
        return "list"
    if origin is not None and issubclass(origin, Mapping):
        return "mapping"
    return PLAIN[kind]


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if default is PydanticUndefined:
        return "**required**"
    if default is None:
        return ""
    if isinstance(default, tuple):
        default = list(default)
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
