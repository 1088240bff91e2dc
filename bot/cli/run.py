"""`gatecrew run`: one run from settings to report, with Ctrl-C and SIGTERM as ordinary events."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.cli.asked import flags_of
from bot.cli.interrupt import interruptible
from bot.cli.printed import nobody_reads
from bot.console import Console, console_for
from bot.deps import opened
from bot.errors import GatecrewError, Interrupted
from bot.outcome import facts_of
from bot.record import Record, Tools
from bot.redact import Redactor
from bot.report.finish import finish
from bot.report.store import RESULT, text_of
from bot.report.tables import tables
from bot.report.words import next_lines
from bot.settings import Settings, resolve
from bot.types.events import Said
from bot.types.result import Result
from bot.workflow import execute


def main(args: argparse.Namespace, redact: Redactor) -> int:
    """Run a workflow; the exit code."""
    settings = resolve(flags_of(args), os.environ, redact)
    console = console_for(settings, redact)
    work = _run(args.workflow, settings, console, redact)
    try:
        return asyncio.run(interruptible(work, _how_to_resume(args.workflow, settings)))
    finally:
        console.close()


async def _run(workflow: str, settings: Settings, console: Console, redact: Redactor) -> int:
    async with opened(
        workflow, settings, events=console, redact=redact, approve=_interruptible_ask(console)
    ) as tools:
        _preamble(tools, console)
        start = tools.clock.monotonic()
        records = [Record.start(tools)]
        try:
            record = await execute(records[0], records.append)
        except (asyncio.CancelledError, GatecrewError) as err:
            left = _leave(records[-1], err, tools.clock.monotonic() - start, redact)
            if left is not None and settings.json:
                console.out(text_of(left))
            raise
        facts = facts_of(record, tools.clock.monotonic() - start)
        result, folder = finish(facts, tools.state, redact)
    try:
        _show(result, settings, console, folder)
    except (BrokenPipeError, SystemExit):  # rich's own answer to a closed pipe is the second
        nobody_reads()
    if record.stopped is not None:
        run = f"--resume {record.tools.run}"
        record.stopped.hint = record.stopped.hint.replace(run, run + _options(settings))
        raise record.stopped
    return result.exit_code


def _interruptible_ask(console: Console) -> Callable[[str], bool]:
    """A question holds up the loop, and with it our own way with Ctrl-C: meanwhile Python's holds."""

    def ask(question: str) -> bool:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return console.ask(question)
        finally:
            signal.signal(signal.SIGINT, before)

    return ask


def _leave(record: Record, err: BaseException, seconds: float, redact: Redactor) -> Result | None:
    """A run that is cut off leaves a result too, once it has units: what was not done is not-run in it."""
    if not len(record.ledger):
        return None
    stopped = err if isinstance(err, GatecrewError) else Interrupted("interrupted before its end")
    with suppress(OSError):  # a full disk must not hide what happened
        return finish(facts_of(replace(record, stopped=stopped), seconds), record.tools.state, redact)[0]
    return None


def _show(result: Result, settings: Settings, console: Console, folder: Path) -> None:
    if settings.json:
        console.out(text_of(result))
        return
    console.show(tables(result, str(folder / RESULT)))
    console.show("\n".join(next_lines(result, _options(settings))))


def _options(settings: Settings) -> str:
    """The options that name this repository and state again."""
    repo = "" if str(settings.repo) == "." else f" --repo {shlex.quote(str(settings.repo))}"
    return repo + ("" if settings.out is None else f" --out {shlex.quote(str(settings.out))}")


def _preamble(tools: Tools, console: Console) -> None:
    """What is about to happen, before it does."""
    console.tell(
        Said(f"run {tools.run}: {tools.workflow} at {tools.base[:12]}, spec from {tools.loaded.told}")
    )
    if tools.git.dirty():
        console.tell(
            Said(
                "the worktree has uncommitted changes: they are not looked at, the base is a commit",
                "warning",
            )
        )
    for warning in tools.loaded.warnings:
        console.tell(Said(warning, "warning"))


def _how_to_resume(workflow: str, settings: Settings) -> str:
    again = f"gatecrew run {workflow} --resume last{_options(settings)}"
    return f"Nothing that was finished is lost. Go on with: {again}"
