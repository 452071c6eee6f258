"""The issues by year and month of the week's first day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse

from digests.public.article import Headline, headline_of
from digests.public.house import house_of
from digests.public.views import canonical_of, listed, public_page, show


@dataclass(frozen=True)
class Month:
    """A month with its issues, the latest week first; `first_on` is the month's first day."""

    first_on: date
    headlines: tuple[Headline, ...]


@public_page
def archive(request: HttpRequest) -> HttpResponse:
    """The issues of a year, or of a month of it; without `?year=` those of the newest year."""
    years = house_of(request).years
    asked_year, asked_month = (request.GET.get(name, "") for name in ("year", "month"))
    year = _one_of(years, asked_year) or (years[0] if years else None)
    months = _months(year) if year else []
    month = _one_of([m.first_on.month for m in months], asked_month)
    query = f"?year={year}" if asked_year or month else ""
    return show(
        request,
        "public/archive.html",
        years=years,
        year=year,
        months=months,
        month=month,
        shown=[m for m in months if month in (None, m.first_on.month)],
        canonical=canonical_of(request) + query + (f"&month={month}" if month else ""),
    )


def _one_of(numbers: Sequence[int], asked: str) -> int | None:
    """The number that was asked for, None where none was; one that isn't there is 404."""
    if not asked:
        return None
    for number in numbers:
        if str(number) == asked:
            return number
    raise Http404


def _months(year: int) -> list[Month]:
    editions = listed().filter(first_on__year=year).order_by("-first_on", "-pk")
    by_month = groupby(map(headline_of, editions), key=lambda one: one.first_on.replace(day=1))
    return [Month(first_on, tuple(headlines)) for first_on, headlines in by_month]
