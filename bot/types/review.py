"""Reviewers' claims and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.types.ids import UnitId


class Verdict(StrEnum):
    ACCEPT = "accept"
    REFUTE = "refute"
    ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that speaks for a claim, quoted. `kind`: string, config, export, decorator, template, ..."""

    kind: str
    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A reviewer's claim with its evidence.

    `subject` names what the claim is about (`path::qualname` for a definition, `path` for a file), so
    that a worker can answer it exactly; empty where a claim is about the change as a whole.
    """

    unit: UnitId
    lens: str
    verdict: Verdict
    claim: str
    evidence: tuple[Evidence, ...] = ()
    subject: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """One lens's verdict on one exact content. `deterministic` votes need no confirmation."""

    lens: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    deterministic: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """The reviewers of one change, and whether the change is accepted.

    `content` is the digest of the change that was judged: a verdict holds for nothing else.
    """

    unit: UnitId
    content: str
    votes: tuple[Vote, ...]
    accepted: bool
    summary: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for vote in self.votes for finding in vote.findings)
