"""What drafting cost, will cost, and what is left: sums that never take the unknown for nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from digests import costs
from digests.desk.words import forecast_words
from digests.models import Entry, Spending
from tests.factories import make_entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _yen(settings: Any) -> None:
    settings.LLM_CURRENCY, settings.LLM_MONTHLY_BUDGET = "JPY", None
    settings.LLM_PRICE_IN = settings.LLM_PRICE_CACHED = settings.LLM_PRICE_OUT = None


def spend(
    entry: Entry | None = None, cost: str | None = "10", *, at: datetime | None = None, **more: Any
) -> Spending:
    defaults: dict[str, Any] = {
        "entry": entry,
        "model": "m",
        "calls": 1,
        "tokens_in": 1000,
        "tokens_cached": 200,
        "tokens_out": 300,
        "cost": None if cost is None else Decimal(cost),
        "currency": "JPY",
    }
    made = Spending.objects.create(**defaults | more)
    if at:
        Spending.objects.filter(pk=made.pk).update(created_at=at)
    return made


def test_an_issue_costs_what_its_papers_drafts_cost() -> None:
    entry = make_entry()
    spend(entry, "10.5")
    spend(entry, "2")
    spend(make_entry(), "100")
    spent = costs.of_issue(entry.issue)
    assert (spent.drafts, spent.tokens, spent.cost) == (2, 2600, Decimal("12.5"))
    assert spent.unpriced == 0


def test_what_has_no_price_is_counted_apart() -> None:
    entry = make_entry()
    spend(entry, "10")
    spend(entry, None, tokens_in=None, tokens_out=None)
    spent = costs.of_issue(entry.issue)
    assert (spent.drafts, spent.tokens, spent.cost, spent.unpriced) == (2, 1300, Decimal(10), 1)


def test_what_the_server_did_not_count_is_of_the_budget_by_our_own_estimate(settings: Any) -> None:
    settings.LLM_MONTHLY_BUDGET = Decimal(100)
    entry = make_entry()
    spend(entry, "10")
    spend(entry, None, tokens_in=None, tokens_out=None, estimate=Decimal(25))
    spend(entry, None, currency="USD", estimate=Decimal(7))
    spent = costs.of_issue(entry.issue)
    assert (spent.cost, spent.estimated, spent.unpriced) == (Decimal(10), Decimal(25), 1)
    assert costs.left_of_budget() == Decimal(65)


def test_nothing_spent_is_nothing() -> None:
    spent = costs.of_issue(make_entry().issue)
    assert (spent.drafts, spent.tokens, spent.cost, spent.unpriced) == (0, 0, Decimal(0), 0)
    assert costs.by_month() == []


def test_another_currency_is_not_added_to_this_one() -> None:
    entry = make_entry()
    spend(entry, "10")
    spend(entry, "3", currency="USD")
    spent = costs.of_issue(entry.issue)
    assert (spent.cost, spent.unpriced) == (Decimal(10), 1)


def test_months_are_those_of_the_editors_time_zone_oldest_first() -> None:
    spend(cost="1", at=datetime(2026, 1, 31, 14, 59, tzinfo=UTC))
    spend(cost="2", at=datetime(2026, 1, 31, 15, 0, tzinfo=UTC))  # February in Japan
    spend(cost="4", at=datetime(2026, 2, 10, tzinfo=UTC))
    assert [(m.month, m.cost) for m in costs.by_month()] == [
        (date(2026, 1, 1), Decimal(1)),
        (date(2026, 2, 1), Decimal(6)),
    ]


def test_only_the_last_months_are_shown() -> None:
    for month in range(1, 13):
        spend(at=datetime(2025, month, 10, tzinfo=UTC))
    shown = costs.by_month(months=3)
    assert [m.month.month for m in shown if m.month] == [10, 11, 12]


def test_what_is_left_is_the_budget_less_this_month(settings: Any) -> None:
    assert costs.left_of_budget() is None and not costs.is_budget_reached()
    settings.LLM_MONTHLY_BUDGET = Decimal(100)
    spend(cost="60")
    spend(cost="500", at=timezone.now().replace(year=2020))
    assert costs.left_of_budget() == Decimal(40) and not costs.is_budget_reached()
    spend(cost="40")
    assert costs.left_of_budget() == Decimal(0) and costs.is_budget_reached()
    spend(cost="40")
    assert costs.left_of_budget() == Decimal(0)


def test_what_failed_drafts_cost_is_of_the_budget_too(settings: Any) -> None:
    settings.LLM_MONTHLY_BUDGET = Decimal(100)
    spend(cost="100", error="cut")
    assert costs.is_budget_reached()


def test_a_forecast_has_no_cost_where_a_price_is_not_known(settings: Any) -> None:
    settings.LLM_PRICE_IN = Decimal(100)
    assert costs.forecast(6).cost is None
    settings.LLM_PRICE_OUT = Decimal(1000)
    forecast = costs.forecast(6)
    assert forecast.cost == 6 * (11_500 * Decimal(100) + 4_500 * Decimal(1000)) / 1_000_000
    assert forecast.tokens == 6 * 16_000


def test_a_forecast_in_words_names_money_only_where_it_is_known(settings: Any) -> None:
    with translation.override("en"):
        assert forecast_words(costs.forecast(1)) == "1 paper · about 16,000 tokens"
        settings.LLM_PRICE_IN, settings.LLM_PRICE_OUT = Decimal(100), Decimal(1000)
        settings.LLM_MONTHLY_BUDGET = Decimal(1000)
        spend(cost="60")
        words = forecast_words(costs.forecast(6))
    assert words == "6 papers · about 96,000 tokens · about ¥34 (expected) / ¥940 left this month"
