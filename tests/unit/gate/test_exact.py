"""The exact test, against the figures that are known, and against every small table counted out."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gate.exact import chance, is_worse
from bot.types.gate import Evidence


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((5, 5, 0, 5), Fraction(1, 252)),
        ((4, 4, 0, 4), Fraction(1, 70)),
        ((3, 3, 0, 3), Fraction(1, 20)),
        ((0, 5, 0, 5), Fraction(1)),
        ((0, 0, 0, 0), Fraction(1)),
        ((11, 11, 5, 11), Fraction(462, 74613)),
    ],
)
def test_known_figures(figures: tuple[int, int, int, int], expected: Fraction) -> None:
    assert chance(Evidence(*figures)) == expected


@given(st.integers(0, 5), st.integers(0, 5), st.data())
def test_chance_is_the_share_of_all_ways_to_deal_the_failures(
    with_: int, without: int, data: st.DataObject
) -> None:
    failed_with = data.draw(st.integers(0, with_))
    failed_without = data.draw(st.integers(0, without))
    deals = list(combinations(range(with_ + without), failed_with + failed_without))
    as_bad = [deal for deal in deals if sum(run < with_ for run in deal) >= failed_with]
    found = chance(Evidence(failed_with, with_, failed_without, without))
    assert found == Fraction(len(as_bad), len(deals))


def test_three_of_three_is_not_sure_and_five_of_five_is() -> None:
    assert not is_worse(Evidence(3, 3, 0, 3))
    assert is_worse(Evidence(5, 5, 0, 5))
    assert not is_worse(Evidence(5, 5, 5, 5))


def test_evidence_reads_as_a_sentence() -> None:
    told = "failed in 6 of 13 runs with the change, in 0 of 16 without it"
    assert str(Evidence(6, 13, 0, 16)) == told
