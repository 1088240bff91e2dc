"""A suite that cannot be asked is found before the first paid request; one that sees nothing lets nothing
through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.anthropic_api import AnthropicDouble
from tests.inputs import FILES, KEY, QUICK, project, spec_of

CASE = '<testsuites><testsuite><testcase classname="a" name="b">{}</testcase></testsuite></testsuites>'


def reporting(inside: str, code: int = 0) -> str:
    """A suite that only writes a report."""
    return f"echo '{CASE.format(inside)}' > {{report}}; exit {code}"


SUITES: dict[str, tuple[dict[str, object], list[str]]] = {
    "a command that does not exist": (
        {"run": "no-such-runner {report}"},
        ["the suite's command does not exist (exit 127)", "no-such-runner: not found", "gate.setup"],
    ),
    "a command that is no program": (
        {"run": "./app/price.py {report}"},
        ["cannot be executed (exit 126)", "Permission denied"],
    ),
    "a suite that hangs": (
        {"run": "echo begun; sleep 60; echo {report}", "timeout": 0.5},
        ["the suite did not end within 0.5 s and was killed", "| begun", "Raise gate.timeout"],
    ),
    "a suite that prints nothing": (
        {"run": "true {report}"},
        ["the suite wrote no report (exit 0), and printed nothing", "JUnit XML to {report}"],
    ),
    "a suite that writes no report": (
        {"run": "echo all is well {report}"},
        ["the suite wrote no report (exit 0)", "| all is well"],
    ),
    "a report that is cut off": (
        {"run": "echo '<testsuites><testca' > {report}"},
        ["the suite's report cannot be read", "The report must be JUnit XML"],
    ),
    "a report that explodes": (
        {"run": 'echo \'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>\' > {report}'},
        ["the suite's report cannot be read"],
    ),
    "a report without a test": (
        {"run": "echo '<testsuites/>' > {report}"},
        ["the suite's report holds no test (exit 0)", "gate.cwd"],
    ),
    "a suite in which nothing passes": (
        {"run": reporting("<failure/>", 1)},
        ["none of the 1 tests passes at the base"],
    ),
    "a suite that skips everything": ({"run": reporting("<skipped/>")}, ["none of the 1 tests passes"]),
    "an exit code without a failing test": (
        {"run": reporting("", 1)},
        ["ended with exit 1, but its report holds no failing test"],
    ),
    "a failing test without an exit code": (
        {"run": reporting("<failure/>")},
        ["ended with exit 0, but its report holds failing tests", "hides its exit code"],
    ),
    "a set-up that fails": (
        {"setup": "echo the index is down; exit 3"},
        ["gate.setup failed with exit 3", "| the index is down", "Try it in a checkout of"],
    ),
    "a build that fails": (
        {"build": "echo no compiler; exit 4"},
        ["gate.build failed with exit 4", "| no compiler"],
    ),
    "a report in a folder that is a link": (
        {"run": "ln -s /tmp out && echo hello", "report": "out/report.xml"},
        ["the gate cannot be asked"],
    ),
}


@pytest.mark.parametrize("what", SUITES)
def test_nothing_is_paid_where_the_suite_cannot_be_asked(tmp_path: Path, what: str) -> None:
    gate, told = SUITES[what]
    tidy = project(tmp_path, spec_of(gate=gate))
    with AnthropicDouble([]) as api:
        ended = tidy.inside("run", "tidy", "--engine", "claude", "--unsafe-plain", "--yes", **key_for(api))
        assert api.requests == []
    assert ended.code == 2, ended.said
    assert [text for text in told if text not in ended.err] == []
    assert tidy.pulls == []
    assert not [record for record in tidy.records if record["t"] in ("agent", "reserve")]


def key_for(api: AnthropicDouble) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}


def test_what_was_wrong_with_the_machine_is_not_remembered(tmp_path: Path) -> None:
    """The runner is installed later: neither a resumed nor a new run takes the old failure for a result."""
    runner = tmp_path / "runner"
    tidy = project(tmp_path, spec_of(gate={"run": f"{runner} {{report}}"}))
    assert tidy.inside("run", "tidy").code == 2
    runner.write_text(f"#!/bin/sh\n{QUICK.replace('{report}', '$1')}\n")
    runner.chmod(0o755)
    resumed = tidy.inside("run", "tidy", "--resume", "last")
    assert resumed.code == 0, resumed.said
    assert tidy.statuses == {"app": "proposed"}


def test_a_suite_that_loads_another_tree_is_blind_and_lets_nothing_through(tmp_path: Path) -> None:
    """As behind an editable install that points elsewhere: the suite stays green whatever happens here."""
    installed = tmp_path / "installed"
    (installed / "app").mkdir(parents=True)
    for name in ("app/__init__.py", "app/price.py"):
        (installed / name).write_bytes(bytes(str(FILES[name]), "ascii"))
    elsewhere = f"import sys\n\nsys.path.insert(0, {str(installed)!r})\n"
    tidy = project(tmp_path, files={"tests/__init__.py": elsewhere})
    ended = tidy.inside("run", "tidy")
    assert ended.code == 1, ended.said
    assert tidy.statuses == {"app": "failed"}
    (unit,) = tidy.result["units"]
    assert unit["cause"].startswith("blind: the suite does not load this tree")
    assert tidy.pulls == []
    assert tidy.result["stacks"] == []


def test_a_suite_that_is_red_at_the_base_is_nobodys_fault(tmp_path: Path) -> None:
    broken = "def test_broken():\n    assert False\n"
    tidy = project(tmp_path, files={"tests/test_broken.py": broken})
    ended = tidy.inside("run", "tidy")
    assert ended.code == 0, ended.said
    assert tidy.result["gate"]["baseline"]["stable_fail"] == 1
    assert tidy.statuses == {"app": "proposed"}


def test_a_suite_that_leaves_a_daemon_behind_holds_up_nobody(tmp_path: Path) -> None:
    """What it started is gone when it ends, and its open output does not keep us waiting."""
    mark = tmp_path / "daemon"
    run = f"(setsid sh -c 'echo $$ > {mark}; exec sleep 300' &) ; {QUICK}"
    tidy = project(tmp_path, spec_of(gate={"run": run}))
    assert tidy.inside("run", "tidy").code == 0
    status = Path(f"/proc/{int(mark.read_text())}/status")
    # Where nobody reaps the dead, it is still listed as one.
    assert not status.exists() or "State:\tZ" in status.read_text()
