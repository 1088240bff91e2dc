"""The suite's outcomes, test by test, and what the gate makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from bot.types.ids import LayerId, Tree, UnitId


class Outcome(StrEnum):
    """One test's outcome after normalisation. MISSING: expected by the inventory, not in the report."""

    PASS = "pass"
    XFAIL = "xfail"
    XPASS = "xpass"
    SKIP = "skip"
    FAIL = "fail"
    ERROR = "error"
    NOT_RUN = "not-run"
    MISSING = "missing"


PASSING = frozenset({Outcome.PASS, Outcome.XPASS})
FAILING = frozenset({Outcome.FAIL, Outcome.ERROR})


@dataclass(frozen=True, slots=True, order=True)
class TestId:
    """A test as its report names it. The unit of comparison."""

    __test__ = False

    classname: str
    name: str

    def __str__(self) -> str:
        return f"{self.classname}::{self.name}" if self.classname else self.name


@dataclass(frozen=True, slots=True)
class FileLines:
    """The lines of one file that a coverage report speaks of, by number from 1."""

    hit: frozenset[int]
    missed: frozenset[int]


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of the suite on one tree. `doubt` is set where the run proves nothing, and says why:
    no report, an unreadable one, an exit code that disagrees with it, a time-out.

    `counts` holds the tests that the report names more than once, and how often. `collected` is what the
    runner said beforehand that it would run; None where it was not asked. `coverage` is by path in the tree;
    None where the suite writes none."""

    tree: Tree
    outcomes: Mapping[TestId, Outcome]
    messages: Mapping[TestId, str]
    exit_code: int | None
    seconds: float
    doubt: str | None = None
    tail: str = ""
    counts: Mapping[TestId, int] = field(default_factory=dict)
    collected: frozenset[TestId] | None = None
    coverage: Mapping[str, FileLines] | None = None
    uncovered: str | None = None
    """Why `coverage` is None where the suite should write some."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The base's tests by r runs: stable-pass (r of r), stable-fail (0 of r), flaky (mixed), skip.

    `volatile` are flaky tests that some run of the base does not even list: their ids change. `failed` is how
    many of the r runs a flaky test failed in, `counts` how often a report names a test, where every run
    names it more than once: the lowest number."""

    tree: Tree
    runs: int
    stable_pass: frozenset[TestId]
    stable_fail: frozenset[TestId]
    flaky: frozenset[TestId]
    skip: frozenset[TestId]
    volatile: frozenset[TestId] = frozenset()
    failed: Mapping[TestId, int] = field(default_factory=dict)
    counts: Mapping[TestId, int] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[TestId]:
        """Every test that the base has."""
        return self.stable_pass | self.stable_fail | self.flaky | self.skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """How often a test failed in runs with a change and in runs without it, each in a process of its own."""

    failed_with: int
    runs_with: int
    failed_without: int
    runs_without: int

    def __str__(self) -> str:
        return (
            f"failed in {self.failed_with} of {self.runs_with} runs with the change, "
            f"in {self.failed_without} of {self.runs_without} without it"
        )


@dataclass(frozen=True, slots=True)
class Strength:
    """How much of a change the suite ran: `ran` of the `of` changed lines that its coverage speaks of.

    `silent` are changed source files that the coverage says nothing about."""

    ran: int
    of: int
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeVerdict:
    """What the suite says of one exact tree. Every doubt is red.

    `rate` = stable-pass tests that pass here / all stable-pass tests (the base's denominator).
    `regressions` failed, `dark` are missing or skipped; `new_failures` are tests that the base lacks or
    skips; `gone` are missing too, but never passed for certain: told, and not red. `new` are tests that the
    base lacks and that pass, `vacuous` those of them that pass on the base's code too: they prove nothing.
    `absolute` counts every outcome here, whatever the base says: never mixed with the rate.
    """

    tree: Tree
    green: bool
    passed: int
    of: int
    regressions: tuple[TestId, ...] = ()
    dark: tuple[TestId, ...] = ()
    new_failures: tuple[TestId, ...] = ()
    flaky: tuple[TestId, ...] = ()
    fixed: tuple[TestId, ...] = ()
    gone: tuple[TestId, ...] = ()
    doubt: str | None = None
    messages: Mapping[TestId, str] = field(default_factory=dict)
    shaky: str | None = None
    """A doubt that one run left and none after it: told, and not red."""
    new: tuple[TestId, ...] = ()
    vacuous: tuple[TestId, ...] = ()
    absolute: Mapping[Outcome, int] = field(default_factory=dict)
    evidence: Mapping[TestId, Evidence] = field(default_factory=dict)
    """What the reruns of tests that failed have shown."""
    quarantined: tuple[TestId, ...] = ()
    """Flaky tests that only this tree's runs have shown: shown apart, not blamed, until they expire."""
    strength: Strength | None = None
    """None where the suite writes no coverage."""
    weak: str | None = None
    """Why its strength is less than the spec asks for, which is red."""
    seconds: float = 0.0
    """Of the runs of the whole suite that this verdict rests on."""

    @property
    def rate(self) -> Fraction:
        return Fraction(self.passed, self.of) if self.of else Fraction(0)

    @property
    def blamed(self) -> tuple[TestId, ...]:
        """The tests that make this tree red."""
        return tuple(sorted({*self.regressions, *self.dark, *self.new_failures}))

    @property
    def why(self) -> str:
        """Why it is red, in a few words."""
        fail = f"{len(self.blamed)} tests fail" if self.blamed or not self.weak else ""
        return self.doubt or "; ".join(filter(None, (fail, self.weak)))


@dataclass(frozen=True, slots=True, order=True)
class Suspicion:
    """A line of a change that looks like a trick on the tests. For a person to look at; never a verdict."""

    path: str
    line: int
    """In the changed file, from 1; 0 where it is about the file as a whole."""
    rule: str
    """A short name, such as `exit` or `equals`."""
    text: str
    """What it may do, in words, with the line quoted."""


@dataclass(frozen=True, slots=True)
class Eviction:
    """A unit that the gate threw out, with the tests that it broke."""

    unit: UnitId
    tests: tuple[TestId, ...]
    confirmed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GatedTree:
    """A tree that the gate judged: the batch's (`layer` None) or a layer's head."""

    verdict: TreeVerdict
    layer: LayerId | None


@dataclass(frozen=True, slots=True)
class Held:
    """A flaky test in quarantine, until a day (YYYY-MM-DD) and with the figures that brought it there."""

    test: TestId
    until: str
    evidence: str


@dataclass(frozen=True, slots=True)
class GateReport:
    """The gate's figures for one run."""

    bar: Fraction
    baseline: Baseline
    suite_runs: int
    trees: tuple[GatedTree, ...] = ()
    evicted: tuple[Eviction, ...] = ()
    for_human: Mapping[UnitId, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    sandbox: str = "plain"
    held: tuple[Held, ...] = ()
    """All tests in quarantine, those that this run has brought there too."""
    suspicions: Mapping[UnitId, tuple[Suspicion, ...]] = field(default_factory=dict)

    @property
    def batch(self) -> TreeVerdict | None:
        """The verdict on everything that is proposed, composed."""
        whole = [gated.verdict for gated in self.trees if gated.layer is None]
        return whole[-1] if whole else None
