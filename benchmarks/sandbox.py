"""What the sandbox costs a run of the suite, as a ratio to the same run as plain processes.

make setup
.venv/bin/python benchmarks/sandbox.py
"""

from __future__ import annotations

import asyncio
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import machine

from bot.ports.sandbox import Job, Sandbox
from bot.process.family import Family
from bot.sandboxes.plain import Plain
from bot.sandboxes.probe import KINDS, trouble_of

FILES, TESTS_A_FILE = 20, 20
RUNS = {"true": 15, "pytest": 5}
LOOKS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One command's seconds, by sandbox, in the order of the columns."""

    what: str
    seconds: Sequence[float]

    @property
    def text(self) -> str:
        plain = self.seconds[0]
        cells = [f"{spent * 1000:,.0f} ms ({spent / plain:.2f})" for spent in self.seconds]
        return f"| {self.what} | {' | '.join(cells)} |"


def sandboxes() -> Iterator[Sandbox]:
    """Plain, then what works here, the strongest last."""
    yield Plain()
    for kind in reversed(KINDS):
        found = kind.installed()
        trouble = f"{kind.name} is not installed" if found is None else asyncio.run(trouble_of(found))
        if found is not None and trouble is None:
            yield found
        else:
            print(f"left out: {trouble}", file=sys.stderr)


def suite(folder: Path) -> None:
    """A few hundred tests that take no time, each with a small file to write."""
    for number in range(FILES):
        lines = [
            f"def test_{test}(tmp_path):\n    (tmp_path / 'a').write_text('{test}')\n    assert {test} + 1\n"
            for test in range(TESTS_A_FILE)
        ]
        (folder / f"test_{number}.py").write_text("\n".join(lines))


def seconds(sandbox: Sandbox, tree: Path, command: str) -> float:
    """From the outside: what a run of the gate waits for."""
    with tempfile.TemporaryDirectory(prefix="gc-bench-") as aside:
        env = {"PATH": os.environ["PATH"], "HOME": aside, "TMPDIR": aside, "PYTHONDONTWRITEBYTECODE": "1"}
        output = Path(aside).with_suffix(".output")
        job = Job(command, tree, tree, env, 600.0, output, writable=(Path(aside),))
        began = time.monotonic()
        ended = asyncio.run(sandbox.run(job))
        spent = time.monotonic() - began
        if ended.exit_code != 0:
            raise SystemExit(f"{sandbox.name}: {command!r} ended with {ended}: {output.read_text()[-2000:]}")
        output.unlink()
    return spent


def measured(what: str, kinds: Sequence[Sandbox], tree: Path, command: str, runs: int) -> Row:
    """Medians. One of each in turn, so that a busy moment meets all of them."""
    spent: list[list[float]] = [[] for _ in kinds]
    for _ in range(runs):
        for times, sandbox in zip(spent, kinds, strict=True):
            times.append(seconds(sandbox, tree, command))
    return Row(what, [statistics.median(times) for times in spent])


def look() -> tuple[float, int]:
    """Processor seconds of one look at a family, and how many processes this machine has meanwhile."""
    sleeper = subprocess.Popen(["sleep", "60"])
    family = Family("none")
    family.stands_below(sleeper.pid)
    began = time.process_time()
    for _ in range(LOOKS):
        family.look()
    spent = (time.process_time() - began) / LOOKS
    sleeper.kill()
    sleeper.wait()
    return spent, sum(entry.name.isdigit() for entry in Path("/proc").iterdir())


def main() -> int:
    print(f"{machine()}; load {os.getloadavg()[0]:.1f} before the start\n")
    kinds = list(sandboxes())
    pytest = f"{shlex.quote(sys.executable)} -m pytest -q -p no:cacheprovider --junitxml=report.xml"
    with tempfile.TemporaryDirectory(prefix="gc-bench-") as folder:
        tree = Path(folder)
        suite(tree)
        rows = [
            measured("`true`", kinds, tree, "true", RUNS["true"]),
            measured(f"pytest, {FILES * TESTS_A_FILE} small tests", kinds, tree, pytest, RUNS["pytest"]),
        ]
    print(f"| | {' | '.join(kind.name for kind in kinds)} |")
    print(f"|---|{'---|' * len(kinds)}")
    print("\n".join(row.text for row in rows))
    spent, processes = look()
    print(f"\nOne look at a running job: {spent * 1000:.1f} ms of processor beside {processes} processes;")
    print("four a second at most, twenty where the job nears a limit. In parentheses: ratio to plain.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
