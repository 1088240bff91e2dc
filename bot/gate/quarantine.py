"""Tests that turned out to be flaky without anybody's fault, for a while: with evidence, and an end.

An entry makes its test flaky at the base: it no longer counts for the pass rate, and it is still caught
when a change breaks it for good. Entries end by themselves; a test that is stable again counts again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.types.gate import Baseline, Evidence, TestId

DAYS = 14
MOST = 10
SHARE = 50
"""At most one in so many of the stable tests may be found flaky in one batch, and never more than `MOST`."""


class Entry(BaseModel):
    """One test in quarantine. `until` is the first day on which it counts again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classname: str
    name: str
    since: date
    until: date
    evidence: str
    tree: str
    """Where it was found: the tree that was judged."""

    @property
    def test(self) -> TestId:
        return TestId(self.classname, self.name)


class Shelf(BaseModel):
    """The file that outlives a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    entries: tuple[Entry, ...] = ()


def most(baseline: Baseline) -> int:
    """How many tests one batch may find flaky: beyond that something makes them so."""
    return min(MOST, max(1, len(baseline.stable_pass) // SHARE))


def made(tests: Iterable[TestId], evidence: Mapping[TestId, Evidence], tree: str, today: date) -> list[Entry]:
    until = today + timedelta(days=DAYS)
    return [
        Entry(
            classname=test.classname,
            name=test.name,
            since=today,
            until=until,
            evidence=str(evidence.get(test, "")),
            tree=tree,
        )
        for test in sorted(tests)
    ]


def active(entries: Iterable[Entry], today: date) -> tuple[Entry, ...]:
    """Those that have not ended; one that ends later than an entry can was not written by us."""
    return tuple(entry for entry in entries if entry.since <= today < entry.until <= _end(entry))


def _end(entry: Entry) -> date:
    return entry.since + timedelta(days=DAYS)


def with_quarantine(baseline: Baseline, entries: Iterable[Entry]) -> Baseline:
    """The baseline, with the quarantined tests among the flaky ones."""
    held = frozenset(entry.test for entry in entries) & baseline.stable_pass
    return replace(baseline, stable_pass=baseline.stable_pass - held, flaky=baseline.flaky | held)


def read(data: bytes) -> tuple[Entry, ...]:
    """The entries of a file; none where it is not one of ours: then its tests count, the safe side."""
    try:
        return Shelf.model_validate_json(data).entries
    except ValidationError:
        return ()


def text_of(entries: Collection[Entry]) -> bytes:
    ordered: Sequence[Entry] = sorted(entries, key=lambda entry: entry.test)
    return (Shelf(entries=tuple(ordered)).model_dump_json(indent=1) + "\n").encode()
