"""Cuts the scope into shards: disjoint, of whole files, the same on every machine and from run to run."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from bot.globs import Globs
from bot.types.change import EXECUTABLE, REGULAR
from bot.types.ids import UnitId
from bot.types.unit import Shard

By = Literal["directory", "file", "size"]
Counted = tuple[str, int]
"""A file and its lines."""

SLUG = 30
HEX = 8
SNIFF = 8000
"""git looks for a NUL in as many bytes to tell a binary file."""

RE_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def in_scope(
    files: Iterable[tuple[str, str]],
    include: Iterable[str],
    exclude: Iterable[str],
    protected: Callable[[str], bool],
) -> list[str]:
    """The paths that units may change; `files` are (path, mode): links and submodules fall out."""
    wanted, unwanted = Globs(include), Globs(exclude)
    return sorted(
        path
        for path, mode in files
        if mode in (REGULAR, EXECUTABLE)
        and wanted.match(path)
        and not unwanted.match(path)
        and not protected(path)
    )


def counted(contents: Iterable[tuple[str, bytes]]) -> list[Counted]:
    """Count lines, one file in memory at a time; binary files fall out."""
    return [(path, lines_of(data)) for path, data in contents if b"\0" not in data[:SNIFF]]


def lines_of(data: bytes) -> int:
    """Lines of a file; a last one without its line feed counts."""
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


def unit_id(workflow: str, paths: Iterable[str], digits: int = HEX) -> UnitId:
    """Slug of what the paths share + hex of hash(workflow, sorted paths): an identity, not a content."""
    ordered = sorted(paths)
    digest = hashlib.sha256("\0".join((workflow, *ordered)).encode("utf-8", "surrogateescape"))
    return UnitId(f"{_slug(ordered)}-{digest.hexdigest()[:digits]}")


def _slug(paths: Sequence[str]) -> str:
    """At most 30 of [a-z0-9-]. The end of a path says more than its beginning."""
    shared = paths[0] if len(paths) == 1 else posixpath.commonpath([_folder(p) or "." for p in paths])
    plain = unicodedata.normalize("NFKD", shared).encode("ascii", "ignore").decode()
    words = RE_NOT_SLUG.sub("-", plain.lower()).strip("-")
    if len(words) > SLUG:
        tail = words[-SLUG:]
        words = (tail.partition("-")[2] if "-" in tail[: SLUG // 2] else tail).strip("-")
    return words or "root"


def _filled(files: Iterable[Counted], max_lines: int) -> Iterator[list[Counted]]:
    """Neighbours until full; a file that is larger than that stands alone."""
    part: list[Counted] = []
    held = 0
    for path, lines in files:
        if part and held + lines > max_lines:
            yield part
            part, held = [], 0
        part.append((path, lines))
        held += lines
    if part:
        yield part


def _groups(files: Sequence[Counted], by: By, max_lines: int) -> Iterator[list[Counted]]:
    match by:
        case "file":
            yield from ([file] for file in files)
        case "size":
            yield from _filled(files, max_lines)
        case "directory":
            # Sorted by folder first: the files of a folder and those below it alternate in path order.
            ordered = sorted(files, key=lambda file: (_parts(file)[:-1], file[0]))
            for _, members in groupby(ordered, key=lambda file: _folder(file[0])):
                yield from _filled(members, max_lines)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _parts(file: Counted) -> list[str]:
    return file[0].split("/")


def shard(workflow: str, files: Sequence[Counted], by: By, max_lines: int) -> tuple[Shard, ...]:
    """Every file in exactly one shard, in path order."""
    ordered = sorted(dict(files).items(), key=_parts)
    taken: dict[UnitId, Shard] = {}
    for group in _groups(ordered, by, max_lines):
        paths = tuple(path for path, _ in group)
        name = unit_id(workflow, paths)
        if name in taken:  # one in four thousand million: both names are hashes of all their paths
            name = unit_id(workflow, paths, 2 * HEX)
        taken[name] = Shard(name, paths, sum(lines for _, lines in group))
    return tuple(taken.values())
