"""The feeds: the newest issues, whole, in three formats, without the questions, or by paper; and
the newest papers of a category or an author.

An item's address and id never change; its text moves with the issue's editions. Addresses are
absolute and come from SITE_URL, since a feed is read far from here.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import uuid5

from django.conf import settings
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from digests.models import Edition, EditionEntry, EditionPage, EditionQuestion, Masthead, ShelfKind
from digests.models.editions import BODIES, article_rows
from digests.public import kept
from digests.public.addresses import author_url, category_url, with_whole_addresses
from digests.public.article import Headline, Presented, article_of, headline_of, presented_of
from digests.public.feed_formats import (
    MEDIA_TYPES,
    Channel,
    Item,
    as_atom,
    as_json_feed,
    as_rss,
    item_of,
    told,
)
from digests.public.house import House, house_of, stamp_of
from digests.public.people import author_of
from digests.public.shelf import on_shelf
from digests.public.topics import category_of, entries_of_category
from digests.public.views import View, public_page, show
from papers.cleaning import UNWANTED, clean_line

NEWEST, NEWEST_PAPERS = 10, 30
TEMPLATES = (
    *("feeds/_article.html", "feeds/_paper.html", "feeds/_by_paper.html", "feeds/_grounds.html"),
    *("public/_contents.html", "public/_facts.html"),
)


@dataclass(frozen=True)
class Feed:
    """One feed: its address's name, the site's name in its own title, its items, its format."""

    name: str
    title: object  # words, or what becomes words in the reader's language
    kept: str  # what of an edition is kept for it
    write: Callable[[Channel, Iterable[Item]], str]


@public_page
def about(request: HttpRequest) -> HttpResponse:
    """The page that explains the feeds and the files."""
    return show(request, "public/feeds.html", site_url=settings.SITE_URL)


# ── the items of an edition ─────────────────────────────────────────────────────────────────────
def _whole(edition: Edition) -> Iterator[Item]:
    yield _issue(edition, is_brief=False)


def _brief(edition: Edition) -> Iterator[Item]:
    yield _issue(edition, is_brief=True)


def _issue(edition: Edition, *, is_brief: bool) -> Item:
    article = article_of(edition)
    url = settings.SITE_URL + article.headline.url
    context = {"article": article, "base": url, "is_brief": is_brief}
    content = render_to_string("feeds/_article.html", context)
    return Item(
        uuid=edition.issue.uuid,
        url=url,
        title=xml_text(article.headline.title),
        summary=xml_text(article.headline.description),
        content=xml_text(with_whole_addresses(content, url)),
        published_at=edition.first_published_at,
        updated_at=edition.published_at,
    )


def _by_paper(edition: Edition) -> Iterator[Item]:
    article = article_of(edition)
    for entry in article.entries:
        yield _paper(edition, article.headline, entry)


def _paper(edition: Edition, headline: Headline, entry: Presented) -> Item:
    """Its id is made of the issue's and the paper's, so that no edition changes it, and a paper has
    the same in every feed."""
    page = settings.SITE_URL + headline.url
    context = {"headline": headline, "entry": entry, "base": page}
    content = render_to_string("feeds/_by_paper.html", context)
    return Item(
        uuid=uuid5(edition.issue.uuid, entry.slug),
        url=f"{page}#{entry.slug}",
        title=xml_text(entry.title_ja),
        summary=xml_text(entry.one_liner),
        content=xml_text(with_whole_addresses(content, page)),
        published_at=edition.first_published_at,
        updated_at=edition.published_at,
        categories=entry.categories,
    )


def xml_text(text: str) -> str:
    """The text with a space where XML has no place for a character, or no reader expects it;
    nothing is joined by it. One of these made a whole feed a 500."""
    return UNWANTED.sub(" ", text)


ITEMS: Mapping[str, Callable[[Edition], Iterable[Item]]] = {
    EditionPage.Name.FEED: _whole,
    EditionPage.Name.SUMMARY: _brief,
    EditionPage.Name.PAPERS: _by_paper,
}
*_first, LAST_KEPT = ITEMS  # who has it has the others too


def keep(edition: Edition, house: House) -> None:
    """Keep the items of a public edition for each feed that it may be in."""
    prefetch_related_objects([edition], *article_rows())
    for name, items in ITEMS.items():
        rows = json.dumps([told(item) for item in items(edition)], ensure_ascii=False)
        kept.keep(edition.pk, name, rows.encode(), made_by=house.made_by)


def _items(editions: Sequence[Edition], name: str) -> Iterator[Item]:
    """Of editions that were fetched `with_page(name, …)`: as they were kept, or made now."""
    prefetch_related_objects([e for e in editions if e.page is None], *article_rows())
    for edition in editions:
        if edition.page is None:
            yield from ITEMS[name](edition)
        else:
            yield from map(item_of, json.loads(kept.opened(edition.page)))


# ── is it news to the one who asks ──────────────────────────────────────────────────────────────
Row = tuple[int, int, datetime]  # an edition or an entry of it, the edition's number and time


@dataclass(frozen=True)
class Stamp:
    """What tells one state of a feed from another; `modified` in seconds since 1970."""

    etag: str
    modified: int | None


def _stamp(request: HttpRequest, masthead: Masthead, name: str, rows: Sequence[Row]) -> Stamp:
    """The date is that of the site's last change: two changes never have the same, so that a
    correction made within the same second is still news to who asks by date only."""
    told = [name, masthead.name, masthead.description, settings.SITE_URL, _layout(), rows]
    etag = hashlib.sha256(repr(told).encode()).hexdigest()[:32]
    changed = stamp_of(request)
    return Stamp(f'"{etag}"', changed.moved if changed else None)


@cache
def _layout() -> str:
    """Changes when the feeds' templates do."""
    sources = (get_template(name).template.source for name in TEMPLATES)  # type: ignore[attr-defined]
    return hashlib.sha256("".join(sources).encode()).hexdigest()


def _unchanged(request: HttpRequest, stamp: Stamp) -> HttpResponse | None:
    """The 304, if it is one. A date counts only where it is the very one that we gave: when an
    issue is taken back the newest date goes down, and that is news too."""
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    is_same = since is not None and since == stamp.modified
    response = get_conditional_response(
        request, etag=stamp.etag, last_modified=stamp.modified if is_same else None
    )
    return response if response and response.status_code == 304 else None


# ── the feeds ───────────────────────────────────────────────────────────────────────────────────
def _view(feed: Feed) -> View:
    @require_safe
    @cache_control(public=True, max_age=0)
    def answer(request: HttpRequest) -> HttpResponse:
        house = house_of(request)
        editions = Edition.objects.public().newest_first()
        rows = list(editions.values_list("pk", "number", "published_at")[:NEWEST])
        stamp = _stamp(request, house.masthead, feed.name, rows)
        return _stamped(_unchanged(request, stamp) or _written(feed, house), stamp)

    return answer


def _stamped(response: HttpResponse, stamp: Stamp) -> HttpResponse:
    response.headers["ETag"] = stamp.etag
    if stamp.modified and stamp.modified <= time.time():  # RFC 9110, 8.8.2.1
        response.headers["Last-Modified"] = http_date(stamp.modified)
    return response


def _written(feed: Feed, house: House) -> HttpResponse:
    title = str(feed.title) % {"name": house.masthead.name}
    channel = _channel(house.masthead, title, reverse("public:home"), reverse(feed.name))
    editions = Edition.objects.public().newest_first().with_page(feed.kept, house.made_by)
    body = feed.write(channel, _items(list(editions[:NEWEST]), feed.kept))
    return HttpResponse(body, content_type=MEDIA_TYPES[feed.write])


def _channel(masthead: Masthead, title: str, home: str, feed: str) -> Channel:
    """From the paths of the page that the feed belongs to and of the feed itself."""
    return Channel(
        title=xml_text(title),
        name=xml_text(masthead.name),
        description=xml_text(masthead.description),
        home_url=settings.SITE_URL + home,
        feed_url=settings.SITE_URL + feed,
    )


WHOLE = EditionPage.Name.FEED
BRIEF, BY_PAPER = _("%(name)s (summaries only)"), _("%(name)s (paper by paper)")
rss = _view(Feed("public:feed", "%(name)s", WHOLE, as_rss))
atom = _view(Feed("public:feed-atom", "%(name)s", WHOLE, as_atom))
json_feed = _view(Feed("public:feed-json", "%(name)s", WHOLE, as_json_feed))
summary = _view(Feed("public:feed-summary", BRIEF, EditionPage.Name.SUMMARY, as_rss))
papers = _view(Feed("public:feed-papers", BY_PAPER, EditionPage.Name.PAPERS, as_rss))


# ── the papers of a category or an author ───────────────────────────────────────────────────────
@require_safe
@cache_control(public=True, max_age=0)
def category(request: HttpRequest, code: str) -> HttpResponse:
    """One item per paper; 404 for a code that nobody knows."""
    name, entries = category_of(code), entries_of_category(code)
    return _of_papers(request, f"{name} ({code})", category_url(code), entries)


@require_safe
@cache_control(public=True, max_age=0)
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """One item per paper; 404 for a name that is on no public paper."""
    row = author_of(slug)
    return _of_papers(
        request, clean_line(row.name), author_url(slug), on_shelf(ShelfKind.AUTHOR, slug)
    )


def _of_papers(
    request: HttpRequest, topic: str, page: str, entries: QuerySet[EditionEntry]
) -> HttpResponse:
    """A feed of the newest of these papers; `page` is the topic's own."""
    fields = ("pk", "edition__number", "edition__published_at")
    rows = list(entries.values_list(*fields)[:NEWEST_PAPERS])
    masthead = house_of(request).masthead
    stamp = _stamp(request, masthead, page, rows)
    response = _unchanged(request, stamp)
    if response is None:
        channel = _channel(masthead, f"{topic} | {masthead.name}", page, f"{page}feed/")
        items = (_item_of(entry) for entry in _with_texts(entries)[:NEWEST_PAPERS])
        response = HttpResponse(as_rss(channel, items), content_type=MEDIA_TYPES[as_rss])
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # for other sites' readers
    return _stamped(response, stamp)


def _with_texts(entries: QuerySet[EditionEntry]) -> QuerySet[EditionEntry]:
    questions = Prefetch("questions", EditionQuestion.objects.order_by("position"))
    hidden = [f"edition__{name}" for name in BODIES]
    return entries.select_related("edition__issue").prefetch_related(questions).defer(*hidden)


def _item_of(entry: EditionEntry) -> Item:
    return _paper(entry.edition, headline_of(entry.edition), presented_of(entry))
