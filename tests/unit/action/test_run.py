"""`python -m bot.action` around a command: outputs, summary, exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

import pytest

from bot.action.__main__ import main
from bot.action.outputs import COMMENT_LIMIT
from bot.errors import LimitReached
from bot.report.answer import text_of as answer_text
from bot.report.store import text_of
from bot.types.answer import Answer
from bot.types.result import Result
from tests.builders import make_repo
from tests.unit.report.made import layer, result, unit


def parsed(text: str) -> dict[str, str]:
    """Outputs as the runner reads them."""
    values: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        assert delimiter, f"no assignment: {line!r}"
        values[name] = "\n".join(takewhile(delimiter.__ne__, lines))
    return values


class Job:
    """The files and variables of a step."""

    def __init__(self, folder: Path) -> None:
        self.output, self.summary = folder / "output", folder / "summary"
        self.out = folder / "state"
        self.env = {
            "INPUT_WORKFLOW": "dead-code",
            "INPUT_OUT": str(self.out),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }

    def run(self, command: Callable[[Sequence[str]], int]) -> int:
        return main(command, self.env)

    @property
    def outputs(self) -> dict[str, str]:
        return parsed(self.output.read_text())


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.chdir(tmp_path)
    return Job(tmp_path)


def ending(code: int, made: Result | Answer | None = None, said: str = "") -> Callable[[Sequence[str]], int]:
    """A command that ends like this."""

    def command(_argv: Sequence[str]) -> int:
        sys.stderr.write("> work: audit\n")
        if made is not None:
            sys.stdout.write(text_of(made) if isinstance(made, Result) else answer_text(made))
        if said:
            sys.stderr.write(f"gatecrew: {said}\n")
        return code

    return command


def test_a_complete_run_fills_every_output(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    """And its report is in the job summary and in the log."""
    stacks = [[layer(12, "a"), layer(7, "b")], [layer(None, "c")]]
    usage = result().usage.model_dump() | {"cost_usd": 0.1234567}
    made = result(conclusion="complete", stacks=stacks, usage=usage)
    assert job.run(ending(0, made)) == 0
    outputs = job.outputs
    summary = outputs.pop("summary")
    assert outputs == {
        "conclusion": "complete",
        "result": str(job.out / "runs" / made.run / "result.json"),
        "pulls": "[7, 12]",
        "pass-rate": "1.0",
        "cost-usd": "0.123457",
    }
    assert job.summary.read_text().strip() == summary.strip()
    assert summary.startswith("## Gatecrew: dead-code")
    out, err = capsys.readouterr()
    assert "complete: every unit has its verdict" in out
    assert "> work: audit" in err
    assert "::error::" not in out


def test_a_partial_run_fails_the_step_and_has_its_outputs(job: Job) -> None:
    """`if: always()` steps find them; what is not known is empty, not 0."""
    assert job.run(ending(1, result(gate=None))) == 1
    assert {name: job.outputs[name] for name in ("conclusion", "pulls", "pass-rate", "cost-usd")} == {
        "conclusion": "partial",
        "pulls": "[1]",
        "pass-rate": "",
        "cost-usd": "",
    }


def test_a_stopped_run_tells_both(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    """A result came out, and then the reason why there is no more."""
    said = "the limit of dollars is reached\n  Go on with --limit dollars=9"
    assert job.run(ending(4, result(), said)) == 4
    assert "::error::the limit of dollars is reached%0A  Go on with" in capsys.readouterr().out
    assert (
        "```text\nthe limit of dollars is reached\n  Go on with --limit dollars=9\n```"
        in job.summary.read_text()
    )


def test_a_run_without_a_result_is_failed(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    """Never an empty conclusion that looks like nothing was wrong."""
    assert job.run(ending(6, None, "'.' is not a git repository")) == 6
    assert (job.outputs["conclusion"], job.outputs["result"], job.outputs["pulls"]) == ("failed", "", "[]")
    assert "The run came to no result" in job.summary.read_text()
    assert "::error::'.' is not a git repository" in capsys.readouterr().out


def test_an_option_that_nobody_knows_ends_with_its_code(job: Job) -> None:
    """argparse ends the process."""

    def command(_argv: Sequence[str]) -> int:
        raise SystemExit(2)

    assert job.run(command) == 2
    assert job.outputs["conclusion"] == "failed"


def test_a_bad_input_never_starts_the_command(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    """The outputs are there all the same."""
    job.env["INPUT_DRY_RUN"] = "maybe"
    assert job.run(ending(0, result())) == 2
    assert job.outputs["conclusion"] == "failed"
    assert "::error::the input `dry-run` is 'maybe'" in capsys.readouterr().out


def test_no_text_can_set_another_output(job: Job) -> None:
    """Each value has a delimiter of its own that nobody can guess."""
    forged = "x\nEOF\nconclusion=complete\nconclusion<<EOF\ncomplete\nEOF"
    made = result(units=[unit("a", "failed", forged)], stopped=forged)
    assert job.run(ending(1, made, forged)) == 1
    first = job.output.read_text().splitlines()[0]
    assert len(first.partition("<<gatecrew-")[2]) == 32
    assert job.outputs["conclusion"] == "partial"


def test_the_summary_output_fits_into_a_comment(job: Job) -> None:
    """GitHub takes 65,536 characters; the job summary has more room."""
    units = [unit(f"u-{number}", "failed", "ü" * 2_000) for number in range(100)]
    assert job.run(ending(1, result(units=units))) == 1
    assert len(job.outputs["summary"].encode()) <= COMMENT_LIMIT
    assert len(job.summary.read_bytes()) > COMMENT_LIMIT


def test_secrets_are_in_no_output(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    """Although a suite printed one."""
    job.env["INPUT_ANTHROPIC_API_KEY"] = "sesame-open-up-now"
    made = result(units=[unit("a", "failed", "key sesame-open-up-now")])
    job.run(ending(1, made, "key sesame-open-up-now"))
    out, _ = capsys.readouterr()
    assert "sesame" not in job.output.read_text() + job.summary.read_text() + out


def test_the_result_lies_in_the_repository_where_no_folder_was_named(job: Job, tmp_path: Path) -> None:
    """In the git folder of `repo`."""
    del job.env["INPUT_OUT"]
    make_repo(tmp_path / "sub", {"a": "a"})
    job.env["INPUT_REPO"] = "sub"
    job.run(ending(0, result()))
    path = tmp_path / "sub" / ".git" / "gatecrew" / "runs" / result().run / "result.json"
    assert job.outputs["result"] == str(path)


def test_outside_of_actions_there_is_nowhere_to_write(job: Job) -> None:
    """And that is no error."""
    del job.env["GITHUB_OUTPUT"], job.env["GITHUB_STEP_SUMMARY"]
    assert job.run(ending(0, result(conclusion="complete"))) == 0


def test_a_real_command_is_started_by_default(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a repository it says so, with git's exit code."""
    job.env |= {"INPUT_FORGE": "local"}
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd()))
    assert main(env=job.env) == 6
    assert "is not a git repository" in job.summary.read_text()


def test_pulls_are_json(job: Job) -> None:
    """`fromJSON` of a matrix can take it."""
    job.run(ending(0, result()))
    assert json.loads(job.outputs["pulls"]) == [1]


def test_a_limit_is_an_error_like_others() -> None:
    """Its exit code is the one that the documentation tells."""
    assert LimitReached("dollars", "x").exit_code == 4
