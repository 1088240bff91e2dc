"""The book of version 1: one line of text for a parcel."""

from decimal import Decimal
from pathlib import Path

from parcelbook.domain.address import parse_address
from parcelbook.domain.parcel import Parcel
from parcelbook.storage.encoding import split_fields


class LineBook:
    """Reads the lines of a version 1 book; it cannot write them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read_lines(self) -> list[Parcel]:
        lines = self.path.read_text("latin-1").splitlines()
        return [parcel_of_line(line) for line in lines if line.strip()]


def parcel_of_line(line: str) -> Parcel:
    number, address, grams, price = split_fields(line)
    return Parcel(number, parse_address(address), int(grams), Decimal(price))
