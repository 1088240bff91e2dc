"""Text of models and repositories in Markdown: data, never commands.

Nothing in it may mention people, link or close issues, hide itself in a comment, skip CI, or break out of
its block. A zero-width space does it where Markdown's own escapes do not, because squashing copies a body
into a commit message, where Markdown no longer counts.
"""

from __future__ import annotations

import re
import unicodedata

GAP = "\u200b"
RE_SPACE = re.compile(r"\s+")
# What GitHub acts upon, in pull requests as in commit messages.
RE_ACTIVE = re.compile(
    r"@(?=[\w-])"  # mentions
    r"|#(?=\d)"  # issues
    r"|\bGH-(?=\d)"
    r"|/(?:issues|pull|pulls|discussions|commit)/(?=\w)"  # issues by address
    r"|\[(?=\s*(?:skip|no|ci)\b)"  # [skip ci]
    r"|\bskip-checks(?=:)"
    r"|<(?=!--)",  # comments, our own markers above all
    re.IGNORECASE,
)
RE_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$])")
RE_TICKS = re.compile(r"`+")


def plain(text: str) -> str:
    """One line without anything that GitHub acts upon: for titles, trailers, statuses."""
    return RE_ACTIVE.sub(lambda found: found[0] + GAP, RE_SPACE.sub(" ", _visible(text))).strip()


def inline(text: str) -> str:
    """One line of Markdown that reads exactly as the text."""
    return RE_MARKDOWN.sub(r"\\\1", plain(text)).replace("\\<", "&lt;").replace("\\>", "&gt;")


def code(text: str) -> str:
    """A code span, whatever is in it."""
    held = plain(text).replace("|", "\u2502")
    ticks = "`" * (1 + max((len(run) for run in RE_TICKS.findall(held)), default=0))
    pad = " " if held.startswith("`") or held.endswith("`") else ""
    return f"{ticks}{pad}{held}{pad}{ticks}"


def block(text: str) -> str:
    """A fenced block with its lines as they are."""
    lines = [
        RE_ACTIVE.sub(lambda found: found[0] + GAP, _visible(line)).rstrip()
        for line in text.strip("\n").splitlines()
    ]
    held = "\n".join(lines)
    fence = "`" * max(3, 1 + max((len(run) for run in RE_TICKS.findall(held)), default=0))
    return f"{fence}text\n{held}\n{fence}"


def _visible(text: str) -> str:
    """Without control characters (those that turn the reading direction too) and without lone surrogates."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cf"))
