"""Chooses the reader of a report by what it holds: nobody has to say which runner wrote it."""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence

from bot.suite import gotest, jest, junit
from bot.suite.tally import Report, merged

# What `go test` may print before its first event.
GO = (b"go: ", b"FAIL\t", b"# ")
START = 64 * 1024


def read(data: bytes, root: str = "") -> Report:
    """JUnit XML, the events of `go test -json`, or the JSON of jest and vitest. Raises UnreadableError."""
    start = data[:START].removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith((b"{", *GO)) or len(data) > junit.MAX_BYTES:
        return junit.parse(data, root)
    events = start.startswith(GO) or _is_event(start.partition(b"\n")[0])
    parse = gotest.parse if events else jest.parse
    return parse(data.removeprefix(codecs.BOM_UTF8), root)


def read_all(reports: Sequence[bytes], root: str = "") -> Report:
    """Several reports of one run, as one. Raises UnreadableError."""
    return merged([read(data, root) for data in reports])


def _is_event(line: bytes) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "Action" in found
