"""Attacks from around the tests: the gate's settings, git's, lock files, links, look-alike paths, modes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.git import NewCommit
from bot.types.change import EXECUTABLE, LINK, REGULAR, Entry
from bot.types.ids import Blob, Sha
from tests.redteam.attacks import BREAKS, GREEN, PASSES_ALL, Bench, Files
from tests.scenarios.gate_story import Story, evicted

SPEC = "goal: g\ngate:\n  run: {run}\n  bar: {bar}\n  removals: [{removals}]\n  protected: ['!**']\n"
AROUND: dict[str, Files] = {
    "a gate that runs nothing": {
        ".github/gatecrew/tidy.yml": SPEC.format(run="'true'", bar=1, removals=""),
        "gatecrew.yml": SPEC.format(run="'true'", bar=1, removals=""),
    },
    "a lower bar": {".github/gatecrew/tidy.yml": SPEC.format(run="pytest", bar=0.01, removals="")},
    "a removal that the spec allows": {
        ".github/gatecrew/tidy.yml": SPEC.format(
            run="pytest", bar=1, removals="tests/test_text.py::test_greet"
        ),
        "tests/test_text.py": None,
    },
    "CI that asks nobody": {
        ".github/workflows/ci.yml": "on: push\njobs: {}\n",
        ".gitlab-ci.yml": "test: {script: 'true'}\n",
        ".github/CODEOWNERS": "* @evil\n",
    },
    "lock files": {"uv.lock": "version = 1\n", "requirements.txt": "evil\n", "package-lock.json": "{}\n"},
    "attributes that hide, filter and convert": {
        ".gitattributes": "tests/** export-ignore filter=evil\n"
        "*.py text eol=crlf working-tree-encoding=UTF-16\n",
        "tests/.gitattributes": "* -text ident\n",
    },
    "a submodule in place of the tests": {
        ".gitmodules": '[submodule "tests"]\n  path = tests\n  url = https://example.org/evil\n'
    },
    "ignored tests": {".gitignore": "tests/\n*.py\n", ".ignore": "tests\n"},
    "names that differ in case alone": {
        "Tests/test_text.py": "def test_greet(): pass\n",
        "tests/Conftest.py": PASSES_ALL,
        "CONFTEST.py": PASSES_ALL,
        "PYTEST.INI": "[pytest]\n",
    },
    "names that look the same": {
        "tests/test_te\u0445t.py": "def test_greet(): pass\n",
        "te\u0301sts/test_text.py": "def test_greet(): pass\n",
        "\uff54ests/test_text.py": "def test_greet(): pass\n",
        "tests\u200b/test_text.py": "def test_greet(): pass\n",
    },
    "a report that lies there already": {"report.xml": GREEN, "build/report.xml": GREEN, "junit.xml": GREEN},
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    spec = {".github/gatecrew/tidy.yml": SPEC.format(run="pytest", bar=1, removals="")}
    return Bench(
        tmp_path_factory.mktemp("around"), {**spec, "other/text.py": "def greet(name): return name\n"}
    )


@pytest.mark.parametrize("what", AROUND)
def test_what_lies_around_the_tests_changes_no_verdict(bench: Bench, what: str) -> None:
    assert evicted(bench.gated({**BREAKS, **AROUND[what]})) == ["evil"]


def replaced(story: Story, folder: str, target: str, data: dict[str, bytes]) -> Sha:
    """A commit in which a folder is a link; `data` are files that come with it."""
    gone = [
        Entry(path, REGULAR, None) for path in story.git.files(story.base) if path.startswith(f"{folder}/")
    ]
    new = [Entry(path, REGULAR, Blob("x")) for path in data]
    link = Entry(folder, LINK, Blob("x"))
    entries = (*gone, *new, link)
    made = NewCommit(story.base, entries, "evil", (story.base,), {**data, folder: target.encode()})
    return story.git.make([made])[0]


EASY = {
    "easy/test_text.py": b"def test_greet(): pass\n",
    "easy/test_price.py": b"def test_net(): pass\n",
    "app/text.py": b"",
}


def test_tests_that_became_a_link_to_easier_ones(bench: Bench) -> None:
    assert evicted(bench.gated_commit(replaced(bench.story, "tests", "easy", data=EASY))) == ["evil"]


def test_tests_that_became_a_link_out_of_the_tree(bench: Bench, tmp_path: Path) -> None:
    for path in ("test_text.py", "test_price.py"):
        (tmp_path / path).write_bytes(EASY[f"easy/{path}"])
    commit = replaced(bench.story, "tests", str(tmp_path), data={"app/text.py": b""})
    assert evicted(bench.gated_commit(commit)) == ["evil"]


def test_a_folder_of_sources_that_became_a_link_to_broken_ones(bench: Bench) -> None:
    assert evicted(bench.gated_commit(replaced(bench.story, "app", "other", data={}))) == ["evil"]


def test_tests_below_a_folder_that_became_a_link_are_restored(tmp_path: Path) -> None:
    """`app` holds tests too; the link in its place leads to a copy of it without them."""
    inner = "def test_inner(): assert True\n"
    tests = "from app.tests import test_inner as it\n\ndef test_it(): it.test_inner()\n"
    bench = Bench(tmp_path, {"app/tests/test_inner.py": inner, "tests/test_inner.py": tests})
    copies = {f"copy/{name}.py": b"" for name in ("__init__", "text", "price", "spare", "tests/test_inner")}
    assert evicted(bench.gated_commit(replaced(bench.story, "app", "copy", data=copies))) == ["evil"]


def test_modes_that_change_hide_nothing(bench: Bench) -> None:
    story = bench.story
    data = {path: text.encode() for path, text in BREAKS.items() if isinstance(text, str)}
    known = story.git.files(story.base)
    modes = [Entry(path, EXECUTABLE, known[path].blob) for path in ("tests/test_text.py", "app/price.py")]
    broken = [Entry(path, EXECUTABLE, Blob("x")) for path in data]
    made = story.git.make([NewCommit(story.base, (*modes, *broken), "evil", (story.base,), data)])
    assert evicted(bench.gated_commit(made[0])) == ["evil"]
