"""Every layer's own head tree: what a pull request shows must be green by itself, not only in the batch.

A red head inside a green batch is joined with the landing unit that repairs it, or rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.gate.flakes import State
from bot.gate.gate import Compose, Gated, composed, gate
from bot.gate.judge import Judge, Judged
from bot.types.gate import Eviction, GatedTree
from bot.types.ids import LayerId
from bot.types.stack import LandingUnit, Layer, Stack

Arrange = Callable[[Sequence[LandingUnit]], Sequence[Stack]]
"""Landing units into layers and stacks."""


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
    landing: Sequence[LandingUnit], *, judge: Judge, compose: Compose, arrange: Arrange
) -> Settled:
    """Gate, arrange, judge the heads; join or reject, and again, until nothing changes.

    Every round has fewer landing units, so it ends."""
    gated = await gate(landing, judge=judge, compose=compose)
    while True:
        stacks = tuple(arrange(gated.kept))
        found = await heads(stacks, judge=judge, compose=compose)
        if not found.joins and not found.rejected:
            return Settled(_with(gated, found.trees), stacks)
        units = joined(gated.kept, found.joins)
        again = await gate(units, judge=judge, compose=compose, rejected=found.rejected)
        gated = _after(gated, again)


async def heads(stacks: Sequence[Stack], *, judge: Judge, compose: Compose) -> Heads:
    """Judge every layer's head: the base, the layers that it stands on, and its own units.

    What a layer stands on may be in another stack. Above a red head nothing is judged: it holds that one
    too."""
    trees: list[GatedTree] = []
    joins: list[tuple[LandingUnit, ...]] = []
    rejected: list[Eviction] = []
    green: dict[LayerId, tuple[LandingUnit, ...]] = {}
    for stack in stacks:
        for layer in stack.layers:
            if layer.below is not None and layer.below not in green:
                break
            standing = (*(green[layer.below] if layer.below else ()), *layer.landing)
            commit = await composed(compose, standing)
            judged = await judge.verdict(commit, f"layer {layer.id}")
            trees.append(GatedTree(judged.verdict, layer.id))
            if judged.verdict.green:
                green[layer.id] = standing
                continue
            others = list(_others(stacks, stack, standing))
            repair = await _repair(judge, compose, judged, standing, others)
            if repair is None:
                rejected += _rejections(layer, judged)
            else:
                joins.append((*layer.landing, repair))
            break
    return Heads(tuple(trees), tuple(joins), tuple(rejected))


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


async def _repair(
    judge: Judge,
    compose: Compose,
    judged: Judged,
    standing: Sequence[LandingUnit],
    others: Sequence[LandingUnit],
) -> LandingUnit | None:
    """The one of the others with which the head's symptoms go away; by halving, because all of them do it."""
    low, high = 0, len(others)
    if not judged.symptoms or not others:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        commit = await composed(compose, [*standing, *others[:middle]])
        states = await judge.look(commit, judged.symptoms, "search: which layer repairs a head")
        if all(state is State.CLEAN for state in states.values()):
            high = middle
        else:
            low = middle
    return others[high - 1]


def _others(stacks: Sequence[Stack], mine: Stack, standing: Sequence[LandingUnit]) -> Iterator[LandingUnit]:
    """All landing units but these: those above in the same stack first, then the other stacks'."""
    for stack in sorted(stacks, key=lambda stack: stack is not mine):
        for layer in stack.layers:
            yield from (unit for unit in layer.landing if unit not in standing)


def _rejections(layer: Layer, judged: Judged) -> list[Eviction]:
    verdict = judged.verdict
    why = verdict.doubt or f"{len(verdict.blamed)} tests fail on the layer's own tree"
    reason = f"red without the other layers, and none of them repairs it: {why}"
    return [Eviction(name, verdict.blamed, True, reason) for name in layer.units]


def _with(gated: Gated, trees: tuple[GatedTree, ...]) -> Gated:
    return Gated(
        gated.kept,
        gated.evicted,
        gated.not_run,
        gated.failed,
        (*gated.trees, *trees),
        gated.for_human,
        gated.notices,
    )


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
    )
