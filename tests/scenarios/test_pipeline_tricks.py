"""What a script forges, or hands to a verb that is of another type, is refused and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.fleet import IMPORTS, place
from tests.stories import scripted

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
