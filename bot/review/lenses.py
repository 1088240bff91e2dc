"""The lenses there are: the host's own, which compute their verdict, and those a model looks through."""

from __future__ import annotations

from bot.prompts import names

REFERENCES = "references"
"""Who still names what the change removes; always run, by the host."""

DETERMINISTIC = frozenset({REFERENCES})
"""Lenses whose refutation needs no confirmation."""

PROMPT_PREFIX = "lens-"


def is_deterministic(lens: str) -> bool:
    return lens in DETERMINISTIC


def model_lenses() -> tuple[str, ...]:
    """One prompt file each: `bot/prompts/lens-<name>.md`."""
    return tuple(name.removeprefix(PROMPT_PREFIX) for name in names(PROMPT_PREFIX))


def known_lenses() -> tuple[str, ...]:
    """Every lens that a spec may require, the host's own first."""
    return (*sorted(DETERMINISTIC), *model_lenses())
