"""A tree in memory, and the removal of something from it, judged by the `references` lens."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from textwrap import dedent

from bot.review.references import Examined, examine
from bot.review.view import Line
from bot.types.change import REGULAR, Change, Entry
from bot.types.ids import Blob, Sha, UnitId
from bot.types.review import Evidence, Finding

UNIT = UnitId("unit-1")


@dataclass
class Tree:
    """A View over a dict. It searches as `git grep -w -F` does, and counts how often it is asked."""

    files: Mapping[str, bytes]
    searches: int = 0
    reads: list[str] = field(default_factory=list)

    def paths(self) -> list[str]:
        return sorted(self.files)

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        return self.files[path]

    def search(self, words: Collection[str]) -> Iterable[Line]:
        self.searches += 1
        wanted = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")
        for path in self.paths():
            for number, line in enumerate(self.files[path].decode("utf-8", "replace").splitlines(), 1):
                if wanted.search(line):
                    yield path, number, line


def tree(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: dedent(text).lstrip("\n").encode() for path, text in files.items()}


def change_of(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Change:
    """The change that leads from one tree to the other."""
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    entries = tuple(
        Entry(path, REGULAR, Blob(hashlib.sha1(after[path]).hexdigest()) if path in after else None)
        for path in paths
    )
    return Change(UNIT, Sha("a" * 40), Sha("b" * 40), entries)


def examined(before: Mapping[str, str], **changes: Mapping[str, str | None]) -> Examined:
    """The lens on a tree with some files changed (None: deleted)."""
    old = tree(before)
    edits = changes.get("to", {})
    new = {path: data for path, data in old.items() if edits.get(path, "") is not None}
    new |= tree({path: text for path, text in edits.items() if text is not None})
    return examine(change_of(old, new), old.get, Tree(new))


def refuted(before: Mapping[str, str], to: Mapping[str, str | None]) -> dict[str, list[str]]:
    """What the lens refutes: each subject with the kinds of its evidence."""
    return {one.subject: [piece.kind for piece in one.evidence] for one in findings(before, to)}


def findings(before: Mapping[str, str], to: Mapping[str, str | None]) -> tuple[Finding, ...]:
    return examined(before, to=to).vote.findings


def evidence(before: Mapping[str, str], to: Mapping[str, str | None]) -> list[Evidence]:
    """The evidence of the only finding."""
    (finding,) = findings(before, to)
    return list(finding.evidence)
