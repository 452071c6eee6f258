"""Fetching a list from the address that an editor gave."""

from __future__ import annotations

from datetime import date
from urllib.parse import urljoin

from django.conf import settings

from papers.list_index import page_of_week
from papers.lists import ListError, parse_lists
from papers.outbound import fetch_text, raw_address


def fetch_list(address: str, first_on: date | None) -> str:
    """The text at the address; where that only names weeks, the page to which it links for the week
    that begins on `first_on` (None: the newest). Raises OutboundError."""
    text = fetch_text(address, settings.LIST_HOSTS)
    page = None if _has_papers(text) else page_of_week(text, first_on)
    if page is None:
        return text
    return fetch_text(urljoin(raw_address(address), page), settings.LIST_HOSTS)


def _has_papers(text: str) -> bool:
    try:
        return bool(parse_lists(text))
    except ListError:
        return False
