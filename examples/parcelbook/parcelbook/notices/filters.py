"""Filters for the fields of a template."""

from datetime import datetime
from decimal import Decimal

from parcelbook.domain.money import show_amount


def format_weight(grams: int) -> str:
    return f"{Decimal(grams) / 1000:.1f} kg"


def format_money(price: tuple[Decimal, str]) -> str:
    return show_amount(*price)


def weekday_of(moment: datetime | None) -> str:
    return f"{moment:%A}" if moment else "today"


def in_capitals(text: str) -> str:
    return text.upper()


def format_ounces(grams: int) -> str:
    return f"{Decimal(grams) / Decimal('28.3495'):.0f} oz"
