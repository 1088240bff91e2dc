"""Makes any text safe inside of Markdown: one line, no markup, no mentions, no references."""

from __future__ import annotations

import re

RE_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
RE_LINE_CONTROL = re.compile(RE_CONTROL.pattern.replace("\\x00-\\x1f", "\\x00-\\x09\\x0b-\\x1f"))
RE_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!$&])")
# A word joiner keeps the text readable and makes it no mention of anybody and no reference to anything.
RE_MENTION = re.compile(r"@(?=[A-Za-z0-9])")
RE_REFERENCE = re.compile(r"(\bGH-|#)(?=\d)", re.IGNORECASE)
RE_LINK = re.compile(r"(:(?=//)|\bwww(?=\.))", re.IGNORECASE)
JOINER = "\u2060"


def cell(text: str) -> str:
    """Text as it reads, on one line."""
    line = RE_CONTROL.sub(" ", text).strip()
    line = RE_MARKUP.sub(r"\\\1", line)
    line = RE_MENTION.sub("@" + JOINER, line)
    # A reference is made from the finished page: an escaped # is one too.
    return RE_LINK.sub(rf"\1{JOINER}", RE_REFERENCE.sub(rf"\1{JOINER}", line))


def code(text: str, *, table: bool = False) -> str:
    """Text as code; backticks inside become something that looks like them, a table's bar is escaped."""
    line = RE_CONTROL.sub(" ", text).strip().replace("`", "\u02cb")
    line = line.replace("|", "\\|") if table else line
    return f"`{line}`" if line else ""


def fenced(text: str) -> str:
    """Text of several lines as a block of code that nothing in it can end."""
    lines = RE_LINE_CONTROL.sub("", text).strip("\n")
    longest = max((len(ticks) for ticks in re.findall("`+", lines)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{lines}\n{fence}"
