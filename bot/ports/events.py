"""Whoever watches the run."""

from __future__ import annotations

from typing import Protocol

from bot.types.events import Event


class Events(Protocol):
    def tell(self, event: Event) -> None:
        """Never blocks, never raises."""


class Silence:
    """Watches nothing."""

    def tell(self, event: Event) -> None:
        return None
