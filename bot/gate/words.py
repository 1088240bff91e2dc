"""What the gate says of one tree: equal results give equal words. The first line stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.figures import count, percent
from bot.gate.strength import told
from bot.types.gate import Eviction, GateReport, Outcome, Suspicion, TestId, TreeVerdict
from bot.types.ids import Sha

SHOWN = 20
MESSAGE_LINES = 6
LONGEST = 300
ORDER = (
    *(Outcome.PASS, Outcome.XPASS, Outcome.XFAIL, Outcome.SKIP),
    *(Outcome.NOT_RUN, Outcome.FAIL, Outcome.ERROR),
)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: on which base, by which command; `repeat` asks the same again, in any clone. `reused`
    of the base's runs came from a cache."""

    base: Sha
    command: str
    repeat: str
    reused: int = 0
    suspicions: tuple[Suspicion, ...] = ()
    """Of the files that the tree changes."""


def first_line(verdict: TreeVerdict, bar: Fraction) -> str:
    """The verdict on one line."""
    if verdict.doubt is not None:
        return f"no verdict, which is red: {one_line(verdict.doubt)}; bar {percent(bar)}"
    parts = [count(len(verdict.regressions), "regression"), count(len(verdict.new), "new test")]
    if verdict.new_failures:
        parts.append(count(len(verdict.new_failures), "new failure"))
    parts += [f"{len(verdict.flaky):,} flaky", f"{len(verdict.dark):,} dark"]
    weak = f"; {one_line(verdict.weak)}" if verdict.weak else ""
    still = "still passes" if verdict.of == 1 else "still pass"
    tests = "1 test that is" if verdict.of == 1 else f"{verdict.of:,} tests that are"
    return (
        f"{percent(verdict.rate)} of the {tests} stable at the base {still}; bar {percent(bar)}; "
        + ", ".join(parts)
        + weak
    )


def verdict_text(verdict: TreeVerdict, report: GateReport, asked: Question) -> str:
    """All that a person needs to know of a tree's verdict, line by line."""
    return "\n".join(_lines(verdict, report, asked))


def _lines(verdict: TreeVerdict, report: GateReport, asked: Question) -> Iterator[str]:
    yield first_line(verdict, report.bar)
    if verdict.strength is not None:
        yield one_line(told(verdict.strength))
    yield from _blamed("regression", verdict.regressions, verdict)
    yield from _blamed("dark (missing, skipped, or not run)", verdict.dark, verdict)
    yield from _blamed("new failure", verdict.new_failures, verdict)
    yield from _listed("flaky, in quarantine from now on", verdict.quarantined, verdict)
    known = [test for test in verdict.flaky if test not in verdict.quarantined]
    yield from _listed("flaky, nobody's fault", known, verdict)
    yield from _listed("new, and passes without the change too: proves nothing", verdict.vacuous, verdict)
    yield from _listed("fixed", verdict.fixed, verdict)
    yield from _listed("gone, but never passed for certain", verdict.gone, verdict)
    for one in asked.suspicions[:SHOWN]:
        yield f"look at {one_line(one.path)}:{one.line} ({one.rule}): {one_line(one.text)}"
    if len(asked.suspicions) > SHOWN:
        yield f"... and {len(asked.suspicions) - SHOWN:,} more places to look at"
    if verdict.shaky:
        yield f"one run left a doubt, and none after it: {one_line(verdict.shaky)}"
    yield from _base(report)
    if verdict.absolute:
        yield f"this tree, counted by itself: {outcomes(verdict.absolute)}"
    yield from _evicted(report.evicted)
    some = "" if asked.reused >= report.baseline.runs else f"{asked.reused} of them "
    reused = f" ({some}from the cache)" if asked.reused else ""
    runs = f"{count(report.baseline.runs, 'run')}{reused}"
    yield f"tree {verdict.tree}, compared with {runs} at the base {asked.base}"
    yield f"command: {asked.command} ({verdict.seconds:.1f} s); sandbox: {report.sandbox}"
    yield f"the same again: {asked.repeat}"


def one_line(said: object) -> str:
    """What a test or a report says, so that it cannot pass for a line of ours."""
    text = " ".join(str(said).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def outcomes(counts: Mapping[Outcome, int]) -> str:
    """How many tests came to what: `1,203 pass, 1 fail`."""
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in ORDER if counts.get(kind))


def _base(report: GateReport) -> Iterator[str]:
    base = report.baseline
    if base.stable_fail:
        yield f"failing at the base already, and not counted: {count(len(base.stable_fail), 'test')}"
    if base.flaky:
        yield f"flaky at the base already, and not counted: {count(len(base.flaky), 'test')}"
    for held in report.held[:SHOWN]:
        yield f"quarantine until {held.until}: {one_line(held.test)} ({held.evidence})"


def _blamed(what: str, tests: Sequence[TestId], verdict: TreeVerdict) -> Iterator[str]:
    """Each with its evidence: what the reruns showed, and the beginning of its message."""
    for test in tests[:SHOWN]:
        yield from _listed(what, [test], verdict)
        for line in _shortened(verdict.messages.get(test, "").strip().splitlines()):
            yield f"    | {line}"
    if len(tests) > SHOWN:
        yield f"... and {len(tests) - SHOWN:,} more"


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    """What failed stands on the first line, and where at the end of the trace."""
    if len(lines) <= MESSAGE_LINES:
        return lines
    return [lines[0], "...", *lines[2 - MESSAGE_LINES :]]


def _listed(what: str, tests: Sequence[TestId], verdict: TreeVerdict) -> Iterator[str]:
    for test in tests[:SHOWN]:
        evidence = verdict.evidence.get(test)
        yield f"{what}: {one_line(test)}" + (f" ({evidence})" if evidence else "")
    if len(tests) > SHOWN:
        yield f"... and {len(tests) - SHOWN:,} more"


def _evicted(evictions: Sequence[Eviction]) -> Iterator[str]:
    for eviction in evictions[:SHOWN]:
        sure = "" if eviction.confirmed else " (not confirmed)"
        yield f"evicted from the batch: {eviction.unit}: {one_line(eviction.reason)}{sure}"
