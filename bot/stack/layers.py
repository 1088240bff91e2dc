"""Landing units to layers and stacks: what one person can review, ordered by real dependencies only.

A layer's id comes from its units, never from contents, and open layers keep their units from run to run,
so that a pull request stays the same one whatever else is found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bot.stack.forest import Forest
from bot.stack.graph import groups
from bot.types.ids import LayerId, UnitId
from bot.types.stack import Known, LandingUnit, Layer, Stack

MOST_UNITS = 20
"""In one layer that was not folded: beyond it nobody reviews, and the marker has no room."""
SUBJECT = 50
SLUG = 32
RE_HASH = re.compile(r"-[0-9a-f]{8}$")


@dataclass(slots=True)
class _Block:
    """A layer in the making; `known` is the open layer that it continues."""

    landing: list[LandingUnit]
    lines: int = 0
    known: LayerId | None = None
    needs: set[int] = field(default_factory=set)

    @property
    def units(self) -> list[UnitId]:
        return [unit for part in self.landing for unit in part.units]


def layers(
    landing: Sequence[LandingUnit],
    *,
    goal: str,
    depth: int,
    max_lines: int,
    lines: Mapping[UnitId, int],
    known: Known | None = None,
) -> tuple[Stack, ...]:
    """Stacks of at most `depth` layers. `landing` comes with needed units first, as `landing()` gives it.

    Landing units go into one layer where they lie in the same folder, need the same layers and hold at
    most `max_lines` together. Two layers may stand on the same third one, and start a stack each; a layer
    that needs two others puts them in line.
    """
    blocks = _joined(_blocks(landing, max_lines, lines, known or Known()))
    forest = Forest(depth)
    for number, block in enumerate(blocks):
        forest.add(number, block.needs)
    forest.fold({number: block.lines for number, block in enumerate(blocks)})
    made: dict[int, Layer] = {}
    stacks = []
    for line in forest.lines():
        for low in line:
            below = forest.below[low]
            parts = [blocks[member] for member in forest.members[low]]
            made[low] = _layer(parts, made[below].id if below is not None else None, goal)
        stacks.append(Stack(tuple(made[low] for low in line)))
    return tuple(stacks)


def _blocks(
    landing: Sequence[LandingUnit], max_lines: int, lines: Mapping[UnitId, int], known: Known
) -> list[_Block]:
    """Landing units by layer: those of open layers first, then what goes together by folder and needs."""
    held = {unit: layer.id for layer in known.layers if layer.ours for unit in layer.units}
    blocks: list[_Block] = []
    home: dict[UnitId, int] = {}
    filling: dict[object, int] = {}
    for part in landing:
        size = sum(lines.get(unit, 0) for unit in part.units)
        kept = next((held[unit] for unit in part.units if unit in held), None)
        key = kept or (_folder(part.paths), frozenset(home[need] for need in part.needs if need in home))
        place = filling.get(key)
        if place is None or (not kept and not _fits(blocks[place], part, size, max_lines)):
            place = filling[key] = len(blocks)
            blocks.append(_Block([], known=kept))
        blocks[place].landing.append(part)
        blocks[place].lines += size
        home.update(dict.fromkeys(part.units, place))
    for number, block in enumerate(blocks):
        needed = {home[need] for part in block.landing for need in part.needs if need in home}
        block.needs = needed - {number}
    return blocks


def _fits(block: _Block, part: LandingUnit, size: int, max_lines: int) -> bool:
    return block.lines + size <= max_lines and len(block.units) + len(part.units) <= MOST_UNITS


def _joined(blocks: Sequence[_Block]) -> list[_Block]:
    """Blocks in an order in which needs come first; open layers that need each other become one."""
    order = groups(range(len(blocks)), {n: block.needs for n, block in enumerate(blocks)})
    place = {member: number for number, group in enumerate(order) for member in group}
    found = []
    for number, group in enumerate(order):
        parts = [blocks[member] for member in group]
        block = _Block(
            landing=[unit for part in parts for unit in part.landing],
            lines=sum(part.lines for part in parts),
            known=next((part.known for part in parts if part.known), None),
            needs={place[need] for part in parts for need in part.needs} - {number},
        )
        found.append(block)
    return found


def _layer(parts: Sequence[_Block], below: LayerId | None, goal: str) -> Layer:
    kept = next((part.known for part in parts if part.known), None)
    landing = tuple(unit for part in parts for unit in part.landing)
    units = [unit for part in parts for unit in part.units]
    paths = [path for unit in landing for path in unit.paths]
    return Layer(kept or layer_id(units), _title(goal, paths), landing, below)


def layer_id(units: Iterable[UnitId]) -> LayerId:
    """A readable beginning and 8 hex of the sorted unit ids."""
    ordered = sorted(units)
    slug = RE_HASH.sub("", ordered[0])[:SLUG].strip("-.")
    more = f"-and-{len(ordered) - 1}-more" if len(ordered) > 1 else ""
    digest = hashlib.sha256("\n".join(ordered).encode()).hexdigest()[:8]
    return LayerId(f"{slug or 'layer'}{more}-{digest}")


def _title(goal: str, paths: Iterable[str]) -> str:
    """What is done, and where: one sentence."""
    return f"{_subject(goal)} in {_where(sorted(set(paths)))}"


def _subject(goal: str) -> str:
    """The goal's first sentence, or as many words of it as fit."""
    sentence = re.split(r"(?<=[.!?;:])\s|\n", goal.strip(), maxsplit=1)[0].rstrip(".!?;: ")
    if len(sentence) <= SUBJECT:
        return sentence or "Changes"
    return f"{sentence[: SUBJECT + 1].rpartition(' ')[0] or sentence[:SUBJECT]} …"


def _where(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return paths[0]
    return _folder(paths) or "several places"


def _folder(paths: Iterable[str]) -> str:
    """The deepest folder that holds all paths; empty for the top one."""
    parts = [PurePosixPath(path).parts[:-1] for path in paths]
    same = []
    for names in zip(*parts, strict=False):
        if len(set(names)) > 1:
            break
        same.append(names[0])
    return "/".join(same)
