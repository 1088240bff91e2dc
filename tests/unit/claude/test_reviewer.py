"""A reviewer's verdict, and what becomes of evidence that is not there."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import InputError
from bot.types.agent import ReplyKind
from bot.types.review import Evidence, Verdict
from tests.doubles.anthropic_api import calls, structured, text
from tests.doubles.tasks import UNIT, ask, reviewer_bench, reviewer_task


def claim(line: int = 1, quoted: str = "from pkg.a import used", path: str = "pkg/b.py") -> dict[str, Any]:
    place = {"kind": "import", "path": path, "line": line, "text": quoted}
    return {"claim": "b.py breaks", "subject": "pkg/a.py::used", "evidence": [place]}


def refuted(*claims: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": "refute", "findings": list(claims)}


def test_votes_with_its_lens() -> None:
    """The finding keeps its claim, its subject and the line where the evidence really stands."""
    reply, _ = ask([calls(("read", {"path": "pkg/b.py"})), structured(refuted(claim(3)))], reviewer_task())
    assert reply.kind is ReplyKind.VOTE
    assert reply.vote is not None
    assert (reply.vote.lens, reply.vote.verdict, reply.vote.deterministic) == ("correctness", "refute", False)
    (finding,) = reply.vote.findings
    assert (finding.unit, finding.claim, finding.subject) == (UNIT, "b.py breaks", "pkg/a.py::used")
    assert finding.evidence == (Evidence("import", "pkg/b.py", 1, "from pkg.a import used"),)


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        (claim(1), True),
        (claim(4), True),
        (claim(1, "  from   pkg.a import\tused "), True),
        (claim(3, "print(used())"), True),
        (claim(1, "from pkg.a import used\n\nprint(used())"), True),
        (claim(5), False),
        (claim(-7), False),
        (claim(1, "from pkg.a import unused"), False),
        (claim(1, "()"), False),
        (claim(1, ""), False),
        (claim(1, path="pkg/nowhere.py"), False),
        ({"claim": "no place at all", "subject": "", "evidence": []}, False),
    ],
)
def test_evidence_must_really_stand_there(said: dict[str, Any], stands: bool) -> None:
    """Near the line named, spaces aside. A refutation without evidence is an abstention."""
    reply, _ = ask([structured(refuted(said))], reviewer_task(), reviewer_bench())
    assert reply.vote is not None
    assert reply.vote.verdict is (Verdict.REFUTE if stands else Verdict.ABSTAIN)
    assert len(reply.vote.findings) == stands


def test_only_the_finding_without_evidence_is_dropped() -> None:
    reply, _ = ask([structured(refuted(claim(1, "made up"), claim(1)))], reviewer_task())
    assert reply.vote is not None
    assert (reply.vote.verdict, len(reply.vote.findings)) == (Verdict.REFUTE, 1)


@pytest.mark.parametrize("verdict", ["accept", "abstain"])
def test_other_verdicts_need_no_finding(verdict: str) -> None:
    reply, _ = ask([structured({"verdict": verdict, "findings": []})], reviewer_task())
    assert reply.vote is not None
    assert (reply.vote.verdict, reply.vote.findings) == (verdict, ())


def test_an_answer_that_is_no_verdict_is_repaired_once() -> None:
    """No JSON, then a verdict: a vote. No JSON twice: invalid."""
    good = structured({"verdict": "accept", "findings": []})
    reply, api = ask([text("Looks good to me!"), good], reviewer_task())
    assert reply.kind is ReplyKind.VOTE
    assert "does not fit" in api.requests[1]["messages"][-1]["content"][0]["text"]
    reply, _ = ask([text("Looks good!"), structured({"verdict": "maybe", "findings": []})], reviewer_task())
    assert reply.kind is ReplyKind.INVALID


def test_is_blind_and_asked_for_structured_output() -> None:
    """It gets the goal, the rules, the diff and the lens, and nothing of the worker's; it cannot write."""
    good = structured({"verdict": "accept", "findings": []})
    _, api = ask([good], reviewer_task(rules="No new names."))
    (request,) = api.requests
    assert request["output_config"]["format"]["type"] == "json_schema"
    assert "tool_choice" not in request
    assert [tool["name"] for tool in request["tools"]] == ["list", "read", "search"]
    assert "There is a defect in this change; find it." in request["system"][0]["text"]
    assert "No new names." in request["system"][0]["text"]
    assert "<diff data=" in api.said
    assert "lens is **correctness**" in api.said
    assert "my words" not in api.said


def test_an_unknown_lens_is_an_error_before_any_request() -> None:
    with pytest.raises(InputError, match="astrology"):
        ask([], reviewer_task("astrology"))
