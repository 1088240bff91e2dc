"""What the runner says beforehand that it will run, and reports that lack some of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.suite.collect import listed, listed_by_pytest, untold
from bot.types.gate import SuiteRun, TestId
from tests.scenarios.gate_story import PYTEST, QUICK, Story

TWO = frozenset({TestId("tests.test_price", "test_net"), TestId("tests.test_text", "test_greet")})
PARAMETERS = """
import os, pytest

@pytest.mark.parametrize("n", [f"{os.getpid()}"])
def test_n(n):
    pass
"""


def collected(folder: Path, files: Mapping[str, str] | None = None, **settings: Any) -> SuiteRun:
    story = Story(folder, files, **settings)
    return asyncio.run(story.suite.run(story.base, collect=True))


@pytest.mark.parametrize("options", ["", "-vv", "-v --tb=short", "-p xdist.plugin -n 2"])
def test_pytest_lists_what_it_runs(tmp_path: Path, options: str) -> None:
    found = collected(tmp_path, run=f"{PYTEST} {options}")
    assert (found.doubt, found.collected) == (None, TWO)


def test_nobody_is_asked_without_need(tmp_path: Path) -> None:
    story = Story(tmp_path, run=PYTEST)
    assert asyncio.run(story.suite.run(story.base)).collected is None
    one = asyncio.run(story.suite.run(story.base, [min(TWO)], collect=True))
    assert (len(one.outcomes), one.collected) == (1, None)


DROPS = """
def pytest_runtestloop(session):
    if not session.config.option.collectonly:
        session.items[:] = session.items[:1]
"""


def test_test_that_was_listed_and_is_not_reported_is_a_doubt_with_its_name(tmp_path: Path) -> None:
    found = collected(tmp_path, {"conftest.py": DROPS}, run=PYTEST)
    assert found.doubt == (
        "the suite's report lacks a test that its runner listed beforehand: tests.test_text::test_greet"
    )


def test_parameters_that_change_from_run_to_run_are_no_doubt(tmp_path: Path) -> None:
    text = (
        "import os, pytest\n\n@pytest.mark.parametrize('n', [f'{os.getpid()}'])\ndef test_n(n):\n    pass\n"
    )
    found = collected(tmp_path, {"tests/test_n.py": text}, run=PYTEST)
    assert found.doubt is None
    assert len(found.collected or ()) == 3
    assert set(found.collected or ()) != set(found.outcomes)


def test_list_that_does_not_add_up_is_not_believed(tmp_path: Path) -> None:
    text = "print('tests/test_a.py::test_made_up')\n"
    found = collected(tmp_path, {"conftest.py": text}, run=f"{PYTEST} -s")
    assert (found.doubt, found.collected) == (None, None)


def test_command_of_the_spec_lists_by_id_or_by_name(tmp_path: Path) -> None:
    both = collected(tmp_path, run=QUICK, collect="echo test_net; echo tests.test_text::test_greet")
    assert (both.doubt, both.collected) == (None, TWO)
    more = collected(tmp_path / "2", run=QUICK, collect="echo test_net; echo test_other")
    assert "lacks a test that its runner listed beforehand: test_other" in (more.doubt or "")


def test_command_of_the_spec_that_fails_is_a_doubt(tmp_path: Path) -> None:
    found = collected(tmp_path, run=QUICK, collect="echo test_net; exit 3")
    assert found.doubt == "gate.collect failed with exit 3"


@pytest.mark.parametrize(
    ("output", "tests"),
    [
        ("a.py::b\n\n1 test collected in 0.01s\n", {TestId("a", "b")}),
        (
            "a.py::b\na.py::c[x::y]\n\n2/9 tests collected (7 deselected)",
            {TestId("a", "b"), TestId("a", "c[x::y]")},
        ),
        ("a.py::b\n\n=== ERRORS ===\n  x::y\n1 test collected, 1 error in 1s", {TestId("a", "b")}),
        ("a.py::b\na.py::c\n\n1 test collected", None),
        ("a.py: 2\n\n2 tests collected", None),
        ("<Module a.py>\n  <Function b>\n1 test collected", None),
        ("no tests collected", None),
        ("", None),
    ],
)
def test_lists_of_pytest(output: str, tests: set[TestId] | None) -> None:
    assert listed_by_pytest(output) == tests


def test_name_means_every_test_that_has_it() -> None:
    reported = [TestId("a", "t"), TestId("b", "t"), TestId("bin", "tests::u"), TestId("", "x::y")]
    assert listed("t\n\n x::y \n", reported) == {TestId("a", "t"), TestId("b", "t"), TestId("", "x::y")}
    assert listed("bin::tests::u\n", reported) == {TestId("bin", "tests::u")}


def test_doubt_names_a_few() -> None:
    many = [TestId("m", f"t{n}") for n in range(9)]
    assert untold(many, many[:1]) is not None
    assert str(untold(many, many[:1])).startswith("the suite's report lacks 8 tests that")
    assert str(untold(many, many[:1])).endswith("m::t5, ...")
    assert untold(many[:1], many) is None
