"""What the runner says beforehand that it will run, and whether its report has all of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.suite.pytest import is_pytest, parse_id
from bot.types.gate import TestId

SHOWN = 5
# Behind the command, so that they win over its own options and the project's.
LISTS = "--collect-only --verbosity=-1 --color=no --disable-warnings"
RE_COUNT = re.compile(r"(\d+)(?:/\d+)? tests? collected\b")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a collecting command printed. `own`: it is the spec's, not ours."""

    output: str
    own: bool

    def tests(self, reported: Collection[TestId]) -> frozenset[TestId] | None:
        """The tests in it, as the report names them; None where it cannot be believed."""
        return listed(self.output, reported) if self.own else listed_by_pytest(self.output)


def collecting(run: str) -> str | None:
    """The command that lists what `run` would run, if that is pytest's."""
    return f"{run} {LISTS}" if is_pytest(run) else None


def listed_by_pytest(output: str) -> frozenset[TestId] | None:
    """The ids that pytest printed; None where their number is not the one that it printed.

    Anything may print between them: a warning, a conftest, a progress of its own."""
    lines = output.splitlines()
    ends = [at for at, line in enumerate(lines) if RE_COUNT.search(line)]
    if not ends:
        return None
    counted = RE_COUNT.search(lines[ends[-1]])
    ids = [line for line in lines[: ends[-1]] if "::" in line and not line[:1].isspace()]
    if counted is None or int(counted[1]) != len(ids):
        return None
    return frozenset(map(parse_id, ids))


def listed(output: str, reported: Collection[TestId]) -> frozenset[TestId]:
    """The ids that `gate.collect` printed, one a line, as `classname::name` or just `name`.

    A line means the tests that the report calls so. Where it has none, it is taken as people write ids."""
    by_id = {str(test): test for test in reported}
    by_name: dict[str, list[TestId]] = {}
    for test in reported:
        by_name.setdefault(test.name, []).append(test)
    found: set[TestId] = set()
    for line in filter(None, map(str.strip, output.splitlines())):
        known = [by_id[line]] if line in by_id else by_name.get(line)
        found.update(known or [parse_id(line)])
    return frozenset(found)


def untold(collected: Collection[TestId], reported: Collection[TestId]) -> str | None:
    """The doubt where the report lacks tests that were listed.

    Parameters that are new in every run (a time, an address) are no doubt: as many are reported as listed."""
    absent = set(collected) - set(reported)
    if not absent:
        return None
    listed_of, reported_of = _by_function(collected), _by_function(reported)
    short = sorted(test for test in absent if reported_of[_function(test)] < listed_of[_function(test)])
    if not short:
        return None
    shown = ", ".join(map(str, short[:SHOWN])) + (", ..." if len(short) > SHOWN else "")
    tests = "a test" if len(short) == 1 else f"{len(short)} tests"
    return f"the suite's report lacks {tests} that its runner listed beforehand: {shown}"


def _by_function(tests: Iterable[TestId]) -> Counter[TestId]:
    return Counter(map(_function, tests))


def _function(test: TestId) -> TestId:
    return TestId(test.classname, test.name.partition("[")[0])
