"""A paper's own page, and what an article says of its papers elsewhere."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from digests import workflow
from digests.models import Edition, EditionEntry
from papers import ingest
from papers.ingest import Typed
from papers.models import Author, Authorship, Version
from tests.factories import (
    make_edition,
    make_editor,
    make_issue,
    make_question,
    make_version,
    make_written_entry,
)
from tests.test_feed import set_time
from tests.test_public import DESK_WORDS, Outline, correct, poison

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def publish(
    version: Version, *, day: date | None = None, at: datetime | None = None, **columns: Any
) -> Edition:
    issue = make_issue(day)
    make_written_entry(issue, version=version, **columns)
    edition = make_edition(issue)
    if at:
        set_time(edition, at)
    return edition


def page(reader: Client, slug: str) -> str:
    response = reader.get(f"/papers/{slug}/")
    assert response.status_code == 200
    return str(response.content.decode())


def linked_data(html: str) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert found
    return json.loads(found[1])


# ── what is shown ───────────────────────────────────────────────────────────────────────────────
def test_a_paper_tells_its_facts_its_summary_and_how_to_cite_it(reader: Client) -> None:
    edition = publish(make_version("2304.90007", 2, title="Counting What We Count"))
    html = page(reader, "2304.90007")
    for part in (
        "<h1>小さな行の作り方</h1>",
        '<p class="title-en" lang="en">Counting What We Count</p>',
        '<a href="/authors/aiko-mori/">Aiko Mori</a>',
        '<a href="/categories/cs.CL/">Computation and Language</a>',
        f'<a href="{edition.get_absolute_url()}#2304.90007">',
        "小さな行を作る方法を提案し",
        "一台の計算機で三時間ずつ",
        "Evidence: 1 quote, p. 1",
        "@misc{mori2023counting,",
        'rel="alternate" type="text/markdown" href="/papers/2304.90007.md"',
        'rel="alternate" type="application/json" href="/papers/2304.90007.json"',
        'rel="alternate" type="application/x-bibtex" href="/papers/2304.90007.bib"',
    ):
        assert part in html, part


def test_the_abstract_is_linked_and_never_copied(reader: Client) -> None:
    publish(make_version("2304.90007", abstract="An abstract of which nothing is copied."))
    html = page(reader, "2304.90007")
    assert "of which nothing is copied" not in html
    assert 'href="https://arxiv.org/abs/2304.90007v1"' in html


def test_it_names_every_issue_and_asks_the_same_question_for_each(reader: Client) -> None:
    version = make_version("2304.90007")
    first = publish(version, day=date(2023, 4, 3), at=datetime(2024, 2, 1, tzinfo=UTC))
    second = publish(version, day=date(2023, 4, 10), at=datetime(2024, 1, 1, tzinfo=UTC))
    html = page(reader, "2304.90007")
    issues = html[html.index("Issues with this paper") : html.index("Versions")]
    places = [f'href="/issues/{e.slug}/#2304.90007"' for e in (first, second)]
    assert issues.index(places[0]) < issues.index(places[1])
    for edition in (first, second):
        assert f'href="/issues/{edition.slug}/#2304.90007-q1"' in html
    outline = Outline(html)
    assert len(outline.ids) == len(set(outline.ids))


def test_the_newest_issue_speaks_for_the_paper(reader: Client) -> None:
    version = make_version("2304.90007")
    at = datetime(2024, 1, 1, tzinfo=UTC)
    publish(version, at=at, title_ja="新しい題", summary="新しい要約です。[^e1]")
    publish(version, at=at.replace(year=2023), title_ja="古い題", summary="古い要約です。[^e1]")
    html = page(reader, "2304.90007")
    assert "<h1>新しい題</h1>" in html
    assert "新しい要約です。" in html
    assert "古い要約です。" not in html


def test_the_versions_seen_are_listed_and_a_withdrawal_is_said(reader: Client) -> None:
    publish(make_version("2304.90007", 1))
    make_version("2304.90007", 3, is_withdrawn=True)
    html = page(reader, "2304.90007")
    versions = html[html.index("Versions") : html.index("Cite this paper")]
    assert versions.index("abs/2304.90007v3") < versions.index("withdrawn")
    assert versions.index("withdrawn") < versions.index("abs/2304.90007v1")
    assert 'datetime="2023-04-06"' in versions
    assert versions.count('class="withdrawn"') == 1
    assert "withdrawn" in html[: html.index("<h1>")]


def test_a_paper_whose_newest_version_stands_is_not_called_withdrawn(reader: Client) -> None:
    publish(make_version("2304.90007", 1, is_withdrawn=True))
    make_version("2304.90007", 2)
    html = page(reader, "2304.90007")
    assert 'class="withdrawn"' not in html[: html.index("<h1>")]


def test_what_an_editor_has_typed_of_a_paper_waits_until_it_is_published(reader: Client) -> None:
    typed = Typed("A Report", ("Chie Ueda",), date(2023, 4, 1), "https://example.org/one")
    version = ingest.store_typed(typed)
    publish(version)
    secret = Typed("A Report", ("Chie Ueda",), date(2023, 4, 2), "https://example.org/secret")
    ingest.store_typed(secret, version.paper)
    html = page(reader, version.paper.slug)
    assert "https://example.org/one" in html
    assert "secret" not in html


def test_search_engines_are_told_that_it_is_a_scholarly_article(reader: Client) -> None:
    publish(make_version("2304.90007", title="On </script> & Rows"))
    html = page(reader, "2304.90007")
    found = linked_data(html)
    assert found["@type"] == "ScholarlyArticle"
    assert found["headline"] == "On </script> & Rows"
    assert found["author"][0] == {"@type": "Person", "name": "Aiko Mori"}
    assert found["mainEntityOfPage"] == f"{settings.SITE_URL}/papers/2304.90007/"
    assert f'rel="canonical" href="{settings.SITE_URL}/papers/2304.90007/"' in html
    assert '<meta property="og:title" content="小さな行の作り方">' in html


# ── what is not ─────────────────────────────────────────────────────────────────────────────────
def test_a_paper_that_no_issue_has_had_is_404(reader: Client) -> None:
    make_version("2304.90007")
    make_written_entry(make_issue(), version=make_version("2304.90008"))
    for slug in ("2304.90007", "2304.90008", "2304.90009"):
        assert reader.get(f"/papers/{slug}/").status_code == 404


def test_a_paper_whose_issue_was_taken_back_is_410_until_it_returns(reader: Client) -> None:
    by = make_editor()
    edition = publish(make_version("2304.90007"))
    workflow.take_back(edition.issue, by=by)
    response = reader.get("/papers/2304.90007/")
    assert response.status_code == 410
    assert "This has been taken back" in response.content.decode()
    assert "This issue" not in response.content.decode()
    workflow.put_back(edition.issue, by=by)
    assert reader.get("/papers/2304.90007/").status_code == 200


def test_an_issue_that_was_taken_back_leaves_the_papers_page(reader: Client) -> None:
    version = make_version("2304.90007")
    shown, taken = publish(version, title_ja="残る題"), publish(version, title_ja="消える題")
    workflow.take_back(taken.issue, by=make_editor())
    html = page(reader, "2304.90007")
    assert "残る題" in html
    assert "消える題" not in html
    assert taken.slug not in html
    assert taken.slug not in reader.get(shown.get_absolute_url()).content.decode()


def test_what_waits_for_the_next_edition_is_not_on_it(reader: Client) -> None:
    edition = publish(make_version("2304.90007"))
    entry = edition.issue.entries.get()
    entry.summary = entry.title_ja = DESK_WORDS
    entry.save()
    assert DESK_WORDS not in page(reader, "2304.90007")
    correct(edition.issue, "直した要約です。", make_editor())
    assert "直した要約です。" in page(reader, "2304.90007")


def test_a_broken_address_is_404(reader: Client) -> None:
    for slug in ("%00", "%ff%fe", "a" * 41, "x/y", "..", "2304.90007v1%0a"):
        assert reader.get(f"/papers/{slug}/").status_code == 404, slug


def test_a_papers_page_is_for_reading_only(reader: Client) -> None:
    publish(make_version("2304.90007"))
    assert reader.post("/papers/2304.90007/").status_code == 405
    assert reader.head("/papers/2304.90007/").status_code == 200


def test_hostile_words_and_3000_authors_break_no_paper(reader: Client) -> None:
    edition = publish(make_version("2304.90007", abstract=""))
    poison(edition)
    html = page(reader, "2304.90007")
    assert "<script>alert" not in html
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufffe]", html)
    assert 'href="javascript:' not in html.lower()
    assert "and 2995 others" in html
    assert Outline(html).levels[0] == 1


def test_3000_authors_have_each_a_page(reader: Client) -> None:
    version = make_version("2304.90007", authors=())
    rows = Author.objects.bulk_create(
        Author(name=f"Author {n}", slug=f"author-{n}") for n in range(3000)
    )
    Authorship.objects.bulk_create(
        Authorship(version=version, author=row, position=n) for n, row in enumerate(rows, 1)
    )
    publish(version)
    assert '<a href="/authors/author-2999/">Author 2999</a>' in page(reader, "2304.90007")


@pytest.mark.parametrize("size", [1, 4])
def test_a_paper_takes_the_same_queries_in_however_many_issues(
    reader: Client, django_assert_num_queries: Any, size: int
) -> None:
    version = make_version("2304.90007")
    for _n in range(size):
        issue = make_issue()
        entry = make_written_entry(issue, version=version)
        for _m in range(size):
            make_question(entry, answer="三時間です。[^e1]")
        make_edition(issue)
    reader.get("/about/")  # after which the site's name is known
    with django_assert_num_queries(4):
        page(reader, "2304.90007")


def test_an_article_leads_to_its_papers_pages(reader: Client) -> None:
    edition = publish(make_version("2304.90007"))
    html = reader.get(edition.get_absolute_url()).content.decode()
    assert '<a href="/papers/2304.90007/">This paper’s own page</a>' in html


# ── around an article ───────────────────────────────────────────────────────────────────────────
def test_an_article_names_other_issues_with_its_paper(reader: Client) -> None:
    version = make_version("2304.90007")
    other, here = publish(version, day=date(2023, 4, 3)), publish(version, day=date(2023, 4, 10))
    html = reader.get(here.get_absolute_url()).content.decode()
    assert "Other issues with this paper" in html
    assert f'href="{other.get_absolute_url()}#2304.90007"' in html
    assert f'href="{here.get_absolute_url()}#2304.90007"' not in html


def test_an_article_names_three_papers_of_the_same_authors_and_none_twice(reader: Client) -> None:
    for n in range(5):
        version = make_version(f"2304.9001{n}", authors=("Chie Ueda", "Dan Abe"))
        publish(version, at=datetime(2024, 1, 1 + n, tzinfo=UTC), title_ja=f"{n}番の題")
    publish(make_version("2304.90019", authors=("Emi Oda",)), title_ja="ほかの人の題")
    here = publish(make_version("2304.90020", authors=("Dan Abe", "Chie Ueda")))
    html = reader.get(here.get_absolute_url()).content.decode()
    related = html[html.index("Papers with the same authors") :]
    assert re.findall(r'<a href="/papers/([\d.]+)/">(\d)番の題</a>', related) == [
        ("2304.90014", "4"),
        ("2304.90013", "3"),
        ("2304.90012", "2"),
    ]
    assert "ほかの人の題" not in html


def test_an_article_without_either_says_nothing_of_it(reader: Client) -> None:
    issue = make_issue()
    for arxiv_id in ("2304.90007", "2304.90008"):
        make_written_entry(issue, version=make_version(arxiv_id))
    html = reader.get(make_edition(issue).get_absolute_url()).content.decode()
    assert "Other issues with this paper" not in html
    assert "Papers with the same authors" not in html


def test_names_of_an_older_edition_are_looked_up_and_one_unknown_leads_nowhere(
    reader: Client,
) -> None:
    edition = publish(make_version("2304.90007"))
    names = ["Aiko Mori", "Someone Else"]
    EditionEntry.objects.filter(edition=edition).update(authors=names, author_slugs=[])
    html = reader.get(edition.get_absolute_url()).content.decode()
    assert '<a href="/authors/aiko-mori/">Aiko Mori</a>, Someone Else' in html


# ── pages that no view of ours shows ────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", ["/nowhere/", "/accounts/login/", "/papers/2304.99999/"])
def test_error_and_sign_in_pages_bear_the_sites_name(reader: Client, path: str) -> None:
    html = reader.get(path).content.decode()
    head = html[html.index('class="site-name"') :]
    assert head[: head.index("</a>")].endswith("最新論文ノート")
