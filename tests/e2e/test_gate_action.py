"""The shipped action asks the gate, run by a workflow runner; so does the example that nobody can edit.

`act` in host mode, without containers and without a network: see test_action.py. GitHub is on the loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.doubles.github import GitHubDouble
from tests.e2e.test_action import ACT, ROOT, VENV, Ran, action_in
from tests.gating import PRICE, RIGHT, WRONG, Asked, asked, needs_sandbox
from tests.inputs import TOKEN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not ACT.exists(), reason="act is not installed"),
]

LEND = (
    f'mkdir -p "$RUNNER_TEMP/gatecrew" && ln -sfn {VENV} "$RUNNER_TEMP/gatecrew/venv" '
    '&& touch "$RUNNER_TEMP/gatecrew/ready"'
)
EXAMPLES = ROOT / "examples" / "workflows"
OURS = "gatecrew/gatecrew@v1"


@dataclass
class Runner:
    """A repository whose pull request is the branch `topic`, and a runner that keeps to its folder."""

    folder: Path
    project: Asked

    def run(self, text: str, event: str, payload: dict[str, Any], path: str = "", **env: str) -> Ran:
        """Run a workflow that lies outside of the repository, so that nothing is to be committed."""
        told, home = self.folder / "told.json", self.folder / "home"
        home.mkdir(exist_ok=True)
        workflow, given = self.folder / "workflow.yml", self.folder / "event.json"
        workflow.write_text(text.replace("$TOLD", str(told)))
        given.write_text(json.dumps(payload))
        action = action_in(self.folder)
        argv = [str(ACT), event, "-W", str(workflow), "-P", "ubuntu-latest=-self-hosted", "-e", str(given)]
        argv += ["-P", "ubuntu-24.04=-self-hosted", "--cache-server-addr", "127.0.0.1"]
        argv += ["--local-repository", f"{OURS}={action}"]
        argv += [part for name, value in env.items() for part in ("--env", f"{name}={value}")]
        around = {"PATH": path + os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        done = subprocess.run(
            argv,
            cwd=self.project.folder,
            env=around,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        outputs = json.loads(told.read_text()) if told.exists() else {}
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), outputs)

    def gate(self, payload: Any = None, env: str = "", **inputs: str) -> Ran:
        """The gate on a pull request, with the outputs told by a later step."""
        given = {"command": "gate", "out": str(self.folder / "state"), **inputs}
        job: dict[str, Any] = {
            "runs-on": "ubuntu-latest",
            "steps": [
                {"uses": "actions/checkout@v4"},
                {"name": "Lend the environment", "run": LEND},
                {"uses": OURS, "id": "gate", "with": given},
                {
                    "if": "always()",
                    "env": {"OUTPUTS": "${{ toJSON(steps.gate.outputs) }}"},
                    "run": 'printf "%s" "$OUTPUTS" > $TOLD',
                },
            ],
        }
        text = yaml.safe_dump({"on": ["pull_request"], "jobs": {"gate": job}})
        return self.run(text, "pull_request", self.pull() if payload is None else payload, **way(env))

    def pull(self) -> dict[str, Any]:
        base, head = (self.project.git.commit(name) for name in ("main", "topic"))
        ends = {"base": {"ref": "main", "sha": base}, "head": {"ref": "topic; $(id)", "sha": head}}
        return {"number": 7, "pull_request": {"number": 7, **ends}}


def way(hub: str) -> dict[str, str]:
    return {"GITHUB_API_URL": hub, "GITHUB_REPOSITORY": "octo/parcel"} if hub else {}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    needs_sandbox()
    return Runner(tmp_path, asked(tmp_path, runs=1))


def test_a_green_pull_request_passes_with_its_outputs_and_summary(runner: Runner) -> None:
    """Its two commits come from the event."""
    ran = runner.gate()
    assert ran.exit_code == 0, ran.log
    outputs = {name: value for name, value in ran.outputs.items() if value}
    summary, result = outputs.pop("summary"), Path(outputs.pop("result"))
    answer = json.loads(result.read_text())
    assert outputs == {"green": "true", "pass-rate": "1.0", "line": answer["line"]}
    assert answer["head"] == runner.project.git.commit("topic")
    assert answer["sandbox"].startswith(("bubblewrap (no network", "sandlock (no network"))
    assert summary.strip() == f"## Gatecrew's gate: green\n\n```text\n{answer['text']}\n```"
    assert "Summary - ## Gatecrew's gate: green" in ran.log
    assert "green: 100 % of the 2 tests that are stable at the base" in ran.log


def test_a_red_pull_request_fails_with_its_outputs(runner: Runner) -> None:
    """For a later step with `if: always()`."""
    runner.project.topic({PRICE: WRONG})
    ran = runner.gate()
    assert ran.exit_code == 1
    assert "exit status 1" in ran.log
    assert (ran.outputs["green"], ran.outputs["pass-rate"]) == ("false", "0.5")
    assert "regression: tests.test_price::test_net" in ran.outputs["summary"]
    assert "regression: tests.test_price::test_net" in ran.log


def test_what_cannot_be_asked_fails_with_its_reason(runner: Runner) -> None:
    """The base that the event names is not in this clone."""
    payload = runner.pull()
    payload["pull_request"]["base"]["sha"] = "d" * 40
    ran = runner.gate(payload)
    assert ran.exit_code == 1
    assert "exit status 2" in ran.log
    assert (ran.outputs["green"], ran.outputs["result"], ran.outputs["pass-rate"]) == ("false", "", "")
    assert ran.outputs["line"].startswith("no verdict: 'dddd")
    assert "fetch-depth: 0" in ran.outputs["summary"]


def test_the_status_is_told_to_github_and_a_refusal_changes_no_verdict(runner: Runner) -> None:
    """Green with a token that may write, red with one that may only read."""
    with GitHubDouble(runner.folder / "hub", token=TOKEN) as hub:
        hub.seed(runner.project.folder)
        fetch(hub, runner)
        ran = runner.gate(env=hub.api_url, status="true", **{"github-token": TOKEN})
        assert ran.exit_code == 0, ran.log
        head = runner.project.git.commit("topic")
        assert hub.statuses(head)["gatecrew/gate"].state == "success"
        assert TOKEN not in ran.log + json.dumps(ran.outputs)
        runner.project.topic({PRICE: WRONG})
        fetch(hub, runner)
        ran = runner.gate(env=hub.api_url, status="true", **{"github-token": hub.read_token})
        assert ran.exit_code == 1
        assert "exit status 1" in ran.log
        assert ran.outputs["pass-rate"] == "0.5"
        assert "the commit status was not set to 'pending'" in ran.log
        assert hub.statuses(runner.project.git.commit("topic")) == {}


def fetch(hub: GitHubDouble, runner: Runner) -> None:
    hub.world.repo.git("fetch", "--quiet", str(runner.project.folder), "+refs/heads/*:refs/heads/*")


GH = """\
#!/bin/sh
# What the second job asks `gh` for; which itself no test has.
for word in "$@"; do printf '%s\\n' "$word"; done > "$SAID"
"""


@pytest.mark.parametrize(
    ("text", "state"), [(RIGHT, "success"), (WRONG, "failure"), (None, "error")], ids=["green", "red", "none"]
)
def test_the_example_that_nobody_can_edit_tells_the_verdict(
    runner: Runner, text: str | None, state: str
) -> None:
    """As shipped, but for the sandbox's installation. The checkout is the default branch's, the head is
    fetched by its id; one that is nowhere gets an error."""
    head = runner.project.topic({PRICE: text or RIGHT})
    origin = runner.folder / "origin.git"
    subprocess.run(["git", "clone", "-q", "--bare", runner.project.folder, origin], check=True)
    for typed in (["config", "uploadpack.allowAnySHA1InWant", "true"], ["branch", "-q", "-D", "topic"]):
        subprocess.run(["git", *typed], cwd=origin, check=True)
    clone = runner.folder / "clone"
    subprocess.run(["git", "clone", "-q", f"file://{origin}", clone], check=True)
    here = Runner(runner.folder, Asked(clone, runner.project.git))
    shipped = yaml.safe_load((EXAMPLES / "gate-required.yml").read_text())
    shipped["on"] = shipped.pop(True)
    for step in shipped["jobs"]["ask"]["steps"]:
        if step.get("name") == "A sandbox for the test suite":
            step["run"] = LEND
        if step.get("uses", "").startswith("gatecrew/"):
            step["uses"] = OURS
    (runner.folder / "tools").mkdir()
    (runner.folder / "tools" / "gh").write_text(GH)
    (runner.folder / "tools" / "gh").chmod(0o755)
    said = runner.folder / "said"
    payload = {"workflow_run": {"head_sha": head if text else "d" * 40}}
    ran = here.run(
        yaml.safe_dump(shipped),
        "workflow_run",
        payload,
        f"{runner.folder / 'tools'}:",
        SAID=str(said),
        GITHUB_REPOSITORY="octo/parcel",
    )
    words = said.read_text().splitlines()
    assert f"state={state}" in words, ran.log
    assert "context=gatecrew/gate" in words
    assert words[words.index("POST") + 1].endswith(f"/statuses/{head if text else 'd' * 40}")
    (told,) = (word for word in words if word.startswith("description="))
    rate = {"success": "100 % of the 2 tests", "failure": "50 % of the 2 tests", "error": "no verdict: "}
    assert told.startswith(f"description={rate[state]}")
    assert (ran.exit_code == 0) == (state == "success")
