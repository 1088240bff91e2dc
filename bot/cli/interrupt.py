"""Ctrl-C and SIGTERM as ordinary events: the work is a task, and a signal cancels it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.errors import Interrupted

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def interruptible(work: Coroutine[Any, Any, T], hint: str) -> T:
    """Raises Interrupted, with what to type next, where a signal ended it."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    signals: list[signal.Signals] = []
    for number in SIGNALS:
        loop.add_signal_handler(number, _canceller(task, signals, number))
    try:
        return await task
    except asyncio.CancelledError:
        if not signals:
            raise
        raise Interrupted(f"interrupted by {signals[0].name}", hint) from None


def _canceller(
    task: asyncio.Task[T], signals: list[signal.Signals], number: signal.Signals
) -> Callable[[], None]:
    def cancel() -> None:
        signals.append(number)
        task.cancel()

    return cancel
