"""`gatecrew gate` that cannot be asked: exit 2, and what happened, the value, the cause, what to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gating import Asked, asked, spec
from tests.inputs import SPEC_PATH

OTHER = SPEC_PATH.replace("tidy", "other")


@pytest.fixture(scope="module")
def tidy(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A project in which no suite is ever started."""
    return asked(tmp_path_factory.mktemp("tidy"))


TYPED: dict[str, tuple[list[str], list[str]]] = {
    "a base that is no commit": (["--base", "nope"], ["'nope' names no commit in", "git log --oneline"]),
    "a head that is no commit": (["--head", "nope"], ["'nope' names no commit in", "fetch-depth: 0"]),
    "a head that is an option": (["--head=--all"], ["'--all' names no commit in"]),
    "a spec that nobody wrote": (["--spec", "nope"], ["no workflow 'nope'", "Known are: tidy"]),
    "a spec that is nearly there": (["--spec", "tidyy"], ["did you mean 'tidy'?"]),
    "a spec outside of the tree": (["--spec", "no/where.yml"], ["'no/where.yml'"]),
    "a spec and a command": (["--spec", "tidy", "--run", "x {report}"], ["--spec and --run", "Leave one"]),
    "a report without a command": (["--report", "a.xml"], ["--report goes with --run", "gate.report"]),
    "a command without a report": (["--run", "make test"], ["'make test'", "{report}"]),
    "a blank command": (["--run", " "], ["gate.run"]),
    "a report that leaves the tree": (["--run", "make", "--report", "../r.xml"], ["../r.xml"]),
    "no run": (["--runs", "0"], ["--runs 0: it should be greater than or equal to 1", "gatecrew gate -h"]),
    "too many runs": (["--runs", "21"], ["--runs 21: it should be less than or equal to 20"]),
    "runs that are no number": (["--runs", "x"], ["--runs", "'x'"]),
    "no time": (["--timeout", "0"], ["--timeout 0.0: it should be greater than 0"]),
    "endless time": (["--timeout", "inf"], ["--timeout inf"]),
    "time that is no number": (["--timeout", "soon"], ["--timeout", "'soon'"]),
    "a sandbox that nobody knows": (["--sandbox", "strong"], ["--sandbox 'strong'", "'required'"]),
    "a status without a token": (["--status"], ["there is no token for GitHub", "export GITHUB_TOKEN="]),
}


@pytest.mark.parametrize("what", TYPED)
def test_what_cannot_be_is_told_before_anything_runs(tidy: Asked, what: str) -> None:
    typed, told = TYPED[what]
    ended = tidy.gate(*typed)
    assert ended.code == 2, ended.said
    assert [text for text in told if text not in ended.err] == []
    assert "suite:" not in ended.said
    assert "a bug of ours" not in ended.said


def test_a_base_must_be_said(tidy: Asked) -> None:
    assert tidy.type("gate").code == 2


def test_no_spec_and_two_specs_are_told_with_what_to_type(tmp_path: Path) -> None:
    none = asked(tmp_path, {SPEC_PATH: None}).gate()
    assert none.code == 2, none.said
    assert "no spec in .github/gatecrew/ of the base commit, and no command" in none.err
    assert '--run "python -m pytest -q"' in none.err
    two = asked(tmp_path, {OTHER: spec()}, name="two").gate()
    assert two.code == 2, two.said
    assert "2 specs in .github/gatecrew/ of the base commit" in two.err
    assert "--spec other" in two.err


def test_a_spec_with_mistakes_is_told_with_all_of_them(tmp_path: Path) -> None:
    ended = asked(tmp_path, cwd="nowhere", bar=2).gate()
    assert ended.code == 2, ended.said
    assert ".github/gatecrew/tidy.yml" in ended.err
    assert "bar" in ended.err


COMMANDS: dict[str, tuple[str, list[str]]] = {
    "does not exist": ("no-such-runner {report}", ["does not exist (exit 127)", "no-such-runner"]),
    "writes no report": ("echo all is well; : {report}", ["wrote no report (exit 0)", "| all is well"]),
    "hangs": ("echo begun; sleep 60; : {report}", ["did not end within 1", "| begun", "gate.timeout"]),
    "has no test that passes": (
        'echo \'<testsuites><testsuite><testcase classname="a" name="b"><failure/></testcase>'
        "</testsuite></testsuites>' > {report}; exit 1",
        ["none of the 1 tests passes at the base"],
    ),
    "has no test": ("echo '<testsuites/>' > {report}", ["the suite's report holds no test"]),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_suite_that_cannot_be_asked_at_the_base_is_told(tidy: Asked, what: str) -> None:
    command, told = COMMANDS[what]
    ended = tidy.gate("--run", command, "--runs", "1", "--timeout", "1.5")
    assert ended.code == 2, ended.said
    assert [text for text in told if text not in ended.err] == []
    assert tidy.left() == ([], [])


def test_outside_of_a_repository_it_asks_for_one(tidy: Asked, tmp_path: Path) -> None:
    ended = tidy.gate("--repo", str(tmp_path))
    assert ended.code == 6, ended.said
    assert "is not a git repository" in ended.err
