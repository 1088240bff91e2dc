"""Which lines a run of the suite went through: Cobertura XML or LCOV, by path in the tree.

Whoever wrote the file may be hostile. Cobertura is read by expat's events, with limits; a document type is
let through where it declares nothing, and what it names is never loaded. LCOV is read line by line.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from xml.parsers import expat

from bot.suite.junit import CHUNK, MAX_DEPTH
from bot.suite.report import Place
from bot.suite.tally import MAX_NAME, UnreadableError
from bot.types.gate import FileLines, SuiteRun

MAX_LINES = 5_000_000
MAX_SOURCES = 1000
# Longer lines than this hold no path and no count.
MAX_RECORD = 2 * MAX_NAME
RE_NUMBER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Ground:
    """The tree that was run: its folder, the one in it that the command started in, and all of its files."""

    root: str
    cwd: str
    files: Collection[str]

    def inside(self, path: str, start: str | None = None) -> str | None:
        """A path in the tree, from an absolute one or from one below `start` (default: the command's folder).
        None where it leaves the tree."""
        if path.startswith("/"):
            if not f"{path}/".startswith(f"{self.root}/"):
                return None
            path = path[len(self.root) :].lstrip("/")
        else:
            path = posixpath.join(self.cwd if start is None else start, path)
        path = posixpath.normpath(path or ".")
        return None if path == ".." or path.startswith(("../", "/")) else path

    def file(self, name: str, sources: Collection[str] = ()) -> str | None:
        """The file of the tree that a report means: below one of its sources, else the command's folder, else
        the root. None where there is none, or it may be one of several."""
        starts = {start for source in sources if (start := self.inside(source)) is not None}
        for group in (starts, {None}, {""}):
            found = {path for start in group if (path := self.inside(name, start)) in self.files}
            if found:
                return found.pop() if len(found) == 1 else None
        return None


def with_coverage(run: SuiteRun, place: Place, ground: Ground) -> SuiteRun:
    """The run, and what lies in its coverage's place; a run that proves nothing stays as it is."""
    if run.doubt is not None:
        return run
    try:
        data = place.read()
        if data is None:
            return replace(run, uncovered="the suite wrote no coverage")
        return replace(run, coverage=parse(data, ground))
    except UnreadableError as err:
        return replace(run, uncovered=f"the suite's coverage cannot be read: {err}")


def parse(data: bytes, ground: Ground) -> dict[str, FileLines]:
    """Read a coverage file of either kind. Raises UnreadableError."""
    if not data.strip():
        raise UnreadableError("it is empty")
    xml = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    gathered = _cobertura(data) if xml else _lcov(data)
    return _placed(gathered, ground)


def _placed(gathered: _Gathered, ground: Ground) -> dict[str, FileLines]:
    """By path in the tree. A line that one entry has hit and another one missed was hit."""
    known = replace(ground, files=frozenset(ground.files))
    hits: dict[str, set[int]] = {}
    misses: dict[str, set[int]] = {}
    for name, counts in gathered.lines.items():
        path = known.file(name, gathered.sources)
        if path is not None:
            hits.setdefault(path, set()).update(line for line, hit in counts.items() if hit)
            misses.setdefault(path, set()).update(line for line, hit in counts.items() if not hit)
    return {path: FileLines(frozenset(hits[path]), frozenset(misses[path] - hits[path])) for path in hits}


class _Gathered:
    """Lines by file, as the report names it, and the folders that it says they lie in."""

    def __init__(self) -> None:
        self.lines: dict[str, dict[int, bool]] = {}
        self.sources: set[str] = set()
        self._count = 0

    def open(self, name: str) -> dict[int, bool]:
        if len(name) > MAX_NAME:
            raise UnreadableError(f"a name in it is longer than {MAX_NAME} characters")
        return self.lines.setdefault(name, {})

    def add(self, lines: dict[int, bool], line: str, hits: str) -> None:
        if not (RE_NUMBER.fullmatch(line) and RE_NUMBER.fullmatch(hits)):
            raise UnreadableError(f"{line[:40]!r} and {hits[:40]!r} are no line and no count of its runs")
        self._count += 1
        if self._count > MAX_LINES:
            raise UnreadableError(f"it has more than {MAX_LINES:,} lines")
        lines[int(line)] = lines.get(int(line), False) or int(hits) > 0


# -- LCOV -------------------------------------------------------------------------------------------


def _lcov(data: bytes) -> _Gathered:
    gathered, lines = _Gathered(), None
    for key, value in _records(data):
        if key == "SF":
            lines = gathered.open(value)
        elif key == "end_of_record":
            lines = None
        elif key == "DA" and lines is not None:
            line, _, rest = value.partition(",")
            gathered.add(lines, line, rest.partition(",")[0])
    if not gathered.lines:
        raise UnreadableError("it is neither Cobertura XML nor LCOV")
    return gathered


def _records(data: bytes) -> Iterator[tuple[str, str]]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        if end - start > MAX_RECORD:
            raise UnreadableError(f"a line in it is longer than {MAX_RECORD} bytes")
        key, _, value = data[start:end].decode("utf-8", "surrogateescape").strip().partition(":")
        yield key, value
        start = end + 1


# -- Cobertura --------------------------------------------------------------------------------------


def _cobertura(data: bytes) -> _Gathered:
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _doctype
    parser.EntityDeclHandler = _refuse
    try:
        for at in range(0, len(data), CHUNK):
            parser.Parse(data[at : at + CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as err:
        raise UnreadableError(str(err)) from err
    except (LookupError, ValueError) as err:
        raise UnreadableError(f"its encoding cannot be read: {err}") from err
    return reader.gathered


def _doctype(_name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
    if has_subset:
        _refuse()


def _refuse(*_: object) -> None:
    raise UnreadableError("it declares entities or elements of its own, which no coverage file needs")


class _Reader:
    """Gathers the lines of classes from expat's events."""

    def __init__(self) -> None:
        self.gathered = _Gathered()
        self._path: list[str] = []
        self._lines: dict[int, bool] | None = None
        self._source: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self._path and (tag != "coverage" or "clover" in attributes):
            raise UnreadableError(f"it is no Cobertura XML: its first element is <{tag[:80]}>")
        if len(self._path) >= MAX_DEPTH:
            raise UnreadableError(f"its elements are nested more than {MAX_DEPTH} deep")
        if tag == "project":
            raise UnreadableError("it is Clover's XML, not Cobertura's")
        self._path.append(tag)
        if tag == "class":
            self._lines = self.gathered.open(attributes.get("filename", "").replace("\\", "/"))
        elif tag == "line" and self._lines is not None:
            self.gathered.add(self._lines, attributes.get("number", ""), attributes.get("hits", ""))

    def end(self, _tag: str) -> None:
        tag = self._path.pop()
        if tag == "class":
            self._lines = None
        elif tag == "source":
            self._close_source()

    def text(self, text: str) -> None:
        if self._path[-1] == "source" and sum(map(len, self._source)) <= MAX_NAME:
            self._source.append(text[: MAX_NAME + 1])

    def _close_source(self) -> None:
        source, self._source = "".join(self._source).strip(), []
        if len(source) > MAX_NAME or len(self.gathered.sources) >= MAX_SOURCES:
            raise UnreadableError("its sources are too many, or too long")
        if source:
            self.gathered.sources.add(source)
