"""What agents have in common is paid for once: marks for the cache, and the first request goes alone."""

from __future__ import annotations

import asyncio

from bot.types.agent import Reply
from tests.doubles.anthropic_api import (
    Answer,
    AnthropicDouble,
    Body,
    calls,
    overloaded,
    slow,
    structured,
    text,
)
from tests.doubles.bench import FakeMeter
from tests.doubles.tasks import (
    StillClock,
    ask,
    claude,
    question_task,
    reviewer_task,
    run,
    worker_bench,
    worker_task,
)


def marks(body: Body) -> list[tuple[int, int]]:
    """(message, block) of each mark in the messages."""
    return [
        (number, at)
        for number, message in enumerate(body["messages"])
        for at, block in enumerate(message["content"])
        if "cache_control" in block
    ]


def test_the_prefix_and_the_last_two_user_turns_are_marked() -> None:
    look = calls(("list", {}), ("list", {}))
    _, api = ask([look, look, calls(("unchanged", {"reason": "n"}))], worker_task())
    assert all(request["system"][0]["cache_control"] == {"type": "ephemeral"} for request in api.requests)
    assert [marks(request) for request in api.requests] == [[(0, 0)], [(0, 0), (2, 1)], [(2, 1), (4, 1)]]


def test_the_prefix_is_the_same_for_every_unit_goal_and_lens() -> None:
    """Only what differs stands behind it."""
    accepted = structured({"verdict": "accept", "findings": []})
    _, one = ask([accepted], reviewer_task("correctness", context="A map."))
    _, other = ask([accepted], reviewer_task("security", context="A map.", goal="Other.", diff="-x"))
    for part in ("system", "tools", "output_config"):
        assert one.requests[0][part] == other.requests[0][part]
    assert "A map." in one.requests[0]["system"][0]["text"]


def together(api: AnthropicDouble, count: int, clock: StillClock) -> list[Reply]:
    async def perform() -> list[Reply]:
        engine = claude(api, clock=clock)
        tasks = [engine.perform(question_task(sample=n), worker_bench(), FakeMeter()) for n in range(count)]
        replies = await asyncio.gather(*tasks)
        await engine.aclose()
        return replies

    return run(perform())


def test_the_first_request_goes_alone_and_the_others_together() -> None:
    seen: list[int] = []

    def answering(body: Body) -> Answer:
        seen.append(api.inside)
        return slow(0.15, text("Two."))

    with AnthropicDouble(answering) as api:
        together(api, 4, StillClock())
    assert seen[0] == 1
    assert api.most_inside == 3


def test_a_failed_first_request_hands_the_way_to_the_next() -> None:
    """Nobody waits for ever, and still only one goes at a time until one was answered."""
    answers = iter([overloaded(), overloaded()])
    inside: list[int] = []

    def answering(body: Body) -> Answer:
        inside.append(api.inside)
        return next(answers, slow(0.1, text("Two.")))

    with AnthropicDouble(answering) as api:
        replies = together(api, 3, StillClock())
    assert len(replies) == 3
    assert inside[:3] == [1, 1, 1]


def test_a_prefix_that_nobody_used_for_minutes_is_cold_again() -> None:
    clock = StillClock()
    with AnthropicDouble(lambda body: slow(0.1, text("Two."))) as api:

        async def perform() -> None:
            engine = claude(api, clock=clock)
            for _ in range(2):
                clock.passed += 1000
                tasks = [engine.perform(question_task(), worker_bench(), FakeMeter()) for _ in range(2)]
                await asyncio.gather(*tasks)
            await engine.aclose()

        run(perform())
    assert (len(api.requests), api.most_inside) == (4, 1)
