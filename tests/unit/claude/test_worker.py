"""A worker's conversation: its tools, its endings, and what goes wrong on the way."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import LimitReached
from bot.types.agent import Deferred, ReplyKind
from bot.types.review import Evidence, Finding, Verdict
from tests.doubles.anthropic_api import Answer, Body, calls, message, text
from tests.doubles.bench import FakeBench
from tests.doubles.tasks import FILES, UNIT, ask, reviewer_task, worker_bench, worker_task

UNUSED = "\n\n\ndef unused():\n    return 2\n"
CUT = ("edit", {"path": "pkg/a.py", "old": UNUSED, "new": "\n"})
DONE = ("submit", {"summary": "unused() had no users."})


def results(request: Body) -> list[Body]:
    """The tool results of the last message of a request."""
    return [block for block in request["messages"][-1]["content"] if block["type"] == "tool_result"]


def test_edits_and_submits() -> None:
    """The edit is in the bench, the summary in the reply."""
    bench = worker_bench()
    reply, api = ask([calls(("read", {"path": "pkg/a.py"})), calls(CUT), calls(DONE)], worker_task(), bench)
    assert (reply.kind, reply.text) == (ReplyKind.SUBMITTED, "unused() had no users.")
    assert bench.texts == {"pkg/a.py": "import os\n\n\ndef used():\n    return 1\n"}
    assert "     8\tdef unused():" in results(api.requests[1])[0]["content"]


def test_says_unchanged_with_what_must_wait() -> None:
    """The reason and the places outside the shard come back."""
    deferred = [{"subject": "pkg/a.py::used", "path": "pkg/b.py"}]
    reply, _ = ask(
        [calls(("unchanged", {"reason": "all of it is used", "deferred": deferred}))], worker_task()
    )
    assert (reply.kind, reply.text) == (ReplyKind.UNCHANGED, "all of it is used")
    assert reply.deferred == (Deferred("pkg/a.py::used", "pkg/b.py"),)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (("shell", {"command": "ls"}), "there is no tool 'shell'"),
        (("read", {}), "path: Field required"),
        (("read", {"path": "nowhere.py"}), "does not exist"),
        (("read", "pkg/a.py"), "valid dictionary"),
        (("write", {"path": "pkg/b.py", "content": "x"}), "outside your shard"),
        (("edit", {"path": "pkg/a.py", "old": "return", "new": "x"}), "stands 2 times"),
        (("edit", {"path": "pkg/a.py", "old": "nothing like it", "new": "x"}), "stands 0 times"),
        (("edit", {"path": "bin.dat", "old": "a", "new": "b"}), "no UTF-8 text"),
        (("submit", {"summary": "done"}), "no file differs"),
        (("submit", {"summary": ""}), "at least 1 character"),
        (("unchanged", {"reason": "x", "deferred": [{"subject": "s", "path": "pkg/a.py"}]}), "in your shard"),
    ],
)
def test_what_is_wrong_goes_back_as_an_error(call: tuple[str, Any], told: str) -> None:
    """A refused or wrong call is told to the model, which may go on."""
    bench = FakeBench({**FILES, "bin.dat": b"\xff\xfe"}, writable=["pkg/a.py", "bin.dat"])
    name, arguments = call
    wrong = message({"type": "tool_use", "id": "t", "name": name, "input": arguments}, stop="tool_use")
    reply, api = ask([wrong, calls(("unchanged", {"reason": "none"}))], worker_task(), bench)
    assert reply.kind is ReplyKind.UNCHANGED
    (result,) = results(api.requests[1])
    assert result["is_error"]
    assert told in result["content"]


def test_looks_have_bounds_and_say_where_nothing_is() -> None:
    """list, search and read answer with fenced text, or with a sentence."""
    wanted: list[tuple[str, Body]] = [
        ("list", {"glob": "*.py"}),
        ("search", {"pattern": "unused"}),
        ("search", {"pattern": "nobody wrote this"}),
        ("read", {"path": "pkg/a.py", "start": 2, "lines": 3}),
        ("read", {"path": "pkg/a.py", "start": 90}),
    ]
    _, api = ask([calls(*wanted), calls(("unchanged", {"reason": "none"}))], worker_task())
    listed, found, missed, part, beyond = (result["content"] for result in results(api.requests[1]))
    assert "pkg/a.py\npkg/b.py" in listed
    assert listed.startswith("<files data=")
    assert "pkg/a.py:8: def unused():" in found
    assert missed.startswith("nothing matches")
    assert "     2\t\n     3\t\n     4\tdef used():" in part
    assert "(5 more lines)" in part
    assert beyond == "'pkg/a.py' has 9 lines, so none from 90 on"


def test_a_hasty_ending_waits_for_the_failure_before_it() -> None:
    """`submit` beside a failed edit is refused: the model has not seen the failure."""
    bench = worker_bench()
    bad = ("edit", {"path": "pkg/a.py", "old": "not there", "new": ""})
    reply, api = ask([calls(CUT, bad, DONE), calls(DONE)], worker_task(), bench)
    assert reply.kind is ReplyKind.SUBMITTED
    assert "look at its result first" in results(api.requests[1])[2]["content"]


def test_unchanged_is_refused_while_a_file_differs() -> None:
    """A worker that changed something must hand it in or put it back."""
    back = ("write", {"path": "pkg/a.py", "content": FILES["pkg/a.py"]})
    none = ("unchanged", {"reason": "nothing to do"})
    reply, api = ask([calls(CUT), calls(none), calls(back, none)], worker_task())
    assert reply.kind is ReplyKind.UNCHANGED
    assert "pkg/a.py would be lost" in results(api.requests[2])[0]["content"]


def test_writes_and_removes_files() -> None:
    """Whole files, new and old."""
    bench = FakeBench(FILES, writable=["pkg/a.py", "pkg/new.py"])
    steps = calls(
        ("write", {"path": "pkg/new.py", "content": "x = 1\n"}), ("remove", {"path": "pkg/a.py"}), DONE
    )
    reply, _ = ask([steps], worker_task(), bench)
    assert reply.kind is ReplyKind.SUBMITTED
    assert bench.texts == {"pkg/new.py": "x = 1\n", "pkg/a.py": None}


def test_line_ends_stay_as_they_are() -> None:
    """The model sees plain line ends; a file with CRLF keeps them."""
    bench = FakeBench({"pkg/a.py": "one\r\ntwo\r\nthree\r\n"}, writable=["pkg/a.py"])
    edit = ("edit", {"path": "pkg/a.py", "old": "one\ntwo\n", "new": "1\n2\n"})
    ask([calls(edit, DONE)], worker_task(), bench)
    assert bench.writes == {"pkg/a.py": b"1\r\n2\r\nthree\r\n"}


@pytest.mark.parametrize("stop", ["end_turn", "stop_sequence", None])
def test_text_alone_is_nudged_once_and_then_invalid(stop: str) -> None:
    """No ending tool: one reminder, then the reply is invalid."""
    reply, api = ask([text("I am done.", stop=stop), text("Really.", stop=stop)], worker_task())
    assert reply.kind is ReplyKind.INVALID
    assert len(api.requests) == 2
    assert "Call `submit`" in api.requests[1]["messages"][-1]["content"][0]["text"]


def test_a_nudged_worker_may_still_end_well() -> None:
    reply, _ = ask([message(), calls(CUT, DONE)], worker_task())
    assert reply.kind is ReplyKind.SUBMITTED


def test_a_cut_off_answer_is_not_carried_out() -> None:
    """max_tokens: the half call is dropped, the model is told once; the second time is invalid."""
    half = calls(("write", {"path": "pkg/a.py"}), stop="max_tokens")
    bench = worker_bench()
    reply, api = ask([half, half], worker_task(), bench)
    assert (reply.kind, bench.writes) == (ReplyKind.INVALID, {})
    assert "cut off" in api.requests[1]["messages"][-1]["content"][0]["text"]


def test_a_refusal_is_a_result() -> None:
    """With the service's explanation."""
    details = {"type": "refusal", "category": "cyber", "explanation": "this is malware"}
    reply, _ = ask([message(stop="refusal", stop_details=details)], worker_task())
    assert (reply.kind, reply.text) == (ReplyKind.REFUSED, "this is malware")
    reply, _ = ask([message(stop="refusal")], worker_task())
    assert reply.text == "the model refused without saying why"


def test_a_paused_turn_goes_on() -> None:
    """pause_turn: what was said is sent back, and the next part belongs to the same message."""
    paused = text("Let me think.", stop="pause_turn")
    api_answers: list[Answer] = [paused, calls(CUT), calls(DONE)]
    reply, api = ask(api_answers, worker_task())
    assert reply.kind is ReplyKind.SUBMITTED
    assert [m["role"] for m in api.requests[1]["messages"]] == ["user", "assistant"]
    assert [m["role"] for m in api.requests[2]["messages"]] == ["user", "assistant", "user"]


def test_a_full_context_is_invalid() -> None:
    reply, _ = ask([message(stop="model_context_window_exceeded")], worker_task())
    assert reply.kind is ReplyKind.INVALID


def test_endless_looking_around_reaches_the_agents_limit() -> None:
    """A limit is an attempt, not a result: the name begins with `agent`, so the run goes on without it."""
    with pytest.raises(LimitReached) as caught:
        ask(lambda body: calls(("list", {})), worker_task(), turns=3)
    assert caught.value.limit == "agent turns"


def test_a_revision_shows_the_findings_and_the_change() -> None:
    """The reviewers' reasons are fenced: they quote the repository."""
    finding = Finding(
        UNIT, "correctness", Verdict.REFUTE, "b.py breaks", (Evidence("import", "pkg/b.py", 1, "from pkg"),)
    )
    revises = reviewer_task().change
    task = worker_task(revises=revises, findings=(finding,), diff="-def used():")
    _, api = ask([calls(DONE)], task)
    opening = api.requests[0]["messages"][0]["content"][0]["text"]
    assert "<findings data=" in opening
    assert "- correctness: b.py breaks" in opening
    assert "pkg/b.py:1 (import): from pkg" in opening
    assert "-def used():" in opening


def test_a_revision_may_stand_as_it_is_or_be_dropped() -> None:
    """A worker that finds its reviewers wrong hands the same change in again; `reset` takes it back."""
    task, bench = worker_task(revises=reviewer_task().change), worker_bench()
    bench.write("pkg/a.py", b"revised\n")
    none = ("unchanged", {"reason": "they are right"})
    reply, _ = ask([calls(DONE)], task, bench)
    assert (reply.kind, bench.texts) == (ReplyKind.SUBMITTED, {"pkg/a.py": "revised\n"})
    reply, api = ask([calls(none), calls(("reset", {}), none)], task, bench)
    assert (reply.kind, bench.writes) == (ReplyKind.UNCHANGED, {})
    assert "your earlier change would be lost" in results(api.requests[1])[0]["content"]


def test_strange_blocks_are_sent_back_as_they_came() -> None:
    """Thinking blocks are signed: not a byte of them may change."""
    thinking = {"type": "thinking", "thinking": "hmm", "signature": "abc=="}
    use = {"type": "tool_use", "id": "t1", "name": "list", "input": {}, "caller": {"type": "direct"}}
    _, api = ask(
        [message(thinking, use, stop="tool_use"), calls(("unchanged", {"reason": "n"}))], worker_task()
    )
    assert api.requests[1]["messages"][1]["content"] == [thinking, use]
