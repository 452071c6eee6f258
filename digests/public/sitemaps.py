"""What robots and those who found a hole are told.

The sitemaps stand at the root: by their protocol each may name only what stands beside or below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from digests.models import Edition, Shelf, ShelfKind
from digests.public.about import contact_address
from digests.public.addresses import author_url, category_url, paper_url
from digests.public.topics import category_rows, question_rows
from digests.public.views import View, public_page

MOST = 40_000  # one sitemap may hold 50,000 addresses: https://www.sitemaps.org/protocol.html
GOOD_FOR = timedelta(days=180)  # RFC 9116 wants less than a year
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
Rows = QuerySet[Any, Any]  # of a slug and the time of its newest edition
Changed = tuple[str, datetime | None]  # an address's path or slug, and when it changed


# ── sitemaps ────────────────────────────────────────────────────────────────────────────────────
@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """The list of sitemaps: of single pages, issues, papers and authors, so many to a file."""
    counts = [("pages", 1), *((kind, rows().count()) for kind, (rows, _url) in LONG.items())]
    names = [f"{kind}-{n}" for kind, count in counts for n in range(1, ceil(count / MOST) + 1)]
    places = [reverse("public:sitemap-part", args=[name]) for name in names]
    return _xml("sitemapindex", (_place("sitemap", path, None) for path in places))


@public_page
def sitemap_part(request: HttpRequest, name: str) -> HttpResponse:
    """One of them, each address with the time of the newest edition that it shows."""
    kind, _dash, number = name.rpartition("-")
    first = (int(number) - 1) * MOST
    if kind == "pages":
        found: Iterable[Changed] = _pages() if number == "1" else []
    elif kind in LONG:
        rows, url = LONG[kind]
        found = [(url(slug), at) for slug, at in rows()[first : first + MOST]]
    else:
        found = []
    places = [_place("url", path, at) for path, at in found if path]
    if not places:
        raise Http404
    return _xml("urlset", places)


def _pages() -> list[Changed]:
    newest = Edition.objects.public().aggregate(at=Max("published_at"))["at"]
    lists = ("public:home", "public:archive", "public:categories", "public:questions")
    still = ("public:feeds", "public:about")
    return [
        *((reverse(name), newest) for name in lists),
        *((reverse(name), None) for name in still),
        *((category_url(row.code), row.changed_at) for row in category_rows()),
        *((reverse("public:question", args=[row.code]), row.changed_at) for row in question_rows()),
    ]


def _issues() -> Rows:
    return Edition.objects.public().newest_first().values_list("slug", "published_at")


def _papers() -> Rows:
    return _shelves(ShelfKind.PAPER)


def _authors() -> Rows:
    return _shelves(ShelfKind.AUTHOR)


def _shelves(kind: str) -> Rows:
    return Shelf.objects.filter(kind=kind).order_by("key").values_list("key", "changed_at")


def _issue_url(slug: str) -> str:
    return reverse("public:issue", args=[slug])


LONG: dict[str, tuple[Callable[[], Rows], Callable[[str], str]]] = {
    "issues": (_issues, _issue_url),
    "papers": (_papers, paper_url),
    "authors": (_authors, author_url),
}


def _xml(root: str, places: Iterable[str]) -> HttpResponse:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{SCHEMA}">\n'
    body = head + "".join(places) + f"</{root}>\n"
    return HttpResponse(body, content_type="application/xml; charset=utf-8")


def _place(element: str, path: str, changed_at: datetime | None) -> str:
    """Our own paths hold slugs only: nothing in them wants escaping."""
    changed = changed_at and changed_at.astimezone(UTC).isoformat(timespec="seconds")
    lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<{element}><loc>{settings.SITE_URL}{path}</loc>{lastmod}</{element}>\n"


# ── robots, and those who found a hole ──────────────────────────────────────────────────────────
def _for_a_day(view: View) -> View:
    return require_safe(cache_control(public=True, max_age=86_400)(conditional_page(view)))


@_for_a_day
def robots(request: HttpRequest) -> HttpResponse:
    # The admin's path is not told here: it may be a secret, and its pages say noindex themselves.
    lines = [
        "User-agent: *",
        "Disallow: /accounts/",
        f"Sitemap: {settings.SITE_URL}{reverse('public:sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@_for_a_day
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116: whom to tell of a hole; 404 where the site has no address to write to."""
    address = contact_address()
    if not address:
        raise Http404
    expires = (timezone.now() + GOOD_FOR).astimezone(UTC).replace(hour=0, minute=0, second=0)
    lines = [
        f"Contact: mailto:{address}",
        f"Expires: {expires.isoformat(timespec='seconds').replace('+00:00', 'Z')}",
        "Preferred-Languages: ja, en",
        f"Canonical: {settings.SITE_URL}{reverse('public:security')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
