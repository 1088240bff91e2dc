from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from parcelbook.config.settings import BadSettings, Settings, load_settings, resolve

Write = Callable[[str], Path]


def test_the_defaults(settings: Settings) -> None:
    assert settings.depot_name == "Harbour depot"
    assert settings.base_price == Decimal("4.10")
    assert settings.lockers == ("A1", "A2", "B1", "B2")


def test_every_surcharge_of_the_defaults_exists(settings: Settings) -> None:
    assert len(settings.surcharges) == 3
    assert all(callable(resolve(dotted)) for dotted in settings.surcharges)


def test_own_settings_lie_over_the_defaults(own_settings: Write) -> None:
    settings = load_settings(own_settings('[depot]\nname = "Hill depot"\n'))
    assert settings.depot_name == "Hill depot"
    assert settings.home_country == "NL"


def test_a_depot_may_go_without_surcharges(own_settings: Write) -> None:
    assert load_settings(own_settings("[tariff]\nsurcharges = []\n")).surcharges == ()


def test_an_unknown_table_is_refused(own_settings: Write) -> None:
    with pytest.raises(BadSettings, match="unknown table in the settings: tarif"):
        load_settings(own_settings("[tarif]\nbase = 1\n"))


def test_a_file_that_is_no_toml_is_refused(own_settings: Write) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        load_settings(own_settings("[depot\n"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("dotted", ["math.nothing", "no.such.module", "plain", ""])
def test_names_that_lead_nowhere_are_refused(dotted: str) -> None:
    with pytest.raises(BadSettings, match="does not exist"):
        resolve(dotted)


def test_a_dotted_name_is_resolved() -> None:
    assert resolve("math.floor")(2.5) == 2
