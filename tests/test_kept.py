"""Articles and feed items as they are kept: the same bytes as made anew, and never what is no
longer true."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from digests import comments, tasks, workflow
from digests.models import Edition, EditionPage, Issue, Masthead
from digests.public import frames, house, kept, warming
from digests.public.house import house_now
from papers import ingest
from tests.factories import (
    make_edition,
    make_editor,
    make_evidence,
    make_issue,
    make_question,
    make_record,
    make_version,
    make_written_entry,
)
from tests.test_feeds import FEEDS
from tests.test_public import correct

pytestmark = pytest.mark.django_db
ARTICLE = frames.NAME


@pytest.fixture
def reader() -> Client:
    """Of the site in its own language, which workers keep pages in."""
    return Client(raise_request_exception=False)


def rich(names: int = 30) -> Edition:
    """An article with whatever articles have: quotes, formulas, many authors, an external paper,
    one without evidence; and around it another issue, the same authors and a reader's word."""
    shared, issue = make_version(authors=("Aiko Mori", "Ben Ito")), make_issue()
    for version in (shared, make_version(authors=("Ben Ito",))):
        other = make_issue()
        make_written_entry(other, version=version, title_ja="ほかの号の題")
        make_edition(other)
    many = make_version(
        title="<On> $x^2$ & Rows", authors=tuple(f"Author {n}" for n in range(names))
    )
    typed = ingest.store_typed(
        ingest.Typed(title="外から", authors=("Chie Ueda",), published_on=many.published_on)
    )
    for version in (shared, many, typed):
        entry = make_written_entry(issue, version=version)
        quote = make_evidence(entry, passage_key="")
        make_question(
            entry, "式は何ですか？", f"式は$\\frac{{a}}{{b}}$です。[^{quote.key}]\n- 一\n- 二"
        )
    make_written_entry(issue, evidence_required=False)
    edition = make_edition(issue)
    comments.show([comments.post(edition.issue, "よい記事です <b>。")], by=make_editor())
    last = make_issue()
    make_written_entry(last)
    make_edition(last)
    return edition


def article(reader: Client, edition: Edition) -> str:
    response = reader.get(edition.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


# ── the same bytes ──────────────────────────────────────────────────────────────────────────────
def test_a_kept_article_is_the_one_that_is_made_anew_byte_for_byte(reader: Client) -> None:
    edition = rich(names=300)
    fresh = article(reader, edition)
    assert warming.keep_missing() == 4
    assert EditionPage.objects.filter(name=ARTICLE, edition=edition).exists()
    assert article(reader, edition) == fresh
    for told in (
        "ほかの号の題",
        'rel="prev"',
        'rel="next"',
        "よい記事です",
        "Author 299",
        "<math",
    ):
        assert told in fresh


def test_a_feed_of_kept_items_is_the_one_that_is_made_anew(reader: Client) -> None:
    rich()
    fresh = {path: reader.get(path) for path in FEEDS}
    warming.keep_missing()
    for path, before in fresh.items():
        after = reader.get(path)
        assert after.content == before.content, path
        assert after.headers["ETag"] == before.headers["ETag"]


def test_pages_are_kept_in_the_sites_language_whatever_the_worker_speaks(reader: Client) -> None:
    edition = make_edition()
    fresh = article(reader, edition)
    with translation.override(None):
        warming.keep_missing()
    assert article(reader, edition) == fresh


# ── how much is asked ───────────────────────────────────────────────────────────────────────────
def sized(size: int) -> Edition:
    issue = make_issue()
    for _ in range(size):
        entry = make_written_entry(issue)
        for _ in range(size):
            make_question(entry, answer="三時間です。[^e1]")
    return make_edition(issue)


@pytest.mark.parametrize("size", [1, 6])
@pytest.mark.parametrize(("is_kept", "queries"), [(True, 3), (False, 5)])
def test_an_article_takes_so_many_queries_and_one_more_with_comments(
    reader: Client, django_assert_num_queries: Any, size: int, is_kept: bool, queries: int
) -> None:
    edition = sized(size)
    for more in (0, 1):
        for n in range(more * size):
            comments.show([comments.post(edition.issue, f"その{n}")], by=make_editor())
        if is_kept:
            warming.keep_missing()
        reader.get("/about/")  # after which the site's name is known
        with django_assert_num_queries(queries + more):
            article(reader, edition)


def test_a_feed_of_kept_items_takes_three_queries_and_reads_no_texts(
    reader: Client, django_assert_num_queries: Any
) -> None:
    sized(3)
    warming.keep_missing()
    reader.get("/about/")
    for path in FEEDS:
        with django_assert_num_queries(3) as asked:
            reader.get(path)
        assert "summary_html" not in " ".join(query["sql"] for query in asked.captured_queries)


# ── never what is no longer true ────────────────────────────────────────────────────────────────
def test_publishing_keeps_the_page_and_forgets_that_of_the_edition_before(
    django_capture_on_commit_callbacks: Any,
) -> None:
    by = make_editor()
    with django_capture_on_commit_callbacks(execute=True):
        first = make_edition(by=by)
    assert set(first.pages.values_list("name", flat=True)) == set(EditionPage.Name.values)
    with django_capture_on_commit_callbacks(execute=True):
        correct(first.issue, "直した要約です。", by)
    second = Edition.objects.public().get()
    assert not first.pages.exists()
    assert second.pages.count() == len(EditionPage.Name)


def test_a_page_that_cannot_be_made_does_not_undo_a_publication(
    django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    with django_capture_on_commit_callbacks(execute=True):
        edition = make_edition()
    assert Issue.objects.get(pk=edition.issue_id).state == Issue.State.PUBLISHED
    assert not edition.pages.exists()


def test_a_correction_is_seen_at_once(reader: Client) -> None:
    by = make_editor()
    edition = make_edition(by=by)
    warming.keep_missing()
    correct(edition.issue, "直した要約です。", by)
    for path in (edition.get_absolute_url(), *FEEDS):
        assert "直した要約です。" in reader.get(path).content.decode(), path


def test_what_was_taken_back_is_gone_though_its_page_is_kept(reader: Client) -> None:
    edition = make_edition()
    warming.keep_missing()
    workflow.take_back(edition.issue, by=make_editor())
    assert EditionPage.objects.filter(edition=edition).exists()
    assert reader.get(edition.get_absolute_url()).status_code == 410
    assert edition.slug not in reader.get("/feed/").content.decode()


def test_a_page_made_by_other_code_is_made_anew(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = make_edition()
    fresh = article(reader, edition)
    kept.keep(edition.pk, ARTICLE, b"of another version", made_by="another version")
    assert article(reader, edition) == fresh
    assert warming.keep_missing() == 1
    assert warming.keep_missing() == 0
    monkeypatch.setattr(house, "build", lambda: "the next version")
    house._house.cache_clear()
    assert article(reader, edition) == fresh
    assert warming.keep_missing() == 1
    house._house.cache_clear()


@pytest.mark.parametrize("body", [b"", b"[[],[]]", b"x" * 40 + b"[]"])
def test_an_article_that_was_kept_in_another_form_is_made_anew(reader: Client, body: bytes) -> None:
    """By a worker of the version before, which hashed the new files only after they had come."""
    edition = make_edition()
    fresh = article(reader, edition)
    kept.keep(edition.pk, ARTICLE, body, made_by=house_now().made_by)
    assert article(reader, edition) == fresh


def test_a_new_name_of_the_site_is_seen_at_once(reader: Client) -> None:
    edition = make_edition()
    warming.keep_missing()
    masthead = Masthead.get()
    masthead.name = "週刊論文案内"
    masthead.save()
    assert "週刊論文案内" in article(reader, edition)
    assert "最新論文ノート</a>" not in article(reader, edition)


def test_details_that_take_the_samples_place_are_seen_at_once(reader: Client) -> None:
    version = make_version("2304.90007")
    type(version).objects.filter(pk=version.pk).update(origin=version.Origin.SAMPLE)
    issue = make_issue()
    make_written_entry(issue, version=version)
    edition = make_edition(issue)
    warming.keep_missing()
    ingest.store([make_record("2304.90007", doi="10.1000/rows")])
    assert "10.1000/rows" in article(reader, edition)


def test_the_worker_keeps_the_newest_first_and_not_beyond_its_time(reader: Client) -> None:
    make_edition()
    assert warming.keep_missing(seconds=0) == 0
    assert not EditionPage.objects.filter(name=ARTICLE).exists()
    tasks.warm()
    assert EditionPage.objects.filter(name=ARTICLE).count() == 1


def test_no_word_of_a_text_can_stand_for_a_place_in_the_frame(reader: Client) -> None:
    """Pieces are parted by what nobody knows beforehand, so each text stays where it is."""
    issue = make_issue()
    for n in range(3):
        make_written_entry(issue, title_ja=f"{'0123456789abcdef' * 2}{n}")
    edition = Edition.objects.with_article().get(pk=make_edition(issue).pk)
    frame = frames.made(edition, house_now().masthead)
    assert len(frame.pieces) == len(frame.papers) + 3
    assert settings.SITE_URL.encode() in frame.pieces[0]
