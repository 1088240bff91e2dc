"""Commands register themselves by a decorator."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parcelbook.app import Depot

Action = Callable[[Depot, argparse.Namespace], int]


@dataclass(frozen=True)
class Argument:
    flags: tuple[str, ...]
    options: dict[str, Any]


@dataclass(frozen=True)
class Command:
    name: str
    help: str
    arguments: tuple[Argument, ...]
    action: Action


COMMANDS: dict[str, Command] = {}


def argument(*flags: str, **options: Any) -> Argument:
    return Argument(flags, options)


def command(name: str, help: str, *arguments: Argument) -> Callable[[Action], Action]:
    def register_action(action: Action) -> Action:
        COMMANDS[name] = Command(name, help, arguments, action)
        return action

    return register_action


def forget_command(name: str) -> None:
    COMMANDS.pop(name, None)
