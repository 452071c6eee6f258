"""The readers' pages. They read public editions and nothing else, set no cookie, and carry
validators, so that any cache may keep them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.paginator import InvalidPage, Page, Paginator
from django.db import InterfaceError, OperationalError, models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from digests.models import Edition, EditionQuerySet
from digests.models.editions import BODIES
from digests.public import frames
from digests.public.article import Listed, headline_of, listed_of
from digests.public.house import house_of
from digests.public.outsiders import voices_of
from digests.public.prepared import STAMP
from digests.public.related import beside

PAGE = 20
View = Callable[..., HttpResponse]


def public_page(view: View) -> View:
    """GET and HEAD only; kept by anyone, asked about each time, answered 304 while unchanged."""
    conditional = conditional_page(view)

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Whoever makes ready bytes of it hashes and compares them himself.
        return (view if STAMP in request.META else conditional)(request, *args, **kwargs)

    return require_safe(cache_control(public=True, max_age=0)(page))


def show(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """A page with what every page of the site has; `page`, where given, is that of a list."""
    context["masthead"] = context.get("masthead") or house_of(request).masthead
    context.setdefault("canonical", canonical_of(request, context.get("page")))
    return render(request, template, context)


def canonical_of(request: HttpRequest, page: Page | None = None) -> str:
    """The one address of this page, however it was asked for; a list's second page has its own."""
    query = f"?page={page.number}" if page is not None and page.number > 1 else ""
    return settings.SITE_URL + request.path + query


def listed() -> EditionQuerySet:
    """Public editions for a list: no bodies."""
    editions = Edition.objects.public().newest_first()
    return editions.defer(*BODIES, "issue__introduction")


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The newest issue with its papers, and the issues before it."""
    page = page_of(listed(), request, count=house_of(request).issues)
    editions = list(page)
    newest = editions.pop(0) if editions and page.number == 1 else None
    return show(
        request,
        "public/home.html",
        page=page,
        newest=headline_of(newest) if newest else None,
        papers=_papers_of(newest) if newest else None,
        headlines=[headline_of(e) for e in editions],
    )


class Counted(Paginator):
    """Of rows whose number is known."""

    def __init__(self, rows: models.QuerySet[Any], size: int, count: int) -> None:
        super().__init__(rows, size)
        self.count = count


def page_of(
    rows: models.QuerySet[Any], request: HttpRequest, size: int = PAGE, *, count: int | None = None
) -> Page:
    """The page of a list that `?page=` asks for, the first without it; one that isn't is 404."""
    pages = Paginator(rows, size) if count is None else Counted(rows, size, count)
    try:
        return pages.page(request.GET.get("page", "1"))
    except InvalidPage as error:
        raise Http404 from error


def _papers_of(edition: Edition) -> list[Listed]:
    rows = edition.entries.only(
        "edition_id", "slug", "title", "title_ja", "one_liner", "categories"
    )
    return [listed_of(row) for row in rows]


@public_page
def issue(request: HttpRequest, slug: str) -> HttpResponse:
    """The article; 410 for what was published once and has been taken back. Three queries where its
    frame is kept, and one more where readers have commented."""
    house = house_of(request)
    edition = _articles(house.made_by).filter(slug=slug).first()
    if edition is None:
        return gone(request, slug)
    frame = frames.frame_of(edition, house)
    near = beside(slug, frame.papers)
    voices = voices_of(edition.issue, has_comments=edition.has_comments)
    ends = (frames.comments_html(slug, voices), frames.neighbours_html(near))
    return HttpResponse(frame.filled([*frames.related_parts(frame.papers, near), *ends]))


@lru_cache(maxsize=2)
def _articles(made_by: str) -> EditionQuerySet:
    """Public editions with their frames. Putting the question took as long as asking it."""
    return Edition.objects.public().with_page(frames.NAME, made_by).with_voices()


def gone(request: HttpRequest, slug: str) -> HttpResponse:
    """Only what has been published has an edition; one that is not public was taken back."""
    if not Edition.objects.filter(slug=slug).exists():
        raise Http404
    return render(request, "410.html", status=410)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; 413 for more text than any field of ours takes, of which Django says no more."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page after a fault of ours: 503 where the database could not be asked."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        again = {"Retry-After": "60"}
        return HttpResponse(render_to_string("503.html"), status=503, headers=again)
    return HttpResponse(render_to_string("500.html"), status=500)
