"""Reruns with and without: what is blamed, what is flaky, what was there before."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from fractions import Fraction

import pytest

from bot.gate.flakes import Confirmation, State, confirm, watched

C, D, U = State.CLEAN, State.DIRTY, State.UNKNOWN


class Tree:
    """Shows these states of one symptom, one after the other."""

    def __init__(self, *states: State) -> None:
        self.states = states
        self.samples: list[int] = []

    async def look(self, symptoms: Collection[str], sample: int) -> Mapping[str, State]:
        self.samples.append(sample)
        return dict.fromkeys(symptoms, self.states[sample])


def found(with_change: Tree, without: Tree | None) -> Confirmation[str]:
    look = None if without is None else without.look
    return asyncio.run(confirm({"t"}, with_change.look, look, 3))


@pytest.mark.parametrize(
    ("with_change", "without", "place"),
    [
        ((D, D, D), (C, C, C), "confirmed"),
        ((D, D, C), (C, C, C), "flaky"),
        ((C,), (), "flaky"),
        ((D, D, D), (C, D), "elsewhere"),
        ((D, D, D), (C, U), "elsewhere"),
        ((D, U), (C, C, C), "unsure"),
    ],
)
def test_where_a_symptom_belongs(
    with_change: tuple[State, ...], without: tuple[State, ...], place: str
) -> None:
    result = found(Tree(*with_change), Tree(*without))
    places = ("confirmed", "flaky", "elsewhere", "unsure")
    assert [name for name in places if getattr(result, name)] == [place]


def test_one_pass_ends_the_reruns() -> None:
    here, there = Tree(D, C, D), Tree(C, C, C)
    found(here, there)
    assert (here.samples, there.samples) == ([0, 1], [])


def test_baseline_stands_for_the_runs_without() -> None:
    assert found(Tree(D, D, D), None).confirmed == {"t"}


@pytest.mark.parametrize(
    ("looks", "state"),
    [([D, C, D, C], D), ([D, C, C, C], C), ([U, U, U, U], U), ([U, D, D, C], D), ([C, C, C, C], C)],
)
def test_flickering_symptom_is_there_where_it_shows_often_enough(looks: list[State], state: State) -> None:
    assert watched(looks, Fraction(1, 2)) is state
