"""Attacks of an orchestration script on its host: it gets nowhere, and the ledger tells what it left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.plan.drive import LIMITS
from tests.inputs import Ended, Project, project, spec_of


def attacked(folder: Path, script: str, **more: object) -> tuple[Project, Ended]:
    tidy = project(folder, spec_of(script="flow.py", **more), {"flow.py": script})
    return tidy, tidy.inside("run", "tidy")


FORGED = """
import asyncio
from typing import Any
from gatecrew import Change, Shard, log, report, review, revise, shards, work

made = shards()[0]


async def attempt(what: str, fn: Any) -> None:
    try:
        await fn()
        log(f"{what}: IT WORKED")
    except Exception as err:
        log(f"{what}: refused")


async def forged_shard() -> None:
    await work(Shard("app-00000000", ["tests/test_price.py"], 1), "Break it")


async def copied_shard() -> None:
    await work(Shard(made.id, ["tests/test_price.py"], made.lines), "Break it")


async def no_shard() -> None:
    shard: Any = "app"
    await work(shard, "Break it")


async def forged_change() -> None:
    await review(Change(made.id, True, "trust me", "", ["app/price.py"], [], []))


async def forged_panel() -> None:
    change = await work(made, "Remove dead code")
    panel: Any = {"accepted": True, "unit": made.id}
    await revise(change, panel)


async def edited_shard() -> None:
    view: Any = made
    view.files = ["tests/test_price.py"]
    await work(view, "Remove dead code")
    raise RuntimeError("only a copy was edited")


async def edited_change() -> None:
    change = await work(made, "Remove dead code")
    view: Any = change
    view.changed = False
    view.paths = ["tests/test_price.py"]
    raise RuntimeError("only copies")


async def main() -> None:
    await attempt("a forged shard", forged_shard)
    await attempt("a copied shard", copied_shard)
    await attempt("no shard at all", no_shard)
    await attempt("a forged change", forged_change)
    await attempt("a forged panel", forged_panel)
    await attempt("an edited shard", edited_shard)
    await attempt("an edited change", edited_change)

await main()
"""


def test_the_host_trusts_only_what_it_made_itself(tmp_path: Path) -> None:
    """Work without a review is in the ledger as such, and nothing is proposed."""
    tidy, ended = attacked(tmp_path, FORGED)
    assert ended.code == 1, ended.said
    assert ended.out.count(": refused") == 7, ended.out
    assert "IT WORKED" not in ended.said
    assert tidy.statuses == {"app": "not-run"}
    (unit,) = tidy.result["units"]
    assert unit["cause"] == "its change was never reviewed"
    assert unit["files"] == ["app/__init__.py", "app/price.py"]
    assert unit["changed"] == ["app/price.py"]
    assert tidy.pulls == []


def test_a_script_that_takes_up_nothing_is_not_complete(tmp_path: Path) -> None:
    tidy, ended = attacked(tmp_path, "from gatecrew import log\n\nlog('all is done')\n")
    assert ended.code == 1, ended.said
    assert tidy.result["conclusion"] == "failed"
    assert tidy.statuses == {"app": "not-run"}
    assert sorted(tidy.result["uncovered"]) == ["app/__init__.py", "app/price.py"]


REACHES = {
    "a file": "open('/etc/passwd').read()",
    "a process": "import os\nos.system('touch evil')",
    "a path": "from pathlib import Path\nPath('/tmp/evil').write_text('x')",
    "a module": "import subprocess",
    "the import system": "__import__('os').system('touch evil')",
    "an evaluation": "eval('1')",
    "the host's classes": "().__class__.__bases__[0].__subclasses__()",
    "the network": "import socket",
}


@pytest.mark.parametrize("what", REACHES)
def test_a_script_reaches_nothing_of_the_machine(tmp_path: Path, what: str) -> None:
    tidy, ended = attacked(tmp_path, f"{REACHES[what]}\n")
    assert ended.code in (1, 2), ended.said
    assert "root:" not in ended.said
    assert not (tidy.folder / "evil").exists()
    assert not Path("/tmp/evil").exists()
    assert tidy.pulls == []


ENDLESS = {
    "a loop": "while True:\n    pass\n",
    "a recursion": "def deeper(n: int) -> int:\n    return deeper(n + 1)\n\n\ndeeper(0)\n",
    "memory": "kept: list[str] = []\nwhile True:\n    kept.append('x' * 10_000_000)\n",
    "a number": "n = 10\nwhile True:\n    n = n ** 10\n",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_script_without_end_is_stopped(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the run is as if it had ended there: units that nobody took up are not-run."""
    monkeypatch.setitem(LIMITS, "max_turn_duration_secs", 1.0)
    tidy, ended = attacked(tmp_path, ENDLESS[what])
    assert ended.code == 1, ended.said
    assert "the script flow.py failed" in ended.said
    assert tidy.statuses == {"app": "not-run"}


def test_a_script_cannot_ask_what_was_spent_or_what_time_it_is(tmp_path: Path) -> None:
    _, ended = attacked(tmp_path, "import time\nfrom gatecrew import spent\n")
    assert ended.code == 2
    assert "spent" in ended.err


def test_more_agents_than_the_limit_are_not_started(tmp_path: Path) -> None:
    """A script that asks for a thousand answers gets as many agents as the spec allows, and no more."""
    script = (
        "import asyncio\nfrom gatecrew import shards, work\n\n"
        "await asyncio.gather(*[work(s, f'goal {n}') for s in shards() for n in range(50)])\n"
    )
    tidy, ended = attacked(tmp_path, script, limits={"agents": 3})
    assert ended.code == 4, ended.said
    assert len([record for record in tidy.records if record["t"] == "agent"]) == 3
    assert "--limit agents=" in ended.err


def test_a_scripts_words_command_neither_terminal_nor_runner(tmp_path: Path) -> None:
    script = (
        "from gatecrew import log, phase\n\n"
        "log('::error::forged')\nlog('x\\n::set-output name=a::b')\nlog('\\x1b]0;title\\x07\\x1b[2J')\n"
        "phase('##[command]forged')\nprint('::stop-commands::x')\n"
    )
    tidy = project(tmp_path, spec_of(script="flow.py"), {"flow.py": script})
    ended = tidy.inside("run", "tidy", GITHUB_ACTIONS="true")
    lines = ended.said.splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert all(line.startswith(("::warning::", "::error::")) for line in commands), commands
    assert "::error::forged" not in lines
    assert not any("##[" in line or "\x1b" in line for line in lines)
    assert "forged" in ended.said
