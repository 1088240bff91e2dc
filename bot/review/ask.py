"""The panel of one change: every required lens votes on its exact content, the host's own and the models'.

Reviewers are blind: they get the goal, the net diff and the files, and nothing that the worker said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from bot.calls import Made
from bot.desk import Desk
from bot.journal import key_of
from bot.prompts import digest
from bot.review.accept import panel
from bot.review.lenses import PROMPT_PREFIX, REFERENCES, is_deterministic
from bot.review.references import examine
from bot.review.tree import TreeView, reader
from bot.types.agent import ReplyKind, Role, Task
from bot.types.change import Change
from bot.types.ids import Key
from bot.types.review import Panel, Verdict, Vote

# Raise it when the host's lenses judge differently: their votes are journalled too.
LENS_VERSION = 1
PROMPT = "reviewer"

VOTE: TypeAdapter[Vote] = TypeAdapter(Vote)


async def review(desk: Desk, change: Change, more: Sequence[str]) -> Panel:
    """Have the required lenses, and `more`, judge a change. Raises what engines raise: no vote is lost."""
    # The host's own lens is always run, whatever the spec and the script ask for.
    required = tuple(dict.fromkeys([REFERENCES, *desk.spec.review.lenses]))
    if not change.changed:
        return Panel(change.unit, change.digest, (), True, f"nothing to review: {change.reason}")
    lenses = dict.fromkeys([*required, *more])
    votes = await asyncio.gather(*[vote(desk, change, lens) for lens in lenses])
    return panel(change, votes, required, desk.spec.review.quorum)


async def vote(desk: Desk, change: Change, lens: str) -> Vote:
    """One lens's vote, asked once for one exact content."""
    key = key_of("vote", lens, change.digest, _before(desk, change), desk.ground(change), *_judge(desk, lens))
    make = _host if is_deterministic(lens) else _engine
    result = await desk.calls.once(
        key, "vote", change.unit, lambda: make(desk, key, change, lens), at=change.commit
    )
    return VOTE.validate_python(result)


def _before(desk: Desk, change: Change) -> list[Any]:
    """What the change replaces: the same new contents over others is another change to look at."""
    files = desk.files(change.base)
    return [(path, files[path].blob) for path in change.paths if path in files]


def _judge(desk: Desk, lens: str) -> list[Any]:
    """Who judges, and by what: another judge is another call."""
    if is_deterministic(lens):
        return ["host", LENS_VERSION]
    engine, spec = desk.engine(Role.REVIEWER), desk.spec
    prompts = [digest(PROMPT), digest(PROMPT_PREFIX + lens)] if engine.paid else []
    told = desk.brief(None) if engine.paid else ""
    return [engine.name, engine.version, spec.models.reviewer, prompts, spec.goal, told]


async def _host(desk: Desk, _key: Key, change: Change, lens: str) -> Made:
    assert lens == REFERENCES, f"BUG: the host has no lens {lens!r}"
    before = reader(desk.git, desk.files(change.base))
    after = TreeView(desk.git, change.commit, desk.files(change.commit))
    examined = await asyncio.to_thread(examine, change, before, after, desk.facts)
    return Made(VOTE.dump_python(examined.vote, mode="json"), (examined.asked,))


async def _engine(desk: Desk, key: Key, change: Change, lens: str) -> Made:
    task = Task(
        role=Role.REVIEWER,
        goal=desk.spec.goal,
        model=desk.spec.models.reviewer,
        change=change,
        lens=lens,
        context=desk.brief(None),
        diff=await asyncio.to_thread(desk.git.patch, change.base, change.commit),
    )
    overlay = await asyncio.to_thread(desk.overlay, change.commit)
    async with desk.crew.agent(key, Role.REVIEWER, change.unit, f"reviews ({lens})") as meter:
        reply = await desk.engine(Role.REVIEWER).perform(task, overlay, meter)
        cast = reply.vote if reply.kind is ReplyKind.VOTE and reply.vote else Vote(lens, Verdict.ABSTAIN)
        return Made(VOTE.dump_python(cast, mode="json"), overlay.observations, meter.spent)
