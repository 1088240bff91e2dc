"""Checks a structured answer against the schema that a script asked for.

The service constrains answers by itself; this catches services that do not, and the keywords that
structured output leaves to the model's good will (bounds, lengths). It knows the keywords that scripts use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import anthropic

from bot.errors import InputError

TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def output_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A script's schema as the API takes it. Raises InputError for what structured output cannot say."""
    try:
        return anthropic.transform_schema(dict(schema))
    except (ValueError, TypeError, AttributeError, AssertionError) as err:
        message = f"the schema {str(dict(schema))[:200]!r} cannot be asked of the claude engine: {err}"
        raise InputError(message, "give every part a plain 'type', and use 'anyOf' for alternatives") from err


def problems(value: Any, schema: Mapping[str, Any], where: str = "answer") -> Iterator[str]:
    """What is wrong with a value, each with its place."""
    wanted = schema.get("type")
    if isinstance(wanted, str) and not _is(value, wanted):
        yield f"{where} must be of type {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} must be one of {schema['enum']!r}"
    if "const" in schema and value != schema["const"]:
        yield f"{where} must be {schema['const']!r}"
    yield from _alternatives(value, schema, where)
    if isinstance(value, dict):
        yield from _in_object(value, schema, where)
    elif isinstance(value, list):
        yield from _in_array(value, schema, where)
    else:
        yield from _bounds(value, schema, where)


def _is(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES.get(wanted, (object,)))


def _alternatives(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    for keyword in ("anyOf", "oneOf"):
        choices = schema.get(keyword)
        if choices and all(any(problems(value, choice, where)) for choice in choices):
            yield f"{where} fits none of the alternatives"


def _in_object(value: dict[str, Any], schema: Mapping[str, Any], where: str) -> Iterator[str]:
    parts = schema.get("properties", {})
    yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value)
    if schema.get("additionalProperties") is False:
        yield from (f"{where}.{name} is not asked for" for name in value if name not in parts)
    for name, part in parts.items():
        if name in value:
            yield from problems(value[name], part, f"{where}.{name}")


def _in_array(value: list[Any], schema: Mapping[str, Any], where: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{where} must hold at least {schema['minItems']} items"
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{where} must hold at most {schema['maxItems']} items"
    for number, item in enumerate(value):
        yield from problems(item, schema.get("items", {}), f"{where}[{number}]")


def _bounds(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    low, high = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
    size = len(value) if isinstance(value, str) else value
    if isinstance(size, (int, float)) and not schema.get(low, size) <= size <= schema.get(high, size):
        yield f"{where} is outside of {schema.get(low, 'any')} to {schema.get(high, 'any')}: {size}"
