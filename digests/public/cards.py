"""The social cards: the site's, one for each issue and one for each paper.

A card is drawn when it is first asked for (about 0.1 s) and kept by what stands on it, so that a
correction or another name of the site makes a new one and nothing has to be thrown away. The
validator is the same hash: who has the card already costs no drawing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import astuple
from threading import Lock

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from digests.editions import week_words
from digests.models import Edition, EditionEntry, Masthead
from digests.public.article import headline_of
from digests.public.card_picture import LAYOUT, Card, picture_of
from digests.public.machine import paper_gone
from digests.public.views import View, gone

KEPT = 30 * 24 * 60 * 60  # seconds; drawn again when it is asked for after that
logger = logging.getLogger(__name__)
_drawing = Lock()


def card_view(view: View) -> View:
    return require_safe(cache_control(public=True, max_age=3600)(view))


def site_card(request: HttpRequest) -> dict[str, str]:
    """For every template: the site's card, where a page has none of its own."""
    return {"card_url": settings.SITE_URL + reverse("public:site-card")}


@card_view
def site(request: HttpRequest) -> HttpResponse:
    masthead = Masthead.get()
    card = Card(above="", title=masthead.name, under=masthead.description, foot=masthead.name)
    return _answer(request, card, masthead)


@card_view
def issue(request: HttpRequest, slug: str) -> HttpResponse:
    edition = Edition.objects.public().filter(slug=slug).first()
    if edition is None:
        return gone(request, slug)
    headline = headline_of(edition)
    masthead = Masthead.get()
    card = Card(
        above=week_words(edition.first_on, edition.last_on),
        title=headline.rest,
        under=headline.description,
        foot=masthead.name,
    )
    return _answer(request, card, masthead)


@card_view
def paper(request: HttpRequest, slug: str) -> HttpResponse:
    """As the issue has it that was published last."""
    entries = EditionEntry.objects.filter(slug=slug, edition__in=Edition.objects.public())
    entry = entries.order_by("-edition__first_published_at", "-edition_id").first()
    if entry is None:
        return paper_gone(request, slug)
    masthead = Masthead.get()
    above = f"arXiv:{entry.arxiv_id}" if entry.arxiv_id else ""
    card = Card(above=above, title=entry.title_ja, under=entry.one_liner, foot=masthead.name)
    return _answer(request, card, masthead)


def _answer(request: HttpRequest, card: Card, masthead: Masthead) -> HttpResponse:
    key = _key(card, masthead)
    response = get_conditional_response(request, etag=f'"{key}"')
    if response is None:
        response = HttpResponse(_kept(key, card, masthead), content_type="image/png")
    response.headers["ETag"] = f'"{key}"'
    return response


def _key(card: Card, masthead: Masthead) -> str:
    told = json.dumps([LAYOUT, astuple(card), masthead.picture.name or ""])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _kept(key: str, card: Card, masthead: Masthead) -> bytes:
    """From the cache, else drawn: one at a time in a process, whoever asks meanwhile waits."""
    kept = _found(key)
    if kept is not None:
        return kept
    with _drawing:
        kept = _found(key)
        if kept is None:
            kept = picture_of(card, _house_picture(masthead))
            _keep(key, kept)
    return kept


def _found(key: str) -> bytes | None:
    try:
        found: bytes | None = caches["cards"].get(key)
    except OSError as error:
        logger.warning("a card that was kept can't be read: %s", error)
        return None
    return found


def _keep(key: str, picture: bytes) -> None:
    try:
        caches["cards"].set(key, picture, KEPT)
    except OSError as error:
        logger.warning("a card could not be kept: %s", error)


def _house_picture(masthead: Masthead) -> bytes:
    if not masthead.picture:
        return b""
    try:
        with masthead.picture.open("rb") as file:
            return bytes(file.read())
    except OSError:
        logger.warning("the site's picture %s can't be read", masthead.picture.name)
        return b""
