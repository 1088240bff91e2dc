"""Amounts of money, in the depot's one currency."""

from decimal import Decimal
from fractions import Fraction

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Round to whole cents."""
    return amount.quantize(CENT)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    return to_cents(amount * percent / 100)


def split_evenly(amount: Decimal, parts: int) -> list[Decimal]:
    """Split an amount so that the shares add up to it again, the larger ones first."""
    cents = int(amount / CENT)
    exact = Fraction(cents, parts)
    return _spread_leftover(exact, cents, parts)


def _spread_leftover(exact: Fraction, cents: int, parts: int) -> list[Decimal]:
    floor = exact.numerator // exact.denominator
    leftover = cents - floor * parts
    return [CENT * (floor + (index < leftover)) for index in range(parts)]


def show_amount(amount: Decimal, currency: str) -> str:
    return f"{to_cents(amount):,.2f} {currency}"
