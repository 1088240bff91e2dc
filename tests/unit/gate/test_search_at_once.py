"""Several probes at once: fewer rounds, the same culprits, and nothing runs on in vain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gate.search import Found, search
from tests.unit.gate.rules import Story, stories
from tests.unit.gate.simulated import Batch, Simulated, above, batches, chain, evicted, fails_if, names


def rounds_for(size: int, jobs: int) -> int:
    """The logarithm of `size` to the base jobs + 1, rounded up."""
    rounds = 0
    while (jobs + 1) ** rounds < size:
        rounds += 1
    return rounds


def test_three_looks_at_once_find_one_of_64_in_three_rounds() -> None:
    order = [f"u{at}" for at in range(64)]
    suite = Simulated(lambda standing, _: fails_if("u41" in standing), delays=lambda _: 1)
    found = suite.search(chain(*order), {"t"}, jobs=3)
    assert evicted(found) == {"u41"}
    # Three with three looks each, and the one without the suspect.
    assert found.rounds == 4
    assert suite.most_at_once == 3


@settings(max_examples=150, deadline=None)
@given(batches(), st.integers(2, 8))
def test_rounds_are_bound_for_any_culprits_and_dependencies(batch: Batch, jobs: int) -> None:
    simulated = Simulated(batch.suite, delays=lambda _: 1)
    found = simulated.search(batch.units, batch.tests, cap=1000, jobs=jobs)
    count, size = len(batch.breaks), len(batch.units)
    assert set(names(found.kept)) == set(names(batch.units)) - above(batch.units, batch.breaks)
    many = size > 3 and count >= size / rounds_for(size, 1)
    # The round that found the batch red is not in `rounds`.
    assert found.rounds + 1 <= count + 1 + count * rounds_for(size, jobs) or many
    assert found.looks <= count + count * rounds_for(size, jobs) * rounds_for(jobs + 1, 1) or many
    assert simulated.most_at_once <= jobs


def shape(found: Found[str]) -> tuple[object, ...]:
    """All that a person gets to see."""
    told = [(names(c.units), c.symptoms, names(c.dependents), c.confirmed) for c in found.culprits]
    return told, names(found.kept), found.flaky, found.looks, found.confirming, found.rounds


@settings(max_examples=200, deadline=None)
@given(stories(), st.integers(2, 5), st.data())
def test_nothing_depends_on_which_probe_ends_first(story: Story, jobs: int, data: st.DataObject) -> None:
    def delays(turns: list[int]) -> Callable[[frozenset[str]], int]:
        return lambda standing: turns[sum(map(len, standing)) * 7 % len(turns)] + len(standing) % 3

    cap = data.draw(st.sampled_from([None, 1000, len(story.units)]))
    shapes = []
    for turns in data.draw(st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=2)):
        simulated = Simulated(story.suite, delays=delays(turns))
        shapes.append(shape(simulated.search(story.units, story.symptoms, cap=cap, jobs=jobs)))
    assert all(one == shapes[0] for one in shapes)


def test_looks_in_vain_are_cancelled_and_do_not_count() -> None:
    order = [f"u{at}" for at in range(27)]
    slow = Simulated(
        lambda standing, _: fails_if("u2" in standing),
        delays=lambda standing: 1000 if len(standing) > 14 and "u2" in standing else 2,
    )
    found = slow.search(chain(*order), {"t"}, jobs=3)
    assert evicted(found) == {"u2"}
    assert slow.cancelled
    assert found.looks <= len(slow.probes) - len(slow.cancelled)


def test_cancelled_search_leaves_no_probe_running() -> None:
    suite = Simulated(lambda standing, _: fails_if("u9" in standing), delays=lambda _: 10**6)

    async def cut_off() -> None:
        units = chain(*(f"u{at}" for at in range(16)))
        task = asyncio.ensure_future(search(units, {"t"}, suite.probe, suite.confirm, jobs=4))
        while suite.running < 4:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    asyncio.run(cut_off())
    assert suite.running == 0


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 40), st.integers(2, 64), st.data())
def test_default_cap_holds_whatever_breaks(size: int, jobs: int, data: st.DataObject) -> None:
    order = [f"u{at}" for at in range(size)]
    culprits = data.draw(st.sets(st.sampled_from(order), min_size=1))
    simulated = Simulated(lambda standing, _: fails_if(bool(culprits & standing)), delays=lambda _: 0)
    found = simulated.search(chain(*order), {"t"}, jobs=jobs)
    assert found.looks + found.confirming <= 3 * size
    assert found.looks <= 2 * size
    assert culprits.isdisjoint(names(found.kept))
    assert set(names(found.kept)) | evicted(found) == set(order)
