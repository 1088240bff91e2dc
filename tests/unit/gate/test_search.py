"""The search finds the culprits, and only them, in few looks: against suites that are simulated."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gate.flakes import Confirmation, State
from bot.gate.search import Found, search
from bot.types.stack import LandingUnit
from tests.unit.gate.conftest import landing_unit

Suite = Callable[[frozenset[str], str], State]


def names(units: Sequence[LandingUnit]) -> list[str]:
    return [unit.units[0] for unit in units]


class Simulated:
    """A suite as a function of the units that stand; keeps what it was asked."""

    def __init__(self, suite: Suite, flaky: Collection[str] = ()) -> None:
        self.suite = suite
        self.flaky = set(flaky)
        self.probes: list[frozenset[str]] = []
        self.confirmed: list[tuple[frozenset[str], frozenset[str]]] = []

    async def probe(self, units: Sequence[LandingUnit], symptoms: Collection[str]) -> Mapping[str, State]:
        standing = frozenset(names(units))
        assert standing not in self.probes, "one set of units is looked at once"
        self.probes.append(standing)
        return {symptom: self.suite(standing, symptom) for symptom in symptoms}

    async def confirm(
        self, symptoms: Collection[str], units: Sequence[LandingUnit], without: Sequence[LandingUnit]
    ) -> Confirmation[str]:
        self.confirmed.append((frozenset(names(units)), frozenset(names(without))))
        return Confirmation(frozenset(symptoms) - self.flaky, frozenset(symptoms) & self.flaky)

    def search(
        self, units: Sequence[LandingUnit], symptoms: Collection[str], cap: int | None = None
    ) -> Found[str]:
        return asyncio.run(search(units, symptoms, self.probe, self.confirm, cap))


def fails_if(condition: bool) -> State:
    return State.DIRTY if condition else State.CLEAN


def evicted(found: Found[str]) -> set[str]:
    return {name for culprit in found.culprits for name in names(culprit.units)}


def chain(*specs: str) -> list[LandingUnit]:
    """`b<a` is unit b that needs a."""
    units = []
    for spec in specs:
        name, *needs = spec.split("<")
        units.append(landing_unit(name, *needs))
    return units


def test_one_culprit_among_eight_takes_four_looks() -> None:
    suite = Simulated(lambda standing, _: fails_if("f" in standing))
    found = suite.search(chain(*"abcdefgh"), {"t"})
    assert evicted(found) == {"f"}
    assert names(found.kept) == list("abcdegh")
    assert found.looks == len(suite.probes) == 4
    assert suite.confirmed == [(frozenset("abcdefgh"), frozenset("abcdegh"))]


def test_two_culprits_of_different_tests_are_found_by_one_search() -> None:
    suite = Simulated(lambda standing, test: fails_if({"t1": "b", "t2": "g"}[test] in standing))
    found = suite.search(chain(*"abcdefgh"), {"t1", "t2"})
    assert [(names(c.units), c.symptoms) for c in found.culprits] == [(["b"], ("t1",)), (["g"], ("t2",))]
    assert found.looks <= 2 + 2 * 3


def test_two_culprits_of_one_test_are_both_found() -> None:
    suite = Simulated(lambda standing, _: fails_if(bool(standing & {"b", "e"})))
    found = suite.search(chain(*"abcdef"), {"t"})
    assert evicted(found) == {"b", "e"}
    assert names(found.kept) == list("acdf")


def test_pair_that_breaks_only_together_loses_its_later_unit() -> None:
    suite = Simulated(lambda standing, _: fails_if({"b", "d"} <= standing))
    assert evicted(suite.search(chain(*"abcd"), {"t"})) == {"d"}


def test_dependents_go_with_the_culprit() -> None:
    suite = Simulated(lambda standing, _: fails_if("b" in standing))
    found = suite.search(chain("a", "b", "c<b", "d<c", "e"), {"t"})
    (culprit,) = found.culprits
    assert (names(culprit.units), names(culprit.dependents)) == (["b"], ["c", "d"])
    assert names(found.kept) == ["a", "e"]


def test_prefix_that_does_not_load_is_unknown_and_not_dirty() -> None:
    """a removes the helper, b removes its import, c is the culprit."""

    def suite(standing: frozenset[str], _: str) -> State:
        if "a" in standing and "b" not in standing:
            return State.UNKNOWN
        return fails_if("c" in standing)

    for order in ("abc", "abdce", "dabec", "cab", "acb", "adecb"):
        found = Simulated(suite).search(chain(*order), {"t"})
        assert evicted(found) == {"c"}, order
        assert set(names(found.kept)) == set(order) - {"c"}


def test_unit_that_another_one_repairs_is_kept() -> None:
    """a breaks, b repairs, c is the culprit of the same test."""

    def suite(standing: frozenset[str], _: str) -> State:
        return fails_if(("a" in standing and "b" not in standing) or "c" in standing)

    for order in ("abc", "acb", "cab", "daebc", "adbec"):
        found = Simulated(suite).search(chain(*order), {"t"})
        assert evicted(found) == {"c"}, order


def test_two_units_that_need_each_other_are_kept_beside_a_culprit() -> None:
    def suite(standing: frozenset[str], _: str) -> State:
        return fails_if(("a" in standing) != ("b" in standing) or "c" in standing)

    for order in ("abc", "acb", "cab", "cdabe"):
        found = Simulated(suite).search(chain(*order), {"t"})
        assert evicted(found) == {"c"}, order


def test_culprit_whose_removal_breaks_loading_goes_with_what_needs_it() -> None:
    """a breaks t and adds what b imports, which nobody declared."""

    def suite(standing: frozenset[str], _: str) -> State:
        if "b" in standing and "a" not in standing:
            return State.UNKNOWN
        return fails_if("a" in standing)

    found = Simulated(suite).search(chain(*"dabe"), {"t"})
    assert evicted(found) == {"a", "b"}
    assert names(found.kept) == ["d", "e"]


def test_flaky_symptom_blames_nobody() -> None:
    suite = Simulated(lambda standing, test: fails_if(("c" if test == "t" else "b") in standing), {"f"})
    found = suite.search(chain(*"abcd"), {"t", "f"})
    assert evicted(found) == {"c"}
    assert found.flaky == {"f"}


def test_single_unit_needs_no_look() -> None:
    suite = Simulated(lambda standing, _: fails_if(bool(standing)))
    found = suite.search(chain("a"), {"t"})
    assert (evicted(found), found.looks) == ({"a"}, 0)


def test_cap_ends_the_search_and_says_so() -> None:
    suite = Simulated(lambda standing, _: fails_if(bool(standing & set("bdfh"))))
    found = suite.search(chain(*"abcdefgh"), {"t"}, cap=4)
    assert found.looks <= 4
    assert not all(culprit.confirmed for culprit in found.culprits)
    assert set("bdfh") <= evicted(found)


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[LandingUnit], dict[str, set[str]], set[str]]:
    """Units with dependencies, up to four culprits, and the tests that each of them breaks."""
    size = draw(st.integers(1, 24))
    order = [f"u{at}" for at in range(size)]
    units = []
    for at, name in enumerate(order):
        below = draw(st.sets(st.sampled_from(order[:at]), max_size=1)) if at else set()
        units.append(landing_unit(name, *below))
    culprits = draw(st.sets(st.sampled_from(order), min_size=1, max_size=min(4, size)))
    tests = st.sets(st.sampled_from(["t1", "t2", "t3", "t4", "t5"]), min_size=1, max_size=3)
    return units, {name: draw(tests) for name in sorted(culprits)}, culprits


def above(units: Sequence[LandingUnit], roots: Collection[str]) -> set[str]:
    found = set(roots)
    for unit in units:
        if set(unit.needs) & found:
            found |= set(unit.units)
    return found


@settings(max_examples=150, deadline=None)
@given(batches())
def test_right_culprits_for_any_culprits_and_dependencies(
    batch: tuple[list[LandingUnit], dict[str, set[str]], set[str]],
) -> None:
    units, breaks, culprits = batch

    def suite(standing: frozenset[str], test: str) -> State:
        return fails_if(any(name in standing and test in breaks[name] for name in breaks))

    simulated = Simulated(suite)
    found = simulated.search(units, {test for tests in breaks.values() for test in tests}, cap=1000)
    gone = above(units, culprits)
    assert set(names(found.kept)) == set(names(units)) - gone
    # A culprit that needs another one goes with it, and need not be found for itself.
    assert evicted(found) <= culprits
    assert all(culprit.confirmed for culprit in found.culprits)
    count = len(culprits)
    halvings = math.ceil(math.log2(len(units))) if len(units) > 1 else 0
    many = len(units) > 3 and count >= len(units) / halvings
    # The look that found the batch red is not in `looks`.
    assert found.looks + 1 <= count + 1 + count * halvings or many
    assert found.looks + found.confirming == len(simulated.probes)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 24), st.data())
def test_repair_pairs_are_never_evicted(size: int, data: st.DataObject) -> None:
    order = [f"u{at}" for at in range(size)]
    places = st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    breaker, repairer = sorted(data.draw(places))
    rest = [name for at, name in enumerate(order) if at not in (breaker, repairer)]
    culprits = data.draw(st.sets(st.sampled_from(rest), max_size=2)) if rest else set()
    if not culprits:
        return
    blind = data.draw(st.booleans())

    def suite(standing: frozenset[str], _: str) -> State:
        if order[breaker] in standing and order[repairer] not in standing:
            return State.UNKNOWN if blind else State.DIRTY
        return fails_if(bool(culprits & standing))

    found = Simulated(suite).search([landing_unit(name) for name in order], {"t"}, cap=1000)
    assert evicted(found) == culprits


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 40), st.data())
def test_default_cap_holds_whatever_breaks(size: int, data: st.DataObject) -> None:
    order = [f"u{at}" for at in range(size)]
    culprits = data.draw(st.sets(st.sampled_from(order), min_size=1))

    def suite(standing: frozenset[str], _: str) -> State:
        return fails_if(bool(culprits & standing))

    simulated = Simulated(suite)
    found = simulated.search([landing_unit(name) for name in order], {"t"})
    assert len(simulated.probes) <= 3 * size
    assert culprits.isdisjoint(names(found.kept))
    assert set(names(found.kept)) | evicted(found) == set(order)
