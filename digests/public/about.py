"""The page about the site: what the house says of itself, and how its texts come to be."""

from __future__ import annotations

from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from digests import rendering
from digests.public.house import house_of
from digests.public.linked_data import list_data_html
from digests.public.views import canonical_of, public_page, show


@public_page
def about(request: HttpRequest) -> HttpResponse:
    masthead = house_of(request).masthead
    title = _("About this site")
    return show(
        request,
        "public/about.html",
        masthead=masthead,
        title=title,
        about_html=_rendered(masthead.about),
        contact=contact_address(),
        linked_data_html=list_data_html(title, canonical_of(request), masthead, "AboutPage"),
    )


@lru_cache(maxsize=2)
def _rendered(markdown: str) -> SafeString:
    """The one text that is not stored as HTML: it is short, and seldom changes."""
    return rendering.render(markdown, {})


def contact_address() -> str:
    """Where the site can be written to, or nothing."""
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return address if "@" in address else ""
