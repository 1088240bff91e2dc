"""What it costs to gate 64 changes with 0, 1, 2 and 3 culprits, beside one by one and beside halving.

make setup
.venv/bin/python benchmarks/gate.py             # about five minutes on 2 cores, no network
.venv/bin/python benchmarks/gate.py --counts    # only the number of runs, on a simulated suite: seconds
"""

from __future__ import annotations

import asyncio
import math
import os
import statistics
import sys
import tempfile
from itertools import product
from pathlib import Path

from machine import machine
from placements import AT_ONCE, CHANGES, RERUNS, halvings, placed, rows
from thousand import FILES, SLOW_S, TESTS_A_FILE, Thousand

SEEDS = 500
JOBS = (1, 2)


def table(head: list[str], lines: list[list[str]]) -> None:
    print()
    for line in (head, ["---"] * len(head), *lines):
        print(f"| {' | '.join(line)} |")
    print()


def counts() -> None:
    print(f"\nRuns of the suite to gate {CHANGES} changes: means over {SEEDS} placements of the culprits.")
    head = ["culprits", "one by one", "halving", "Gatecrew", "at most", "the bound"]
    head += [f"rounds, {jobs} at once" for jobs in AT_ONCE]
    lines = []
    for row in rows(SEEDS):
        line = [str(row.culprits), str(CHANGES), f"{row.halving:.1f}", f"**{row.search:.1f}**"]
        line += [str(row.most), str(row.bound)]
        lines.append([*line, *(f"{row.rounds[jobs]:.1f}" for jobs in AT_ONCE), f"{row.reruns:.0f}"])
    table([*head, "reruns to be sure"], lines)
    print(
        f"Reruns are of single tests, {RERUNS} with each culprit and {RERUNS} without; the others have none."
    )
    print("Where somebody was evicted, Gatecrew runs all tests on what is left once more; the others do not.")


async def walls(folder: Path) -> None:
    lines, proofs = [], []
    wholes: dict[int, list[float]] = {jobs: [] for jobs in JOBS}
    async with Thousand(folder).open() as project:
        for jobs, culprits in product(JOBS, range(4)):
            bad = placed(culprits, 0)
            # Before and after: a machine has other things to do now and then.
            before = await project.whole(jobs, f"{culprits} before")
            ours = await project.gated(bad, jobs)
            whole = (before + await project.whole(jobs, f"{culprits} after")) / 2
            wholes[jobs].append(whole)
            proofs.append(ours.proof)
            compared = _compared(ours.seconds, whole, bad, jobs)
            lines.append([str(culprits), str(jobs), *compared, str(ours.whole), str(ours.single)])
    tests = FILES * TESTS_A_FILE
    print(
        f"\nWall time of the same on a suite of {tests:,} tests, {FILES} of which sleep {SLOW_S * 1000:g} ms."
    )
    head = ["culprits", "jobs", "Gatecrew", "one by one", "ratio", "halving", "ratio"]
    table([*head, "runs of all tests", "of single ones"], lines)
    for jobs, took in wholes.items():
        seconds = statistics.mean(took)
        print(f"All tests, {jobs} at once: {seconds:.2f} s, measured before and after each of these gates.")
    proof = statistics.mean(proofs)
    print(f"In each of ours is the proof that the suite sees the tree, which the others lack: {proof:.1f} s.")
    print("One by one and halving are that, times their rounds for the same culprits; they rerun nothing.")


def _compared(ours: float, whole: float, bad: frozenset[int], jobs: int) -> list[str]:
    """Our seconds, and those of the others with the ratio of ours to them."""
    single = math.ceil(CHANGES / jobs) * whole
    halves = sum(math.ceil(runs / jobs) for runs in halvings(bad)) * whole
    return [
        f"{ours:.1f} s",
        *(f"{single:.1f} s", f"{ours / single:.2f}"),
        *(f"{halves:.1f} s", f"{ours / halves:.2f}"),
    ]


def main() -> int:
    print(f"{machine()}; load {os.getloadavg()[0]:.1f} before the start")
    counts()
    if "--counts" not in sys.argv:
        with tempfile.TemporaryDirectory(prefix="gatecrew-bench-") as folder:
            asyncio.run(walls(Path(folder)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
