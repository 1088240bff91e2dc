"""The figures that every report has; all take the parcels of the book."""

from decimal import Decimal

from parcelbook.domain.money import to_cents
from parcelbook.domain.parcel import Parcel


def parcels_in_book(parcels: list[Parcel]) -> int:
    return len(parcels)


def total_price(parcels: list[Parcel]) -> Decimal:
    return sum((parcel.price for parcel in parcels), Decimal("0.00"))


def average_price(parcels: list[Parcel]) -> Decimal:
    if not parcels:
        return Decimal("0.00")
    return to_cents(sum((parcel.price for parcel in parcels), Decimal(0)) / len(parcels))
