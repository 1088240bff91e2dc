"""The main job on packages as their authors publish them, and a check of what came out that trusts nothing
of Gatecrew's own.

    .venv/bin/python benchmarks/packages.py [--quick] [--only NAME]... [--keep DIR]

Each package is fetched from the package index into a temporary folder and becomes a repository there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import machine
from pypi import PACKAGES, WORKFLOW, Package, prepare
from suite import Suite
from verify import Checked, verify

QUICK = ("boltons", "sqlparse", "cookiecutter")
GATECREW = [sys.executable, "-m", "bot"]


@dataclass(frozen=True, slots=True)
class Outcome:
    package: Package
    lines: int
    exit_code: int
    seconds: float
    result: dict[str, Any]
    checked: list[Checked]

    @property
    def right(self) -> bool:
        return bool(self.result) and all(one.right for one in self.checked)


def run(package: Package, folder: Path) -> Outcome:
    """Fetch, run and check one package."""
    repo = prepare(package, folder)
    state = folder / "state"
    start = time.monotonic()
    command = [*GATECREW, "run", WORKFLOW, "--repo", str(repo), "--out", str(state), "--json", "--yes"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.monotonic() - start
    result = json.loads(ended.stdout) if ended.stdout.strip() else {}
    checked = []
    if result.get("stacks"):
        suite = Suite.of(repo / ".github" / "gatecrew" / f"{WORKFLOW}.yml", folder / "own")
        checked = verify(package, result, state / "forge" / "repository.git", suite, folder)
    lines = sum(_lines(path) for path in (repo / package.source).rglob("*.py"))
    return Outcome(package, lines, ended.returncode, seconds, result, checked)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def told(outcome: Outcome) -> list[str]:
    """One row and what belongs to it."""
    result, package = outcome.result, outcome.package
    rows = [f"\n{package.name} {package.version} ({package.kind}, {outcome.lines:,} lines):"]
    rows[0] += f" exit {outcome.exit_code}, {outcome.seconds:.0f} s, {result.get('conclusion', 'no result')}"
    if not result:
        return rows
    rows.append(f"  units      {_statuses(result)}; findings {len(result['findings'])}")
    rows.append(f"  gate       {_gate(result['gate'])}")
    gone = sorted({name for one in outcome.checked for name in one.gone})
    layers = sum(len(stack) for stack in result["stacks"])
    rows.append(
        f"  proposed   {layers} layers in {len(result['stacks'])} stacks, {len(gone)} definitions gone"
    )
    rows += [f"    - {name}" for name in gone]
    rows += [line for one in outcome.checked for line in _check_lines(one)]
    return rows


def _statuses(result: dict[str, Any]) -> str:
    counts = Counter(unit["status"] for unit in result["units"])
    return f"{len(result['units'])}: " + ", ".join(f"{number} {name}" for name, number in counts.items())


def _gate(gate: dict[str, Any] | None) -> str:
    if gate is None:
        return "did not run"
    base = gate["baseline"]
    return (
        f"{gate['pass_rate']:.4f} of {base['stable_pass']} stable tests"
        f" ({base['stable_fail']} fail at the base, {base['flaky']} flaky),"
        f" {gate['suite_runs']} suite runs, {len(gate['evicted'])} evicted, sandbox {gate['sandbox']}"
    )


def _check_lines(one: Checked) -> list[str]:
    word = "right" if one.right else "WRONG"
    lines = [f"  checked    {one.layer}: {word}, {one.tests} tests in a plain clone"]
    for what, names in (
        ("worse", one.worse),
        ("public name gone", one.public_gone),
        ("changed outside", one.outside),
    ):
        lines += [f"    ! {what}: {name}" for name in names]
    return lines


def chosen(only: list[str], quick: bool) -> list[Package]:
    names = only or (QUICK if quick else [package.name for package in PACKAGES])
    return [package for package in PACKAGES if package.name in names]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", action="append", default=[], choices=[p.name for p in PACKAGES])
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}")
    parser.add_argument("--keep", type=Path, help="work in a new folder here, and leave all there")
    args = parser.parse_args()
    print(machine(), flush=True)
    right = True
    with tempfile.TemporaryDirectory(prefix="gatecrew-packages-") as temporary:
        for package in chosen(args.only, args.quick):
            folder = (args.keep or Path(temporary)) / package.name
            folder.mkdir(parents=True)
            outcome = run(package, folder)
            right = right and outcome.right
            print("\n".join(told(outcome)), flush=True)
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
