import pytest

from parcelbook.app import Depot, UnknownParcel
from parcelbook.domain.parcel import Parcel
from parcelbook.tracking.journal import KINDS, UnknownKind
from parcelbook.tracking.numbers import check_digit, group_digits, is_valid_number, make_number


@pytest.mark.parametrize(
    ("digits", "check"),
    [("000001", 6), ("000002", 1), ("000123", 0), ("000301", 5), ("473124", 7), ("999999", 1)],
)
def test_check_digits(digits: str, check: int) -> None:
    assert check_digit(digits) == check


@pytest.mark.parametrize("sequence", [1, 2, 77, 4096, 999_999])
def test_numbers_that_we_make_are_valid(sequence: int) -> None:
    assert is_valid_number(make_number("NL", sequence))


@pytest.mark.parametrize(
    "number", ["", "NL", "NL0000017", "NL00000016", "120000016", "NL00000x6", "NL000001"]
)
def test_other_numbers_are_not(number: str) -> None:
    assert not is_valid_number(number)


def test_a_number_is_grouped_for_reading() -> None:
    assert group_digits("NL0000016") == "NL 000 001 6"


@pytest.fixture
def parcel(three: Depot) -> Parcel:
    return three.parcels()[1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_scan_becomes_the_status(three: Depot, parcel: Parcel, kind: str) -> None:
    assert three.scan(parcel.number, kind).status == kind
    assert parcel.events[-1].kind == kind


def test_a_delivered_parcel_is_closed_and_leaves_its_locker(three: Depot, parcel: Parcel) -> None:
    three.place_in_locker(parcel.number)
    three.scan(parcel.number, "delivered")
    assert parcel.closed
    assert parcel.locker == ""


def test_a_returned_parcel_has_a_claim(three: Depot, parcel: Parcel) -> None:
    three.scan(parcel.number, "returned", "not ordered")
    assert parcel.claim == "not ordered"


def test_a_claim_has_a_reason_even_without_a_note(three: Depot, parcel: Parcel) -> None:
    three.scan(parcel.number, "returned")
    assert parcel.claim == "refused by the recipient"


def test_a_damaged_parcel_is_held_until_it_is_delivered(three: Depot, parcel: Parcel) -> None:
    three.scan(parcel.number, "damaged", "wet")
    assert parcel.held
    three.scan(parcel.number, "delivered")
    assert not parcel.held


def test_an_arrival_has_no_consequences(three: Depot, parcel: Parcel) -> None:
    three.scan(parcel.number, "arrived")
    assert (parcel.closed, parcel.held, parcel.claim) == (False, False, "")


def test_an_unknown_kind_is_refused_and_not_recorded(three: Depot, parcel: Parcel) -> None:
    with pytest.raises(UnknownKind, match="eaten is not one of registered"):
        three.scan(parcel.number, "eaten")
    assert len(parcel.events) == 1


@pytest.mark.parametrize(
    ("number", "message"),
    [("NL0000017", "check its digits"), (make_number("NL", 99), "no parcel has the number")],
)
def test_only_parcels_of_the_book_are_found(three: Depot, number: str, message: str) -> None:
    with pytest.raises(UnknownParcel, match=message):
        three.find(number)
