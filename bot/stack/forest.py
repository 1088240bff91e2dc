"""Layers that need one another, as trees: every layer stands on one other at most, all that it needs is
below it, and no tree is higher than `depth`. Nodes are numbers in an order in which needs come first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise


class Forest:
    """Grows node by node. `depth` 0 is one line of everything, 1 lets nothing stand on anything."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self.below: dict[int, int | None] = {}
        self.members: dict[int, list[int]] = {}
        """The nodes that were folded into one, by the lowest of them."""

    def add(self, node: int, needs: Collection[int]) -> None:
        tips = self._tips({self._home(need) for need in needs})
        while len(tips) > 1:
            self._line_up(tips[0], tips[1])
            tips = self._tips(set(tips))
        if self._depth == 0 and self.below:
            tips = [next(reversed(self.below))]
        self.below[node] = tips[0] if tips else None
        self.members[node] = [node]

    def fold(self, sizes: Mapping[int, int]) -> None:
        """Lower every tree to `depth`: of the layers on a line that is too high, the two neighbours that
        are smallest together become one. Lines beyond size are the price of depth, which people feel more."""
        while (high := self._too_high()) is not None:
            pairs = list(pairwise(self.line(high)))
            weights = [self._size(low, sizes) + self._size(up, sizes) for low, up in pairs]
            self._merge(*pairs[weights.index(min(weights))])

    def _too_high(self) -> int | None:
        return next((n for n in self.below if self.height(n) > self._depth), None) if self._depth else None

    def line(self, node: int) -> list[int]:
        """A node with all that it stands on, the lowest first."""
        found: list[int] = []
        at: int | None = node
        while at is not None:
            found.append(at)
            at = self.below[at]
        return found[::-1]

    def height(self, node: int) -> int:
        return len(self.line(node))

    def lines(self) -> list[list[int]]:
        """All nodes, cut into lines: a line goes on with the highest of what stands on its end."""
        above: dict[int | None, list[int]] = {}
        for node, low in self.below.items():
            above.setdefault(low, []).append(node)
        reach: dict[int | None, int] = {}
        for node in sorted(self.below, key=self.height, reverse=True):
            reach[node] = 1 + max((reach[n] for n in above.get(node, ())), default=0)
        starts, found = sorted(above.get(None, ())), []
        while starts:
            line = [starts.pop(0)]
            while upper := sorted(above.get(line[-1], ()), key=lambda n: (-reach[n], n)):
                line.append(upper[0])
                starts += sorted(upper[1:])
            found.append(line)
        return found

    def _home(self, node: int) -> int:
        return next(low for low, nodes in self.members.items() if node in nodes)

    def _tips(self, nodes: set[int]) -> list[int]:
        covered = {low for node in nodes for low in self.line(node)[:-1]}
        return sorted(nodes - covered)

    def _line_up(self, first: int, second: int) -> None:
        """Put the branch that leads to `second` on top of `first`: whoever needs both needs one line."""
        common = set(self.line(first))
        root = next(node for node in self.line(second) if node not in common)
        self.below[root] = first

    def _size(self, node: int, sizes: Mapping[int, int]) -> int:
        return sum(sizes.get(member, 0) for member in self.members[node])

    def _merge(self, low: int, upper: int) -> None:
        self.members[low] = sorted([*self.members[low], *self.members.pop(upper)])
        del self.below[upper]
        for node, standing in self.below.items():
            if standing == upper:
                self.below[node] = low
