"""`gatecrew runs`: the runs in the state, the newest first."""

from __future__ import annotations

import argparse

from rich.table import Table
from rich.text import Text

from bot.cli.asked import state_at
from bot.cli.printed import show_all
from bot.errors import GatecrewError
from bot.journal import header_of, read
from bot.redact import Redactor
from bot.report import words
from bot.report.store import load_result
from bot.state import State
from bot.types.ids import RunId

STYLES = {"complete": "green", "partial": "yellow", "failed": "red"}


def main(args: argparse.Namespace, redact: Redactor) -> int:
    """List every run that has a journal, finished or not."""
    _, state = state_at(args)
    if not state.runs:
        show_all(redact, Text(f"no runs in {state.root}\nStart one with: gatecrew run WORKFLOW"))
        return 0
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("run", "workflow", "conclusion", "what came of it", style="dim")
    for run in reversed(state.runs):
        table.add_row(*_row(state, run))
    show_all(redact, table)
    return 0


def _row(state: State, run: RunId) -> tuple[Text, ...]:
    try:
        path = state.journal(run)
        header = header_of(path, read(path)[:1])
        result = load_result(state, run)
    except GatecrewError as err:
        return Text(run), Text("?"), Text("unreadable", style="red"), Text(err.message)
    named = Text(run), Text(header.workflow)
    if result is None:
        how = f"go on: gatecrew run {header.workflow} --resume {run}"
        return *named, Text("unfinished", style="yellow"), Text(how)
    told = Text(words.ledger_line(result)).append(f"\n{words.money_line(result)}", style="dim")
    return *named, Text(result.conclusion, style=STYLES[result.conclusion]), told
