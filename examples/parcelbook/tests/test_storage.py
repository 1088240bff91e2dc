import json
from pathlib import Path

import pytest

from parcelbook.app import Depot
from parcelbook.config.settings import Settings
from parcelbook.domain.address import Address
from parcelbook.storage.backends import BrokenBook, JsonFileStorage, MemoryStorage
from parcelbook.storage.encoding import dump_parcels, load_parcels


def test_parcels_survive_the_way_to_text_and_back(three: Depot) -> None:
    assert load_parcels(dump_parcels(three.parcels())) == three.parcels()


def test_amounts_and_moments_are_text_in_the_file(three: Depot) -> None:
    record = json.loads(dump_parcels(three.parcels()))["parcels"][0]
    assert record["price"] == "7.08"
    assert record["events"][0]["at"] == "2026-04-01T08:01:00+00:00"


def test_memory_keeps_what_was_saved(three: Depot) -> None:
    storage = MemoryStorage()
    storage.save(three.parcels())
    assert storage.load() == three.parcels()


def test_memory_does_not_share_its_parcels(three: Depot) -> None:
    storage = MemoryStorage(three.parcels())
    storage.load()[0].status = "lost"
    assert storage.load()[0].status == "delivered"


def test_a_file_that_is_not_there_is_an_empty_book(tmp_path: Path) -> None:
    assert JsonFileStorage(tmp_path / "none.json").load() == []


def test_a_book_survives_in_a_file(tmp_path: Path, three: Depot) -> None:
    path = tmp_path / "book.json"
    JsonFileStorage(path).save(three.parcels())
    assert JsonFileStorage(path).load() == three.parcels()


@pytest.mark.parametrize("text", ["", "[]x", "{}", '{"parcels": [{}]}'])
def test_a_file_that_is_no_book_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "book.json"
    path.write_text(text)
    with pytest.raises(BrokenBook, match="is not a parcel book"):
        JsonFileStorage(path).load()


def test_the_version_before_stays_beside_the_book(tmp_path: Path, three: Depot) -> None:
    path = tmp_path / "book.json"
    storage = JsonFileStorage(path)
    storage.save(three.parcels()[:1])
    storage.save(three.parcels())
    assert len(JsonFileStorage(tmp_path / "book.json.bak").load()) == 1


def test_tidying_deletes_the_version_before(
    tmp_path: Path, settings: Settings, ada: Address
) -> None:
    depot = Depot(JsonFileStorage(tmp_path / "book.json"), settings)
    depot.register(ada, 500)
    depot.register(ada, 700)
    assert depot.tidy() == 1
    assert [path.name for path in tmp_path.iterdir()] == ["book.json"]
    assert depot.tidy() == 0


def test_memory_has_nothing_to_tidy(three: Depot) -> None:
    assert three.tidy() == 0
