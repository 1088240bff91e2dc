"""What a person should look at before a layer lands: files that are source and tests at once, and lines
that look like tricks on the tests. Neither is a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.figures import count
from bot.gate.judge import Judge
from bot.gate.scan import Edit, scan
from bot.git import File
from bot.protect import inline_tests
from bot.types.change import Change
from bot.types.gate import Suspicion
from bot.types.ids import Blob, UnitId
from bot.types.stack import LandingUnit

# The base's tests are read for the values that they compare with; more than this is data.
MOST_TESTS = 4_000_000
LARGEST_TEST = 200_000


def for_human(
    judge: Judge, landing: Sequence[LandingUnit], suspicions: Mapping[UnitId, Sequence[Suspicion]]
) -> dict[UnitId, str]:
    """Why a unit's layer asks for a person's look."""
    known = judge.git.files(judge.base)
    reasons = {}
    for change in (change for unit in landing for change in unit.changes):
        told = [*_mixed(judge, change, known), *_suspected(suspicions.get(change.unit, ()))]
        if told:
            reasons[change.unit] = "; ".join(told)
    return reasons


def suspicions_of(judge: Judge, landing: Sequence[LandingUnit]) -> dict[UnitId, tuple[Suspicion, ...]]:
    """What the scan finds, unit by unit."""
    known = judge.git.files(judge.base)
    tests = list(_tests(judge, known))
    found = {}
    for change in (change for unit in landing for change in unit.changes):
        if suspected := scan(_edits(judge, change, known), judge.protection.holds, tests):
            found[change.unit] = suspected
    return found


def _mixed(judge: Judge, change: Change, known: Mapping[str, File]) -> Iterator[str]:
    touched = sorted(path for path in change.paths if _is_mixed(judge, path, known))
    if touched:
        yield f"changes {', '.join(touched)}: source and tests (or their settings) in one file"


def _is_mixed(judge: Judge, path: str, known: Mapping[str, File]) -> bool:
    if judge.protection.mixed(path):
        return True
    return _is_file(path, known) and inline_tests(path, judge.git.blob(known[path].blob))


def _is_file(path: str, known: Mapping[str, File]) -> bool:
    return path in known and known[path].mode.startswith("100")


def _suspected(found: Sequence[Suspicion]) -> Iterator[str]:
    if found:
        rules = ", ".join(sorted({one.rule for one in found}))
        yield f"{count(len(found), 'place')} may be a trick on the tests ({rules})"


def _edits(judge: Judge, change: Change, known: Mapping[str, File]) -> Iterator[Edit]:
    for entry in change.entries:
        old = judge.git.blob(known[entry.path].blob) if _is_file(entry.path, known) else None
        yield Edit(entry.path, old, _new(judge, entry.mode, entry.blob))


def _new(judge: Judge, mode: str, blob: Blob | None) -> bytes | None:
    """A link's target is no code; a submodule has no contents here."""
    return judge.git.blob(blob) if blob is not None and mode.startswith("100") else None


def _tests(judge: Judge, known: Mapping[str, File]) -> Iterator[bytes]:
    room = MOST_TESTS
    for path in sorted(path for path, file in known.items() if judge.protection.holds(path)):
        if not _is_file(path, known):
            continue
        data = judge.git.blob(known[path].blob)
        if len(data) <= LARGEST_TEST:
            room -= len(data)
            if room < 0:
                return
            yield data
