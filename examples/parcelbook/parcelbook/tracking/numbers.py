"""Parcel numbers: a country, six digits and a check digit."""

WEIGHTS = (8, 6, 4, 2, 3, 5)


def make_number(country: str, sequence: int) -> str:
    digits = f"{sequence:06d}"
    return f"{country}{digits}{check_digit(digits)}"


def is_valid_number(number: str) -> bool:
    country, digits, check = number[:2], number[2:-1], number[-1:]
    if not country.isalpha() or len(digits) != len(WEIGHTS) or not (digits + check).isdigit():
        return False
    return int(check) == check_digit(digits)


def check_digit(digits: str) -> int:
    """Modulo 11 with weights; 10 becomes 0 and 11 becomes 5."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)


def legacy_check_digit(digits: str) -> int:
    """The check digit of numbers from before the weights: the sum, modulo 7."""
    return sum(int(digit) for digit in digits) % 7


def group_digits(number: str) -> str:
    """The number as people read it out: `NL 000 001 4`."""
    return " ".join((number[:2], number[2:5], number[5:8], number[8:]))


def mask_number(number: str) -> str:
    return number[:2] + "*" * (len(number) - 5) + number[-3:]
