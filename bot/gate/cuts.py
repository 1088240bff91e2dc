"""Between a clean and a dirty end: where to look next, at several places at once, and what the answers say.

Of the places that are looked at together the one in the middle is read first, whichever ends first. What it
says makes one half of the others pointless: those are cancelled, unread. So the end is the same as with one
look at a time over the same places.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.gate.flakes import State

A = TypeVar("A")


def cuts(low: int, high: int, count: int, mute: Collection[int] = ()) -> list[int]:
    """Up to `count` places strictly between the ends, evenly spread; not the mute ones, which say nothing."""
    free = [at for at in range(low + 1, high) if at not in mute]
    count = min(count, len(free))
    chosen: list[int] = []
    for number in range(1, count + 1):
        aim = low + (high - low) * number // (count + 1)
        chosen.append(min((at for at in free if at not in chosen), key=lambda at: (abs(at - aim), at)))
    return sorted(chosen)


@dataclass(frozen=True, slots=True)
class Looking(Generic[A]):
    """How a place is looked at. `ask` begins looks that are made together, `read` says what an answer means;
    an answer that is not read is thrown away."""

    ask: Callable[[Sequence[int]], Mapping[int, Awaitable[A]]]
    read: Callable[[int, A], State]
    jobs: int = 1


async def first_dirty(low: int, high: int, looking: Looking[A], *, step: bool = False) -> int:
    """The first dirty place, if everything below it is clean: `low` is, `high` is not.

    Where no place in between says anything, the end that is known to be dirty. With `step` the places next to
    the clean end are asked, instead of those in the middle."""
    mute: set[int] = set()
    while True:
        top = min(high, low + 1 + looking.jobs) if step else high
        places = cuts(low, top, looking.jobs, mute) or cuts(low, high, looking.jobs, mute)
        if not places:
            return high
        low, high = await _narrowed(low, high, places, looking, mute)


async def _narrowed(
    low: int, high: int, places: Sequence[int], looking: Looking[A], mute: set[int]
) -> tuple[int, int]:
    asked = {at: asyncio.ensure_future(answer) for at, answer in looking.ask(places).items()}
    try:
        while asked:
            at = sorted(asked)[(len(asked) - 1) // 2]
            state = looking.read(at, await asked[at])
            del asked[at]
            if state is State.CLEAN:
                low = at
            elif state is State.DIRTY:
                high = at
            else:
                mute.add(at)
            await _drop([asked.pop(other) for other in list(asked) if not low < other < high])
    finally:
        await _drop(asked.values())
    return low, high


async def _drop(looks: Iterable[asyncio.Future[A]]) -> None:
    """Nothing goes on behind our back: this waits until they have ended."""
    dropped = list(looks)
    for look in dropped:
        look.cancel()
    await asyncio.gather(*dropped, return_exceptions=True)
