"""`gatecrew pulls`: what the local forge holds. Looking at it changes nothing, not even its own notes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from rich.console import RenderableType
from rich.markdown import Markdown
from rich.text import Text
from rich.tree import Tree

from bot.cli.asked import state_at
from bot.cli.printed import show_all, show_patch
from bot.errors import InputError
from bot.forges.local_store import Book, PullRecord, StatusRecord, Store
from bot.git import Git
from bot.redact import Redactor
from bot.types.ids import Branch, Sha
from bot.types.stack import PullState

STYLES = {PullState.OPEN: "green", PullState.MERGED: "magenta", PullState.CLOSED: "red"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """The forge as it lies in the state."""

    book: Book
    bare: Git
    tips: Mapping[Branch, Sha]

    def head(self, pull: PullRecord) -> Sha:
        return self.tips.get(pull.branch, pull.head)

    def patch(self, pull: PullRecord) -> str:
        """What the pull request changes against its base branch; all of it, where that is gone."""
        head = self.head(pull)
        base = self.tips.get(pull.base_branch)
        fork = self.bare.text("merge-base", base, head) if base else f"{head}^"
        return self.bare.patch(self.bare.commit(fork), head)

    def statuses(self, pull: PullRecord) -> Mapping[str, StatusRecord]:
        return self.book.statuses.get(self.head(pull), {})


def main(args: argparse.Namespace, redact: Redactor) -> int:
    """List the stacks, or show one pull request with its diff."""
    _, state = state_at(args)
    shelf = _shelf(state.forge)
    if args.number is not None:
        return _one(_found(shelf, args.number, state.root), redact)
    if shelf is None or not shelf.book.pulls:
        hint = "Runs with `--forge local` (the default) open them."
        show_all(redact, Text(f"no pull requests in {state.forge}\n{hint}"))
        return 0
    show_all(redact, *_forest(shelf), *_issues(shelf.book))
    return 0


def _shelf(folder: Path) -> Shelf | None:
    if not (folder / "repository.git" / "HEAD").exists():
        return None
    bare = Git(folder / "repository.git")
    heads = bare.refs("refs/heads/")
    tips = {Branch(ref.removeprefix("refs/heads/")): sha for ref, sha in heads.items()}
    return Shelf(Store(folder / "pulls.json").read(), bare, tips)


def _found(shelf: Shelf | None, number: int, root: Path) -> tuple[PullRecord, Shelf]:
    pulls = {str(pull.number): pull for pull in shelf.book.pulls} if shelf else {}
    if shelf is None or str(number) not in pulls:
        close = get_close_matches(str(number), pulls, n=1, cutoff=0.5)
        guess = f"; did you mean {close[0]}?" if close else ""
        raise InputError(
            f"the local forge in {str(root)!r} has no pull request {number}{guess}",
            "See `gatecrew pulls` for what there is.",
        )
    return pulls[str(number)], shelf


def _forest(shelf: Shelf) -> Iterator[RenderableType]:
    """Every stack as a tree, the layer that lands first on top."""
    by_branch = {pull.branch: pull for pull in shelf.book.pulls if pull.state == PullState.OPEN}
    nodes: dict[int, Tree] = {}
    roots: dict[str, Tree] = {}
    for pull in sorted(shelf.book.pulls, key=lambda pull: _height(pull, by_branch)):
        below = by_branch.get(pull.base_branch)
        if below is not None and below.number in nodes and below is not pull:
            parent = nodes[below.number]
        else:
            parent = roots.setdefault(pull.base_branch, Tree(Text(pull.base_branch, style="bold")))
        nodes[pull.number] = parent.add(_line(pull, shelf))
    yield from roots.values()


def _height(pull: PullRecord, by_branch: Mapping[Branch, PullRecord]) -> tuple[int, int]:
    """How many open pull requests it stands on, then its number."""
    height, below = 0, by_branch.get(pull.base_branch)
    while below is not None and height < len(by_branch):
        height, below = height + 1, by_branch.get(below.base_branch)
    return height, pull.number


def _line(pull: PullRecord, shelf: Shelf) -> Text:
    text = Text(f"#{pull.number} ", style="bold cyan")
    text.append(pull.title, style="default")
    text.append(f"  {pull.state}", style=STYLES.get(pull.state, ""))
    if pull.draft:
        text.append(" draft", style="yellow")
    statuses = shelf.statuses(pull).values()
    if statuses:
        green = all(status.green for status in statuses)
        text.append(" green" if green else " red", style="green" if green else "red")
    return text.append(f"\n{pull.branch}", style="dim")


def _issues(book: Book) -> Iterator[RenderableType]:
    for issue in book.issues:
        yield Text(f"issue #{issue.number}  {issue.title}", style="dim")


def _one(found: tuple[PullRecord, Shelf], redact: Redactor) -> int:
    pull, shelf = found
    show_all(redact, *_page(pull, shelf))
    show_patch(redact, shelf.patch(pull))
    return 0


def _page(pull: PullRecord, shelf: Shelf) -> Iterator[RenderableType]:
    yield _line(pull, shelf)
    yield Text(f"into {pull.base_branch}, head {shelf.head(pull)[:12]}", style="dim")
    for context, status in shelf.statuses(pull).items():
        yield Text(f"{context}: {status.text}", style="green" if status.green else "red")
    if pull.labels:
        yield Text(f"labels: {', '.join(pull.labels)}", style="dim")
    yield Text("")
    yield Markdown(pull.body, hyperlinks=False)
    for body in shelf.book.comments.get(pull.number, {}).values():
        yield Text("\ncomment", style="dim")
        yield Markdown(body, hyperlinks=False)
    yield Text("")
