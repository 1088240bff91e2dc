"""Looks through a change for tricks that no gate decides: code inside the process that runs the tests.

Pure. A suspicion is for a person to look at, never a verdict. Only what the change brings counts: each
version of a file is read into places, and those that the old one has too, here or in another file of the
change, are no news. So code that moves is no news either, unless it now runs on load.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from bot.gate.scans import checks, equality, lines, literals, python
from bot.gate.scans.found import RULES, Found
from bot.types.gate import Suspicion

# Larger files are made, not written.
MAX_BYTES = 2_000_000
# Folders that are often on the path, besides the root.
ROOTS = frozenset({"", "src", "lib"})
# Data that tests compare with; what else is the judge's and no code sets how they run.
RE_EXPECTED = re.compile(
    r"(?i)(?:^|/)_*(?:\w+[-_])?(?:tests?|specs?|fixtures?|snapshots?|golden|test[-_]?data|e2e)_*/"
    r"|\.(?:snap|ambr|golden)$|\.approved\."
)


@dataclass(frozen=True)
class Version:
    """One side of an edited file."""

    path: str
    data: bytes

    @cached_property
    def text(self) -> str:
        # A NUL says that it is no text.
        whole = len(self.data) <= MAX_BYTES and b"\0" not in self.data
        return self.data.decode("utf-8", "replace").replace("\r\n", "\n") if whole else ""

    @cached_property
    def tree(self) -> ast.Module | None:
        return python.parsed(self.text.encode()) if self.path.endswith(".py") else None


@dataclass(frozen=True)
class Edit:
    """A file that a change makes (`old` None), changes or removes (`new` None)."""

    path: str
    old: bytes | None
    new: bytes | None

    @property
    def versions(self) -> tuple[Version | None, Version | None]:
        old, new = self.old, self.new
        return (
            None if old is None else Version(self.path, old),
            None if new is None else Version(self.path, new),
        )


def scan(
    edits: Iterable[Edit], is_test: Callable[[str], bool], tests: Iterable[bytes] = ()
) -> tuple[Suspicion, ...]:
    """What a change brings that looks like a trick on the tests, in the order of files and lines.

    `is_test` says which files are the judge's (bot/protect.py); `tests` are the contents of the base's
    test files, for values that code treats as a special case.
    """
    sides = [(edit.path, *edit.versions) for edit in sorted(edits, key=lambda edit: edit.path)]
    values = literals.known(tests)
    before = Counter(one.key for path, old, _ in sides if old for one in _places(old, is_test(path), values))
    suspicions: list[Suspicion] = []
    for path, old, new in sides:
        places = _places(new, is_test(path), values) if new else []
        news = [*_unknown(places, before), *_compared(path, old, new, is_test(path))]
        shown = new.text.split("\n") if new else []
        suspicions += [Suspicion(path, one.line, one.rule, one.told(shown)) for one in news]
    suspicions += _asserted([side for side in sides if is_test(side[0])])
    return tuple(sorted(set(suspicions)))


def _places(version: Version, is_test: bool, values: frozenset[str]) -> list[Found]:
    """What one version holds, whatever the other one does."""
    path, text, tree = version.path, version.text, version.tree
    places = lines.hidden(path, text)
    if not text and version.data and lines.is_code(path):
        places.append(Found("unread", 0, path))
    if is_test:
        return [*places, *checks.marked(text)]
    if tree is None:
        return [*places, *lines.found(path, text)]
    script = PurePosixPath(path).name == "__main__.py"
    try:
        return [
            *places,
            *python.found(tree, script=script),
            *equality.found(tree),
            *literals.found(tree, values),
        ]
    except RecursionError:
        # An expression that is nested too deeply to be walked.
        return [*places, *lines.found(path, text)]


def _unknown(places: Iterable[Found], before: Counter[tuple[str, str, bool]]) -> Iterator[Found]:
    """Those that the base has not: every one that it has excuses one."""
    for one in places:
        if before[one.key] > 0:
            before[one.key] -= 1
        else:
            yield one


def _compared(path: str, old: Version | None, new: Version | None, is_test: bool) -> Iterator[Found]:
    """What only the two versions together tell."""
    if is_test:
        if old is not None and not lines.is_code(path):
            yield Found("snapshot" if RE_EXPECTED.search(path) else "settings", 0, path)
    elif old is None and _is_shadow(path):
        yield Found("shadow", 0, path)
    elif old and new and old.tree and new.tree:
        yield from equality.added(old.tree, new.tree)


def _is_shadow(path: str) -> bool:
    place = PurePosixPath(path)
    package = place.parent if place.name == "__init__.py" else place
    is_module = place.suffix == ".py" and package.stem in sys.stdlib_module_names
    return is_module and str(package.parent).removeprefix(".") in ROOTS


def _asserted(sides: Sequence[tuple[str, Version | None, Version | None]]) -> Iterator[Suspicion]:
    """Tests that assert less, or less exactly, all test files of the change taken together."""
    was, now = checks.Asserted(), checks.Asserted()
    where: dict[str, str] = {}
    for path, old, new in sides:
        for version, into in ((old, was), (new, now)):
            if version is not None:
                checks.count(path, version.text, version.tree, into)
        where |= dict.fromkeys((was.all.keys() | now.all.keys()) - where.keys(), path)
    for name in sorted(was.all):
        less = now.all[name] < was.all[name]
        if less or now.exact[name] < was.exact[name]:
            counts = f"{name}: {was.all[name]} -> {now.all[name]}" if less else name
            rule = "asserts" if less else "weaker"
            yield Suspicion(where[name], now.lines.get(name, 0), rule, f"{RULES[rule]}: {counts}")
