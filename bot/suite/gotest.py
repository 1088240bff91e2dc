"""`go test -json` to outcomes: an event a line, several packages at once. Whoever wrote it may be hostile.

A package that fails without a failing test (it does not build, its TestMain exits, it crashed between tests)
is a failing test called "(package)". A test that began and never ended failed with its package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.suite.tally import MAX_CASES, MAX_MESSAGE, Report, Tally, UnreadableError
from bot.types.gate import FAILING, Outcome, TestId

MAX_LINE = 1024 * 1024
MAX_LINES = 5_000_000
MAX_PACKAGES = 100_000
ENDS = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "skip": Outcome.SKIP}
PACKAGE = "(package)"
LOST = "How it ended is not told: it printed something without a newline, which hid its last line."
# Until go 1.20 these two come between the events, as they are.
RE_NOT_BUILT = re.compile(rb"FAIL\t(\S{1,500}) \[(?:build|setup) failed\]\s*")


def parse(data: bytes, root: str = "") -> Report:
    """Read the events. Raises UnreadableError."""
    if data.count(b"\n") > MAX_LINES:
        raise UnreadableError(f"it holds more than {MAX_LINES:,} lines")
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


class _Package:
    """What a package has said and which of its tests run, until it ends."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.running: dict[str, list[str]] = {}
        self.failed = False
        self.ended = False


class _Reader:
    """Gathers tests from events."""

    def __init__(self, root: str) -> None:
        self._tally = Tally(root)
        self._packages: dict[str, _Package] = {}
        self._began = 0

    def event(self, event: dict[str, Any]) -> None:
        name, test = _text(event, "Package"), _text(event, "Test")
        action, output = _text(event, "Action"), _text(event, "Output")
        if not name:
            return
        package = self._packages.get(name) or self._new(name)
        if test:
            self._of_test(package, name, test, action, output)
        elif action in ENDS:
            self._end_package(package, name, ENDS[action])
        else:
            package.ended = False
            _keep(package.said, output)

    def not_built(self, name: str) -> None:
        package = self._packages.get(name) or self._new(name)
        package.ended = package.failed = True
        self._add(TestId(name, PACKAGE), Outcome.ERROR, "It does not build.")

    def report(self) -> Report:
        """The end of the events. A package that is open now never ended: its process died."""
        for name, package in self._packages.items():
            if not package.ended:
                self._end_package(package, name, Outcome.FAIL)
        return self._tally.report()

    def _new(self, name: str) -> _Package:
        if len(self._packages) >= MAX_PACKAGES:
            raise UnreadableError(f"it holds more than {MAX_PACKAGES:,} packages")
        return self._packages.setdefault(name, _Package())

    def _of_test(self, package: _Package, name: str, test: str, action: str, output: str) -> None:
        said = package.running.get(test)
        if action in ENDS:
            package.running.pop(test, None)
            package.failed = package.failed or action == "fail"
            outcome = ENDS[action]
            self._add(TestId(name, test), outcome, "" if outcome is Outcome.PASS else "".join(said or []))
        elif action == "run":
            if said is not None:
                self._add(TestId(name, test), Outcome.NOT_RUN, LOST)
            self._begin(package, test)
        elif said is not None:
            _keep(said, output)

    def _begin(self, package: _Package, test: str) -> None:
        self._began += 1
        if self._began > MAX_CASES:
            raise UnreadableError(f"it holds more than {MAX_CASES:,} cases")
        package.running[test] = []
        package.ended = False

    def _end_package(self, package: _Package, name: str, outcome: Outcome) -> None:
        failed = outcome in FAILING
        for test, said in package.running.items():
            package.failed = package.failed or failed
            if failed:
                self._add(TestId(name, test), Outcome.ERROR, "".join(said) or "It never ended.")
            else:
                self._add(TestId(name, test), Outcome.NOT_RUN, LOST)
        if failed and not package.failed:
            said_last = "".join(package.said) or "It failed outside of its tests."
            self._add(TestId(name, PACKAGE), Outcome.ERROR, said_last)
        package.running.clear()
        package.said.clear()
        package.ended = True

    def _add(self, test: TestId, outcome: Outcome, said: str) -> None:
        named = TestId(self._tally.named(test.classname), self._tally.named(test.name))
        self._tally.add(named, outcome, said)


def _text(event: dict[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""


def _keep(said: list[str], output: str) -> None:
    if output and sum(map(len, said)) < MAX_MESSAGE:
        said.append(output[:MAX_MESSAGE])
