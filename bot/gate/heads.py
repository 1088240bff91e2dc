"""Every layer's own head tree: what a pull request shows must be green by itself, not only in the batch.

A red head inside a green batch is joined with the landing unit that repairs it, or rejected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.gate.cuts import Looking, first_dirty
from bot.gate.flakes import State
from bot.gate.gate import Compose, Gated, composed, gate
from bot.gate.judge import Judge, Judged
from bot.gate.symptoms import Symptom
from bot.types.gate import Eviction, GatedTree
from bot.types.ids import LayerId
from bot.types.stack import LandingUnit, Layer, Stack

Arrange = Callable[[Sequence[LandingUnit]], Sequence[Stack]]
"""Landing units into layers and stacks."""

Ground = Sequence[LandingUnit]
"""The landing units that a head's tree holds, or those below it."""


@dataclass(frozen=True, slots=True)
class Heads:
    """`joins` are landing units that must become one; `rejected` are of layers that nothing repairs.
    With neither, every head in the stacks is green, and `trees` has them all."""

    trees: tuple[GatedTree, ...]
    joins: tuple[tuple[LandingUnit, ...], ...] = ()
    rejected: tuple[Eviction, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of the gate: what stands, in stacks of which the batch and every head are green."""

    gated: Gated
    stacks: tuple[Stack, ...]


async def settle(
    landing: Sequence[LandingUnit],
    *,
    judge: Judge,
    compose: Compose,
    arrange: Arrange,
    jobs: int = 1,
    cap: int | None = None,
) -> Settled:
    """Gate, arrange, judge the heads; join or reject, and again, until nothing changes.

    Every round has fewer landing units, so it ends. `jobs` runs are made at once; `cap` is the search's."""
    gated = await gate(landing, judge=judge, compose=compose, jobs=jobs, cap=cap)
    while True:
        stacks = tuple(arrange(gated.kept))
        found = await heads(stacks, judge=judge, compose=compose, jobs=jobs)
        if not found.joins and not found.rejected:
            return Settled(_with(gated, found.trees), stacks)
        units = joined(gated.kept, found.joins)
        again = await gate(units, judge=judge, compose=compose, rejected=found.rejected, jobs=jobs, cap=cap)
        gated = _after(gated, again)


async def heads(stacks: Sequence[Stack], *, judge: Judge, compose: Compose, jobs: int = 1) -> Heads:
    """Judge every layer's head: the base, the layers that it stands on, and its own units.

    What a layer stands on may be in another stack. Above a red head nothing is judged: it holds that one
    too. Up to `jobs` stacks are climbed at once; what comes out is in the order of the stacks."""
    paths = _Climbs(stacks, judge, compose, jobs)
    climbs = [asyncio.ensure_future(paths.climb(stack)) for stack in stacks]
    try:
        found = await asyncio.gather(*climbs)
    finally:
        for climb in climbs:
            climb.cancel()
        await asyncio.gather(*climbs, return_exceptions=True)
    return Heads(
        trees=tuple(tree for one in found for tree in one.trees),
        joins=tuple(join for one in found for join in one.joins),
        rejected=tuple(eviction for one in found for eviction in one.rejected),
    )


class _Climbs:
    """The stacks of one arrangement, each from its lowest layer upwards, until a head is red."""

    def __init__(self, stacks: Sequence[Stack], judge: Judge, compose: Compose, jobs: int) -> None:
        self._stacks = stacks
        self._judge = judge
        self._compose = compose
        self._jobs = jobs
        self._turn = asyncio.Semaphore(jobs)
        loop = asyncio.get_running_loop()
        self._green: dict[LayerId, asyncio.Future[Ground | None]] = {
            layer.id: loop.create_future() for stack in stacks for layer in stack.layers
        }

    async def climb(self, stack: Stack) -> Heads:
        """The heads of a stack. A layer of which it stays open what it stands on counts as red."""
        found = Heads(())
        try:
            for layer in stack.layers:
                ground = await self._ground(layer)
                if ground is None:
                    break
                async with self._turn:
                    one = await self._judged(stack, layer, (*ground, *layer.landing))
                found = Heads((*found.trees, *one.trees), one.joins, one.rejected)
                if one.joins or one.rejected:
                    break
                self._green[layer.id].set_result((*ground, *layer.landing))
        finally:
            for layer in stack.layers:
                if not self._green[layer.id].done():
                    self._green[layer.id].set_result(None)
        return found

    async def _ground(self, layer: Layer) -> Ground | None:
        """What the layer stands on; None where that is red, or not there."""
        if layer.below is None:
            return ()
        below = self._green.get(layer.below)
        return None if below is None else await below

    async def _judged(self, stack: Stack, layer: Layer, standing: Ground) -> Heads:
        commit = await composed(self._compose, standing)
        judged = await self._judge.verdict(commit, f"layer {layer.id}")
        trees = (GatedTree(judged.verdict, layer.id),)
        if judged.verdict.green:
            return Heads(trees)
        others = list(_others(self._stacks, stack, standing))
        repair = await self._repair(judged, standing, others)
        if repair is None:
            return Heads(trees, rejected=tuple(_rejections(layer, judged)))
        return Heads(trees, joins=((*layer.landing, repair),))

    async def _repair(self, judged: Judged, standing: Ground, others: Ground) -> LandingUnit | None:
        """The first of the others with which the head's symptoms go away, because all of them do it."""
        if not judged.symptoms or not others:
            return None

        async def look(count: int) -> Mapping[Symptom, State]:
            commit = await composed(self._compose, [*standing, *others[:count]])
            return await self._judge.look(commit, judged.symptoms, "search: which layer repairs a head")

        def read(_count: int, states: Mapping[Symptom, State]) -> State:
            # What is searched for is the end of the symptoms.
            gone = all(state is State.CLEAN for state in states.values())
            return State.DIRTY if gone else State.CLEAN

        looking = Looking(lambda counts: {count: look(count) for count in counts}, read, self._jobs)
        return others[await first_dirty(0, len(others), looking) - 1]


def joined(units: Sequence[LandingUnit], joins: Sequence[tuple[LandingUnit, ...]]) -> tuple[LandingUnit, ...]:
    """The landing units with each of these groups as one, where the last of its members stood."""
    order = list(units)
    for group in joins:
        names = {name for unit in group for name in unit.units}
        members = [unit for unit in order if names & set(unit.units)]
        changes = tuple(change for unit in members for change in unit.changes)
        own = {change.unit for change in changes}
        needs = frozenset(name for unit in members for name in unit.needs) - own
        order[order.index(members[-1])] = LandingUnit(changes, needs)
        order = [unit for unit in order if unit not in members[:-1]]
    return tuple(order)


def _others(stacks: Sequence[Stack], mine: Stack, standing: Sequence[LandingUnit]) -> Iterator[LandingUnit]:
    """All landing units but these: those above in the same stack first, then the other stacks'."""
    for stack in sorted(stacks, key=lambda stack: stack is not mine):
        for layer in stack.layers:
            yield from (unit for unit in layer.landing if unit not in standing)


def _rejections(layer: Layer, judged: Judged) -> list[Eviction]:
    verdict = judged.verdict
    reason = f"red on its own tree, without the other layers, and none of them repairs it: {verdict.why}"
    return [Eviction(name, verdict.blamed, True, reason) for name in layer.units]


def _with(gated: Gated, trees: tuple[GatedTree, ...]) -> Gated:
    return replace(gated, trees=(*gated.trees, *trees))


def _after(first: Gated, second: Gated) -> Gated:
    """Two rounds as one story."""
    return Gated(
        kept=second.kept,
        evicted=(*first.evicted, *second.evicted),
        not_run={**first.not_run, **second.not_run},
        failed={**first.failed, **second.failed},
        trees=(*first.trees, *second.trees),
        for_human={**first.for_human, **second.for_human},
        notices=tuple(dict.fromkeys([*first.notices, *second.notices])),
        suspicions={**first.suspicions, **second.suspicions},
    )
