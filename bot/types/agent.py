"""What an engine is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.types.change import Change
from bot.types.review import Finding, Vote
from bot.types.unit import Shard


class Role(StrEnum):
    WORKER = "worker"
    REVIEWER = "reviewer"
    PLANNER = "planner"


@dataclass(frozen=True, slots=True)
class Task:
    """One agent's task. Which fields are set depends on the role:

    a worker has a shard, and `revises` with `findings` when it revises; a reviewer has `change` and
    `lens`, and nothing of what the worker said; `prompt` and `schema` belong to free agents.
    `context` is what all agents of the run are told (one cached prefix), `around` what only this shard's
    worker is told, `rules` what this role is told.
    """

    role: Role
    goal: str
    model: str
    shard: Shard | None = None
    change: Change | None = None
    lens: str | None = None
    revises: Change | None = None
    findings: tuple[Finding, ...] = ()
    prompt: str = ""
    schema: Mapping[str, Any] | None = None
    context: str = ""
    around: str = ""
    rules: str = ""
    diff: str = ""
    sample: int = 0


class ReplyKind(StrEnum):
    """Outcomes caused by content: they are journalled. Service errors are exceptions and are not."""

    SUBMITTED = "submitted"
    UNCHANGED = "unchanged"
    VOTE = "vote"
    ANSWER = "answer"
    REFUSED = "refused"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Deferred:
    """Something that must wait: `path` (outside the shard) still holds on to `subject`."""

    subject: str
    path: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An engine's answer. A worker's edits are in the overlay; `text` is its summary or its reason."""

    kind: ReplyKind
    text: str = ""
    vote: Vote | None = None
    data: Any = None
    deferred: tuple[Deferred, ...] = field(default=())
