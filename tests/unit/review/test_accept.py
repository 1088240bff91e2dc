"""Acceptance, as a truth table: the host's lens and a model's, every vote that either can cast."""

from __future__ import annotations

import itertools

import pytest

from bot.review.accept import accepted, panel
from bot.types.change import REGULAR, Change, Entry
from bot.types.ids import Blob, Sha, UnitId
from bot.types.review import Finding, Verdict, Vote

UNIT = UnitId("unit-1")
REQUIRED = ("references", "correctness")

# Rows: what `references` says. Columns: what `correctness` says, in the order of MODEL.
# A cell holds the answers for the quorums None, 1 and 2; a dash is "not accepted".
TABLE = """
            missing  accept  abstain  hollow  refute  confirmed
missing     ---      ---     ---      ---     ---     ---
accept      ---      +++     -+-      -+-     -+-     ---
abstain     ---      -+-     ---      ---     ---     ---
hollow      ---      ---     ---      ---     ---     ---
refute      ---      ---     ---      ---     ---     ---
"""

QUORUMS = (None, 1, 2)


def change(blob: str = "1" * 40) -> Change:
    return Change(UNIT, Sha("a" * 40), Sha("b" * 40), (Entry("app.py", REGULAR, Blob(blob)),))


def finding(lens: str, claim: str = "it breaks", *, confirmed: bool = False) -> Finding:
    return Finding(UNIT, lens, Verdict.REFUTE, claim, confirmed=confirmed)


def vote(lens: str, said: str) -> Vote:
    """`hollow` is a refutation without a finding, `confirmed` one that the host has confirmed."""
    verdict = Verdict(said) if said in ("accept", "abstain") else Verdict.REFUTE
    found = [finding(lens, confirmed=said == "confirmed")] if said in ("refute", "confirmed") else []
    return Vote(lens, verdict, tuple(found), deterministic=lens == "references")


def cells() -> list[tuple[str, str, int | None, bool]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (row[0], column, quorum, mark == "+")
        for row in rows
        for column, cell in zip(head, row[1:], strict=True)
        for quorum, mark in zip(QUORUMS, cell, strict=True)
    ]


@pytest.mark.parametrize(("host", "model", "quorum", "expected"), cells())
def test_the_truth_table(host: str, model: str, quorum: int | None, expected: bool) -> None:
    said = zip(REQUIRED, (host, model), strict=True)
    votes = [vote(lens, word) for lens, word in said if word != "missing"]
    assert accepted(change(), votes, REQUIRED, quorum, change().digest)[0] is expected


def test_the_table_is_complete() -> None:
    asked = {(host, model, quorum) for host, model, quorum, _ in cells()}
    host = ("missing", "accept", "abstain", "hollow", "refute")
    model = (*host, "confirmed")
    assert asked == set(itertools.product(host, model, QUORUMS))


def test_votes_about_other_contents_accept_nothing() -> None:
    votes = [vote("references", "accept")]
    verdict = accepted(change("2" * 40), votes, ("references",), None, change("1" * 40).digest)
    assert verdict == (False, "the verdicts are about other contents")


def test_no_vote_at_all_is_no_pass() -> None:
    assert accepted(change(), [], (), None, change().digest) == (False, "no vote at all")


def test_a_vote_by_another_lens_does_not_stand_in_for_a_required_one() -> None:
    votes = [vote("references", "accept"), vote("simplicity", "accept")]
    assert accepted(change(), votes, REQUIRED, 2, change().digest) == (False, "no vote by correctness")


def test_a_lens_that_the_script_adds_counts_as_well() -> None:
    votes = [vote("references", "accept"), vote("correctness", "accept"), vote("security", "abstain")]
    assert not accepted(change(), votes, REQUIRED, None, change().digest)[0]
    assert accepted(change(), votes, REQUIRED, 2, change().digest)[0]


def test_a_confirmed_finding_stands_whatever_its_own_lens_voted() -> None:
    said = Vote("correctness", Verdict.ACCEPT, (finding("correctness", confirmed=True),))
    assert not accepted(change(), [vote("references", "accept"), said], REQUIRED, 1, change().digest)[0]


def test_a_deterministic_lens_is_one_even_where_its_vote_forgets_to_say_so() -> None:
    said = Vote("references", Verdict.REFUTE, (finding("references"),))
    votes = [said, vote("correctness", "accept"), vote("security", "accept")]
    assert not accepted(change(), votes, REQUIRED, 1, change().digest)[0]


def test_an_accepting_finding_of_a_deterministic_lens_is_no_refutation() -> None:
    note = Finding(UNIT, "references", Verdict.ACCEPT, "nobody names it")
    votes = [Vote("references", Verdict.ACCEPT, (note,), deterministic=True)]
    assert accepted(change(), votes, ("references",), None, change().digest)[0]


SUMMARIES = [
    ((("references", "accept"), ("correctness", "accept")), None, "2 of 2 lenses accept"),
    ((("references", "accept"),), None, "no vote by correctness"),
    (
        (("references", "accept"), ("correctness", "abstain")),
        None,
        "1 of 2 lenses accepts (correctness abstains)",
    ),
    (
        (("references", "accept"), ("correctness", "hollow")),
        1,
        "1 of 2 lenses accepts (1 needed; correctness abstains)",
    ),
    (
        (("references", "accept"), ("correctness", "refute")),
        1,
        "1 of 2 lenses accepts (1 needed; correctness objects, unconfirmed: it breaks)",
    ),
    (
        (("references", "accept"), ("correctness", "confirmed")),
        1,
        "refuted by correctness: 1 finding (it breaks)",
    ),
    (
        (("references", "hollow"), ("correctness", "accept")),
        1,
        "refuted by references, which gives no finding",
    ),
]


@pytest.mark.parametrize(("said", "quorum", "summary"), SUMMARIES)
def test_the_summary_is_a_sentence_for_people(
    said: tuple[tuple[str, str], ...], quorum: int | None, summary: str
) -> None:
    judged = panel(change(), [vote(lens, word) for lens, word in said], REQUIRED, quorum)
    assert (judged.unit, judged.content, judged.summary) == (UNIT, change().digest, summary)


def test_a_long_list_of_claims_is_cut() -> None:
    claims = tuple(
        finding("references", f"`x{at}` is still named by\na template {'!' * 200}") for at in range(3)
    )
    said = Vote("references", Verdict.REFUTE, claims, deterministic=True)
    summary = panel(change(), [said], ("references",), None).summary
    assert summary.startswith("refuted by references: 3 findings (`x0` is still named by a template !!!")
    assert summary.endswith("…; and 1 more)")
    assert len(summary) < 330


def test_several_votes_of_one_lens_are_counted_as_votes() -> None:
    votes = [vote("correctness", "accept"), vote("correctness", "accept")]
    assert panel(change(), votes, ("correctness",), None).summary == "2 of 2 votes accept"
