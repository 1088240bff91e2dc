"""What one request costs. Prices come from genai-prices' offline data; the spec's own come first.

A price belongs to one request: some models charge the whole of a long prompt at a higher rate, so the price
of a sum is not the sum of the prices. An unknown price is None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import genai_prices

from bot.types.spec import Price
from bot.types.usage import NOTHING, Usage

MILLION = 1_000_000


def _by_spec(price: Price, usage: Usage) -> float:
    dollars = (
        price.input * usage.input_tokens
        + price.output * usage.output_tokens
        + price.cache_read * usage.cache_read_tokens
        + price.cache_write * usage.cache_write_tokens
    )
    return dollars / MILLION


def _provider_of(model: str) -> str:
    # Amazon's names carry the vendor, and its regional endpoints cost a tenth more.
    return "aws" if "anthropic." in model else "anthropic"


def _by_data(model: str, usage: Usage) -> float | None:
    # NB: there, input tokens are all tokens of the prompt, and the cached ones are a part of them.
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    counted = genai_prices.Usage(
        input_tokens=prompt,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        found = genai_prices.calc_price(counted, model, provider_id=_provider_of(model))
    except LookupError:
        return None
    return float(found.total_price)


def known(model: str, overrides: Mapping[str, Price]) -> bool:
    """Whether a limit in dollars can be kept for this model."""
    return price_of(model, NOTHING, overrides) is not None


def price_of(model: str, usage: Usage, overrides: Mapping[str, Price]) -> float | None:
    """US dollars for one request's usage, or None where the price is not known."""
    if model in overrides:
        return _by_spec(overrides[model], usage)
    return _by_data(model, usage)
