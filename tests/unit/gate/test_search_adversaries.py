"""Units that hide, mend and need one another: who is evicted has earned it, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gate.flakes import Confirmation
from bot.gate.search import Culprit, search
from bot.types.stack import LandingUnit
from tests.unit.gate.rules import Does, Rule, Story, stories
from tests.unit.gate.simulated import Batch, Simulated, above, batches, chain, evicted, fails_if, names

C, D = Rule("c", Does.BREAKS), Rule("d", Does.BREAKS)
OTHER = Rule("d", Does.BREAKS, test="s")
MENDED = Rule("a", Does.BREAKS_WITHOUT, "b")
HIDDEN = Rule("a", Does.HIDES_WITHOUT, "b")
APART = Rule("a", Does.BREAKS_APART, "b")
UNLOADED = Rule("a", Does.HIDES_APART, "b")

TOLD = {
    "a breaks, b mends, c breaks": ((MENDED, C), {}),
    "a removes the helper, b its import, c breaks": ((HIDDEN, C), {}),
    "a and b are green only together, c breaks": ((APART, C), {}),
    "a and b load only together, c breaks": ((UNLOADED, C), {}),
    "two break what a breaks too and b mends": ((MENDED, C, D), {}),
    "two break what a hides without b": ((HIDDEN, C, D), {}),
    "two break what a and b load only together": ((UNLOADED, C, D), {}),
    "c breaks one test, d another, a hides the first without b": ((HIDDEN, C, OTHER), {}),
    "b mends what a breaks, and d what b breaks": ((MENDED, Rule("b", Does.BREAKS_WITHOUT, "d"), C), {}),
    "b shows what a hides, and d what b hides": ((HIDDEN, Rule("b", Does.HIDES_WITHOUT, "d"), C), {}),
    "b mends what a breaks, and e what d hides": ((MENDED, Rule("d", Does.HIDES_WITHOUT, "e"), C), {}),
    "c was built on a, which b mends": ((MENDED, C), {"c": "a"}),
    "c was built on a, which b mends, and d breaks too": ((MENDED, C, D), {"c": "a"}),
    "c was built on a, which hides without b": ((HIDDEN, C), {"c": "a"}),
    "c was built on a, which hides without b, and d breaks too": ((HIDDEN, C, D), {"c": "a"}),
    "c was built on b, which mends a": ((MENDED, C), {"c": "b"}),
    "e was built on c": ((MENDED, C), {"e": "c"}),
    "b was built on a, which it mends": ((MENDED, C), {"b": "a"}),
}


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("told", TOLD)
def test_culprits_alone_are_evicted_in_every_order(told: str, jobs: int) -> None:
    rules, needs = TOLD[told]
    culprits = {rule.unit for rule in rules if rule.does is Does.BREAKS}
    for order in permutations("abcde"):
        if any(order.index(name) < order.index(ground) for name, ground in needs.items()):
            continue
        story = Story(order, rules, needs)
        found = Simulated(story.suite).search(story.units, story.symptoms, cap=1000, jobs=jobs)
        assert evicted(found) == culprits, order
        assert all(culprit.confirmed for culprit in found.culprits), order
        assert set(names(found.kept)) == set(order) - above(story.units, culprits), order


@settings(max_examples=400, deadline=None)
@given(stories(), st.integers(1, 4))
def test_what_is_kept_is_clean_and_every_unit_is_somewhere(story: Story, jobs: int) -> None:
    simulated = Simulated(story.suite, delays=len)
    found = simulated.search(story.units, story.symptoms, cap=1000, jobs=jobs)
    assert story.seen_clean(frozenset(names(found.kept)))
    told = [*names(found.kept), *(name for culprit in found.culprits for name in gone(culprit))]
    assert sorted(told) == sorted(story.order)
    assert not found.flaky


@settings(max_examples=400, deadline=None)
@given(stories(), st.integers(1, 4))
def test_without_a_confirmed_culprit_fewer_tests_fail(story: Story, jobs: int) -> None:
    """Reruns were asked exactly that: with what stood then, and with that less the culprit."""
    simulated = Simulated(story.suite, delays=len)
    found = simulated.search(story.units, story.symptoms, cap=1000, jobs=jobs)
    for culprit in found.culprits:
        out = set(gone(culprit))
        # A dependent may have been set aside before.
        asked = [(a, b) for a, b in simulated.confirmed if set(names(culprit.units)) <= a - b == out & a]
        assert asked
        if culprit.confirmed:
            assert any(proves(story, culprit, here, there) for here, there in asked)


@settings(max_examples=400, deadline=None)
@given(stories(), st.integers(1, 4), st.sampled_from([None, 1000]))
def test_units_without_a_part_in_anything_are_kept(story: Story, jobs: int, cap: int | None) -> None:
    simulated = Simulated(story.suite, delays=len)
    found = simulated.search(story.units, story.symptoms, cap=cap, jobs=jobs)
    if not all(culprit.confirmed for culprit in found.culprits):
        return
    involved = {name for rule in story.rules for name in (rule.unit, rule.other)}
    alone = {names(culprit.units)[0] for culprit in found.culprits if len(culprit.units) == 1}
    innocent = set(story.order) - above(story.units, involved)
    assert innocent <= set(names(found.kept))
    assert alone <= involved


@settings(max_examples=200, deadline=None)
@given(batches(most=16), st.integers(1, 4), st.integers(1, 32))
def test_cap_keeps_only_what_is_known_to_be_clean(batch: Batch, jobs: int, cap: int) -> None:
    simulated = Simulated(batch.suite, delays=lambda _: 0)
    found = simulated.search(batch.units, batch.tests, cap=cap, jobs=jobs)
    kept = set(names(found.kept))
    assert kept.isdisjoint(above(batch.units, batch.breaks))
    assert all(need in kept for unit in found.kept for need in unit.needs)
    assert found.looks <= cap
    capped = [culprit for culprit in found.culprits if not culprit.confirmed]
    assert all(len(culprit.units) == 1 for culprit in capped)


def gone(culprit: Culprit[str]) -> list[str]:
    return names([*culprit.units, *culprit.dependents])


def proves(story: Story, culprit: Culprit[str], here: frozenset[str], there: frozenset[str]) -> bool:
    symptoms = set(culprit.symptoms)
    # Besides those that fail there may be some that it keeps from being seen.
    return bool(symptoms & story.failing(here)) and symptoms.isdisjoint(story.failing(there))


def test_culprit_is_evicted_even_where_its_test_fails_without_it_now_and_then() -> None:
    """Reruns cannot confirm it. Nobody is excused for that: a test that fails every time is in doubt."""
    simulated = Simulated(lambda standing, _: fails_if("b" in standing))

    async def confirm(
        symptoms: Collection[str], units: Sequence[LandingUnit], _without: Sequence[LandingUnit]
    ) -> Confirmation[str]:
        if "b" in names(units):
            return Confirmation(frozenset(), elsewhere=frozenset(symptoms))
        return Confirmation(frozenset(), flaky=frozenset(symptoms))

    found = asyncio.run(search(chain(*"abcd"), {"t"}, simulated.probe, confirm))
    assert [(names(culprit.units), culprit.confirmed) for culprit in found.culprits] == [(["b"], False)]
    assert names(found.kept) == ["a", "c", "d"]
    assert not found.flaky
