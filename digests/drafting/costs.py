"""Tokens and money of a draft. What is not known is None, never 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Prices:
    """Per million tokens, in one currency; `cached` is for input that the server had cached."""

    tokens_in: Decimal | None = None
    cached: Decimal | None = None
    out: Decimal | None = None

    @property
    def is_known(self) -> bool:
        return None not in (self.tokens_in, self.cached, self.out)


@dataclass(frozen=True)
class Usage:
    """What was spent. `tokens_in` includes the cached ones; None where a server did not say.
    `calls` counts answers paid for; `cost` is None where a price or a count is not known. Where
    only a count is not, `estimate` is what it cost by our own count of the words, else None."""

    tokens_in: int | None = 0
    tokens_cached: int | None = 0
    tokens_out: int | None = 0
    calls: int = 0
    cost: Decimal | None = None
    estimate: Decimal | None = None


@dataclass(frozen=True)
class Estimate:
    """What a draft will take, roughly, with nothing cached and no repair."""

    tokens_in: int
    tokens_out: int
    cost: Decimal | None


def cost_of(
    tokens_in: int | None, cached: int | None, out: int | None, prices: Prices
) -> Decimal | None:
    """The cost, exactly; None unless every price and every count is known."""
    counts, rates = (tokens_in, cached, out), (prices.tokens_in, prices.cached, prices.out)
    if None in counts or None in rates:
        return None
    fresh = (tokens_in or 0) - (cached or 0)
    amounts = (fresh, cached or 0, out or 0)
    total = sum((n * (rate or 0) for n, rate in zip(amounts, rates, strict=True)), Decimal(0))
    return total / _MILLION


def added(usages: Sequence[Usage], prices: Prices) -> Usage:
    """Several calls as one; a count that one of them lacks is not known."""
    tokens_in = _sum([one.tokens_in for one in usages])
    cached = _sum([one.tokens_cached for one in usages])
    out = _sum([one.tokens_out for one in usages])
    calls = sum(one.calls for one in usages)
    cost = cost_of(tokens_in, cached, out, prices)
    guesses = [one.estimate if one.cost is None else one.cost for one in usages]
    known = [guess for guess in guesses if guess is not None]
    is_guess = cost is None and len(known) == len(guesses)
    estimate = sum(known, Decimal(0)) if is_guess else None
    return Usage(tokens_in, cached, out, calls, cost, estimate)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
