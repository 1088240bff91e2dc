"""Wrong input through the installed command: told before anything starts, with its exit code."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.git import Git, init
from tests.builders import write
from tests.inputs import FILES, KEY, SPEC_PATH, TOKEN, WORKFLOW, Ended, Project, project, spec_of


@pytest.fixture(scope="module")
def tidy(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which nothing is ever started."""
    return project(tmp_path_factory.mktemp("tidy"))


def test_outside_of_a_repository_it_asks_for_one(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    ended = Project(folder, Git.__new__(Git)).run()
    assert ended.code == 6
    assert "'.' is not a git repository" in ended.err
    assert "--repo DIR" in ended.err
    assert list(folder.iterdir()) == []


def test_a_repository_without_commits_has_no_base(tmp_path: Path) -> None:
    git = init(tmp_path / "repo")
    ended = Project(tmp_path / "repo", git).run()
    assert ended.code == 2
    assert "has no commit yet" in ended.err
    assert "git add -A && git commit" in ended.err


def test_uncommitted_changes_are_told_and_ignored(tmp_path: Path) -> None:
    """Neither looked at nor touched: the pull request is about the commit."""
    tidy = project(tmp_path)
    mine = {"app/price.py": "def mine():\n    return 1\n", "app/new.py": "NEW = 1\n"}
    write(tidy.folder, mine)
    ended = tidy.run()
    assert ended.code == 0, ended.said
    assert "uncommitted changes: they are not looked at" in ended.out
    assert {name: (tidy.folder / name).read_text() for name in mine} == mine
    (layer,) = tidy.result["stacks"][0]
    assert layer["files"] == ["app/price.py"]


WRONG: dict[str, tuple[list[str], dict[str, str], list[str]]] = {
    "an unknown revision": (["--base", "nope"], {}, ["'nope' names no commit", "git log"]),
    "an unknown engine": (["--engine", "claud"], {}, ["--engine: 'claud'", "did you mean 'claude'?"]),
    "an unknown forge": (["--forge", "gihub"], {}, ["--forge: 'gihub'", "did you mean 'github'?"]),
    "an unknown limit": (["--limit", "dolars=3"], {}, ["'dolars' is not known; did you mean 'dollars'?"]),
    "a limit that is no number": (
        ["--limit", "dollars=many"],
        {},
        ["'many' is not a number above 0", "--limit dollars=10"],
    ),
    "a limit out of range": (["--limit", "concurrency=1000"], {}, ["--limit concurrency=1000", "256"]),
    "resuming where nothing ran": (["--resume", "last"], {}, ["'last' names no run", "gatecrew runs"]),
    "a unit that is not there": (["--only", "nobody"], {}, ["--only nobody: no unit", "app-"]),
    "GitHub without a token": (["--forge", "github"], {}, ["there is no token", "export GITHUB_TOKEN="]),
    "GitHub without a repository": (
        ["--forge", "github"],
        {"GITHUB_TOKEN": TOKEN},
        ["GITHUB_REPOSITORY is not set", "export GITHUB_REPOSITORY=OWNER/NAME"],
    ),
    "a repository that is none": (
        ["--forge", "github"],
        {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "just-a-name"},
        ["'just-a-name' is not OWNER/NAME"],
    ),
    "Claude without a key": (
        ["--engine", "claude"],
        {},
        ["ANTHROPIC_API_KEY is not set", "--engine recipe"],
    ),
}


@pytest.fixture(scope="module")
def typed(tidy: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """What comes of every wrong option and spec; many at once, each with a state of its own."""
    write(
        tidy.folder,
        {
            ".github/gatecrew/fresh.yml": spec_of(),
            "bytes.yml": b"\xff\x00goal",
            "broken.yml": "goal: x\n  gate: [\n",
            "empty.yml": "# nothing\n",
        },
    )
    states = tmp_path_factory.mktemp("states")

    def option(what: str) -> Ended:
        args, environment, _ = WRONG[what]
        return tidy.run(*args, "--out", str(states / what), **environment)

    def spec(what: str) -> Ended:
        return tidy.run("--out", str(states / what), workflow=SPECS[what][0])

    with ThreadPoolExecutor(4) as pool:
        jobs = {what: pool.submit(option, what) for what in WRONG}
        jobs |= {what: pool.submit(spec, what) for what in SPECS}
        return {what: job.result() for what, job in jobs.items()}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_option_is_told_with_the_way_out(typed: dict[str, Ended], what: str) -> None:
    ended, told = typed[what], WRONG[what][2]
    assert ended.code == 2, ended.said
    assert [text for text in told if text not in ended.err] == []
    assert TOKEN not in ended.said


def test_a_plain_sandbox_beside_a_key_is_refused(tidy: Project) -> None:
    """The suite could read what the process holds, so it does not start."""
    ended = tidy.run("--engine", "claude", ANTHROPIC_API_KEY=KEY)
    assert ended.code == 7
    assert "gate.sandbox is 'plain', and the suite would run beside the model's key" in ended.err
    assert "--unsafe-plain" in ended.err
    assert "baseline" not in ended.out


def test_a_plain_sandbox_beside_a_write_token_is_refused(tidy: Project) -> None:
    ended = tidy.run("--forge", "github", GITHUB_TOKEN=TOKEN, GITHUB_REPOSITORY="octo/parcel")
    assert ended.code == 7
    assert "a token that may write" in ended.err


# -- the spec and the script --------------------------------------------------------------------------


SPECS: dict[str, tuple[str, list[str]]] = {
    "an unknown workflow": ("tidi", ["no workflow 'tidi'", "did you mean 'tidy'?", "Known are: tidy"]),
    "a spec that is not there": ("./nowhere.yml", ["'./nowhere.yml'", "no such file"]),
    "a folder for a spec": ("app/", ["cannot read the spec 'app/'"]),
    "a spec that is not committed": ("fresh", ["fresh.yml is on disk, but not in the base commit"]),
    "a spec of bytes": ("./bytes.yml", ["byte 0xff is not UTF-8", "line 1"]),
    "a spec that is no YAML": ("./broken.yml", ["is not YAML", "line 2"]),
    "a spec that is empty": ("./empty.yml", ["the file is empty", "'goal' and 'gate.run'"]),
}


@pytest.mark.parametrize("what", SPECS)
def test_a_spec_that_cannot_be_read_is_named(typed: dict[str, Ended], what: str) -> None:
    ended, told = typed[what], SPECS[what][1]
    assert ended.code == 2, ended.said
    assert [text for text in told if text not in ended.err] == []


def test_all_problems_of_a_spec_come_at_once(tmp_path: Path) -> None:
    spec = (
        "goal: ''\n"
        "gatee: {run: pytest}\n"
        "files:\n  include: app\n"
        "limits: {agents: 0, dolars: 3}\n"
        "script: audti\n"
    )
    ended = project(tmp_path, spec).inside("check", WORKFLOW)
    assert ended.code == 2
    told = [
        " problems\n",
        "goal: '': must not be empty (line 1, column 7)",
        "gatee: unknown key; did you mean 'gate'? (line 2, column 1)",
        "files.include: 'app': must be a list",
        "limits.agents: 0: must be at least 1 (line 5, column 18)",
        "limits.dolars: unknown key; did you mean 'dollars'?",
        "script: 'audti': neither built in (audit, migrate)",
        "gatecrew check",
    ]
    assert [text for text in told if text not in ended.err] == []


SCRIPTS: dict[str, tuple[bytes | None, list[str]]] = {
    "missing": (None, ["'flow.py': no such file in the base commit; was it committed?"]),
    "bytes": (b"\xff\xfe", ["'flow.py' is not UTF-8"]),
    "syntax": (b"def (:\n", ["flow.py:1:5", "invalid-syntax"]),
    "wrong verb": (b"from gatecrew import wrok\n", ["flow.py:1", "wrok"]),
    "wrong type": (b"from gatecrew import shards\nfor s in shards():\n    s.size\n", ["flow.py:3", "`size`"]),
}


@pytest.mark.parametrize("what", SCRIPTS)
def test_a_script_that_cannot_run_is_told_with_its_line(tmp_path: Path, what: str) -> None:
    data, told = SCRIPTS[what]
    ended = project(tmp_path, spec_of(script="flow.py"), {"flow.py": data}).inside("run", WORKFLOW)
    assert ended.code == 2, ended.said
    assert [text for text in told if text not in ended.err] == []
    assert "> work" not in ended.out


def test_an_empty_scope_is_nothing_to_do(tmp_path: Path) -> None:
    tidy = project(tmp_path, spec_of(files={"include": ["lib/**"]}))
    ended = tidy.inside("run", WORKFLOW)
    assert ended.code == 3
    assert "the scope of 'tidy' is empty" in ended.err
    assert "files.include[0]: 'lib/**' matches no file" in ended.out
    checked = tidy.inside("check", WORKFLOW)
    assert checked.code == 3


def test_protected_files_alone_are_nothing_to_do(tmp_path: Path) -> None:
    ended = project(tmp_path, spec_of(files={"include": ["tests/**"]})).inside("run", WORKFLOW)
    assert ended.code == 3


def test_a_dollar_limit_on_a_model_without_a_price_holds_nothing(tmp_path: Path) -> None:
    models: dict[str, Any] = {"worker": "nobody-1", "reviewer": "nobody-2"}
    tidy = project(tmp_path, spec_of(models=models))
    ended = tidy.run("--engine", "claude", "--unsafe-plain", ANTHROPIC_API_KEY=KEY)
    assert ended.code == 2
    assert "nobody knows the price of nobody-1, nobody-2" in ended.err
    assert "`prices`" in ended.err


def test_the_same_is_told_by_python_dash_m(tidy: Project) -> None:
    root = str(Path(__file__).parents[2])
    ended = tidy.type("check", "tidi", prefix=[sys.executable, "-m", "bot"], PYTHONPATH=root)
    assert ended.code == 2
    assert "did you mean 'tidy'?" in ended.err


def test_what_is_printed_first_can_be_read_alone(tidy: Project) -> None:
    """`gatecrew check | head -1` is no error of anybody."""
    ended = tidy.piped_to("head -1", "check", WORKFLOW)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("tidy from .github/gatecrew/tidy.yml")
    assert ended.err == ""


def test_the_spec_and_the_sources_are_as_they_were(tidy: Project) -> None:
    """None of the above wrote anything outside of the state."""
    assert tidy.git.dirty() is False
    assert (tidy.folder / SPEC_PATH).read_text() == spec_of()
    assert (tidy.folder / "app/price.py").read_text() == FILES["app/price.py"]
    assert tidy.pulls == []
