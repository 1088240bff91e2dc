"""`gatecrew check`: is the spec right, is the script right, and what would run? Nothing is started."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.cli.asked import flags_of
from bot.cli.printed import printer
from bot.deps import serves
from bot.errors import NothingToDo
from bot.git import Git
from bot.plan.check import Script, load_script, warnings_of
from bot.plan.simulate import Plan, simulate
from bot.protect import Protection
from bot.redact import Redactor
from bot.review.tree import reader
from bot.settings import resolve, with_engine, with_lenses
from bot.shard import counted, in_scope, shard
from bot.spec.around import Around
from bot.spec.load import Loaded, load
from bot.types.spec import Spec
from bot.types.unit import Shard

SHOWN = 40


def main(args: argparse.Namespace, redact: Redactor) -> int:
    """Check a workflow; 0 where it can run. Raises SpecError with every problem, NothingToDo."""
    settings = resolve(flags_of(args), os.environ, redact)
    git = Git(settings.repo)
    base = git.commit(settings.base)
    files = git.files(base)
    read = reader(git, files)
    around = replace(Around(serves=serves, engine=settings.engine), files=files.keys())
    loaded = load(args.workflow, git.root, read, around)
    spec = with_lenses(with_engine(loaded.spec, settings.engine))
    script = load_script(spec.script, read)
    scope = in_scope(
        [(path, file.mode) for path, file in files.items()],
        spec.files.include,
        spec.files.exclude,
        Protection(spec.gate.protected, spec.gate.cwd).holds,
    )
    contents = zip(scope, git.blobs([files[path].blob for path in scope]), strict=True)
    units = shard(loaded.name, counted(contents), spec.shard.by, spec.shard.max_lines)
    plan = asyncio.run(simulate(script, spec, units, scope))
    _show(redact, loaded, spec, script, plan, units)
    if not units:
        raise NothingToDo(f"the scope of {loaded.name!r} is empty", "Correct `files` in the spec.")
    return 0


def _show(
    redact: Redactor, loaded: Loaded, spec: Spec, script: Script, plan: Plan, units: Sequence[Shard]
) -> None:
    console = printer(redact)
    console.show(Text.from_markup(_head(loaded, spec, script)), wrap=False)
    console.show(_table(units))
    console.show(Text.from_markup(_foot(plan)), wrap=False)


def _head(loaded: Loaded, spec: Spec, script: Script) -> str:
    limits = spec.limits
    dollars = "no limit" if limits.dollars is None else f"${limits.dollars:g}"
    lines = [
        f"[bold]{escape(loaded.name)}[/] from {escape(loaded.told)}: no problems",
        f"  goal     {escape(spec.goal)}",
        f"  script   {escape(script.name)}, type-checked against the verbs",
        f"  engines  worker {spec.engines.worker}, reviewer {spec.engines.reviewer}",
        f"  lenses   {escape(', '.join(spec.review.lenses))}",
        f"  gate     {escape(spec.gate.run)}  (bar {spec.gate.bar:.2%}, {spec.gate.runs} runs)",
        f"  limits   {limits.agents} agents, {limits.concurrency} at once, {dollars}",
    ]
    warned = [f"[yellow]warning[/] {escape(text)}" for text in [*loaded.warnings, *warnings_of(script)]]
    return "\n".join(lines + warned)


def _foot(plan: Plan) -> str:
    agents = ", ".join(f"{number} {role}s" for role, number in sorted(plan.agents.items())) or "no agents"
    lines = [f"{plan.units} units of {plan.files} files: {agents}, and revisions on top"]
    if plan.untaken:
        names = escape(", ".join(plan.untaken[:SHOWN]))
        lines.append(f"[yellow]warning[/] the script takes up none of: {names}")
    if plan.problem:
        lines.append(f"[yellow]note[/] simulated answers did not suit the script: {escape(plan.problem)}")
    return "\n".join(lines)


def _table(units: Sequence[Shard]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_row(*(f"[bold]{name}[/]" for name in ("unit", "files", "lines")))
    for unit in units[:SHOWN]:
        table.add_row(escape(unit.id), str(len(unit.files)), f"{unit.lines:,}")
    if len(units) > SHOWN:
        table.add_row(f"... and {len(units) - SHOWN} more", "", "")
    return table
