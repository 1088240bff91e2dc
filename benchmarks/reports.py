"""What it costs to read a report of 100,000 tests, beside a parser that only looks at every byte of it.

    .venv/bin/python benchmarks/reports.py [--cases N]

Each reading happens in a process of its own: its time is that of the reading alone, its memory the whole
process's peak. The baseline is expat without handlers, or `json.loads`, over the same bytes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import multiprocessing.connection
import resource
import time
from collections.abc import Callable
from xml.parsers import expat

from machine import machine

from bot.suite.reading import read

LIMIT_S = 3.0
LIMIT_MB = 500
TIMES = 3
TRACE = "def test():\n>       assert 1 == 2\nE       assert 1 == 2\n" * 10


def junit(cases: int) -> bytes:
    """As pytest writes it: one test in a hundred fails, with a traceback."""
    lines = ["<?xml version='1.0' encoding='utf-8'?><testsuites><testsuite name='pytest'>"]
    for n in range(cases):
        inside = f"<failure message='assert 1 == 2'>{TRACE}</failure>" if n % 100 == 0 else ""
        names = f"classname='tests.package_{n % 50}.test_module_{n % 1000}' name='test_number_{n}[a-{n}]'"
        lines.append(f"<testcase {names} time='0.001'>{inside}</testcase>")
    return "".join([*lines, "</testsuite></testsuites>"]).encode()


def events(cases: int) -> bytes:
    """As `go test -json` writes it: four events a test."""
    lines: list[dict[str, object]] = []
    for n in range(cases):
        test = {"Package": f"example.com/sample/p{n % 50}", "Test": f"TestNumber{n}"}
        ends = "fail" if n % 100 == 0 else "pass"
        said = [f"=== RUN   TestNumber{n}\n", f"--- {ends.upper()}: TestNumber{n} (0.00s)\n"]
        lines.append({"Action": "run", **test})
        lines += [{"Action": "output", **test, "Output": text} for text in said]
        lines.append({"Action": ends, **test, "Elapsed": 0})
    lines += [{"Action": "fail", "Package": f"example.com/sample/p{n}"} for n in range(50)]
    return "\n".join(map(json.dumps, lines)).encode()


def jest(cases: int) -> bytes:
    """As `jest --json` writes it: a hundred tests a file."""
    results = [
        {"name": f"/tree/src/a{file}.test.js", "status": "failed", "assertionResults": _tests()}
        for file in range(cases // 100)
    ]
    return json.dumps({"success": False, "testResults": results}).encode()


def _tests() -> list[dict[str, object]]:
    return [
        {
            "ancestorTitles": ["outer", "inner"],
            "title": f"does {n}",
            "fullName": f"outer inner does {n}",
            "status": "failed" if n == 0 else "passed",
            "failureMessages": [TRACE] if n == 0 else [],
            "invocations": 1,
            "retryReasons": [],
            "failing": False,
            "duration": 1,
            "location": None,
        }
        for n in range(100)
    ]


def bare_expat(data: bytes) -> None:
    expat.ParserCreate().Parse(data, True)


def bare_lines(data: bytes) -> None:
    for line in data.splitlines():
        json.loads(line)


def bare_json(data: bytes) -> None:
    json.loads(data)


def reading(data: bytes) -> None:
    assert read(data, "/tree").outcomes


def measured(work: Callable[[bytes], None], data: bytes) -> tuple[float, float]:
    """Seconds and the peak of memory in MB, the best of a few processes."""
    context = multiprocessing.get_context("spawn")
    found = []
    for _ in range(TIMES):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(work, data, theirs))
        process.start()
        found.append(ours.recv())
        process.join()
    return min(seconds for seconds, _ in found), min(peak for _, peak in found)


def _child(work: Callable[[bytes], None], data: bytes, answer: multiprocessing.connection.Connection) -> None:
    began = time.perf_counter()
    work(data)
    seconds = time.perf_counter() - began
    answer.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


KINDS = {
    "JUnit XML": (junit, bare_expat, "expat without handlers"),
    "`go test -json`": (events, bare_lines, "`json.loads` of each line"),
    "`jest --json`": (jest, bare_json, "`json.loads`"),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    cases = options.parse_args().cases
    print(f"{machine()}\n")
    print(f"| a report of {cases:,} tests | MB | seconds | limit | baseline | ratio | peak MB | limit | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (make, bare, what) in KINDS.items():
        data = make(cases)
        seconds, peak = measured(reading, data)
        least, _ = measured(bare, data)
        kept = "kept" if seconds < LIMIT_S and peak < LIMIT_MB else "**not kept**"
        print(
            f"| {name} | {len(data) / 1e6:.0f} | {seconds:.2f} | {LIMIT_S:g} | {least:.2f}, {what} "
            f"| {seconds / least:.1f} | {peak:.0f} | {LIMIT_MB} | {kept} |"
        )


if __name__ == "__main__":
    main()
