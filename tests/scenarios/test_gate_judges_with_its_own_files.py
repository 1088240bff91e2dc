"""The judge's files: whatever a change does to tests and their settings, the judge run has the base's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.gate.seats import restored
from bot.git import NewCommit
from bot.types.change import LINK, REGULAR, Entry
from bot.types.ids import Blob, Sha
from tests.scenarios.gate_story import PROJECT, PYTEST, Story, evicted, names

BREAKS = {"app/text.py": "def greet(name):\n    return name\n"}
ALWAYS_GREEN = (
    "import pytest\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    out = yield\n    out.get_result().outcome = 'passed'\n"
)
SKIPPED = "import pytest\n\n@pytest.mark.skip\ndef test_greet():\n    pass\n"
WITH_PYTEST = {"run": PYTEST, "runs": 1}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path, {"tests/data/x.txt": "x", "conftest.py": "\n"}, run=PYTEST)


def judged_like(story: Story, commit: Sha) -> dict[str, bytes]:
    """What the judge run has besides the base's files, or otherwise than the base."""
    bench = restored(story.git, story.base, commit, story.protection)
    deltas = story.git.diff(story.base, bench)
    return {d.path: b"" if d.new is None else story.git.blob(d.new) for d in deltas}


@pytest.mark.parametrize(
    "files",
    [
        {"tests/test_text.py": "def test_greet():\n    pass\n"},
        {"tests/test_text.py": None},
        {"tests/test_new.py": "def test_new():\n    pass\n"},
        {"tests/conftest.py": ALWAYS_GREEN},
        {"conftest.py": ALWAYS_GREEN},
        {"app/conftest.py": ALWAYS_GREEN},
        {"pytest.ini": "[pytest]\naddopts = --deselect tests/test_text.py\n"},
        {"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['none']\n"},
        {"sitecustomize.py": "import os\n"},
        {'tests/odd "name"\twith\nall.py': "x"},
        {"conftest.py": None, "conftest.py/deep.py": "x"},
    ],
    ids=lambda files: " ".join(files)[:30],
)
def test_protected_files_are_exactly_the_bases(story: Story, files: dict[str, str | None]) -> None:
    assert judged_like(story, story.commit({**BREAKS, **files})) == {
        "app/text.py": BREAKS["app/text.py"].encode()
    }


def test_tests_turned_into_a_link_are_restored(story: Story) -> None:
    entries = [
        Entry(path, REGULAR, None) for path in story.git.files(story.base) if path.startswith("tests/")
    ]
    entries += [Entry("tests", LINK, Blob("x")), Entry("app/evil/test_text.py", REGULAR, Blob("x"))]
    data = {"tests": b"app/evil", "app/evil/test_text.py": b""}
    made = story.git.make([NewCommit(story.base, tuple(entries), "evil", (story.base,), data)])
    assert "tests" not in judged_like(story, made[0])
    bench = restored(story.git, story.base, made[0], story.protection)
    kept = {path for path in story.git.files(bench) if path.startswith("tests/")}
    assert kept == {path for path in story.git.files(story.base) if path.startswith("tests/")}


def test_change_without_protected_files_is_judged_as_it_is(story: Story) -> None:
    commit = story.commit(BREAKS)
    assert restored(story.git, story.base, commit, story.protection) == commit


@pytest.mark.parametrize(
    ("cheat", "settings"),
    [
        ({"tests/conftest.py": ALWAYS_GREEN}, WITH_PYTEST),
        ({"tests/test_text.py": SKIPPED}, WITH_PYTEST),
        ({"tests/test_text.py": None}, {}),
    ],
    ids=["conftest", "skip", "delete"],
)
def test_cheat_does_not_turn_the_gate_green(
    tmp_path: Path, cheat: dict[str, str | None], settings: dict[str, Any]
) -> None:
    story = Story(tmp_path, **settings)
    good = story.change("good", {"app/spare.py": "SPARE = 2\n"})
    gated = asyncio.run(story.gated(story.change("cheat", {**BREAKS, **cheat}), good))
    assert (names(gated.kept), evicted(gated)) == (["good"], ["cheat"])


def test_weakened_test_is_dark_in_the_changes_own_run(tmp_path: Path) -> None:
    """The code is fine and the judge run green; but the change takes a test away."""
    story = Story(tmp_path, tests="propose")
    drops = story.change("a", {"tests/test_text.py": None, "app/spare.py": "SPARE = 2\n"})
    gated = asyncio.run(story.gated(drops))
    assert evicted(gated) == ["a"]
    assert list(map(str, gated.trees[0].verdict.dark)) == ["tests.test_text::test_greet"]


def test_removal_that_the_spec_names_is_allowed(tmp_path: Path) -> None:
    story = Story(tmp_path, tests="propose", removals=["tests/test_text.py::test_greet"])
    drops = story.change("a", {"tests/test_text.py": None, "app/spare.py": "SPARE = 2\n"})
    assert names(asyncio.run(story.gated(drops)).kept) == ["a"]


def test_rename_that_the_spec_names_is_allowed(tmp_path: Path) -> None:
    old, new = "tests.test_text::test_greet", "tests.test_text::test_hello"
    story = Story(tmp_path, tests="propose", renames={old: new})
    renamed = PROJECT["tests/test_text.py"].replace("test_greet", "test_hello")
    moves = story.change("a", {"tests/test_text.py": renamed, "app/spare.py": "SPARE = 2\n"})
    assert names(asyncio.run(story.gated(moves)).kept) == ["a"]
