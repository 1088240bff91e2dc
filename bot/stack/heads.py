"""Layers get their contents: the tree of every layer's head, for the gate, and the commit to push."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.compose import compose
from bot.git import IDENTITY, Git
from bot.stack.marker import branch
from bot.types.change import Change
from bot.types.ids import Branch, LayerId, Sha, Tree
from bot.types.stack import Layer, Placed, Stack

OUR_EMAIL = IDENTITY.partition("<")[2].rstrip(">")


def place(
    git: Git, base: Sha, stacks: Iterable[Stack], *, workflow: str, base_branch: Branch
) -> tuple[Placed, ...]:
    """Every layer with the commit that the gate judges, lower layers first: the base, plus the layers that
    it stands on, plus its own changes. Nothing is pushed, and no branch is made here either."""
    placed: dict[LayerId, Placed] = {}
    held: dict[LayerId, tuple[Change, ...]] = {}
    for layer in lowest_first(layer for stack in stacks for layer in stack.layers):
        below = placed[layer.below] if layer.below else None
        held[layer.id] = (*(held[layer.below] if layer.below else ()), *layer.changes)
        tree = git.tree(compose(git, base, held[layer.id]))
        head = git.wrap(tree, [below.head if below else base], layer.title, base)
        own = branch(workflow, layer.id)
        placed[layer.id] = Placed(layer, head, tree, own, below.branch if below else base_branch)
    return tuple(placed.values())


def next_head(git: Git, tree: Tree, *, below: Sha, remote: Sha | None, message: str, dated: Sha) -> Sha:
    """The commit with `tree` that the branch is to point at.

    What is there already is adopted where the tree is the same and the pull request shows the right
    difference, whatever the sha. Else new content goes on top of it, with the layer below as a second
    parent: a fast-forward, so that reviews keep their history and nothing is forced.
    """
    if remote is None:
        return git.wrap(tree, [below], message, dated)
    stands = git.is_ancestor(below, remote)
    if git.tree(remote) == tree and (stands or _same_fork(git, below, remote)):
        return remote
    return git.wrap(tree, [remote] if stands else [remote, below], message, dated)


def _same_fork(git: Git, below: Sha, remote: Sha) -> bool:
    """Whether a pull request onto `below` shows `remote`'s own lines only: both left at an equal tree."""
    fork = git.text("merge-base", below, remote, ok=(0, 1))
    return bool(fork) and git.tree(Sha(fork)) == git.tree(below)


def by_others(git: Git, tip: Sha, hidden: Sequence[Sha]) -> bool:
    """Whether anybody else wrote or committed what `tip` has and `hidden` have not."""
    return bool(git.emails(tip, [sha for sha in hidden if git.has(sha)]) - {OUR_EMAIL})


def lowest_first(layers: Iterable[Layer]) -> list[Layer]:
    """Layers so that each comes after the one that it stands on."""
    waiting, found = list(layers), dict[LayerId, Layer]()
    while waiting:
        there = {layer.id for layer in waiting}
        ready = [layer for layer in waiting if layer.below not in there]
        found.update((layer.id, layer) for layer in ready)
        waiting = [layer for layer in waiting if layer.id not in found]
        assert ready, "layers stand on one another in a circle"
    return list(found.values())
