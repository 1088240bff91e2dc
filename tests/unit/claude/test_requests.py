"""Requests that fail: what is asked again, what ends the run, and what was paid."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.engines.claude import Service
from bot.errors import LimitReached, ServiceError
from bot.redact import Redactor
from bot.types.agent import ReplyKind
from bot.types.usage import NOTHING, Usage
from tests.doubles.anthropic_api import (
    Answer,
    AnthropicDouble,
    calls,
    dropped,
    error,
    malformed,
    overloaded,
    slow,
    text,
    usage,
    wait_until,
)
from tests.doubles.bench import FakeBench, FakeMeter
from tests.doubles.tasks import KEY, StillClock, ask, claude, question_task, run, worker_bench, worker_task

OK = text("Two.")


def test_a_request_is_reserved_sent_and_settled_in_this_order() -> None:
    """The worst case covers the real count, at the price of a cache write and with a full answer."""
    meter = FakeMeter()
    done = text("Two.", usage=usage(500, 7, read=300, written=200))
    ask([done], question_task(), meter=meter, max_tokens=1000)
    assert meter.names == ["reserve", "settle", "pressure", "turn"]
    assert meter.settled == {1: Usage(500, 7, 300, 200)}
    assert meter.worst[1].output_tokens == 1000
    assert meter.worst[1].cache_write_tokens > 1000


def test_nothing_is_sent_where_the_budget_does_not_allow_it() -> None:
    """Were anything sent, the empty script would answer with an error of its own."""
    meter = FakeMeter(most=1000)
    with pytest.raises(LimitReached):
        ask([], question_task(), meter=meter)
    assert meter.steps == []


def test_an_estimate_that_was_too_low_is_not_used_again() -> None:
    """A service that counts a token a byte raises the next reservation."""
    meter = FakeMeter()
    dense = calls(("list", {}), usage=usage(12_000))
    ask([dense, calls(("unchanged", {"reason": "n"}))], worker_task(), meter=meter)
    assert meter.worst[2].cache_write_tokens > 1.5 * meter.worst[1].cache_write_tokens


@pytest.mark.parametrize(
    "failure",
    [
        overloaded(),
        error(500),
        error(503),
        error(429, "rate_limit_error", "too many tokens per minute"),
        error(429, "rate_limit_error", "Quota exceeded for online_prediction_requests_per_base_model"),
        error(409),
        error(400, "overloaded_error"),
    ],
)
def test_passing_failures_are_asked_again_unpaid(failure: Answer) -> None:
    """Each retry has its own reservation; the failed one is released."""
    meter, clock = FakeMeter(), StillClock()
    reply, api = ask([failure, failure, OK], question_task(), meter=meter, clock=clock)
    assert (reply.kind, len(api.requests)) == (ReplyKind.ANSWER, 3)
    failed = ["reserve", "settle", "pressure", "attempt"]
    assert meter.names == [*failed, *failed, "reserve", "settle", "pressure", "turn"]
    assert [value for name, value in meter.steps if name == "pressure"] == [True, True, False]
    assert [meter.settled[1], meter.settled[2]] == [NOTHING, NOTHING]
    assert clock.sleeps == [1.0, 2.0]


@pytest.mark.parametrize(
    "failure", [dropped(), malformed(), Answer(body={"type": "message"}), Answer(body=[])]
)
def test_a_lost_answer_counts_as_spent(failure: Answer) -> None:
    """The model may have worked for it: the reservation stays open."""
    meter = FakeMeter()
    reply, _ = ask([failure, OK], question_task(), meter=meter)
    assert reply.kind is ReplyKind.ANSWER
    assert meter.open == {1}


def test_an_unreachable_service_costs_nothing() -> None:
    meter, clock = FakeMeter(), StillClock()
    service = Service(api_key=KEY, base_url="http://127.0.0.1:9", timeout_s=1)
    with pytest.raises(ServiceError, match=r"cannot be reached.*asked 6 times") as caught:
        ask([], question_task(), meter=meter, clock=clock, service=service)
    assert not caught.value.terminal
    assert (len(meter.worst), meter.open) == (6, set())
    assert clock.sleeps == [1, 2, 4, 8, 16]


def test_retries_are_bounded() -> None:
    meter = FakeMeter()
    with pytest.raises(ServiceError, match=r"529: Overloaded \(asked 3 times\)"):
        ask(lambda body: overloaded(), question_task(), meter=meter, retries=2)
    assert meter.names.count("reserve") == 3


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after_ms": "2500", "retry_after": "9"}, 2.5),
        ({"retry_after": "86400"}, 120.0),
        ({"retry_after": "Sun, 01 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry_after": "soon"}, 1.0),
        ({"retry_after": "-5"}, 0.0),
    ],
)
def test_retry_after_is_obeyed_up_to_two_minutes(headers: dict[str, str], waited: float) -> None:
    clock = StillClock()
    ask([error(429, "rate_limit_error", **headers), OK], question_task(), clock=clock)
    assert clock.sleeps == [waited]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (error(401, "authentication_error", "invalid key"), "does not accept the key"),
        (error(402, "billing_error", "pay"), "lack of credit"),
        (error(403, "permission_error", "no"), "may not use the model 'claude-sonnet-5-5'"),
        (error(404, "not_found_error", "model: x"), "does not know the model 'claude-sonnet-5-5'"),
        (error(400, "invalid_request_error", "Your credit balance is too low"), "lack of credit"),
        (error(429, "rate_limit_error", "You have reached your monthly usage limit"), "lack of credit"),
        (error(429, "rate_limit_error", "quota exceeded"), "lack of credit"),
    ],
)
def test_what_only_the_user_can_put_right_is_terminal(failure: Answer, told: str) -> None:
    """No retry; the message says what, why and what to type, and nothing was paid."""
    meter = FakeMeter()
    with pytest.raises(ServiceError, match=told) as caught:
        ask([failure], question_task(), meter=meter)
    assert caught.value.terminal
    assert caught.value.hint
    assert meter.names == ["reserve", "settle", "attempt"]


@pytest.mark.parametrize(
    "failure", [error(400, "invalid_request_error"), error(413), error(529, x_should_retry="false")]
)
def test_other_failures_stop_this_agent_only(failure: Answer) -> None:
    with pytest.raises(ServiceError) as caught:
        ask([failure], question_task())
    assert not caught.value.terminal


def test_errors_never_show_a_secret() -> None:
    """A service that repeats the key in its answer does not get it into a message or a journal."""
    meter = FakeMeter()
    with pytest.raises(ServiceError) as caught:
        ask([error(401, "authentication_error", f"bad key {KEY}")], question_task(), meter=meter)
    assert KEY not in str(caught.value)
    assert KEY not in str(meter.steps)


def test_secrets_are_hidden_in_everything_that_is_sent() -> None:
    """Prompts, rules, context and tool results alike; a hidden text cannot be overwritten by mistake."""
    bench = FakeBench({"pkg/a.py": f"KEY = '{KEY}'\nTOKEN = 'hunter2hunter2'\n"}, writable=["pkg/a.py"])
    task = worker_task(goal=f"Use {KEY}.", rules="hunter2hunter2", context="hunter2hunter2")
    steps: list[Any] = [
        calls(("read", {"path": "pkg/a.py"}), ("search", {"pattern": "KEY"})),
        calls(("write", {"path": "pkg/a.py", "content": "KEY = '***'\n"})),
        calls(("unchanged", {"reason": "n"})),
    ]
    _, api = ask(steps, task, bench, redact=Redactor("hunter2hunter2"))
    assert KEY not in api.said
    assert "hunter2" not in api.said
    assert "KEY = '***'" in api.said
    assert bench.writes == {}
    assert "holds a secret" in api.requests[2]["messages"][-1]["content"][0]["content"]


def test_cancelling_is_clean_and_what_was_in_flight_counts_as_spent() -> None:
    meter = FakeMeter()
    with AnthropicDouble([slow(5, OK), OK]) as api:

        async def perform() -> None:
            engine = claude(api)
            task = asyncio.create_task(engine.perform(question_task(), worker_bench(), meter))
            await asyncio.to_thread(wait_until, lambda: api.inside == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # The gate is free again: the next one is not kept waiting by the one that was cancelled.
            reply = await engine.perform(question_task(), worker_bench(), FakeMeter())
            assert reply.kind is ReplyKind.ANSWER
            await engine.aclose()

        run(perform())
    assert meter.open == {1}
