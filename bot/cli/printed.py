"""How the commands that only look at things print them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from bot.console import Console, console_for
from bot.environment import Environment
from bot.redact import Redactor

DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
HEADERS = ("diff --git", "+++ ", "--- ", "index ", "new file", "deleted file")


@dataclass(frozen=True, slots=True)
class Looking:
    """Output for people, whatever the environment says of JSON."""

    environment: Environment
    json: bool = False


def nobody_reads() -> None:
    """Whoever read our output has seen enough; what is left in the buffer must not raise again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def printer(redact: Redactor) -> Console:
    return console_for(Looking(Environment.read(os.environ, redact)), redact)


def show_all(redact: Redactor, *parts: RenderableType) -> None:
    """Print parts one after the other."""
    console = printer(redact)
    for part in parts:
        console.show(part)


def show_patch(redact: Redactor, patch: str) -> None:
    """A diff, unwrapped, so that it can be piped on."""
    text = Text()
    for line in patch.splitlines():
        style = "bold" if line.startswith(HEADERS) else DIFF_STYLES.get(line[:1], "")
        text.append(f"{line}\n", style=style)
    text.rstrip()
    printer(redact).show(text, wrap=False)
