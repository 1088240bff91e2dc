import pytest

from parcelbook.app import Depot
from parcelbook.config.settings import Settings
from parcelbook.domain.address import Address
from parcelbook.pickup.labels import WIDTH, LabelSheet
from parcelbook.pickup.lockers import LockerWall, WallFull


def test_a_parcel_goes_behind_a_free_door() -> None:
    wall = LockerWall(["A1", "A2"])
    wall.occupy("A1", "p1")
    assert wall.place("p2") == "A2"


def test_a_full_wall_takes_nothing() -> None:
    wall = LockerWall(["A1"])
    wall.place("p1")
    with pytest.raises(WallFull, match="there is no free door"):
        wall.place("p2")


def test_every_door_is_used_once() -> None:
    wall = LockerWall(["A1", "A2", "B1", "B2"])
    assert sorted(wall.place(f"p{n}") for n in range(4)) == ["A1", "A2", "B1", "B2"]
    assert wall.free_doors() == []


def test_doors_of_other_parcels_are_not_free(three: Depot) -> None:
    doors = {three.place_in_locker(parcel.number) for parcel in three.parcels()}
    assert len(doors) == 3


def test_the_next_parcel_goes_behind_another_door(depot: Depot, ada: Address) -> None:
    """All doors wear alike: one that has just been emptied is not the next to be filled."""
    first = depot.register(ada, 500)
    door = depot.place_in_locker(first.number)
    depot.scan(first.number, "delivered")
    second = depot.register(ada, 700)
    assert depot.place_in_locker(second.number) != door


def test_a_label(three: Depot, settings: Settings) -> None:
    label = LabelSheet(settings).draw(three.parcels()[0])
    rows = [line.strip("| ") for line in label.splitlines() if not line.startswith("+")]
    assert rows[:5] == ["Harbour depot", "Ada Vos", "Kade 12", "1011 AB Amsterdam", "NL"]
    assert rows[-1] == "NL 000 001 6"


def test_all_rows_of_a_label_have_one_width(three: Depot, settings: Settings) -> None:
    label = LabelSheet(settings).draw(three.parcels()[2])
    assert {len(line) for line in label.splitlines()} == {WIDTH + 4}


def test_long_rows_are_cut(depot: Depot, settings: Settings) -> None:
    address = Address("N" * 60, "B 1", "2000", "Antwerpen", "BE")
    label = LabelSheet(settings).draw(depot.register(address, 500))
    assert "N" * WIDTH + " |" in label


@pytest.mark.parametrize("part", ["sender", "recipient", "bars"])
def test_a_label_may_have_one_part_only(three: Depot, settings: Settings, part: str) -> None:
    label = LabelSheet(settings).draw(three.parcels()[0], (part,))
    assert label.count("+--") == 2
