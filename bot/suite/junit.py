"""JUnit XML to outcomes, test by test. Whoever wrote it may be hostile.

Read by expat's events, with limits: no tree is built, a document type (and with it every entity) is
refused, and characters that XML forbids are replaced instead of losing the report. The counts in the
headers are never looked at: producers disagree about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from bot.suite.case import Case, Suites
from bot.suite.tally import MAX_MESSAGE, Report, Tally, UnreadableError, worse
from bot.types.gate import FAILING, TestId

__all__ = ["MAX_BYTES", "MAX_MESSAGE", "Report", "UnreadableError", "parse", "worse"]

MAX_BYTES = 200 * 1024 * 1024
MAX_DEPTH = 50
MAX_ELEMENTS = 5_000_000
# Of elements and attributes: expat keeps every name that it has seen.
MAX_VOCABULARY = 10_000
# Of one tag with its attributes, or one comment: expat reads it again and again until it has all of it.
MAX_TOKEN = 8 * 1024 * 1024
CHUNK = 1024 * 1024

FORBIDDEN = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
REPLACED = bytes.maketrans(FORBIDDEN, b"?" * len(FORBIDDEN))
# References to characters that XML forbids: controls, surrogates, and the last two of the plane.
RE_FORBIDDEN_REFERENCE = re.compile(
    rb"&#(?:0{0,9}(?:[0-8]|1[124-9]|2[0-9]|3[01])"
    rb"|[xX]0{0,9}(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]));"
)
RE_NONCHARACTER = re.compile(b"\xef\xbf[\xbe\xbf]")
LONGEST_REFERENCE = 20
# node's reporter has no element for a test that fails besides its subtests; it counts it here.
RE_NODE_COUNT = re.compile(r"\s*(?:fail|cancelled) (\d{1,9})\s*")


def parse(data: bytes, root: str = "") -> Report:
    """Read a report; `root`, the tree's folder, is cut from names. Raises UnreadableError."""
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    if not data.strip():
        raise UnreadableError("it is empty")
    reader = _Reader(root)
    parser = expat.ParserCreate(intern={})
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.CommentHandler = reader.comment
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        _feed(parser, data)
    except expat.ExpatError as err:
        raise UnreadableError(str(err)) from err
    except (LookupError, ValueError) as err:
        raise UnreadableError(f"its encoding cannot be read: {err}") from err
    return reader.report()


def _feed(parser: expat.XMLParserType, data: bytes) -> None:
    fed = 0
    for clean in _chunks(data):
        parser.Parse(clean, False)
        fed += len(clean)
        if len(parser.intern) > MAX_VOCABULARY:
            raise UnreadableError(f"it has more than {MAX_VOCABULARY:,} kinds of elements and attributes")
        if fed - parser.CurrentByteIndex > MAX_TOKEN + CHUNK:
            raise UnreadableError(f"a tag or a comment in it is longer than {MAX_TOKEN // 1024 // 1024} MiB")
    parser.Parse(b"", True)


def _chunks(data: bytes) -> Iterator[bytes]:
    """The report in pieces, without what XML forbids. No reference is cut in two."""
    # UTF-16 is full of zero bytes that belong there; expat judges it alone.
    plain = not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    at = len(data) - len(data.lstrip()) if plain else 0
    while at < len(data):
        piece = data[at : at + CHUNK]
        if plain and at + CHUNK < len(data):
            cut = max(piece.rfind(b"&", -LONGEST_REFERENCE), piece.rfind(b"\xef", -2))
            piece = piece[:cut] if cut > 0 else piece
        at += len(piece)
        yield _without_forbidden(piece) if plain else piece


def _without_forbidden(piece: bytes) -> bytes:
    return RE_NONCHARACTER.sub(b"?", RE_FORBIDDEN_REFERENCE.sub(b"?", piece.translate(REPLACED)))


def _refuse(*_: object) -> None:
    raise UnreadableError("it declares a document type or an entity, which no test report needs")


class _Reader:
    """Gathers cases from expat's events."""

    def __init__(self, root: str) -> None:
        self._tally = Tally(root)
        self._path: list[str] = []
        self._suites = Suites()
        self._case: Case | None = None
        self._elements = 0
        self._failed = 0
        self._told = 0
        self._pytest = False
        self._doubt: str | None = None

    def report(self) -> Report:
        if self._pytest:
            self._tally.once_each()
        if self._suites.node and self._told > self._failed:
            self._doubt = (
                f"node counts {self._told} failures, its report shows {self._failed}: a test whose subtests "
                "all pass failed by itself, and node's junit reporter does not say which"
            )
        return self._tally.report(self._doubt)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2].rpartition(":")[2]
        if not self._path and tag not in ("testsuites", "testsuite"):
            raise UnreadableError(f"it is no JUnit report: its first element is <{tag[:80]}>")
        if len(self._path) >= MAX_DEPTH:
            raise UnreadableError(f"its elements are nested more than {MAX_DEPTH} deep")
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise UnreadableError(f"it holds more than {MAX_ELEMENTS:,} elements")
        parent = self._path[-1] if self._path else ""
        self._path.append(tag)
        if tag in ("testsuites", "testsuite"):
            self._pytest = self._pytest or attributes.get("name") in ("pytest", "pytest tests")
        if tag == "testsuite":
            self._suites.enter(self._tally.named(attributes.get("name", "")), attributes)
        elif tag == "testcase":
            self._open(attributes)
        elif self._case is not None and parent in ("testcase", "testsuite"):
            self._case.child(tag, attributes)
        elif parent == "testsuite":
            self._case = Case.of_suite(self._suites, tag, attributes)

    def end(self, tag: str) -> None:
        tag = self._path.pop()
        if tag == "testsuite":
            self._suites.leave()
        if self._case is not None and self._path[-1] == self._case.inside:
            self._close(self._case)

    def text(self, text: str) -> None:
        if self._case is not None:
            self._case.text(self._path[-1], text)

    def comment(self, text: str) -> None:
        if found := RE_NODE_COUNT.fullmatch(text):
            self._told += int(found[1])

    def _open(self, attributes: dict[str, str]) -> None:
        if self._case is not None:
            raise UnreadableError("a test case lies inside of another one")
        if "name" not in attributes:
            # pytest's trace of a test that stopped the run; no runner leaves a test unnamed.
            self._doubt = "the suite's report has a case without a name: the run was broken off in it"
            return
        named = self._tally.named
        classname = named(attributes.get("classname", attributes.get("class", "")))
        name, file = named(attributes.get("name", "")), named(attributes.get("file", ""))
        parent = self._path[-2] if len(self._path) > 1 else ""
        test = TestId(self._suites.place(classname, name, file), name)
        self._case = Case(test, parent, attributes)

    def _close(self, case: Case) -> None:
        self._case = None
        outcome = case.outcome
        self._failed += outcome in FAILING
        self._tally.add(case.test, outcome, case.message, retried=case.retried)
