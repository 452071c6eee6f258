"""Items as RSS 2.0, Atom 1.0 and JSON Feed 1.1: https://www.rssboard.org/rss-specification,
RFC 4287, https://www.jsonfeed.org/version/1.1/. The same items, ids and dates in each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, rfc3339_date
from django.utils.html import escape

LANGUAGE = "ja"
DATES = ("published_at", "updated_at")


@dataclass(frozen=True)
class Channel:
    """What a feed says of itself; addresses are absolute, `name` is the site's."""

    title: str
    name: str
    description: str
    home_url: str
    feed_url: str


@dataclass(frozen=True)
class Item:
    """`uuid` and `url` never change; `summary` is plain text, `content` HTML with absolute
    addresses; `updated_at` moves with the editions. No text holds what XML has no place for."""

    uuid: UUID
    url: str
    title: str
    summary: str
    content: str
    published_at: datetime
    updated_at: datetime
    categories: tuple[str, ...] = ()


def told(item: Item) -> dict[str, Any]:
    """The item as JSON has it; `item_of` makes it an item again."""
    dates = {name: getattr(item, name).isoformat() for name in DATES}
    return {**vars(item), "uuid": str(item.uuid), **dates}


def item_of(row: Mapping[str, Any]) -> Item:
    dates = {name: datetime.fromisoformat(row[name]) for name in DATES}
    more = {"uuid": UUID(row["uuid"]), "categories": tuple(row["categories"])}
    return Item(**{**row, **dates, **more})


class WholeArticleRss(Rss201rev2Feed):
    """RSS 2.0 with the article in `content:encoded`; when it last changed, for which RSS has no
    element, in Atom's."""

    def rss_attributes(self) -> dict[str, str]:
        content = "http://purl.org/rss/1.0/modules/content/"
        return {**super().rss_attributes(), "xmlns:content": content}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))
        handler.addQuickElement("content:encoded", item["content"])


class WholeArticleAtom(Atom1Feed):
    """Atom 1.0 with the article in `content`."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def as_rss(channel: Channel, items: Iterable[Item]) -> str:
    """Readers differ in whether a title of RSS is text or HTML; written as these numbers, `<` and
    `&` come out right in most: https://www.rssboard.org/rss-profile#data-types-characterdata."""
    feed = WholeArticleRss(**_head(channel))
    for item in items:
        named: dict[str, Any] = {"unique_id": str(item.uuid), "unique_id_is_permalink": False}
        feed.add_item(**_item(item), **named)
    return str(feed.writeString("utf-8")).replace("&lt;", "&#x3C;").replace("&amp;", "&#x26;")


def as_atom(channel: Channel, items: Iterable[Item]) -> str:
    """An Atom id is an address, so the uuid is one here; Atom wants an author."""
    told: dict[str, Any] = {"subtitle": channel.description or None, "author_name": channel.name}
    feed = WholeArticleAtom(**_head(channel), **told)
    for item in items:
        feed.add_item(**_item(item), unique_id=item.uuid.urn)
    return str(feed.writeString("utf-8"))


def _head(channel: Channel) -> Mapping[str, Any]:
    return {
        "title": channel.title,
        "link": channel.home_url,
        "description": channel.description,
        "language": LANGUAGE,
        "feed_url": channel.feed_url,
    }


def _item(item: Item) -> Mapping[str, Any]:
    return {
        "title": item.title,
        "link": item.url,
        "description": escape(item.summary),
        "pubdate": item.published_at,
        "updateddate": item.updated_at,
        "content": item.content,
        "categories": item.categories,
    }


def as_json_feed(channel: Channel, items: Iterable[Item]) -> str:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home_url,
        "feed_url": channel.feed_url,
        "description": channel.description,
        "language": LANGUAGE,
        "authors": [{"name": channel.name, "url": channel.home_url}],
        "items": [_json_item(item) for item in items],
    }
    return json.dumps(feed, ensure_ascii=False)


def _json_item(item: Item) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "id": item.uuid.urn,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "content_html": item.content,
        "date_published": item.published_at.isoformat(timespec="seconds"),
        "date_modified": item.updated_at.isoformat(timespec="seconds"),
    }
    told |= {"tags": list(item.categories)} if item.categories else {}
    return {name: value for name, value in told.items() if value}


MEDIA_TYPES: dict[Callable[[Channel, Iterable[Item]], str], str] = {
    as_rss: Rss201rev2Feed.content_type,
    as_atom: Atom1Feed.content_type,
    as_json_feed: "application/feed+json",
}
