"""How a duty is worked out, one function for each scheme of each region."""

from decimal import Decimal

from parcelbook.domain.money import percent_of, to_cents

FREE_UP_TO = Decimal(45)
HIGH_VALUE = Decimal(700)


def flat_neighbour(value: Decimal) -> Decimal:
    return Decimal("2.50") if value > FREE_UP_TO else Decimal("0.00")


def banded_overseas(value: Decimal) -> Decimal:
    if value <= FREE_UP_TO:
        return Decimal("0.00")
    rate = Decimal("3.5") if value <= HIGH_VALUE else Decimal("7.2")
    return percent_of(value, rate)


def banded_island(value: Decimal) -> Decimal:
    return to_cents(max(value - FREE_UP_TO, Decimal(0)) * Decimal("0.10"))
