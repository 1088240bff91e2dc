"""A batch goes through the gate: who breaks tests is found and evicted, the rest stands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.gate.gate import Gated, gate
from bot.gate.heads import Arrange, heads, joined, settle
from bot.gate.runs import Runs
from bot.suite.run import Suite
from bot.types.gate import GatedTree, SuiteRun
from bot.types.ids import LayerId, UnitId
from bot.types.stack import LandingUnit, Layer, Stack
from tests.scenarios.gate_story import PYTEST, Story, evicted, names

GREETS = "from app import words\n\ndef greet(name):\n    return words.HI + name\n"
HARMLESS = {"app/spare.py": "SPARE = 2\n"}
BREAKS_TEXT = {"app/text.py": "def greet(name):\n    return name\n"}
DROPS_UNUSED = {"app/price.py": "def net(gross):\n    return gross - 1\n"}
IMPORTS = "from app import spare\nfrom app.price import net\n\ndef test_net():\n    net(1)\n"
DROPS_NET = {"app/price.py": "def unused():\n    return 0\n"}

PAIR = {
    "app/helper.py": "def help_out():\n    return 1\n",
    "app/text.py": "from app import helper\n\ndef greet(name):\n    return 'hi ' + name\n",
}
WITHOUT = {"app/text.py": "def greet(name):\n    return 'hi ' + name\n"}
WORDS = (
    "from app import spare, words\n\ndef test_words():\n    assert (words.HI, spare.SPARE) == ('hi ', 1)\n"
)


class Watched:
    """The suite, and how many runs of it there were at once."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self.running = 0
        self.most = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._suite, name)

    async def run(self, *args: Any, **kwargs: Any) -> SuiteRun:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._suite.run(*args, **kwargs)
        finally:
            self.running -= 1


def busy(story: Story, jobs: int) -> Watched:
    """Let the story's gate run the suite so many times at once."""
    watched = Watched(story.suite)
    story.runs = Runs(story.git, watched, events=story.events, jobs=jobs)
    return watched


def test_green_batch_is_kept_whole(tmp_path: Path) -> None:
    story = Story(tmp_path)
    a, b = story.change("a", HARMLESS), story.change("b", DROPS_UNUSED)
    gated = asyncio.run(story.gated(a, b))
    assert names(gated.kept) == ["a", "b"]
    assert [tree.verdict.green for tree in gated.trees] == [True]
    assert gated.trees[0].verdict.rate == 1
    # Two at the base, the proof that the suite sees the tree, and the batch.
    assert story.runs.count == 4


@pytest.mark.parametrize("run", [None, PYTEST], ids=["quick", "pytest"])
def test_culprit_is_evicted_with_its_tests_and_what_was_built_on_it(tmp_path: Path, run: str | None) -> None:
    story = Story(tmp_path) if run is None else Story(tmp_path, run=run, runs=1)
    landing = [
        story.change("a", HARMLESS),
        story.change("b", BREAKS_TEXT),
        story.change("c", DROPS_UNUSED),
        story.change("d", {"app/more.py": "MORE = 1\n"}, "b"),
    ]
    gated = asyncio.run(story.gated(*landing))
    assert names(gated.kept) == ["a", "c"]
    (eviction,) = gated.evicted
    assert (eviction.unit, eviction.confirmed) == ("b", True)
    assert list(map(str, eviction.tests)) == ["tests.test_text::test_greet"]
    assert "tests.test_text::test_greet" in eviction.reason
    assert gated.not_run == {"d": "built on b"}
    assert [tree.verdict.green for tree in gated.trees] == [False, True]


def test_several_probes_at_once_find_the_same_culprits_and_say_the_same(tmp_path: Path) -> None:
    """Two break one test, one another; one is built on that, and a helper is removed in two steps."""
    files = {**PAIR, "app/words.py": "HI = 'hi '\n", "tests/test_words.py": WORDS}

    story = Story(tmp_path, files)
    landing = [
        story.change("a", {"app/helper.py": None}),
        story.change("b", {"app/words.py": "HI = 'ho '\n"}),
        story.change("c", {"app/alone.py": None}),
        story.change("d", {"app/price.py": "def net(gross):\n    return gross\n"}),
        story.change("e", {"app/more.py": "MORE = 1\n"}, "d"),
        story.change("f", WITHOUT),
        story.change("g", {"app/spare.py": "SPARE = 3\n"}),
        story.change("h", {"app/most.py": "MOST = 3\n"}),
    ]

    async def told(jobs: int) -> Gated:
        watched = busy(story, jobs)
        found = await gate(landing, judge=await story.judge(), compose=story.compose, jobs=jobs)
        assert watched.most == jobs
        timeless = (replace(tree.verdict, seconds=0.0) for tree in found.trees)
        return replace(found, trees=tuple(GatedTree(verdict, None) for verdict in timeless))

    one = asyncio.run(told(1))
    assert names(one.kept) == ["a", "c", "f", "h"]
    assert sorted(evicted(one)) == ["b", "d", "g"]
    assert one.not_run == {"e": "built on d"}
    assert asyncio.run(told(2)) == one
    assert asyncio.run(told(4)) == one


def test_removed_name_that_a_test_file_imports_is_found(tmp_path: Path) -> None:
    """The test file does not load any more: its tests are missing, and the file itself is an error."""
    story = Story(tmp_path, {"tests/test_price.py": IMPORTS}, run=PYTEST, runs=1)
    landing = [story.change("a", HARMLESS), story.change("b", DROPS_NET)]
    gated = asyncio.run(story.gated(*landing))
    assert names(gated.kept) == ["a"]
    assert evicted(gated) == ["b"]
    assert set(map(str, gated.evicted[0].tests)) == {"tests.test_price::test_net", "tests.test_price"}


def test_helper_and_its_import_removed_beside_a_culprit(tmp_path: Path) -> None:
    """a removes the helper, b removes its import, c breaks the test."""
    story = Story(
        tmp_path,
        {
            "app/helper.py": "def help_out():\n    return 1\n",
            "app/text.py": f"from app import helper\n{GREETS}",
            "app/words.py": "HI = 'hi '\n",
        },
    )
    landing = [
        story.change("a", {"app/helper.py": None}),
        story.change("b", {"app/text.py": GREETS}),
        story.change("c", {"app/words.py": "HI = 'ho '\n"}),
        story.change("d", HARMLESS),
    ]
    gated = asyncio.run(story.gated(*landing))
    assert evicted(gated) == ["c"]
    assert names(gated.kept) == ["a", "b", "d"]


def test_change_that_hangs_the_suite_is_evicted(tmp_path: Path) -> None:
    story = Story(tmp_path, timeout=3)
    landing = [
        story.change("a", HARMLESS),
        story.change("b", {"app/text.py": "import time\ntime.sleep(60)\n"}),
    ]
    gated = asyncio.run(story.gated(*landing))
    assert (names(gated.kept), evicted(gated)) == (["a"], ["b"])
    assert "did not end within 3 s" in gated.evicted[0].reason


def test_change_that_ends_the_process_is_evicted(tmp_path: Path) -> None:
    story = Story(tmp_path)
    quits = "import os\n\ndef greet(name):\n    os._exit(0)\n"
    gated = asyncio.run(story.gated(story.change("a", {"app/text.py": quits}), story.change("b", HARMLESS)))
    assert (names(gated.kept), evicted(gated)) == (["b"], ["a"])
    assert "wrote no report" in gated.evicted[0].reason


def test_lowered_bar_lets_regressions_pass_and_names_them(tmp_path: Path) -> None:
    story = Story(tmp_path, bar=0.5)
    gated = asyncio.run(story.gated(story.change("b", BREAKS_TEXT)))
    assert names(gated.kept) == ["b"]
    verdict = gated.trees[-1].verdict
    assert (verdict.green, verdict.passed, verdict.of) == (True, 1, 2)
    assert list(map(str, verdict.regressions)) == ["tests.test_text::test_greet"]


def test_suite_that_loads_another_tree_is_blind(tmp_path: Path) -> None:
    """The tests import an installed copy: they stay green whatever happens in the tree."""
    installed = tmp_path / "installed" / "app"
    installed.mkdir(parents=True)
    for name, text in {"__init__": "", "price": "def net(g): return g - 1\n"}.items():
        (installed / f"{name}.py").write_text(text)
    (installed / "text.py").write_text("def greet(name): return 'hi ' + name\n")
    tests = (
        f"import sys\nsys.path.insert(0, {str(installed.parent)!r})\nfrom app import text\n\n"
        "def test_greet():\n    assert text.greet('a') == 'hi a'\n"
    )
    story = Story(tmp_path, {"tests/test_text.py": tests, "tests/test_price.py": None})
    gated = asyncio.run(story.gated(story.change("a", BREAKS_TEXT)))
    assert gated.kept == ()
    assert gated.failed[UnitId("a")].startswith("blind: the suite does not load this tree")
    assert gated.trees == ()


def test_file_that_no_test_loads_is_not_under_test(tmp_path: Path) -> None:
    story = Story(tmp_path)
    gated = asyncio.run(story.gated(story.change("a", {"app/alone.py": "ALONE = 2\n"})))
    assert gated.kept == ()
    assert "not under test" in gated.failed[UnitId("a")]


def test_removed_file_is_judged_where_the_suite_sees_the_tree(tmp_path: Path) -> None:
    story = Story(tmp_path)
    assert names(asyncio.run(story.gated(story.change("a", {"app/alone.py": None}))).kept) == ["a"]


def test_flaky_and_failing_tests_of_the_base_blame_nobody(tmp_path: Path) -> None:
    ticker = tmp_path / "ticker"
    flaky = (
        "from pathlib import Path\n\n"
        f"def test_flaky():\n    p = Path({str(ticker)!r})\n"
        "    n = len(p.read_text()) if p.exists() else 0\n    p.write_text('x' * (n + 1))\n"
        "    assert n % 2 == 0\n"
    )
    story = Story(
        tmp_path,
        {"tests/test_flaky.py": flaky, "tests/test_red.py": "def test_red():\n    assert 0\n"},
        runs=3,
    )
    gated = asyncio.run(story.gated(story.change("a", HARMLESS), story.change("b", BREAKS_TEXT)))
    assert (names(gated.kept), evicted(gated)) == (["a"], ["b"])
    assert list(map(str, gated.evicted[0].tests)) == ["tests.test_text::test_greet"]


def test_flaky_test_that_a_change_breaks_for_good_is_a_regression(tmp_path: Path) -> None:
    ticker = tmp_path / "ticker"
    flaky = (
        "from pathlib import Path\nfrom app import spare\n\n"
        f"def test_flaky():\n    p = Path({str(ticker)!r})\n"
        "    n = len(p.read_text()) if p.exists() else 0\n    p.write_text('x' * (n + 1))\n"
        "    assert n != 1 and spare.SPARE == 1\n"
    )
    story = Story(tmp_path, {"tests/test_flaky.py": flaky})
    gated = asyncio.run(story.gated(story.change("a", HARMLESS), story.change("b", DROPS_UNUSED)))
    assert (names(gated.kept), evicted(gated)) == (["b"], ["a"])


def test_unit_of_protected_files_alone_is_not_under_test(tmp_path: Path) -> None:
    story = Story(tmp_path)
    own = story.change("t", {"tests/test_new.py": "def test_new():\n    assert 1\n"})
    gated = asyncio.run(story.gated(own, story.change("a", HARMLESS)))
    assert names(gated.kept) == ["a"]
    assert "not under test" in gated.failed[UnitId("t")]


def test_proposed_tests_are_run_as_they_are(tmp_path: Path) -> None:
    story = Story(tmp_path, tests="propose")
    bad = story.change("t", {"tests/test_new.py": "def test_new():\n    assert 0\n"})
    good = story.change("u", {"tests/test_good.py": "def test_good():\n    assert 1\n"})
    gated = asyncio.run(story.gated(story.change("a", HARMLESS), bad, good))
    assert names(gated.kept) == ["a", "u"]
    assert evicted(gated) == ["t"]


def test_mixed_file_asks_for_a_human_and_cannot_steer_the_judge(tmp_path: Path) -> None:
    """The change would have pytest look away; the judge run has the base's settings."""
    story = Story(tmp_path, run=PYTEST, runs=1)
    steers = "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '--deselect tests/test_text.py'\n"
    landing = story.change("a", {"pyproject.toml": steers, **BREAKS_TEXT})
    gated = asyncio.run(story.gated(landing))
    assert evicted(gated) == ["a"]
    assert "pyproject.toml" in gated.for_human[UnitId("a")]


def arranged(*sizes: int) -> Arrange:
    """Layers of one landing unit each, in stacks of these sizes."""

    def arrange(landing: Sequence[LandingUnit]) -> list[Stack]:
        left, stacks = list(landing), []
        for size in (*sizes, len(left)):
            some, left = left[:size], left[size:]
            layers: list[Layer] = []
            for unit in some:
                below = layers[-1].id if layers else None
                layers.append(Layer(LayerId("+".join(unit.units)), "title", (unit,), below))
            if layers:
                stacks.append(Stack(tuple(layers)))
        return stacks

    return arrange


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("sizes", [(4,), (1, 1, 1, 1)], ids=["one stack", "four stacks"])
def test_red_head_in_a_green_batch_is_joined_with_what_repairs_it(
    tmp_path: Path, sizes: tuple[int, ...], jobs: int
) -> None:
    story = Story(tmp_path, PAIR)
    busy(story, jobs)
    landing = [
        story.change("a", {"app/helper.py": None}),
        story.change("b", HARMLESS),
        story.change("c", WITHOUT),
        story.change("d", DROPS_UNUSED),
    ]

    async def settled() -> list[list[str]]:
        judge = await story.judge()
        done = await settle(landing, judge=judge, compose=story.compose, arrange=arranged(*sizes), jobs=jobs)
        assert not done.gated.evicted
        assert all(tree.verdict.green for tree in done.gated.trees)
        return [[layer.id for layer in stack.layers] for stack in done.stacks]

    stacks = asyncio.run(settled())
    assert sorted(name for stack in stacks for name in stack) == ["a+c", "b", "d"]


def test_heads_of_independent_stacks_are_judged_at_once(tmp_path: Path) -> None:
    story = Story(tmp_path)
    watched = busy(story, 2)
    landing = [story.change(name, {f"app/{name}.py": "A = 1\n", **HARMLESS}) for name in "abc"]

    async def judged() -> list[str | None]:
        judge = await story.judge()
        watched.most = 0
        found = await heads(arranged(1, 1, 1)(landing), judge=judge, compose=story.compose, jobs=2)
        return [tree.layer for tree in found.trees if tree.verdict.green]

    assert asyncio.run(judged()) == ["a", "b", "c"]
    assert watched.most == 2


def test_layer_on_a_red_one_of_another_stack_is_not_judged(tmp_path: Path) -> None:
    story = Story(tmp_path, PAIR)
    busy(story, 3)
    landing = [
        story.change("a", {"app/helper.py": None}),
        story.change("b", HARMLESS),
        story.change("c", WITHOUT),
    ]
    a, b, c = (Layer(LayerId(name), "title", (unit,)) for name, unit in zip("abc", landing, strict=True))
    on_a = Layer(b.id, "title", b.landing, a.id)

    async def judged() -> tuple[list[str | None], list[list[str]]]:
        judge = await story.judge()
        stacks = [Stack((on_a,)), Stack((c,)), Stack((a,))]
        found = await heads(stacks, judge=judge, compose=story.compose, jobs=3)
        return [tree.layer for tree in found.trees], [names(join) for join in found.joins]

    assert asyncio.run(judged()) == (["c", "a"], [["a", "c"]])


def test_heads_are_judged_once_a_tree(tmp_path: Path) -> None:
    """The top head of a single stack is the batch: it does not run again."""
    story = Story(tmp_path)
    landing = [story.change("a", HARMLESS), story.change("b", DROPS_UNUSED)]

    async def counted() -> tuple[int, int]:
        judge = await story.judge()
        stacks = arranged(2)(landing)
        await gate(landing, judge=judge, compose=story.compose)
        before = story.runs.count
        found = await heads(stacks, judge=judge, compose=story.compose)
        assert [tree.layer for tree in found.trees] == ["a", "b"]
        return before, story.runs.count

    before, after = asyncio.run(counted())
    assert after == before + 1


def test_joined_units_stand_where_the_last_of_them_stood(tmp_path: Path) -> None:
    story = Story(tmp_path)
    a, b = story.change("a", HARMLESS), story.change("b", DROPS_UNUSED)
    c = story.change("c", {"app/more.py": ""}, "a", "b")
    whole = joined([a, b, c], [(a, c)])
    assert [unit.units for unit in whole] == [("b",), ("a", "c")]
    assert whole[1].needs == {"b"}
