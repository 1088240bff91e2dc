"""The search finds the culprits, and only them, in few looks: against suites that are simulated."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gate.flakes import State
from tests.unit.gate.conftest import landing_unit
from tests.unit.gate.simulated import Batch, Simulated, above, batches, chain, evicted, fails_if, names


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


@settings(max_examples=150, deadline=None)
@given(batches())
def test_right_culprits_for_any_culprits_and_dependencies(batch: Batch) -> None:
    simulated = Simulated(batch.suite)
    found = simulated.search(batch.units, batch.tests, cap=1000)
    gone = above(batch.units, batch.breaks)
    assert set(names(found.kept)) == set(names(batch.units)) - gone
    # A culprit that needs another one goes with it, and need not be found for itself.
    assert evicted(found) <= set(batch.breaks)
    assert all(culprit.confirmed for culprit in found.culprits)
    count, size = len(batch.breaks), len(batch.units)
    halvings = math.ceil(math.log2(size)) if size > 1 else 0
    many = size > 3 and count >= size / halvings
    # The look that found the batch red is not in `looks`.
    assert found.looks + 1 <= count + 1 + count * halvings or many
    assert found.looks + found.confirming == len(simulated.probes)
    assert found.rounds == found.looks


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
