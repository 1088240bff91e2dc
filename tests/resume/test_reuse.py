"""What did not change costs nothing: a later run asks whether all that a call looked at is still so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engines.scripted import Answer, ScriptedEngine
from bot.ports.engine import Bench
from bot.types.agent import Reply, ReplyKind, Role, Task
from bot.types.events import AgentQueued, Reused
from tests.stories import Place, Played, accepts, edits, scripted, short

FLOW = """from gatecrew import Shard, goal, review, shards, work

async def unit(shard: Shard) -> None:
    await review(await work(shard, OWN.get(shard.id.rpartition("-")[0], goal)))

await each(shards(), unit)
"""


def flow(**own: str) -> str:
    """A script that gives some units a goal of their own, by their short names with `_` for `-`."""
    return (
        f"OWN: dict[str, str] = { ({name.replace('_', '-'): goal for name, goal in own.items()})!r}\n{FLOW}"
    )


def asked(played: Played) -> list[str]:
    """What agents were asked for, in no order."""
    return sorted(
        f"{event.label} {short(event.unit or '')}"
        for event in played.events
        if isinstance(event, AgentQueued)
    )


def by_goal(task: Task, bench: Bench) -> Answer | Reply:
    return accepts(task) if task.role is Role.REVIEWER else edits(task, bench, f"# {task.goal}\n")


REVIEW = {"lenses": ["references", "correctness"]}


# -- nothing changed --------------------------------------------------------------------------------


def test_a_second_run_on_an_unchanged_repository_does_nothing(tmp_path: Path) -> None:
    """No agent, no run of the suite, no new pull request, no push; and it comes to the same."""
    home = Place(tmp_path)
    first = home.run()
    outcome, heads, suites = home.outcome(first.there), home.heads(), home.traced
    book = (home.state.forge / "pulls.json").read_bytes()

    second = home.run()

    assert (second.code, second.agents, second.suite_runs, home.traced) == (0, 0, [], suites)
    assert home.outcome(second.there) == outcome
    assert home.heads() == heads
    assert (home.state.forge / "pulls.json").read_bytes() == book
    assert second.there.run != first.there.run
    assert second.there.usage.agents == 0
    assert second.there.reused > 0
    assert {event.verb for event in second.events if isinstance(event, Reused)} >= {"work", "vote"}


def test_a_second_state_knows_nothing_of_the_first(tmp_path: Path) -> None:
    """What is reused comes from the journals in the state, and from nowhere else."""
    home = Place(tmp_path)
    home.run()
    home.out = tmp_path / "other"
    assert home.run().agents == 5


# -- the script changed -----------------------------------------------------------------------------


def test_an_edited_script_runs_only_the_calls_that_it_changed(tmp_path: Path) -> None:
    home = Place(tmp_path, flow=flow(), review=REVIEW)
    assert home.run(scripted(by_goal)).agents == 10
    home.commit({"flow.py": flow(app_text_py="Be polite.")})

    played = home.run(scripted(by_goal))

    assert played.code == 0
    assert asked(played) == ["reviews (correctness) app-text-py", "works app-text-py"]
    assert set(played.fates.values()) == {"proposed"}


def test_a_script_that_says_the_same_in_other_words_runs_nothing(tmp_path: Path) -> None:
    home = Place(tmp_path, flow=flow(), review=REVIEW)
    home.run(scripted(by_goal))
    other = (
        flow()
        .replace("async def unit", "# a comment\nasync def each_of_them")
        .replace(", unit)", ", each_of_them)")
    )
    home.commit({"flow.py": other})
    assert home.run(scripted(by_goal)).agents == 0


def test_a_resumed_run_keeps_its_own_script_and_base(tmp_path: Path) -> None:
    home = Place(tmp_path, flow=flow(), review=REVIEW, limits={"agents": 4})
    first = home.run(scripted(by_goal))
    assert first.code == 4
    home.commit({"flow.py": "raise RuntimeError('another script')\n", "app/price.py": None})

    resumed = home.run(scripted(by_goal), resume="last", limits=("agents=50",))

    assert (resumed.code, resumed.there.run, resumed.there.base) == (0, first.there.run, first.there.base)
    assert set(resumed.fates.values()) == {"proposed"}


# -- a file changed ---------------------------------------------------------------------------------


def looks(task: Task, bench: Bench) -> Answer | Reply:
    """The worker of each unit looks at something of its own besides its file."""
    if task.role is Role.REVIEWER:
        return accepts(task)
    assert task.shard is not None
    name = short(task.shard.id)
    if name == "app-price-py":
        bench.read("docs/prices.md")
    elif name == "app-text-py":
        bench.files("docs/*.md")
    elif name == "app-tax-py":
        bench.search("TODO", "docs/*")
    return edits(task, bench)


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ({"docs/prices.md": "Prices are net, always.\n"}, {"app-price-py"}),
        ({"docs/new.md": "Hello.\n"}, {"app-text-py"}),
        ({"docs/notes.txt": "TODO: the tax of 2027\n"}, {"app-tax-py"}),
        ({"docs/prices.md": "TODO: net?\n"}, {"app-price-py", "app-tax-py"}),
        ({"app/cart.py": "total = sum\n"}, {"app-cart-py"}),
        ({"docs/notes.txt": "Nothing of importance.\n"}, set()),
    ],
)
def test_after_a_change_only_who_looked_at_it_works_again(
    tmp_path: Path, changed: dict[str, str], again: set[str]
) -> None:
    project: dict[str, str | bytes] = {
        "app/price.py": "PRICE = 1\n",
        "app/text.py": "TEXT = 2\n",
        "app/tax.py": "TAX = 3\n",
        "app/cart.py": "total = max\n",
        "docs/prices.md": "Prices are net.\n",
        "docs/notes.txt": "Notes.\n",
        "tests/test_all.py": "from app import cart, price, tax, text\n\ndef test_it():\n    assert tax.TAX\n",
    }
    home = Place(tmp_path, project)
    assert home.run(scripted(looks)).agents == 4
    home.commit(changed)

    played = home.run(scripted(looks))

    assert played.code == 0
    assert set(asked(played)) == {f"works {unit}" for unit in again}


def test_a_new_reference_elsewhere_makes_an_old_dead_verdict_void(tmp_path: Path) -> None:
    """`unused` was dead; now another unit's file calls it. The other units' answers stand."""
    home = Place(tmp_path)
    first = home.run()
    assert first.fates["app-price-py"] == "proposed"
    text = (home.repo / "app/text.py").read_text()
    home.commit({"app/text.py": f"from app.price import unused\n\n\n{text}\n\nDEFAULT = unused()\n"})

    played = home.run()

    assert asked(played) == ["works app-price-py", "works app-text-py"]
    assert played.fates["app-price-py"] == "unchanged"
    assert played.fates["app-cart-py"] == "proposed"


def test_a_new_mention_in_a_configuration_makes_an_old_accept_void(tmp_path: Path) -> None:
    """No Python names `shout`, so the worker's answer stands; the references lens looks anew and refutes."""
    home = Place(tmp_path)
    assert home.run().fates["app-text-py"] == "proposed"
    home.commit({"settings.ini": "[hooks]\nwelcome = app.text:shout\n"})

    played = home.run()

    assert asked(played) == ["revises app-text-py"]
    assert played.fates["app-text-py"] == "unchanged"
    assert [finding.subject for finding in played.there.findings] == ["app/text.py::shout"]
    assert "shout" in played.there.findings[0].evidence[0].text


def test_an_answer_of_text_alone_is_reused_too(tmp_path: Path) -> None:
    """`unchanged` is an answer that was paid for, like any other."""
    home = Place(tmp_path)
    idle = scripted(lambda task, _bench: Reply(ReplyKind.UNCHANGED, "fine as it is"))
    assert home.run(idle).agents == 5
    second = home.run(ScriptedEngine([]))
    assert (second.code, second.agents, set(second.fates.values())) == (0, 0, {"unchanged"})
