"""A suite run as JSON, for the journal: names grouped, because there may be ten thousand of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.types.gate import FileLines, Outcome, SuiteRun, TestId
from bot.types.ids import Tree


def encode(run: SuiteRun) -> dict[str, Any]:
    outcomes: dict[str, dict[str, list[str]]] = {}
    for test, outcome in sorted(run.outcomes.items()):
        outcomes.setdefault(outcome.value, {}).setdefault(test.classname, []).append(test.name)
    return {
        "tree": run.tree,
        "outcomes": outcomes,
        "messages": [[test.classname, test.name, text] for test, text in sorted(run.messages.items())],
        "exit_code": run.exit_code,
        "seconds": round(run.seconds, 3),
        "doubt": run.doubt,
        "tail": run.tail,
        "counts": [[test.classname, test.name, count] for test, count in sorted(run.counts.items())],
        "collected": _encoded_tests(run.collected),
        "coverage": _encoded_lines(run.coverage),
        "uncovered": run.uncovered,
    }


def decode(record: dict[str, Any]) -> SuiteRun:
    """Raises KeyError, TypeError or ValueError for what `encode` did not write."""
    return SuiteRun(
        tree=Tree(record["tree"]),
        outcomes={
            TestId(classname, name): Outcome(outcome)
            for outcome, groups in record["outcomes"].items()
            for classname, names in groups.items()
            for name in names
        },
        messages={TestId(classname, name): text for classname, name, text in record["messages"]},
        exit_code=record["exit_code"],
        seconds=record["seconds"],
        doubt=record["doubt"],
        tail=record["tail"],
        counts={TestId(classname, name): count for classname, name, count in record.get("counts", [])},
        collected=_tests(record.get("collected")),
        coverage=_lines(record.get("coverage")),
        uncovered=record.get("uncovered"),
    )


def _encoded_tests(tests: Collection[TestId] | None) -> list[list[str]] | None:
    return None if tests is None else [[test.classname, test.name] for test in sorted(tests)]


def _tests(pairs: Sequence[Sequence[str]] | None) -> frozenset[TestId] | None:
    return None if pairs is None else frozenset(TestId(classname, name) for classname, name in pairs)


def _encoded_lines(coverage: Mapping[str, FileLines] | None) -> dict[str, Any] | None:
    if coverage is None:
        return None
    return {path: [sorted(lines.hit), sorted(lines.missed)] for path, lines in sorted(coverage.items())}


def _lines(record: Mapping[str, Any] | None) -> dict[str, FileLines] | None:
    if record is None:
        return None
    return {path: FileLines(frozenset(hit), frozenset(missed)) for path, (hit, missed) in record.items()}
