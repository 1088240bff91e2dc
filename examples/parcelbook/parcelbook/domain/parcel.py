"""A parcel and what happened to it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from parcelbook.domain.address import Address


@dataclass(frozen=True)
class Event:
    kind: str
    at: datetime
    note: str = ""

    def line(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}  {self.kind}  {self.note}".rstrip()


@dataclass
class Parcel:
    number: str
    recipient: Address
    grams: int
    price: Decimal
    status: str = "new"
    closed: bool = False
    held: bool = False
    claim: str = ""
    locker: str = ""
    events: list[Event] = field(default_factory=list)

    def days_under_way(self, today: date) -> int:
        return (today - self.events[0].at.date()).days

    def last_event(self) -> Event | None:
        return self.events[-1] if self.events else None

    def as_row(self) -> dict[str, Any]:
        """The flat form that lists and exports show."""
        return {
            "number": self.number,
            "status": self.status,
            "name": self.recipient.name,
            "city": self.recipient.city,
            "country": self.recipient.country,
            "grams": self.grams,
            "price": self.price,
        }
