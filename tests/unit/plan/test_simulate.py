"""A script's dry walk: what it would ask for, before it costs anything."""

from __future__ import annotations

import pytest

from bot.errors import SpecError
from bot.plan.check import Script, load_script
from bot.plan.simulate import Plan, simulate
from bot.types.ids import UnitId
from bot.types.spec import Spec
from bot.types.unit import Shard

SHARDS = [Shard(UnitId(f"u{number}"), (f"app/u{number}.py",), 10) for number in range(4)]


async def plan(text: str, **spec: object) -> Plan:
    told = Spec.model_validate({"goal": "Tidy up.", "gate": {"run": "pytest"}, **spec})
    return await simulate(Script("flow.py", text), told, SHARDS, ["app/u0.py"])


@pytest.mark.parametrize("name", ["audit", "migrate"])
async def test_the_built_in_scripts_take_up_every_shard(name: str) -> None:
    script = load_script(name, lambda _path: None)
    found = await plan(script.text, review={"lenses": ["references", "correctness", "security"]})
    assert found.agents == {"worker": 4, "reviewer": 8}, "the host's own lens is no agent"
    assert (found.units, found.files, found.total, found.untaken, found.problem) == (4, 4, 12, (), "")


async def test_what_is_not_taken_up_is_told() -> None:
    found = await plan("from gatecrew import goal, shards, work\nawait work(shards()[1], goal)\n")
    assert found.untaken == (UnitId("u0"), UnitId("u2"), UnitId("u3"))


async def test_a_script_that_trips_over_the_canned_answers_is_noted() -> None:
    found = await plan("from gatecrew import agent\nfirst = (await agent('which?')).split()[0]\n")
    assert "IndexError" in found.problem
    assert found.total == 1


async def test_a_script_that_does_not_type_check_is_an_error() -> None:
    with pytest.raises(SpecError):
        await plan("from gatecrew import nothing_like_it\n")
