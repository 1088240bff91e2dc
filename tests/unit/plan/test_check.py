"""Where a script comes from, and what about it deserves a warning."""

from __future__ import annotations

import pytest

from bot.errors import InputError
from bot.plan.check import BUILT_IN, MAX_SCRIPT, Script, load_script, warnings_of


def nothing(_path: str) -> bytes | None:
    return None


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_script_is_found_by_its_name(name: str) -> None:
    script = load_script(name, nothing)
    assert script.name == f"{name}.py"
    assert "from gatecrew import" in script.text


def test_a_script_of_the_base_commit_is_found_by_its_path() -> None:
    assert load_script("flow.py", {"flow.py": b"x = 1\n"}.get) == Script("flow.py", "x = 1\n")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "neither built in"),
        (b"\xff\xfe", "not UTF-8"),
        (b" " * (MAX_SCRIPT + 1), "at most 1,048,576"),
    ],
)
def test_a_script_that_cannot_be_read_is_an_error(data: bytes | None, why: str) -> None:
    with pytest.raises(InputError, match=why):
        load_script("flow.py", lambda _path: data)


SHARING = """
seen = []
count = 0
table = {}

async def unit(shard):
    global count
    seen.append(shard)
    count += 1
    table[shard] = 1
"""

OWN = """
results = {}

async def unit(shard):
    seen = []
    seen.append(shard)
    shard.note = 1
    return seen

async def taking(results):
    results["a"] = 1

for name in ["a"]:
    results[name] = 1
"""


def test_tasks_that_change_what_they_share_are_warned_of_with_their_lines() -> None:
    found = warnings_of(Script("flow.py", SHARING))
    assert [warning.partition(":")[2].partition(":")[0] for warning in sorted(found)] == ["10", "7", "8"]
    assert all("replay" in warning for warning in found)


def test_what_a_task_owns_is_its_own() -> None:
    assert warnings_of(Script("flow.py", OWN)) == []


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_built_in_scripts_deserve_no_warning(name: str) -> None:
    assert warnings_of(load_script(name, nothing)) == []


def test_a_script_that_does_not_parse_has_no_warnings() -> None:
    assert warnings_of(Script("flow.py", "async def (")) == []
