"""The figures of the extended report: what `__all__` names, in its order."""

from typing import Final

from parcelbook.domain.parcel import Parcel

__all__: Final = ("count_closed", "count_held", "heaviest_grams")


def count_closed(parcels: list[Parcel]) -> int:
    return sum(parcel.closed for parcel in parcels)


def count_held(parcels: list[Parcel]) -> int:
    return sum(parcel.held for parcel in parcels)


def heaviest_grams(parcels: list[Parcel]) -> int:
    return max((parcel.grams for parcel in parcels), default=0)


def busiest_city(parcels: list[Parcel]) -> str:
    cities = [parcel.recipient.city for parcel in parcels]
    return max(set(cities), key=cities.count)
