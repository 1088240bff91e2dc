"""The customs declaration of a parcel."""

import textwrap
from collections.abc import Callable
from dataclasses import astuple, dataclass
from decimal import Decimal

from parcelbook.customs import schemes

Scheme = Callable[[Decimal], Decimal]


@dataclass(frozen=True)
class Zone:
    scheme: str
    region: str


ZONES = {
    "NO": Zone("flat", "neighbour"),
    "CH": Zone("flat", "neighbour"),
    "US": Zone("banded", "overseas"),
    "CA": Zone("banded", "overseas"),
    "IS": Zone("banded", "island"),
}


class NoDuty(LookupError):
    """The country lies inside the union, or the depot does not send there."""


def duty_for(country: str, value: Decimal) -> Decimal:
    zone = zone_of(country)
    scheme: Scheme = vars(schemes)["_".join(astuple(zone))]
    return scheme(value)


def zone_of(country: str) -> Zone:
    if country not in ZONES:
        raise NoDuty(f"there is no duty for {country}")
    return ZONES[country]


def harmonised_chapter(code: str) -> int:
    """The chapter of a goods code: its first two digits."""
    return int(code.replace(" ", "")[:2])
