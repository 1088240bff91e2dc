"""`gatecrew run` as it is installed: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.builders import write
from tests.stories import SPEC, Place
from tests.typing_it import ended, started, typed

SCHEMA = Path(__file__).parents[2] / "bot" / "report" / "result.schema.json"


def test_json_is_exactly_the_result_and_keeps_to_its_schema(tmp_path: Path) -> None:
    home = Place(tmp_path)
    ran = typed(home, "--json")
    assert ran.code == 0, ran.err
    assert ran.out == (home.out / "result.json").read_text()
    result = json.loads(ran.out)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(result)
    assert (result["version"], result["conclusion"], result["exit_code"]) == (1, "complete", 0)
    assert result["base"] == home.git.commit("HEAD")
    assert f"run {result['run']}" in ran.err, "all else goes to standard error"
    assert (home.out / "runs" / result["run"] / "result.json").read_text() == ran.out


def test_without_json_a_person_reads_the_ledger_the_gate_and_the_pull_requests(tmp_path: Path) -> None:
    ran = typed(Place(tmp_path))
    assert ran.code == 0, ran.err
    for told in ("app-cart-py", "proposed", "unchanged", "nothing here is unused", "100 %", "result.json"):
        assert told in ran.out, told
    assert "\x1b" not in ran.out, "no colours where the output is no terminal"


def test_a_partial_run_exits_1(tmp_path: Path) -> None:
    flow = "from gatecrew import goal, review, shards, work\nawait review(await work(shards()[1], goal))\n"
    ran = typed(Place(tmp_path, flow=flow), "--json")
    assert (ran.code, json.loads(ran.out)["conclusion"]) == (1, "partial")


def test_an_empty_scope_exits_3(tmp_path: Path) -> None:
    ran = typed(Place(tmp_path, files={"include": ["nowhere/**"]}), "--json")
    assert (ran.code, ran.out) == (3, "")
    assert "the scope of 'tidy' is empty" in ran.err
    assert "gatecrew check" in ran.err


def test_a_limit_exits_4_says_how_to_go_on_and_does(tmp_path: Path) -> None:
    home = Place(tmp_path)
    ran = typed(home, "--json", "--limit", "agents=2")
    assert ran.code == 4
    result = json.loads(ran.out)
    assert (result["exit_code"], result["conclusion"] != "complete") == (4, True)
    hint = next(line for line in ran.err.splitlines() if "--resume" in line)
    assert f"gatecrew run tidy --resume {result['run']} --repo " in hint
    assert " --out " in hint
    assert hint.endswith(" --limit agents=N")

    again = typed(home, "--json", "--resume", "last", "--limit", "agents=100")
    assert (again.code, json.loads(again.out)["run"]) == (0, result["run"])


BAD_INPUT = {
    "no such workflow": ((), "nightly", "Known are: tidy"),
    "an unknown limit": (("--limit", "euros=3"), "tidy", "Known are: dollars"),
    "the claude engine without a key": (("--engine", "claude"), "tidy", "ANTHROPIC_API_KEY"),
    "a run that there is not": (("--resume", "2020"), "tidy", "gatecrew runs"),
    "a unit that there is not": (("--only", "nothing"), "tidy", "app-cart-py"),
}


@pytest.mark.parametrize("what", BAD_INPUT)
def test_wrong_input_exits_2_and_says_what_to_type(tmp_path: Path, what: str) -> None:
    more, workflow, told = BAD_INPUT[what]
    home = Place(tmp_path)
    ran = typed(home, "--json", *more, workflow=workflow)
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert home.traced == 0


def test_a_broken_journal_exits_8(tmp_path: Path) -> None:
    home = Place(tmp_path)
    assert typed(home, "--limit", "agents=1").code == 4
    path = home.state.journals[0]
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":9'))
    ran = typed(home, "--resume", "last")
    assert ran.code == 8
    assert "newer gatecrew" in ran.err


def test_uncommitted_changes_are_told_and_ignored(tmp_path: Path) -> None:
    home = Place(tmp_path)
    text = (home.repo / "app/price.py").read_text()
    write(
        home.repo, {"app/price.py": text + "\n\nprint(unused())\n", "app/new.py": "def dead():\n    pass\n"}
    )
    before = home.git.text("status", "--porcelain")

    ran = typed(home, "--json")

    assert ran.code == 0
    assert "uncommitted changes" in ran.err
    units = {unit["id"].rpartition("-")[0]: unit["status"] for unit in json.loads(ran.out)["units"]}
    assert units["app-price-py"] == "proposed", "what is on disk does not keep it alive"
    assert "app-new-py" not in units
    assert home.git.text("status", "--porcelain") == before, "and stays as it was"


def test_a_bare_name_is_read_from_the_base_commit_and_a_path_from_disk(tmp_path: Path) -> None:
    home = Place(tmp_path, files={"include": ["app/cart.py"]})
    spec = json.loads((home.repo / SPEC).read_text())
    write(home.repo, {SPEC: json.dumps({**spec, "files": {"include": ["app/price.py"]}})})

    named = typed(home, "--json")
    on_disk = typed(home, "--json", workflow=str(home.repo / SPEC))

    assert [unit["files"] for unit in json.loads(named.out)["units"]] == [["app/cart.py"]]
    assert f"spec from {SPEC} of the base commit" in named.err
    assert [unit["files"] for unit in json.loads(on_disk.out)["units"]] == [["app/price.py"]]
    assert f"spec from {home.repo / SPEC} on disk" in on_disk.err


def test_a_dry_run_proposes_and_opens_nothing(tmp_path: Path) -> None:
    home = Place(tmp_path)
    ran = typed(home, "--json", "--dry-run")
    assert ran.code == 0
    assert [layer["pull"] for stack in json.loads(ran.out)["stacks"] for layer in stack] == [None]
    assert home.branches() == {}


def test_an_older_base_can_be_asked_for(tmp_path: Path) -> None:
    home = Place(tmp_path)
    first = home.git.commit("HEAD")
    home.commit({"app/price.py": None, "app/cart.py": "total = sum\n"})
    ran = typed(home, "--json", "--base", "HEAD~1", "--dry-run")
    assert (ran.code, json.loads(ran.out)["base"]) == (0, first)


def test_the_state_lies_in_the_git_folder_unless_told_otherwise(tmp_path: Path) -> None:
    home = Place(tmp_path)
    home.out = home.repo / ".git" / "gatecrew"
    process = started(home)
    process_out = ended(process)
    assert process_out.code == 0
    assert home.git.text("status", "--porcelain") == ""
