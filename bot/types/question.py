"""What a call looked at, so that a later run can ask whether all of it is still so (promise P9)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """Something asked of a commit. `kind`: blob (a path), list (a glob), grep (a pattern), or an
    analysis that an engine answers, named `<engine>.<analysis>`; `query` is its argument as text."""

    kind: str
    query: str


@dataclass(frozen=True, slots=True, order=True)
class Observation:
    """A question and the digest of the answer that was given."""

    question: Question
    digest: str


ABSENT = "absent"
"""The digest of a path that does not exist."""
