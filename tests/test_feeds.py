"""The other feeds beside RSS: the same items, ids and dates, in other formats and portions."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid5
from xml.etree import ElementTree

import feedparser
import pytest
from django.conf import settings
from django.test import Client

from digests import workflow
from digests.models import Edition, Masthead
from tests.factories import make_edition, make_editor, make_issue, make_version, make_written_entry
from tests.test_feed import lowered, set_time
from tests.test_public import DESK_WORDS, Outline, correct, poison

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
XML_FEEDS = ("/feed/", "/feed/atom/", "/feed/summary/", "/feed/papers/")
FEEDS = (*XML_FEEDS, "/feed/json/")
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"


def parsed(client: Client, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200
    ElementTree.fromstring(response.content)  # feedparser mends what a strict reader refuses
    found = feedparser.parse(response.content, response_headers=lowered(response))
    assert not found.bozo, found.get("bozo_exception")
    return found


def json_feed(client: Client) -> dict[str, Any]:
    return dict(json.loads(client.get("/feed/json/").content))


# ── what each says ──────────────────────────────────────────────────────────────────────────────
def test_atom_has_all_that_its_standard_wants_and_the_whole_article(client: Client) -> None:
    edition = make_edition()
    root = ElementTree.fromstring(client.get("/feed/atom/").content)
    (entry,) = root.findall(f"{ATOM}entry")
    for element in (root, entry):
        for name in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{name}"), name
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "ja"
    assert root.findtext(f"{ATOM}author/{ATOM}name") == Masthead().name
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "alternate": f"{settings.SITE_URL}/",
        "self": f"{settings.SITE_URL}/feed/atom/",
    }
    assert entry.findtext(f"{ATOM}id") == edition.issue.uuid.urn
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    assert "三時間ずつ" in (content.text or "")


def test_json_feed_has_all_that_its_standard_wants_and_the_whole_article(client: Client) -> None:
    edition = make_edition()
    feed = json_feed(client)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == Masthead().name
    assert feed["feed_url"] == f"{settings.SITE_URL}/feed/json/"
    assert feed["language"] == "ja"
    (item,) = feed["items"]
    assert item["id"] == edition.issue.uuid.urn
    assert item["url"] == settings.SITE_URL + edition.get_absolute_url()
    assert "三時間ずつ" in item["content_html"]
    for name in ("date_published", "date_modified"):
        assert datetime.fromisoformat(item[name]).tzinfo is not None


def test_the_summary_feed_has_summaries_and_no_questions(client: Client) -> None:
    edition = make_edition()
    (item,) = parsed(client, "/feed/summary/").entries
    content = item.content[0].value
    assert item.id == str(edition.issue.uuid)
    assert "小さな行を作る方法を提案し" in content
    assert "何を調べましたか？" not in content
    assert "三時間ずつ" not in content


def test_the_feed_of_papers_has_an_item_per_paper_that_no_edition_renames(client: Client) -> None:
    by, issue = make_editor(), make_issue()
    make_written_entry(issue, version=make_version("2304.90007"))
    edition = make_edition(issue, by=by)
    (item,) = parsed(client, "/feed/papers/").entries
    assert item.id == str(uuid5(issue.uuid, "2304.90007"))
    assert item.link == f"{settings.SITE_URL}{edition.get_absolute_url()}#2304.90007"
    assert item.title == "小さな行の作り方"
    assert [tag.term for tag in item.tags] == ["Computation and Language", "Machine Learning"]
    assert item.content[0].value.startswith("<p>小さな行を速く作る方法を調べた論文です。</p>")
    correct(issue, "直した要約です。", by)
    (after,) = parsed(client, "/feed/papers/").entries
    assert (after.id, after.link, after.published) == (item.id, item.link, item.published)
    assert "直した要約です。" in after.content[0].value


@pytest.mark.parametrize("path", ["/feed/", "/feed/atom/", "/feed/summary/"])
def test_an_item_begins_with_the_overview(client: Client, path: str) -> None:
    make_edition()
    content = parsed(client, path).entries[0].content[0].value
    assert content.startswith("<p>今回紹介する論文は次の1本です。</p>\n<ol")


def test_every_format_tells_the_same_items_and_dates(client: Client) -> None:
    by, start = make_editor(), datetime(2024, 1, 1, tzinfo=UTC)
    for n in range(12):
        issue = make_issue(date(2022, 1, 3) - timedelta(weeks=n))
        make_written_entry(issue)
        set_time(make_edition(issue, by=by), start + timedelta(days=n))
    correct(Edition.objects.latest("first_published_at").issue, "直した要約です。", by)
    rss, atom = parsed(client, "/feed/").entries, parsed(client, "/feed/atom/").entries
    items = json_feed(client)["items"]
    assert len(rss) == 10
    assert [item.id for item in atom] == [f"urn:uuid:{item.id}" for item in rss]
    assert [item["id"] for item in items] == [item.id for item in atom]
    assert [item.content[0].value for item in atom] == [item.content[0].value for item in rss]
    raw = ElementTree.fromstring(client.get("/feed/").content)
    assert [i["content_html"] for i in items] == [e.text for e in raw.iter(ENCODED)]
    assert [item.published_parsed for item in atom] == [item.published_parsed for item in rss]
    assert [item.updated_parsed for item in atom] == [item.updated_parsed for item in rss]
    assert atom[0].updated_parsed > atom[0].published_parsed
    assert items[0]["date_modified"] > items[0]["date_published"]
    assert items[1]["date_modified"] == items[1]["date_published"]


@pytest.mark.parametrize("path", FEEDS)
def test_every_address_in_every_feed_is_absolute_and_ours(client: Client, path: str) -> None:
    issue = make_issue(introduction="[前の号](/issues/2020-01-06/)と[ここ](#2304.90001)です。")
    make_written_entry(issue)
    make_edition(issue)
    if path == "/feed/json/":
        content = json_feed(client)["items"][0]["content_html"]
    else:
        content = parsed(client, path).entries[0].content[0].value
    addresses = re.findall(r'<[a-z]+\s[^>]*?(?:href|src)="([^"]*)"', content)
    assert addresses
    assert all(a.startswith(("http://", "https://")) for a in addresses)
    for absent in ("<details", "<blockquote", "[^", "<sup", "<script"):
        assert absent not in content


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/feed/", "application/rss+xml; charset=utf-8"),
        ("/feed/atom/", "application/atom+xml; charset=utf-8"),
        ("/feed/json/", "application/feed+json"),
        ("/feed/summary/", "application/rss+xml; charset=utf-8"),
        ("/feed/papers/", "application/rss+xml; charset=utf-8"),
    ],
)
def test_a_feed_is_of_its_media_type_and_every_page_points_to_it(
    client: Client, path: str, media_type: str
) -> None:
    response = client.get(path)
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies
    kind = media_type.partition(";")[0]
    edition = make_edition()
    for page in ("/", "/issues/", edition.get_absolute_url(), "/feeds/", "/search/", "/nowhere/"):
        html = client.get(page).content.decode()
        assert f'<link rel="alternate" type="{kind}" href="{path}"' in html


@pytest.mark.parametrize("path", XML_FEEDS)
def test_a_site_without_a_description_has_feeds(client: Client, path: str) -> None:
    Masthead.objects.update_or_create(pk=1, defaults={"description": ""})
    assert parsed(client, path).feed.title
    assert "<subtitle" not in client.get(path).content.decode()


@pytest.mark.parametrize("path", XML_FEEDS)
def test_an_empty_feed_is_a_feed(client: Client, path: str) -> None:
    assert parsed(client, path).entries == []
    assert json_feed(client)["items"] == []


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_takes_five_queries_whatever_its_size(
    client: Client, django_assert_num_queries: Any, path: str
) -> None:
    by = make_editor()
    for size in (1, 4):
        issue = make_issue()
        for _n in range(size):
            make_written_entry(issue)
        make_edition(issue, by=by)
        client.get("/about/")  # after which the site's name is known
        with django_assert_num_queries(5):
            client.get(path)


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_for_reading_only(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


# ── what none says ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", FEEDS)
def test_neither_drafts_nor_what_was_taken_back_is_in_a_feed(client: Client, path: str) -> None:
    by = make_editor()
    taken_back, shown = make_edition(by=by), make_edition(by=by)
    workflow.take_back(taken_back.issue, by=by)
    make_written_entry(make_issue(title=DESK_WORDS), title_ja=DESK_WORDS)
    entry = shown.issue.entries.get()
    entry.summary = DESK_WORDS
    entry.save()
    body = client.get(path).content.decode()
    assert shown.get_absolute_url() in body
    assert taken_back.get_absolute_url() not in body
    assert DESK_WORDS not in body


@pytest.mark.parametrize("path", XML_FEEDS)
def test_hostile_words_break_no_feed(client: Client, path: str) -> None:
    edition = make_edition()
    poison(edition)
    edition.entries.update(summary_html="<p>a\x08b\x1b\ufffe\uffff</p>")
    Masthead.objects.update(name="名\x0b前<b>", description="\x1f&")
    found = parsed(client, path)
    assert found.feed.title.startswith("名 前")
    assert "alert(1)" in found.entries[0].title
    assert "<script" not in found.entries[0].content[0].value
    assert "<p>a b   </p>" in found.entries[0].content[0].value


def test_hostile_words_break_no_json_feed(client: Client) -> None:
    edition = make_edition()
    poison(edition)
    edition.entries.update(summary_html="<p>a\x08b</p>")
    (item,) = json_feed(client)["items"]
    assert "<script" not in item["content_html"]
    assert "<p>a b</p>" in item["content_html"]
    assert not re.search("[\x00-\x08\x1b\u202e]", json.dumps(item, ensure_ascii=False))


# ── is it news ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize(
    ("asked", "told"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_who_has_it_gets_304_until_a_correction(
    client: Client, path: str, asked: str, told: str
) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    again = {asked: client.get(path).headers[told]}
    response = client.get(path, headers=again)
    assert (response.status_code, response.content) == (304, b"")
    correct(edition.issue, "直した要約です。", by)
    assert client.get(path, headers=again).status_code == 200


def test_the_etag_of_one_feed_is_not_that_of_another(client: Client) -> None:
    make_edition()
    assert len({client.get(path).headers["ETag"] for path in FEEDS}) == len(FEEDS)


# ── the page about them ─────────────────────────────────────────────────────────────────────────
def test_the_page_about_feeds_names_every_feed_by_its_whole_address(client: Client) -> None:
    html = client.get("/feeds/").content.decode()
    outline = Outline(html)
    for path in FEEDS:
        assert f"<code>{settings.SITE_URL}{path}</code>" in html
        assert path in outline.links
    assert outline.levels == [1, 2]
    assert f'rel="canonical" href="{settings.SITE_URL}/feeds/"' in html
