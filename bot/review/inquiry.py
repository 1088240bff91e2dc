"""What was asked about a change, as text that can be asked again of another commit.

The change's own files are left out of the answer: whoever keeps it also keeps their contents, and in a
later base the removed things still stand there and name one another. So the answer is about everybody else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.review.facts import Kind
from bot.review.removed import Removed
from bot.types.review import Evidence

Answers = Mapping[Removed, Sequence[Evidence]]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The removed things of one change; `own` are the change's paths."""

    own: tuple[str, ...]
    removed: tuple[Removed, ...]

    @property
    def subjects(self) -> tuple[Removed, ...]:
        """What is looked for: the removed things, and the classes of removed methods."""
        owners = dict.fromkeys(one.klass for one in self.removed if one.owner)
        return (*self.removed, *owners)


def dump_inquiry(inquiry: Inquiry) -> str:
    removed = [
        {
            "path": one.path,
            "kind": one.kind.value,
            "name": one.qualname,
            "bases": list(one.bases),
            "loads": one.loads,
            "moved": one.moved,
        }
        for one in inquiry.removed
    ]
    return json.dumps({"own": list(inquiry.own), "removed": removed}, sort_keys=True, separators=(",", ":"))


def load_inquiry(query: str) -> Inquiry:
    data = json.loads(query)
    return Inquiry(tuple(data["own"]), tuple(_removed(one) for one in data["removed"]))


def digest(inquiry: Inquiry, answers: Answers) -> str:
    """Kind, path and text of everything that was found elsewhere: lines may move, words may not."""
    told = {one.subject: _facts(found, inquiry.own) for one, found in answers.items()}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _facts(found: Iterable[Evidence], own: Sequence[str]) -> list[list[str]]:
    return [list(fact) for fact in sorted({(e.kind, e.path, e.text) for e in found if e.path not in own})]


def _removed(data: Mapping[str, Any]) -> Removed:
    return Removed(
        data["path"],
        Kind(data["kind"]),
        data["name"],
        bases=tuple(data["bases"]),
        loads=data["loads"],
        moved=data["moved"],
    )
