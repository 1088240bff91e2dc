"""A reviewer's structured answer, and whether its evidence is really there: a finding needs evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import anthropic
from pydantic import BaseModel, ConfigDict, Field

from bot.ports.engine import Bench, Refused
from bot.redact import Redactor
from bot.types.ids import UnitId
from bot.types.review import Evidence, Finding, Verdict, Vote

# Models count lines, and count them a little wrong.
NEAR = 3

RE_WORD = re.compile(r"\w{2}")


class Said(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Place(Said):
    """A place in the files as they are now."""

    kind: str
    """What the place is: call, definition, import, string, config, export, template, test, doc."""
    path: str
    line: int
    text: str
    """The text that stands there, copied exactly."""


class Claim(Said):
    """One defect."""

    claim: str = Field(min_length=1)
    """What goes wrong, with which input, and why it is this change's fault."""
    subject: str = ""
    """`path::qualname` of the definition that it is about, or the path of the file."""
    evidence: list[Place] = Field(default_factory=list)


class Judgement(Said):
    """The verdict on the change."""

    findings: list[Claim]
    verdict: Verdict


def judgement_schema() -> dict[str, Any]:
    """The structured output that a reviewer is asked for."""
    return anthropic.transform_schema(Judgement)


def vote_of(said: Judgement, unit: UnitId, lens: str, bench: Bench, redact: Redactor) -> Vote:
    """The vote, with only those findings whose evidence stands. A refutation that has none left abstains."""
    kept = [(claim, tuple(_standing(claim.evidence, bench, redact))) for claim in said.findings]
    findings = tuple(
        Finding(unit, lens, said.verdict, claim.claim, evidence, claim.subject)
        for claim, evidence in kept
        if evidence
    )
    if said.verdict is Verdict.REFUTE and not findings:
        return Vote(lens, Verdict.ABSTAIN)
    return Vote(lens, said.verdict, findings)


def _standing(places: Sequence[Place], bench: Bench, redact: Redactor) -> Iterator[Evidence]:
    for place in places:
        line = _line_of(place, bench, redact)
        if line is not None:
            yield Evidence(place.kind, place.path, line, place.text.strip())


def _line_of(place: Place, bench: Bench, redact: Redactor) -> int | None:
    """The line near the one named where the quoted text begins. Spaces do not count, and neither does a
    quotation without a word in it: a bracket stands everywhere."""
    quoted = _plain(place.text)
    if not RE_WORD.search(quoted):
        return None
    try:
        # Redacted, as the reviewer saw it.
        lines = redact(bench.read(place.path).decode("utf-8", "replace")).splitlines()
    except Refused:
        return None
    height = len(place.text.strip().splitlines())
    near = range(max(1, place.line - NEAR), min(len(lines), place.line + NEAR) + 1)
    for line in sorted(near, key=lambda number: abs(number - place.line)):
        if quoted in _plain("\n".join(lines[line - 1 : line - 1 + height])):
            return line
    return None


def _plain(text: str) -> str:
    return " ".join(text.split())
