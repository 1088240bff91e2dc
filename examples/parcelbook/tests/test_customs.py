from decimal import Decimal

import pytest

from parcelbook.customs.declaration import ZONES, NoDuty, duty_for, zone_of


@pytest.mark.parametrize(
    ("country", "value", "duty"),
    [
        ("NO", "45", "0.00"),
        ("NO", "46", "2.50"),
        ("CH", "900", "2.50"),
        ("US", "45", "0.00"),
        ("US", "100", "3.50"),
        ("US", "1000", "72.00"),
        ("CA", "700", "24.50"),
        ("IS", "40", "0.00"),
        ("IS", "145", "10.00"),
    ],
)
def test_duties(country: str, value: str, duty: str) -> None:
    assert duty_for(country, Decimal(value)) == Decimal(duty)


@pytest.mark.parametrize("country", sorted(ZONES))
def test_every_zone_has_a_duty(country: str) -> None:
    assert duty_for(country, Decimal(2000)) > 0


@pytest.mark.parametrize("country", ["DE", "XX"])
def test_inside_the_union_there_is_no_duty(country: str) -> None:
    with pytest.raises(NoDuty, match=country):
        zone_of(country)
