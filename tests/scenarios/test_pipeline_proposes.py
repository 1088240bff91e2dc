"""Nothing that is unreviewed, rejected or changed since reaches a pull request."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engines.scripted import Answer
from bot.ports.engine import Bench
from bot.types.agent import Reply, ReplyKind, Role, Task
from tests.scenarios.fleet import IMPORTS, place, unit_of
from tests.stories import accepts, edits, refutes, scripted, team

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
