"""What verbs answer a script besides shards, changes and panels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ran:
    """How one of the spec's named commands ended; `exit_code` is -1 where it ran out of time."""

    exit_code: int
    output: str


@dataclass(frozen=True, slots=True)
class Look:
    """An early look at the gate. It decides nothing."""

    green: bool
    passed: int
    of: int
    failing: tuple[str, ...]
