"""Accepted changes to landing units: what goes together, what goes first, what cannot stand together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import combinations

from bot.stack.graph import groups, reachable
from bot.types.change import Change
from bot.types.ids import UnitId
from bot.types.stack import Landing, LandingUnit

Needs = Mapping[UnitId, Collection[UnitId]]


def _never(_changes: Sequence[Change]) -> bool:
    return False


def landing(
    changes: Iterable[Change],
    edges: Needs | None = None,
    *,
    composes: Callable[[Sequence[Change]], bool] = _never,
    joined: Iterable[Collection[UnitId]] = (),
) -> Landing:
    """Landing units, those that others need first.

    `edges` are needs besides `Change.after`, found in the contents. Changes that write one path go
    together where they say the same or `composes`, else the later one is rejected. `joined` units go
    together because somebody (the gate) found them green only so. Changes without entries have nothing
    to land; whoever was built on a unit that is not among `changes` is void.
    """
    given = {change.unit: change for change in changes}
    void = _void(given)
    live = {unit: given[unit] for unit in sorted(given) if given[unit].changed and unit not in void}
    rejected, together = _overlaps(live, composes)
    for unit in rejected:
        del live[unit]
    fallen = _void(live, settled=given.keys() - rejected.keys() - void.keys())
    live = {unit: change for unit, change in live.items() if unit not in fallen}
    ties = [*together, *(set(units) for units in joined)]
    return Landing(_units(live, edges or {}, ties), rejected, void | fallen)


def _void(
    changes: Mapping[UnitId, Change], settled: Collection[UnitId] = frozenset()
) -> dict[UnitId, UnitId]:
    """Units whose change was built on one that is not there, with the unit that is missed."""
    void: dict[UnitId, UnitId] = {}
    growing = True
    while growing:
        there = (changes.keys() | set(settled)) - void.keys()
        new = {
            unit: missing[0]
            for unit, change in changes.items()
            if unit not in void and (missing := [after for after in change.after if after not in there])
        }
        void |= new
        growing = bool(new)
    return void


def _overlaps(
    changes: Mapping[UnitId, Change], composes: Callable[[Sequence[Change]], bool]
) -> tuple[dict[UnitId, str], list[set[UnitId]]]:
    """Units that conflict with an earlier one, and units that write one path in harmony."""
    after = {unit: change.after for unit, change in changes.items()}
    writers = defaultdict(list)
    for unit, change in changes.items():
        for entry in change.entries:
            writers[entry.path].append((unit, entry))
    rejected: dict[UnitId, str] = {}
    together: list[set[UnitId]] = []
    for path, writing in sorted(writers.items()):
        for (first, one), (second, other) in combinations(writing, 2):
            built_on = first in reachable(second, after) or second in reachable(first, after)
            if built_on or first in rejected or second in rejected:
                continue
            if one == other or composes([changes[first], changes[second]]):
                together.append({first, second})
            else:
                rejected[second] = f"{path} is changed by {first} too, and the two do not go together"
    return rejected, [pair for pair in together if not pair & rejected.keys()]


def _units(
    changes: Mapping[UnitId, Change], edges: Needs, ties: Iterable[Collection[UnitId]]
) -> tuple[LandingUnit, ...]:
    needs = {unit: {*change.after, *edges.get(unit, ())} & changes.keys() for unit, change in changes.items()}
    for tie in ties:
        present = set(tie) & changes.keys()
        for unit in present:
            needs[unit] |= present - {unit}
    return tuple(
        LandingUnit(
            tuple(changes[unit] for unit in group),
            frozenset(need for unit in group for need in needs[unit] if need not in group),
        )
        for group in groups(list(changes), needs)
    )
