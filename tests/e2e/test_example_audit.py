"""The main job on the example project, through the installed command: every trap must come out right.

What is dead and what only looks so stands in examples/TRAPS.md; the program knows nothing of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.git import Git
from tests.builders import commit_all

PROJECT = Path(__file__).parents[2] / "examples" / "parcelbook"
GATECREW = str(Path(sys.executable).with_name("gatecrew"))

# By unit: definitions that must be gone, and those that only look dead and must stand.
GONE = {
    "config": ["settings_from_environment"],
    "domain": ["PostOfficeBox", "guess_country", "split_evenly", "_spread_leftover", "days_under_way"],
    "cli": ["confirm_overwrite", "_read_yes", "forget_command", "print_banner"],
    "exporters": ["NullExporter", "describe_plugins"],
    "notices": ["format_ounces", "strip_markup"],
    "pickup": ["ThermalRoll", "remaining_labels", "doors_by_row"],
    "reports": ["BarChart", "busiest_city"],
    "storage": ["split_fields", "restore_backup"],
    "tariffs": ["WeightBands", "band_index"],
    "tracking": ["mask_number", "legacy_check_digit", "is_overdue", "undo_last"],
}
STANDS = {
    "cli": ["cmd_register", "cmd_tidy", "import_manifest", "command"],
    "exporters": ["CsvExporter", "JsonLinesExporter"],
    "notices": ["format_weight", "format_money", "weekday_of", "in_capitals"],
    "pickup": ["draw_sender", "draw_recipient", "draw_bars"],
    "reports": ["count_closed", "count_held", "heaviest_grams"],
    "storage": ["default"],
    "tariffs": ["fuel_share", "island_ferry", "two_person_lift"],
    "tracking": ["close_parcel", "open_claim", "hold_for_inspection"],
    "customs": ["flat_neighbour", "banded_overseas", "banded_island", "harmonised_chapter"],
}


class Audited:
    """The audit's result, and the tree in which everything that it proposes has landed."""

    def __init__(self, repo: Path) -> None:
        run = [GATECREW, "run", "dead-code", "--repo", str(repo), "--json", "--yes"]
        done = subprocess.run(run, capture_output=True, text=True, env=_environment(), check=False)
        assert done.stdout, done.stderr
        self.code = done.returncode
        self.result: dict[str, Any] = json.loads(done.stdout)
        self.git = Git(repo / ".git" / "gatecrew" / "forge" / "repository.git")
        self.layers = [layer for stack in self.result["stacks"] for layer in stack]

    def unit(self, folder: str) -> dict[str, Any]:
        """The unit of one of the package's folders."""
        paths = f"parcelbook/{folder}/"
        (found,) = [u for u in self.result["units"] if all(f.startswith(paths) for f in u["files"])]
        return dict(found)

    def landed(self, folder: str) -> str:
        """A folder's code as its layer's branch has it."""
        heads = [layer["head"] for layer in self.layers if self.unit(folder)["id"] in layer["units"]]
        commit = self.git.commit(heads[0] if heads else "main")
        files = {path: file for path, file in self.git.files(commit).items() if path.endswith(".py")}
        own = [path for path in files if path.startswith(f"parcelbook/{folder}/")]
        return "\n".join(self.git.blob(files[path].blob).decode() for path in own)


def _environment() -> dict[str, str]:
    """The package index, for the example's own gate.setup, is reached as this machine reaches it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GATECREW"))}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    repo = tmp_path_factory.mktemp("example") / "parcelbook"
    shutil.copytree(PROJECT, repo, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=repo, check=True)
    commit_all(repo, "The example project")
    return Audited(repo)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_audit_is_complete(audited: Audited) -> None:
    assert (audited.code, audited.result["conclusion"]) == (0, "complete")
    assert audited.result["uncovered"] == []


@pytest.mark.parametrize("folder", GONE)
def test_dead_code_is_removed(audited: Audited, folder: str) -> None:
    assert audited.unit(folder)["status"] == "proposed"
    left = [name for name in GONE[folder] if f" {name}" in audited.landed(folder)]
    assert left == []


@pytest.mark.parametrize("folder", STANDS)
def test_what_only_looks_dead_stands(audited: Audited, folder: str) -> None:
    code = audited.landed(folder)
    missing = [name for name in STANDS[folder] if f"def {name}" not in code and f"class {name}" not in code]
    assert missing == []


def test_a_whole_dead_module_is_deleted_and_modules_reached_from_outside_are_not(audited: Audited) -> None:
    assert "parcelbook/storage/ledger_v1.py" in audited.unit("storage")["changed"]
    head = next(x["head"] for x in audited.layers if audited.unit("storage")["id"] in x["units"])
    files = audited.git.files(audited.git.commit(head))
    assert "parcelbook/storage/ledger_v1.py" not in files
    for kept in ("cli/bulk.py", "exporters/formats.py", "tariffs/surcharges.py"):
        assert f"parcelbook/{kept}" in files


def test_the_refutations_quote_their_evidence(audited: Audited) -> None:
    refuted = {
        finding["subject"].rpartition("::")[2]: finding["evidence"][0]
        for finding in audited.result["findings"]
        if finding["verdict"] == "refute"
    }
    assert refuted["CsvExporter"]["path"] == "pyproject.toml"
    assert "format_weight" in refuted["format_weight"]["text"]
    assert refuted["fuel_share"]["path"] == "parcelbook/config/defaults.toml"
    assert "__all__" in refuted["count_closed"]["text"]
    assert "@command" in refuted["cmd_tidy"]["text"]
    assert (
        "getattr"
        in refuted["LabelSheet.draw_bars" if "LabelSheet.draw_bars" in refuted else _draw(refuted)]["text"]
    )


def _draw(refuted: dict[str, Any]) -> str:
    return next(name for name in refuted if name.endswith("draw_bars"))


def test_the_gate_finds_what_only_a_test_knows_and_evicts_it_alone(audited: Audited) -> None:
    evicted = audited.result["gate"]["evicted"]
    assert [one["unit"] for one in evicted] == [audited.unit("customs")["id"]]
    assert evicted[0]["confirmed"]
    assert all("customs" in test or "duties" in test for test in evicted[0]["tests"])
    assert audited.unit("customs")["status"] == "rejected"
    assert audited.unit("customs")["cause"].startswith("gate: ")


def test_the_test_that_fails_at_the_base_and_the_flaky_one_are_nobodys_fault(audited: Audited) -> None:
    gate = audited.result["gate"]
    blamed = [test for one in gate["evicted"] for test in one["tests"]]
    assert gate["known_failures"] == ["tests.test_domain::test_half_a_cent_is_rounded_up"]
    assert not any("half_a_cent" in test or "another_door" in test for test in blamed)
    assert gate["pass_rate"] == 1.0
    assert all(tree["green"] for tree in gate["trees"] if tree["layer"])


def test_there_are_at_least_three_layers_and_users_land_first(audited: Audited) -> None:
    assert len(audited.layers) >= 3
    by_unit = {unit: layer for layer in audited.layers for unit in layer["units"]}
    reports, tracking = (by_unit[audited.unit(name)["id"]] for name in ("reports", "tracking"))
    assert tracking["base_branch"] == reports["branch"]


def test_a_second_run_runs_no_agent_and_no_suite_and_opens_nothing(audited: Audited, tmp_path: Path) -> None:
    repo = audited.git.root.parents[2].parent
    again = Audited(repo)
    assert again.code == 0
    assert again.result["usage"]["agents"] == 0
    assert again.result["calls"] == 0
    assert [x["pull"] for x in again.layers] == [x["pull"] for x in audited.layers]
    assert [x["head"] for x in again.layers] == [x["head"] for x in audited.layers]
