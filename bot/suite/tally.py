"""What a report says, test by test, whatever format it has: gathered case by case, with limits.

Of several cases with one id the worst wins, and how often the id appeared is kept. A test that failed and
then passed because the runner ran it again counts as failed: reruns are the gate's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.types.gate import FAILING, Outcome, TestId

MAX_CASES = 1_000_000
MAX_NAME = 4000
MAX_NAMES = 64 * 1024 * 1024
MAX_MESSAGE = 4000
# Of all messages together. Beyond it outcomes are still read.
MAX_MESSAGES = 16 * 1024 * 1024

# The later, the worse. A test that was skipped in one place and failed in another failed.
WORST = (
    *(Outcome.PASS, Outcome.XPASS, Outcome.XFAIL, Outcome.SKIP),
    *(Outcome.NOT_RUN, Outcome.MISSING, Outcome.FAIL, Outcome.ERROR),
)
RANK = {outcome: rank for rank, outcome in enumerate(WORST)}
RETRIED = "It passed only when the runner ran it again. Reruns are the gate's: this one failed."


class UnreadableError(Exception):
    """The report cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says. `messages` are of tests that did not pass, `counts` of ids that come again.

    `retried` are tests that failed and passed only when the runner ran them again: they count as failed, and
    the runner's exit code knows nothing of it. `doubt` is set where the report contradicts itself.
    """

    outcomes: Mapping[TestId, Outcome]
    messages: Mapping[TestId, str]
    counts: Mapping[TestId, int] = field(default_factory=dict)
    retried: frozenset[TestId] = frozenset()
    doubt: str | None = None


def worse(one: Outcome, other: Outcome) -> Outcome:
    return max(one, other, key=RANK.__getitem__)


def merged(reports: Sequence[Report]) -> Report:
    """Several reports of one run as one: a test that more than one of them names is named more than once."""
    if len(reports) == 1:
        return reports[0]
    outcomes: dict[TestId, Outcome] = {}
    messages: dict[TestId, str] = {}
    counts: dict[TestId, int] = {}
    for report in reports:
        for test, outcome in report.outcomes.items():
            known = outcomes.get(test)
            counts[test] = counts.get(test, 0) + report.counts.get(test, 1)
            outcomes[test] = outcome if known is None else worse(known, outcome)
            if test in report.messages and outcomes[test] is not known:
                messages[test] = report.messages[test]
    again = {test: count for test, count in counts.items() if count > 1}
    retried = frozenset().union(*(report.retried for report in reports))
    doubts = [report.doubt for report in reports if report.doubt is not None]
    return Report(outcomes, messages, again, retried, doubts[0] if doubts else None)


class Tally:
    """Gathers cases in the order of the report. `root`, the tree's folder, is cut from names and messages."""

    def __init__(self, root: str = "") -> None:
        self.outcomes: dict[TestId, Outcome] = {}
        self._messages: dict[TestId, str] = {}
        self._counts: dict[TestId, int] = {}
        self._last: dict[TestId, Outcome] = {}
        self._passed_once: set[TestId] = set()
        self._retried: set[TestId] = set()
        self._root = root
        self._cases = 0
        self._named = 0
        self._told = 0

    def add(self, test: TestId, outcome: Outcome, message: str = "", *, retried: bool = False) -> None:
        """One case. `retried`: it failed at first, and passed in the end."""
        self._cases += 1
        if self._cases > MAX_CASES:
            raise UnreadableError(f"it holds more than {MAX_CASES:,} cases")
        known = self.outcomes.get(test)
        if known is not None:
            self._counts[test] = self._counts.get(test, 1) + 1
            self._last[test] = outcome
            if Outcome.PASS in (known, outcome):
                self._passed_once.add(test)
        self.outcomes[test] = outcome if known is None else worse(known, outcome)
        if retried:
            self._retried.add(test)
            message = f"{RETRIED}\n{message}"
        if message and self.outcomes[test] is outcome and known is not outcome:
            self._keep(test, message)

    def once_each(self) -> None:
        """This runner names a test that it runs once once: what appears again and passes was run again."""
        for test in self._passed_once:
            if self.outcomes[test] not in FAILING:
                self.outcomes[test] = Outcome.FAIL
                self._retried.add(test)
                self._keep(test, RETRIED)

    def named(self, name: str) -> str:
        """A name without the folder that the tree happens to lie in."""
        if self._root:
            name = name.replace(f"{self._root}/", "").replace(self._root, ".")
        self._named += len(name)
        if len(name) > MAX_NAME:
            raise UnreadableError(f"a name in it is longer than {MAX_NAME} characters")
        if self._named > MAX_NAMES:
            raise UnreadableError(f"the names in it are longer than {MAX_NAMES:,} characters in all")
        return name

    def report(self, doubt: str | None = None) -> Report:
        """All of it. A test that failed and whose last case passes was run again by the runner."""
        again = {test for test, last in self._last.items() if last is Outcome.PASS}
        retried = self._retried | {test for test in again if self.outcomes[test] in FAILING}
        return Report(self.outcomes, self._messages, self._counts, frozenset(retried), doubt)

    def _keep(self, test: TestId, message: str) -> None:
        message = message.strip()[:MAX_MESSAGE]
        if self._root:
            message = message.replace(f"{self._root}/", "")
        self._told += len(message)
        if message and self._told <= MAX_MESSAGES:
            self._messages[test] = message
