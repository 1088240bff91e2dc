"""The price of a parcel: a base by weight, and the surcharges that the settings name."""

import math
from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal

from parcelbook.config.settings import Settings, resolve
from parcelbook.domain.address import Address
from parcelbook.domain.money import to_cents


class TooHeavy(ValueError):
    """The depot does not take parcels of this weight."""


LIMIT_GRAMS = 31_500


@dataclass(frozen=True)
class Quote:
    base: Decimal
    extras: dict[str, Decimal]

    @property
    def total(self) -> Decimal:
        return self.base + sum(self.extras.values(), Decimal(0))


class WeightBands:
    """The price list by bands that was in force before prices by the kilogram."""

    def __init__(self, limits: list[int], prices: list[Decimal]) -> None:
        self.limits = limits
        self.prices = prices

    def price_in_band(self, grams: int) -> Decimal:
        return self.prices[band_index(self.limits, grams)]


def band_index(limits: list[int], grams: int) -> int:
    return min(bisect_left(limits, grams), len(limits) - 1)


def quote(recipient: Address, grams: int, settings: Settings) -> Quote:
    base = base_price(grams, settings)
    extras = {}
    for dotted in settings.surcharges:
        amount = resolve(dotted)(recipient, grams, base)
        if amount:
            extras[_title(dotted)] = to_cents(amount)
    return Quote(base, extras)


def base_price(grams: int, settings: Settings) -> Decimal:
    """Every kilogram that has begun counts."""
    if not 0 < grams <= LIMIT_GRAMS:
        raise TooHeavy(f"a parcel weighs 1 to {LIMIT_GRAMS} grams, not {grams}")
    return settings.base_price + settings.price_per_kilo * math.ceil(grams / 1000)


def _title(dotted: str) -> str:
    return dotted.rpartition(".")[2].replace("_", " ")
