"""Makes text of a repository, a model or a test harmless for whatever shows it.

Terminals obey escape sequences; the runner of GitHub Actions obeys lines that start with `::`, and `##[`
wherever it stands.
"""

from __future__ import annotations

import re

RE_ESCAPE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links, the clipboard
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS and its like
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, the cursor
    r"|\x1b[ -/]*[0-~]?"
)
RE_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, and those that reorder or hide what is beside them.
RE_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
RE_SURROGATE = re.compile(r"[\ud800-\udfff]")
RE_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


def clean(text: str) -> str:
    """Text that shows what it says: no escape sequences, no control characters but line breaks."""
    text = RE_BREAK.sub("\n", RE_ESCAPE.sub("", text)).replace("\t", "    ")
    return RE_SURROGATE.sub("\ufffd", RE_CONTROL.sub("", text))


def disarmed(text: str) -> str:
    """Clean text in which no line is a command to the runner of GitHub Actions."""
    return RE_COMMAND.sub(r"\1: ", clean(text)).replace("##[", "## [")


def command(name: str, text: str) -> str:
    """A workflow command; its text is data, line breaks included."""
    data = clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{name}::{data}"
