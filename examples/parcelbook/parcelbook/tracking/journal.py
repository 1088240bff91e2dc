"""The journal: every scan is an event, and some events have consequences."""

from collections.abc import Callable
from datetime import datetime, timedelta

from parcelbook.domain.parcel import Event, Parcel

KINDS = (
    "registered",
    "arrived",
    "out-for-delivery",
    "delivered",
    "returned",
    "damaged",
)

REACTIONS = {
    "delivered": "close_parcel",
    "returned": "open_claim",
    "damaged": "hold_for_inspection",
}


class UnknownKind(ValueError):
    """Nobody scans a parcel like this."""


class Journal:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def record(self, parcel: Parcel, kind: str, note: str = "") -> Event:
        if kind not in KINDS:
            raise UnknownKind(f"{kind} is not one of {', '.join(KINDS)}")
        event = Event(kind, self._now(), note)
        parcel.events.append(event)
        parcel.status = kind
        if kind in REACTIONS:
            react = getattr(self, REACTIONS[kind])
            react(parcel, event)
        return event

    def close_parcel(self, parcel: Parcel, event: Event) -> None:
        parcel.closed = True
        parcel.held = False
        parcel.locker = ""

    def open_claim(self, parcel: Parcel, event: Event) -> None:
        parcel.claim = event.note or "refused by the recipient"

    def hold_for_inspection(self, parcel: Parcel, event: Event) -> None:
        parcel.held = True

    def undo_last(self, parcel: Parcel) -> None:
        parcel.events.pop()
        parcel.status = parcel.events[-1].kind


def is_overdue(event: Event, now: datetime, limit: timedelta) -> bool:
    return now - event.at > limit
