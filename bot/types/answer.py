"""What the gate answers about one candidate, for programs. Its schema is generated from here and committed.

Rates are fractions, rounded down. Tests are named as their report names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bot.types.result import BaselineRow, HeldRow, Row, SuspicionRow, Text

ANSWER_VERSION = 1


class TestRow(Row):
    __test__ = False

    test: Text
    message: Text = ""
    """The beginning of what its report says."""
    evidence: Text = ""
    """What the reruns have shown."""


class StrengthRow(Row):
    ran: int
    of: int
    """Changed lines that the coverage speaks of."""
    silent: tuple[Text, ...]


class Answer(Row):
    version: Literal[1]
    green: bool
    line: Text
    """The verdict on one line: the commit status."""
    text: Text
    """All of it, for people."""
    base: Text
    head: Text
    tree: Text
    """What was judged: the head's tree, or that of its merge into a base that has moved on."""
    merged: bool
    bar: float
    pass_rate: float
    passed: int
    of: int
    doubt: Text | None
    regressions: tuple[TestRow, ...] = ()
    dark: tuple[TestRow, ...] = ()
    new_failures: tuple[TestRow, ...] = ()
    new: tuple[Text, ...] = ()
    vacuous: tuple[Text, ...] = ()
    """New tests that pass without the change too."""
    flaky: tuple[Text, ...] = ()
    fixed: tuple[Text, ...] = ()
    gone: tuple[Text, ...] = ()
    absolute: Mapping[str, int]
    """Outcomes on this tree, counted by themselves: never mixed with the pass rate."""
    quarantine: tuple[HeldRow, ...] = ()
    suspicions: tuple[SuspicionRow, ...] = ()
    remarks: tuple[Text, ...] = ()
    """What a person should look at."""
    strength: StrengthRow | None = None
    """Null where the suite writes no coverage."""
    baseline: BaselineRow
    baseline_reused: int
    """Runs at the base that a cache answered."""
    suite_runs: int
    seconds: float
    """Of the suite's runs on this tree."""
    command: Text
    sandbox: Text
    repeat: Text
    notices: tuple[Text, ...] = ()
    exit_code: int
