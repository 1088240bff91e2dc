"""What agents consume, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, of one agent, or of a run. Sums with `+`."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
        )

    @property
    def tokens(self) -> int:
        """All tokens, whatever their price: the unit of `limits.tokens`."""
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens


NOTHING = Usage()


@dataclass(frozen=True, slots=True)
class Cost:
    """Usage with its price in US dollars; `usd` is None where the price is not known (never 0 for that)."""

    usage: Usage = NOTHING
    usd: float | None = 0.0

    def __add__(self, other: Cost) -> Cost:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Cost(self.usage + other.usage, usd)


FREE = Cost()
