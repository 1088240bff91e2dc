"""The suite at the run's base, measured r times: what every candidate is compared with.

The first run ends before anything is paid for, and finds a command that does not exist, hangs, or
reports nothing. The others run beside the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress

from bot.errors import GatecrewError, InputError
from bot.gate.runs import Runs
from bot.types.gate import FAILING, PASSING, Baseline, Outcome, SuiteRun, TestId
from bot.types.ids import Sha

HINTS = {
    "does not exist": "Is it installed here? gate.setup can install it, and {cache} is its folder.",
    "cannot be executed": "Make it executable, or name its interpreter in gate.run.",
    "did not end": "Raise gate.timeout, or find what hangs: the gate has no network and no standard input.",
    "wrote no report": "gate.run must write JUnit XML to {report}, or name its own file in gate.report.",
    "cannot be read": "The report must be JUnit XML; see what gate.run writes to {report}.",
    "holds no test": "Does gate.run find the tests? gate.cwd is the folder that it starts in.",
    "no failing test": "Something besides the tests fails the command, e.g. a coverage limit: take it out.",
    "failing tests": "The command hides its exit code: no `|| true`, no pipe at its end.",
    "passes at the base": (
        "Is the project installed in place (pip install -e)? The folder that gate.setup ran in is gone: put "
        "each run's own first (PYTHONPATH=src in gate.run), or install it in gate.build."
    ),
    "gate.build": "gate.build runs without network; what needs it belongs into gate.setup.",
}


class Measuring:
    """A baseline under way: the first run is there, the others are being made."""

    def __init__(self, first: SuiteRun, others: asyncio.Task[list[SuiteRun]]) -> None:
        self.first = first
        self._others = others

    async def result(self) -> Baseline:
        """All runs together. Raises InputError where the gate cannot be asked."""
        return checked(classify([self.first, *await self._others]))

    async def aclose(self) -> None:
        """Stop what still runs."""
        self._others.cancel()
        with suppress(asyncio.CancelledError, GatecrewError):
            await self._others


async def start(runs: Runs, base: Sha, times: int) -> Measuring:
    """Run the suite on the base once, and go on with the other runs in the background.

    Raises InputError where the suite cannot be asked, or no test passes.
    """
    first = await _run(runs, base, 0, times, collect=True)
    if not any(outcome in PASSING for outcome in first.outcomes.values()):
        raise _unasked(f"none of the {len(first.outcomes)} tests passes at the base", first.tail)
    return Measuring(first, asyncio.ensure_future(_others(runs, base, times)))


def classify(runs: Sequence[SuiteRun]) -> Baseline:
    """Test by test: the same in all runs, or flaky."""
    tests = {test for run in runs for test in run.outcomes}
    seen = {test: {run.outcomes.get(test, Outcome.MISSING) for run in runs} for test in tests}
    stable_pass = {test for test, outcomes in seen.items() if outcomes <= PASSING}
    stable_fail = {test for test, outcomes in seen.items() if outcomes <= FAILING}
    skip = {test for test, outcomes in seen.items() if not outcomes & (PASSING | FAILING | {Outcome.MISSING})}
    return Baseline(
        tree=runs[0].tree,
        runs=len(runs),
        stable_pass=frozenset(stable_pass),
        stable_fail=frozenset(stable_fail),
        flaky=frozenset(tests - stable_pass - stable_fail - skip),
        skip=frozenset(skip),
        volatile=frozenset(test for test, outcomes in seen.items() if Outcome.MISSING in outcomes),
        failed=_failed(runs, tests - stable_pass - stable_fail - skip),
        counts=_counts(runs, stable_pass),
    )


def _failed(runs: Sequence[SuiteRun], flaky: Collection[TestId]) -> dict[TestId, int]:
    return {test: sum(run.outcomes.get(test) in FAILING for run in runs) for test in sorted(flaky)}


def _counts(runs: Sequence[SuiteRun], stable: Collection[TestId]) -> dict[TestId, int]:
    """How often every run names a test, at least, where that is more than once."""
    lowest = {test: min(run.counts.get(test, 1) for run in runs) for test in runs[0].counts if test in stable}
    return {test: count for test, count in sorted(lowest.items()) if count > 1}


def checked(baseline: Baseline) -> Baseline:
    """Raises InputError where nothing could ever regress."""
    if baseline.stable_pass:
        return baseline
    raise InputError(
        f"the gate cannot be asked: no test passes in all {baseline.runs} runs at the base "
        f"({len(baseline.stable_fail)} fail, {len(baseline.flaky)} flaky, {len(baseline.skip)} skipped)",
        "A gate needs at least one test that passes every time. See `gatecrew check`.",
    )


def notice(baseline: Baseline) -> str | None:
    """What is red or unsteady at the base already: nobody's fault."""
    parts = []
    if baseline.stable_fail:
        parts.append(f"{len(baseline.stable_fail)} fail")
    if baseline.flaky:
        parts.append(f"{len(baseline.flaky)} are flaky")
    return f"at the base {' and '.join(parts)}: no change is blamed for them" if parts else None


async def _others(runs: Runs, base: Sha, times: int) -> list[SuiteRun]:
    """As many at once as `gate.jobs` allows; told in their order."""
    return await asyncio.gather(*[_run(runs, base, sample, times) for sample in range(1, times)])


async def _run(runs: Runs, base: Sha, sample: int, times: int, *, collect: bool = False) -> SuiteRun:
    run = await runs.run(base, f"baseline {sample + 1} of {times}", sample=sample, collect=collect)
    if run.doubt is not None:
        raise _unasked(f"at the base {run.doubt}", run.tail)
    return run


def _unasked(why: str, tail: str) -> InputError:
    lines = tail.splitlines()[-20:] or ["(it printed nothing)"]
    quoted = "\n".join(f"  | {line}" for line in lines)
    hint = next((hint for sign, hint in HINTS.items() if sign in why), "")
    return InputError(f"the gate cannot be asked: {why}\n{quoted}", hint)


def stable_first(run: SuiteRun) -> frozenset[TestId]:
    """What passed in one run: enough to prove, before the other runs end, that the suite sees the tree."""
    return frozenset(test for test, outcome in run.outcomes.items() if outcome in PASSING)
