"""What an agent is told, which tools it holds, and how its last word is read: one brief for each role."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.engines.claude.evidence import Judgement, judgement_schema, vote_of
from bot.engines.claude.schema import output_schema, problems
from bot.engines.claude.tools import LOOKING, WORKING, Call
from bot.errors import InputError
from bot.ports.engine import Bench
from bot.prompts import fence, names, render, text_of
from bot.redact import Redactor
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.review import Finding

LENS = "lens-"

NO_ENDING = (
    "You ended without calling a tool, so nothing was handed in. Call `submit` with a summary if your change "
    "is complete, `unchanged` with the reason if nothing should change, or go on working."
)
NO_TEXT = "Your answer was empty. Answer the question."
NOT_FITTING = (
    "Your answer does not fit what was asked: {problems}. Give the whole answer again, as JSON only."
)


class Unfit(Exception):
    """An answer that cannot be used; the text tells the model what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Brief:
    system: str
    opening: str
    calls: tuple[type[Call], ...]
    schema: dict[str, Any] | None
    finish: Callable[[str], Reply]
    """Reads the agent's last text. Raises Unfit."""


def lenses() -> frozenset[str]:
    """The lenses that there is a prompt for."""
    return frozenset(name.removeprefix(LENS) for name in names(LENS))


def brief_of(task: Task, bench: Bench, redact: Redactor) -> Brief:
    if task.prompt or task.role is Role.PLANNER:
        return _free(task)
    return _worker(task) if task.role is Role.WORKER else _reviewer(task, bench, redact)


def _system(name: str, task: Task) -> str:
    context = fence("context", task.context) if task.context else "Nothing else is known of it."
    shared = render("shared", rules=task.rules or "None besides these.", context=context)
    return render(name, shared=shared)


def _worker(task: Task) -> Brief:
    files = "\n".join(task.shard.files if task.shard else ())
    shard = fence("shard", f"{files}\n\n{task.around}" if task.around else files)
    opening = render("worker-task", goal=task.goal, shard=shard, revision=_revision(task))

    def finish(_text: str) -> Reply:
        raise Unfit(NO_ENDING)

    return Brief(_system("worker", task), opening, WORKING, None, finish)


def _revision(task: Task) -> str:
    if task.revises is None:
        return ""
    findings = "\n\n".join(_told(finding) for finding in task.findings)
    diff = fence("diff", task.diff or ", ".join(task.revises.paths))
    return render("worker-revision", diff=diff, findings=fence("findings", findings))


def _told(finding: Finding) -> str:
    places = (f"  {place.path}:{place.line} ({place.kind}): {place.text}" for place in finding.evidence)
    confirmed = " (confirmed by a failing test)" if finding.confirmed else ""
    about = f" {finding.subject}:" if finding.subject else ""
    return "\n".join([f"- {finding.lens}{confirmed}:{about} {finding.claim}", *places])


def _reviewer(task: Task, bench: Bench, redact: Redactor) -> Brief:
    change, lens = task.change, task.lens
    if change is None or lens not in lenses():
        raise InputError(f"the claude engine cannot review with the lens {lens!r}; it has {sorted(lenses())}")
    opening = render(
        "reviewer-task",
        lens=text_of(f"{LENS}{lens}"),
        goal=task.goal,
        paths=fence("paths", "\n".join(change.paths)),
        diff=fence("diff", task.diff),
    )

    def finish(text: str) -> Reply:
        try:
            said = Judgement.model_validate_json(text)
        except ValidationError as err:
            found = [f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in err.errors()]
            raise _unfit(found) from err
        return Reply(ReplyKind.VOTE, vote=vote_of(said, change.unit, lens, bench, redact))

    return Brief(_system("reviewer", task), opening, LOOKING, judgement_schema(), finish)


def _free(task: Task) -> Brief:
    schema = task.schema
    system = _system("planner" if task.role is Role.PLANNER else "agent", task)

    def finish(text: str) -> Reply:
        if not text:
            raise Unfit(NO_TEXT)
        if schema is None:
            return Reply(ReplyKind.ANSWER, text)
        try:
            data = json.loads(text)
        except ValueError as err:
            raise _unfit([f"it is no JSON ({err})"]) from err
        found = list(problems(data, schema))
        if found:
            raise _unfit(found)
        return Reply(ReplyKind.ANSWER, text, data=data)

    asked = None if schema is None else output_schema(schema)
    return Brief(system, task.prompt or task.goal, LOOKING, asked, finish)


def _unfit(found: Iterable[str]) -> Unfit:
    return Unfit(NOT_FITTING.format(problems="; ".join(list(found)[:10])))
