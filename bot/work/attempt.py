"""One worker's attempt at a unit, first or revised: asked once, journalled, made a change of this run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.calls import Made
from bot.desk import Desk
from bot.git import NewCommit
from bot.journal import key_of
from bot.overlay import Overlay
from bot.prompts import digest
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.change import Change, Entry
from bot.types.ids import Blob, Key, Sha, UnitId
from bot.types.review import Finding
from bot.types.unit import Shard

PROMPT = "worker"
OUTSIDE = "outside: "
"""How an engine's answer begins whose edits reach beyond the shard."""


class Unfinished(Exception):
    """The agent answered, but with no change and no reason: refused, or invalid after repair."""


class OutsideShard(Unfinished):
    """What the agent made reaches beyond its shard."""


async def work(desk: Desk, shard: Shard, goal: str, after: Sequence[Change]) -> Change:
    """Have a worker change the shard's files. Raises Unfinished, and what engines raise."""
    base = desk.composed(after)
    task = _task(desk, shard, goal)
    key = key_of("work", goal, *_asked(desk, shard, base), [(c.unit, c.digest) for c in after])
    result = await _once(desk, key, task, base, "work")
    units = tuple(change.unit for change in after)
    return await asyncio.to_thread(_change, desk, result, shard, base, units)


async def revise(desk: Desk, change: Change, findings: Sequence[Finding], goal: str) -> Change:
    """Have a worker answer findings about its change. `findings` are all that were ever made about this
    line of changes, so that what was dropped once stays dropped."""
    shard = desk.ledger.shard(change.unit)
    task = _task(desk, shard, goal, change, tuple(findings))
    said = [_said(finding) for finding in findings]
    key = key_of("revise", goal, change.digest, said, *_asked(desk, shard, change.base), desk.ground(change))
    result = await _once(desk, key, task, change.base, "revise")
    return await asyncio.to_thread(_change, desk, result, shard, change.base, change.after)


def _task(
    desk: Desk, shard: Shard, goal: str, revises: Change | None = None, findings: tuple[Finding, ...] = ()
) -> Task:
    return Task(
        role=Role.WORKER,
        goal=goal,
        model=desk.spec.models.worker,
        shard=shard,
        revises=revises,
        findings=findings,
        context=desk.brief(None) if desk.engine(Role.WORKER).paid else "",
        around=desk.brief(shard) if desk.engine(Role.WORKER).paid else "",
        diff=desk.git.patch(revises.base, revises.commit) if revises else "",
    )


def _asked(desk: Desk, shard: Shard, base: Sha) -> list[Any]:
    """What makes two worker calls the same, besides the goal."""
    engine = desk.engine(Role.WORKER)
    files = desk.files(base)
    blobs = [(path, files[path].mode, files[path].blob) for path in shard.files if path in files]
    spec = desk.spec
    return [
        shard.id,
        blobs,
        [engine.name, engine.version, spec.models.worker, digest(PROMPT) if engine.paid else ""],
        [spec.recipe.model_dump(mode="json"), spec.tests, list(spec.gate.protected)],
        [desk.brief(None), desk.brief(shard)] if engine.paid else [],
    ]


async def _once(desk: Desk, key: Key, task: Task, base: Sha, verb: str) -> Any:
    unit = task.shard.id if task.shard else None
    return await desk.calls.once(
        key, verb, unit, lambda: _perform(desk, key, task, base), at=base, usable=lambda r: _kept(desk, r)
    )


async def _perform(desk: Desk, key: Key, task: Task, base: Sha) -> Made:
    overlay = desk.overlay(base, task.shard)
    if task.revises is not None:
        overlay.resume(task.revises.entries)
    unit = task.shard.id if task.shard else None
    label = "revises" if task.revises else "works"
    async with desk.crew.agent(key, Role.WORKER, unit, label) as meter:
        reply = await desk.engine(Role.WORKER).perform(task, overlay, meter)
        result = await asyncio.to_thread(_result, reply, overlay)
        return Made(result, overlay.observations, meter.spent)


def _result(reply: Reply, overlay: Overlay) -> dict[str, Any]:
    entries: tuple[Entry, ...] = ()
    if reply.kind is ReplyKind.SUBMITTED and overlay.touched:
        entries = overlay.entries()
    return {
        "kind": reply.kind.value,
        "text": reply.text,
        "entries": [[entry.path, entry.mode, entry.blob] for entry in entries],
        "deferred": sorted({(d.subject, d.path) for d in reply.deferred}),
    }


def _kept(desk: Desk, result: dict[str, Any]) -> bool:
    """An earlier run's result can be used while git still has its contents."""
    blobs = [Blob(blob) for _, _, blob in result["entries"] if blob]
    return not blobs or desk.git.has_blobs(blobs)


def _change(desk: Desk, result: Any, shard: Shard, base: Sha, after: tuple[UnitId, ...]) -> Change:
    """The journalled result as a change on this run's base."""
    kind, text = ReplyKind(result["kind"]), str(result["text"])
    if kind is ReplyKind.INVALID and text.startswith(OUTSIDE):
        raise OutsideShard(text[:500])
    if kind in (ReplyKind.REFUSED, ReplyKind.INVALID):
        raise Unfinished(f"the agent's answer is {kind.value}: {text[:500]}")
    entries = tuple(Entry(path, mode, blob and Blob(blob)) for path, mode, blob in result["entries"])
    commit = base
    if entries:
        message = f"{text.strip() or shard.id}\n\nGatecrew-Unit: {shard.id}\n"
        commit = desk.git.make([NewCommit(base, entries, message, (base,), {})])[0]
    return Change(
        unit=shard.id,
        base=base,
        commit=commit,
        entries=entries,
        summary=text if entries else "",
        reason="" if entries else text or "the worker changed nothing",
        after=after,
        waits_for=_owners(desk, shard.id, result["deferred"]),
    )


def _owners(desk: Desk, unit: UnitId, deferred: Sequence[Sequence[str]]) -> tuple[UnitId, ...]:
    owners = {desk.ledger.owner(path) for _, path in deferred}
    return tuple(sorted(owner for owner in owners if owner is not None and owner != unit))


def _said(finding: Finding) -> dict[str, Any]:
    """A finding as it enters a key: without line numbers that an unrelated edit would move."""
    said = asdict(finding)
    for evidence in said["evidence"]:
        del evidence["line"]
    return said
