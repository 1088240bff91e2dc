"""Which landing units break the failing tests. One search serves all of them.

Prefixes in landing order: the first one that shows a symptom ends with a suspect. A suspect is guilty only
if what stands without it (and its dependents) loses symptoms, confirmed by reruns. A suspect without which
nothing changes is set aside instead: a later unit may repair what it breaks, or another one breaks the same
test too. When nothing fails any more, those set aside are tried again on top of what stands, first all
together (what breaks and what repairs), then by the same search. Two that were found guilty while others
were set aside may have broken only what the other one mends: they are tried in pairs.

A prefix in which a symptom cannot be seen (its test file does not load) says nothing: its neighbours are
asked. Every set of units is looked at once. With c culprits among n units that is at most
(c+1) + c*ceil(log2 n) looks, the one that found the batch red included, plus those that confirm. Many
culprits (n / log2 n) end the halving: from there one unit after the other. After `cap` looks what is still
unclear is evicted unconfirmed.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, TypeVar

from bot.gate.flakes import Confirmation, State
from bot.types.ids import UnitId
from bot.types.stack import LandingUnit

T = TypeVar("T")

MAX_PARDONED = 6
Units = Sequence[LandingUnit]

Probe = Callable[[Units, Collection[T]], Awaitable[Mapping[T, State]]]
"""Looks for symptoms in the base plus these units."""

Confirm = Callable[[Collection[T], Units, Units], Awaitable[Confirmation[T]]]
"""Reruns: are these symptoms there with the first units, and never with the second?"""


@dataclass(frozen=True, slots=True)
class Culprit(Generic[T]):
    """A landing unit (or several that cannot be told apart) and the symptoms that go away with it.

    `dependents` need it and go with it. Not `confirmed`: the search ended before it was clear."""

    units: tuple[LandingUnit, ...]
    symptoms: tuple[T, ...]
    dependents: tuple[LandingUnit, ...] = ()
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """`flaky` symptoms turned out to be nobody's; `looks` counts the sets that were looked at."""

    culprits: tuple[Culprit[T], ...]
    kept: tuple[LandingUnit, ...]
    flaky: frozenset[T]
    looks: int
    confirming: int


async def search(
    units: Units, symptoms: Collection[T], probe: Probe[T], confirm: Confirm[T], cap: int | None = None
) -> Found[T]:
    """Find the culprits among `units`, in landing order, which together show all `symptoms`.

    The base shows none of them. A look costs a run of the failing tests."""
    hunt = _Hunt(units, symptoms, probe, confirm, 2 * len(units) if cap is None else cap)
    try:
        await hunt.rounds()
    except _CapReached:
        hunt.give_up()
    else:
        with suppress(_CapReached):
            await hunt.pardon()
    kept = tuple(units[at] for at in sorted(hunt.standing))
    return Found(tuple(hunt.culprits), kept, frozenset(hunt.flaky), hunt.looks, hunt.confirming)


class _CapReached(Exception):
    pass


class _Hunt(Generic[T]):
    """Units are known by their place in the landing order."""

    def __init__(
        self, units: Units, symptoms: Collection[T], probe: Probe[T], confirm: Confirm[T], cap: int
    ) -> None:
        self.culprits: list[Culprit[T]] = []
        self.standing: set[int] = set()
        self.flaky: set[T] = set()
        self.looks = 0
        self.confirming = 0
        self._units = units
        self._symptoms = set(symptoms)
        self._probe = probe
        self._confirm = confirm
        self._cap = cap
        everything = frozenset(range(len(units)))
        self._known: dict[frozenset[int], Mapping[T, State]] = {
            frozenset(): dict.fromkeys(symptoms, State.CLEAN),
            everything: dict.fromkeys(symptoms, State.DIRTY),
        }
        self._live = list(everything)
        self._aside: list[int] = []
        self._in_doubt = False
        self._suspects = 0
        self._doubtful: list[tuple[Culprit[T], set[int]]] = []

    # -- rounds -------------------------------------------------------------------------------------

    async def rounds(self) -> None:
        while True:
            found = len(self.culprits)
            pool = len(self._live)
            await self._round()
            self.standing |= set(self._live)
            self._live = sorted(self._aside)
            self._aside = []
            self._in_doubt = True
            if not self._live or not await self._bad(self._live):
                self.standing |= set(self._live)
                return
            if len(self.culprits) == found and len(self._live) == pool:
                await self._join()
                return

    async def _round(self) -> None:
        """Take suspects out of what is live, until nothing that stands shows a symptom."""
        while bad := await self._bad(self._live):
            suspect = self._live[await self._first(bad)]
            self._suspects += 1
            gone = {suspect, *self._dependents(suspect, self._live)}
            rest = [at for at in self._live if at not in gone]
            # What the live units only keep from being seen is no evidence against the suspect.
            lost = await self._dirty(self._live) - await self._bad(rest)
            if not lost:
                self._aside += sorted(gone)
                self._live = rest
            elif await self._is_guilty([suspect], gone - {suspect}, lost, rest):
                self._live = rest

    async def _is_guilty(
        self, suspects: list[int], dependents: set[int], lost: set[T], rest: list[int]
    ) -> bool:
        """Whether reruns confirm it; then it is evicted. What is flaky is dropped for good."""
        result = await self._confirm(lost, self._pick(self._live), self._pick(rest))
        self.flaky |= result.flaky | result.elsewhere
        self._symptoms -= self.flaky
        held = result.confirmed | result.unsure
        if held:
            self._evict(suspects, held, dependents, confirmed=bool(result.confirmed))
        return bool(held)

    async def pardon(self) -> None:
        """Reinstate pairs of culprits that break nothing together."""
        if len(self._doubtful) > MAX_PARDONED:
            return
        self._in_doubt = True
        for one, other in combinations(self._doubtful, 2):
            both = (one[1] | other[1]) - self.standing
            if both == one[1] | other[1] and not await self._bad(both):
                self.standing |= both
                self.culprits = [c for c in self.culprits if c is not one[0] and c is not other[0]]

    async def _join(self) -> None:
        """What is left breaks only together, or hides what breaks: one landing unit, and it is out."""
        bad = await self._bad(self._live)
        if await self._is_guilty(self._live, set(), bad, []):
            self._live = []
        self.standing |= set(self._live)

    def give_up(self) -> None:
        """The cap is reached: what is known to be clean stays, the rest goes unconfirmed."""
        clean = [known for known, states in self._known.items() if self._is_clean(states)]
        mine = self.standing | set(self._live)
        best = max((known for known in clean if known <= mine), key=len)
        rest = [at for at in sorted(mine | set(self._aside)) if at not in best]
        # A unit whose ground goes with the rest cannot stay either.
        stays = set(best) - {above for at in rest for above in self._dependents(at, sorted(best))}
        self.standing = stays
        lost = [at for at in sorted(mine | set(self._aside)) if at not in stays]
        for at in lost:
            unclear = tuple(symptom for symptom in self._symptoms if symptom not in self.flaky)
            self.culprits.append(Culprit((self._units[at],), unclear, confirmed=False))

    # -- the first of a round's units with which a symptom shows -------------------------------------

    async def _first(self, bad: set[T]) -> int:
        low, high = 0, len(self._live)
        while high - low > 1:
            middle, state = await self._cut(low, high, bad)
            if state is State.CLEAN:
                low = middle
            elif state is State.DIRTY:
                high = middle
            else:
                break
        return high - 1

    async def _cut(self, low: int, high: int, bad: set[T]) -> tuple[int, State]:
        """The prefix nearest to the middle that says something; UNKNOWN where none does."""
        middle = low + 1 if self._crowded else (low + high) // 2
        blind = await self._blind(self._live)
        for at in sorted(range(low + 1, high), key=lambda at: (abs(at - middle), at)):
            states = await self._look(self._live[:at])
            shown = {states[symptom] for symptom in bad}
            if State.DIRTY in shown or (blind and State.UNKNOWN in shown):
                return at, State.DIRTY
            if shown == {State.CLEAN}:
                return at, State.CLEAN
        return high, State.UNKNOWN

    async def _blind(self, live: list[int]) -> bool:
        """Whether nothing fails here for certain: then what hides the symptoms is searched for."""
        return not await self._dirty(live)

    @property
    def _crowded(self) -> bool:
        count = len(self._units)
        return count > 3 and self._suspects >= count / math.ceil(math.log2(count))

    # -- looking ------------------------------------------------------------------------------------

    async def _bad(self, live: Collection[int]) -> set[T]:
        """Symptoms that are not known to be absent from what stands and these."""
        states = await self._look(live)
        return {symptom for symptom in self._symptoms if states[symptom] is not State.CLEAN}

    async def _dirty(self, live: Collection[int]) -> set[T]:
        states = await self._look(live)
        return {symptom for symptom in self._symptoms if states[symptom] is State.DIRTY}

    async def _look(self, live: Collection[int]) -> Mapping[T, State]:
        chosen = frozenset(live) | self.standing
        if chosen not in self._known:
            if self.looks + self.confirming >= self._cap + len(self._units) * self._in_doubt:
                raise _CapReached
            if self._in_doubt:
                self.confirming += 1
            else:
                self.looks += 1
            self._known[chosen] = await self._probe(self._pick(live), frozenset(self._symptoms))
        return self._known[chosen]

    def _pick(self, live: Collection[int]) -> list[LandingUnit]:
        return [self._units[at] for at in sorted(self.standing | set(live))]

    def _is_clean(self, states: Mapping[T, State]) -> bool:
        return all(states[symptom] is State.CLEAN for symptom in self._symptoms)

    def _evict(
        self, suspects: Sequence[int], symptoms: Collection[T], dependents: set[int], *, confirmed: bool
    ) -> None:
        culprit = Culprit(
            units=tuple(self._units[at] for at in suspects),
            symptoms=tuple(symptom for symptom in self._known[frozenset()] if symptom in symptoms),
            dependents=tuple(self._units[at] for at in sorted(dependents)),
            confirmed=confirmed,
        )
        self.culprits.append(culprit)
        if self._aside or self._in_doubt:
            self._doubtful.append((culprit, {*suspects, *dependents}))

    def _dependents(self, at: int, among: Sequence[int]) -> set[int]:
        return above(self._units, {at}, among) - {at}


def above(units: Units, roots: Collection[int], among: Collection[int]) -> set[int]:
    """Those of the units at `among` that need one of `roots`, however far, and the roots."""
    found = set(roots)
    ground = {name for at in roots for name in units[at].units}
    grown = True
    while grown:
        more = {at for at in among if at not in found and ground & needed(units[at])}
        found |= more
        ground |= {name for at in more for name in units[at].units}
        grown = bool(more)
    return found


def needed(unit: LandingUnit) -> set[UnitId]:
    """The units that must land before this one, or that it was built on."""
    return {*unit.needs, *(below for change in unit.changes for below in change.after)} - set(unit.units)
