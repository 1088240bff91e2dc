"""Other languages, line by line, outside of the tests; and Python that does not parse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from bot.gate.scans.found import Found
from bot.gate.scans.languages import LANGUAGES
from bot.gate.scans.texts import RE_GATE, RE_HIDDEN, RE_REPORT, RE_RUNNER

RE_COMMENT = re.compile(r"\s*(?://|/\*|\*\s|--\s|;;|#(?!\[|\s*(?:if|ifdef|ifndef|define|include)\b))")

COMMON = {"runner": RE_RUNNER, "environment": RE_GATE, "report": RE_REPORT}

_BY_SUFFIX = {
    suffix: {rule: re.compile(pattern, re.MULTILINE) for rule, pattern in rules.items()}
    for suffixes, rules in LANGUAGES.values()
    for suffix in suffixes.split()
}
SHELLS = frozenset({".sh", ".bash", ".zsh", ".ps1"})


def found(path: str, text: str) -> list[Found]:
    """All that deserves a look, whatever the language is."""
    suffix = PurePosixPath(path).suffix.lower()
    if not is_code(path) and suffix not in SHELLS:
        return []
    patterns = [*_BY_SUFFIX.get(suffix, {}).items(), *COMMON.items()]
    places = {place for rule, pattern in patterns for place in _places(rule, pattern, text)}
    return sorted(places, key=lambda one: (one.line, one.rule))


def is_code(path: str) -> bool:
    """Whether a file's name says that a program is in it."""
    return PurePosixPath(path).suffix.lower() in _BY_SUFFIX


def hidden(path: str, text: str) -> list[Found]:
    """Characters that change how a line looks and not how it is read."""
    if not is_code(path):
        return []
    return list(_places("hidden", RE_HIDDEN, text.removeprefix("\ufeff")))


def _places(rule: str, pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    for match in pattern.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.start())
        line = text[start : end if end >= 0 else len(text)]
        if RE_COMMENT.match(line) and rule not in ("patch", "hidden"):
            continue
        yield Found(rule, text.count("\n", 0, match.start()) + 1, line.strip(), not line[:1].isspace())
