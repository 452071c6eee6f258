"""Pages across issues: authors, categories, standard questions, the archive, and about."""

from __future__ import annotations

import re
from copy import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid5

import pytest
from django.conf import settings
from django.test import Client

from digests import shelves, workflow
from digests.models import BankQuestion, Edition, EditionQuestion, Masthead
from papers.models import Paper
from tests.factories import (
    make_edition,
    make_editor,
    make_issue,
    make_version,
    make_written_entry,
)
from tests.test_feeds import parsed
from tests.test_paper_pages import linked_data, publish
from tests.test_public import DESK_WORDS, Outline, correct, make_shelf, poison

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
START = datetime(2024, 1, 1, tzinfo=UTC)
LISTS = ("/authors/aiko-mori/", "/categories/cs.CL/", "/questions/limits/")
PAGES = (*LISTS, "/categories/", "/questions/", "/about/", "/issues/")
FEEDS = ("/authors/aiko-mori/feed/", "/categories/cs.CL/feed/")


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def html_of(reader: Client, path: str) -> str:
    response = reader.get(path)
    assert response.status_code == 200, path
    return str(response.content.decode())


def asked(edition: Edition, key: str = "limits") -> Edition:
    EditionQuestion.objects.filter(entry__edition=edition).update(bank_key=key)
    return edition


def make_many(count: int) -> None:
    """An issue of so many papers with the same authors and a standard question; all but the first
    are copies of its rows."""
    entry = asked(publish(make_version())).entries.get()
    (question,) = entry.questions.all()
    for n in range(2, count + 1):
        paper = Paper.objects.create(arxiv_id=f"2305.{entry.pk:02}{n:03}", slug=f"{entry.pk}-{n}")
        version = copied(entry.version, paper=paper)
        for row in (*entry.version.authorships.all(), *entry.version.listings.all()):
            copied(row, version=version)
        placed = copied(entry, position=n, paper=paper, version=version, slug=paper.slug)
        copied(question, entry=placed)
    shelves.rebuild()


def copied(row: Any, **changes: Any) -> Any:
    made = copy(row)
    made.pk, made._state.adding = None, True
    for name, value in changes.items():
        setattr(made, name, value)
    made.save()
    return made


# ── authors ─────────────────────────────────────────────────────────────────────────────────────
def test_an_authors_page_lists_papers_and_says_that_a_name_is_no_person(reader: Client) -> None:
    edition = publish(make_version("2304.90007", title="On Rows"))
    publish(make_version("2304.90008", authors=("Chie Ueda",)))
    html = html_of(reader, "/authors/aiko-mori/")
    for part in (
        "Author of this name",
        '<h1 lang="en">Aiko Mori</h1>',
        "A name is not a person",
        '<a href="/papers/2304.90007/">小さな行の作り方</a>',
        "On Rows",
        "小さな行を速く作る方法を調べた論文です。",
        f'<a href="{edition.get_absolute_url()}#2304.90007">',
        'type="application/rss+xml" href="/authors/aiko-mori/feed/"',
    ):
        assert part in html, part
    assert "2304.90008" not in html


def test_a_paper_of_two_issues_is_listed_once_as_the_newest_has_it(reader: Client) -> None:
    version = make_version("2304.90007")
    publish(version, at=START, title_ja="新しい題")
    publish(version, at=START - timedelta(days=9), title_ja="古い題")
    for path in ("/authors/aiko-mori/", "/categories/cs.CL/"):
        html = html_of(reader, path)
        assert "1 paper<" in html
        assert "新しい題" in html
        assert "古い題" not in html


def test_a_name_printed_twice_lists_its_paper_once(reader: Client) -> None:
    publish(make_version("2304.90007", authors=("Aiko Mori", "Aiko Mori")))
    assert html_of(reader, "/authors/aiko-mori/").count('href="/papers/2304.90007/"') == 1


@pytest.mark.parametrize("path", ["/authors/nobody/", "/authors/aiko-mori/", "/authors/%ff/"])
@pytest.mark.parametrize("ending", ["", "feed/"])
def test_a_name_on_no_public_paper_is_404(reader: Client, path: str, ending: str) -> None:
    make_written_entry(make_issue(), version=make_version())
    assert reader.get(path + ending).status_code == 404


# ── categories ──────────────────────────────────────────────────────────────────────────────────
def test_categories_are_listed_by_name_with_the_papers_that_they_have(reader: Client) -> None:
    publish(make_version(categories=("cs.LG", "cs.CL")))
    publish(make_version(categories=("stat.ML", "cs.LG")))
    html = html_of(reader, "/categories/")
    found = re.findall(
        r'<a href="/categories/([\w.]+)/" lang="en">([^<]+)</a> <span class="code" lang="en">'
        r'([\w.]+)</span> <span class="quiet">(\d) paper',
        html,
    )
    assert found == [
        ("cs.CL", "Computation and Language", "cs.CL", "1"),
        ("cs.LG", "Machine Learning", "cs.LG", "2"),
        ("stat.ML", "Machine Learning", "stat.ML", "1"),
    ]


def test_two_categories_of_one_name_are_told_apart(reader: Client) -> None:
    publish(make_version("2304.90007", categories=("stat.ML",)))
    publish(make_version("2304.90008", categories=("cs.LG",)))
    html = html_of(reader, "/categories/stat.ML/")
    assert "<title>Machine Learning (stat.ML) |" in html
    assert "/papers/2304.90007/" in html
    assert "/papers/2304.90008/" not in html


def test_a_second_code_of_a_subject_leads_to_the_first_and_counts_with_it(reader: Client) -> None:
    publish(make_version("2304.90007", categories=("math.IT", "cs.IT")))
    publish(make_version("2304.90008", categories=("math.IT",)))
    response = reader.get("/categories/math.IT/")
    assert (response.status_code, response.headers["Location"]) == (301, "/categories/cs.IT/")
    html = html_of(reader, "/categories/cs.IT/")
    assert "2 papers" in html
    assert "/papers/2304.90008/" in html
    index = html_of(reader, "/categories/")
    assert "math.IT" not in index
    assert "2 papers" in index


def test_a_category_without_papers_says_so_and_an_unknown_one_is_404(reader: Client) -> None:
    html = html_of(reader, "/categories/cs.RO/")
    assert "No paper of this category" in html
    assert '<meta name="robots" content="noindex">' in html
    for code in ("cs.XX", "nonsense", "%ff", "a" * 33):
        assert reader.get(f"/categories/{code}/").status_code == 404
        assert reader.get(f"/categories/{code}/feed/").status_code == 404


# ── standard questions ──────────────────────────────────────────────────────────────────────────
def test_a_standard_question_shows_its_answers_over_all_papers(reader: Client) -> None:
    asks = {"ja": "限界は何ですか？", "en": "What are the limits?"}
    BankQuestion.objects.update_or_create(key="limits", defaults=asks)
    first = asked(publish(make_version("2304.90007"), at=START))
    second = asked(publish(make_version("2304.90008"), at=START + timedelta(days=1)))
    asked(publish(make_version("2304.90009")), "purpose")
    html = html_of(reader, "/questions/limits/")
    assert "<h1>限界は何ですか？</h1>" in html
    assert "2 answers" in html
    places = [
        html.index(f'href="{edition.get_absolute_url()}#{slug}-q1"')
        for edition, slug in ((second, "2304.90008"), (first, "2304.90007"))
    ]
    assert places == sorted(places)
    assert html.count("<p>一台の計算機で三時間ずつ") == 2
    assert "Evidence: 1 quote, p. 1" in html
    assert "2304.90009" not in html
    outline = Outline(html)
    assert len(outline.ids) == len(set(outline.ids))


def test_standard_questions_are_listed_in_the_houses_order_with_counts(reader: Client) -> None:
    for position, key in ((900, "zebra"), (901, "apple")):
        BankQuestion.objects.create(key=key, ja=f"{key}ですか？", en=key, position=position)
    for key in ("apple", "zebra", "zebra", "gone"):
        asked(publish(make_version()), key)
    html = html_of(reader, "/questions/")
    assert re.findall(r'<a href="/questions/(\w+)/">([^<]+)</a> .*?(\d) answer', html) == [
        ("zebra", "zebraですか？", "2"),
        ("apple", "appleですか？", "1"),
        ("gone", "何を調べましたか？", "1"),
    ]


@pytest.mark.parametrize("key", ["limits", "nothing", "%ff"])
def test_a_question_without_public_answers_is_404(reader: Client, key: str) -> None:
    BankQuestion.objects.get_or_create(key="limits", defaults={"ja": "限界は？", "en": "Limits?"})
    make_edition()
    assert reader.get(f"/questions/{key}/").status_code == 404


# ── all lists ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("path", "size"), [*((path, 20) for path in LISTS[:2]), (LISTS[2], 10)])
def test_a_long_list_has_pages_that_name_each_other(reader: Client, path: str, size: int) -> None:
    make_many(size + 5)
    first, second = html_of(reader, path), html_of(reader, f"{path}?page=2")
    found = [re.findall(r'<h3><a href="/papers/([\d.-]+)/"', html) for html in (first, second)]
    assert [len(slugs) for slugs in found] == [size, 5]
    assert len(set(found[0] + found[1])) == size + 5
    assert '<link rel="next" href="?page=2">' in first
    assert '<link rel="prev" href="?page=1">' in second
    assert f'rel="canonical" href="{settings.SITE_URL}{path}"' in first
    assert f'rel="canonical" href="{settings.SITE_URL}{path}?page=2"' in second


@pytest.mark.parametrize("path", [*LISTS, "/"])
def test_a_page_out_of_range_is_404(reader: Client, path: str) -> None:
    asked(publish(make_version()))
    for number in ("0", "-1", "99", "x", "9" * 40, "%00", "%ff"):
        assert reader.get(f"{path}?page={number}").status_code == 404, number


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/authors/aiko-mori/", 4),
        ("/categories/cs.CL/", 3),
        ("/categories/", 2),
        ("/questions/limits/", 4),
        ("/questions/", 3),
        ("/issues/", 2),
        ("/about/", 1),
    ],
)
def test_a_list_takes_the_same_queries_whatever_its_size_and_loads_no_bodies(
    reader: Client, django_assert_num_queries: Any, path: str, queries: int
) -> None:
    for count in (1, 12):
        make_many(count)
        reader.get("/issues/")  # after which the site's name and years are known
        with django_assert_num_queries(queries) as asked_for:
            html_of(reader, path)
    columns = " ".join(query["sql"] for query in asked_for.captured_queries)
    for body in ("summary_html", "introduction_html", "fingerprint", '"authors"'):
        assert body not in columns


@pytest.mark.parametrize("path", PAGES)
def test_nothing_unpublished_is_on_a_page(reader: Client, path: str) -> None:
    shown, taken = asked(publish(make_version())), asked(publish(make_version("2304.90007")))
    workflow.take_back(taken.issue, by=make_editor())
    entry = shown.issue.entries.get()
    entry.title_ja = entry.one_liner = DESK_WORDS
    entry.save()
    make_written_entry(make_issue(title=DESK_WORDS), title_ja=DESK_WORDS)
    html = html_of(reader, path)
    assert DESK_WORDS not in html
    assert taken.slug not in html
    assert "2304.90007" not in html


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_made_for_readers_and_search_engines(reader: Client, path: str) -> None:
    asked(publish(make_version()))
    response = reader.get(path)
    html = response.content.decode()
    outline = Outline(html)
    assert outline.levels.count(1) == 1
    steps = zip(outline.levels, outline.levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(outline.ids) == len(set(outline.ids))
    assert f'rel="canonical" href="{settings.SITE_URL}{path}"' in html
    assert '<meta name="description" content="' in html
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    again = {"If-None-Match": response.headers["ETag"]}
    assert reader.get(path, headers=again).status_code == 304
    assert reader.post(path).status_code == 405
    if path != "/issues/":
        assert linked_data(html)["url"] == settings.SITE_URL + path


@pytest.mark.parametrize("path", PAGES)
def test_hostile_words_break_no_page(reader: Client, path: str) -> None:
    poison(asked(publish(make_version())))
    html = html_of(reader, path)
    assert "<script>alert" not in html
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufffe]", html)
    assert Outline(html).levels


@pytest.mark.parametrize("path", ["/categories/", "/questions/", "/issues/", "/about/"])
def test_a_page_before_the_first_issue_says_so(reader: Client, path: str) -> None:
    html = html_of(reader, path)
    assert path == "/about/" or "yet" in html


# ── feeds ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_the_papers_of_its_page_with_the_ids_of_every_other_feed(
    reader: Client, path: str
) -> None:
    edition = publish(make_version("2304.90007"))
    publish(make_version("2304.90008", authors=("Chie Ueda",), categories=("cs.RO",)))
    found = parsed(reader, path)
    (item,) = found.entries
    assert found.feed.link == settings.SITE_URL + path.removesuffix("feed/")
    assert item.id == str(uuid5(edition.issue.uuid, "2304.90007"))
    assert item.link == f"{settings.SITE_URL}{edition.get_absolute_url()}#2304.90007"
    assert item.content[0].value.startswith("<p>小さな行を速く作る方法を調べた論文です。</p>")
    assert "三時間ずつ" in item.content[0].value
    assert not re.search(r'(?:href|src)="(?!https?://)', item.content[0].value)
    same = [e for e in parsed(reader, "/feed/papers/").entries if e.id == item.id]
    assert same[0].content[0].value == item.content[0].value


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_the_thirty_newest_in_the_same_queries(
    reader: Client, path: str, django_assert_num_queries: Any
) -> None:
    first = 4 if "categories" in path else 5
    for count, items in ((1, 1), (33, 30)):
        make_many(count)
        reader.get("/about/")  # after which the site's name is known
        with django_assert_num_queries(first):
            reader.get(path)
        assert len(parsed(reader, path).entries) == items


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize(
    ("header", "told"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_who_has_a_feed_gets_304_until_a_correction(
    reader: Client, path: str, header: str, told: str
) -> None:
    by = make_editor()
    edition = publish(make_version())
    response = reader.get(path)
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = {header: response.headers[told]}
    assert reader.get(path, headers=again).status_code == 304
    correct(edition.issue, "直した要約です。", by)
    assert reader.get(path, headers=again).status_code == 200
    assert "直した要約です。" in parsed(reader, path).entries[0].content[0].value


@pytest.mark.parametrize("path", FEEDS)
def test_nothing_unpublished_is_in_a_feed_and_it_is_for_reading_only(
    reader: Client, path: str
) -> None:
    publish(make_version())
    taken = publish(make_version("2304.90007"))
    workflow.take_back(taken.issue, by=make_editor())
    make_written_entry(make_issue(), version=make_version(), title_ja=DESK_WORDS)
    body = reader.get(path).content.decode()
    assert taken.slug not in body
    assert DESK_WORDS not in body
    assert reader.post(path).status_code == 405


def test_the_feed_of_a_category_without_papers_is_a_feed(reader: Client) -> None:
    assert parsed(reader, "/categories/cs.RO/feed/").entries == []


@pytest.mark.parametrize("path", FEEDS)
def test_hostile_words_break_no_feed(reader: Client, path: str) -> None:
    poison(publish(make_version()))
    Masthead.objects.update(name="名\x0b前<b>")
    assert "alert(1)" in parsed(reader, path).entries[0].title


# ── the archive ─────────────────────────────────────────────────────────────────────────────────
def test_the_archive_groups_a_year_by_month_with_counts(reader: Client) -> None:
    for day in (date(2023, 4, 3), date(2023, 4, 10), date(2023, 6, 5), date(2022, 4, 4)):
        publish(make_version(), day=day)
    html = html_of(reader, "/issues/?year=2023")
    assert re.findall(r'href="\?year=2023&amp;month=(\d+)">(\w+ \(\d\))<', html) == [
        ("6", "June (1)"),
        ("4", "April (2)"),
    ]
    assert html.index("June 2023") < html.index("/issues/2023-06-05/") < html.index("April 2023")
    assert "/issues/2022-04-04/" not in html
    assert f'rel="canonical" href="{settings.SITE_URL}/issues/?year=2023"' in html


def test_the_archive_shows_a_month_alone(reader: Client) -> None:
    for day in (date(2023, 4, 3), date(2023, 6, 5)):
        publish(make_version(), day=day)
    html = html_of(reader, "/issues/?year=2023&month=4")
    assert "/issues/2023-04-03/" in html
    assert "/issues/2023-06-05/" not in html
    canonical = f"{settings.SITE_URL}/issues/?year=2023&amp;month=4"
    assert f'rel="canonical" href="{canonical}"' in html


def test_a_month_without_issues_is_404(reader: Client) -> None:
    publish(make_version(), day=date(2023, 4, 3))
    for month in ("0", "13", "5", "-1", "x", "04", "9" * 40, "%ff", "%00"):
        assert reader.get(f"/issues/?year=2023&month={month}").status_code == 404, month


def test_a_long_archive_is_read_a_year_at_a_time(reader: Client) -> None:
    make_shelf(60)
    html = html_of(reader, "/issues/?year=2018")
    assert html.count('href="/issues/2018-') == 52
    assert 'href="/issues/2019-' not in html


# ── about ───────────────────────────────────────────────────────────────────────────────────────
def test_the_page_about_the_site_says_what_the_house_wrote_and_how_texts_are_made(
    reader: Client,
) -> None:
    Masthead.objects.update_or_create(pk=1, defaults={"about": "**編集部**です。<script>"})
    html = html_of(reader, "/about/")
    assert "<strong>編集部</strong>です。&lt;script&gt;" in html
    for heading in ("How the texts are made", "Evidence", "Corrections", "Contact"):
        assert f"<h2>{heading}</h2>" in html
    assert 'href="/feeds/"' in html
    assert 'href="/about/"' in html_of(reader, "/")


def test_the_contact_is_named_where_there_is_one(reader: Client, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Editors <editors@example.org>"
    assert 'href="mailto:editors@example.org"' in html_of(reader, "/about/")
    settings.DEFAULT_FROM_EMAIL = "nobody"
    html = html_of(reader, "/about/")
    assert "mailto:" not in html
    assert "has not named an address" in html
