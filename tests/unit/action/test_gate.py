"""The action asks the gate: inputs and events as a command line, its answer as outputs and summary."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from bot.action.inputs import Payload, arguments, hand_over_keys
from bot.cli.parser import parser
from bot.errors import InputError
from bot.report.answer import text_of
from bot.types.answer import Answer
from bot.types.result import BaselineRow
from tests.unit.action.test_run import Job, ending

BASE, HEAD, ZEROS = "b" * 40, "a" * 40, "0" * 40
PULL = {"base": {"ref": "main", "sha": BASE}, "head": {"ref": "x", "sha": HEAD}}
LINE = "50 % of the 2 tests that are stable at the base still pass; bar 100 %; 1 regression"


def typed(inputs: dict[str, str] | None = None, **event: Any) -> argparse.Namespace:
    """What the command would see."""
    env = {"INPUT_COMMAND": "gate"} | {f"INPUT_{name}": value for name, value in (inputs or {}).items()}
    return parser().parse_args(arguments(env, Payload.model_validate(event)))


def made(*, green: bool, text: str = "") -> Answer:
    return Answer(
        version=1,
        green=green,
        line=LINE,
        text=text or f"{LINE}\nregression: test_net\nthe same again: gatecrew gate --base b",
        base=BASE,
        head=HEAD,
        tree="c" * 40,
        merged=False,
        bar=1.0,
        pass_rate=1.0 if green else 0.5,
        passed=2 if green else 1,
        of=2,
        doubt=None,
        absolute={"pass": 1},
        baseline=BaselineRow(stable_pass=2, stable_fail=0, flaky=0, skip=0, runs=3),
        baseline_reused=0,
        suite_runs=4,
        seconds=0.5,
        command="pytest",
        sandbox="bubblewrap",
        repeat="gatecrew gate",
        exit_code=0 if green else 1,
    )


@pytest.mark.parametrize(
    ("event", "parties"),
    [
        ({"pull_request": PULL, "before": "c" * 40, "after": "d" * 40}, (BASE, HEAD)),
        ({"merge_group": {"base_sha": BASE, "head_sha": HEAD}}, (BASE, HEAD)),
        ({"before": BASE, "after": HEAD}, (BASE, HEAD)),
        ({"before": ZEROS, "after": HEAD, "repository": {"default_branch": "dev"}}, ("origin/dev", HEAD)),
        ({"repository": {"default_branch": "dev"}}, ("origin/dev", "HEAD")),
    ],
    ids=["pull request", "merge group", "push", "push of a new branch", "schedule"],
)
def test_the_event_names_the_two_commits(event: dict[str, Any], parties: tuple[str, str]) -> None:
    """By their ids: a branch may move meanwhile."""
    args = typed(**event)
    assert (args.base, args.head) == parties


def test_every_input_becomes_its_option() -> None:
    """And goes before the event."""
    said = {"REPO": "sub", "BASE": "v1", "HEAD": "v2", "RUN": "make test", "REPORT": "r.xml", "RUNS": "5"}
    args = typed({**said, "TIMEOUT": "60", "OUT": "state", "STATUS": "true"}, pull_request=PULL)
    assert (args.repo, args.base, args.head, args.run, args.report) == (
        "sub",
        "v1",
        "v2",
        "make test",
        "r.xml",
    )
    assert (args.runs, args.timeout, args.out, args.status) == (5, 60.0, "state", True)
    assert (args.json, args.spec) == (True, None)
    assert typed({"WORKFLOW": "tidy"}, pull_request=PULL).spec == "tidy"


def test_a_sandbox_is_required_unless_the_risk_is_named() -> None:
    """A candidate in plain processes could write the step's outputs itself."""
    args = typed(pull_request=PULL)
    assert (args.sandbox, args.unsafe_plain) == ("required", False)
    args = typed({"UNSAFE_PLAIN": "true"}, pull_request=PULL)
    assert (args.sandbox, args.unsafe_plain) == (None, True)


@pytest.mark.parametrize("value", ["--json", "-h", "x; rm -rf .", "$(id)", "--status"])
def test_a_value_is_never_an_option(value: str) -> None:
    """A branch may have any of these names."""
    args = typed({"WORKFLOW": value, "RUN": value, "HEAD": value, "BASE": value})
    assert (args.spec, args.run, args.head, args.base) == (value, value, value, value)
    assert not args.status


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"COMMAND": "gates"}, "the input `command` is 'gates'"),
        ({"WORKFLOW": ".github/gatecrew/tidy.yml"}, "may be the candidate's"),
        ({"WORKFLOW": "tidy.yml"}, "may be the candidate's"),
        ({"ENGINE": "claude"}, r"`engine` \('claude'\) goes with `command: run`"),
        ({"DRY_RUN": "true"}, "`dry-run`"),
        ({"STATUS": "yes"}, "`status` is 'yes'"),
        ({"COMMAND": "run", "HEAD": "HEAD"}, r"`head` \('HEAD'\) goes with `command: gate`"),
        ({"COMMAND": "run", "STATUS": "true"}, "`status`"),
    ],
)
def test_what_cannot_be_is_told(inputs: dict[str, str], told: str) -> None:
    """An input that nobody looks at must not look as if somebody did."""
    with pytest.raises(InputError, match=told):
        typed(inputs, pull_request=PULL)


def test_an_event_without_a_base_asks_for_one() -> None:
    """`base: HEAD` would judge nothing: it is not guessed."""
    with pytest.raises(InputError, match="neither the input `base` nor the event"):
        typed()


@pytest.mark.parametrize(("status", "kept"), [("", {}), ("false", {}), ("true", {"GITHUB_TOKEN": "t"})])
def test_the_gate_has_no_key_and_only_for_its_status_a_token(status: str, kept: dict[str, str]) -> None:
    """Project code is asked beside it."""
    env = {"INPUT_COMMAND": "gate", "INPUT_STATUS": status}
    given = {"INPUT_GITHUB_TOKEN": "t", "INPUT_ANTHROPIC_API_KEY": "k"}
    hand_over_keys(both := env | given)
    assert both == env | kept


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.chdir(tmp_path)
    asked = Job(tmp_path)
    asked.env |= {"INPUT_COMMAND": "gate", "INPUT_BASE": "main"}
    return asked


@pytest.mark.parametrize("green", [True, False])
def test_an_answer_fills_the_outputs_and_the_summary(
    job: Job, capsys: pytest.CaptureFixture[str], green: bool
) -> None:
    """The summary is the text of the terminal, whole."""
    answer = made(green=green)
    assert job.run(ending(answer.exit_code, answer)) == answer.exit_code
    outputs = job.outputs
    summary, path = outputs.pop("summary"), Path(outputs.pop("result"))
    assert outputs == {
        "green": str(green).lower(),
        "pass-rate": "1.0" if green else "0.5",
        "line": LINE,
    }
    assert Answer.model_validate_json(path.read_bytes()) == answer
    assert path == job.out / "answer.json"
    assert answer.text in summary
    assert job.summary.read_text().strip() == summary.strip()
    out, _ = capsys.readouterr()
    assert f"{'green' if green else 'red'}: {LINE}\nregression: test_net\nthe same again: gatecrew" in out
    assert ("::error::the gate is red: 50 %25 of the 2 tests" in out) is not green


def test_what_could_not_be_asked_is_not_green_and_says_why(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every output that a later step may look at is there."""
    assert job.run(ending(2, None, "'nope' names no commit\n  See git log")) == 2
    outputs = job.outputs
    summary = outputs.pop("summary")
    assert (outputs["green"], outputs["result"], outputs["pass-rate"]) == ("false", "", "")
    assert outputs["line"] == "no verdict: 'nope' names no commit"
    assert summary.startswith("## Gatecrew's gate: no verdict")
    assert "See git log" in job.summary.read_text()
    assert "::error::'nope' names no commit" in capsys.readouterr().out


def test_an_exit_code_alone_is_not_green(job: Job) -> None:
    """0 without an answer is no answer."""
    job.run(ending(0))
    assert job.outputs["green"] == "false"


def test_text_of_a_test_is_no_command_to_the_runner_and_no_output(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names and messages of tests are the candidate's."""
    text = f"{LINE}\n::add-mask::x\n##[error]y\nEOF\ngreen=true\n\x1b[2Jz\nthe same again: g"
    job.run(ending(1, made(green=False, text=text)))
    assert job.outputs["green"] == "false"
    out, _ = capsys.readouterr()
    assert "\n::add-mask" not in out
    assert "##[" not in out
    assert "\x1b" not in out


def test_the_answer_on_disk_is_what_the_command_prints(job: Job) -> None:
    """The schema is that of `--json`."""
    answer = made(green=True)
    job.run(ending(0, answer))
    assert json.loads((job.out / "answer.json").read_text()) == json.loads(text_of(answer))
