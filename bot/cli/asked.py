"""The parsed command line as the records that the rest of the program takes."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.git import Git
from bot.settings import Flags
from bot.state import State


def flags_of(args: argparse.Namespace) -> Flags:
    """All of `run`'s options; of `check`'s, those that it has."""
    said = vars(args)
    return Flags(
        repo=said.get("repo"),
        base=said.get("base"),
        engine=said.get("engine"),
        forge=said.get("forge"),
        out=said.get("out"),
        only=tuple(said.get("only", ())),
        limits=tuple(said.get("limit", ())),
        resume=said.get("resume"),
        dry_run=said.get("dry_run", False),
        yes=said.get("yes", False),
        json=said.get("json", False),
        unsafe_plain=said.get("unsafe_plain", False),
    )


def state_at(args: argparse.Namespace) -> tuple[Git, State]:
    """The repository and the state that a command looks at."""
    git = Git(Path(args.repo or "."))
    return git, State(Path(args.out).resolve() if args.out else git.common_dir / "gatecrew")
