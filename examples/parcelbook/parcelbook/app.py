"""What the depot can do, whoever asks: the command line, an import, a test."""

from collections.abc import Callable
from datetime import UTC, datetime

from parcelbook.config.settings import Settings
from parcelbook.domain.address import Address
from parcelbook.domain.parcel import Parcel
from parcelbook.pickup.lockers import LockerWall
from parcelbook.storage.backends import Storage
from parcelbook.tariffs.rates import quote
from parcelbook.tracking.journal import Journal
from parcelbook.tracking.numbers import is_valid_number, make_number


class UnknownParcel(LookupError):
    """No parcel in the book has this number."""


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Depot:
    def __init__(
        self, storage: Storage, settings: Settings, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.storage = storage
        self.settings = settings
        self._parcels = {parcel.number: parcel for parcel in storage.load()}
        self._journal = Journal(now)

    def register(self, recipient: Address, grams: int) -> Parcel:
        number = make_number(self.settings.home_country, len(self._parcels) + 1)
        price = quote(recipient, grams, self.settings).total
        parcel = Parcel(number=number, recipient=recipient, grams=grams, price=price)
        self._journal.record(parcel, "registered")
        self._parcels[number] = parcel
        self._save()
        return parcel

    def scan(self, number: str, kind: str, note: str = "") -> Parcel:
        parcel = self.find(number)
        self._journal.record(parcel, kind, note)
        self._save()
        return parcel

    def place_in_locker(self, number: str) -> str:
        parcel = self.find(number)
        wall = LockerWall(self.settings.lockers)
        for other in self.parcels():
            if other.locker:
                wall.occupy(other.locker, other.number)
        parcel.locker = wall.place(number)
        self._save()
        return parcel.locker

    def find(self, number: str) -> Parcel:
        if not is_valid_number(number):
            raise UnknownParcel(f"{number} is not a parcel number, check its digits")
        if number not in self._parcels:
            raise UnknownParcel(f"no parcel has the number {number}")
        return self._parcels[number]

    def parcels(self, status: str | None = None) -> list[Parcel]:
        book = list(self._parcels.values())
        return [parcel for parcel in book if status in (None, parcel.status)]

    def tidy(self) -> int:
        """Ask the storage to clean up behind itself, where it knows how to."""
        clean = getattr(self.storage, "drop_backups", None)
        return clean() if clean else 0

    def _save(self) -> None:
        self.storage.save(self.parcels())
