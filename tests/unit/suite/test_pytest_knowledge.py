"""pytest's command lines and ids: told apart, extended, and translated there and back."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

import pytest

from bot.suite.command import Commands, environment, filled, package_sources
from bot.suite.pytest import is_pytest, node_ids, parse_id, select_of, with_report
from bot.types.gate import Outcome, TestId
from bot.types.spec import Gate
from tests.scenarios.gate_story import PYTEST, Story


@pytest.mark.parametrize(
    "command",
    [
        *("pytest", "py.test -q", "python -m pytest", "/venv/bin/pytest -x", "A=1 pytest"),
        *(
            "cd sub && pytest",
            "coverage run -m pytest",
            "{cache}/venv/bin/python -m pytest",
            "timeout 9 pytest",
        ),
    ],
)
def test_pytest_is_known_and_gets_a_report(command: str) -> None:
    assert is_pytest(command)
    assert with_report(command) == f"{command} --junitxml={{report}}"
    assert select_of(command) == f"{command} --junitxml={{report}} {{tests}}"


@pytest.mark.parametrize(
    "command",
    ["make test", "pytest | tee log", "pytest > log", "pytest &", "tox", "echo 'open", "(pytest)", ""],
)
def test_other_commands_are_left_alone(command: str) -> None:
    assert not is_pytest(command)
    assert with_report(command) == command
    assert select_of(command) is None


def test_command_that_names_its_report_or_files() -> None:
    assert with_report("pytest --junitxml={report}") == "pytest --junitxml={report}"
    assert select_of("pytest tests") is None
    assert select_of("pytest -k 'a or b' -n 4") is not None


def test_select_of_the_spec_goes_first_and_a_report_inside_the_tree_hides_pytests() -> None:
    assert Commands(Gate(run="pytest", select="mine {tests}")).select == "mine {tests}"
    inside = Commands(Gate(run="pytest -q", report="out.xml"))
    assert (inside.run, inside.select) == ("pytest -q", None)


FILES = {"tests/test_a.py", "tests/deep/test_b.py", "src/pkg/mod.py", "sub/tests/test_c.py", "test_top.py"}


@pytest.mark.parametrize(
    ("test", "cwd", "node"),
    [
        (TestId("tests.test_a", "test_x"), ".", "tests/test_a.py::test_x"),
        (TestId("tests.test_a.TestX.TestY", "test_x[1]"), ".", "tests/test_a.py::TestX::TestY::test_x[1]"),
        (TestId("tests.deep.test_b", "test_x[a::b/c]"), ".", "tests/deep/test_b.py::test_x[a::b/c]"),
        (TestId("src.pkg.mod", "pkg.mod.func"), ".", "src/pkg/mod.py::pkg.mod.func"),
        (TestId("", "tests.test_a"), ".", "tests/test_a.py"),
        (TestId("tests.test_c", "test_x"), "sub", "tests/test_c.py::test_x"),
        (TestId("sub.tests.test_c", "test_x"), "sub", "tests/test_c.py::test_x"),
        (TestId("test_top", "test_x"), "sub", "../test_top.py::test_x"),
    ],
)
def test_node_id_of_a_reported_test(test: TestId, cwd: str, node: str) -> None:
    assert node_ids([test], FILES, cwd) == [node]


def test_one_unknown_file_means_the_whole_suite() -> None:
    assert node_ids([TestId("tests.test_a", "x"), TestId("gone.test_z", "x")], FILES, ".") is None


def test_many_tests_are_run_by_their_files() -> None:
    many = [TestId("tests.test_a", f"test_{n}") for n in range(200)]
    assert node_ids(many, FILES, ".") == ["tests/test_a.py"]
    assert node_ids(many[:1], FILES, ".", whole_files=True) == ["tests/test_a.py"]


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("tests/test_a.py::test_b", TestId("tests.test_a", "test_b")),
        ("tests/test_a.py::TestX::test_b[x::y]", TestId("tests.test_a.TestX", "test_b[x::y]")),
        ("tests.test_a::test_b", TestId("tests.test_a", "test_b")),
        ("pkg.mod.TestX::test_b", TestId("pkg.mod.TestX", "test_b")),
        ("just a name", TestId("", "just a name")),
    ],
)
def test_ids_as_people_write_them(text: str, test: TestId) -> None:
    assert parse_id(text) == test


ODD = """
import unittest
import pytest

ODD = ["x::y", "a/b", "[br]", "é", "\\x1b", "\\x00", "it's", 'a "b"', "", "\\n", "a b", "$HOME"]

@pytest.mark.parametrize("v", ODD)
def test_odd(v):
    pass

class TestOuter:
    class TestInner:
        def test_deep(self):
            pass

class Old(unittest.TestCase):
    def test_old(self):
        pass
"""


def test_every_reported_id_can_be_run_alone(tmp_path: Path) -> None:
    """There and back through a real pytest, all odd ids at once, and each alone by a shell."""
    story = Story(tmp_path, {"tests/test_odd.py": ODD}, run=PYTEST)

    async def both() -> None:
        whole = await story.suite.run(story.base)
        odd = [test for test in whole.outcomes if test.classname.startswith("tests.test_odd")]
        assert len(odd) == 14
        alone = await story.suite.run(story.base, odd)
        assert alone.doubt is None, alone.tail
        assert alone.outcomes == dict.fromkeys(odd, Outcome.PASS)

    asyncio.run(both())


def test_places_are_filled_in_for_the_shell() -> None:
    command = filled(
        "{cache}/bin/x --to={report} ${HOME} '{\"a\": 1}'", cache=Path("/a b"), report=Path("/r")
    )
    assert command == "'/a b'/bin/x --to=/r ${HOME} '{\"a\": 1}'"
    commands = Commands(Gate(run="run {report}", select="run {report} {tests}"))
    chosen = commands.selecting([TestId("a", "it's $(x)")], set(), whole_files=False)
    assert chosen is not None
    assert shlex.split(chosen)[2:] == ["a::it's $(x)"]


def test_environment_is_allow_listed() -> None:
    machine = {
        "PATH": "/bin",
        "GITHUB_TOKEN": "t",
        "ANTHROPIC_API_KEY": "k",
        "PYTHONPATH": "/evil",
        "TZ": "UTC",
    }
    seen = environment(machine, Path("/h"), Path("/t"))
    assert {"PATH", "TZ", "LANG", "HOME", "TMPDIR", "CI", "PYTHONHASHSEED"} <= seen.keys()
    assert not {"GITHUB_TOKEN", "ANTHROPIC_API_KEY", "PYTHONPATH"} & seen.keys()
    assert "no:rerunfailures" in seen["PYTEST_ADDOPTS"]


def test_setup_gets_package_sources_without_logins() -> None:
    machine = {
        "PIP_INDEX_URL": "https://index.example/simple",
        "https_proxy": "http://proxy:3128",
        "PIP_EXTRA_INDEX_URL": "https://me:secret@index.example/simple",
        "UV_PUBLISH_TOKEN": "t",
        "npm_config_registry": "https://npm.example",
        "GITHUB_TOKEN": "t",
    }
    assert set(package_sources(machine)) == {"PIP_INDEX_URL", "https_proxy", "npm_config_registry"}
