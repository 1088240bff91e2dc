"""The board as a terminal shows it while a run goes on: 12 to 20 lines, from 60 columns up."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bot.console import words
from bot.console.board import Board
from bot.figures import count

SHOWN_AGENTS = 6
SHOWN_LINES = 5


class Display:
    """Draws a board; the spinner lives as long as the display."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._spinner = Spinner("dots", style="cyan")

    def draw(self, board: Board, now: float) -> RenderableType:
        parts: list[RenderableType] = [Text(""), self._head(board, now)]
        parts.append(Padding(_figures(board), (0, 0, 0, 2)))
        if board.running:
            parts += [Text("  at work", style="dim"), Padding(_agents(board, now), (0, 0, 0, 4))]
        if board.log:
            lines = list(board.log)[-SHOWN_LINES:]
            parts += [Text("  lately", style="dim"), *_lines(lines)]
        return Group(*parts)

    def _head(self, board: Board, now: float) -> RenderableType:
        head = Table.grid(expand=True, padding=(0, 1))
        head.add_column(width=1)
        head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        head.add_column(justify="right", no_wrap=True)
        title = Text(board.stage.name if board.stage else "start", style="bold")
        if board.stage and board.stage.detail:
            title.append(f"  {board.stage.detail}".replace("\n", " "), style="not bold dim")
        head.add_row(self._spinner, title, Text(words.clock(now - self._began), style="dim"))
        return head


def _figures(board: Board) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    if board.units:
        grid.add_row("units", _progress(board))
        grid.add_row("", Text(words.fates(board)))
    if board.crewed:
        grid.add_row("agents", Text(words.agents(board)))
        grid.add_row("spent", Text(words.money(board.cost)))
    if board.suite:
        runs = count(board.suites, "run")
        grid.add_row("suite", Text(f"{runs}; {words.suite(board.suite)}", no_wrap=True, overflow="ellipsis"))
    return grid


def _progress(board: Board) -> RenderableType:
    """How many of the units were taken up, and how many are decided."""
    row = Table.grid(padding=(0, 2))
    begun = len(board.touched | board.fates.keys())
    bar = ProgressBar(total=board.units, completed=begun, width=24)
    row.add_row(bar, Text(f"{begun:,} of {board.units:,} taken up"))
    return row


def _agents(board: Board, now: float) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="cyan")
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=2)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
    grid.add_column(justify="right", style="dim", no_wrap=True)
    for agent in board.running[:SHOWN_AGENTS]:
        took = words.clock(now - (agent.since or now))
        grid.add_row(agent.role.value, agent.label, Text(agent.unit or ""), took)
    more = len(board.running) - SHOWN_AGENTS
    if more > 0:
        grid.add_row("", f"and {more} more", "", "")
    return grid


def _lines(lines: list[str]) -> Iterator[RenderableType]:
    for line in lines:
        yield Text(f"    {line}", style="dim", no_wrap=True, overflow="ellipsis")
