"""What readers are shown, and what they are never shown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from digests import workflow
from digests.cards import save_card
from digests.models import Edition, EditionEntry, Issue, Masthead
from digests.public.article import grounds_of, web_address
from papers import jobs
from tests.factories import (
    make_edition,
    make_editor,
    make_entry,
    make_entry_job,
    make_evidence,
    make_issue,
    make_question,
    make_version,
    make_written_entry,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
DESK_WORDS = "まだ誰にも見せない"
EVIL = "<script>alert(1)</script>\x00\x08\x1b\u202e題名\ufffe"


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def page(reader: Client, edition: Edition) -> str:
    response = reader.get(edition.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


class Outline(HTMLParser):
    """The headings, ids and links of a page, and whether its elements nest."""

    VOID = {"meta", "link", "input", "br", "hr", "img"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


# ── what is shown ───────────────────────────────────────────────────────────────────────────────
def test_the_article_has_its_parts_in_the_order_of_the_house(reader: Client) -> None:
    version = make_version("2304.90007", 2, title="Counting What We Count")
    issue = make_issue(date(2023, 4, 3), last_on=date(2023, 4, 9))
    make_written_entry(issue, version=version)
    html = page(reader, make_edition(issue))
    parts = [
        "<h1>",
        "小さな行の研究",
        '<time datetime="2023-04-03">',
        "編集部が選んだもの",
        "今回紹介する論文は次の1本です。",
        'href="#2304.90007"',
        "小さな行を速く作る方法を調べた論文です。",
        "Counting What We Count",
        'id="2304.90007"',
        "小さな行の作り方</h2>",
        "Counting What We Count",
        '<a href="/authors/aiko-mori/">Aiko Mori</a>, <a href="/authors/ben-ito/">Ben Ito</a>',
        '<time datetime="2023-04-04">',
        '<time datetime="2023-04-05">',
        'href="https://arxiv.org/abs/2304.90007v2"',
        'href="https://arxiv.org/pdf/2304.90007v2"',
        '<a href="/categories/cs.CL/">Computation and Language</a>, <a href="/categories/cs.LG/">',
        "小さな行を作る方法を提案し",
        'id="2304.90007-q1"',
        "何を調べましたか？",
        "一台の計算機で三時間ずつ",
        "Evidence: 1 quote, p. 1",
        "https://arxiv.org/pdf/2304.90007v2#page=1",
    ]
    place = 0
    for part in parts:
        assert part in html[place:], f"{part} is missing, or stands too early"
        place = html.index(part, place)


def test_the_two_dates_are_those_of_arxiv_in_utc(reader: Client) -> None:
    """17:59 UTC is the next day in Tokyo."""
    edition = make_edition()
    assert '<time datetime="2023-04-04">' in page(reader, edition)
    assert '<time datetime="2023-04-05">' not in page(reader, edition)


def test_a_long_list_of_authors_is_folded_after_five(reader: Client) -> None:
    names = tuple(f"Author Number{n}" for n in range(22))
    issue = make_issue()
    make_written_entry(issue, version=make_version(authors=names))
    html = page(reader, make_edition(issue))
    assert "and 17 others" in html
    folded = html[html.index("and 17 others") :]
    unfolded = html[: html.index("and 17 others")]
    assert "Number4</a>" in unfolded
    assert "Number5</a>" not in unfolded
    assert "Number21</a>" in folded


def test_five_authors_are_not_folded(reader: Client) -> None:
    names = tuple(f"Author Number{n}" for n in range(5))
    issue = make_issue()
    entry = make_written_entry(issue, version=make_version(authors=names))
    html = page(reader, make_edition(issue))
    facts = html[html.index('<dl class="facts">') : html.index(f'id="{entry.paper.slug}-summary"')]
    assert "Number4" in facts
    assert "<details>" not in facts


def test_two_categories_of_one_name_show_their_codes(reader: Client) -> None:
    issue = make_issue()
    make_written_entry(issue, version=make_version(categories=("cs.LG", "stat.ML")))
    html = page(reader, make_edition(issue))
    assert "Machine Learning (cs.LG), Machine Learning (stat.ML)" in html


def test_evidence_stands_in_one_details_per_text_and_no_mark_in_the_text(reader: Client) -> None:
    issue = make_issue()
    entry = make_written_entry(issue, summary="要点を一つ述べています。[^e1]")
    second = make_evidence(entry, "The mean of five runs is what we report in every table.", page=7)
    make_question(entry, answer=f"表を見ます。[^e1] 平均です。[^e1][^{second.key}]")
    html = page(reader, make_edition(issue))
    assert html.count('<details class="grounds">') == 3
    assert "Evidence: 2 quotes, p. 1, 7" in html
    assert "[^" not in html
    assert "<sup" not in html


def test_a_text_without_evidence_says_so_once_near_its_head(reader: Client) -> None:
    issue = make_issue()
    entry = make_written_entry(issue, evidence_required=False)
    make_question(entry, answer="要旨にあるとおりです。")
    html = page(reader, make_edition(issue))
    assert html.count("Evidence is not shown") == 1
    assert html.index("Evidence is not shown") < html.index('<dl class="facts">')
    with_evidence = page(reader, make_edition())
    assert "Evidence is not shown" not in with_evidence


def test_a_sample_is_marked_on_its_page_and_in_the_lists(reader: Client) -> None:
    issue = make_issue(is_sample=True)
    make_written_entry(issue)
    edition = make_edition(issue)
    for path in (edition.get_absolute_url(), "/", "/issues/"):
        assert '<p class="badge">Sample</p>' in reader.get(path).content.decode()


def test_headings_nest_and_every_link_on_the_page_has_its_place(reader: Client) -> None:
    issue = make_issue()
    for _n in range(3):
        make_written_entry(issue)
    edition = make_edition(issue)
    for path in ("/", "/issues/", edition.get_absolute_url(), "/accounts/login/"):
        outline = Outline(reader.get(path).content.decode())
        assert outline.levels.count(1) == 1
        deeper = zip(outline.levels, outline.levels[1:], strict=False)
        assert all(after <= before + 1 for before, after in deeper), path
        assert len(outline.ids) == len(set(outline.ids))
        here = [link[1:] for link in outline.links if link.startswith("#")]
        assert set(here) <= set(outline.ids)


def test_older_and_newer_are_told_by_time_of_publication(reader: Client) -> None:
    """The week of 2020 was published last."""
    now = timezone.now()
    editions, by = [], make_editor()
    for days_ago, day in ((3, date(2023, 4, 3)), (2, date(2023, 4, 10)), (1, date(2020, 1, 6))):
        issue = make_issue(day)
        make_written_entry(issue)
        edition = make_edition(issue, by=by)
        at = now - timedelta(days=days_ago)
        Edition.objects.filter(pk=edition.pk).update(published_at=at, first_published_at=at)
        editions.append(edition)
    html = page(reader, editions[1])
    assert 'rel="prev" href="/issues/2023-04-03/"' in html
    assert 'rel="next" href="/issues/2020-01-06/"' in html
    assert 'rel="next"' not in page(reader, editions[2])
    assert 'rel="prev"' not in page(reader, editions[0])


def test_a_correction_keeps_the_day_of_publication_and_tells_of_the_change(reader: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    before = datetime(2023, 4, 10, 16, 0, tzinfo=UTC)  # the 11th in Tokyo
    Edition.objects.filter(pk=edition.pk).update(published_at=before, first_published_at=before)
    assert "Changed" not in page(reader, edition)
    correct(edition.issue, "新しい要約です。", by)
    html = page(reader, edition)
    assert '<time datetime="2023-04-11T01:00:00+09:00">' in html
    assert "Changed" in html
    assert "新しい要約です。" in html


def correct(issue: Issue, summary: str, by: Any) -> None:
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"summary": f"{summary}[^e1]"}, by=by)
    workflow.approve(entry, by=by)
    workflow.publish(issue, by=by, change=Edition.Change.CORRECTION)


# ── what is never shown ─────────────────────────────────────────────────────────────────────────
def test_a_draft_is_on_no_page(reader: Client) -> None:
    shown = make_edition()
    draft = make_issue(title=DESK_WORDS)
    make_written_entry(draft, title_ja=DESK_WORDS)
    assert reader.get(f"/issues/{draft.slug}/").status_code == 404
    for path in ("/", "/issues/", shown.get_absolute_url()):
        html = reader.get(path).content.decode()
        assert DESK_WORDS not in html
        assert draft.slug not in html


def test_what_is_typed_on_a_published_issue_waits_for_the_next_edition(reader: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    before = page(reader, edition)
    entry = edition.issue.entries.get()
    save_card(entry, entry.row_version, {"summary": DESK_WORDS}, by=by)
    assert page(reader, edition) == before


def test_what_was_taken_back_is_410_and_in_no_list(reader: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    workflow.take_back(edition.issue, by=by)
    response = reader.get(edition.get_absolute_url())
    assert response.status_code == 410
    assert "taken back" in response.content.decode()
    assert edition.title not in response.content.decode()
    assert edition.slug not in reader.get("/").content.decode()
    assert edition.slug not in reader.get("/issues/").content.decode()
    workflow.put_back(edition.issue, by=by)
    assert reader.get(edition.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("slug", ["2099-01-01", "nonsense", "%00", "2023-04-03%0d%0a"])
def test_an_issue_that_never_was_is_404(reader: Client, slug: str) -> None:
    assert reader.get(f"/issues/{slug}/").status_code == 404


@pytest.mark.parametrize("name", ["home", "archive", "feed", "healthz", "readyz", "robots"])
def test_a_public_address_is_for_reading_only(reader: Client, name: str) -> None:
    assert reader.post(reverse(f"public:{name}")).status_code == 405
    assert reader.head(reverse(f"public:{name}")).status_code == 200


def test_an_article_is_for_reading_only(reader: Client) -> None:
    assert reader.post(make_edition().get_absolute_url()).status_code == 405


@pytest.mark.parametrize("who", ["stranger", "editor"])
def test_public_pages_set_no_cookie_and_do_not_vary_by_one(who: str) -> None:
    edition = make_edition()
    client = Client(raise_request_exception=False)
    if who == "editor":
        client.force_login(make_editor())
    for path in ("/", "/issues/", edition.get_absolute_url(), "/feed/", "/nowhere/"):
        response = client.get(path)
        assert not response.cookies
        assert "Cookie" not in response.headers.get("Vary", "")


def test_pages_ask_no_other_host_and_carry_no_inline_code(reader: Client) -> None:
    for path in ("/", "/issues/", make_edition().get_absolute_url(), "/accounts/login/"):
        for tag, attrs in Outline(reader.get(path).content.decode()).tags:
            assert "style" not in attrs
            assert not any(name.startswith("on") for name in attrs)
            if attrs.get("type") == "application/ld+json":
                continue  # data that no browser runs
            if tag in ("script", "img") or (tag == "link" and attrs.get("rel") != "canonical"):
                assert str(attrs.get("src") or attrs.get("href")).startswith("/")


# ── hostile words ───────────────────────────────────────────────────────────────────────────────
def poison(edition: Edition) -> None:
    """As if every guard before had failed. A database may refuse NUL by itself."""
    evil = EVIL if connection.vendor == "sqlite" else EVIL.replace("\x00", "")
    Edition.objects.filter(pk=edition.pk).update(title=evil, description=evil, source_name=evil)
    edition.entries.update(
        title=evil * 10,
        title_ja=evil[:40],
        one_liner=evil[:60],
        authors=[evil.replace("\x00", "")] * 3000,
        url="javascript:alert(1)",
        pdf_url=" JavaScript:alert(1)//.pdf",
    )
    for entry in edition.entries.all():
        entry.questions.update(question=evil)


def test_hostile_titles_break_no_page(reader: Client) -> None:
    edition = make_edition()
    poison(edition)
    for path in ("/", "/issues/", edition.get_absolute_url()):
        html = reader.get(path).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;題名" in html
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufffe]", html)
        assert "javascript:" not in html.lower()
        assert Outline(html).levels


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""])
def test_only_an_address_of_the_web_becomes_a_link(url: str) -> None:
    assert web_address(url) == ""
    assert web_address("https://arxiv.org/abs/2304.90001v1") == "https://arxiv.org/abs/2304.90001v1"


def test_a_quote_without_page_section_or_address_is_still_told() -> None:
    quote = {"key": "e1", "page": None, "section": "", "text": "We measure it.", "url": ""}
    grounds = grounds_of([{"sentence": "測ります。", "quotes": [quote]}])
    assert grounds is not None
    assert (grounds.count, grounds.pages) == (1, "")
    assert grounds_of([]) is None


# ── lists ───────────────────────────────────────────────────────────────────────────────────────
def make_shelf(count: int) -> None:
    """Editions without entries, a week apart, by their rows alone."""
    first = make_edition()
    for n in range(1, count):
        issue = make_issue(date(2018, 1, 1) + timedelta(weeks=n), state=Issue.State.PUBLISHED)
        values = {f: getattr(first, f) for f in ("number", "change", "count_line", "description")}
        at = first.published_at - timedelta(weeks=n)
        issue.current_edition = Edition.objects.create(
            issue=issue,
            slug=issue.slug,
            title=f"題{n}",
            first_on=issue.first_on,
            last_on=issue.last_on,
            published_at=at,
            first_published_at=at,
            **values,
        )
        issue.save(update_fields=["current_edition"])


def test_home_shows_twenty_issues_a_page_and_each_once(reader: Client) -> None:
    make_shelf(25)
    first, second = (reader.get(f"/?page={n}").content.decode() for n in (1, 2))
    slugs = [
        re.findall(r'<h[23][^>]*><a href="/issues/([^/]+)/"', html) for html in (first, second)
    ]
    assert [len(found) for found in slugs] == [20, 5]
    assert len(set(slugs[0] + slugs[1])) == 25
    assert '<link rel="next" href="?page=2">' in first
    assert '<link rel="prev" href="?page=1">' in second
    assert f'rel="canonical" href="{settings.SITE_URL}/?page=2"' in second
    assert "Newest issue" in first
    assert "Newest issue" not in second


@pytest.mark.parametrize("number", ["0", "-1", "3", "x", "9" * 40, "", "%00"])
def test_a_page_out_of_range_is_404(reader: Client, number: str) -> None:
    make_edition()
    assert reader.get(f"/?page={number}").status_code == 404


def test_the_archive_shows_a_year_and_names_the_others(reader: Client) -> None:
    for day in (date(2021, 12, 27), date(2022, 1, 3)):
        issue = make_issue(day)
        make_written_entry(issue)
        make_edition(issue)
    newest = reader.get("/issues/").content.decode()
    assert "/issues/2022-01-03/" in newest
    assert "/issues/2021-12-27/" not in newest
    assert 'href="?year=2021"' in newest
    assert "/issues/2021-12-27/" in reader.get("/issues/?year=2021").content.decode()


@pytest.mark.parametrize("year", ["1999", "x", "0", "99999999999", "２０２３"])
def test_a_year_without_issues_is_404(reader: Client, year: str) -> None:
    make_edition()
    assert reader.get("/issues/", {"year": year}).status_code == 404


def test_an_empty_home_says_what_this_is_and_what_to_do(reader: Client) -> None:
    html = reader.get("/").content.decode()
    assert "No issue has been published yet" in html
    assert Masthead().description in html
    assert f'href="{reverse("admin:index")}"' in html
    assert reader.get("/issues/").status_code == 200


# ── how much is asked ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("size", [1, 6])
def test_an_article_that_is_not_kept_yet_takes_five_queries_whatever_its_size(
    reader: Client, django_assert_num_queries: Any, size: int
) -> None:
    make_shelf(3)
    issue = make_issue()
    for _n in range(size):
        entry = make_written_entry(issue)
        for _m in range(size):
            make_question(entry, answer="三時間です。[^e1]")
    edition = make_edition(issue)
    reader.get("/issues/")  # after which the site's name is known
    with django_assert_num_queries(5):
        page(reader, edition)


@pytest.mark.parametrize("size", [1, 25])
def test_lists_take_the_same_queries_whatever_their_size(
    reader: Client, django_assert_num_queries: Any, size: int
) -> None:
    make_shelf(size)
    for path in ("/", "/issues/"):
        reader.get(path)  # after which the site's name, size and years are known
    with django_assert_num_queries(3):
        reader.get("/")
    with django_assert_num_queries(2):
        reader.get("/issues/")


def test_lists_load_no_bodies(reader: Client, django_assert_max_num_queries: Any) -> None:
    make_edition()
    with django_assert_max_num_queries(10) as asked:
        reader.get("/")
        reader.get("/issues/")
    columns = " ".join(query["sql"] for query in asked.captured_queries)
    assert "title_ja" in columns
    for body in ("summary_html", "answer_html", "introduction_html", "fingerprint"):
        assert body not in columns


def test_a_page_that_has_not_changed_is_304(reader: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    first = reader.get(edition.get_absolute_url())
    again = {"If-None-Match": first.headers["ETag"]}
    assert reader.get(edition.get_absolute_url(), headers=again).status_code == 304
    correct(edition.issue, "直した要約です。", by)
    assert reader.get(edition.get_absolute_url(), headers=again).status_code == 200


def test_addresses_come_from_the_settings_and_never_from_the_host(settings: Any) -> None:
    settings.SITE_URL = "http://localhost:8000"
    settings.ALLOWED_HOSTS = ["elsewhere.example"]
    edition = make_edition()
    client = Client(headers={"host": "elsewhere.example"})
    html = client.get(edition.get_absolute_url()).content.decode()
    assert f'rel="canonical" href="http://localhost:8000{edition.get_absolute_url()}"' in html
    assert "elsewhere.example" not in html


# ── those who watch over it ─────────────────────────────────────────────────────────────────────
def broken_database(*_: Any) -> None:
    raise OperationalError("the connection is closed")


def test_healthz_asks_nothing_of_the_database(reader: Client) -> None:
    with connection.execute_wrapper(broken_database):
        response = reader.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_is_fine_without_a_worker_while_nothing_is_queued(reader: Client) -> None:
    response = reader.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "database": True,
        "worker": False,
        "open_jobs": 0,
        "problems": [],
    }


def test_readyz_says_that_work_waits_for_a_worker(reader: Client) -> None:
    make_entry_job(make_entry())
    response = reader.get("/readyz")
    assert response.status_code == 503
    assert response.json()["problems"] == ["no-worker-for-3-minutes"]
    jobs.heartbeat("worker@here")
    assert reader.get("/readyz").status_code == 200


def test_readyz_says_that_the_database_is_down(reader: Client) -> None:
    with connection.execute_wrapper(broken_database):
        response = reader.get("/readyz")
    assert response.status_code == 503
    assert response.json()["problems"] == ["database-unreachable"]


def test_a_page_without_database_is_503_with_a_page_of_our_own(reader: Client) -> None:
    with connection.execute_wrapper(broken_database):
        response = reader.get("/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert "The site is resting" in response.content.decode()


def test_a_fault_of_ours_is_500_with_a_page_of_our_own(reader: Client) -> None:
    def fault(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    with connection.execute_wrapper(fault):
        response = reader.get("/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_a_broken_request_is_400_with_a_page_of_our_own(reader: Client) -> None:
    def suspicious(*_: Any) -> None:
        raise SuspiciousOperation("a broken request")

    with connection.execute_wrapper(suspicious):
        response = reader.get("/")
    assert response.status_code == 400
    assert "could not be understood" in response.content.decode()


def test_an_unknown_host_is_400(reader: Client) -> None:
    assert reader.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_form_without_its_token_gets_a_page_of_our_own() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "a", "password": "b"})
    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()


def test_robots_are_told_where_not_to_go_but_not_where_the_admin_is(
    reader: Client, settings: Any
) -> None:
    body = reader.get("/robots.txt").content.decode()
    assert "Disallow: /accounts/" in body
    assert settings.ADMIN_PATH not in body


# ── the editors' door ───────────────────────────────────────────────────────────────────────────
def test_an_editor_signs_in_and_a_wrong_password_is_told(reader: Client) -> None:
    make_editor("mari")
    wrong = reader.post("/accounts/login/", {"login": "mari", "password": "not this one"})
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.content.decode()
    right = reader.post("/accounts/login/", {"login": "mari", "password": "a long enough password"})
    assert right.status_code == 302
    assert right.headers["Location"] == reverse("admin:index")
    out = reader.get("/accounts/logout/").content.decode()
    assert "What you have saved stays saved." in out


def test_sign_in_offers_no_way_to_sign_up(reader: Client) -> None:
    assert "signup" not in reader.get("/accounts/login/").content.decode()


def test_entries_of_an_edition_stay_what_they_were_when_the_paper_is_updated(
    reader: Client,
) -> None:
    edition = make_edition()
    paper = EditionEntry.objects.get(edition=edition).paper
    before = page(reader, edition)
    make_version(str(paper.arxiv_id), 2, title="Another Title")
    assert page(reader, edition) == before
