from datetime import UTC, datetime
from decimal import Decimal

import pytest

from parcelbook.domain.address import Address, BadAddress, parse_address
from parcelbook.domain.money import percent_of, show_amount, to_cents
from parcelbook.domain.parcel import Event, Parcel


def test_an_address_is_read() -> None:
    assert parse_address("Ada Vos; Kade 12; 1011 AB Amsterdam; NL") == Address(
        "Ada Vos", "Kade 12", "1011 AB", "Amsterdam", "NL"
    )


@pytest.mark.parametrize(
    ("town", "postcode", "city"),
    [
        ("1011 AB Amsterdam", "1011 AB", "Amsterdam"),
        ("2514 EE Den Haag", "2514 EE", "Den Haag"),
        ("20457 Hamburg", "20457", "Hamburg"),
        ("2000 Antwerpen", "2000", "Antwerpen"),
    ],
)
def test_towns_have_postcodes_of_several_kinds(town: str, postcode: str, city: str) -> None:
    address = parse_address(f"A; B 1; {town}; BE")
    assert (address.postcode, address.city) == (postcode, city)


def test_spaces_around_the_parts_do_not_matter() -> None:
    assert parse_address(" A ;B 1;  2000 Antwerpen ; be ").lines() == [
        "A",
        "B 1",
        "2000 Antwerpen",
        "BE",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ada Vos",
        "Ada Vos; Kade 12; 1011 AB Amsterdam",
        "Ada Vos; ; 1011 AB Amsterdam; NL",
        "Ada Vos; Kade 12; Amsterdam; NL",
        "Ada Vos; Kade 12; 1011; NL",
        "Ada Vos; Kade 12; 1011 AB Amsterdam; NL; EU",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(text)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.124", "0.12"),
        ("0.126", "0.13"),
        ("7", "7.00"),
        ("-0.126", "-0.13"),
    ],
)
def test_amounts_are_rounded_to_cents(amount: str, rounded: str) -> None:
    assert str(to_cents(Decimal(amount))) == rounded


def test_half_a_cent_is_rounded_up() -> None:
    """The price list says so, and the till in the front office does it."""
    assert to_cents(Decimal("0.125")) == Decimal("0.13")


@pytest.mark.parametrize(
    ("amount", "percent", "share"),
    [("10", "6.5", "0.65"), ("6.65", "6.5", "0.43"), ("0", "6.5", "0"), ("200", "3.5", "7")],
)
def test_percentages(amount: str, percent: str, share: str) -> None:
    assert percent_of(Decimal(amount), Decimal(percent)) == Decimal(share)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("4.1", "4.10 EUR"), ("1234.5", "1,234.50 EUR"), ("0", "0.00 EUR")],
)
def test_amounts_are_shown_with_their_currency(amount: str, text: str) -> None:
    assert show_amount(Decimal(amount), "EUR") == text


def test_an_event_is_one_line() -> None:
    at = datetime(2026, 4, 1, 8, 5, tzinfo=UTC)
    assert Event("arrived", at).line() == "2026-04-01 08:05  arrived"
    assert Event("damaged", at, "wet").line() == "2026-04-01 08:05  damaged  wet"


def test_a_new_parcel_has_no_events(ada: Address) -> None:
    assert Parcel("NL0000016", ada, 500, Decimal(5)).last_event() is None


def test_a_parcel_as_a_row(ada: Address) -> None:
    assert Parcel("NL0000016", ada, 500, Decimal(5)).as_row() == {
        "number": "NL0000016",
        "status": "new",
        "name": "Ada Vos",
        "city": "Amsterdam",
        "country": "NL",
        "grams": 500,
        "price": Decimal(5),
    }
