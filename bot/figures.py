"""Numbers as people read them, the same everywhere."""

from __future__ import annotations

import math
from fractions import Fraction

IRREGULAR = {"class": "classes", "property": "properties"}


def count(number: int, noun: str) -> str:
    """`1 test`, `1,204 tests`."""
    return f"1 {noun}" if number == 1 else f"{number:,} {IRREGULAR.get(noun, f'{noun}s')}"


def percent(rate: Fraction | float) -> str:
    """Rounded down to two places, without zeros that say nothing: 99.996 % is not 100 %."""
    # A float is a little off: 0.9983 * 10,000 is 9,982.999...
    hundredths = math.floor(rate * 10_000 + (0 if isinstance(rate, Fraction) else 1e-6))
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + " %"
