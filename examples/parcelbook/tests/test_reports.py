from decimal import Decimal

import pytest

from parcelbook.app import Depot
from parcelbook.reports.summary import figures, list_lines, summary_lines


def test_the_short_report(three: Depot) -> None:
    assert figures(three.parcels()) == {
        "parcels in book": 3,
        "total price": Decimal("50.94"),
        "average price": Decimal("16.98"),
    }


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("parcels in book", 3),
        ("total price", Decimal("50.94")),
        ("average price", Decimal("16.98")),
        ("count closed", 1),
        ("count held", 0),
        ("heaviest grams", 24_000),
    ],
)
def test_the_extended_report(three: Depot, title: str, value: object) -> None:
    assert figures(three.parcels(), extended=True)[title] == value


def test_the_figures_of_an_empty_book() -> None:
    assert set(figures([], extended=True).values()) == {0}


def test_the_report_is_a_table(three: Depot) -> None:
    assert summary_lines(three.parcels()) == [
        "parcels in book  3",
        "total price      50.94",
        "average price    16.98",
    ]


def test_parcels_are_listed(three: Depot) -> None:
    assert list_lines(three.parcels("delivered")) == [
        "NL 000 001 6  delivered         Amsterdam",
    ]
