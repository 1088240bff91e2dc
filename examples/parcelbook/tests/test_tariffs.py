from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from parcelbook.config.settings import BadSettings, Settings, load_settings
from parcelbook.domain.address import Address, parse_address
from parcelbook.tariffs.rates import TooHeavy, base_price, quote


@pytest.mark.parametrize(
    ("grams", "price"),
    [
        (1, "4.95"),
        (999, "4.95"),
        (1000, "4.95"),
        (1001, "5.80"),
        (2400, "6.65"),
        (10_000, "12.60"),
        (31_500, "31.30"),
    ],
)
def test_every_kilogram_that_has_begun_counts(settings: Settings, grams: int, price: str) -> None:
    assert base_price(grams, settings) == Decimal(price)


@pytest.mark.parametrize("grams", [-5, 0, 31_501])
def test_weights_have_limits(settings: Settings, grams: int) -> None:
    with pytest.raises(TooHeavy):
        base_price(grams, settings)


def extras(text: str, grams: int, settings: Settings) -> dict[str, str]:
    found = quote(parse_address(text), grams, settings).extras
    return {title: str(amount) for title, amount in found.items()}


def test_fuel_is_a_share_of_the_base(settings: Settings) -> None:
    assert extras("A; B 1; 1011 AB Amsterdam; NL", 2400, settings) == {"fuel share": "0.43"}


@pytest.mark.parametrize("town", ["1791 CD Den Burg", "8899 XY Vlieland", "9166 AA Dorp"])
def test_islands_cost_a_ferry(settings: Settings, town: str) -> None:
    assert extras(f"A; B 1; {town}; NL", 2400, settings)["island ferry"] == "3.50"


def test_a_postcode_abroad_is_no_island(settings: Settings) -> None:
    assert "island ferry" not in extras("A; B 1; 17912 Stadt; DE", 2400, settings)


@pytest.mark.parametrize(("grams", "lifted"), [(22_999, False), (23_000, True), (30_000, True)])
def test_heavy_parcels_need_two_people(settings: Settings, grams: int, lifted: bool) -> None:
    found = extras("A; B 1; 1011 AB Amsterdam; NL", grams, settings)
    assert ("two person lift" in found) is lifted


def test_the_total_is_the_base_and_the_extras(settings: Settings, ada: Address) -> None:
    price = quote(ada, 24_000, settings)
    assert price.total == Decimal("24.50") + Decimal("1.59") + Decimal("9.00")


def test_the_settings_say_which_surcharges_hold(
    own_settings: Callable[[str], Path], ada: Address
) -> None:
    settings = load_settings(own_settings("[tariff]\nsurcharges = []\n"))
    assert quote(ada, 24_000, settings).total == Decimal("24.50")


def test_a_surcharge_that_does_not_exist_is_refused(
    own_settings: Callable[[str], Path], ada: Address
) -> None:
    settings = load_settings(own_settings('[tariff]\nsurcharges = ["math.tax"]\n'))
    with pytest.raises(BadSettings, match=r"math\.tax, which does not exist"):
        quote(ada, 500, settings)
