"""What every engine must do, whatever carries out the tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from bot.errors import ServiceError
from bot.ports.engine import Engine
from bot.types.agent import Reply, ReplyKind, Role
from bot.types.ids import Sha
from bot.types.question import Question
from bot.types.review import Verdict
from tests.conformance.engine_beds import BEDS, SECRET, Bed, Scene, Story
from tests.doubles.bench import FakeMeter
from tests.doubles.tasks import run

T = TypeVar("T")


@pytest.fixture(params=BEDS)
def bed(request: pytest.FixtureRequest) -> Bed:
    return BEDS[request.param]


def inside(bed: Bed, story: Story, look: Callable[[Scene], Awaitable[T]]) -> T:
    """Run `look` within a scene of the story; skip the test where an engine cannot tell it."""
    scene = bed(story)
    if scene is None:
        pytest.skip(f"this engine cannot tell {story.name}")

    async def within() -> T:
        async with scene as opened:
            return await look(opened)

    return run(within())


def tell(bed: Bed, story: Story, meter: FakeMeter | None = None) -> tuple[Reply, Scene]:
    async def look(scene: Scene) -> tuple[Reply, Scene]:
        return await scene.engine.perform(scene.task, scene.bench, meter or FakeMeter()), scene

    return inside(bed, story, look)


def test_a_worker_submits_edits_of_its_shard(bed: Bed) -> None:
    reply, scene = tell(bed, Story.SUBMITS)
    assert reply.kind is ReplyKind.SUBMITTED
    assert reply.text
    assert scene.bench.writes
    assert set(scene.bench.writes) <= set(scene.bench.writable)


def test_a_worker_says_unchanged_with_a_reason_and_no_edits(bed: Bed) -> None:
    reply, scene = tell(bed, Story.UNCHANGED)
    assert reply.kind is ReplyKind.UNCHANGED
    assert reply.text
    assert not scene.bench.writes


def test_a_reviewer_accepts_with_the_lens_it_was_asked_for(bed: Bed) -> None:
    reply, scene = tell(bed, Story.ACCEPTS)
    assert reply.kind is ReplyKind.VOTE
    assert reply.vote is not None
    assert (reply.vote.lens, reply.vote.verdict) == (scene.task.lens, Verdict.ACCEPT)
    assert not scene.bench.writes


def test_a_refutation_names_places_that_exist(bed: Bed) -> None:
    reply, scene = tell(bed, Story.REFUTES)
    assert reply.vote is not None
    assert reply.vote.verdict is Verdict.REFUTE
    assert scene.task.change is not None
    assert reply.vote.findings
    for finding in reply.vote.findings:
        assert (finding.unit, finding.lens) == (scene.task.change.unit, scene.task.lens)
        assert finding.evidence
        for place in finding.evidence:
            lines = scene.bench.present[place.path].decode().splitlines()
            assert place.text in lines[place.line - 1]


def test_a_free_agent_answers_with_data(bed: Bed) -> None:
    reply, _ = tell(bed, Story.ANSWERS)
    assert (reply.kind, reply.data) == (ReplyKind.ANSWER, {"count": 2})


@pytest.mark.parametrize(
    ("story", "kind"), [(Story.REFUSES, ReplyKind.REFUSED), (Story.INVALID, ReplyKind.INVALID)]
)
def test_what_content_causes_is_a_reply(bed: Bed, story: Story, kind: ReplyKind) -> None:
    reply, _ = tell(bed, story)
    assert reply.kind is kind
    assert reply.text


def test_a_service_that_fails_is_an_error(bed: Bed) -> None:
    with pytest.raises(ServiceError) as caught:
        tell(bed, Story.FAILS)
    assert caught.value.terminal
    assert caught.value.hint


@pytest.mark.parametrize("story", [Story.SUBMITS, Story.REFUTES, Story.ANSWERS])
def test_secrets_never_leave(bed: Bed, story: Story) -> None:
    """Neither towards a service nor into the journal."""
    meter = FakeMeter()
    reply, scene = tell(bed, story, meter)
    assert SECRET in scene.task.context
    assert SECRET not in scene.sent()
    assert SECRET not in repr(meter.steps)
    assert SECRET not in repr(reply)


@pytest.mark.parametrize("story", [Story.SUBMITS, Story.ACCEPTS, Story.ANSWERS, Story.INVALID])
def test_every_reservation_is_settled_at_the_end(bed: Bed, story: Story) -> None:
    """Reserved before, settled after, never above what was reserved."""
    meter = FakeMeter()
    tell(bed, story, meter)
    assert not meter.open
    assert all(used.tokens <= meter.worst[number].tokens for number, used in meter.settled.items())


def test_cancelling_is_prompt_and_clean(bed: Bed) -> None:
    async def look(scene: Scene) -> FakeMeter:
        meter = FakeMeter()
        task = asyncio.create_task(scene.engine.perform(scene.task, scene.bench, meter))
        while not scene.started():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, "something is still at work"
        return meter

    assert "settle" not in inside(bed, Story.HANGS, look).names


def test_says_what_it_is(bed: Bed) -> None:
    async def look(scene: Scene) -> Engine:
        return scene.engine

    engine = inside(bed, Story.UNCHANGED, look)
    assert engine.name
    assert engine.version
    assert isinstance(engine.paid, bool)
    assert any(engine.serves(role) for role in Role)
    assert not engine.serves(Role.REVIEWER, "no such lens") or engine.name == "scripted"
    digest = engine.answer(Question(f"{engine.name}.nothing", "x"), Sha("0" * 40))
    assert digest == engine.answer(Question(f"{engine.name}.nothing", "x"), Sha("0" * 40))
