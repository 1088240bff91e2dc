"""A suite that is red for no reason now and then: who is evicted then, and who is not."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import pytest

from tests.unit.gate.conftest import landing_unit
from tests.unit.gate.simulated import Batch, Noisy

SIZE, BAD, BATCHES = 64, 0.02, 700


@dataclass(slots=True)
class Toll:
    """What became of many batches: innocents evicted, culprits that stand, batches that fell as a whole."""

    innocents: int = 0
    missed: int = 0
    fallen: int = 0


def batch(dice: random.Random, *, own: bool) -> Batch:
    """Units of which some are bad; each of those breaks a test of its own, or all the same one."""
    order = [f"u{at}" for at in range(SIZE)]
    bad = [name for name in order if dice.random() < BAD]
    breaks = {name: frozenset({name if own else "t"}) for name in bad}
    return Batch(tuple(map(landing_unit, order)), breaks)


def toll(phi: float, runs: int, *, own: bool) -> Toll:
    taken = Toll()
    for seed in range(BATCHES):
        some = batch(random.Random(seed), own=own)
        noisy = Noisy(some.suite, some.tests | {"t"}, phi, runs, seed)
        kept, evicted, fell = asyncio.run(noisy.gate(some.units))
        taken.innocents += len(set(evicted) - set(some.breaks))
        taken.missed += len(set(kept) & set(some.breaks))
        taken.fallen += fell
    return taken


@pytest.mark.parametrize("own", [True, False], ids=["a test each", "one test"])
@pytest.mark.parametrize(("phi", "most"), [(0.05, 0.012), (0.10, 0.044)])
def test_innocents_are_seldom_evicted_by_a_suite_that_is_red_now_and_then(
    phi: float, most: float, own: bool
) -> None:
    """`gate.runs: 2`: a look and one rerun convict. The rates are those of a search that confirms once."""
    taken = toll(phi, 2, own=own)
    assert taken.innocents / BATCHES <= most
    assert not taken.missed
    assert not taken.fallen


def test_another_rerun_makes_it_rarer_by_far() -> None:
    """What `gate.runs: 3`, the default, costs in evictions."""
    taken = toll(0.10, 3, own=True)
    assert taken.innocents / BATCHES <= 0.005
    assert not taken.missed
    assert not taken.fallen


def test_suite_that_never_errs_evicts_no_innocent() -> None:
    assert toll(0.0, 1, own=True) == toll(0.0, 1, own=False) == Toll()
