"""A page that only names the weeks and links to them, as the README of dair.ai since 2026."""

import re
from datetime import date

from papers.list_days import Span, span_in, year_in
from papers.list_text import LINK, unmarked

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\./#", re.IGNORECASE)


def page_of_week(text: str, first_on: date | None = None) -> str | None:
    """The address, relative to this page's, of the page that has the week which begins on this day,
    or the first that is named, which is the newest; None where no page of weeks is linked."""
    for match in LINK.finditer(text):
        span, address = span_in(unmarked(match[1])), match[2]
        if span is None or _ELSEWHERE.match(address):
            continue
        page = address.partition("#")[0]
        if first_on in (None, _first_day(span, year_in(page))):
            return page
    return None


def _first_day(span: Span, year: int | None) -> date | None:
    try:
        return span.days(year)[0]
    except ValueError:  # a 30 February, or a year that nobody names
        return None
