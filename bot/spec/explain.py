"""Turns pydantic's findings into sentences for people who write YAML and never heard of pydantic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.spec.document import Document
from bot.spec.problem import Path, Problem, meant, shown
from bot.types.spec import Spec

# Added to a problem of this very value: what people who get it wrong have most often had in mind.
HINTS: Mapping[str, str] = {
    "gate.bar": "a fraction: 99.8 % is 0.998",
    "gate.timeout": "seconds",
    "limits.concurrency": "agents at once",
    "stack.depth": "1 = independent pull requests, 0 = one stack",
}


def _sentence(shape: str) -> Callable[[ErrorDetails], str]:
    """A sentence whose `{gt}`, `{le}` and the like are filled from the finding's context."""
    return lambda found: shape.format(**found.get("ctx", {}))


def _text_wanted(found: ErrorDetails) -> str:
    if found["input"] is None:
        return "is empty, but must be text"
    if isinstance(found["input"], dict | list):
        return "must be text"
    return f"must be text: put it in quotes ('{found['input']}')"


def _yes_or_no(found: ErrorDetails) -> str:
    word = str(found["input"]).lower()
    if word in ("yes", "on", "y"):
        return "must be true or false: write true"
    return "must be true or false: write false" if word in ("no", "off", "n") else "must be true or false"


def _choice(found: ErrorDetails) -> str:
    words = found["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    known = f"must be one of {', '.join(words)}"
    return known + meant(found["input"], words) if isinstance(found["input"], str) else known


def _number(kind: str) -> Callable[[ErrorDetails], str]:
    def say(found: ErrorDetails) -> str:
        plain = ", without quotes or units" if isinstance(found["input"], str) else ""
        return f"must be {kind}{plain}"

    return say


SENTENCES: Mapping[str, Callable[[ErrorDetails], str]] = {
    "string_type": _text_wanted,
    "string_too_short": _sentence("must not be empty"),
    "bool_type": _yes_or_no,
    "enum": _choice,
    "literal_error": _choice,
    "float_type": _number("a number"),
    "int_type": _number("a whole number"),
    "int_from_float": _sentence("must be a whole number"),
    "finite_number": _sentence("must be a finite number (null means no limit, where that is allowed)"),
    "greater_than": _sentence("must be more than {gt:g}"),
    "greater_than_equal": _sentence("must be at least {ge:g}"),
    "less_than": _sentence("must be less than {lt:g}"),
    "less_than_equal": _sentence("must be at most {le:g}"),
    "tuple_type": _sentence("must be a list: one '- value' a line, or [value, value]"),
    "too_short": _sentence("must not be an empty list"),
    "model_type": _sentence("must be a mapping: 'key: value' lines, indented below it"),
    "dict_type": _sentence("must be a mapping: 'key: value' lines, indented below it"),
}


def model_at(path: Path) -> type[BaseModel] | None:
    """The part of the spec that stands at a path; None inside of free mappings and lists."""
    model: type[BaseModel] = Spec
    for name in path:
        annotation = model.model_fields[name].annotation if name in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return None
        model = annotation
    return model


def _unknown_key(path: Path) -> str:
    """Names the closest known key; a key that belongs into another part is told where."""
    known = list(fields) if (fields := getattr(model_at(path[:-1]), "model_fields", None)) else []
    word = str(path[-1])
    parts = [name for name, part in Spec.model_fields.items() if word in _fields_of(part.annotation)]
    if guess := meant(word, known):
        return f"unknown key{guess}"
    if parts and len(path) == 1:
        return f"unknown key here; it belongs below {' or '.join(repr(part) for part in parts)}"
    return f"unknown key; known are {', '.join(known)}" if known else "unknown key"


def _fields_of(annotation: Any) -> frozenset[str]:
    models = [a for a in (annotation, *get_args(annotation)) if isinstance(a, type)]
    return frozenset(name for m in models if issubclass(m, BaseModel) for name in m.model_fields)


def _missing(path: Path) -> str:
    model = model_at(path[:-1])
    field = model.model_fields.get(str(path[-1])) if model else None
    about = f": {field.description[0].lower()}{field.description[1:]}" if field and field.description else ""
    return f"is required{about}".rstrip(".")


def _explained(found: ErrorDetails, document: Document) -> Problem:
    # A finding about a mapping's key ends in '[key]'; for us the place of its value will do.
    path = tuple(part for part in found["loc"] if part != "[key]")
    if found["type"] == "missing":
        return Problem(path, _missing(path), document.place_of(path))
    if found["type"] == "extra_forbidden":
        return Problem(path, _unknown_key(path), document.keys.get(path, document.place_of(path)))
    say = SENTENCES.get(found["type"])
    hint = HINTS.get(".".join(str(part) for part in path))
    text = f"{shown(found['input'])}: {say(found) if say else found['msg']}" + (f" ({hint})" if hint else "")
    return Problem(path, text, document.place_of(path))


def explained(err: ValidationError, document: Document) -> list[Problem]:
    return [_explained(found, document) for found in err.errors(include_url=False)]
