"""The stages of a run. Each takes the record so far and returns a new one.

Promise P6 is enforced here, below the script: what no panel accepted in exactly this content never gets
into `accepted`, and what the gate did not find green on exactly this tree never gets into `proposals`.
"""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.calls import Made
from bot.errors import InputError, Interrupted, NothingToDo
from bot.figures import count
from bot.gate.gate import Gated
from bot.gate.words import Question, verdict_text
from bot.journal import key_of
from bot.ledger import DONE, Ledger
from bot.overlay import nothing
from bot.plan.check import warnings_of
from bot.plan.drive import Driver, Order, ScriptFailed
from bot.plan.host import Host, Later
from bot.plan.simulate import Plan, simulate
from bot.record import Record, Tools
from bot.shard import counted, in_scope, shard
from bot.stack.contents import composer, reader, sizes
from bot.stack.edges import edges
from bot.stack.heads import place
from bot.stack.known import known
from bot.stack.landing import landing
from bot.stack.layers import layers
from bot.stack.submit import submit
from bot.types.change import Change
from bot.types.events import Planned, Said, UnitTold
from bot.types.events import Stage as Begun
from bot.types.gate import GateReport
from bot.types.ids import UnitId
from bot.types.script import Ran
from bot.types.stack import Known, LandingUnit, Placed, Proposal, Stack, Submission, Submitted
from bot.types.unit import Shard, Status

TIMED_OUT = -1

DRY = (Status.PROPOSED, "dry run")
UNPUBLISHED = (Status.NOT_RUN, "green, but not published: the run ended before")

SUITE = "suite"
"""The verb of journalled suite runs."""


async def take_stock(record: Record) -> Record:
    """Shard the scope, write every unit into the ledger, and ask the forge what it holds already."""
    tools = record.tools
    tools.events.tell(Begun("plan", f"{tools.workflow} at {tools.base[:12]}"))
    ledger = Ledger(await asyncio.to_thread(_shards, tools))
    if not len(ledger):
        raise NothingToDo(
            f"the scope of {tools.workflow!r} is empty: no file at {tools.base[:12]} matches files.include",
            "See what is in scope with `gatecrew check`.",
        )
    there = await asyncio.to_thread(known, tools.forge, tools.git, tools.workflow, tools.base)
    _skip(ledger, there, tools.settings.only)
    tools.events.tell(Planned(len(ledger), sum(len(one.files) for one in ledger)))
    return replace(record, ledger=ledger, known=there)


def _shards(tools: Tools) -> tuple[Shard, ...]:
    files = tools.git.files(tools.base)
    spec = tools.spec
    protects = tools.protection.holds if spec.tests == "protect" else nothing
    modes = [(path, file.mode) for path, file in files.items()]
    scope = in_scope(modes, spec.files.include, spec.files.exclude, protects)
    contents = zip(scope, tools.git.blobs([files[path].blob for path in scope]), strict=True)
    return shard(tools.workflow, counted(contents), spec.shard.by, spec.shard.max_lines)


def _skip(ledger: Ledger, there: Known, only: Sequence[str]) -> None:
    unknown = [name for name in only if not any(one.id.startswith(name) for one in ledger)]
    if unknown:
        names = ", ".join(one.id for one in list(ledger)[:20])
        raise InputError(f"--only {unknown[0]}: no unit of this run is named so", f"Units: {names}")
    for one in list(ledger):
        if one.id in there.skipped:
            ledger.set(one.id, Status.SKIPPED, there.skipped[one.id])
        elif only and not any(one.id.startswith(name) for name in only):
            ledger.set(one.id, Status.SKIPPED, "only: left out by --only")


async def consider(record: Record) -> Record:
    """Check the script, walk through it, and ask before anything is paid."""
    tools = record.tools
    todo = [one for one in record.ledger if record.ledger.fate(one.id).status is not Status.SKIPPED]
    paths = [path for one in todo for path in one.files]
    plan = await simulate(tools.script, tools.spec, todo, paths)
    for warning in warnings_of(tools.script):
        tools.events.tell(Said(warning, "warning"))
    if not tools.approve(_question(tools, plan)):
        raise InputError("the run was not approved", "Nothing was started and nothing was paid.")
    return replace(record, plan=plan)


def _question(tools: Tools, plan: Plan) -> str:
    agents = ", ".join(f"{number} {role}s" for role, number in sorted(plan.agents.items())) or "no agents"
    limits = tools.spec.limits
    capped = f"at most ${limits.dollars:g}" if limits.dollars is not None else "no dollar limit"
    return f"{plan.units} units, {agents} and revisions, {capped}, {limits.agents} agents at most"


async def measure(record: Record) -> Record:
    """The baseline: one run of the suite ends here, well before the first paid request; the others run
    beside the work. Whatever is wrong with the suite is found now."""
    record.tools.events.tell(Begun("baseline", record.tools.gate.command))
    paid = any(engine.paid for engine in record.tools.desk(record.ledger).engines.values())
    scope = [path for one in record.ledger for path in one.files] if paid else []
    await record.tools.gate.prepare(scope)
    return record


async def carry_out(record: Record) -> Record:
    """Run the script; what its units came to is written into the ledger."""
    tools = record.tools
    tools.events.tell(Begun("work", tools.script.name))
    desk = tools.desk(record.ledger)
    gate = tools.gate
    host = Host(desk, Later(gate.failing, lambda change, name: _command(tools, change, name), gate.look))
    notices: tuple[str, ...] = ()
    try:
        await _drive(tools, host)
    except ScriptFailed as err:
        last = str(err).strip().splitlines()[-1]
        notices = (f"the script {tools.script.name} failed: {last}",)
        tools.events.tell(Said(f"the script failed:\n{err}", "warning"))
    accepted = tuple(_accepted(record.ledger, host))
    for change in accepted:
        record.ledger.set(change.unit, Status.NOT_RUN, "accepted, but not gated: the run ended before")
    return replace(
        record,
        shelf=host.shelf,
        accepted=accepted,
        notices=(*record.notices, *notices),
        script_failed=bool(notices),
        stopped=tools.crew.stopped,
    )


async def _drive(tools: Tools, host: Host) -> None:
    journal = tools.journal
    before = [entry["name"] for entry in journal.records if entry["t"] == "handed"]
    order = Order(before, lambda name: _note_order(tools, name))
    driver = Driver(host.sync, host.slow, host.constants, host.name_of, order, host.log)
    try:
        await driver.run(tools.script.text, tools.script.name)
    finally:
        # The baseline's other runs go on: they belong to the gate, not to the script.
        await tools.calls.stop(but=SUITE)


async def _command(tools: Tools, change: Change, name: str) -> Ran:
    """Run one of the spec's named commands; a journalled call, so that a replay takes the same path."""

    async def make() -> Made:
        ran = await tools.gate.command_on(change, name)
        return Made([ran.exit_code, ran.output])

    tree = await asyncio.to_thread(tools.git.tree, change.commit)
    key = key_of("run", tools.spec.commands[name], tools.spec.gate.cwd, tools.spec.gate.sandbox, tree)
    code, output = await tools.calls.once(
        key, "run", change.unit, make, at=change.commit, usable=lambda result: result[0] != TIMED_OUT
    )
    return Ran(code, output)


def _note_order(tools: Tools, name: str) -> None:
    tools.journal.append({"t": "handed", "name": name})


def _accepted(ledger: Ledger, host: Host) -> list[Change]:
    """The changes that a panel accepted in exactly this content. Every other unit gets its fate here."""
    accepted, shelf = [], host.shelf
    for one in ledger:
        change = shelf.changes.get(one.id)
        if change is None or ledger.settled(one.id):
            continue
        panel = shelf.verdict(change)
        if not change.changed:
            ledger.set(one.id, Status.UNCHANGED, change.reason)
        elif panel is None:
            ledger.set(one.id, Status.NOT_RUN, "its change was never reviewed")
        elif not panel.accepted:
            ledger.set(one.id, Status.REJECTED, f"review: {panel.summary}")
        elif not host.stands(change):
            below = ", ".join(change.after)
            ledger.set(one.id, Status.NOT_RUN, f"built on {below}, which became something else since")
        else:
            accepted.append(change)
    return accepted


async def arrange(record: Record) -> Record:
    """Accepted changes to landing units, in the order in which they can land."""
    tools = record.tools
    read = reader(tools.git)
    needs = await asyncio.to_thread(edges, record.accepted, read)
    found = landing(record.accepted, needs, composes=composer(tools.git, tools.base))
    for unit, cause in found.rejected.items():
        record.ledger.set(unit, Status.REJECTED, f"conflict: {cause}")
    for unit, missing in found.void.items():
        record.ledger.set(unit, Status.NOT_RUN, f"built on {missing}, which is not accepted")
    return replace(record, landing=found.units, needs=needs)


async def judge(record: Record) -> Record:
    """The composed tree, then every layer's own head; culprits evicted, the rest stands in stacks."""
    tools = record.tools
    if not record.landing:
        return record
    tools.events.tell(Begun("gate", count(len(record.landing), "landing unit")))
    settled = await tools.gate.settled(record.landing, lambda units: _layers(record, units))
    _write_fates(record.ledger, settled.gated)
    report = await tools.gate.report(settled.gated)
    placed = await asyncio.to_thread(_place, tools, settled.stacks)
    proposals = tuple(_proposal(tools, one, report) for one in placed)
    for unit in (unit for proposal in proposals for unit in proposal.placed.layer.units):
        record.ledger.set(unit, *(DRY if tools.settings.dry_run else UNPUBLISHED))
    proposed = {unit for proposal in proposals for unit in proposal.placed.layer.units}
    for one in record.ledger:
        if tools.settings.dry_run or one.id not in proposed:
            _tell_fate(tools, record.ledger, one.id)
    return replace(record, stacks=settled.stacks, placed=placed, gate=report, proposals=proposals)


def _tell_fate(tools: Tools, ledger: Ledger, unit: UnitId) -> None:
    fate = ledger.fate(unit)
    tools.events.tell(UnitTold(unit, (fate.cause or "") if fate.status in DONE else "", fate))


def _layers(record: Record, units: Sequence[LandingUnit]) -> tuple[Stack, ...]:
    """Landing units in layers and stacks, as the spec has them and open pull requests ask for."""
    tools, stacking = record.tools, record.tools.spec.stack
    return layers(
        units,
        goal=tools.spec.goal,
        depth=stacking.depth,
        max_lines=stacking.max_lines,
        lines=sizes(tools.git, [change for unit in units for change in unit.changes]),
        known=record.known,
    )


def _write_fates(ledger: Ledger, gated: Gated) -> None:
    for eviction in gated.evicted:
        ledger.set(eviction.unit, Status.REJECTED, f"gate: {eviction.reason}")
    for unit, cause in gated.not_run.items():
        ledger.set(unit, Status.NOT_RUN, cause)
    for unit, cause in gated.failed.items():
        ledger.set(unit, Status.FAILED, cause)


def _place(tools: Tools, stacks: Sequence[Stack]) -> tuple[Placed, ...]:
    return place(tools.git, tools.base, stacks, workflow=tools.workflow, base_branch=tools.base_branch)


def _proposal(tools: Tools, placed: Placed, report: GateReport) -> Proposal:
    """A layer as it is to be proposed. The gate must have judged exactly this tree, and let it through."""
    verdicts = {gated.verdict.tree: gated.verdict for gated in report.trees}
    verdict = verdicts.get(placed.tree)
    assert verdict is not None, f"BUG: the gate never judged {placed.tree}, the head of {placed.layer.id}"
    assert verdict.green, f"BUG: {placed.layer.id} is red and was kept"
    remarks = tuple(report.for_human[unit] for unit in placed.layer.units if unit in report.for_human)
    lowered = bool(verdict.blamed)
    return Proposal(
        placed,
        verdict_text(verdict, report, _question_of(tools, placed, report)),
        green=verdict.green,
        draft=tools.spec.stack.draft or lowered or bool(remarks),
        remarks=remarks,
    )


def _question_of(tools: Tools, placed: Placed, report: GateReport) -> Question:
    """What the gate was asked about a layer, and the command that asks it again: where the branch is pushed
    to a remote by its name, on this machine by the commit that was judged."""
    head = f"origin/{placed.branch}" if tools.forge.name == "github" else placed.head
    committed = tools.loaded.path in tools.git.files(tools.base)
    spec = tools.workflow if committed else tools.loaded.path
    repeat = f"gatecrew gate --base {tools.base} --head {head} --spec {shlex.quote(spec)}"
    suspicions = [one for unit in placed.layer.units for one in report.suspicions.get(unit, ())]
    return Question(tools.base, tools.gate.command, repeat, suspicions=tuple(suspicions))


async def _submitted(tools: Tools, submission: Submission) -> Submitted:
    """Submit in a thread that is over when this returns. Cancelled, no further step is begun: what the forge
    holds by then, the next run finds there."""
    stop = threading.Event()

    def step(name: str, key: str, do: Callable[[], Any]) -> Any:
        if stop.is_set():
            raise Interrupted(f"interrupted before {name}")
        return tools.step(name, key, do)

    thread = asyncio.ensure_future(
        asyncio.to_thread(
            submit, submission, git=tools.git, forge=tools.forge, events=tools.events, step=step
        )
    )
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([thread])
        thread.exception()
        raise


async def propose(record: Record) -> Record:
    """Open or update the pull requests of what the gate let through."""
    tools = record.tools
    if tools.settings.dry_run or not record.proposals:
        return record
    tools.events.tell(
        Begun("publish", f"{count(len(record.proposals), 'layer')} to the {tools.forge.name} forge")
    )
    submission = Submission(
        run=tools.run,
        workflow=tools.workflow,
        goal=tools.spec.goal,
        base=tools.base,
        base_branch=tools.base_branch,
        proposals=record.proposals,
        labels=tools.spec.stack.labels,
    )
    done = await _submitted(tools, submission)
    for unit in (unit for placed in done.placed for unit in placed.layer.units):
        record.ledger.set(unit, Status.PROPOSED)
    for unit, rule in done.skipped.items():
        record.ledger.set(unit, Status.SKIPPED, rule)
    for unit in (unit for one in record.proposals for unit in one.placed.layer.units):
        _tell_fate(tools, record.ledger, unit)
    return replace(record, placed=done.placed, submitted=done)
