"""The one writer of papers, versions and their text. Twice is the same as once."""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from papers import arxiv, pace, passages
from papers.arxiv import ArxivConfig, ArxivError, Record
from papers.fulltext import Text, extract_in_child
from papers.identifiers import ArxivId, slug_of
from papers.models import (
    Author,
    Authorship,
    Category,
    FullText,
    Listing,
    Paper,
    Passage,
    UploadedPdf,
    Version,
    slug_for_name,
)
from papers.taxonomy import category_name

LETTERS = string.ascii_lowercase + string.digits
MAX_IDS = 100


@dataclass
class Report:
    """What became of the records, by "idvN"."""

    created: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """What arXiv answered: versions by the id that was asked (as written, "id" or "idvN"), and the
    ids that it does not know or cannot read."""

    versions: dict[str, Version]
    missing: tuple[str, ...]
    malformed: tuple[str, ...]


def config() -> ArxivConfig:
    return ArxivConfig(
        api_url=settings.ARXIV_API_URL,
        pdf_url=settings.ARXIV_PDF_URL,
        contact=settings.ARXIV_CONTACT,
        api_gap=settings.LANE_GAPS["api"],
    )


def fetch(ids: Sequence[ArxivId], *, patience: float = 60.0) -> Found:
    """Ask arXiv for all ids in one request (by hundreds) and store what it answers.

    Raises ArxivError, and pace.LaneBusy when the lane is not free within `patience` seconds.
    """
    records: list[Record] = []
    missing: list[str] = []
    malformed: list[str] = []
    for start in range(0, len(ids), MAX_IDS):
        answer = _ask(ids[start : start + MAX_IDS], patience)
        records += answer.records
        missing += answer.missing
        malformed += answer.malformed
    store(records)
    plain = [i.id for i in ids if i.version is None]
    Paper.objects.filter(arxiv_id__in=plain).update(checked_at=timezone.now())
    return Found(_match(ids, records), tuple(missing), tuple(malformed))


def _ask(ids: Sequence[ArxivId], patience: float) -> arxiv.Answer:
    with pace.slot("api", patience=patience):
        try:
            return arxiv.fetch_records(ids, config())
        except ArxivError as error:
            if error.retry_after:
                pace.hold_off("api", error.retry_after)
            raise


def _match(ids: Sequence[ArxivId], records: Sequence[Record]) -> dict[str, Version]:
    by_key = {(r.arxiv_id, r.version): r for r in records}
    newest = {r.arxiv_id: r for r in sorted(records, key=lambda r: r.version)}
    found = {}
    for asked in ids:
        record = by_key.get((asked.id, asked.version)) if asked.version else newest.get(asked.id)
        if record:
            found[str(asked)] = Version.objects.get(
                paper__arxiv_id=record.arxiv_id, number=record.version
            )
    return found


def fetch_as_of(ids: Sequence[ArxivId], day: date, *, patience: float = 60.0) -> Found:
    """The versions that stood at the end of `day` (UTC): for papers that have moved on since, all
    their older versions are asked for, in one more request. A paper that did not exist yet on that
    day counts as missing."""
    newest = fetch([ArxivId(i.id) for i in ids], patience=patience)
    end = datetime.combine(day, time.max, tzinfo=UTC)
    late = [v for v in newest.versions.values() if v.updated_at > end]
    older = [ArxivId(v.paper.arxiv_id or "", n) for v in late for n in range(1, v.number)]
    if older:
        fetch(older, patience=patience)
    stood: dict[str, Version] = {}
    missing = list(newest.missing)
    for asked in newest.versions:
        version = Version.objects.filter(paper__arxiv_id=asked, updated_at__lte=end).first()
        if version:
            stood[asked] = version
        else:
            missing.append(asked)
    return Found(stood, tuple(missing), newest.malformed)


def store(records: Sequence[Record]) -> Report:
    """Upsert by id and version. A stored version never changes; only a sample's version, which has
    facts and no abstract, is completed by arXiv's own record."""
    report = Report()
    for record in records:
        with transaction.atomic():
            _store_one(record, report)
    return report


def _store_one(record: Record, report: Report) -> None:
    key = f"{record.arxiv_id}v{record.version}"
    paper = paper_for(record.arxiv_id)
    known = Version.objects.filter(paper=paper, number=record.version).first()
    if known and known.origin != Version.Origin.SAMPLE:
        report.unchanged.append(key)
        return
    version = known or Version(paper=paper, number=record.version)
    _copy(record, version)
    version.save()
    set_people(version, record.authors)
    set_categories(version, record.categories)
    keep_abstract(version)
    (report.completed if known else report.created).append(key)


def paper_for(arxiv_id: str) -> Paper:
    paper, _ = Paper.objects.get_or_create(arxiv_id=arxiv_id, defaults={"slug": slug_of(arxiv_id)})
    return paper


def _copy(record: Record, version: Version) -> None:
    version.origin = Version.Origin.ARXIV
    version.title = record.title[:1000]
    version.abstract = record.abstract
    version.published_at = record.published_at
    version.updated_at = record.updated_at
    version.comment = record.comment
    version.doi = record.doi[:300]
    version.journal_ref = record.journal_ref
    version.url = record.abs_url
    version.pdf_url = record.pdf_url
    version.is_withdrawn = record.is_withdrawn
    version.primary_category = category_for(record.primary_category)


def category_for(code: str) -> Category:
    category, _ = Category.objects.get_or_create(code=code, defaults={"name": category_name(code)})
    return category


def set_people(version: Version, names: Sequence[str]) -> None:
    """Authors as printed, in order, at most 300 characters each; one printed twice stands twice."""
    names = [name[:300] for name in names]
    known = {a.name: a for a in Author.objects.filter(name__in=set(names))}
    for name in names:
        if name not in known:
            slug = slug_for_name(name, lambda s: Author.objects.filter(slug=s).exists())
            known[name], _ = Author.objects.get_or_create(name=name, defaults={"slug": slug})
    version.authorships.all().delete()
    Authorship.objects.bulk_create(
        Authorship(version=version, author=known[name], position=n)
        for n, name in enumerate(names, 1)
    )


def set_categories(version: Version, codes: Sequence[str]) -> None:
    version.listings.all().delete()
    Listing.objects.bulk_create(
        Listing(version=version, category=category_for(code), position=n)
        for n, code in enumerate(codes, 1)
    )


def keep_abstract(version: Version) -> None:
    """The abstract as arXiv has it is a passage too, without a page."""
    if not version.abstract:
        return
    Passage.objects.update_or_create(
        version=version,
        key="abs",
        defaults={
            "position": 0,
            "section": "Abstract",
            "kind": Passage.Kind.ABSTRACT,
            "text": " ".join(version.abstract.split()),
        },
    )


@dataclass(frozen=True)
class Typed:
    """An external paper as an editor typed it."""

    title: str
    authors: tuple[str, ...]
    published_on: date
    url: str = ""
    abstract: str = ""
    pdf: bytes = b""


@transaction.atomic
def store_typed(typed: Typed, paper: Paper | None = None) -> Version:
    """An external paper's next version; the first makes the paper. A PDF that waits to be read goes
    with the details, unless another one comes."""
    paper = paper or Paper.objects.create(slug=_free_slug())
    newest = paper.newest()
    day = datetime.combine(typed.published_on, time.min, tzinfo=UTC)
    version = Version.objects.create(
        paper=paper,
        number=newest.number + 1 if newest else 1,
        origin=Version.Origin.TYPED,
        title=typed.title,
        abstract=typed.abstract,
        published_at=newest.published_at if newest else day,
        updated_at=day,
        url=typed.url,
        pdf_url=typed.url if typed.url.lower().endswith(".pdf") else "",
    )
    set_people(version, typed.authors)
    keep_abstract(version)
    if typed.pdf:
        UploadedPdf.objects.create(version=version, content=typed.pdf)
    elif newest:
        UploadedPdf.objects.filter(version=newest).update(version=version)
    return version


def _free_slug() -> str:
    while True:
        slug = "x-" + "".join(secrets.choice(LETTERS) for _ in range(8))
        if not Paper.objects.filter(slug=slug).exists():
            return slug


def passages_of(version: Version) -> tuple[passages.Passage, ...]:
    """The version's text as plain records, in order; the abstract first."""
    return tuple(
        passages.Passage(p.key, p.page, p.section, p.kind, p.text) for p in version.passages.all()
    )


def has_source_of_text(version: Version) -> bool:
    """Whether there is anything to read: arXiv's PDF, an uploaded one, or what was read from it."""
    return (
        not version.paper.is_external
        or UploadedPdf.objects.filter(version=version).exists()
        or FullText.objects.filter(version=version).exists()
    )


def read_text(version: Version, *, patience: float = 60.0) -> Text:
    """The text of the version's PDF, which is not kept. Writes nothing.

    Raises ArxivError, FulltextError, and pace.LaneBusy as `fetch` does.
    """
    with TemporaryDirectory(prefix="pdf-") as folder:
        pdf = Path(folder) / "paper.pdf"
        uploaded = UploadedPdf.objects.filter(version=version).first()
        if uploaded:
            pdf.write_bytes(uploaded.content)
        else:
            _download(version, pdf, patience)
        return extract_in_child(pdf, title=version.title)


def _download(version: Version, target: Path, patience: float) -> None:
    url = arxiv.pdf_url_for(version.paper.arxiv_id or "", version.number, config())
    with pace.slot("pdf", patience=patience) as turn:
        try:
            arxiv.fetch_pdf(url, target, config(), on_answer=turn.answered)
        except ArxivError as error:
            if error.retry_after:
                pace.hold_off("pdf", error.retry_after)
            raise


@transaction.atomic
def store_text(version: Version, text: Text) -> None:
    """Keep the passages, once; an uploaded PDF has then served."""
    if FullText.objects.filter(version=version).exists():
        return
    FullText.objects.create(
        version=version,
        sha256=text.sha256,
        extractor=text.extractor,
        pages=text.pages,
        hidden=[{"page": h.page, "reason": h.reason, "text": h.text[:500]} for h in text.hidden],
    )
    has_abstract = bool(version.abstract)  # then the PDF's own would stand there twice
    kept = [p for p in text.passages if not (has_abstract and p.kind == Passage.Kind.ABSTRACT)]
    Passage.objects.bulk_create(
        Passage(
            version=version,
            position=n,
            key=p.key,
            page=p.page,
            section=p.section[:300],
            kind=p.kind,
            text=p.text,
        )
        for n, p in enumerate(kept, 1)
    )
    UploadedPdf.objects.filter(version=version).delete()
