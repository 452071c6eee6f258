"""Where things stand on this site; and addresses that lead here from far away, which start with
SITE_URL and never with a Host."""

from __future__ import annotations

import re
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.urls.converters import StringConverter

# `"/…` and `"#…` in a tag of our own sanitised HTML, where every attribute is quoted so.
_IN_HTML = re.compile(r'(<(?:a|img)\s[^>]*?\b(?:href|src)=")(?=[/#])([^"]*)')
_IN_MARKDOWN = re.compile(r"(\]\()(?=[/#])([^)\s]*)")


class CategoryCode(StringConverter):
    """A category's code in an address: "cs.CL", "hep-th"."""

    regex = "[A-Za-z0-9.-]{1,32}"


class PaperPage(StringConverter):
    """A paper's slug as the end of an address: arXiv's end in a digit, so that "2303.18223.pdf" is
    no page that is only missing its slash."""

    regex = "(?:[A-Za-z0-9._-]{0,39}[0-9]|x-[a-z0-9]{8})"


class SitemapName(StringConverter):
    """ "papers-1"."""

    regex = "[a-z]+-[1-9][0-9]{0,3}"


def author_url(slug: str) -> str:
    """The author's page, or nothing for an empty slug."""
    return _url("public:author", slug)


def category_url(code: str) -> str:
    """The category's page, or nothing for a code that can't stand in an address."""
    return _url("public:category", code)


def paper_url(slug: str) -> str:
    return _url("public:paper", slug)


@lru_cache(maxsize=4096)  # an article asks for twenty, each of which takes as long as a small query
def _url(name: str, argument: str) -> str:
    try:
        return reverse(name, args=[argument]) if argument else ""
    except NoReverseMatch:
        return ""


def with_whole_addresses(html: str, page: str) -> str:
    """Sanitised HTML whose own addresses start with SITE_URL, or with `page` for its anchors."""
    return _IN_HTML.sub(lambda found: _whole(found, page), html)


def with_whole_links(markdown: str, page: str) -> str:
    """The same for the links of Markdown."""
    return _IN_MARKDOWN.sub(lambda found: _whole(found, page), markdown)


def _whole(found: re.Match[str], page: str) -> str:
    before, address = found.groups()
    return before + whole_address(address, page=page)


def whole_address(address: str, *, page: str) -> str:
    """One of this site's addresses as others reach it; any other as it is."""
    if address.startswith("//"):  # another site's, by the scheme of this one
        return str(settings.SITE_URL).partition("//")[0] + address
    if address.startswith("#"):
        return page + address
    return settings.SITE_URL + address if address.startswith("/") else address
