"""The JSON of jest (`--json`) and vitest (`--reporter=json`) to outcomes. Whoever wrote it may be hostile.

It says what their JUnit reports leave out: which file a test lies in, files that did not load, to-dos,
tests that are expected to fail (jest alone), and tests that passed only when they were run again.
"""

from __future__ import annotations

import json
from typing import Any

from bot.suite.tally import Report, Tally, UnreadableError
from bot.types.gate import Outcome, TestId

MAX_BYTES = 64 * 1024 * 1024
# What its objects may cost us in memory.
MAX_VALUES = 8_000_000
STATUS = {
    "passed": Outcome.PASS,
    "failed": Outcome.FAIL,
    "pending": Outcome.SKIP,
    "skipped": Outcome.SKIP,
    "todo": Outcome.SKIP,
    "disabled": Outcome.NOT_RUN,
}
FILE = "(file)"


def parse(data: bytes, root: str = "") -> Report:
    """Read a report. Raises UnreadableError."""
    tally = Tally(root)
    try:
        for file in _list(_loaded(data), "testResults"):
            _read_file(tally, file)
    except (TypeError, AttributeError) as err:
        raise UnreadableError("it is JSON, but neither jest's nor vitest's") from err
    return tally.report()


def _loaded(data: bytes) -> Any:
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it is JSON larger than {MAX_BYTES // 1024 // 1024} MiB")
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise UnreadableError(f"it is JSON of more than {MAX_VALUES:,} values")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as err:
        raise UnreadableError(f"it is no JSON that can be read: {str(err)[:200]}") from err


def _list(part: dict[str, Any], key: str) -> list[Any]:
    found = part.get(key)
    if not isinstance(found, list):
        raise UnreadableError(f"it is JSON without a list of {key}, so neither jest's nor vitest's")
    return found


def _read_file(tally: Tally, file: dict[str, Any]) -> None:
    place = tally.named(str(file.get("name") or ""))
    cases = _list(file, "assertionResults")
    for case in cases:
        _read_case(tally, place, case)
    failed = any(case.get("status") == "failed" for case in cases)
    if file.get("status") == "failed" and not failed:
        tally.add(TestId(place, FILE), Outcome.ERROR, str(file.get("message") or ""))


def _read_case(tally: Tally, place: str, case: dict[str, Any]) -> None:
    titles = [*map(str, case.get("ancestorTitles") or []), str(case.get("title") or "")]
    test = TestId(place, tally.named(" > ".join(titles)))
    messages = "\n".join(map(str, case.get("failureMessages") or []))
    outcome = STATUS.get(str(case.get("status")), Outcome.NOT_RUN)
    passed = outcome is Outcome.PASS
    if passed and case.get("failing"):
        tally.add(test, Outcome.XFAIL, "It is expected to fail, and it does.")
    elif passed and (messages or _number(case.get("invocations")) > 1):
        tally.add(test, Outcome.FAIL, messages, retried=True)
    else:
        tally.add(test, outcome, messages)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 1
