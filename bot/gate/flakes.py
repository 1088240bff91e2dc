"""Whether a failure is the change's: the same tests again, in fresh processes, with it and without it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Generic, TypeVar

T = TypeVar("T")


class State(StrEnum):
    """What one look at one symptom says. UNKNOWN: it could not be seen, a file did not load, say."""

    CLEAN = "clean"
    DIRTY = "dirty"
    UNKNOWN = "unknown"


Look = Callable[[Collection[T], int], Awaitable[Mapping[T, State]]]
"""Looks for these symptoms in one tree; the number asks for another sample of the same."""


@dataclass(frozen=True, slots=True)
class Confirmation(Generic[T]):
    """`confirmed`: there every time with the change, never without it. `flaky`: not there at least once
    with it. `elsewhere`: there without it too. `unsure`: not to be seen in a rerun."""

    confirmed: frozenset[T]
    flaky: frozenset[T] = frozenset()
    elsewhere: frozenset[T] = frozenset()
    unsure: frozenset[T] = frozenset()


async def confirm(
    symptoms: Collection[T], with_change: Look[T], without: Look[T] | None, runs: int
) -> Confirmation[T]:
    """Look `runs` times with the change, and as often without it (None: the baseline has done that)."""
    left = frozenset(symptoms)
    flaky: frozenset[T] = frozenset()
    unsure: frozenset[T] = frozenset()
    for sample in range(runs):
        if not left:
            break
        states = await with_change(left, sample)
        flaky |= {t for t in left if states[t] is State.CLEAN}
        unsure |= {t for t in left if states[t] is State.UNKNOWN}
        left -= flaky | unsure
    suspected = left
    for sample in range(runs if without is not None else 0):
        if not left or without is None:
            break
        states = await without(left, sample)
        left -= {t for t in left if states[t] is not State.CLEAN}
    return Confirmation(left, flaky, suspected - left, unsure)


def watched(looks: Sequence[State], threshold: Fraction) -> State:
    """What many looks at one flickering symptom say: it is there where it shows at this rate or above."""
    if all(state is State.UNKNOWN for state in looks):
        return State.UNKNOWN
    shown = sum(state is State.DIRTY for state in looks)
    return State.DIRTY if shown >= threshold * len(looks) else State.CLEAN
