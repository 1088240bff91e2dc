"""The report as text."""

from parcelbook import reports
from parcelbook.domain.parcel import Parcel
from parcelbook.reports import details
from parcelbook.tracking.numbers import group_digits, legacy_check_digit


def figures(parcels: list[Parcel], extended: bool = False) -> dict[str, object]:
    """The figures by their titles, in the order in which they are exported."""
    sources = (reports, details) if extended else (reports,)
    return {
        name.replace("_", " "): getattr(source, name)(parcels)
        for source in sources
        for name in source.__all__
    }


def summary_lines(parcels: list[Parcel], extended: bool = False) -> list[str]:
    table = figures(parcels, extended)
    width = max(len(title) for title in table)
    return [f"{title:<{width}}  {value}" for title, value in table.items()]


def list_lines(parcels: list[Parcel]) -> list[str]:
    return [f"{group_digits(p.number)}  {p.status:<16}  {p.recipient.city}" for p in parcels]


class BarChart:
    """Figures as bars of text."""

    def __init__(self, width: int = 40) -> None:
        self.width = width

    def bar_lines(self, table: dict[str, int]) -> list[str]:
        top = max(table.values())
        return [f"{name} {'#' * (self.width * value // top)}" for name, value in table.items()]
