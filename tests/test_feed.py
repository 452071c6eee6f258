"""The feed as a subscriber's reader takes it."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from django.conf import settings
from django.test import Client

from digests import shelves, workflow
from digests.models import Edition, Masthead, SiteStamp
from digests.public.addresses import with_whole_addresses, with_whole_links
from digests.public.feeds import xml_text
from tests.factories import (
    make_edition,
    make_editor,
    make_issue,
    make_question,
    make_version,
    make_written_entry,
)
from tests.test_public import DESK_WORDS, correct, poison

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]


def fetch(client: Client, **headers: str) -> Any:
    return client.get("/feed/", headers={k.replace("_", "-"): v for k, v in headers.items()})


def lowered(response: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def parsed(client: Client) -> Any:
    response = fetch(client)
    assert response.status_code == 200
    ElementTree.fromstring(response.content)  # feedparser mends what a strict reader refuses
    found = feedparser.parse(response.content, response_headers=lowered(response))
    assert not found.bozo, found.get("bozo_exception")
    return found


def content_of(client: Client) -> str:
    return str(parsed(client).entries[0].content[0].value)


def set_time(edition: Edition, at: datetime) -> None:
    Edition.objects.filter(pk=edition.pk).update(published_at=at, first_published_at=at)
    shelves.rebuild()


# ── what it says ────────────────────────────────────────────────────────────────────────────────
def test_the_feed_names_itself_and_its_language(client: Client) -> None:
    make_edition()
    body = fetch(client).content.decode()
    feed = parsed(client).feed
    assert feed.title == Masthead().name
    assert feed.link == f"{settings.SITE_URL}/"
    assert feed.language == "ja"
    assert f'<atom:link href="{settings.SITE_URL}/feed/" rel="self"' in body


def test_an_item_is_named_by_the_uuid_of_its_issue(client: Client) -> None:
    edition = make_edition()
    item = parsed(client).entries[0]
    assert item.id == str(edition.issue.uuid)
    assert '<guid isPermaLink="false">' in fetch(client).content.decode()
    assert item.link == settings.SITE_URL + edition.get_absolute_url()
    assert item.title == edition.title


def test_an_item_is_the_whole_article_and_begins_with_the_list(client: Client) -> None:
    version = make_version(authors=tuple(f"Author Number{n}" for n in range(22)))
    issue = make_issue()
    make_written_entry(issue, version=version)
    make_edition(issue)
    content = content_of(client)
    assert content.startswith("<p>今回紹介する論文は次の1本です。</p>\n<ol")
    for part in ("小さな行を作る方法を提案し", "何を調べましたか？", "三時間ずつ", "Number21"):
        assert part in content


def test_evidence_is_one_absolute_link_per_answer_without_quotes_or_marks(client: Client) -> None:
    edition = make_edition()
    entry = edition.entries.get()
    content = content_of(client)
    place = f"{settings.SITE_URL}{edition.get_absolute_url()}#{entry.slug}-q1"
    assert f'<a href="{place}">Evidence (p. 1)</a>' in content
    assert f'<a href="{place.removesuffix("-q1")}-summary">Evidence (p. 1)</a>' in content
    assert content.count("Evidence (") == 2
    for absent in ("<details", "<blockquote", "We train each model", "[^", "<sup"):
        assert absent not in content


def test_every_address_in_an_item_is_absolute(client: Client) -> None:
    issue = make_issue(introduction="[前の号](/issues/2020-01-06/)と[ここ](#2304.90001)です。")
    entry = make_written_entry(issue)
    make_question(entry, answer='[図](/media/a.png)、コードは `<a href="/x">` です。[^e1]')
    edition = make_edition(issue)
    content = content_of(client)
    url = settings.SITE_URL + edition.get_absolute_url()
    assert f'<a href="{settings.SITE_URL}/issues/2020-01-06/"' in content
    assert f'<a href="{url}#2304.90001"' in content
    addresses = re.findall(r'<[a-z]+\s[^>]*?(?:href|src)="([^"]*)"', content)
    assert len(addresses) > 6
    assert all(a.startswith(("http://", "https://")) for a in addresses)


def test_what_looks_like_an_address_in_a_text_is_left_alone() -> None:
    text = '<code>&lt;a href="/x"&gt;</code> <a href="/y">y</a> <a href="https://o.example/">o</a>'
    whole = with_whole_addresses(text, "http://localhost:8000/issues/a/")
    assert whole == text.replace('<a href="/y"', f'<a href="{settings.SITE_URL}/y"')


def test_an_address_without_a_scheme_gets_that_of_the_site(settings: Any) -> None:
    settings.SITE_URL = "https://digest.example"
    whole = with_whole_addresses('<a href="//other.example/a">o</a>', "https://digest.example/b/")
    assert whole == '<a href="https://other.example/a">o</a>'
    assert with_whole_links("[o](//other.example/a)", "") == "[o](https://other.example/a)"


def test_addresses_come_from_the_settings_and_never_from_the_host(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["elsewhere.example"]
    make_edition()
    response = Client(headers={"host": "elsewhere.example"}).get("/feed/")
    assert response.status_code == 200
    assert b"elsewhere.example" not in response.content


def test_the_feed_holds_the_ten_issues_published_last(client: Client) -> None:
    start, by = datetime(2024, 1, 1, tzinfo=UTC), make_editor()
    for n in range(12):
        issue = make_issue(date(2022, 1, 3) - timedelta(weeks=n))
        make_written_entry(issue)
        set_time(make_edition(issue, by=by), start + timedelta(days=n))
    items = parsed(client).entries
    assert len(items) == 10
    assert items[0].link.endswith(f"/issues/{date(2022, 1, 3) - timedelta(weeks=11)}/")
    assert items == sorted(items, key=lambda item: item.published_parsed, reverse=True)


def test_an_empty_feed_is_a_feed(client: Client) -> None:
    assert parsed(client).entries == []


@pytest.mark.parametrize("path", ["/", "/issues/", "/nowhere/", "/accounts/login/"])
def test_every_page_tells_where_the_feed_is(client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    assert '<link rel="alternate" type="application/rss+xml" href="/feed/"' in html


def test_the_feed_takes_five_queries_whatever_its_size(
    client: Client, django_assert_num_queries: Any
) -> None:
    by = make_editor()
    for size in (1, 4):
        for _n in range(size):
            issue = make_issue()
            for _m in range(size):
                make_written_entry(issue)
            make_edition(issue, by=by)
        client.get("/about/")  # after which the site's name is known
        with django_assert_num_queries(5):
            fetch(client)


# ── what it never says ──────────────────────────────────────────────────────────────────────────
def test_neither_drafts_nor_what_was_taken_back_is_in_the_feed(client: Client) -> None:
    by = make_editor()
    taken_back, shown = make_edition(by=by), make_edition(by=by)
    workflow.take_back(taken_back.issue, by=by)
    draft = make_issue(title=DESK_WORDS)
    make_written_entry(draft)
    entry = shown.issue.entries.get()
    entry.summary = DESK_WORDS
    entry.save()
    assert [item.id for item in parsed(client).entries] == [str(shown.issue.uuid)]
    assert DESK_WORDS not in fetch(client).content.decode()


def test_hostile_titles_break_no_feed(client: Client) -> None:
    poison(make_edition())
    assert "alert(1)" in parsed(client).entries[0].title
    item = ElementTree.fromstring(fetch(client).content).find("channel/item")
    assert item is not None
    encoded = item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded", "")
    for html in (encoded, item.findtext("description", "")):
        assert "&lt;script&gt;alert(1)" in html
        assert "<script" not in html


def test_an_angle_in_a_title_is_written_so_that_readers_agree_on_it(client: Client) -> None:
    edition = make_edition()
    Edition.objects.filter(pk=edition.pk).update(title="f(x)<g(x) と &amp; と R&D")
    Masthead.objects.update(name="R&D <b", description="3&4 と &lt;")
    body = fetch(client).content
    channel = ElementTree.fromstring(body).find("channel")
    assert channel is not None
    assert channel.findtext("item/title") == "f(x)<g(x) と &amp; と R&D"
    assert channel.findtext("title") == "R&D <b"
    assert channel.findtext("description") == "3&4 と &lt;"
    assert "<title>f(x)&#x3C;g(x) と &#x26;amp; と R&#x26;D</title>" in body.decode()


def test_control_characters_in_a_stored_body_break_no_feed(client: Client) -> None:
    edition = make_edition()
    edition.entries.update(summary_html="<p>a\x08b\x1b\ufffe\uffff</p>")
    Masthead.objects.update(name="名\x0b前", description="\x1f")
    assert "<p>a b   </p>" in content_of(client)
    assert parsed(client).feed.title == "名 前"


@pytest.mark.parametrize("character", ["\ud800", "\x85", "\x9f", "\x7f", "\ufdd0", "\U0001fffe"])
def test_what_no_reader_of_xml_or_html_expects_is_a_space(character: str) -> None:
    assert xml_text(f"a{character}b\t\n𠮷") == "a b\t\n𠮷"


# ── is it news ──────────────────────────────────────────────────────────────────────────────────
def test_who_has_it_by_etag_gets_304_until_a_correction(client: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    etag = fetch(client).headers["ETag"]
    again = fetch(client, If_None_Match=etag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    correct(edition.issue, "直した要約です。", by)
    after = fetch(client, If_None_Match=etag)
    assert after.status_code == 200
    assert "直した要約です。" in after.content.decode()


def test_who_has_it_by_date_gets_304_until_a_correction_in_the_same_second(client: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    since = fetch(client).headers["Last-Modified"]
    assert fetch(client, If_Modified_Since=since).status_code == 304
    correct(edition.issue, "直した要約です。", by)
    assert fetch(client, If_Modified_Since=since).status_code == 200


def test_an_etag_counts_before_a_date(client: Client) -> None:
    make_edition()
    since = fetch(client).headers["Last-Modified"]
    both = fetch(client, If_Modified_Since=since, If_None_Match='"another"')
    assert both.status_code == 200


def test_taking_an_issue_back_is_news_by_date_too(client: Client) -> None:
    by = make_editor()
    make_edition(by=by)
    new = make_edition(by=by)
    since = fetch(client).headers["Last-Modified"]
    workflow.take_back(new.issue, by=by)
    assert fetch(client, If_Modified_Since=since).status_code == 200


def test_a_new_name_of_the_site_is_news_by_date_too(client: Client) -> None:
    make_edition()
    since = fetch(client).headers["Last-Modified"]
    masthead = Masthead.get()
    masthead.name = "週刊論文案内"
    masthead.save()
    assert fetch(client, If_Modified_Since=since).status_code == 200


def test_no_feed_says_that_it_changed_in_the_future(client: Client) -> None:
    make_edition()
    for path in ("/feed/", "/categories/cs.CL/feed/"):
        SiteStamp.objects.update(moved=time.time() + 3600)
        assert "Last-Modified" not in client.get(path).headers
        SiteStamp.objects.update(moved=time.time() - 3600)
        assert "Last-Modified" in client.get(path).headers


@pytest.mark.parametrize("date_sent", ["", "yesterday", "Mon, 99 Foo 2024 00:00:00 GMT"])
def test_a_date_that_is_none_counts_for_nothing(client: Client, date_sent: str) -> None:
    make_edition()
    assert fetch(client, If_Modified_Since=date_sent).status_code == 200


def test_a_304_reads_no_articles(client: Client, django_assert_num_queries: Any) -> None:
    make_edition()
    etag = fetch(client).headers["ETag"]
    with django_assert_num_queries(2) as asked:
        fetch(client, If_None_Match=etag)
    columns = " ".join(query["sql"] for query in asked.captured_queries)
    assert "summary" not in columns


def test_a_correction_moves_the_dates_of_change_and_not_the_item(client: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    set_time(edition, datetime(2024, 1, 1, tzinfo=UTC))
    before = parsed(client)
    correct(edition.issue, "直した要約です。", by)
    after = parsed(client)
    assert before.feed.updated_parsed[:3] == (2024, 1, 1)
    assert after.feed.updated_parsed > before.feed.updated_parsed
    assert after.entries[0].published == before.entries[0].published
    assert after.entries[0].id == before.entries[0].id
    assert before.entries[0].updated_parsed == before.entries[0].published_parsed
    assert after.entries[0].updated_parsed > before.entries[0].updated_parsed


def test_a_new_name_of_the_site_is_news(client: Client) -> None:
    make_edition()
    etag = fetch(client).headers["ETag"]
    masthead = Masthead.get()
    masthead.name = "週刊論文案内"
    masthead.save()
    assert fetch(client, If_None_Match=etag).status_code == 200
