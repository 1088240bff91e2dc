"""Prices: offline data, tiers by the length of the prompt, and the spec's own."""

from __future__ import annotations

import pytest

from bot.prices import known, price_of
from bot.types.spec import Price
from bot.types.usage import NOTHING, Usage

OWN = {"house-model": Price(input=1, output=2, cache_read=0.1, cache_write=1.5)}


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        ("claude-sonnet-5-5", Usage(1_000_000, 100_000), 3.0),
        ("claude-sonnet-5-5", Usage(cache_read_tokens=1_000_000, cache_write_tokens=1_000_000), 2.6),
        ("claude-opus-5-5", NOTHING, 0.0),
        ("claude-haiku-5-5", Usage(90_000, 1000), 0.0095),
        ("claude-haiku-5-5", Usage(50_000, 1000, cache_read_tokens=60_000), 0.0305),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Usage(1_000_000), 3.3),
        ("claude-sonnet-4-5@20250929", Usage(100_000), 0.3),
        ("house-model", Usage(1_000_000, 1_000_000, 1_000_000, 1_000_000), 4.6),
    ],
)
def test_price_of_one_request(model: str, usage: Usage, dollars: float) -> None:
    """All of a long prompt at haiku's higher rate, cached parts included."""
    assert price_of(model, usage, OWN) == pytest.approx(dollars)


def test_an_unknown_price_is_none_and_never_zero() -> None:
    assert price_of("house-model", Usage(1), {}) is None
    assert (known("house-model", {}), known("house-model", OWN), known("claude-haiku-5-5", {})) == (
        False,
        True,
        True,
    )


def test_the_spec_corrects_a_built_in_price() -> None:
    own = {"claude-sonnet-5-5": OWN["house-model"]}
    assert price_of("claude-sonnet-5-5", Usage(1_000_000), own) == 1.0
