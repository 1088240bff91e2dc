"""`gatecrew check`: is the spec right, is the script right, and what would run? Nothing is started."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.asked import flags_of
from bot.deps import serves
from bot.errors import NothingToDo
from bot.git import Git
from bot.opening import reader
from bot.plan.check import Script, load_script, warnings_of
from bot.plan.simulate import Plan, simulate
from bot.protect import Protection
from bot.redact import Redactor
from bot.settings import resolve, with_engine
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
    spec = with_engine(loaded.spec, settings.engine)
    script = load_script(spec.script, read)
    scope = in_scope(
        [(path, file.mode) for path, file in files.items()],
        spec.files.include,
        spec.files.exclude,
        Protection(spec.gate.protected).holds,
    )
    contents = zip(scope, git.blobs([files[path].blob for path in scope]), strict=True)
    units = shard(loaded.name, counted(contents), spec.shard.by, spec.shard.max_lines)
    plan = asyncio.run(simulate(script, spec, units, scope))
    _show(loaded, spec, script, plan, units)
    if not units:
        raise NothingToDo(f"the scope of {loaded.name!r} is empty", "Correct `files` in the spec.")
    return 0


def _show(loaded: Loaded, spec: Spec, script: Script, plan: Plan, units: Sequence[Shard]) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]{escape(loaded.name)}[/] from {escape(loaded.told)}: no problems")
    console.print(f"  goal     {escape(spec.goal)}")
    console.print(f"  script   {escape(script.name)}, type-checked against the verbs")
    console.print(f"  engines  worker {spec.engines.worker}, reviewer {spec.engines.reviewer}")
    console.print(f"  lenses   {escape(', '.join(spec.review.lenses))}")
    console.print(f"  gate     {escape(spec.gate.run)}  (bar {spec.gate.bar:.2%}, {spec.gate.runs} runs)")
    limits = spec.limits
    dollars = "no limit" if limits.dollars is None else f"${limits.dollars:g}"
    console.print(f"  limits   {limits.agents} agents, {limits.concurrency} at once, {dollars}")
    for warning in [*loaded.warnings, *warnings_of(script)]:
        console.print(f"[yellow]warning[/] {escape(warning)}")
    console.print(_table(units))
    agents = ", ".join(f"{number} {role}s" for role, number in sorted(plan.agents.items())) or "no agents"
    console.print(f"{plan.units} units of {plan.files} files: {agents}, and revisions on top")
    if plan.untaken:
        console.print(
            f"[yellow]warning[/] the script takes up none of: {escape(', '.join(plan.untaken[:SHOWN]))}"
        )
    if plan.problem:
        console.print(f"[yellow]note[/] simulated answers did not suit the script: {escape(plan.problem)}")


def _table(units: Sequence[Shard]) -> Table:
    table = Table("unit", "files", "lines", box=None, pad_edge=False, header_style="bold")
    for unit in units[:SHOWN]:
        table.add_row(escape(unit.id), str(len(unit.files)), f"{unit.lines:,}")
    if len(units) > SHOWN:
        table.add_row(f"... and {len(units) - SHOWN} more", "", "")
    return table
