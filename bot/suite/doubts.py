"""Why a run proves nothing, in words: exit code, report and what was listed beforehand must agree."""

from __future__ import annotations

from dataclasses import replace

from bot.ports.sandbox import Ended
from bot.suite import reruns
from bot.suite.collect import Listing, untold
from bot.suite.tally import Report
from bot.types.gate import FAILING, SuiteRun

# pytest's exit code for it.
NOTHING_SELECTED = 5


def disagreement(ended: Ended, report: Report, *, selected: bool) -> str | None:
    """Where exit code and report contradict each other, neither is believed."""
    failing = {test for test, outcome in report.outcomes.items() if outcome in FAILING}
    if not report.outcomes:
        # Single tests may not be there in this tree; a whole suite without tests says nothing.
        absent = selected and ended.exit_code in (0, NOTHING_SELECTED)
        return None if absent else f"the suite's report holds no test (exit {ended.exit_code})"
    if ended.exit_code != 0 and not failing:
        return f"the suite ended with exit {ended.exit_code}, but its report holds no failing test"
    # What passed on a retry failed for us, and passed for the runner.
    if ended.exit_code == 0 and failing - report.retried:
        return "the suite ended with exit 0, but its report holds failing tests"
    return None


def compared(run: SuiteRun, listing: Listing | str) -> SuiteRun:
    """The run with what was listed before it, and a doubt where it lacks some of that."""
    if isinstance(listing, str):
        return replace(run, doubt=run.doubt or listing)
    collected = listing.tests(run.outcomes.keys())
    if run.doubt is not None or collected is None:
        return run
    return replace(run, collected=collected, doubt=untold(collected, run.outcomes.keys()))


def without_report(ended: Ended, timeout_s: float, tail: str) -> str:
    if ended.exit_code is None:
        return f"the suite {how(ended, timeout_s)}"
    if ended.exit_code == 127:
        return "the suite's command does not exist (exit 127)"
    if ended.exit_code == 126:
        return "the suite's command cannot be executed (exit 126)"
    if (why := reruns.complaint(tail)) is not None:
        return f"the suite could not start (exit {ended.exit_code}): {why}"
    silent = "" if tail else ", and printed nothing"
    return f"the suite wrote no report (exit {ended.exit_code}){silent}"


def how(ended: Ended, timeout_s: float) -> str:
    if ended.limit is not None:
        return f"was killed: it used {ended.limit} (see gate.limits)"
    if ended.timed_out:
        return f"did not end within {timeout_s:g} s and was killed"
    return f"failed with exit {ended.exit_code}"
