"""Green tests over lines that no test runs: told always, and red where the spec asks for more."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bot.errors import InputError
from bot.gate.candidate import candidate, put
from bot.gate.gate import Gated
from bot.gate.heads import settle
from bot.gate.runs import forget
from bot.gate.session import Session
from bot.gate.words import first_line
from bot.ports.events import Silence
from bot.sandboxes.plain import Plain
from bot.types.gate import Strength, TestId, TreeVerdict
from bot.types.ids import LayerId
from bot.types.stack import LandingUnit, Layer, Stack
from tests.scenarios.gate_story import QUICK, Story, evicted, names

COVER = f"{sys.executable} -m coverage"
SUITE = QUICK.replace(f"{sys.executable} -S -E ", "")
# What was run is written down whether tests fail or not, and the tests' exit code stays.
ENDS = "; code=$?; {cover} {kind} -q -o {{coverage}}; exit $code"


def measuring(kind: str) -> str:
    return f"{COVER} run --source=. {SUITE}" + ENDS.format(cover=COVER, kind=kind)


# Ours has one too, which would be found first by a Python that knows where it is installed.
PACKAGE = {"tests/__init__.py": ""}


def story(folder: Path, kind: str = "lcov", **settings: Any) -> Story:
    return Story(folder, PACKAGE, runs=1, run=measuring(kind), **settings)


NET = "def net(gross):\n    return gross - 1\n\n\ndef unused():\n    return 0\n"
LONGER = NET.replace("return gross - 1", "less = 1\n    return gross - less")
UNTESTED = NET.replace("return 0", "nothing = 0\n    return nothing")
GREETS = "def greet(name):\n    word = 'hi '\n    return word + name\n"
DEAD_TEXT = GREETS + "\n\ndef bye(name):\n    word = 'bye '\n    return word + name\n"


def verdict_of(gated: Gated) -> TreeVerdict:
    return gated.trees[-1].verdict


@pytest.mark.parametrize("kind", ["xml", "lcov"])
def test_verdict_says_how_many_changed_lines_the_suite_ran(tmp_path: Path, kind: str) -> None:
    it = story(tmp_path, kind)
    gated = asyncio.run(
        it.gated(
            it.change("price", {"app/price.py": LONGER.replace("return 0", "return 1")}),
            it.change("text", {"app/text.py": GREETS, "tests/test_more.py": "def test_x():\n    pass\n"}),
        )
    )
    verdict = verdict_of(gated)
    assert names(gated.kept) == ["price", "text"]
    # Two of price's three and text's two; the test file is the judge's and counts for nothing.
    assert verdict.strength == Strength(4, 5)
    assert verdict.green
    assert verdict.weak is None


@pytest.mark.parametrize("kind", ["xml", "lcov"])
def test_units_whose_lines_no_test_runs_are_rejected_each_by_itself(tmp_path: Path, kind: str) -> None:
    it = story(tmp_path, kind, min_coverage=0.8)
    gated = asyncio.run(
        it.gated(
            it.change("price", {"app/price.py": UNTESTED}),
            it.change("text", {"app/text.py": GREETS}),
            it.change("above", {"app/alone.py": "ALONE = 2\n"}, "price"),
        )
    )
    assert names(gated.kept) == ["text"]
    assert [(one.unit, one.reason, one.tests) for one in gated.evicted] == [
        ("price", "the suite ran 0 of the 2 changed lines, the spec asks for 80 %", ()),
        ("above", "the suite ran 0 of the 1 changed line, the spec asks for 80 %", ()),
    ]
    assert not gated.trees[0].verdict.green
    assert verdict_of(gated).green
    assert verdict_of(gated).strength == Strength(2, 2)


def test_unit_does_not_hide_behind_the_others_lines(tmp_path: Path) -> None:
    it = story(tmp_path, min_coverage=0.5)
    dependent = it.change("above", {"app/spare.py": "SPARE = 2\n"}, "price")
    gated = asyncio.run(
        it.gated(
            it.change("text", {"app/text.py": GREETS.replace("word", "said")}),
            it.change("price", {"app/price.py": UNTESTED}),
            dependent,
        )
    )
    # Three of the five changed lines run, but not one of price's.
    assert gated.trees[0].verdict.strength == Strength(3, 5)
    assert gated.trees[0].verdict.green
    assert evicted(gated) == ["price"]
    assert gated.not_run == {"above": "built on price"}
    assert names(gated.kept) == ["text"]


def test_culprits_fall_for_their_tests_and_the_weak_for_their_strength(tmp_path: Path) -> None:
    it = story(tmp_path, min_coverage=0.8)
    gated = asyncio.run(
        it.gated(
            it.change("price", {"app/price.py": UNTESTED}),
            it.change("text", {"app/text.py": GREETS.replace("hi ", "ho ")}),
        )
    )
    assert {one.unit: one.tests for one in gated.evicted} == {
        "text": (TestId("tests.test_text", "test_greet"),),
        "price": (),
    }
    assert gated.kept == ()


def test_change_that_only_removes_is_enough(tmp_path: Path) -> None:
    it = story(tmp_path, min_coverage=1)
    gated = asyncio.run(
        it.gated(it.change("price", {"app/price.py": "def net(gross):\n    return gross - 1\n"}))
    )
    assert names(gated.kept) == ["price"]
    assert verdict_of(gated).strength == Strength(0, 0)


def test_source_file_that_the_coverage_does_not_know_is_never_enough(tmp_path: Path) -> None:
    it = story(tmp_path, min_coverage=0.1)
    files = {"app/text.py": GREETS, "app/tool.js": "tool()\n"}
    gated = asyncio.run(it.gated(it.change("text", files)))
    assert [one.reason for one in gated.evicted] == [
        "the suite's coverage says nothing of app/tool.js, the spec asks for 10 %"
    ]


def test_candidate_below_the_minimum_is_red_and_its_first_line_says_why(tmp_path: Path) -> None:
    it = story(tmp_path, min_coverage=0.8)

    async def asked() -> TreeVerdict:
        head = it.commit({"app/text.py": DEAD_TEXT})
        try:
            return verdict_of(await put(await it.judge(), candidate(it.git, it.base, head)))
        finally:
            await it.places.aclose()

    verdict = asyncio.run(asked())
    assert not verdict.green
    assert verdict.blamed == ()
    assert verdict.strength == Strength(3, 5)
    assert first_line(verdict, Fraction(1)).endswith(
        "0 dark; the suite ran 3 of the 5 changed lines, the spec asks for 80 %"
    )


def test_head_whose_lines_run_only_with_another_layer_is_rejected(tmp_path: Path) -> None:
    it = story(tmp_path, min_coverage=0.5)
    calls = "from app import price\n\n\ndef greet(name):\n    price.unused()\n    return 'hi ' + name\n"
    landing = [it.change("price", {"app/price.py": UNTESTED}), it.change("text", {"app/text.py": calls})]

    def apart(units: Sequence[LandingUnit]) -> list[Stack]:
        return [Stack((Layer(LayerId(unit.units[0]), "title", (unit,)),)) for unit in units]

    async def settled() -> Gated:
        try:
            found = await settle(landing, judge=await it.judge(), compose=it.compose, arrange=apart)
        finally:
            await it.places.aclose()
        return found.gated

    gated = asyncio.run(settled())
    assert gated.trees[0].verdict.strength == Strength(4, 4)
    assert [(one.unit, one.reason) for one in gated.evicted] == [
        (
            "price",
            "red on its own tree, without the other layers, and none of them repairs it: "
            "the suite ran 0 of the 2 changed lines, the spec asks for 50 %",
        )
    ]
    assert names(gated.kept) == ["text"]


def without_coverage(it: Story) -> LandingUnit:
    """The tests stay green; only the coverage is gone."""
    return it.change("text", {"app/text.py": GREETS + "import os\nos.environ.pop('X', None)\nPOISON = 1\n"})


def poisoned(poison: str) -> str:
    start = measuring("lcov").removesuffix("exit $code")
    return f"{start}grep -q POISON app/text.py && {poison} {{coverage}}; exit $code"


def test_missing_coverage_is_not_red_by_itself(tmp_path: Path) -> None:
    it = Story(tmp_path, PACKAGE, runs=1, run=poisoned("rm"))
    gated = asyncio.run(it.gated(without_coverage(it)))
    assert names(gated.kept) == ["text"]
    assert verdict_of(gated).strength is None


@pytest.mark.parametrize(
    ("poison", "why"),
    [
        ("rm", "the suite wrote no coverage"),
        ("echo x >", "the suite's coverage cannot be read: it is neither Cobertura XML nor LCOV"),
    ],
)
def test_who_takes_the_coverage_away_is_found_where_it_is_asked_for(
    tmp_path: Path, poison: str, why: str
) -> None:
    it = Story(tmp_path, PACKAGE, runs=1, run=poisoned(poison), min_coverage=0.5)
    gated = asyncio.run(it.gated(it.change("price", {"app/price.py": LONGER}), without_coverage(it)))
    assert names(gated.kept) == ["price"]
    assert [(one.unit, one.reason) for one in gated.evicted] == [("text", f"{why}, the spec asks for 50 %")]


def test_base_without_the_coverage_that_is_asked_for_ends_before_the_work(tmp_path: Path) -> None:
    it = Story(tmp_path, runs=1, run=f"{QUICK}; : {{coverage}}", min_coverage=0.5)

    async def prepared() -> None:
        session = Session(
            git=it.git,
            base=it.base,
            spec=it.spec,
            protection=it.protection,
            sandbox=Plain(),
            workplace=it.places,
            cache=tmp_path / "cache",
            machine={"PATH": "/usr/bin:/bin"},
            memo=forget,
            events=Silence(),
            today=date(2026, 1, 1),
        )
        try:
            await session.prepare()
        finally:
            await session.aclose()
            await it.places.aclose()

    with pytest.raises(InputError, match="the suite wrote no coverage, the spec asks for 50 %") as caught:
        asyncio.run(prepared())
    assert "gate.coverage" in (caught.value.hint or "")
