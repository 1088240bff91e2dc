"""How much of a change the suite ran. Pure: a patch and a run's coverage in, figures and words out.

`enough` asks for a fraction of the changed lines that the coverage speaks of. Where it speaks of none (a
change that only removes, or changes comments) there is nothing to run. A changed source file that it does
not know may hold anything: a change with one is never enough.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bot.figures import percent
from bot.gate.sees import is_source
from bot.git import Delta
from bot.types.gate import FileLines, Outcome, Strength, SuiteRun

RE_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
RE_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
ESCAPES = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
NAMED = 3
NOTHING = FileLines(frozenset(), frozenset())
PROVES_NOTHING = "a pass rate over lines that no test runs proves nothing"


@dataclass(frozen=True, slots=True)
class Measured:
    """A tree's changed lines by path, and what its run's coverage says of these files.

    A path with None changed in a way that no patch tells line by line."""

    changed: Mapping[str, frozenset[int] | None]
    coverage: Mapping[str, FileLines]

    def strength(self, paths: Collection[str] | None = None) -> Strength:
        """Of these paths (default: all): the lines of one landing unit among all."""
        ran = of = 0
        silent = []
        for path, lines in sorted(self.changed.items()):
            if paths is not None and path not in paths:
                continue
            known = self.coverage.get(path)
            if lines is None or (lines and known is None):
                silent += [_printable(path)] if is_source(path) else []
            elif known is not None:
                ran += len(lines & known.hit)
                of += len(lines & (known.hit | known.missed))
        return Strength(ran, of, tuple(silent))


def measured(patch: str, deltas: Iterable[Delta], coverage: Mapping[str, FileLines]) -> Measured:
    """`patch` has no context; `deltas` are of the same two trees. Links and submodules hold no lines."""
    found = changed_lines(patch)
    files = [d.path for d in deltas if d.new_mode.startswith("100") and d.new != d.old]
    changed = {path: found.get(path) for path in files}
    return Measured(changed, {path: coverage[path] for path in files if path in coverage})


def united(coverages: Iterable[Mapping[str, FileLines] | None]) -> dict[str, FileLines] | None:
    """What several runs of one tree went through; None where none of them tells."""
    found: dict[str, FileLines] | None = None
    for coverage in coverages:
        if coverage is None:
            continue
        found = found or {}
        for path, lines in coverage.items():
            before = found.get(path, NOTHING)
            hit = before.hit | lines.hit
            found[path] = FileLines(hit, (before.missed | lines.missed) - hit)
    return found


def enough(strength: Strength, minimum: Fraction) -> bool:
    """Whether the suite ran as much as the spec asks for; 0 asks for nothing."""
    if not minimum:
        return True
    return not strength.silent and strength.ran >= minimum * strength.of


def weakness(strength: Strength, minimum: Fraction) -> str | None:
    """Why this is not enough; None where it is."""
    if enough(strength, minimum):
        return None
    asked = f"the spec asks for {percent(minimum)}"
    if strength.ran < minimum * strength.of:
        return f"the suite ran {strength.ran:,} of the {_lines(strength)}, {asked}"
    return f"the suite's coverage says nothing of {_listed(strength.silent)}, {asked}"


def told(strength: Strength) -> str:
    """The figures in words, for whoever reads the verdict."""
    parts = []
    if strength.of:
        parts.append(f"the suite ran {strength.ran:,} of the {_lines(strength)} that its coverage speaks of")
    elif not strength.silent:
        return "no changed line to run: the change only removes, or the coverage counts none of it as code"
    if strength.silent:
        parts.append(f"its coverage says nothing of {_listed(strength.silent)}")
    if strength.silent or not strength.ran:
        return f"{'; '.join(parts)}: {PROVES_NOTHING}"
    return parts[0]


def strict(run: SuiteRun, minimum: Fraction) -> SuiteRun:
    """A run without the coverage that is asked for proves nothing. Where tests fail, they have the word."""
    failing = any(outcome in (Outcome.FAIL, Outcome.ERROR) for outcome in run.outcomes.values())
    if not minimum or run.coverage is not None or run.doubt is not None or failing:
        return run
    return replace(run, doubt=unmeasured(run, minimum))


def unmeasured(run: SuiteRun, minimum: Fraction) -> str:
    """Why there is nothing to compare with the spec's minimum."""
    return f"{run.uncovered or 'the suite wrote no coverage'}, the spec asks for {percent(minimum)}"


def _lines(strength: Strength) -> str:
    return "1 changed line" if strength.of == 1 else f"{strength.of:,} changed lines"


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - NAMED:,} more" if len(paths) > NAMED else ""
    return ", ".join(paths[:NAMED]) + more


def _printable(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")


# -- the patch --------------------------------------------------------------------------------------


def changed_lines(patch: str) -> dict[str, frozenset[int]]:
    """The lines that a patch adds or changes, by path, numbered as in the new file. Files that it only
    removes from have none; removed files are not named."""
    found: dict[str, set[int]] = {}
    path: str | None = None
    lines = iter(patch.split("\n"))
    for line in lines:
        if line.startswith("diff --git "):
            path = None
        elif line.startswith("+++ "):
            path = _new_name(line[4:])
        elif path is not None and (hunk := RE_HUNK.match(line)):
            before, start, after = hunk.groups()
            added = _added(lines, int(before or 1), int(start), int(after or 1))
            found.setdefault(path, set()).update(added)
    return {path: frozenset(numbers) for path, numbers in found.items()}


def _added(lines: Iterator[str], before: int, number: int, after: int) -> Iterator[int]:
    """What a hunk's header announces is read by its counts: a file's text may look like any header."""
    while (before > 0 or after > 0) and (line := next(lines, None)) is not None:
        sign = line[:1]
        if sign == "+":
            yield number
        # A backslash says that a file ends without a line break; no sign at all is an empty line of context.
        if sign != "\\":
            before -= sign != "+"
            after -= sign != "-"
            number += sign != "-"


def _new_name(name: str) -> str | None:
    """The path behind `+++ `; None for a file that is gone. A tab ends a name with spaces."""
    if name.startswith('"'):
        raw = name.rstrip("\t")[1:-1].encode("utf-8", "surrogateescape")
        name = os.fsdecode(RE_ESCAPE.sub(_unescaped, raw))
    else:
        name = name.removesuffix("\t")
    return None if name == "/dev/null" else name.partition("/")[2]


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([ESCAPES[code] if code in ESCAPES else int(code, 8) & 255])
