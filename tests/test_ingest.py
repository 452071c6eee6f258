"""Papers and versions are written once, never changed, and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction

from papers import ingest
from papers.arxiv import ArxivError
from papers.fulltext import HiddenRun, Text
from papers.fulltext import Passage as Piece
from papers.identifiers import ArxivId
from papers.models import (
    Author,
    FullText,
    Lane,
    Paper,
    Passage,
    UploadedPdf,
    Version,
)
from tests.factories import make_record, make_version
from tests.local_arxiv import PAPERS, LocalArxiv

real_world = pytest.mark.django_db(transaction=True)
TYPED = ingest.Typed("A Report", ("Ann Author", "Ben Writer"), date(2023, 4, 11), "https://a.b/c")


@pytest.fixture
def arxiv(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as site:
        settings.ARXIV_API_URL, settings.ARXIV_PDF_URL = site.api_url, site.pdf_url
        yield site


def columns_of(version: Version) -> dict[str, Any]:
    return Version.objects.filter(pk=version.pk).values().get()


def a_text(*pieces: str) -> Text:
    passages = tuple(Piece(f"p01-{n:02}", 1, "1 Intro", "body", t) for n, t in enumerate(pieces, 1))
    return Text(1, passages, (HiddenRun(1, "white", "unseen" * 200),), "test 1", "0" * 64)


# ── versions ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_record_is_stored_as_arxiv_has_it() -> None:
    record = make_record("2304.99901", 3, doi="10.1/x", journal_ref="J 1", comment="9 pages")
    report = ingest.store([record])
    assert report.created == ["2304.99901v3"]
    version = Version.objects.with_people().get()
    assert (version.title, version.abstract, version.comment) == (
        record.title, record.abstract, "9 pages",
    )  # fmt: skip
    assert (version.doi, version.journal_ref, version.pdf_url) == ("10.1/x", "J 1", record.pdf_url)
    assert (version.published_at, version.updated_at) == (record.published_at, record.updated_at)
    assert version.author_names == ["Aiko Mori", "Ben Ito"]
    assert version.category_codes == ["cs.CL", "cs.LG"]
    assert version.primary_category and version.primary_category.code == "cs.CL"
    assert version.passages.get(key="abs").text == record.abstract


@pytest.mark.django_db
def test_storing_twice_is_the_same_as_once() -> None:
    record = make_record()
    ingest.store([record])
    report = ingest.store([record, record])
    assert (report.created, len(report.unchanged)) == ([], 2)
    assert (Paper.objects.count(), Version.objects.count(), Passage.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_a_stored_version_never_changes_and_a_new_one_stands_beside_it() -> None:
    old = make_version("2304.99901", 1)
    before = columns_of(old)
    ingest.store([make_record("2304.99901", 1, title="Changed", authors=("Someone Else",))])
    ingest.store([make_record("2304.99901", 2, title="Newer")])
    assert columns_of(old) == before
    assert old.author_names == ["Aiko Mori", "Ben Ito"]
    assert [v.title for v in Version.objects.filter(paper=old.paper)] == ["Newer", before["title"]]


@pytest.mark.django_db
def test_one_bad_record_loses_no_other() -> None:
    good, bad = make_record(), make_record(title=None)
    with pytest.raises(Exception, match=r"(?i)not null|TypeError|subscriptable"):
        ingest.store([good, bad])
    assert [v.title for v in Version.objects.all()] == [good.title]


@pytest.mark.django_db
def test_names_in_any_script_and_of_one_spelling_keep_their_order_and_their_pages() -> None:
    names = ("李 明", "Zoë Q.", "Zoe Q", "李 明", "山田 太郎")
    version = make_version(authors=names)
    assert version.author_names == list(names)
    assert Author.objects.count() == 4
    slugs = set(Author.objects.values_list("slug", flat=True))
    assert len(slugs) == 4 and all(slug.isascii() for slug in slugs)


@pytest.mark.django_db
def test_a_samples_facts_are_completed_by_arxivs_own_record_and_then_stay() -> None:
    version = make_version("2304.99901", 1, abstract="")
    Version.objects.update(origin=Version.Origin.SAMPLE)
    report = ingest.store([make_record("2304.99901", 1, title="As arXiv has it")])
    assert report.completed == ["2304.99901v1"]
    version.refresh_from_db()
    assert (version.title, version.origin) == ("As arXiv has it", "arxiv")
    assert version.abstract


# ── asking arXiv ────────────────────────────────────────────────────────────────────────────────
@real_world
def test_what_was_asked_is_matched_with_what_came(arxiv: LocalArxiv) -> None:
    ids = [ArxivId("2304.99008"), ArxivId("2304.99008", 1), ArxivId("2304.98888"), ArxivId("x y")]
    found = ingest.fetch(ids)
    assert {k: v.number for k, v in found.versions.items()} == {"2304.99008": 3, "2304.99008v1": 1}
    assert (found.missing, found.malformed) == (("2304.98888",), ("x y",))
    assert len(arxiv.asked("api")) == 1


@real_world
def test_an_old_style_id_and_its_slug(arxiv: LocalArxiv) -> None:
    found = ingest.fetch([ArxivId("cs/0304999")])
    assert found.versions["cs/0304999"].paper.slug == "cs_0304999"


@real_world
def test_a_retry_after_holds_everybody_off_the_lane(arxiv: LocalArxiv) -> None:
    arxiv.script("api", "429:120")
    with pytest.raises(ArxivError) as raised:
        ingest.fetch([ArxivId("2304.99001")])
    assert (raised.value.code, raised.value.retry_after) == ("rate-limited", 120)
    lane = Lane.objects.get(name="api")
    assert lane.leased_until is None
    with pytest.raises(ingest.pace.LaneBusy) as busy:
        ingest.fetch([ArxivId("2304.99001")], patience=0)
    assert busy.value.seconds > 100
    assert len(arxiv.asked("api")) == 1 and not Paper.objects.exists()


@pytest.mark.django_db
def test_arxiv_is_never_asked_within_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        ingest.fetch([ArxivId("2304.99001")])


@real_world
def test_as_of_a_day_older_versions_are_asked_for_once(arxiv: LocalArxiv) -> None:
    ids = [ArxivId("2304.99001"), ArxivId("2304.99008"), ArxivId("2304.99009")]
    found = ingest.fetch_as_of(ids, date(2023, 4, 12))
    assert {k: v.number for k, v in found.versions.items()} == {"2304.99001": 1, "2304.99008": 2}
    assert found.missing == ("2304.99009",)
    assert len(arxiv.asked("api")) == 2


@real_world
def test_as_of_the_day_itself_counts_to_its_end_in_utc(arxiv: LocalArxiv) -> None:
    day = PAPERS["2304.99001"].newest.updated_at.date()
    found = ingest.fetch_as_of([ArxivId("2304.99001")], day)
    assert found.versions["2304.99001"].number == 2


# ── external papers ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_an_external_paper_has_what_was_typed_and_no_arxiv_id() -> None:
    version = ingest.store_typed(TYPED)
    assert (version.paper.arxiv_id, version.number, version.origin) == (None, 1, "typed")
    assert version.author_names == ["Ann Author", "Ben Writer"]
    assert version.published_at == datetime(2023, 4, 11, tzinfo=UTC)
    assert (version.url, version.pdf_url) == ("https://a.b/c", "")
    assert not ingest.has_source_of_text(version)


@pytest.mark.django_db
def test_details_typed_again_are_the_next_version_and_the_first_stays() -> None:
    first = ingest.store_typed(TYPED)
    before = columns_of(first)
    corrected = ingest.Typed("Corrected", TYPED.authors, TYPED.published_on)
    second = ingest.store_typed(corrected, first.paper)
    assert (second.paper, second.number) == (first.paper, 2)
    assert columns_of(first) == before


@pytest.mark.django_db
def test_a_pdf_that_waits_to_be_read_goes_with_corrected_details() -> None:
    first = ingest.store_typed(ingest.Typed("A Report", ("A",), date(2023, 4, 11), pdf=b"%PDF-1"))
    second = ingest.store_typed(TYPED, first.paper)
    assert ingest.has_source_of_text(second)
    assert bytes(UploadedPdf.objects.get().content) == b"%PDF-1"
    third = ingest.store_typed(
        ingest.Typed("A Report", ("A",), date(2023, 4, 11), pdf=b"%PDF-2"), first.paper
    )
    assert bytes(UploadedPdf.objects.get(version=third).content) == b"%PDF-2"


@pytest.mark.django_db
def test_a_paper_whose_pdf_has_been_read_still_has_a_text() -> None:
    """Its upload has gone by then; another issue may want the paper too."""
    version = ingest.store_typed(ingest.Typed("A", ("A",), date(2023, 4, 11), pdf=b"%PDF-1"))
    ingest.store_text(version, a_text("One passage."))
    assert not UploadedPdf.objects.exists()
    assert ingest.has_source_of_text(version)


# ── text ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_text_is_kept_once_and_the_first_one_stays() -> None:
    version = make_version()
    ingest.store_text(version, a_text("The first."))
    ingest.store_text(version, a_text("Another.", "And more."))
    assert [p.text for p in version.passages.exclude(key="abs")] == ["The first."]
    full_text = FullText.objects.get()
    assert full_text.hidden == [{"page": 1, "reason": "white", "text": ("unseen" * 200)[:500]}]


@pytest.mark.django_db
def test_arxivs_abstract_stands_in_for_that_of_the_pdf() -> None:
    version = make_version()
    printed = Piece("p01-01", 1, "Abstract", "abstract", "As printed.")
    ingest.store_text(version, Text(1, (printed,), (), "test 1", "0" * 64))
    (passage,) = version.passages.all()
    assert (passage.key, passage.page) == ("abs", None)


@real_world
def test_a_pdf_is_fetched_by_its_version_and_not_kept(arxiv: LocalArxiv) -> None:
    ingest.fetch([ArxivId("2304.99001", 1)])
    version = Version.objects.get()
    text = ingest.read_text(version)
    assert text.passages and text.pages >= 1
    assert [a.path for a in arxiv.asked("pdf")] == ["/pdf/2304.99001v1"]
    assert not FullText.objects.exists()  # reading writes nothing
