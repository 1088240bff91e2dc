"""What a script may ask for, and what the host makes of it: limits, the ledger, and what may be proposed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.engines.scripted import Answer
from bot.errors import ServiceError
from bot.ports.engine import Bench
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.events import AgentEnded, AgentQueued, AgentStarted, Event
from tests.stories import Place, accepts, edits, refutes, repeated, scripted, short, team

IMPORTS = (
    "from gatecrew import Change, Panel, Shard, agent, args, goal, grep, log, review, revise, shards, work\n"
)
STRAIGHT = """
async def unit(shard: Shard) -> None:
    await review(await work(shard, goal))

"""
ALL = f"{IMPORTS}{STRAIGHT}await each(shards(), unit)\n"


def fleet(units: int) -> dict[str, str | bytes]:
    """As many units of one line, and a test that loads them all."""
    names = [f"u{number:02}" for number in range(units)]
    test = f"from app import {', '.join(names)}\n\ndef test_all():\n    assert u00.X == 0\n"
    files = {f"app/{name}.py": f"X = {number}\n" for number, name in enumerate(names)}
    return {**files, "tests/test_all.py": test}


def place(folder: Path, units: int, flow: str | None = ALL, **spec: Any) -> Place:
    review = {"lenses": ["references", "correctness"], **spec.pop("review", {})}
    return Place(folder, fleet(units), flow=flow, review=review, **spec)


def unit_of(task: Task) -> str:
    """A task's unit by its short name: `app-u00-py`."""
    if task.shard is not None:
        return short(task.shard.id)
    return short(task.change.unit) if task.change is not None else ""


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


# -- what a script cannot do ------------------------------------------------------------------------


FORGERIES = {
    "a shard of its own": (
        "await work(Shard(id='x', files=['tests/test_all.py'], lines=1), goal)",
        "instantiate",
    ),
    "something that looks like a shard": ("await work(loose({'id': 'x'}), goal)", "no shard of this run"),
    "a change of its own": ("await review(loose(mine()))", "no change that this run made"),
    "a change by its name": ("await review(loose('app-u00'))", "no change that this run made"),
    "the panel of another change": (
        "one = await work(shards()[0], goal)\ntwo = await work(shards()[1], goal)\n"
        "await revise(one, await review(two))",
        "did not judge this change",
    ),
    "an unaccepted change below": (
        "one = await work(shards()[0], goal)\nawait work(shards()[1], goal, after=[one])",
        "not accepted",
    ),
    "a role that there is not": ("await agent('hello', role='judge')", "no role"),
    "a lens that there is not": (
        "await review(await work(shards()[0], goal), lenses=['nonsense'])",
        "has no lens 'nonsense'",
    ),
    "a goal that is a number": (
        "await work(shards()[0], loose(7))",
        "work: 1: Input should be a valid string",
    ),
    "a question that is a list": ("await agent(loose(['a']))", "agent: 0: Input should be a valid string"),
    "a schema that holds a shard": ("await agent('a', schema=loose({'of': shards()[0]}))", "agent: schema"),
    "a change below that is text": ("await work(shards()[0], goal, after=loose(['u1']))", "no change that"),
    "arguments that the verb does not take": ("call: Any = agent\nawait call('a', loud=True)", "loud"),
    "a pattern that is none": ("log(str(grep('(')))", "no POSIX extended regular expression"),
    "a log that is no text": ("log(loose(7))", "log: 0: Input should be a valid string"),
}
LOOSE = """
from typing import Any
from dataclasses import dataclass

@dataclass
class Mine:
    unit: str
    changed: bool

def mine() -> Any:
    return Mine('app-u00', True)

def loose(value: Any) -> Any:
    return value
"""


@pytest.mark.parametrize("trick", FORGERIES)
def test_what_a_script_forges_is_refused(tmp_path: Path, trick: str) -> None:
    """The script is told; the run ends as partial or failed, and never as a bug of ours."""
    code, why = FORGERIES[trick]
    engine = scripted(lenses={"correctness"})
    played = place(tmp_path, 2, f"{IMPORTS}{LOOSE}\n{code}\n").run(engine)
    assert played.code == 1
    assert why in played.there.notices[0]
    assert played.fates["app-u00-py"] == "not-run"


def test_what_a_script_does_to_its_views_does_not_reach_the_host(tmp_path: Path) -> None:
    script = f"""{IMPORTS}
shard = shards()[0]
shard.files.append("tests/test_all.py")
change = await work(shard, goal)
change.paths.append("tests/test_all.py")
await review(change)
"""
    home = place(tmp_path, 1, script)
    played = home.run(scripted())
    assert played.there.units[0].files == ("app/u00.py",)
    assert played.there.units[0].changed == ("app/u00.py",)


def test_a_script_that_does_not_type_check_is_refused_before_anything_runs(tmp_path: Path) -> None:
    home = place(tmp_path, 1, f"{IMPORTS}await work('app-u00', goal)\n")
    played = home.run(scripted())
    assert played.code == 2
    assert "flow.py" in str(played.error)
    assert home.traced == 0


# -- what may be proposed ---------------------------------------------------------------------------

UNREVIEWED = {
    "never reviewed": "await work(shards()[0], goal)",
    "revised after its review": """
change = await work(shards()[0], goal)
await revise(change, await review(change))
""",
    "worked on anew after its review": """
await review(await work(shards()[0], goal))
await work(shards()[0], "Something else.")
""",
}


@pytest.mark.parametrize("how", UNREVIEWED)
def test_nothing_unreviewed_reaches_a_pull_request(tmp_path: Path, how: str) -> None:
    def answering(task: Task, bench: Bench) -> Answer | Reply:
        if task.role is Role.REVIEWER:
            return accepts(task)
        return edits(task, bench, f"# {task.goal} {'again' if task.revises else ''}\n")

    home = place(tmp_path, 1, f"{IMPORTS}{UNREVIEWED[how]}")
    played = home.run(scripted(answering))
    assert played.causes == {"app-u00-py": "its change was never reviewed"}
    assert (played.code, home.branches(), home.forge().pulls("")) == (1, {}, [])


def test_nothing_rejected_reaches_a_pull_request(tmp_path: Path) -> None:
    def answering(task: Task, bench: Bench) -> Answer | Reply:
        bad = task.role is Role.REVIEWER and unit_of(task) == "app-u00-py"
        return refutes(task) if bad else team(task, bench)

    home = place(tmp_path, 2)
    played = home.run(scripted(answering))
    assert (played.code, played.there.conclusion) == (0, "complete")
    assert played.fates == {"app-u00-py": "rejected", "app-u01-py": "proposed"}
    assert "u00" not in home.picture(played.there).partition("#")[2]


def test_a_lens_that_the_script_adds_counts_and_none_can_be_left_out(tmp_path: Path) -> None:
    def answering(task: Task, bench: Bench) -> Answer | Reply:
        return refutes(task) if task.lens == "security" else team(task, bench)

    script = f"{IMPORTS}change = await work(shards()[0], goal)\nawait review(change, lenses=['security'])\n"
    engine = scripted(answering)
    played = place(tmp_path, 1, script).run(engine)
    assert played.fates == {"app-u00-py": "rejected"}
    assert {task.lens for task in engine.tasks} == {None, "correctness", "security"}


BUILT_ON = f"""{IMPORTS}
below = await work(shards()[0], goal)
panel = await review(below)
above = await work(shards()[1], goal, after=[below])
await review(above)
changed = await revise(below, panel)
await review(changed)
"""


def test_what_was_built_on_contents_that_are_gone_is_not_proposed(tmp_path: Path) -> None:
    """The upper change was judged on the lower one's first contents; those were revised."""

    def answering(task: Task, bench: Bench) -> Answer | Reply:
        if task.role is Role.REVIEWER:
            return accepts(task)
        return edits(task, bench, "# again\n" if task.revises else "# once\n")

    played = place(tmp_path, 2, BUILT_ON).run(scripted(answering))
    assert played.fates == {"app-u00-py": "proposed", "app-u01-py": "not-run"}
    assert played.causes["app-u01-py"].startswith("built on ")


OTHERWISE = BUILT_ON.partition("changed =")[0] + "await review(await work(shards()[2], goal))\n"


def test_a_layer_above_falls_with_the_one_below(tmp_path: Path) -> None:
    """The gate throws the lower one out; the upper one was built on it."""

    def answering(task: Task, bench: Bench) -> Answer | Reply:
        bad = unit_of(task) == "app-u00-py" and task.role is Role.WORKER
        return edits(task, bench, "X = 9\n") if bad else team(task, bench)

    played = place(tmp_path, 3, OTHERWISE).run(scripted(answering))
    assert played.fates == {"app-u00-py": "rejected", "app-u01-py": "not-run", "app-u02-py": "proposed"}


CROSSED = f"""{IMPORTS}
below = await work(shards()[0], goal)
panel = await review(below)
await review(await work(shards()[1], goal, after=[below]))
back = await revise(below, panel)
await review(back)
await review(await work(shards()[1], goal, after=[back]))
"""


def test_a_vote_on_the_same_contents_over_others_is_another_vote(tmp_path: Path) -> None:
    """The first below stops using `helper`, so it may go; the second uses it again, so it may not."""
    using, helper = "from app.u01 import helper\n\nX = helper\n", "def helper():\n    return 1\n\n\nX = 1\n"

    def answering(task: Task, bench: Bench) -> Answer | Reply:
        assert task.shard is not None
        text = "X = 0\n" if unit_of(task) == "app-u00-py" and not task.revises else "X = 1\n"
        if task.revises:
            text = f"# Again.\n{using}"
        return Answer(Reply(ReplyKind.SUBMITTED, "done"), {task.shard.files[0]: text.encode()})

    home = place(tmp_path, 2, CROSSED, review={"lenses": ["references"]})
    test = "from app import u00, u01\n\ndef test_all():\n    assert u00 and u01.X\n"
    home.commit({"app/u00.py": using, "app/u01.py": helper, "tests/test_all.py": test})
    played = home.run(scripted(answering))
    assert played.fates["app-u01-py"] == "rejected"
    assert "references" in played.causes["app-u01-py"]


def test_the_hosts_own_lens_judges_even_where_the_spec_does_not_name_it(tmp_path: Path) -> None:
    def answering(task: Task, bench: Bench) -> Answer | Reply:
        if task.shard is None:
            return accepts(task)
        return Answer(Reply(ReplyKind.SUBMITTED, "Remove it"), {task.shard.files[0]: None})

    flow = f"{IMPORTS}await review(await work(shards()[0], goal))\n"
    home = place(tmp_path, 2, flow, review={"lenses": ["correctness"]})
    home.commit({"app/u01.py": "from app import u00\n\nY = u00.X\n"})
    played = home.run(scripted(answering))
    assert played.fates["app-u00-py"] == "rejected"
    assert "references" in played.causes["app-u00-py"]


# -- named commands ---------------------------------------------------------------------------------


def test_a_command_is_run_once_and_a_replay_hears_the_same(tmp_path: Path) -> None:
    """Its answer decides where the script goes, so it is journalled like an agent's."""
    flow = f"""{IMPORTS}
from gatecrew import run
change = await work(shards()[0], goal)
ran = await run(change, "count")
log(f"exit {{ran.exit_code}}: {{ran.output}}")
await review(change)
await agent("is that all?")
"""
    count = f"echo once >> {tmp_path}/count; wc -l < {tmp_path}/count; exit 3"
    home = place(tmp_path, 1, flow, commands={"count": count}, limits={"agents": 2})
    first = home.run(scripted())
    assert first.code == 4
    assert "exit 3: 1" in first.said

    again = home.run(
        scripted(lambda task, bench: Reply(ReplyKind.ANSWER, "yes") if task.prompt else team(task, bench)),
        resume="last",
        limits=("agents=9",),
    )
    assert (again.code, again.fates) == (0, {"app-u00-py": "proposed"})
    assert "exit 3: 1" in again.said
    assert (tmp_path / "count").read_text() == "once\n"


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
