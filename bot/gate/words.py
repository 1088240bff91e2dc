"""What the gate says of one tree, for a pull request: equal results give equal words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from bot.types.gate import Baseline, TestId, TreeVerdict

SHOWN = 20


def percent(rate: Fraction) -> str:
    """Rounded down to two places: 99.996 % is not 100 %."""
    hundredths = int(rate * 10_000)
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + " %"


def verdict_text(verdict: TreeVerdict, baseline: Baseline, bar: Fraction, command: str, sandbox: str) -> str:
    """The first line stands alone; the rest tells what ran where, and everything that does not pass."""
    return "\n".join(_lines(verdict, baseline, bar, command, sandbox))


def _lines(
    verdict: TreeVerdict, baseline: Baseline, bar: Fraction, command: str, sandbox: str
) -> Iterator[str]:
    yield (
        f"{percent(verdict.rate)} of the {verdict.of:,} tests that are stable at the base still pass;"
        f" bar {percent(bar)}; {_count(len(verdict.regressions), 'regression')},"
        f" {len(verdict.dark)} dark, {_count(len(verdict.new_failures), 'new failure')}"
    )
    yield f"tree {verdict.tree}, compared with {_count(baseline.runs, 'run')} at the base; sandbox: {sandbox}"
    yield f"command: {command}"
    yield from _listed("regression", verdict.regressions)
    yield from _listed("dark (missing or skipped)", verdict.dark)
    yield from _listed("new failure", verdict.new_failures)
    if baseline.stable_fail:
        yield f"{_count(len(baseline.stable_fail), 'test')} failing at the base already: not counted"


def _listed(what: str, tests: Sequence[TestId]) -> Iterator[str]:
    for test in tests[:SHOWN]:
        yield f"{what}: {test}"
    if len(tests) > SHOWN:
        yield f"... and {len(tests) - SHOWN} more"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"
