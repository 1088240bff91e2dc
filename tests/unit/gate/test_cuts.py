"""Several looks at once find the same place as one at a time, in fewer rounds, whichever ends first."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gate.cuts import Looking, cuts, first_dirty
from bot.gate.flakes import State


class Row:
    """Places with a state each; a look at one takes some turns of the event loop, or never ends."""

    def __init__(self, states: Sequence[State], turns: Callable[[int], int | None] = lambda _: 0) -> None:
        self.states = states
        self.turns = turns
        self.rounds: list[list[int]] = []
        self.running: set[int] = set()

    def ask(self, places: Sequence[int]) -> Mapping[int, Awaitable[State]]:
        self.rounds.append(list(places))
        return {at: self._look(at) for at in places}

    async def _look(self, at: int) -> State:
        self.running.add(at)
        try:
            turns = self.turns(at)
            if turns is None:
                await asyncio.Event().wait()
            for _ in range(turns or 0):
                await asyncio.sleep(0)
        finally:
            self.running.discard(at)
        return self.states[at]

    def first(self, jobs: int, *, step: bool = False) -> int:
        looking = Looking(self.ask, lambda _, state: state, jobs)
        found = asyncio.run(first_dirty(0, len(self.states) - 1, looking, step=step))
        assert not self.running
        return found


def monotone(size: int, dirty: int) -> list[State]:
    return [State.DIRTY if at >= dirty else State.CLEAN for at in range(size + 1)]


def test_one_cut_is_the_middle() -> None:
    assert cuts(0, 8, 1) == [4]
    assert cuts(0, 7, 1) == [3]
    assert cuts(0, 8, 1, mute={4}) == [3]
    assert cuts(0, 8, 1, mute={3, 4}) == [5]


def test_nothing_lies_between_neighbours() -> None:
    assert cuts(3, 4, 5) == []


@given(st.integers(0, 50), st.integers(1, 200), st.integers(1, 70))
def test_cuts_leave_no_gap_wider_than_their_share(low: int, span: int, count: int) -> None:
    found = cuts(low, low + span, count)
    assert len(found) == len(set(found)) == min(count, span - 1)
    ends = [low, *found, low + span]
    assert max(b - a for a, b in pairwise(ends)) <= math.ceil(span / (len(found) + 1))


@given(st.integers(2, 60), st.integers(1, 8), st.data())
def test_mute_places_are_not_asked_again(span: int, count: int, data: st.DataObject) -> None:
    mute = data.draw(st.sets(st.integers(1, span - 1)))
    found = cuts(0, span, count, mute)
    assert len(set(found)) == min(count, span - 1 - len(mute))
    assert mute.isdisjoint(found)


@settings(deadline=None)
@given(st.integers(1, 100), st.integers(1, 9), st.data())
def test_boundary_is_found_in_logarithmic_rounds(size: int, jobs: int, data: st.DataObject) -> None:
    dirty = data.draw(st.integers(1, size))
    turns = data.draw(st.lists(st.integers(0, 5), min_size=size + 1, max_size=size + 1))
    row = Row(monotone(size, dirty), lambda at: turns[at])
    assert row.first(jobs) == dirty
    rounds = 0
    while (jobs + 1) ** rounds < size:
        rounds += 1
    assert len(row.rounds) <= rounds
    assert max(map(len, row.rounds), default=0) <= jobs


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(1, 6), st.booleans(), st.data())
def test_what_is_found_does_not_depend_on_what_ends_first(
    size: int, jobs: int, step: bool, data: st.DataObject
) -> None:
    states = data.draw(st.lists(st.sampled_from(State), min_size=size + 1, max_size=size + 1))
    turns = st.lists(st.integers(0, 7), min_size=size + 1, max_size=size + 1)
    one, other = (data.draw(turns) for _ in range(2))
    first, second = Row(states, lambda at: one[at]), Row(states, lambda at: other[at])
    assert first.first(jobs, step=step) == second.first(jobs, step=step)
    assert first.rounds == second.rounds


def test_look_whose_answer_does_not_matter_any_more_is_cancelled() -> None:
    """What lies above a dirty place hangs; nobody waits for it."""
    row = Row(monotone(8, 3), lambda at: None if at > 4 else 0)
    assert row.first(3) == 3
    assert row.rounds[0] == [2, 4, 6]


def test_mute_places_end_the_search_at_the_dirty_end() -> None:
    row = Row([State.CLEAN, *[State.UNKNOWN] * 4, State.DIRTY])
    assert row.first(2) == 5
    assert sorted(at for asked in row.rounds for at in asked) == [1, 2, 3, 4]


def test_steps_go_up_from_the_clean_end() -> None:
    row = Row(monotone(20, 5))
    assert row.first(2, step=True) == 5
    assert row.rounds == [[1, 2], [3, 4], [5, 6]]


def test_error_of_a_look_comes_out_and_nothing_goes_on() -> None:
    row = Row(monotone(8, 3), lambda at: 3)

    def read(at: int, _state: State) -> State:
        raise RuntimeError(str(at))

    with pytest.raises(RuntimeError, match="4"):
        asyncio.run(first_dirty(0, 8, Looking(row.ask, read, 3)))
    assert not row.running
