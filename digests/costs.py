"""What drafting has cost, what it may cost, and what is left of the month.

A price that is not known is empty, never 0; what is known is added up, and what is not is said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.conf import settings
from django.db.models import Aggregate, Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from digests.models import Issue, Spending

# A 20-page paper, as measured: tokens in and out of one draft.
TYPICAL_IN, TYPICAL_OUT = 11_500, 4_500


@dataclass(frozen=True)
class Spent:
    """Sums of requests for drafts; `estimated` is of those that the server did not count, by our
    own count; `unpriced` counts those without either, or not in the present currency."""

    drafts: int
    tokens: int
    cost: Decimal
    unpriced: int
    month: date | None = None
    estimated: Decimal = Decimal(0)

    @property
    def money(self) -> Decimal:
        """All that is known or estimated."""
        return self.cost + self.estimated


def has_model() -> bool:
    return bool(settings.LLM_MODEL)


def spent(rows: QuerySet[Spending]) -> Spent:
    return _spent(rows.aggregate(**_sums()))


def _sums() -> dict[str, Aggregate]:
    """Money of the present currency only: yen and dollars are not added up."""
    is_ours = Q(currency=settings.LLM_CURRENCY)
    is_priced = is_ours & Q(cost__isnull=False)
    is_estimated = is_ours & Q(cost__isnull=True, estimate__isnull=False)
    return {
        "drafts": Count("pk"),
        "into": Sum("tokens_in"),
        "out": Sum("tokens_out"),
        "money": Sum("cost", filter=is_priced),
        "guess": Sum("estimate", filter=is_estimated),
        "unpriced": Count("pk", filter=~(is_priced | is_estimated)),
    }


def _spent(row: dict[str, object], month: date | None = None) -> Spent:
    def number(name: str) -> int:
        value = row[name]
        return value if isinstance(value, int) else 0

    def amount(name: str) -> Decimal:
        value = row[name]
        return value if isinstance(value, Decimal) else Decimal(0)

    tokens = number("into") + number("out")
    return Spent(
        number("drafts"), tokens, amount("money"), number("unpriced"), month, amount("guess")
    )


def of_issue(issue: Issue) -> Spent:
    return spent(Spending.objects.filter(entry__issue=issue))


def this_month() -> Spent:
    first = timezone.localdate().replace(day=1)
    start = timezone.make_aware(datetime.combine(first, time.min))
    return spent(Spending.objects.filter(created_at__gte=start))


def by_month(months: int = 12) -> list[Spent]:
    """The last months in which a model was asked, oldest first, in the editors' time zone."""
    rows = (
        Spending.objects.annotate(month=TruncMonth("created_at"))
        .values("month")
        .annotate(**_sums())
        .order_by("-month")[:months]
    )
    return [_spent(dict(row), row["month"].date()) for row in reversed(list(rows))]


def left_of_budget() -> Decimal | None:
    """What may still be spent this month, estimates counted; None where no budget is set."""
    if settings.LLM_MONTHLY_BUDGET is None:
        return None
    return max(Decimal(0), settings.LLM_MONTHLY_BUDGET - this_month().money)


def is_budget_reached() -> bool:
    left = left_of_budget()
    return left is not None and left <= 0


@dataclass(frozen=True)
class Forecast:
    """What drafting so many papers will take; `cost` is None where a price is not known."""

    papers: int
    tokens: int
    cost: Decimal | None
    left: Decimal | None
    currency: str


def forecast(papers: int) -> Forecast:
    prices = settings.LLM_PRICE_IN, settings.LLM_PRICE_OUT
    cost = None
    if prices[0] is not None and prices[1] is not None:
        each = (TYPICAL_IN * prices[0] + TYPICAL_OUT * prices[1]) / 1_000_000
        cost = papers * each
    return Forecast(
        papers, papers * (TYPICAL_IN + TYPICAL_OUT), cost, left_of_budget(), settings.LLM_CURRENCY
    )
