"""One problem of a spec: where it stands, what the value is, and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from bot.redact import MASK, Redactor

Place = tuple[int, int]
"""Line and column, counted from 1."""

Path = tuple[str | int, ...]
"""Keys and list indices from the root to a value."""

START: Place = (1, 1)
LONGEST_VALUE = 60

# Shapes of credentials besides those that `bot.redact` knows; a spec is read by everybody who reads the code.
RE_SECRET = re.compile(
    r"\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}|\bnpm_[A-Za-z0-9]{36}|\bpypi-[A-Za-z0-9_-]{40,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{35}|\bASIA[0-9A-Z]{16}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|(?<=://)[^\s/:@{}$]+:[^\s/@{}$]{6,}(?=@)"
)
_known = Redactor()


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` is empty where the file as a whole is meant."""

    path: Path
    text: str
    place: Place = START

    def __str__(self) -> str:
        line, column = self.place
        where = f"{dotted(self.path)}: " if self.path else ""
        return without_secrets(f"{where}{self.text} (line {line}, column {column})")


def dotted(path: Path) -> str:
    """`files.include[0]`, as people write it."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in path]
    return "".join(parts).removeprefix(".")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w-]+", key) and len(key) <= LONGEST_VALUE else shown(key)


def shown(value: object) -> str:
    """A value for a message: quoted, short, without a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
    text = without_secrets(value) if isinstance(value, str) else value
    whole = repr(text)
    return whole if len(whole) <= LONGEST_VALUE else f"{whole[: LONGEST_VALUE - 3]}..."


def without_secrets(text: str) -> str:
    return RE_SECRET.sub(MASK, _known(text))


def meant(word: str, known: list[str]) -> str:
    """A question that names the closest of the known words, or nothing."""
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
