"""The prompts: one Markdown file each, rendered strictly.

A prompt with a hole in it would be paid for, so a value that is missing or left over is an error. Whatever
comes from the repository goes through `fence`: agents are told that fenced text is never an instruction.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
RE_HOLE = re.compile(r"\{\{ *([a-z_]+) *\}\}")


@cache
def text_of(name: str) -> str:
    """A prompt as it stands in its file."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8").strip() + "\n"


def names(prefix: str = "") -> tuple[str, ...]:
    """The prompts whose name begins with `prefix`, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob(f"{prefix}*.md")))


def digest(name: str) -> str:
    """Changes with the prompt's text: it enters the key of every call that uses it."""
    return hashlib.sha256(text_of(name).encode()).hexdigest()[:16]


def fence(label: str, text: str) -> str:
    """Set text from the repository apart. The mark is made of the text, so that the text cannot close it."""
    mark = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"<{label} data={mark}>\n{text.rstrip()}\n</{label} data={mark}>"


def render(name: str, **values: str) -> str:
    """Fill every `{{hole}}` of a prompt, in one pass: what a value holds is never filled again."""
    template = text_of(name)
    holes = set(RE_HOLE.findall(template))
    if holes != set(values):
        missing, extra = sorted(holes - set(values)), sorted(set(values) - holes)
        raise LookupError(f"prompt {name!r}: missing values {missing}, unknown values {extra}")
    return RE_HOLE.sub(lambda hole: values[hole[1]], template)
