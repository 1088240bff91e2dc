"""Which interpreter is asked for the files that it loads, and what its answer is made into."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Collection
from pathlib import Path

import pytest

from bot.gate.diagnosis import Elsewhere, elsewhere, reason, tried
from bot.gate.runs import Runs
from bot.git import Git
from bot.types.gate import SuiteRun, TestId
from bot.types.ids import Sha
from bot.types.spec import Gate
from tests.builders import make_repo

FILES: dict[str, str | bytes] = {
    "src/app/__init__.py": "",
    "src/app/deep/__init__.py": "",
    "src/app/deep/x.py": "",
    "tool.py": "",
    "js/package.json": '{"name": "widget"}',
    "js/index.js": "",
    "bad/package.json": "[]",
    "bad/index.js": "",
}


class Answering:
    """A suite whose toolchain says always the same."""

    selects = False
    digest = "digest"
    sandbox = "none"

    def __init__(self, run: str, answer: str) -> None:
        self.gate = Gate(run=run)
        self.answer = answer
        self.asked: list[str] = []

    async def run(
        self,
        commit: Sha,
        tests: Collection[TestId] = (),
        *,
        whole_files: bool = False,
        collect: bool = False,
        proof: bool = False,
    ) -> SuiteRun:
        raise AssertionError("nothing here runs the suite")

    async def ask(self, commit: Sha, command: str) -> str:
        self.asked.append(command)
        return self.answer


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_repo(tmp_path, FILES)


def found(git: Git, suite: Answering, *changed: str) -> list[Elsewhere]:
    head = git.commit("HEAD")
    runs = Runs(git, suite)
    twice = [asyncio.run(elsewhere(runs, git, head, git.files(head), changed)) for _ in range(2)]
    assert twice[0] == twice[1]
    return twice[0]


@pytest.mark.parametrize(
    ("run", "start"),
    [
        ("python -m pytest -q", "python -c "),
        ("A=1 {cache}/bin/python3.11 -S -E x.py {report}", "A=1 {cache}/bin/python3.11 -S -E -c "),
        (". {cache}/bin/activate && python -m pytest", ". {cache}/bin/activate && python -c "),
        ("A=1 .venv/bin/pytest -q", "A=1 $(sed -n '1s/^#! *//p' \"$(command -v .venv/bin/pytest)\") -c "),
    ],
)
def test_the_interpreter_that_the_command_names_is_asked(git: Git, run: str, start: str) -> None:
    suite = Answering(run, "")
    assert found(git, suite, "src/app/deep/x.py", "tool.py", "src/app/__init__.py") == []
    (asked,) = suite.asked
    assert asked.startswith(start)
    assert shlex.split(asked)[-3:] == ["{tree}", "app", "tool"]


@pytest.mark.parametrize(
    ("run", "start"), [("npx jest", "node -e "), ("A=1 node --test {report}", "A=1 node -e ")]
)
def test_node_is_asked_for_the_nearest_package(git: Git, run: str, start: str) -> None:
    suite = Answering(run, 'gatecrew-whence {"widget": [["/n/widget", "a link"]]}')
    assert found(git, suite, "js/index.js", "bad/index.js") == [
        Elsewhere("widget", "/n/widget", "a link", ("js/index.js",))
    ]
    (asked,) = suite.asked
    assert asked.startswith(start)
    assert shlex.split(asked)[-2:] == ["{tree}", "widget"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Traceback",
        "gatecrew-whence",
        "gatecrew-whence {",
        "gatecrew-whence []",
        'gatecrew-whence {"app": 1}',
        'gatecrew-whence {"app": [["/a"]]}',
        'gatecrew-whence {"other": [["/a", ""]]}',
        'gatecrew-whence {"app": [["src/app/__init__.py", ""], ["src/app", ""]]}',
    ],
)
def test_an_answer_that_names_no_other_file_is_none(git: Git, answer: str) -> None:
    assert found(git, Answering("python x {report}", answer), "src/app/deep/x.py") == []


def test_an_answer_is_a_strangers(git: Git) -> None:
    """It comes from where code of the tree runs: no line ends, no endless text."""
    answer = 'gatecrew-whence {"app": [["/a\\n\\u001b[31m' + "x" * 500 + '", "b\\r"]]}'
    (one,) = found(git, Answering("python x {report}", answer), "src/app/deep/x.py")
    assert one.file == ("/a[31m" + "x" * 500)[:300]
    assert one.how == "b"


def test_sentences() -> None:
    plain, built = Gate(run="python x {report}"), Gate(run="ctest", build="make -C old")
    there = Elsewhere("app", "/s/app.py", "an editable install of /s", ("app.py",))
    assert reason(plain, [there], ["app.py"]) == (
        "app is loaded from /s/app.py (an editable install of /s): let gate.build install this tree, or let "
        "gate.run put it first (PYTHONPATH=., a link in node_modules)"
    )
    assert reason(plain, [], ["a.c"]) == (
        "nothing compiles a.c: set gate.build to the command that does, in the tree"
    )
    assert reason(built, [], ["a.c"]) == (
        "what gate.build ('make -C old') makes of a.c is not what the suite loads: "
        "let it build in place, in gate.cwd"
    )
    assert reason(built, [], ["a.c", "a.py"]) is None
    assert tried(plain) == (
        "python, asked in gate.cwd '.', knows of no other copy. Does a test put another folder first? See "
        "gate.build, gate.cwd and gate.run"
    )
    assert tried(built).startswith("gate.run names no Python and no node that could be asked")
