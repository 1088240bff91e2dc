"""A suite run as JSON, for the journal: names grouped, because there may be ten thousand of them."""

from __future__ import annotations

from typing import Any

from bot.types.gate import Outcome, SuiteRun, TestId
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
    )
