"""The driver: verbs side by side, results one at a time and on a replay in the order of before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import SpecError
from bot.plan.drive import Driver, Order, ScriptFailed, VerbError

HEAD = "import asyncio\nfrom gatecrew import agent, log, phase\n"


class Bed:
    """A driver with one slow verb, `agent`, whose answers take as long as the test says."""

    def __init__(self, waits: dict[str, float] | None = None, before: list[str] | None = None) -> None:
        self.waits = waits or {}
        self.order: list[str] = []
        self.handed = Order(list(before or []), self.order.append)
        self.said: list[str] = []
        self.started: list[str] = []
        self.cancelled: list[str] = []

    async def agent(self, prompt: str, **more: Any) -> str:
        self.started.append(prompt)
        try:
            await asyncio.sleep(self.waits.get(prompt, 0))
        except asyncio.CancelledError:
            self.cancelled.append(prompt)
            raise
        if prompt.startswith("bad"):
            raise VerbError(f"u1: {prompt}")
        if prompt.startswith("bug"):
            raise ZeroDivisionError(prompt)
        return prompt.upper()

    async def run(self, script: str) -> None:
        slow: dict[str, Callable[..., Any]] = {"agent": self.agent}
        sync = {"log": self.said.append, "phase": self.said.append}
        driver = Driver(
            sync, slow, {}, lambda verb, args, _kwargs: f"{verb} {args[0]}", self.handed, self.said.append
        )
        await driver.run(HEAD + script, "flow.py")


RACE = """
async def one(name: str) -> None:
    log(await agent(name))

await asyncio.gather(*[one(name) for name in ["a", "b", "c"]])
"""


async def test_results_come_as_they_are_ready_and_their_order_is_recorded() -> None:
    bed = Bed({"a": 0.2, "b": 0.1, "c": 0.0})
    await bed.run(RACE)
    assert bed.started == ["a", "b", "c"]
    assert bed.said == ["C", "B", "A"]
    assert bed.order == ["agent c#0", "agent b#0", "agent a#0"]


async def test_on_a_replay_they_come_in_the_order_of_before() -> None:
    bed = Bed({"b": 0.1}, before=["agent b#0", "agent c#0"])
    await bed.run(RACE)
    assert bed.said == ["B", "C", "A"]
    assert bed.order == ["agent a#0"], "only what is new is recorded"


async def test_what_was_handed_over_before_and_is_not_asked_any_more_holds_up_nothing() -> None:
    bed = Bed(before=["agent gone#0", "agent c#0"])
    await bed.run(RACE)
    assert bed.said[0] == "C"


async def test_equal_calls_that_wait_together_are_told_apart() -> None:
    bed = Bed()
    await bed.run('log(" ".join(await asyncio.gather(agent("a"), agent("a"))))')
    assert (bed.said, bed.order) == (["A A"], ["agent a#0", "agent a#1"])


async def test_a_verb_that_cannot_is_a_runtime_error_in_the_script() -> None:
    bed = Bed()
    await bed.run(
        'try:\n    await agent("bad luck")\nexcept RuntimeError as err:\n    log(f"caught {err}")\n'
    )
    assert bed.said == ["caught u1: bad luck"]
    assert bed.order == [], "it is asked again on a replay"


async def test_each_logs_what_fails_and_goes_on() -> None:
    bed = Bed()
    await bed.run(
        "async def one(name: str) -> str:\n    return await agent(name)\n"
        'log(" ".join(await each(["a", "bad", "c"], one)))'
    )
    assert bed.said == ["u1: bad", "A C"]


async def test_a_script_that_raises_fails_with_its_own_traceback() -> None:
    with pytest.raises(ScriptFailed, match=r"line 3[\s\S]*ZeroDivisionError"):
        await Bed().run("log(str(1 // 0))")


async def test_a_verb_with_a_bug_ends_the_run_and_not_only_the_script() -> None:
    with pytest.raises(ZeroDivisionError):
        await Bed().run('try:\n    await agent("bug")\nexcept Exception:\n    log("hidden")\n')


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("await agent(7)", "flow.py"),
        ("from gatecrew import shell", "shell"),
        ("def (", "flow.py"),
        ('agent("a").answer', "answer"),
    ],
)
async def test_a_script_that_does_not_type_check_names_its_place(code: str, why: str) -> None:
    bed = Bed()
    with pytest.raises(SpecError, match=why):
        await bed.run(code)
    assert bed.started == []


async def test_what_a_script_leaves_behind_is_cancelled() -> None:
    bed = Bed({"lost": 60})
    await bed.run('lost = agent("lost")\nlog(await agent("kept"))')
    assert (bed.said, bed.cancelled) == (["KEPT"], ["lost"])


@pytest.mark.parametrize(
    "code",
    [
        'open("/etc/passwd")',
        'import os\nlog(os.environ["HOME"])',
        'import subprocess\nsubprocess.run(["true"])',
        'import socket\nsocket.create_connection(("localhost", 80))',
        "import time\nlog(str(time.time()))",
        "import time\nlog(str(time.monotonic()))",
        "import datetime\nlog(str(datetime.datetime.now()))",
        "from datetime import date\nlog(str(date.today()))",
        "import random\nlog(str(random.random()))",
        "import random\nlog(str(random.Random().random()))",
        "import asyncio\nawait asyncio.sleep(0)\nlog('waited')",
    ],
)
async def test_a_script_has_no_files_no_processes_no_network_no_clock_and_no_chance(code: str) -> None:
    bed = Bed()
    with pytest.raises((SpecError, ScriptFailed)):
        await bed.run(code)
    assert bed.said == []


async def test_a_script_that_computes_for_ever_is_stopped() -> None:
    with pytest.raises(ScriptFailed):
        await Bed().run("while True:\n    pass\n")
