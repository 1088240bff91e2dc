"""What the forge already holds of a workflow, rebuilt from the forge alone. Asked before the work starts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.git import Git
from bot.ports.forge import Forge
from bot.stack.heads import by_others
from bot.stack.marker import layer_of, prefix, read_marker, units_in
from bot.types.ids import Branch, Sha, UnitId
from bot.types.stack import Known, KnownLayer, Pull, PullState

CLOSED = "closed"
HANDS_OFF = "hands-off"


def known(
    forge: Forge, git: Git, workflow: str, base: Sha, reopened: Collection[UnitId] = frozenset()
) -> Known:
    """All pull requests of a workflow, its layers by their newest one, and the units to leave alone:
    those whose pull request a person closed (unless they are `reopened`), and those of branches that
    somebody else has committed to."""
    pulls = forge.pulls(prefix(workflow))
    heads = forge.heads(prefix(workflow))
    trunk = [base, *forge.heads(forge.default_branch()).values()]
    newest = {pull.branch: pull for pull in pulls}
    foreign = frozenset(
        branch
        for branch, tip in heads.items()
        if (branch not in newest or newest[branch].open) and by_others(git, tip, trunk)
    )
    layers = tuple(
        KnownLayer(layer_of(workflow, pull), _units(git, pull, heads), pull, branch in foreign)
        for branch, pull in newest.items()
    )
    holders = _holders(layers)
    return Known(
        pulls=tuple(pulls),
        units={unit: layer.pull for unit, layer in holders.items()},
        layers=layers,
        heads=heads,
        foreign=foreign,
        skipped=_skipped(holders, reopened),
    )


def _units(git: Git, pull: Pull, heads: Mapping[Branch, Sha]) -> tuple[UnitId, ...]:
    marker = read_marker(pull.body)
    if marker and marker.units:
        return tuple(UnitId(unit) for unit in marker.units)
    tip = heads.get(pull.branch)
    return units_in(git.message(tip)) if tip else ()


def _holders(layers: Sequence[KnownLayer]) -> dict[UnitId, KnownLayer]:
    """The layer that speaks for each unit: an open one, else the newest."""
    ordered = sorted(layers, key=lambda layer: (layer.pull.open, layer.pull.number))
    return {unit: layer for layer in ordered for unit in layer.units}


def _skipped(holders: Mapping[UnitId, KnownLayer], reopened: Collection[UnitId]) -> dict[UnitId, str]:
    skipped = {}
    for unit, layer in holders.items():
        if layer.hands_off:
            skipped[unit] = HANDS_OFF
        elif layer.pull.state == PullState.CLOSED and unit not in reopened:
            skipped[unit] = CLOSED
    return skipped
