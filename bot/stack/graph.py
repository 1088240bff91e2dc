"""What needs what: groups that need each other, in an order in which needs come first."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

N = TypeVar("N", bound=Hashable)


def groups(nodes: Sequence[N], needs: Mapping[N, Iterable[N]]) -> list[tuple[N, ...]]:
    """Nodes that need each other, in a circle or directly, as one group each; needed groups come first,
    else the order of `nodes` holds. (Tarjan's strongly connected components, without recursion.)"""
    known = set(nodes)
    place = {node: n for n, node in enumerate(nodes)}
    index: dict[N, int] = {}
    low: dict[N, int] = {}
    open_: list[N] = []
    found: list[tuple[N, ...]] = []

    def enter(node: N) -> tuple[N, Iterator[N]]:
        index[node] = low[node] = len(index)
        open_.append(node)
        wanted = (other for other in needs.get(node, ()) if other in known)
        return node, iter(sorted(wanted, key=place.__getitem__))

    for start in nodes:
        path = [enter(start)] if start not in index else []
        while path:
            node, rest = path[-1]
            following = next((n for n in rest if _visit(n, node, index, low, open_)), None)
            if following is not None:
                path.append(enter(following))
                continue
            path.pop()
            if path:
                low[path[-1][0]] = min(low[path[-1][0]], low[node])
            if low[node] == index[node]:
                found.append(_close(node, open_, place.__getitem__))
    return found


def _visit(node: N, source: N, index: Mapping[N, int], low: dict[N, int], open_: Sequence[N]) -> bool:
    """Whether a node is still to be entered; else take note of how far back it leads."""
    if node not in index:
        return True
    if node in open_:
        low[source] = min(low[source], index[node])
    return False


def _close(node: N, open_: list[N], order: Callable[[N], int]) -> tuple[N, ...]:
    start = open_.index(node)
    group = tuple(sorted(open_[start:], key=order))
    del open_[start:]
    return group


def reachable(start: N, needs: Mapping[N, Iterable[N]]) -> set[N]:
    """All that a node needs, directly or not."""
    seen: set[N] = set()
    waiting = list(needs.get(start, ()))
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(needs.get(node, ()))
    return seen
