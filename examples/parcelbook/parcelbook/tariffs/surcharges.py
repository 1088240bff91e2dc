"""Surcharges that a settings file may name: recipient, grams and base price in, an amount out."""

from decimal import Decimal

from parcelbook.domain.address import Address
from parcelbook.domain.money import percent_of

FUEL_PERCENT = Decimal("6.5")
FERRY = Decimal("3.50")
FERRY_POSTCODES = ("179", "889", "916")
LIFT = Decimal("9.00")
LIFT_FROM_GRAMS = 23_000


def fuel_share(recipient: Address, grams: int, base: Decimal) -> Decimal:
    return percent_of(base, FUEL_PERCENT)


def island_ferry(recipient: Address, grams: int, base: Decimal) -> Decimal:
    on_island = recipient.country == "NL" and recipient.postcode.startswith(FERRY_POSTCODES)
    return FERRY if on_island else Decimal(0)


def two_person_lift(recipient: Address, grams: int, base: Decimal) -> Decimal:
    return LIFT if grams >= LIFT_FROM_GRAMS else Decimal(0)
