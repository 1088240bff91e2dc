"""The exact test: how likely it is that a test fails this much more often with a change by chance alone.

Fisher's one-sided exact test on the two-by-two table of failures and passes, with and without the change
(R. A. Fisher, The Design of Experiments, 1935, chapter 2): 5 of 5 against 0 of 5 gives 1/252, 4 of 4 against
0 of 4 gives 1/70, 3 of 3 against 0 of 3 gives 1/20.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb

from bot.types.gate import Evidence

SURE = Fraction(1, 100)
"""Up to this a difference is taken for real."""
EARLY = Fraction(1, 1000)
"""The same before all runs are made: who asks often must be surer each time."""


def chance(evidence: Evidence) -> Fraction:
    """The probability of at least this many of the failures among the runs with the change, if the change
    made no difference. 1 where nothing was run."""
    runs = evidence.runs_with + evidence.runs_without
    failed = evidence.failed_with + evidence.failed_without
    most = min(failed, evidence.runs_with)
    ways = sum(
        comb(evidence.runs_with, k) * comb(evidence.runs_without, failed - k)
        for k in range(evidence.failed_with, most + 1)
        if failed - k <= evidence.runs_without
    )
    return Fraction(ways, comb(runs, failed))


def is_worse(evidence: Evidence, sure: Fraction = SURE) -> bool:
    """Whether the test certainly fails more often with the change."""
    return chance(evidence) <= sure


def is_plain(evidence: Evidence) -> bool:
    """Whether it failed every time with the change and never without it."""
    return evidence.failed_with == evidence.runs_with and not evidence.failed_without


def halfway(evidence: Evidence) -> Fraction:
    """The rate of failures between the two sides': more often than that, and it is there."""
    here = Fraction(evidence.failed_with, evidence.runs_with)
    return (here + Fraction(evidence.failed_without, max(1, evidence.runs_without))) / 2
