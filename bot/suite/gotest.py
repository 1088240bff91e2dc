"""`go test -json` to outcomes: an event a line, several packages at once. Whoever wrote it may be hostile.

A package that fails without a failing test (it does not build, its TestMain exits, it crashed between tests)
is a failing test called "(package)". A test that began and never ended failed with its package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.suite.tally import FAILING, MAX_MESSAGE, Report, Tally, UnreadableError
from bot.types.gate import Outcome, TestId

MAX_LINE = 1024 * 1024
ENDS = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "skip": Outcome.SKIP}
PACKAGE = "(package)"
LOST = "How it ended is not told: it printed something without a newline, which hid its last line."
# Until go 1.20 these two come between the events, as they are.
RE_NOT_BUILT = re.compile(rb"FAIL\t(\S{1,500}) \[(?:build|setup) failed\]\s*")


def parse(data: bytes, root: str = "") -> Report:
    """Read the events. Raises UnreadableError."""
    reader = _Reader(root)
    for line in _lines(data):
        if line.startswith(b"{"):
            reader.event(_event(line))
        elif not_built := RE_NOT_BUILT.fullmatch(line):
            reader.not_built(not_built[1].decode("utf-8", "replace"))
    return reader.report()


def _lines(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        if end - at > MAX_LINE:
            raise UnreadableError(f"a line of it is longer than {MAX_LINE // 1024} KiB")
        yield data[at:end].strip()
        at = end + 1


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as err:
        shown = line[:80].decode("utf-8", "replace")
        raise UnreadableError(f"a line of it is cut off, or is no JSON: {shown!r}") from err
    if not isinstance(event, dict):
        raise UnreadableError("a line of it is no event of `go test -json`")
    return event


class _Reader:
    """Gathers tests from events."""

    def __init__(self, root: str) -> None:
        self._tally = Tally(root)
        self._running: dict[TestId, list[str]] = {}
        self._open: dict[str, list[str]] = {}
        self._failing: set[str] = set()

    def event(self, event: dict[str, Any]) -> None:
        action, package, name, output = (
            str(event.get(key) or "") for key in ("Action", "Package", "Test", "Output")
        )
        if name and package:
            self._of_test(TestId(package, name), action, output)
        elif package and action in ENDS:
            self._end_package(package, ENDS[action])
        elif package:
            _keep(self._open.setdefault(package, []), output)

    def not_built(self, package: str) -> None:
        self._open.pop(package, None)
        self._fail(TestId(package, PACKAGE), Outcome.ERROR, "It does not build.")

    def report(self) -> Report:
        """The end of the events. What is open now never ended: the process died."""
        for test, said in self._running.items():
            self._fail(test, Outcome.ERROR, "".join(said) or "It never ended.")
        for package in self._open.keys() - self._failing:
            self._fail(TestId(package, PACKAGE), Outcome.ERROR, "It never ended.")
        return self._tally.report()

    def _of_test(self, test: TestId, action: str, output: str) -> None:
        said = self._running.get(test)
        if action in ENDS:
            self._running.pop(test, None)
            self._end(test, ENDS[action], "".join(said or []))
        elif action == "run":
            if said is not None:
                self._end(test, Outcome.NOT_RUN, LOST)
            self._running[test] = []
            self._open.setdefault(test.classname, [])
        elif said is not None:
            _keep(said, output)

    def _end(self, test: TestId, outcome: Outcome, said: str) -> None:
        if outcome in FAILING:
            self._fail(test, outcome, said)
        else:
            self._add(test, outcome, "" if outcome is Outcome.PASS else said)

    def _end_package(self, package: str, outcome: Outcome) -> None:
        said = "".join(self._open.pop(package, []))
        left = [test for test in self._running if test.classname == package]
        for test in left:
            said_last = "".join(self._running.pop(test))
            if outcome in FAILING:
                self._fail(test, Outcome.ERROR, said_last or "It never ended.")
            else:
                self._end(test, Outcome.NOT_RUN, LOST)
        if outcome in FAILING and package not in self._failing:
            self._fail(TestId(package, PACKAGE), Outcome.ERROR, said or "It failed outside of its tests.")

    def _fail(self, test: TestId, outcome: Outcome, said: str) -> None:
        self._failing.add(test.classname)
        self._add(test, outcome, said)

    def _add(self, test: TestId, outcome: Outcome, said: str) -> None:
        named = TestId(self._tally.named(test.classname), self._tally.named(test.name))
        self._tally.add(named, outcome, said)


def _keep(said: list[str], output: str) -> None:
    if sum(map(len, said)) < MAX_MESSAGE:
        said.append(output[:MAX_MESSAGE])
