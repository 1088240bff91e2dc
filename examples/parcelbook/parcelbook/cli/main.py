"""`parcelbook`: from the arguments to a command, and from errors to an exit code."""

import argparse
import sys
from pathlib import Path
from typing import Any

from parcelbook import __version__
from parcelbook.app import Depot
from parcelbook.cli import commands
from parcelbook.cli.registry import Action, Command
from parcelbook.config.settings import load_settings
from parcelbook.storage.backends import JsonFileStorage, MemoryStorage, Storage


def main(argv: list[str] | None = None) -> int:
    args = build_parser().parse_args(argv)
    try:
        action: Action = args.action
        return action(open_depot(args), args)
    except (ValueError, LookupError, RuntimeError) as error:
        print(f"parcelbook: {error}", file=sys.stderr)
        return 1


def open_depot(args: argparse.Namespace) -> Depot:
    storage: Storage = JsonFileStorage(args.book)
    if args.dry_run:
        storage = MemoryStorage(storage.load())
    return Depot(storage, load_settings(args.settings))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parcelbook", description="The book of a parcel depot.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--book", type=Path, default=Path("parcels.json"))
    parser.add_argument("--settings", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="change nothing on disk")
    subparsers = parser.add_subparsers(metavar="command", required=True)
    for entry in commands.all_commands():
        _add_command(subparsers, entry)
    return parser


def print_banner() -> None:
    print(f"Parcelbook {__version__}", "=" * 16, sep="\n")


def _add_command(subparsers: Any, entry: Command) -> None:
    parser = subparsers.add_parser(entry.name, help=entry.help)
    for item in entry.arguments:
        parser.add_argument(*item.flags, **item.options)
    parser.set_defaults(action=entry.action)
