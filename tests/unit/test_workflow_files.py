"""action.yml and the workflows that we ship, as the linters of the field see them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.action.inputs import GATE_ONLY, GATE_TEXTS, KEYS, LISTS, SWITCHES, TEXTS

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ACTION = ROOT / "action.yml"
EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), *EXAMPLES]


def lint(tool: str, *args: str | Path) -> None:
    done = subprocess.run([BIN / tool, *args], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def loaded(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes `on` for true.
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in data.items()}


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in loaded(path)["jobs"].values() for step in job["steps"]]


def test_actionlint_finds_nothing() -> None:
    """Expressions, events, inputs of known actions, shell scripts."""
    lint("actionlint", "-no-color", *WORKFLOWS)


def test_zizmor_finds_nothing() -> None:
    """Injection, credentials on disk, unpinned actions, wide permissions."""
    lint("zizmor", "--offline", "--no-progress", ACTION, *WORKFLOWS)


def test_the_schemas_are_kept() -> None:
    """Of actions and of workflows."""
    lint("check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)
    lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_no_expression_stands_in_a_script(path: Path) -> None:
    """Scripts get values through their environment: text in an expression would be code."""
    found = loaded(path)["runs"]["steps"] if path == ACTION else steps(path)
    assert [step for step in found if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_pinned_bounded_and_alone(path: Path) -> None:
    """Actions by commit, nothing permitted by default, a time limit, one run at a time."""
    workflow = loaded(path)
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert [name for name in used if name != "./" and len(name.partition("@")[2]) != 40] == []
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        assert job["permissions"] is not None


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_token_is_left_on_disk_for_project_code(path: Path) -> None:
    """Every checkout drops it: Gatecrew brings its own when it pushes."""
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


def test_the_action_hands_on_every_input_and_output() -> None:
    """Each input through the environment, each output from the one step that has them."""
    action = loaded(ACTION)
    run = action["runs"]["steps"][-1]
    names = {name.upper().replace("-", "_"): name for name in action["inputs"]}
    handed = {f"INPUT_{env}": "${{ inputs.%s }}" % name for env, name in names.items()}  # noqa: UP031
    secret = {name: run["env"].pop(name) for name in KEYS}
    assert run["env"] == {name: value for name, value in handed.items() if name not in KEYS}
    # What holds a key is handed on whole or not at all.
    for name, value in secret.items():
        assert value.endswith(f" && {handed[name][4:-3]} || '' }}}}")
    texts = {*TEXTS, *LISTS, *SWITCHES, *GATE_TEXTS, *GATE_ONLY}
    known = {"command", "workflow", *texts, *(name.removeprefix("INPUT_").lower() for name in KEYS)}
    assert {name.replace("_", "-") for name in known} == set(action["inputs"])
    outputs = {name: one["value"] for name, one in action["outputs"].items()}
    assert outputs == {name: "${{ steps.run.outputs.%s }}" % name for name in outputs}  # noqa: UP031


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_use_inputs_that_exist(path: Path) -> None:
    """And are few enough to be read."""
    inputs = set(loaded(ACTION)["inputs"])
    ours = [step for step in steps(path) if step.get("uses", "").startswith("gatecrew/")]
    assert len(ours) == (0 if path.stem == "gate-request" else 1)
    assert [step["with"] for step in ours if not set(step["with"]) <= inputs] == []


def test_each_use_has_an_example() -> None:
    """A schedule, a label, a pull request; the gate as a check, and as a status that nobody can edit."""
    triggers = {path.stem: set(loaded(path)["on"]) for path in EXAMPLES}
    assert triggers == {
        "dead-code-audit": {"schedule", "workflow_dispatch"},
        "labelled-migration": {"issues"},
        "pull-request-findings": {"pull_request"},
        "gate": {"pull_request", "merge_group"},
        "gate-request": {"pull_request", "merge_group"},
        "gate-required": {"workflow_run"},
    }


@pytest.mark.parametrize("name", ["gate", "gate-request"])
def test_what_is_required_cannot_be_skipped(name: str) -> None:
    """GitHub takes a skipped job for a passed one; a path filter leaves the check pending for ever."""
    workflow = loaded(ROOT / "examples" / "workflows" / f"{name}.yml")
    assert list(workflow["on"].values()) == [None, None]
    (job,) = workflow["jobs"].values()
    assert not {"if", "continue-on-error", "needs", "strategy"} & set(job)
    assert [step for step in job["steps"] if {"if", "continue-on-error"} & set(step)] == []


def test_the_gate_that_nobody_can_edit_keeps_its_token_from_project_code() -> None:
    """Who asks holds no token that may write and checks nothing of the head out; who tells runs no code."""
    workflow = loaded(ROOT / "examples" / "workflows" / "gate-required.yml")
    request = loaded(ROOT / "examples" / "workflows" / "gate-request.yml")
    assert workflow["on"]["workflow_run"]["workflows"] == [request["name"]]
    ask, tell = workflow["jobs"]["ask"], workflow["jobs"]["tell"]
    assert (ask["permissions"], tell["permissions"]) == ({"contents": "read"}, {"statuses": "write"})
    assert "ref" not in ask["steps"][0]["with"]
    assert ask["steps"][-1]["with"]["base"] == "HEAD"
    assert [step for step in tell["steps"] if "uses" in step] == []
    assert "if" not in ask
    assert tell["if"] == "!cancelled()"
