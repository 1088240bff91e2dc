"""JUnit XML to outcomes, test by test. Whoever wrote it may be hostile.

Read by expat's events, with limits: no tree is built, a document type (and with it every entity) is
refused, and characters that XML forbids are replaced instead of losing the report. The counts in the
headers are never looked at: producers disagree about them. Of several cases with one id the worst wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from bot.types.gate import Outcome, TestId

MAX_BYTES = 200 * 1024 * 1024
MAX_DEPTH = 50
MAX_NAME = 4000
MAX_MESSAGE = 4000
CHUNK = 1024 * 1024

# The later, the worse. A test that was skipped in one place and failed in another failed.
WORST = (
    *(Outcome.PASS, Outcome.XPASS, Outcome.XFAIL, Outcome.SKIP),
    *(Outcome.NOT_RUN, Outcome.MISSING, Outcome.FAIL, Outcome.ERROR),
)
RANK = {outcome: rank for rank, outcome in enumerate(WORST)}

# A case that failed first and passed on a retry failed: reruns are the gate's.
CHILDREN = {
    "failure": Outcome.FAIL,
    "error": Outcome.ERROR,
    "flakyFailure": Outcome.FAIL,
    "flakyError": Outcome.ERROR,
    "rerunFailure": Outcome.FAIL,
    "rerunError": Outcome.ERROR,
}
RAN = {"", "run", "completed", "complete", "passed", "pass", "success", "successful", "ok"}
FAILED = {"failed", "fail", "failure", "broken", "timeout"}

FORBIDDEN = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
REPLACED = bytes.maketrans(FORBIDDEN, b"?" * len(FORBIDDEN))
RE_FORBIDDEN_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)


class UnreadableError(Exception):
    """The report cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says. `messages` are of tests that did not pass."""

    outcomes: Mapping[TestId, Outcome]
    messages: Mapping[TestId, str]


def parse(data: bytes, root: str = "") -> Report:
    """Read a report; `root`, the tree's folder, is cut from names. Raises UnreadableError."""
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    if not data.strip():
        raise UnreadableError("it is empty")
    reader = _Reader(root)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        for clean in _chunks(data):
            parser.Parse(clean, False)
        parser.Parse(b"", True)
    except expat.ExpatError as err:
        raise UnreadableError(str(err)) from err
    except (LookupError, ValueError) as err:
        raise UnreadableError(f"its encoding cannot be read: {err}") from err
    return Report(reader.outcomes, reader.messages)


def worse(one: Outcome, other: Outcome) -> Outcome:
    return max(one, other, key=RANK.__getitem__)


def _chunks(data: bytes) -> list[bytes]:
    # UTF-16 is full of zero bytes that belong there; expat judges it alone.
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = RE_FORBIDDEN_REFERENCE.sub(b"?", data.lstrip().translate(REPLACED))
    return [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]


def _refuse(*_: object) -> None:
    raise UnreadableError("it declares a document type or an entity, which no test report needs")


class _Reader:
    """Gathers cases from expat's events."""

    def __init__(self, root: str) -> None:
        self.outcomes: dict[TestId, Outcome] = {}
        self.messages: dict[TestId, str] = {}
        self._root = root
        self._path: list[str] = []
        self._suites: list[str] = []
        self._test: TestId | None = None
        self._outcome = Outcome.PASS
        self._message: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2].rpartition(":")[2]
        if not self._path and tag not in ("testsuites", "testsuite"):
            raise UnreadableError(f"it is no JUnit report: its first element is <{tag[:80]}>")
        if len(self._path) >= MAX_DEPTH:
            raise UnreadableError(f"its elements are nested more than {MAX_DEPTH} deep")
        self._path.append(tag)
        if tag == "testsuite":
            self._suites.append(self._named(attributes.get("name", "")))
        elif tag == "testcase":
            self._open(attributes)
        elif self._parent() == "testcase":
            self._child(tag, attributes)
        elif self._parent() == "testsuite" and tag in CHILDREN:
            self._test, self._outcome = TestId(self._suites[-1], "(suite)"), CHILDREN[tag]
            self._message = [attributes.get("message", "")]

    def end(self, tag: str) -> None:
        tag = self._path.pop()
        if tag == "testsuite":
            self._suites.pop()
        if tag == "testcase" or (tag in CHILDREN and self._path[-1] == "testsuite"):
            self._close()

    def text(self, text: str) -> None:
        known = self._path[-1] in CHILDREN or self._path[-1] == "skipped"
        if self._test is not None and known and sum(map(len, self._message)) < MAX_MESSAGE:
            self._message.append(text[:MAX_MESSAGE])

    def _parent(self) -> str:
        return self._path[-2] if len(self._path) > 1 else ""

    def _named(self, name: str) -> str:
        """A name without the folder that the tree happens to lie in."""
        if self._root:
            name = name.replace(f"{self._root}/", "").replace(self._root, ".")
        if len(name) > MAX_NAME:
            raise UnreadableError(f"a name in it is longer than {MAX_NAME} characters")
        return name

    def _open(self, attributes: dict[str, str]) -> None:
        if self._test is not None:
            raise UnreadableError("a test case lies inside of another one")
        classname = attributes.get("classname", attributes.get("class", ""))
        self._test = TestId(self._named(classname), self._named(attributes.get("name", "")))
        self._message = []
        told = {attributes.get(name, "").strip().lower() for name in ("status", "result")}
        if told & FAILED:
            self._outcome = Outcome.FAIL
        elif "error" in told:
            self._outcome = Outcome.ERROR
        else:
            self._outcome = Outcome.PASS if told <= RAN else Outcome.NOT_RUN

    def _child(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "skipped":
            expected = attributes.get("type") == "pytest.xfail"
            self._outcome = worse(self._outcome, Outcome.XFAIL if expected else Outcome.SKIP)
        elif tag in CHILDREN:
            self._outcome = worse(self._outcome, CHILDREN[tag])
        else:
            return
        self._message.append(attributes.get("message", "") + "\n")

    def _close(self) -> None:
        test, self._test = self._test, None
        if test is None:
            return
        known = self.outcomes.get(test, Outcome.PASS)
        self.outcomes[test] = worse(known, self._outcome)
        message = "".join(self._message).strip()[:MAX_MESSAGE]
        if self._root:
            message = message.replace(f"{self._root}/", "")
        if message and (self._outcome is self.outcomes[test] and (known is not self._outcome)):
            self.messages[test] = message
