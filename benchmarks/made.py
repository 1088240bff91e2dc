"""Repositories that the benchmarks make for themselves: one stream of `git fast-import`, no checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

FOLDERS = 500
FILES_A_FOLDER = 20
FUNCTIONS_A_FILE = 15
LINES_A_FUNCTION = 5

# The benchmarks never ask the gate: it has a command because every spec has one.
SPEC = """\
goal: Answer at once.
files:
  include: ["units/**/*.py"]
script: .github/gatecrew/bench.py
engines: {worker: scripted, reviewer: scripted, planner: scripted}
review:
  lenses: [correctness]
gate:
  run: "python -m pytest -q --junitxml={report}"
  sandbox: plain
limits:
  dollars: null
"""

File = tuple[str, bytes]


def make(folder: Path, files: Iterable[File], script: str = "log = 0\n") -> Path:
    """A bare repository with one commit: the files, a spec named `bench`, and its script."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    ours = [
        (".github/gatecrew/bench.yml", SPEC.encode()),
        (".github/gatecrew/bench.py", script.encode()),
    ]
    stream = b"".join(_stream([*ours, *files]))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)
    return folder


def small(units: int) -> Iterator[File]:
    """One short file a folder: as many units, sharded by directory."""
    for number in range(units):
        yield f"units/u{number:04}/code.py", b"VALUE = 0\n"


def large() -> Iterator[File]:
    """10,000 Python files in 500 folders, 750,000 lines."""
    for folder in range(FOLDERS):
        for number in range(FILES_A_FOLDER):
            yield f"units/p{folder // 25:02}/m{folder:03}/f{number:02}.py", _source(folder, number)


def _source(folder: int, number: int) -> bytes:
    return "".join(_function(f"f{folder}_{number}_{index}") for index in range(FUNCTIONS_A_FILE)).encode()


def _function(name: str) -> str:
    lines = [f"def {name}(value):", f'    """What {name} does."""', f"    {name}_first = value + 1"]
    return "\n".join([*lines, f"    return {name}_first * 2", "", ""])


def _stream(files: Iterable[File]) -> Iterator[bytes]:
    yield b"commit refs/heads/main\ncommitter Ada <ada@example.org> 1767225600 +0000\ndata 5\nStart\n"
    for path, data in files:
        yield f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
    yield b"\ndone\n"
