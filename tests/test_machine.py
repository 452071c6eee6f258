"""What programs read: Markdown, JSON, the sitemap, and whom to tell of a hole."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from markdown_it import MarkdownIt

from digests import workflow
from digests.cards import save_card
from digests.models import Edition
from tests.factories import (
    QUOTE,
    make_edition,
    make_editor,
    make_issue,
    make_question,
    make_version,
    make_written_entry,
)
from tests.test_feed import set_time
from tests.test_public import DESK_WORDS, correct, poison

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def published(**columns: Any) -> Edition:
    issue = make_issue(introduction="[前の号](/issues/2020-01-06/)の続きです。")
    make_written_entry(issue, version=make_version("2304.90007", 2, title="On $k$ Rows"), **columns)
    return make_edition(issue)


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────
def test_the_json_of_an_issue_says_what_its_page_says(reader: Client) -> None:
    edition = published()
    response = reader.get(f"/issues/{edition.slug}.json")
    assert response.headers["Content-Type"] == "application/json"
    found = response.json()
    url = settings.SITE_URL + edition.get_absolute_url()
    assert found["url"] == url
    assert found["title"] == edition.title
    assert found["edition"] == 1
    assert f'href="{settings.SITE_URL}/issues/2020-01-06/"' in found["introduction_html"]
    (paper,) = found["papers"]
    assert paper["url"] == f"{url}#2304.90007"
    assert (paper["arxiv_id"], paper["version"]) == ("2304.90007", 2)
    assert paper["authors"] == ["Aiko Mori", "Ben Ito"]
    assert paper["categories"][0] == {"code": "cs.CL", "name": "Computation and Language"}
    assert paper["summary"] == "小さな行を作る方法を提案し、かかる時間を測っています。"
    assert paper["citation"]["id"] == "mori2023rows"
    (question,) = paper["questions"]
    assert question["url"] == f"{url}#2304.90007-q1"
    assert question["answer"] == "一台の計算機で三時間ずつ学習しています。"
    (claim,) = question["evidence"]
    assert claim["quotes"] == [
        {
            "text": QUOTE,
            "page": 1,
            "section": "1 Introduction",
            "url": "https://arxiv.org/pdf/2304.90007v2#page=1",
        }
    ]


def test_the_json_of_a_paper_is_of_the_issue_published_last(reader: Client) -> None:
    version, by = make_version("2304.90007"), make_editor()
    for n, day in ((1, datetime(2024, 2, 1, tzinfo=UTC)), (2, datetime(2024, 1, 1, tzinfo=UTC))):
        issue = make_issue()
        make_written_entry(issue, version=version, title_ja=f"{n}番の題名")
        set_time(make_edition(issue, by=by), day)
    found = reader.get("/papers/2304.90007.json").json()
    assert found["title_ja"] == "1番の題名"
    assert found["issue"]["published_at"].startswith("2024-02-01")
    for address in found["files"].values():
        assert reader.get(address.removeprefix(settings.SITE_URL)).status_code == 200


def test_no_file_tells_what_waits_for_the_next_edition(reader: Client) -> None:
    edition = published()
    entry = edition.issue.entries.get()
    entry.summary = entry.title_ja = DESK_WORDS
    entry.save()
    for path in (f"/issues/{edition.slug}", "/papers/2304.90007"):
        for ending in ("md", "json", "bib", "ris", "csl.json"):
            assert DESK_WORDS not in reader.get(f"{path}.{ending}").content.decode()


def test_hostile_words_break_no_json(reader: Client) -> None:
    edition = published()
    poison(edition)
    found = reader.get(f"/issues/{edition.slug}.json").json()
    (paper,) = found["papers"]
    assert paper["paper_url"] == paper["pdf_url"] == ""
    assert len(paper["authors"]) == 3000
    assert not re.search("[\x00-\x08\x1b\u202e\ufffe]", paper["title"])


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────
def test_the_markdown_of_an_issue_is_the_article_with_footnotes(reader: Client) -> None:
    edition = published()
    response = reader.get(f"/issues/{edition.slug}.md")
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    text = response.content.decode()
    url = settings.SITE_URL + edition.get_absolute_url()
    place = 0
    for part in (
        f"# {edition.title}\n",
        f"- URL: <{url}>\n",
        f"[前の号]({settings.SITE_URL}/issues/2020-01-06/)の続きです。",
        "今回紹介する論文は次の1本です。",
        f"1. [小さな行の作り方]({url}#2304.90007) ",
        "\n## 小さな行の作り方\n\nOn $k$ Rows\n",
        "- Authors: Aiko Mori, Ben Ito\n",
        "\n### Summary\n\n小さな行を作る方法を提案し、かかる時間を測っています。[^2304.90007-e1]\n",
        "\n#### Q: 何を調べましたか？\n\n一台の計算機で三時間ずつ",
        f"\n[^2304.90007-e1]: “{QUOTE}”, p. 1, 1 Introduction, <https://arxiv.org/pdf/",
    ):
        assert part in text[place:], f"{part} is missing, or stands too early"
        place = text.index(part, place)
    assert text.count("[^2304.90007-e1]: ") == 1


def test_links_in_an_answer_lead_back_here(reader: Client) -> None:
    issue = make_issue()
    entry = make_written_entry(issue)
    make_question(entry, answer="[図](/media/a.png)と[上](#top)です。[^e1]")
    edition = make_edition(issue)
    text = reader.get(f"/papers/{entry.paper.slug}.md").content.decode()
    url = settings.SITE_URL + edition.get_absolute_url()
    assert f"[図]({settings.SITE_URL}/media/a.png)と[上]({url}#top)です。" in text


def test_an_answer_is_read_as_it_is_shown(reader: Client) -> None:
    issue = make_issue()
    make_question(
        make_written_entry(issue), answer="**「強調」**です。[^e1]\n・<b>一</b>\n・二[^e9]"
    )
    edition = make_edition(issue)
    text = reader.get(f"/issues/{edition.slug}.md").content.decode()
    html = MarkdownIt("commonmark").render(text)
    assert "<strong>「強調」</strong>です。[^" in html
    assert "<ul>\n<li>&lt;b&gt;一&lt;/b&gt;</li>\n<li>二</li>\n</ul>" in html


def test_a_title_is_words_in_markdown(reader: Client) -> None:
    edition = published()
    title = "# <b>a</b> [x](javascript:alert) `c` *d* &lt; | $k$"
    edition.entries.update(title=title)
    text = reader.get("/papers/2304.90007.md").content.decode()
    html = MarkdownIt("commonmark").render(text)
    shown = "<p># &lt;b&gt;a&lt;/b&gt; [x](javascript:alert) `c` *d* &amp;lt; | $k$</p>"
    assert shown in html


@pytest.mark.parametrize(
    "introduction",
    [
        "**「強調」**です。1*（弱く）*2",
        "**強調** と *斜体* と <b> と `` と [前の号](https://example.org/a_b?c=1&d=2#e) です。",
        "1行目です。\n\n1\\. 項目ではない\n\n\\- これも  \n+ a\\* \\[x\\](y) &amp;lt; 5 > 4",
        "- 項目\n- 次\n\n> 引用\n\n`code` です。",
        "",
    ],
)
def test_the_introduction_is_read_as_it_is_shown(reader: Client, introduction: str) -> None:
    issue = make_issue(introduction=introduction)
    make_written_entry(issue)
    edition = make_edition(issue)
    html = MarkdownIt("commonmark").render(
        reader.get(f"/issues/{edition.slug}.md").content.decode()
    )
    shown = edition.introduction_html.replace(' rel="noopener nofollow"', "")
    assert shown in html.replace(' rel="noopener nofollow"', "").replace("<br />", "<br>")


def test_a_plain_introduction_is_told_as_it_was_written(reader: Client) -> None:
    words = "今週の **三本** です。\n\n[一覧](https://example.org/)から、$x$ と。"
    issue = make_issue(introduction=words)
    make_written_entry(issue)
    edition = make_edition(issue)
    save_card(issue, issue.row_version, {"introduction": DESK_WORDS}, by=make_editor())
    assert f"\n{words}\n" in reader.get(f"/issues/{edition.slug}.md").content.decode()
    assert reader.get(f"/issues/{edition.slug}.json").json()["introduction"] == words


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("1. はじめに", "1\\. はじめに"),
        ("- a", "\\- a"),
        ("+ a", "\\+ a"),
        ("3D の - 図", "3D の - 図"),
        ("On $n<m$ & a<b", "On $n\\lt m$ &amp; a&lt;b"),
    ],
)
def test_a_title_begins_no_list_and_keeps_its_formula(
    reader: Client, title: str, written: str
) -> None:
    published().entries.update(title=title)
    assert f"\n{written}\n" in reader.get("/papers/2304.90007.md").content.decode()


def test_hostile_words_break_no_markdown(reader: Client) -> None:
    edition = published()
    poison(edition)
    for path in (f"/issues/{edition.slug}.md", "/papers/2304.90007.md"):
        text = reader.get(path).content.decode()
        assert "<script" not in MarkdownIt("commonmark").render(text)
        assert "javascript:" not in text.lower()
        assert not re.search("[\x00-\x08\x1b\u202e\ufffe]", text)


# ── for robots and for those who found a hole ───────────────────────────────────────────────────
def places(reader: Client, path: str) -> dict[str, str | None]:
    response = reader.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    found = ElementTree.fromstring(response.content)
    return {str(one.findtext(f"{MAP}loc")): one.findtext(f"{MAP}lastmod") for one in found}


def sitemap(reader: Client) -> dict[str, str | None]:
    """Every address of every sitemap that the index names."""
    found: dict[str, str | None] = {}
    for address in places(reader, "/sitemap.xml"):
        found |= places(reader, address.removeprefix(settings.SITE_URL))
    return found


def test_the_sitemap_names_public_issues_with_the_time_of_their_edition(reader: Client) -> None:
    by = make_editor()
    old, gone = make_edition(by=by), make_edition(by=by)
    set_time(old, datetime(2024, 1, 1, tzinfo=UTC))
    workflow.take_back(gone.issue, by=by)
    draft = make_issue()
    url = settings.SITE_URL + old.get_absolute_url()
    found = sitemap(reader)
    assert found[url] == "2024-01-01T00:00:00+00:00"
    assert found[f"{settings.SITE_URL}/"] == "2024-01-01T00:00:00+00:00"
    assert not any(gone.slug in address or draft.slug in address for address in found)
    correct(old.issue, "直した要約です。", by)
    assert str(sitemap(reader)[url]) > "2024-01-02"


def test_every_address_of_the_sitemap_is_a_page(reader: Client) -> None:
    issue = make_issue()
    make_written_entry(issue).questions.update(bank_key="limits")
    make_edition(issue)
    for address in sitemap(reader):
        response = reader.get(address.removeprefix(settings.SITE_URL))
        assert response.status_code == 200
        assert f'rel="canonical" href="{address}"' in response.content.decode()


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/sitemap.xml", 3),
        ("/sitemap-pages-1.xml", 3),
        ("/sitemap-issues-1.xml", 1),
        ("/sitemap-papers-1.xml", 1),
        ("/sitemap-authors-1.xml", 1),
    ],
)
def test_a_sitemap_takes_the_same_queries_whatever_its_size(
    reader: Client, django_assert_num_queries: Any, path: str, queries: int
) -> None:
    for _n in range(2):
        make_edition()
        with django_assert_num_queries(queries):
            reader.get(path)


def test_a_sitemap_is_304_until_it_changes(reader: Client) -> None:
    make_edition()
    first = reader.get("/sitemap-issues-1.xml")
    again = {"If-None-Match": first.headers["ETag"]}
    assert reader.get("/sitemap-issues-1.xml", headers=again).status_code == 304
    make_edition()
    assert reader.get("/sitemap-issues-1.xml", headers=again).status_code == 200


@pytest.mark.parametrize("name", ["issues-2", "nothing-1", "pages-2", "issues-0", "issues-99999"])
def test_a_sitemap_that_is_not_there_is_404(reader: Client, name: str) -> None:
    make_edition()
    assert reader.get(f"/sitemap-{name}.xml").status_code == 404


def test_the_sitemap_names_papers_authors_categories_and_questions(reader: Client) -> None:
    by = make_editor()
    issue = make_issue()
    entry = make_written_entry(issue, version=make_version("2304.90007"))
    entry.questions.update(bank_key="limits")
    edition = make_edition(issue, by=by)
    set_time(edition, datetime(2024, 1, 1, tzinfo=UTC))
    gone = make_issue()
    make_written_entry(gone, version=make_version("2304.90008", authors=("Chie Ueda",)))
    workflow.take_back(make_edition(gone, by=by).issue, by=by)
    found = sitemap(reader)
    paths = ["papers/2304.90007", "authors/ben-ito", "categories/cs.CL", "questions/limits"]
    for path in paths:
        assert found[f"{settings.SITE_URL}/{path}/"] == "2024-01-01T00:00:00+00:00"
    assert f"{settings.SITE_URL}/about/" in found
    assert not any("2304.90008" in address or "chie" in address for address in found)


def test_an_empty_sitemap_is_a_sitemap(reader: Client) -> None:
    assert sitemap(reader)[f"{settings.SITE_URL}/"] is None


def test_a_sitemap_names_only_what_stands_beside_or_below_it(reader: Client) -> None:
    """https://www.sitemaps.org/protocol.html#location"""
    make_edition()
    parts = re.findall("<loc>(.*)</loc>", reader.get("/sitemap.xml").content.decode())
    assert {part.rpartition("/")[0] for part in parts} == {settings.SITE_URL}


@pytest.mark.parametrize("path", ["/robots.txt", "/.well-known/security.txt"])
def test_what_robots_keep_for_a_day_is_304_to_who_asks_again(reader: Client, path: str) -> None:
    first = reader.get(path)
    assert "max-age=86400" in first.headers["Cache-Control"]
    again = {"If-None-Match": first.headers["ETag"]}
    assert reader.get(path, headers=again).status_code == 304


def test_robots_are_told_of_the_sitemap(reader: Client) -> None:
    body = reader.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml\n" in body


def test_who_found_a_hole_is_told_whom_to_write_to(reader: Client, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Editors <editors@example.org>"
    response = reader.get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    told = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert told["Contact"] == "mailto:editors@example.org"
    left = datetime.fromisoformat(told["Expires"]) - timezone.now()
    assert timedelta(days=30) < left < timedelta(days=365)
    settings.DEFAULT_FROM_EMAIL = "nobody"
    assert reader.get("/.well-known/security.txt").status_code == 404
