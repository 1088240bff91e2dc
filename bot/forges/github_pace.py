"""How fast GitHub may be written to: 80 writes a minute and 500 an hour, whoever asks for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from bot.clock import Clock
from bot.ports.events import Events
from bot.types.events import Said

WINDOWS = ((80, 60.0), (500, 3600.0))
TOLD_S = 5.0
"""Shorter waits than this are not worth a line."""


class Pace:
    """Holds writes back so that no window ever holds too many, and says so. `sleep` blocks."""

    def __init__(self, clock: Clock, sleep: Callable[[float], None], events: Events) -> None:
        self._clock = clock
        self._sleep = sleep
        self._events = events
        self._writes: deque[float] = deque(maxlen=max(count for count, _ in WINDOWS))

    def before_write(self) -> None:
        """Wait until one more write fits, and count it."""
        wait_s = self._wait_s(self._clock.monotonic())
        if wait_s > 0:
            self.pause(wait_s, "GitHub takes 80 writes a minute and 500 an hour")
        self._writes.append(self._clock.monotonic())

    def pause(self, wait_s: float, why: str) -> None:
        if wait_s >= TOLD_S:
            self._events.tell(Said(f"{why}: waiting {wait_s:.0f} s"))
        self._sleep(wait_s)

    def _wait_s(self, now: float) -> float:
        waits = [0.0]
        for count, seconds in WINDOWS:
            if len(self._writes) >= count:
                waits.append(self._writes[-count] + seconds - now)
        return max(waits)
