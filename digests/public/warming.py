"""Ready pages made before anybody asks: those that most will ask for after a change.

A worker makes them just as the first reader's request would have (`digests.public.prepared`), and
leaves them to the web processes compressed as far as it goes, for which no reader could wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.signals import post_save
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation

from digests import site_stamp
from digests.models import Edition, EditionPage, Issue
from digests.public import feeds, frames, kept, prepared
from digests.public.house import house_now
from digests.site_stamp import Stamp

log = logging.getLogger(__name__)
# Those changed last: a new issue, and one that was corrected.
ISSUES = 3
PATIENCE = 20  # seconds of each minute, at most, for what lacks since a deploy
AT_ONCE = 20
ALWAYS = ("public:feed", "public:home", "public:archive", "public:feed-atom", "public:feed-json")


# ── what is kept of editions ────────────────────────────────────────────────────────────────────
def watch() -> None:
    """Have an edition's pages kept as soon as it is published; called once, at the start."""
    kept.watch()
    post_save.connect(_on_issue, sender=Issue, dispatch_uid="pages of an issue")


def _on_issue(instance: Issue, update_fields: Collection[str] | None, **_: Any) -> None:
    """Made after the transaction, which should not last for it."""
    is_shown = instance.state == Issue.State.PUBLISHED and instance.current_edition_id
    if is_shown and "current_edition" in (update_fields or ()):
        transaction.on_commit(lambda: _keep_or_tell(instance))


def _keep_or_tell(issue: Issue) -> None:
    try:
        keep_of(issue.pk)
    except Exception as error:  # the issue is published; a worker or the first reader tries again
        log.warning("the pages of issue %s could not be kept: %s", issue.pk, error)


def keep_of(issue: int) -> None:
    """Keep what readers will ask for of a public issue, and nothing of its earlier editions."""
    public = Edition.objects.public()
    _keep_frames(public.filter(issue=issue))
    _keep_items()
    old = EditionPage.objects.filter(edition__issue=issue)
    old.exclude(edition__in=public.values("pk")).delete()


def keep_missing(seconds: float = PATIENCE) -> int:
    """Keep what is not kept yet as it would be made now, the newest first, until the time is over;
    how many articles. After a change of the code that is every one."""
    _keep_items()
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end and (made := _keep_frames(_without_frame()[:AT_ONCE])):
        count += made
    return count


def _without_frame() -> QuerySet[Edition]:
    made = EditionPage.objects.filter(edition=OuterRef("pk"), made_by=house_now().made_by)
    lacks = ~Exists(made.filter(name=frames.NAME))
    return Edition.objects.public().filter(lacks).newest_first()


def _keep_frames(editions: Iterable[Edition]) -> int:
    house, rows = house_now(), list(editions)
    with translation.override(settings.LANGUAGE_CODE):
        for edition in rows:
            frames.keep(edition, house)
    return len(rows)


def _keep_items() -> None:
    """Of the issues in the feeds."""
    house = house_now()
    newest = Edition.objects.public().newest_first().with_page(feeds.LAST_KEPT, house.made_by)
    with translation.override(settings.LANGUAGE_CODE):
        for edition in newest[: feeds.NEWEST]:
            if edition.page is None:
                feeds.keep(edition, house)


# ── ready bytes ─────────────────────────────────────────────────────────────────────────────────
def warm() -> int:
    """Make the pages that are not there yet as the site is now; how many were made. Safe to run
    twice, and while readers ask for the same pages."""
    stamp = site_stamp.read()
    if stamp is None or not settings.PREPARED_MB:
        return 0
    prepared.tell(stamp)
    return sum(_warm(path, stamp) for path in _paths())


def _paths() -> list[str]:
    changed = Edition.objects.public().order_by("-published_at", "-pk")[:ISSUES]
    slugs = changed.values_list("slug", flat=True)
    return [
        *(reverse("public:issue", args=[slug]) for slug in slugs),
        *(reverse(name) for name in ALWAYS),
    ]


def _warm(path: str, stamp: Stamp) -> bool:
    key = path, ""
    found = prepared.find(key, stamp)
    if found and found.left.is_best:
        return False
    response = _handler().get_response(_request(path))
    if not isinstance(response, HttpResponse) or response.status_code != 200:
        return False
    prepared.leave(key, stamp, prepared.left_of(response, is_best=True))
    return True


@cache
def _handler() -> BaseHandler:
    """The house as a web process has it, with all its middlewares."""
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _request(path: str) -> WSGIRequest:
    """What a stranger's browser would send to the site's own address."""
    site = urlsplit(settings.SITE_URL)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "HTTP_HOST": site.netloc,
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
    }
    if settings.SECURE_PROXY_SSL_HEADER and site.scheme == "https":
        name, value = settings.SECURE_PROXY_SSL_HEADER
        environ[name] = value
    return WSGIRequest(environ)
