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
MOST = 1.05
IDEAL_S = math.ceil(AGENTS / AT_ONCE) * LATENCY_S


@dataclass(frozen=True, slots=True)
class Row:
    """`more`: more is better. `asked`: the limit is meant for this; else it only stands beside it."""

    what: str
    measured: float
    limit: float
    unit: str
    more: bool = False
    asked: bool = True
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.measured / self.limit

    @property
    def word(self) -> str:
        if not self.asked:
            return ""
        return "kept" if (self.ratio >= 1 if self.more else self.ratio <= 1) else "MISSED"


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


# Script, whether its agents send a paid request each, and what an agent's step is.
FREE = ("agents", "", "agent()")
PAID = ("agents", "paid", "agent(), paid: reserved, synced, settled")
PIPELINE = ("pipeline", "", "work() or review(), with commits")


def with_latency() -> list[Row]:
    rows = []
    for script, paid, what in (FREE, PAID, PIPELINE):
        told, peak = crewed(script, LATENCY_S, paid)
        seconds, asked = told["seconds"], script == "agents"
        note = f"{seconds / IDEAL_S:.3f} of {IDEAL_S:.1f} s; {_processor(told)}"
        rows.append(Row(f"wall: {what}", seconds, IDEAL_S * MOST, "s", asked=asked, note=note))
        rows.append(Row("  peak memory", peak, 250, "MB"))
    return rows


def _processor(told: dict[str, Any]) -> str:
    own, others = (told[name] / AGENTS * 1000 for name in ("cpu", "cpu_of_others"))
    return f"processor a step: {own:.2f} ms, in Monty and git {others:.2f} ms"


def without_latency() -> list[Row]:
    rows = []
    for script, paid, what in (FREE, PAID, PIPELINE):
        told, _ = crewed(script, 0, paid)
        rate, asked = AGENTS / told["seconds"], script == "agents" and not paid
        rows.append(
            Row(f"steps a second: {what}", rate, 2000, "/s", more=True, asked=asked, note=_processor(told))
        )
    return rows


def at_size() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="gatecrew-bench-") as folder:
        files, lines, sharding, commit = sizes(Path(folder))
    name = f"sharding {files:,} files, {lines:,} lines"
    return [
        Row(name, sharding, 3, "s", note="every blob read"),
        Row(
            "a worker's change of 20 files in them, as a commit",
            commit * 1000,
            50,
            "ms",
            note="median; no checkout",
        ),
    ]


def shown(rows: list[Row]) -> Table:
    table = Table("", "measured", "limit", "ratio", "", "", box=None, pad_edge=False)
    for number in (1, 2, 3):
        table.columns[number].justify = "right"
    for row in rows:
        limit = f"{'>=' if row.more else '<='} {row.limit:,.4g} {row.unit}"
        measured = f"{row.measured:,.4g} {row.unit}"
        table.add_row(row.what, measured, limit, f"{row.ratio:.2f}", row.word, row.note)
    return table


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 170)
    console.print(f"{machine()}; load {os.getloadavg()[0]:.1f} before the start", highlight=False)
    rows = [*with_latency(), *without_latency(), *at_size()]
    console.print(shown(rows))
    console.print(f"{AGENTS:,} agents each, {AT_ONCE} at once; with latency: {LATENCY_S} s each.")
    console.print("The ratio is measured / limit. Memory counts Monty's and git's processes too.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
