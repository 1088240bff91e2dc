"""A killed process loses only the request that was in flight: recorded answers are taken again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.errors import ServiceError
from bot.types.agent import ReplyKind
from tests.doubles.anthropic_api import Answer, calls, error, text
from tests.doubles.bench import FakeBench, FakeMeter
from tests.doubles.tasks import FILES, ask, worker_bench, worker_task

STORY = [
    calls(("read", {"path": "pkg/a.py"}), prefix="one"),
    calls(("edit", {"path": "pkg/a.py", "old": "return 2", "new": "return 3"}), prefix="two"),
    calls(("edit", {"path": "pkg/a.py", "old": "import os\n\n\n", "new": ""}), prefix="three"),
    text("I am done."),
    calls(("submit", {"summary": "done"}), prefix="five"),
]


def play(
    meter: FakeMeter, answers: list[Answer], bench: FakeBench | None = None
) -> tuple[Any, Any, FakeBench]:
    bench = bench or worker_bench()
    reply, api = ask(answers, worker_task(), bench, meter)
    return reply, api, bench


def test_every_answer_is_recorded_as_json() -> None:
    meter = FakeMeter()
    play(meter, STORY)
    assert len(meter.recorded) == len(STORY)
    assert json.loads(json.dumps(meter.recorded)) == meter.recorded


@pytest.mark.parametrize("cut", range(len(STORY) + 1))
def test_resumes_after_any_turn(cut: int) -> None:
    """The same end, the same files, the same conversation, and only the missing requests are sent."""
    whole = FakeMeter()
    reply, uncut, bench = play(whole, STORY)
    again = FakeMeter(turns=json.loads(json.dumps(whole.recorded[:cut])))
    resumed, api, other = play(again, STORY[cut:])
    assert (resumed, other.writes) == (reply, bench.writes)
    assert api.requests == uncut.requests[cut:]
    assert set(bench.looks) == set(other.looks), "what was looked at is observed again"
    assert len(again.recorded) == len(STORY) - cut


def test_a_killed_process_loses_only_what_was_in_flight() -> None:
    """A failure in the middle leaves the turns before it."""
    meter = FakeMeter()
    with pytest.raises(ServiceError):
        play(meter, [*STORY[:2], error(401)])
    reply, api, _ = play(FakeMeter(turns=meter.recorded), STORY[2:])
    assert (reply.kind, len(api.requests)) == (ReplyKind.SUBMITTED, 3)


def test_turns_that_no_longer_fit_are_asked_again() -> None:
    """Another content below: what was said after reading it is not taken over."""
    meter = FakeMeter()
    play(meter, STORY)
    bench = FakeBench({**FILES, "pkg/a.py": FILES["pkg/a.py"] + "\n# more\n"}, writable=["pkg/a.py"])
    reply, api, _ = play(FakeMeter(turns=meter.recorded), STORY[1:], bench)
    assert (reply.kind, len(api.requests)) == (ReplyKind.SUBMITTED, 4)


@pytest.mark.parametrize(
    "record", [None, 7, [], {}, {"asked": 1}, {"asked": "x", "answer": {"content": "no"}}]
)
def test_a_record_that_is_no_turn_is_ignored(record: Any) -> None:
    """What comes from another machine is not believed."""
    reply, api, _ = play(FakeMeter(turns=[record]), STORY)
    assert (reply.kind, len(api.requests)) == (ReplyKind.SUBMITTED, len(STORY))
