"""`gatecrew gate`: does the base's test suite let this candidate through? 0 green, 1 red, 2 not asked."""

from __future__ import annotations

import argparse
import asyncio
import os

from rich.text import Text

from bot.cli.asked import flags_of
from bot.cli.interrupt import interruptible
from bot.cli.printed import nobody_reads
from bot.console import Console, console_for
from bot.deps import announced, asked, serves
from bot.gate.candidate import put
from bot.gate.words import Question, first_line, verdict_text
from bot.git import File, Git
from bot.redact import Redactor
from bot.report.answer import answer, text_of
from bot.report.finish import redacted
from bot.review.tree import reader
from bot.settings import Settings, resolve
from bot.spec.around import Around
from bot.spec.ask import Wanted, wanted_spec
from bot.spec.load import load
from bot.types.answer import Answer
from bot.types.events import Said, Stage
from bot.types.spec import Spec

AGAIN = "Nothing is lost but the run under way; type the same command again."


def main(args: argparse.Namespace, redact: Redactor) -> int:
    """Ask the gate; 0 where it is green."""
    settings = resolve(flags_of(args), os.environ, redact)
    wanted = Wanted(args.spec, args.run, args.report, args.runs, args.timeout, args.sandbox)
    ask = _announced if args.status else _ask
    console = console_for(settings, redact)
    try:
        made = asyncio.run(interruptible(ask(args.head, settings, wanted, console, redact), AGAIN))
    finally:
        console.close()
    try:
        _show(made, settings, console)
    except (BrokenPipeError, SystemExit):  # rich's own answer to a closed pipe is the second
        nobody_reads()
    return made.exit_code


async def _announced(
    head: str, settings: Settings, wanted: Wanted, console: Console, redact: Redactor
) -> Answer:
    """The same, with the head's commit status told on the way."""
    async with announced(settings, head, events=console, redact=redact) as status:
        # By its commit: a branch may move meanwhile.
        made = await _ask(status.sha, settings, wanted, console, redact)
        await status.answered(made)
    return made


async def _ask(head: str, settings: Settings, wanted: Wanted, console: Console, redact: Redactor) -> Answer:
    named: list[str | None] = []

    def choose(git: Git, files: dict[str, File]) -> Spec:
        around = Around(serves=serves, files=files.keys())
        read = reader(git, files)
        spec, name = wanted_spec(wanted, around, lambda name: load(name, git.root, read, around).spec)
        named.append(name)
        return spec

    async with asked(settings, head, choose, events=console) as court:
        parties, session = court.candidate, court.session
        console.tell(Stage("gate", f"{parties.head[:12]} against {parties.base[:12]}: {session.command}"))
        if parties.merged:
            console.tell(Said("the base has moved on: the head's merge into it is judged"))
        await session.prepare()
        judge = await session.judge()
        report = await session.report(await put(judge, parties))
        options = wanted.options(named[0])
        repeat = f"gatecrew gate --base {parties.base} --head {parties.head} {options}"
        verdict = report.trees[-1].verdict
        reused = session.reused(judge.baseline)
        suspicions = tuple(one for found in report.suspicions.values() for one in found)
        question = Question(parties.base, session.command, repeat, reused, suspicions)
        made = answer(
            report,
            base=parties.base,
            head=parties.head,
            merged=parties.merged,
            line=first_line(verdict, report.bar),
            text=verdict_text(verdict, report, question),
            command=session.command,
            repeat=repeat,
            reused=reused,
        )
    return redacted(made, redact)


def _show(made: Answer, settings: Settings, console: Console) -> None:
    if settings.json:
        console.out(text_of(made))
        return
    show(made, console)


def show(made: Answer, console: Console) -> None:
    """For people, with its colour first."""
    line, *rest = made.text.splitlines()
    text = Text("green: " if made.green else "red: ", style="bold green" if made.green else "bold red")
    text.append(line, style="bold")
    console.show(text)
    console.show(Text("\n".join(rest[:-1])))
    # The last one is to be copied.
    console.show(Text(rest[-1]), wrap=False)
