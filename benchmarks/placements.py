"""How many runs it takes to gate a batch with so many culprits: the real search on a suite that is simulated,
beside one change after the other, and beside halving (a red batch is cut in two, and both halves run again).
"""

from __future__ import annotations

import asyncio
import math
import random
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.gate.flakes import Confirmation, State, confirm
from bot.gate.search import search
from bot.types.change import Change
from bot.types.ids import Sha, UnitId
from bot.types.stack import LandingUnit

CHANGES = 64
AT_ONCE = (2, 4)
RERUNS = 3  # gate.runs, as it is by default

Places = frozenset[int]


@dataclass(frozen=True, slots=True)
class Row:
    """Means over many placements. `search` holds the run that found the batch red; `reruns` are of failing
    tests alone; `rounds` are by how many looks are made at once."""

    culprits: int
    halving: float
    search: float
    most: int
    reruns: float
    rounds: Mapping[int, float]

    @property
    def bound(self) -> int:
        return (self.culprits + 1) + self.culprits * math.ceil(math.log2(CHANGES))


def placed(culprits: int, seed: int) -> Places:
    return frozenset(random.Random(f"{culprits} {seed}").sample(range(CHANGES), culprits))


def halvings(bad: Places, low: int = 0, high: int = CHANGES) -> list[int]:
    """Runs of halving, level by level: a batch of one that is red is out, without another run."""
    if high - low == 1 or not any(low <= at < high for at in bad):
        return [1]
    middle = (low + high) // 2
    left, right = halvings(bad, low, middle), halvings(bad, middle, high)
    depth = max(len(left), len(right))
    padded = (levels + [0] * (depth - len(levels)) for levels in (left, right))
    return [1, *map(sum, zip(*padded, strict=True))]


def rows(seeds: int) -> list[Row]:
    return [_row(culprits, seeds) for culprits in range(4)]


def _row(culprits: int, seeds: int) -> Row:
    placements = [placed(culprits, seed) for seed in range(seeds)]
    ours = [_searched(bad, 1) for bad in placements]
    return Row(
        culprits=culprits,
        halving=statistics.mean(sum(halvings(bad)) for bad in placements),
        search=statistics.mean(one.looks for one in ours),
        most=max(one.looks for one in ours),
        reruns=statistics.mean(one.reruns for one in ours),
        rounds={jobs: statistics.mean(_searched(bad, jobs).rounds for bad in placements) for jobs in AT_ONCE},
    )


@dataclass(frozen=True, slots=True)
class _Searched:
    looks: int
    rounds: int
    reruns: int = 0


def _searched(bad: Places, jobs: int) -> _Searched:
    """The batch's run, and the search for its culprits, each of which breaks a test of its own."""
    if not bad:
        return _Searched(1, 1)
    simulated = _Simulated()
    units = [_unit(at) for at in range(CHANGES)]
    symptoms = sorted(str(at) for at in bad)
    found = asyncio.run(search(units, symptoms, simulated.probe, simulated.confirm, jobs=jobs))
    assert {name for one in found.culprits for unit in one.units for name in unit.units} == set(symptoms)
    return _Searched(1 + found.looks + found.confirming, 1 + found.rounds, simulated.reruns)


class _Simulated:
    """A suite in which a test fails where the change of that name is in."""

    def __init__(self) -> None:
        self.reruns = 0

    async def probe(self, units: Sequence[LandingUnit], symptoms: Collection[str]) -> Mapping[str, State]:
        names = {name for unit in units for name in unit.units}
        return {test: State.DIRTY if test in names else State.CLEAN for test in symptoms}

    async def confirm(
        self, symptoms: Collection[str], units: Sequence[LandingUnit], without: Sequence[LandingUnit]
    ) -> Confirmation[str]:
        async def there(wanted: Collection[str], _sample: int) -> Mapping[str, State]:
            self.reruns += 1
            return await self.probe(units, wanted)

        async def absent(wanted: Collection[str], _sample: int) -> Mapping[str, State]:
            self.reruns += 1
            return await self.probe(without, wanted)

        return await confirm(symptoms, there, absent, RERUNS)


def _unit(at: int) -> LandingUnit:
    nothing = Sha("0" * 40)
    return LandingUnit((Change(UnitId(str(at)), nothing, nothing, ()),))
