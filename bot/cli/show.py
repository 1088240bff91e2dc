"""`gatecrew show UNIT`: one unit's story, with what it changes."""

from __future__ import annotations

import argparse

from rich.text import Text

from bot.cli.asked import state_at
from bot.cli.printed import show_all, show_patch
from bot.redact import Redactor
from bot.report.story import patch_of, story_of
from bot.report.telling import telling


def main(args: argparse.Namespace, redact: Redactor) -> int:
    """Tell how a unit came to what it is. Raises InputError for an unknown one."""
    git, state = state_at(args)
    story = story_of(state, args.unit)
    show_all(redact, *telling(story))
    entries = story.entries
    blobs = [entry.blob for entry in entries if entry.blob]
    if blobs and not git.has_blobs(blobs):
        show_all(redact, Text("its contents are no longer in git: the diff cannot be shown", style="yellow"))
    elif entries:
        show_patch(redact, patch_of(git, story.header.base, entries))
    return 0
