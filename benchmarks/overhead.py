"""What Gatecrew costs beside the models and the suite: ratios to stated limits, never a timed assertion.

make setup
.venv/bin/python benchmarks/overhead.py
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import machine
from memory import Watch
from rich.console import Console
from rich.table import Table
from sizes import sizes

AGENTS = 1000
AT_ONCE = 16
LATENCY_S = 0.2
IDEAL_S = math.ceil(AGENTS / AT_ONCE) * LATENCY_S


@dataclass(frozen=True, slots=True)
class Row:
    """`more` is what the limit asks for: more is better for rates, less for all else."""

    what: str
    measured: float
    limit: float
    unit: str
    more: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.measured / self.limit

    @property
    def kept(self) -> bool:
        return self.ratio >= 1 if self.more else self.ratio <= 1


def crewed(script: str, latency_s: float, paid: str = "") -> tuple[dict[str, Any], float]:
    """1,000 agents in a process of their own: what it says, and the peak of its memory."""
    command = [sys.executable, str(Path(__file__).with_name("crewed.py")), script, str(AGENTS)]
    process = subprocess.Popen([*command, str(latency_s), *filter(None, [paid])], stdout=subprocess.PIPE)
    with Watch(process.pid) as watch:
        out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(process.returncode)
    told: dict[str, Any] = json.loads(out)
    assert told["agents"] == AGENTS, told
    return told, watch.peak_mb


def with_latency() -> list[Row]:
    rows = []
    for script, what in (("agents", "agent()"), ("pipeline", "work() and review(), with commits")):
        told, peak = crewed(script, LATENCY_S, "paid")
        name = f"1,000 agents, {AT_ONCE} at once, {LATENCY_S} s each: {what}"
        rows.append(
            Row(name, told["seconds"], IDEAL_S * 1.05, "s", note=f"ideal {IDEAL_S:.1f} s; {_processor(told)}")
        )
        rows.append(Row("  peak memory, Monty's and git's processes in it", peak, 250, "MB"))
    return rows


def _processor(told: dict[str, Any]) -> str:
    own, git = (told[name] / AGENTS * 1000 for name in ("cpu", "cpu_of_git"))
    return f"{own:.2f} ms of processor each, and {git:.2f} ms in git"


def without_latency() -> list[Row]:
    rows = []
    for script, paid, what in (
        ("agents", "", "agent()"),
        ("agents", "paid", "agent(), a reservation synced to disk in each"),
        ("pipeline", "", "work() and review(), with commits"),
    ):
        told, _ = crewed(script, 0, paid)
        name = f"steps a second: {what}"
        rows.append(Row(name, AGENTS / told["seconds"], 2000, "/s", more=True, note=_processor(told)))
    return rows


def at_size() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="gatecrew-bench-") as folder:
        files, lines, sharding, commit = sizes(Path(folder))
    name = f"sharding {files:,} files, {lines:,} lines"
    return [
        Row(name, sharding, 3, "s", note="every blob read"),
        Row("a change of 20 files in them as a commit", commit * 1000, 50, "ms", note="median; no checkout"),
    ]


def shown(rows: list[Row]) -> Table:
    table = Table("", "measured", "limit", "ratio", "", "", box=None, pad_edge=False)
    for number in (1, 2, 3):
        table.columns[number].justify = "right"
    for row in rows:
        limit = f"{'>=' if row.more else '<='} {row.limit:,.4g} {row.unit}"
        word = "kept" if row.kept else "MISSED"
        table.add_row(row.what, f"{row.measured:,.4g} {row.unit}", limit, f"{row.ratio:.2f}", word, row.note)
    return table


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 170)
    console.print(f"{machine()}; load {os.getloadavg()[0]:.1f} before the start", highlight=False)
    rows = [*with_latency(), *without_latency(), *at_size()]
    console.print(shown(rows))
    console.print("The ratio is measured / limit; for steps a second more is better.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
