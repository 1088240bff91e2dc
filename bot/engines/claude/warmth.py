"""Lets the first request of a prefix go ahead alone, so that those behind it find the prefix in the cache.

Sixteen agents that start together would otherwise all pay for writing the same prefix.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.clock import Clock

# The service keeps a prefix for five minutes after its last use; half a minute is left for the way.
KEPT_S = 270.0


class Warmth:
    """Which prefixes are in the cache. One event loop, no threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[str, float] = {}
        self._gates: dict[str, asyncio.Lock] = {}

    def _is_warm(self, prefix: str) -> bool:
        used = self._used.get(prefix)
        return used is not None and self._clock.monotonic() - used < KEPT_S

    @asynccontextmanager
    async def of(self, prefix: str) -> AsyncIterator[Callable[[], None]]:
        """Send one request inside, and call what this yields once it was answered. While the prefix is cold,
        one at a time gets in; a request that fails or is cancelled warms nothing: the next one goes alone."""
        gate = self._gates.setdefault(prefix, asyncio.Lock())
        alone = False
        if not self._is_warm(prefix):
            await gate.acquire()
            alone = not self._is_warm(prefix)
            if not alone:
                gate.release()
        try:
            yield lambda: self._warm(prefix)
        finally:
            if alone:
                gate.release()

    def _warm(self, prefix: str) -> None:
        self._used[prefix] = self._clock.monotonic()
