"""What goes together, what goes first, and what cannot stand together."""

from __future__ import annotations

from dataclasses import replace

from bot.stack.landing import landing
from bot.types.change import Change
from bot.types.ids import UnitId
from bot.types.stack import Landing
from tests.unit.stack.made import change


def shown(found: Landing) -> list[str]:
    return [
        " ".join(unit.units) + (f" needs {' '.join(sorted(unit.needs))}" if unit.needs else "")
        for unit in found.units
    ]


def edges(**needs: str) -> dict[UnitId, frozenset[UnitId]]:
    return {UnitId(unit): frozenset(map(UnitId, text.split())) for unit, text in needs.items()}


def test_unrelated_changes_land_alone_in_a_fixed_order() -> None:
    assert shown(landing([change("b"), change("a"), change("c")])) == ["a", "b", "c"]


def test_what_was_built_on_another_needs_it_and_comes_later() -> None:
    assert shown(landing([change("a", after=["b"]), change("b")])) == ["b", "a needs b"]


def test_found_needs_count_like_told_ones() -> None:
    assert shown(landing([change("a"), change("b")], edges(a="b missing"))) == ["b", "a needs b"]


def test_a_circle_is_one_landing_unit() -> None:
    changes = [change(name) for name in "abcd"]
    assert shown(landing(changes, edges(a="b", b="c", c="a", d="c"))) == ["a b c", "d needs c"]


def test_joined_units_go_together() -> None:
    changes = [change(name) for name in "abc"]
    assert shown(landing(changes, joined=[{UnitId("a"), UnitId("c")}])) == ["a c", "b"]


def test_one_path_with_equal_contents_goes_together() -> None:
    changes = [change("a", "x.py", text="same"), change("b", "x.py", text="same")]
    assert shown(landing(changes)) == ["a b"]


def test_one_path_with_other_contents_is_a_conflict_of_the_later() -> None:
    found = landing([change("b", "x.py"), change("a", "x.py"), change("c", after=["b"])])
    assert shown(found) == ["a"]
    assert found.rejected == {"b": "x.py is changed by a too, and the two do not go together"}
    assert found.void == {"c": "b"}


def test_one_path_that_composes_goes_together() -> None:
    found = landing([change("b", "x.py"), change("a", "x.py")], composes=lambda _: True)
    assert shown(found) == ["a b"]


def test_a_path_may_be_written_by_what_was_built_on_its_change() -> None:
    found = landing([change("a", "x.py"), change("b", "x.py", after=["a"])])
    assert (shown(found), found.rejected) == (["a", "b needs a"], {})


def test_what_was_built_on_nothing_that_is_here_is_void_with_all_above() -> None:
    found = landing([change("b", after=["a"]), change("c", after=["b"]), change("d")])
    assert (shown(found), found.void) == (["d"], {"b": "a", "c": "b"})


def test_a_change_without_entries_lands_nothing_and_holds_nothing_up() -> None:
    nothing: Change = replace(change("a"), entries=())
    assert shown(landing([nothing, change("b", after=["a"])])) == ["b"]
