"""One pipeline per unit, the host's limits, and a ledger in which no unit is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.engines.scripted import Answer
from bot.errors import ServiceError
from bot.ports.engine import Bench
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.events import AgentEnded, AgentQueued, AgentStarted, Event
from tests.scenarios.fleet import IMPORTS, STRAIGHT, place, unit_of
from tests.stories import repeated, scripted, short, team


def steps(events: list[Event]) -> list[str]:
    """What agents did, in order: `+` starts and `-` ends, role and unit."""
    names: dict[int, str] = {}
    told = []
    for event in events:
        if isinstance(event, AgentQueued):
            names[event.agent] = f"{event.role.value} {short(event.unit or '')}"
        elif isinstance(event, AgentStarted):
            told.append(f"+{names[event.agent]}")
        elif isinstance(event, AgentEnded):
            told.append(f"-{names[event.agent]}")
    return told


# -- one pipeline per unit --------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["audit", "migrate"])
def test_a_unit_is_reviewed_while_others_are_still_being_worked_on(tmp_path: Path, script: str) -> None:
    def seconds(task: Task) -> float:
        slow = task.role is Role.WORKER and unit_of(task) == "app-u02-py"
        return 1.0 if slow else 0.0

    played = place(tmp_path, 3, None, script=script).run(scripted(latency_s=seconds))

    told = steps(played.events)
    assert played.code == 0
    for quick in ("app-u00-py", "app-u01-py"):
        assert told.index(f"-reviewer {quick}") < told.index("-worker app-u02-py")
    assert set(played.fates.values()) == {"proposed"}


class Inside:
    """Counts the agents that are at work at the same time."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def __call__(self, task: Task, bench: Bench) -> Answer | Reply:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        return Reply(ReplyKind.ANSWER, f"answer to {task.prompt}") if task.prompt else team(task, bench)


def swarm(agents: int) -> str:
    return f"{IMPORTS}answers = await asyncio.gather(*[agent(f'q{{i}}') for i in range({agents})])\n"


@pytest.mark.parametrize(("limits", "most"), [({}, 16), ({"concurrency": 3}, 3)])
def test_never_more_agents_at_once_than_the_limit_whatever_the_script_asks(
    tmp_path: Path, limits: dict[str, int], most: int
) -> None:
    inside = Inside()
    played = place(tmp_path, 1, f"import asyncio\n{swarm(60)}", limits=limits).run(scripted(inside))
    assert (played.agents, inside.most) == (60, most)


def test_equal_calls_are_one_call_and_another_sample_is_another(tmp_path: Path) -> None:
    script = f"""import asyncio
{IMPORTS}
same = await asyncio.gather(*[agent("how many?") for _ in range(5)])
later = await agent("how many?")
others = await asyncio.gather(*[agent("how many?", sample=i) for i in range(3)])
log(" ".join([*same, later]) + " / " + " ".join(others))
"""
    engine = scripted(lambda task, _bench: Reply(ReplyKind.ANSWER, f"s{task.sample}"), latency_s=0.05)
    played = place(tmp_path, 1, script).run(engine)
    assert "s0 s0 s0 s0 s0 s0 / s0 s1 s2" in played.said
    assert sorted(task.sample for task in engine.tasks) == [0, 1, 2]


# -- limits -----------------------------------------------------------------------------------------


def test_the_limit_of_agents_stops_the_run_and_it_goes_on_with_a_higher_one(tmp_path: Path) -> None:
    home = place(tmp_path, 4, limits={"agents": 5, "concurrency": 2})
    played = home.run(scripted())

    assert (played.code, played.there.conclusion) == (4, "failed")
    assert "--limit agents=N" in str(played.error)
    assert set(played.fates.values()) == {"not-run"}
    limited = [cause for cause in played.causes.values() if cause.startswith("the limit of agents")]
    assert limited
    assert home.forge().pulls("") == []

    again = home.run(scripted(), resume="last", limits=("agents=100",))

    assert (again.code, again.there.conclusion, again.error) == (0, "complete", None)
    assert set(again.fates.values()) == {"proposed"}
    assert not repeated(home.journal())
    assert again.agents == 8 - 5


def test_a_unit_that_was_accepted_before_the_limit_was_taken_up(tmp_path: Path) -> None:
    """It is not-run, because nothing gated it, but it is not among what nobody took up."""
    script = f"{IMPORTS}{STRAIGHT}for shard in shards():\n    await each([shard], unit)\n"
    played = place(tmp_path, 3, script, limits={"agents": 3}).run(scripted())
    assert played.code == 4
    assert played.causes["app-u00-py"].startswith("accepted, but not gated")
    assert played.there.uncovered == ()


def test_a_limit_of_minutes_stops_the_run(tmp_path: Path) -> None:
    played = place(tmp_path, 2, limits={"minutes": 0.0005}).run(scripted())
    assert played.code == 4
    assert "--limit minutes=N" in str(played.error)
    assert set(played.fates.values()) == {"not-run"}


# -- the ledger -------------------------------------------------------------------------------------


def test_a_script_that_takes_up_five_shards_of_fifty_is_not_complete(tmp_path: Path) -> None:
    script = f"{IMPORTS}{STRAIGHT}await each(shards()[:5], unit)\n"
    played = place(tmp_path, 50, script).run(scripted())
    assert (played.code, played.there.conclusion) == (1, "partial")
    assert list(played.fates.values()).count("proposed") == 5
    assert played.there.uncovered == tuple(f"app/u{number:02}.py" for number in range(5, 50))
    assert set(list(played.causes.values())[5:]) == {"the script did not take it up"}


def test_a_script_that_takes_up_nothing_has_failed(tmp_path: Path) -> None:
    played = place(tmp_path, 2, f"{IMPORTS}log('nothing to do for me')\n").run(scripted())
    assert (played.code, played.there.conclusion, played.agents) == (1, "failed", 0)
    assert played.there.uncovered == ("app/u00.py", "app/u01.py")


def test_a_script_that_raises_loses_what_it_did_not_do_and_nothing_else(tmp_path: Path) -> None:
    script = f"{IMPORTS}{STRAIGHT}await unit(shards()[0])\nlog(str(1 // 0))\nawait unit(shards()[1])\n"
    played = place(tmp_path, 2, script).run(scripted())
    assert (played.code, played.fates) == (1, {"app-u00-py": "proposed", "app-u01-py": "not-run"})
    assert "ZeroDivisionError" in played.there.notices[0]
    assert "line " in played.said, "its own traceback is shown"


def test_a_failing_agent_lands_in_the_ledger_and_the_rest_goes_on(tmp_path: Path) -> None:
    troubles: dict[str, Reply | Exception] = {
        "app-u00-py": ServiceError("the model service answered 500: it failed"),
        "app-u01-py": Reply(ReplyKind.REFUSED, "I would rather not"),
        "app-u02-py": Reply(ReplyKind.INVALID, "no JSON"),
    }

    def answering(task: Task, bench: Bench) -> Answer | Reply:
        trouble = troubles.get(unit_of(task))
        if isinstance(trouble, Exception):
            raise trouble
        return trouble or team(task, bench)

    played = place(tmp_path, 4).run(scripted(answering))

    assert (played.code, played.there.conclusion) == (1, "partial")
    assert list(played.fates.values()) == ["failed", "failed", "failed", "proposed"]
    causes = list(played.causes.values())
    assert "500" in causes[0]
    assert causes[1:3] == [
        "the agent's answer is refused: I would rather not",
        "the agent's answer is invalid: no JSON",
    ]


def test_a_reviewer_that_fails_is_no_vote(tmp_path: Path) -> None:
    def answering(task: Task, bench: Bench) -> Answer | Reply:
        if task.role is Role.REVIEWER and unit_of(task) == "app-u00-py":
            raise ServiceError("the model service answered 500: it failed")
        return team(task, bench)

    home = place(tmp_path, 2)
    played = home.run(scripted(answering))
    assert played.fates == {"app-u00-py": "failed", "app-u01-py": "proposed"}
    assert [pull.title for pull in home.forge().pulls("")] != []
    assert "u00" not in home.picture(played.there).partition("#")[2]


def test_a_verb_that_is_called_and_never_awaited_does_nothing(tmp_path: Path) -> None:
    script = f"{IMPORTS}lost = work(shards()[0], goal)\nawait review(await work(shards()[1], goal))\n"
    played = place(tmp_path, 2, script).run(scripted(latency_s=lambda t: 5.0 * (unit_of(t) == "app-u00-py")))
    assert (played.code, played.fates) == (1, {"app-u00-py": "not-run", "app-u01-py": "proposed"})


def test_a_service_that_refuses_for_good_stops_the_run_and_it_can_be_resumed(tmp_path: Path) -> None:
    quota = ServiceError("no credit is left", "Add credit.", terminal=True)

    def answering(task: Task, bench: Bench) -> Answer | Reply:
        if unit_of(task) == "app-u01-py":
            raise quota
        return team(task, bench)

    script = f"{IMPORTS}{STRAIGHT}for shard in shards():\n    await each([shard], unit)\n"
    home = place(tmp_path, 4, script)
    played = home.run(scripted(answering))

    assert (played.code, played.error, played.there.stopped) == (5, quota, "no credit is left")
    assert played.agents == 3, "after the refusal no agent starts"
    assert list(played.fates.values()) == ["not-run"] * 4
    assert "the service failed: no credit is left" in played.causes["app-u03-py"]

    again = home.run(scripted(), resume="last")
    assert (again.code, again.there.conclusion) == (0, "complete")
    assert again.agents == 6, "what u00 was paid for is there"


# -- the command line's choices ---------------------------------------------------------------------


def test_only_leaves_the_other_units_out(tmp_path: Path) -> None:
    home = place(tmp_path, 3)
    played = home.run(scripted(), only=("app-u01",))
    assert (played.code, played.there.conclusion) == (0, "complete")
    assert played.fates == {"app-u00-py": "skipped", "app-u01-py": "proposed", "app-u02-py": "skipped"}
    assert played.there.uncovered == ()


def test_only_with_a_name_that_no_unit_has_is_an_error(tmp_path: Path) -> None:
    played = place(tmp_path, 2).run(scripted(), only=("app-u07",))
    assert played.code == 2
    assert "app-u07" in str(played.error)


def test_a_dry_run_writes_nothing_to_the_forge(tmp_path: Path) -> None:
    home = place(tmp_path, 2)
    played = home.run(scripted(), dry_run=True)
    assert (played.code, set(played.fates.values())) == (0, {"proposed"})
    assert played.there.gate is not None
    assert (home.branches(), home.forge().pulls("")) == ({}, [])
    assert all(layer.pull is None for stack in played.there.stacks for layer in stack)

    wet = home.run(scripted())
    assert (wet.code, wet.agents, wet.suite_runs) == (0, 0, []), "the dry run's work is not lost"
    assert len(home.forge().pulls("")) == 1
