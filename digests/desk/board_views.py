"""The first page of the desk: the board of weeks, and a look at a source on request."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import watching
from digests.desk import board
from digests.desk.access import desk
from digests.desk.frame import page
from digests.models import Source
from papers import jobs


@desk("digests.view_issue", methods="GET")
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    sources = board.watched()
    found = board.rows(sources, now)
    every = [row for row in found if not row.aside]
    rows, facets, is_narrowed = board.choose(every, request.GET.dict())
    looks = [board.look_of(source, now) for source in sources]
    is_live = any(look.is_open for look in looks) or any(row.is_asking for row in every)
    return page(
        request,
        "desk/home.html",
        _("Desk"),
        rows=rows,
        facets=facets,
        is_narrowed=is_narrowed,
        aside=[row for row in found if row.aside],
        has_rows=bool(every),
        is_empty=not any(row.issue or row.preview for row in every),
        looks=looks,
        today=timezone.localdate(now),
        is_live=is_live,
        is_idle=is_live and not jobs.is_worker_alive(),
    )


@desk("digests.add_issue", methods="POST")
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """今すぐ確認: a look at the source now, whatever its window says."""
    watching.ask_for_look(get_object_or_404(Source, pk=pk))
    return redirect("desk:home")
