"""Layers stand on what they need, and on nothing else; pictures show each layer with what it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stack.layers import layer_id, layers
from bot.types.ids import Branch, LayerId, UnitId
from bot.types.stack import Known, KnownLayer, LandingUnit, Pull, Stack
from tests.unit.stack.made import part


def stacked(
    *parts: LandingUnit, depth: int = 4, max_lines: int = 100, known: Known | None = None
) -> tuple[Stack, ...]:
    lines = {unit: 10 for held in parts for unit in held.units}
    return layers(parts, goal="Remove it.", depth=depth, max_lines=max_lines, lines=lines, known=known)


def picture(stacks: Iterable[Stack]) -> str:
    """One line a stack; a stack that does not start on the base says what it stands on."""
    everything = {layer.id: "+".join(layer.units) for stack in stacks for layer in stack.layers}
    lines = []
    for stack in stacks:
        below = stack.layers[0].below
        start = f"({everything[below]}) " if below else ""
        lines.append(start + " < ".join(everything[layer.id] for layer in stack.layers))
    return "\n".join(lines)


def test_unrelated_layers_start_another_stack() -> None:
    assert picture(stacked(part("a"), part("b"), part("c", "a"))) == "a < c\nb"


def test_what_lies_in_one_folder_and_needs_the_same_shares_a_layer() -> None:
    a, b = part("a", paths=["x/a.py"]), part("b", paths=["x/b.py"])
    c = part("c", "a", paths=["x/c.py"])
    assert picture(stacked(a, b, c)) == "a+b < c"


def test_a_layer_ends_where_it_is_too_long_to_review() -> None:
    parts = [part(name, paths=[f"x/{name}.py"]) for name in "abc"]
    assert picture(stacked(*parts, max_lines=20)) == "a+b\nc"
    assert picture(stacked(*parts, max_lines=1)) == "a\nb\nc"


def test_two_layers_on_one_do_not_wait_for_each_other() -> None:
    assert picture(stacked(part("a"), part("b", "a"), part("c", "a"), part("d", "c"))) == "a < c < d\n(a) b"


def test_what_needs_two_layers_puts_them_in_line() -> None:
    assert picture(stacked(part("a"), part("b"), part("c", "a", "b"))) == "a < b < c"


def test_a_diamond_is_one_line() -> None:
    parts = [part("a"), part("b", "a"), part("c", "a"), part("d", "b", "c")]
    assert picture(stacked(*parts)) == "a < b < c < d"


@pytest.mark.parametrize(
    ("depth", "expected"),
    [(0, "a < b < c < d < e"), (1, "a+b+c+d\ne"), (2, "a+b < c+d\ne"), (3, "a+b < c < d\ne")],
)
def test_depth_is_kept_by_folding(depth: int, expected: str) -> None:
    chain = [part("a"), part("b", "a"), part("c", "b"), part("d", "c"), part("e")]
    assert picture(stacked(*chain, depth=depth)) == expected


def known(
    layer: str, *units: str, number: int = 1, state: str = "open", hands_off: bool = False
) -> KnownLayer:
    pull = Pull(number, "", "", Branch(layer), Branch("main"), None, state)
    return KnownLayer(LayerId(layer), tuple(UnitId(unit) for unit in units), pull, hands_off)


def test_an_open_layer_keeps_its_units_and_its_id() -> None:
    a, b, c = (part(name, paths=[f"x/{name}.py"]) for name in "abc")
    (first, second) = stacked(a, b, c, known=Known(layers=(known("kept-1", "a", "gone"),)))
    assert [(layer.id, layer.units) for layer in (first.layers[0], second.layers[0])] == [
        ("kept-1", ("a",)),
        (layer_id([UnitId("b"), UnitId("c")]), ("b", "c")),
    ]


def test_closed_and_taken_over_layers_keep_nothing() -> None:
    old = Known(layers=(known("x", "a", state="closed"), known("y", "b", hands_off=True)))
    ids = [stack.layers[0].id for stack in stacked(part("a"), part("b"), known=old)]
    assert ids == [layer_id([UnitId("a")]), layer_id([UnitId("b")])]


def test_open_layers_that_need_each_other_become_one() -> None:
    old = Known(layers=(known("x", "a", "d"), known("y", "b", "c", number=2)))
    parts = [part("a"), part("b", "a"), part("c"), part("d", "c")]
    (stack,) = stacked(*parts, known=old)
    assert [(layer.id, layer.units) for layer in stack.layers] == [("x", ("a", "d", "b", "c"))]


def test_ids_and_titles_read_well() -> None:
    assert layer_id([UnitId("app-io-0a1b2c3d")]).startswith("app-io-")
    two = layer_id([UnitId("b-00000002"), UnitId("a-00000001")])
    assert two.startswith("a-and-1-more-")
    assert two == layer_id([UnitId("a-00000001"), UnitId("b-00000002")])
    goal = "Remove code that nothing uses, and keep everything that is documented. Second sentence."
    titles = [
        layers([held], goal=goal, depth=4, max_lines=9, lines={})[0].layers[0].title
        for held in (
            part("a"),
            part("b", paths=["app/io/x.py", "app/io/y.py"]),
            part("c", paths=["x.py", "y.py"]),
        )
    ]
    assert titles == [
        "Remove code that nothing uses, and keep everything … in a/x.py",
        "Remove code that nothing uses, and keep everything … in app/io",
        "Remove code that nothing uses, and keep everything … in several places",
    ]


@st.composite
def graphs(draw: st.DrawFn) -> list[LandingUnit]:
    count = draw(st.integers(1, 12))
    parts = []
    for number in range(count):
        needs = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        folder = draw(st.sampled_from("xyz"))
        parts.append(part(f"u{number:02}", *(f"u{n:02}" for n in needs), paths=[f"{folder}/{number}.py"]))
    return parts


def below_all(stacks: Sequence[Stack]) -> dict[UnitId, set[UnitId]]:
    by_id = {layer.id: layer for stack in stacks for layer in stack.layers}
    found: dict[UnitId, set[UnitId]] = {}
    for layer in by_id.values():
        under, at = set(layer.units), layer.below
        while at:
            under |= set(by_id[at].units)
            at = by_id[at].below
        found.update(dict.fromkeys(layer.units, under))
    return found


@given(graphs(), st.integers(0, 4), st.sampled_from([1, 25, 1000]))
def test_everything_needed_lies_below_once_and_no_stack_is_too_high(
    parts: list[LandingUnit], depth: int, max_lines: int
) -> None:
    stacks = stacked(*parts, depth=depth, max_lines=max_lines)
    under = below_all(stacks)
    placed = [unit for stack in stacks for layer in stack.layers for unit in layer.units]
    assert sorted(placed) == [held.units[0] for held in parts]
    for held in parts:
        assert held.needs <= under[held.units[0]]
    by_id = {layer.id: layer for stack in stacks for layer in stack.layers}
    for layer in by_id.values():
        height, at = 1, layer.below
        while at:
            height, at = height + 1, by_id[at].below
        assert height <= depth or depth == 0
    for stack in stacks:
        assert [layer.below for layer in stack.layers[1:]] == [layer.id for layer in stack.layers[:-1]]
