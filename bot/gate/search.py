"""Which landing units break the failing tests. One search serves all of them.

Prefixes in landing order, several at once: the first one that shows a symptom ends with a suspect. A suspect
is guilty only if what stands without it (and its dependents) loses symptoms that its dependents alone do not
explain, confirmed by reruns. A suspect without which nothing changes is set aside instead: a later unit may
repair what it breaks, or another one breaks the same test too. When nothing fails any more, those set aside
are tried again on top of what stands, first all together (what breaks and what repairs), then by the same
search. Whoever was found guilty while others were set aside may have broken only what another one mends:
alone and in pairs they are tried once more at the end.

A prefix in which a symptom cannot be seen (its test file does not load) says nothing: its neighbours are
asked. Every set of units is looked at once. With c culprits among n units that is at most
(c+1) + c*ceil(log2 n) looks, the one that found the batch red included, plus those that confirm; with C looks
at once, (c+1) + c*ceil(log n / log (C+1)) rounds. Many culprits (n / log2 n) end the halving: from there one
unit after the other. After `cap` looks what is still unclear is evicted unconfirmed.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, TypeVar

from bot.gate.cuts import Looking, first_dirty
from bot.gate.flakes import Confirmation, State
from bot.gate.looks import CapReached, Looks, Places, Probe, Units
from bot.types.ids import UnitId
from bot.types.stack import LandingUnit

T = TypeVar("T")

MAX_PARDONED = 6

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
    """`flaky` symptoms turned out to be nobody's; `looks` counts the sets that were looked at, in so many
    `rounds`, and `confirming` those that were looked at to be sure."""

    culprits: tuple[Culprit[T], ...]
    kept: tuple[LandingUnit, ...]
    flaky: frozenset[T]
    looks: int
    confirming: int
    rounds: int


async def search(
    units: Units,
    symptoms: Collection[T],
    probe: Probe[T],
    confirm: Confirm[T],
    cap: int | None = None,
    jobs: int = 1,
) -> Found[T]:
    """Find the culprits among `units`, in landing order, which together show all `symptoms`.

    The base shows none of them. A look costs a run of the failing tests; up to `jobs` are made at once. What
    comes out does not depend on which of them ends first."""
    looks = Looks(units, symptoms, probe, 2 * len(units) if cap is None else cap)
    hunt = _Hunt(units, looks, confirm, jobs)
    try:
        await hunt.rounds()
    except CapReached:
        hunt.give_up()
    else:
        with suppress(CapReached):
            await hunt.pardon()
    kept = tuple(units[at] for at in sorted(hunt.standing))
    culprits = tuple(charge.culprit for charge in hunt.charges)
    flaky = hunt.flaky.difference(*(culprit.symptoms for culprit in culprits))
    return Found(culprits, kept, frozenset(flaky), looks.made, looks.confirming, looks.rounds)


@dataclass(frozen=True, slots=True)
class _Charge(Generic[T]):
    """A culprit, the places that go with it, and those that stood when it was found guilty. `in_doubt`: while
    others were set aside."""

    culprit: Culprit[T]
    gone: Places
    stood: Places
    in_doubt: bool


class _Hunt(Generic[T]):
    """Units are known by their place in the landing order."""

    def __init__(self, units: Units, looks: Looks[T], confirm: Confirm[T], jobs: int) -> None:
        self.charges: list[_Charge[T]] = []
        self.standing: Places = frozenset()
        self.flaky: set[T] = set()
        self._units = units
        self._looks = looks
        self._confirm = confirm
        self._jobs = jobs
        self._live = list(range(len(units)))
        self._aside: list[int] = []
        self._suspects = 0

    # -- rounds -------------------------------------------------------------------------------------

    async def rounds(self) -> None:
        while True:
            found = len(self.charges)
            pool = len(self._live)
            await self._round()
            self.standing |= set(self._live)
            self._live = sorted(self._aside)
            self._aside = []
            self._looks.in_doubt = True
            if not self._live or not await self._looks.bad(self._with(self._live)):
                self.standing |= set(self._live)
                return
            stuck = len(self.charges) == found and len(self._live) == pool
            if stuck and not await self._grow():
                await self._join()
                return

    async def _round(self) -> None:
        """Take suspects out of what is live, until nothing that stands shows a symptom."""
        while self._live and (bad := await self._looks.bad(self._with(self._live))):
            suspect = await self._first(bad)
            self._suspects += 1
            dependents = above(self._units, {suspect}, self._live) - {suspect}
            rest = [at for at in self._live if at != suspect and at not in dependents]
            lost = await self._lost(dependents, rest)
            if not lost:
                self._aside += sorted({suspect, *dependents})
                self._live = rest
            elif await self._is_guilty(suspect, lost, rest):
                self._live = rest

    async def _grow(self) -> bool:
        """Whether some of those that are left can stand, one after the other. A file that does not load hides
        culprits from prefixes, and only a later unit mends that."""
        grown = False
        for at in self._live:
            here = self._with([at])
            if self._is_grounded(here) and not await self._looks.bad(here):
                self.standing |= here
                grown = True
        self._live = [at for at in self._live if at not in self.standing]
        return grown

    async def _lost(self, dependents: Collection[int], rest: Sequence[int]) -> set[T]:
        """The symptoms that go away with a suspect, and not with its dependents alone."""
        # What the live units only keep from being seen is no evidence against it.
        lost = await self._looks.dirty(self._with(self._live)) - await self._looks.bad(self._with(rest))
        if lost and dependents:
            alone = [at for at in self._live if at not in dependents]
            lost &= await self._looks.bad(self._with(alone), confirms=True)
        return lost

    async def _is_guilty(self, suspect: int, lost: Collection[T], rest: Sequence[int]) -> bool:
        """Whether reruns confirm it; then it is evicted. In doubt it is enough that they saw the symptoms
        every time with it, even if now and then without it."""
        result = await self._rerun(lost, rest)
        held = result.confirmed | result.unsure
        if not held and self._looks.in_doubt:
            held = result.elsewhere
        if held:
            self._evict([suspect], held, confirmed=bool(result.confirmed))
        else:
            self._looks.correct(self._with(rest), result.elsewhere, State.DIRTY)
        return bool(held)

    async def _rerun(self, symptoms: Collection[T], rest: Sequence[int]) -> Confirmation[T]:
        """Reruns of what is live and of the rest. What did not come again is noted."""
        live = self._with(self._live)
        result = await self._confirm(symptoms, self._pick(live), self._pick(self._with(rest)))
        self.flaky |= result.flaky
        self._looks.correct(live, result.flaky, State.CLEAN)
        if not self._aside:
            # All that is not evicted is in there: these symptoms are nobody's.
            self._looks.forget(result.flaky)
        return result

    async def _join(self) -> None:
        """What is left breaks only together, or hides what breaks: one landing unit, and it is out."""
        result = await self._rerun(await self._looks.bad(self._with(self._live)), [])
        held = result.confirmed | result.unsure | result.elsewhere
        if held:
            self._evict(self._live, held, confirmed=bool(result.confirmed))
        else:
            self.standing |= set(self._live)

    # -- after the rounds ---------------------------------------------------------------------------

    async def pardon(self) -> None:
        """Reinstate whoever breaks nothing on top of what stands: alone, or two found guilty in doubt."""
        doubtful = [charge for charge in self.charges if charge.in_doubt]
        if not doubtful or len(self.charges) > MAX_PARDONED:
            return
        self._looks.in_doubt = True
        for size, among in ((1, self.charges), (2, doubtful)):
            for group in combinations(among, size):
                if all(charge in self.charges for charge in group) and await self._is_pardoned(group):
                    self.standing = self.standing.union(*(charge.gone for charge in group))
                    self.charges = [charge for charge in self.charges if charge not in group]

    async def _is_pardoned(self, group: Sequence[_Charge[T]]) -> bool:
        """Whether nothing is to be seen with them, in reruns too."""
        together = self.standing.union(*(charge.gone for charge in group))
        if not self._is_grounded(together) or await self._looks.bad(together):
            return False
        for charge in group:
            symptoms = charge.culprit.symptoms
            result = await self._confirm(symptoms, self._pick(charge.stood), self._pick(together))
            if result.confirmed != set(symptoms):
                return False
        return True

    def give_up(self) -> None:
        """The cap is reached: what is known to be clean stays, the rest goes unconfirmed."""
        mine = self.standing | {*self._live, *self._aside}
        best = self._looks.largest_clean(mine)
        # A unit whose ground goes with the rest cannot stay either.
        self.standing = best - above(self._units, mine - best, sorted(best))
        self._live, self._aside = [], []
        for at in sorted(mine - self.standing):
            self._evict([at], set(self._looks.symptoms), confirmed=False)

    # -- the first of a round's units with which a symptom shows -------------------------------------

    async def _first(self, bad: Collection[T]) -> int:
        prefixes = [self._with(self._live[:at]) for at in range(len(self._live) + 1)]
        blind = not await self._looks.dirty(prefixes[-1])

        def ask(ats: Sequence[int]) -> Mapping[int, Awaitable[Mapping[T, State]]]:
            return dict(zip(ats, self._looks.ask(prefixes[at] for at in ats), strict=True))

        def read(at: int, states: Mapping[T, State]) -> State:
            taken = self._looks.take(prefixes[at], states)
            return _said({taken[symptom] for symptom in bad}, blind=blind)

        clean = [at for at, prefix in enumerate(prefixes) if self._looks.is_clean(prefix, bad)]
        looking = Looking(ask, read, self._jobs)
        high = await first_dirty(max(clean, default=0), len(self._live), looking, step=self._crowded)
        return self._live[high - 1]

    @property
    def _crowded(self) -> bool:
        count = len(self._units)
        return count > 3 and self._suspects >= count / math.ceil(math.log2(count))

    # -- sets ---------------------------------------------------------------------------------------

    def _is_grounded(self, places: Places) -> bool:
        """Whether none of these needs one that is not among them."""
        grounds = {name for at in places for name in needed(self._units[at])}
        out = (unit for at, unit in enumerate(self._units) if at not in places)
        return not any(grounds & set(unit.units) for unit in out)

    def _with(self, places: Collection[int]) -> Places:
        return self.standing.union(places)

    def _pick(self, places: Places) -> list[LandingUnit]:
        return [self._units[at] for at in sorted(places)]

    def _evict(self, suspects: Sequence[int], symptoms: Collection[T], *, confirmed: bool) -> None:
        """Out, with whatever needs them, set aside or not."""
        in_doubt = bool(self._aside) or self._looks.in_doubt
        gone = above(self._units, suspects, [*self._live, *self._aside])
        self._aside = [at for at in self._aside if at not in gone]
        culprit = Culprit(
            units=tuple(self._units[at] for at in suspects),
            symptoms=tuple(symptom for symptom in self._looks.symptoms if symptom in symptoms),
            dependents=tuple(self._units[at] for at in sorted(gone.difference(suspects))),
            confirmed=confirmed,
        )
        self.charges.append(_Charge(culprit, frozenset(gone), self._with(self._live), in_doubt))


def _said(states: Collection[State], *, blind: bool) -> State:
    """What a prefix says. `blind`: nothing fails for certain; then whoever hides it is searched for."""
    if State.DIRTY in states or (blind and State.UNKNOWN in states):
        return State.DIRTY
    return State.UNKNOWN if State.UNKNOWN in states else State.CLEAN


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
