"""Flaky tests are excused for a while: with evidence, an end, and a limit."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.gate.quarantine import DAYS, active, made, most, read, text_of, with_quarantine
from bot.types.gate import Baseline, Evidence, TestId
from bot.types.ids import Tree

TODAY = date(2026, 3, 1)
IT, OTHER = TestId("m", "it"), TestId("m", "other")
FIGURES = {IT: Evidence(1, 13, 0, 16)}


def base(*stable: TestId) -> Baseline:
    return Baseline(Tree("b" * 40), 3, frozenset(stable), frozenset(), frozenset(), frozenset())


def test_entry_has_its_evidence_and_its_end() -> None:
    (entry,) = made([IT], FIGURES, "tree", TODAY)
    assert entry.evidence == "failed in 1 of 13 runs with the change, in 0 of 16 without it"
    assert (entry.until - entry.since).days == DAYS


def test_entries_survive_their_file_and_end_by_themselves() -> None:
    entries = read(text_of(made([IT], FIGURES, "tree", TODAY)))
    assert [entry.test for entry in active(entries, TODAY + timedelta(days=DAYS - 1))] == [IT]
    assert active(entries, TODAY + timedelta(days=DAYS)) == ()


def test_entry_that_would_last_longer_is_none_of_ours() -> None:
    (entry,) = made([IT], FIGURES, "tree", TODAY)
    for_ever = entry.model_copy(update={"until": date(9999, 1, 1)})
    assert active([for_ever], TODAY) == ()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"entries": [{}]}', b"\xff"])
def test_file_that_is_none_of_ours_excuses_nobody(data: bytes) -> None:
    assert read(data) == ()


def test_quarantined_test_is_flaky_at_the_base_and_out_of_the_pass_rate() -> None:
    found = with_quarantine(base(IT, OTHER), made([IT, TestId("m", "gone")], FIGURES, "tree", TODAY))
    assert (found.stable_pass, found.flaky) == (frozenset({OTHER}), frozenset({IT}))


@pytest.mark.parametrize(("tests", "limit"), [(1, 1), (99, 1), (100, 2), (250, 5), (500, 10), (5000, 10)])
def test_limit_is_two_percent_and_ten_and_at_least_one(tests: int, limit: int) -> None:
    assert most(base(*(TestId("m", str(number)) for number in range(tests)))) == limit
