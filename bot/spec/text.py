"""Bytes to text that holds nothing hidden, and what a person does about text that is no YAML."""

from __future__ import annotations

import re

import yaml

from bot.spec.problem import Place, Problem, shown

MAX_BYTES = 1 << 20

# Besides what no text holds: marks that make an editor show the text in another order than a parser reads it.
RE_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)

RE_SURROGATE = re.compile("[\ud800-\udfff]")

# What PyYAML says, and what a person has to do about it.
SYNTAX = (
    ("found character '\\t'", "a tab where YAML wants spaces: indent with spaces"),
    (
        "mapping values are not allowed",
        "a value that holds ': ' must be put in quotes (or the indentation is off)",
    ),
    ("could not find expected ':'", "a key without its colon, or a line that is not indented far enough"),
    ("that cannot start any token", "a value may not begin with this character: put it in quotes"),
    ("while scanning an alias", "a value that begins with * needs quotes"),
    ("while scanning an anchor", "a value that begins with & needs quotes"),
    ("unexpected end of stream", "a quote or a bracket that is never closed"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("expected ',' or", "a bracket that is never closed, or a comma that is missing"),
    ("did not find expected", "the indentation does not fit the lines above"),
)


class Unreadable(Exception):
    """The text as a whole cannot be read any further."""

    def __init__(self, text: str, place: Place = (1, 1)) -> None:
        super().__init__(text)
        self.problem = Problem((), text, place)


def find_odd(text: str) -> re.Match[str] | None:
    """A character that nobody can see, or that is none."""
    return RE_CONTROL.search(text) or RE_SURROGATE.search(text)


def text_of(data: bytes) -> str:
    """The text, or a sentence on why it is none. Decoding is strict: what is shown is what is read."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"is {len(data)} bytes long, the limit is {MAX_BYTES}: is this a spec?")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("is UTF-16: save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        column = err.start - (data.rfind(b"\n", 0, err.start) + 1) + 1
        raise Unreadable(
            f"byte {data[err.start]:#04x} is not UTF-8: save the file as UTF-8", (line, column)
        ) from err
    if control := RE_CONTROL.search(text):
        before = text[: control.start()]
        place = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise Unreadable(f"holds the invisible character U+{ord(control[0]):04X}: remove it", place)
    return text


def syntax_explained(err: yaml.YAMLError, text: str) -> Unreadable:
    """A syntax error in plain words. PyYAML stops at the first; so do we."""
    mark = getattr(err, "problem_mark", None)
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = (
        " ".join(str(getattr(err, name, None) or "") for name in ("context", "problem")).strip()
        or "unreadable"
    )
    lines = text.splitlines()
    line = lines[place[0] - 1] if place[0] <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Unreadable(f"is not YAML: {SYNTAX[0][1]}", place)
    cure = next((cure for pattern, cure in SYNTAX if pattern in said), said)
    return Unreadable(f"is not YAML: {cure}; the line reads {shown(line.strip())}", place)
