"""Where a parcel goes."""

import re
from collections import OrderedDict
from dataclasses import dataclass

TOWN_LINE = re.compile(r"(?P<postcode>\d{4,5}(?: [A-Z]{2})?) (?P<city>\S.*)")


class BadAddress(ValueError):
    """The text is not an address."""


@dataclass(frozen=True)
class Address:
    name: str
    street: str
    postcode: str
    city: str
    country: str

    def lines(self) -> list[str]:
        return [self.name, self.street, f"{self.postcode} {self.city}", self.country]


@dataclass(frozen=True)
class PostOfficeBox:
    number: int
    postcode: str
    city: str

    def box_lines(self) -> list[str]:
        return [f"Box {self.number}", f"{self.postcode} {self.city}"]


def parse_address(text: str) -> Address:
    """Read `Name; Street 1; 1234 AB Town; NL`."""
    parts = [part.strip() for part in text.split(";")]
    if len(parts) != 4 or not all(parts):
        raise BadAddress(f"expected name; street; postcode town; country, got: {text}")
    name, street, town, country = parts
    match = TOWN_LINE.fullmatch(town)
    if match is None:
        raise BadAddress(f"expected a postcode and a town, got: {town}")
    return Address(name, street, match["postcode"], match["city"], country.upper())


def guess_country(postcode: str) -> str:
    """Dutch postcodes end in two letters, German ones have five digits."""
    if re.fullmatch(r"\d{4} [A-Z]{2}", postcode):
        return "NL"
    return "DE" if re.fullmatch(r"\d{5}", postcode) else "BE"
