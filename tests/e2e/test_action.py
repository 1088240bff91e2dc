"""The shipped action, run by a workflow runner: `act` in host mode, without containers and without a network.

The runner's first step lends the action this project's environment: installing it anew is what the
project's own workflow on GitHub tries.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.forges.local_store import Store
from tests.builders import make_repo

ROOT = Path(__file__).parents[2]
VENV = Path(sys.prefix)
ACT = VENV / "bin" / "act"
PARTS = ("action.yml", "pyproject.toml", "README.md", "LICENSE", "bot")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not ACT.exists(), reason="act is not installed"),
]

WORKFLOW = """\
on: [schedule, pull_request]
jobs:
  crew:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Lend the environment
        run: mkdir -p "$RUNNER_TEMP/gatecrew" && ln -s %(venv)s "$RUNNER_TEMP/gatecrew/venv"
          && touch "$RUNNER_TEMP/gatecrew/ready"
      - uses: gatecrew/gatecrew@v1
        id: gatecrew
        with:
          workflow: tidy
          forge: local
          out: %(out)s
          %(more)s
      - name: Tell the outputs
        if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.gatecrew.outputs) }}
        run: printf '%%s' "$OUTPUTS" > %(told)s
"""

SPEC = """\
goal: Remove code that nothing uses.
recipe: {public: application}
gate:
  run: "%s -m pytest -q -p no:cacheprovider --junitxml={report}"
  runs: 1
"""

FILES = {
    "shop/__init__.py": "",
    "shop/price.py": "def net(gross):\n    return gross - 1\n\n\ndef unused():\n    return 0\n",
    "tests/test_price.py": "from shop.price import net\n\n\ndef test_net():\n    assert net(3) == 2\n",
    # A repository with a package of our name: the action must not import it.
    "bot/__init__.py": "raise SystemExit('the repository has taken over')\n",
}


@dataclass(frozen=True)
class Ran:
    """What the runner printed, and what the step after the action was told."""

    exit_code: int
    log: str
    outputs: dict[str, str]


def action_in(folder: Path) -> Path:
    """A copy of the action as it is shipped; it may be there already."""
    action = folder / "action"
    action.mkdir(exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, action / part, ignore=skipped, dirs_exist_ok=True)
        else:
            shutil.copy(source, action / part)
    return action


class Runner:
    """One repository with one workflow, and a runner that keeps to its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.repo, self.out = folder, folder / "repo", folder / "state"
        self.action = action_in(folder)

    def run(self, event: str = "schedule", payload: dict[str, object] | None = None, **inputs: str) -> Ran:
        told = self.folder / "outputs.json"
        more = "\n          ".join(f"{name}: {json.dumps(value)}" for name, value in inputs.items())
        text = WORKFLOW % {"venv": VENV, "out": self.out, "told": told, "more": more or "engine: recipe"}
        files = FILES | {".github/gatecrew/tidy.yml": SPEC % sys.executable, ".github/workflows/t.yml": text}
        make_repo(self.repo, files)
        (self.folder / "event.json").write_text(json.dumps(payload or {}))
        argv = [str(ACT), event, "-P", "ubuntu-latest=-self-hosted", "-e", str(self.folder / "event.json")]
        argv += ["--cache-server-addr", "127.0.0.1", "--local-repository"]
        argv += [f"gatecrew/gatecrew@v1={self.action}"]
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        done = subprocess.run(
            argv, cwd=self.repo, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        outputs = json.loads(told.read_text()) if told.exists() else {}
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), outputs)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_a_scheduled_audit_opens_its_pull_request_and_fills_the_outputs(runner: Runner) -> None:
    """The main job inside of a workflow, with the summary in its place."""
    ran = runner.run()
    assert ran.exit_code == 0, ran.log
    summary = ran.outputs.pop("summary")
    result = Path(ran.outputs.pop("result"))
    assert ran.outputs == {
        "conclusion": "complete",
        "pulls": "[2]",
        "pass-rate": "1.0",
        "cost-usd": "0.000000",
        # The gate's alone.
        "green": "",
        "line": "",
    }
    assert json.loads(result.read_text())["conclusion"] == "complete"
    assert summary.startswith("## Gatecrew: tidy\n\n**complete: every unit has its verdict; 1 pull request**")
    assert "Summary - ## Gatecrew: tidy" in ran.log
    (pull,) = Store(runner.out / "forge" / "pulls.json").read().pulls
    assert (pull.number, pull.base_branch, pull.state) == (2, "main", "open")
    assert not re.search("\x1b\\[\\?25", ran.log)


def test_a_red_step_has_its_outputs_too(runner: Runner) -> None:
    """A limit of the inputs that cannot be: exit 2, said as an annotation, and outputs for `always()`."""
    ran = runner.run(limit="dollars=none")
    assert ran.exit_code == 1
    assert "exit status 2" in ran.log
    assert "'none' is not a number above 0" in ran.log
    assert (ran.outputs["conclusion"], ran.outputs["result"]) == ("failed", "")


def test_a_pull_request_is_worked_on_at_its_base(runner: Runner) -> None:
    """origin/main is not in this checkout, and the message says what to do about it."""
    payload = {"number": 7, "pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"ref": "topic"}}}
    ran = runner.run("pull_request", payload)
    assert "'origin/main' names no commit" in ran.log
    assert "fetch-depth: 0" in ran.outputs["summary"]


def test_an_old_python_is_told_what_to_do(tmp_path: Path) -> None:
    """The set-up step alone, where no Python is new enough."""
    script = re.search(r"(?s)run: \|\n(.*?)    - name: Run", (ROOT / "action.yml").read_text())
    assert script
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    env = {"PATH": str(old.parent), "RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": str(ROOT)}
    text = "\n".join(line[8:] for line in script[1].splitlines())
    done = subprocess.run(["/bin/bash", "-c", text], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::Gatecrew needs Python 3.11 or newer; found: Python 3.9.2. Add")
