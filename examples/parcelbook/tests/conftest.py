from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from parcelbook.app import Depot
from parcelbook.config.settings import Settings, load_settings
from parcelbook.domain.address import Address, parse_address
from parcelbook.storage.backends import MemoryStorage

ADA = "Ada Vos; Kade 12; 1011 AB Amsterdam; NL"
BEN = "Ben Maas; Dorpsweg 3; 1791 CD Den Burg; NL"
EVA = "Eva Klein; Hafenallee 7; 20457 Hamburg; DE"


class Clock:
    """A minute passes with every look at it; it starts on a Wednesday."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def ada() -> Address:
    return parse_address(ADA)


@pytest.fixture
def depot(settings: Settings) -> Depot:
    return Depot(MemoryStorage(), settings, now=Clock())


@pytest.fixture
def three(depot: Depot) -> Depot:
    """A depot with three parcels, one of them delivered."""
    for text, grams in ((ADA, 2400), (BEN, 800), (EVA, 24_000)):
        depot.register(parse_address(text), grams)
    depot.scan(depot.parcels()[0].number, "delivered")
    return depot


@pytest.fixture
def own_settings(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "own.toml"
        path.write_text(text, "utf-8")
        return path

    return write
