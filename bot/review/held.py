"""What speaks for a definition where it stands: a decorator that may register it, its author's marker."""

from __future__ import annotations

import re

from bot.review.facts import Decorator, Definition, Facts, Import
from bot.review.resolve import leads
from bot.types.review import Evidence

NEUTRAL_MODULES = frozenset(
    {"abc", "attr", "attrs", "contextlib", "dataclasses", "enum", "functools", "typing", "typing_extensions"}
)
"""Their decorators change what they decorate, and tell nobody of it."""

NEUTRAL_NAMES = frozenset({"classmethod", "property", "staticmethod", "warnings.deprecated"})

ACCESSORS = frozenset({"setter", "getter", "deleter"})

CODES = r"(?:\s*:\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?"
RE_NOQA = re.compile(rf"#\s*noqa{CODES}", re.IGNORECASE)
RE_FILE_NOQA = re.compile(rf"#\s*(?:ruff|flake8)\s*[:=]\s*noqa{CODES}", re.IGNORECASE)
UNUSED_IMPORT = "F401"


def held_definition(path: str, facts: Facts, one: Definition) -> tuple[Evidence, ...]:
    """Its decorators, but for those that are known to register nothing."""
    return tuple(
        Evidence("decorator", path, decorator.line, facts.quote_all(decorator.line, decorator.end))
        for decorator in one.decorators
        if not _is_neutral(path, facts, one, decorator)
    )


def held_import(path: str, facts: Facts, one: Import) -> tuple[Evidence, ...]:
    """`# noqa` on an import, or an alias that repeats the name, says that it is there for others."""
    for line in dict.fromkeys((one.line, one.statement)):
        if _is_marked(RE_NOQA, facts.quote(line)):
            return (Evidence("marker", path, line, facts.quote(line)),)
    if one.explicit:
        return (Evidence("export", path, one.line, facts.quote(one.line)),)
    for at, text in enumerate(facts.lines, 1):
        if "noqa" in text and _is_marked(RE_FILE_NOQA, text):
            return (Evidence("marker", path, at, text.strip()),)
    return ()


def _is_marked(marker: re.Pattern[str], line: str) -> bool:
    found = marker.search(line)
    return found is not None and (found["codes"] is None or UNUSED_IMPORT in found["codes"].upper())


def _is_neutral(path: str, facts: Facts, one: Definition, decorator: Decorator) -> bool:
    base, _, last = decorator.name.rpartition(".")
    if last in ACCESSORS and base == one.qualname.rpartition(".")[2]:
        return True
    origins = leads(path, facts, decorator.name) or [decorator.name]
    return any(name in NEUTRAL_NAMES or name.partition(".")[0] in NEUTRAL_MODULES for name in origins)
