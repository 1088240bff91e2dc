"""Runners that run failing tests again: switched off, refused, or seen through."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bot.suite import reruns
from bot.types.gate import Outcome, SuiteRun, TestId
from tests.scenarios.gate_story import PYTEST, QUICK, Story

FLAKY = """
import pytest

COUNT = {}

def second_time(name):
    COUNT[name] = COUNT.get(name, 0) + 1
    assert COUNT[name] > 1

@pytest.mark.flaky(reruns=2, retries=2, max_runs=3)
def test_by_mark():
    second_time("mark")

def test_by_option():
    second_time("option")

def test_steady():
    pass
"""
FAILED_ONCE = {
    TestId("tests.test_flaky", "test_by_mark"): Outcome.FAIL,
    TestId("tests.test_flaky", "test_by_option"): Outcome.FAIL,
    TestId("tests.test_flaky", "test_steady"): Outcome.PASS,
}
# With every plug-in that is installed here, as it is in most projects.
INSTALLED = f"{sys.executable} -m pytest -q"
PLUGINS = {
    "pytest-rerunfailures": ("pytest_rerunfailures", "--reruns 2"),
    "flaky": ("flaky.flaky_pytest_plugin", "--force-flaky --max-runs 3"),
    "pytest-retry": ("pytest_retry.retry_plugin", "--retries 2"),
}


def flaky(folder: Path, run: str, addopts: str = "") -> SuiteRun:
    options = f"[tool.pytest.ini_options]\naddopts = '--strict-markers {addopts}'\n"
    files = {"tests/test_flaky.py": FLAKY, "tests/test_price.py": None, "tests/test_text.py": None}
    return asyncio.run(Story(folder, {**files, "pyproject.toml": options}, run=run).run())


@pytest.mark.parametrize("name", PLUGINS)
def test_plugin_means_nothing_though_the_projects_options_name_it(tmp_path: Path, name: str) -> None:
    module, options = PLUGINS[name]
    found = flaky(tmp_path, f"{PYTEST} -p {module}", options)
    assert found.doubt is None, found.tail
    assert found.outcomes == FAILED_ONCE
    assert found.counts == {}


def test_plugin_means_nothing_in_the_workers_of_xdist(tmp_path: Path) -> None:
    found = flaky(tmp_path, f"{PYTEST} -p xdist.plugin -n 2 -p pytest_rerunfailures", "--reruns 2")
    assert (found.doubt, found.outcomes, found.counts) == (None, FAILED_ONCE, {}), found.tail


def test_command_with_a_path_of_its_own_has_plugins_switched_off_by_name(tmp_path: Path) -> None:
    found = flaky(tmp_path, f"PYTHONPATH=. {INSTALLED} -W ignore -o addopts=")
    assert (found.doubt, found.outcomes, found.counts) == (None, FAILED_ONCE, {}), found.tail


def test_what_cannot_be_switched_off_unseen_is_refused_with_what_to_change(tmp_path: Path) -> None:
    found = flaky(tmp_path, f"PYTHONPATH=. {INSTALLED}", "--reruns 2")
    assert found.doubt is not None
    assert "could not start (exit 4): pytest says 'unrecognized arguments: --reruns" in found.doubt
    assert "PYTHONPATH=src:$PYTHONPATH" in found.doubt


def test_file_that_would_stand_in_for_the_gates_plugin_is_a_doubt(tmp_path: Path) -> None:
    story = Story(tmp_path, {"gatecrew_reruns.py": ""}, run=PYTEST)
    assert "'gatecrew_reruns.py'" in (asyncio.run(story.run()).doubt or "")


@pytest.mark.parametrize(
    "command",
    [
        "gotestsum --rerun-fails --junitfile {report} ./...",
        "gotestsum --rerun-fails=5 --junitfile {report}",
        "ctest --repeat until-pass:3 --output-junit {report}",
        "cargo nextest run --retries 2",
        "npx vitest run --retry=3",
        "mvn -Dsurefire.rerunFailingTestsCount=2 test",
    ],
)
def test_flag_that_runs_failures_again_is_refused(tmp_path: Path, command: str) -> None:
    found = asyncio.run(Story(tmp_path, run=f"{command} {{report}}").run())
    assert "tells its runner to run failures again" in (found.doubt or "")
    assert found.exit_code is None


@pytest.mark.parametrize(
    "command",
    [
        "vitest run --retry=0",
        "nextest run --retries 0",
        "nextest run --retries 10 --retries 0; true --retries-file",
        "ctest --repeat until-fail:3",
        "mvn -Dsurefire.rerunFailingTestsCount=0 test",
        QUICK,
    ],
)
def test_flags_that_switch_it_off_are_welcome(command: str) -> None:
    refused = reruns.refusal(command, pytest=False)
    assert refused is None or "--retries 10" in refused


def test_pass_on_a_retry_failed_and_is_no_contradiction_to_exit_0(tmp_path: Path) -> None:
    case = "<testcase classname='c' name='n'>{}</testcase>"
    report = f"<testsuite>{case.format('<flakyFailure/>')}</testsuite>"
    found = asyncio.run(Story(tmp_path, run=f'echo "{report}" > {{report}}').run())
    assert found.doubt is None
    assert found.outcomes == {TestId("c", "n"): Outcome.FAIL}
    assert "ran it again" in found.messages[TestId("c", "n")]
