"""Contradictions that types cannot see."""

from __future__ import annotations

from typing import Any

import pytest

from bot.spec.around import Around
from bot.spec.check import check
from bot.spec.problem import dotted
from bot.spec.warn import warnings
from bot.suite.pytest import is_pytest
from bot.types.agent import Role
from bot.types.spec import EngineName, Spec

FILES = ("src/a.py", "src/b/c.py", "flow/mine.py", "README.md")


def _spec(gate: dict[str, Any] | None = None, **parts: Any) -> Spec:
    return Spec.model_validate({"goal": "Tidy up", "gate": {"run": "pytest", **(gate or {})}, **parts})


def _serves(engine: EngineName, role: Role, lens: str | None) -> bool:
    if role is Role.PLANNER or engine is EngineName.SCRIPTED:
        return False
    return lens is None or lens == "correctness"


def _told(spec: Spec) -> dict[str, str]:
    return {dotted(path): text for path, text in check(spec, Around(serves=_serves, files=FILES))}


def test_a_plain_spec_has_no_problem() -> None:
    assert _told(_spec()) == {}
    assert warnings(_spec(), FILES) == []


@pytest.mark.parametrize(
    ("parts", "where", "said"),
    [
        ({"goal": " \n"}, "goal", "is blank"),
        ({"script": "audti"}, "script", "did you mean 'audit'?"),
        ({"script": "flow/mine.sh"}, "script", "ends in .py"),
        ({"script": "flow/gone.py"}, "script", "no such file in the base commit"),
        ({"script": "../mine.py"}, "script", "leaves the repository"),
        ({"script": "/mine.py"}, "script", "inside the repository"),
        ({"engines": {"worker": "scripted"}}, "engines.worker", "has no workers"),
        ({"recipe": {"kind": "codemod"}}, "recipe.command", "is required for a codemod"),
        ({"recipe": {"command": "sed"}}, "recipe.command", "belongs to 'kind: codemod'"),
        ({"review": {"lenses": ["refernces"]}}, "review.lenses[0]", "did you mean 'references'?"),
        ({"review": {"lenses": ["style"]}}, "review.lenses[0]", "choose another engine"),
        ({"review": {"quorum": 2}}, "review.quorum", "cannot be reached"),
        ({"commands": {"Lint It": "ruff"}}, "commands.'Lint It'", "a command's name is"),
        ({"commands": {"lint": " "}}, "commands.lint", "is blank"),
        ({"commands": {"lint": "echo 'x"}}, "commands.lint", "never closed"),
        ({"files": {"include": ["!docs/**"]}}, "files.include", "only takes out"),
        ({"files": {"exclude": ["../x"]}}, "files.exclude[0]", "leaves the repository"),
        ({"limits": {"dollars": 2, "agent": {"dollars": 3}}}, "limits.agent.dollars", "may not use more"),
        ({"stack": {"labels": ["x" * 51]}}, "stack.labels[0]", "1 to 50 characters"),
    ],
)
def test_contradictions(parts: dict[str, Any], where: str, said: str) -> None:
    told = _told(_spec(**parts))
    assert list(told) == [where]
    assert said in told[where]


@pytest.mark.parametrize(
    ("gate", "where", "said"),
    [
        ({"run": "make check"}, "gate.run", "where is its report?"),
        ({"run": "tox {reprot}"}, "gate.run", "did you mean {report} where it says {reprot}?"),
        ({"run": "a {report}", "report": "x.xml"}, "gate.report", "remove one of the two"),
        ({"run": "a {report}", "select": "a {report}"}, "gate.select", "must hold {tests}"),
        ({"run": "a {report}", "select": "a {tests}"}, "gate.select", "where is its report?"),
        ({"setup": " "}, "gate.setup", "is blank"),
        ({"report": "/tmp/x.xml"}, "gate.report", "inside the repository"),
        ({"report": "a/../../x.xml"}, "gate.report", "leaves the repository"),
        ({"report": "build/"}, "gate.report", "must be a file"),
        ({"report": ".git/x.xml"}, "gate.report", "out of bounds"),
        ({"run": "pytest {coverage}", "coverage": "x"}, "gate.coverage", "remove one of the two"),
        ({"min_coverage": 0.8}, "gate.min_coverage", "where is the coverage?"),
        ({"coverage": "/tmp/x.xml"}, "gate.coverage", "pass {coverage} to 'gate.run'"),
        ({"coverage": "a/../../x.xml"}, "gate.coverage", "leaves the repository"),
        ({"coverage": "build/"}, "gate.coverage", "must be a file"),
        ({"cwd": "~/x"}, "gate.cwd", "inside the repository"),
        ({"cwd": ".."}, "gate.cwd", "leaves the repository"),
        ({"cwd": "web"}, "gate.cwd", "no such folder"),
        ({"cwd": "C:\\x"}, "gate.cwd", "inside the repository"),
        ({"renames": {"a": "a"}}, "gate.renames.a", "are equal"),
        ({"renames": {"a": "c", "b": "c"}}, "gate.renames.b", "two tests cannot become one"),
        ({"renames": {"a": "b"}, "removals": ["a"]}, "gate.renames.a", "renamed or removed"),
        ({"protected": ["["]}, "gate.protected[0]", "is not a glob"),
    ],
)
def test_contradictions_of_the_gate(gate: dict[str, Any], where: str, said: str) -> None:
    told = _told(_spec(gate))
    assert list(told) == [where]
    assert said in told[where]


@pytest.mark.parametrize(
    "gate",
    [
        {"run": "make check", "report": "build/junit.xml"},
        {"run": "go test | junit > {report}"},
        {"cwd": "src/b", "run": "uv run pytest -q"},
        {"cwd": "./src"},
        {"select": "pytest {tests}"},
    ],
)
def test_good_gates(gate: dict[str, Any]) -> None:
    assert _told(_spec(gate)) == {}


def test_a_default_above_a_lowered_limit_is_no_contradiction() -> None:
    assert _told(_spec(limits={"minutes": 5})) == {}


def test_what_is_not_known_yet_is_not_checked() -> None:
    spec = _spec({"cwd": "web"}, script="gone.py", review={"lenses": ["style"]})
    assert check(spec, Around()) == []


@pytest.mark.parametrize(
    ("command", "pytest_runs"),
    [
        ("pytest", True),
        ("python -m pytest -q", True),
        ("cd x && pytest", True),
        (".venv/bin/pytest --x", True),
        ("coverage run -m pytest", True),
        ("tox", False),
        ("pip install pytest-cov", False),
        ("python -m unittest", False),
    ],
)
def test_pytest_is_recognised(command: str, pytest_runs: bool) -> None:
    assert is_pytest(command) is pytest_runs


def test_globs_that_match_nothing_are_warned_of() -> None:
    spec = _spec({"protected": ["checks/**"]}, files={"include": ["src/**", "lib/**", "!gone/**"]})
    assert warnings(spec, FILES) == [
        "files.include[1]: 'lib/**' matches no file of the base commit",
        "gate.protected[0]: 'checks/**' matches no file of the base commit",
    ]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"engines": {"worker": "claude"}, "limits": {"dollars": None}}, "neither 'dollars' nor 'tokens'"),
        (
            {
                "prices": {
                    "claude-sonnet-5": dict.fromkeys(("input", "output", "cache_read", "cache_write"), 1)
                }
            },
            "did you",
        ),
        ({"recipe": {"kind": "codemod", "command": "fix"}}, "holds no {files}"),
        (
            {"recipe": {"kind": "codemod", "command": "fix {files}", "public": "library"}},
            "only the dead-code",
        ),
        ({"limits": {"minutes": 1}}, "longer than limits.minutes"),
    ],
)
def test_what_is_most_likely_not_meant_is_warned_of(parts: dict[str, Any], said: str) -> None:
    (told,) = warnings(_spec(**parts), FILES)
    assert said in told
