"""The sets of landing units that one search has looked at, what it saw, and how often it may look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from bot.gate.flakes import State
from bot.types.stack import LandingUnit

T = TypeVar("T")

Units = Sequence[LandingUnit]
Places = frozenset[int]
"""Landing units by their places in the landing order."""

Probe = Callable[[Units, Collection[T]], Awaitable[Mapping[T, State]]]
"""Looks for symptoms in the base plus these units."""


class CapReached(Exception):
    """No look is left."""


class Looks(Generic[T]):
    """Every set is looked at once. `made` counts the looks that search, in `rounds` of several at once;
    `confirming` those that only confirm. Looks that are not taken do not count."""

    def __init__(self, units: Units, symptoms: Collection[T], probe: Probe[T], cap: int) -> None:
        self.made = 0
        self.rounds = 0
        self.confirming = 0
        self.in_doubt = False
        """Whether whoever was set aside is tried again: then looks confirm, and there are more of them."""
        self.symptoms = tuple(symptoms)
        self._units = units
        self._probe = probe
        self._cap = cap
        self._known: dict[Places, dict[T, State]] = {
            frozenset(): dict.fromkeys(symptoms, State.CLEAN),
            frozenset(range(len(units))): dict.fromkeys(symptoms, State.DIRTY),
        }

    # -- asking -------------------------------------------------------------------------------------

    async def bad(self, places: Places, *, confirms: bool = False) -> set[T]:
        """Symptoms that are not known to be absent from these."""
        states = await self._at(places, confirms)
        return {symptom for symptom in self.symptoms if states[symptom] is not State.CLEAN}

    async def dirty(self, places: Places) -> set[T]:
        states = await self._at(places, False)
        return {symptom for symptom in self.symptoms if states[symptom] is State.DIRTY}

    async def _at(self, places: Places, confirms: bool) -> Mapping[T, State]:
        if places not in self._known:
            self._ensure_left()
            self.rounds += not (confirms or self.in_doubt)
        return self.take(places, await self._ask(places), confirms=confirms)

    def ask(self, together: Iterable[Places]) -> list[Awaitable[Mapping[T, State]]]:
        """Looks that are made together. What is to be remembered of them must be taken."""
        sets = list(together)
        if any(places not in self._known for places in sets):
            self._ensure_left()
            self.rounds += not self.in_doubt
        return [self._ask(places) for places in sets]

    async def _ask(self, places: Places) -> Mapping[T, State]:
        if places in self._known:
            return self._known[places]
        return await self._probe([self._units[at] for at in sorted(places)], frozenset(self.symptoms))

    def take(self, places: Places, states: Mapping[T, State], *, confirms: bool = False) -> Mapping[T, State]:
        if places not in self._known:
            self._ensure_left()
            if confirms or self.in_doubt:
                self.confirming += 1
            else:
                self.made += 1
            self._known[places] = dict(states)
        return self._known[places]

    def _ensure_left(self) -> None:
        if self.made + self.confirming >= self._cap + len(self._units) * self.in_doubt:
            raise CapReached

    # -- what is known ------------------------------------------------------------------------------

    def correct(self, places: Places, symptoms: Collection[T], state: State) -> None:
        """Reruns have seen it otherwise."""
        self._known[places] |= dict.fromkeys(symptoms, state)

    def forget(self, symptoms: Collection[T]) -> None:
        """These are not looked for any more."""
        self.symptoms = tuple(symptom for symptom in self.symptoms if symptom not in symptoms)

    def is_clean(self, places: Places, symptoms: Collection[T]) -> bool:
        """Whether these were looked at, and none of the symptoms was there."""
        states = self._known.get(places)
        return states is not None and all(states[symptom] is State.CLEAN for symptom in symptoms)

    def largest_clean(self, among: Places) -> Places:
        clean = (known for known in self._known if known <= among and self.is_clean(known, self.symptoms))
        return max(clean, key=len, default=frozenset())
