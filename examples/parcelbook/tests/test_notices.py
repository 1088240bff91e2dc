import pytest

from parcelbook.app import Depot
from parcelbook.config.settings import Settings
from parcelbook.notices.render import (
    NoTemplate,
    notice,
    render,
    short_notice,
    template_names,
)


def test_the_delivered_notice(three: Depot, settings: Settings) -> None:
    assert notice(three.parcels()[0], "delivered", settings) == (
        "Dear Ada Vos,\n"
        "\n"
        "your parcel NL0000016 (2.4 kg) was delivered on Wednesday.\n"
        "Postage: 7.08 EUR.\n"
        "\n"
        "Harbour depot\n"
    )


def test_the_ready_notice_names_the_door(three: Depot, settings: Settings) -> None:
    parcel = three.parcels()[1]
    door = three.place_in_locker(parcel.number)
    assert f"Door: {door}." in notice(parcel, "ready", settings)


def test_without_a_locker_the_counter_has_the_parcel(three: Depot, settings: Settings) -> None:
    assert "Door: OUR COUNTER." in notice(three.parcels()[1], "ready", settings)


@pytest.mark.parametrize("name", template_names())
def test_every_template_can_be_filled(three: Depot, settings: Settings, name: str) -> None:
    assert "{{" not in notice(three.parcels()[2], name, settings)


def test_the_text_message_for_a_delivery(three: Depot, settings: Settings) -> None:
    text = short_notice(three.parcels()[0], settings)
    assert text == "Parcel NL0000016 was delivered in AMSTERDAM."


def test_the_text_message_for_damage(three: Depot, settings: Settings) -> None:
    parcel = three.scan(three.parcels()[1].number, "damaged")
    assert "is with our inspectors" in short_notice(parcel, settings)


def test_other_statuses_have_no_text_message(three: Depot, settings: Settings) -> None:
    with pytest.raises(NoTemplate, match="registered"):
        short_notice(three.parcels()[1], settings)


def test_an_unknown_template_is_refused(three: Depot, settings: Settings) -> None:
    with pytest.raises(NoTemplate, match="no template lost, only delivered, ready"):
        notice(three.parcels()[0], "lost", settings)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("no field", "no field"),
        ("{{ a }}", "1"),
        ("{{a}}{{ b }}", "12"),
        ("{{ a }} and {{ a }}", "1 and 1"),
        ("{ a }", "{ a }"),
    ],
)
def test_fields_are_filled(text: str, filled: str) -> None:
    assert render(text, {"a": 1, "b": 2}) == filled


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("{{ c }}", {"a": 1})
