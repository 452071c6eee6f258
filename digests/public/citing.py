"""How the papers of an edition are cited: what the page shows, and what the files hold."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from digests.models import Edition, EditionEntry, EditionQuerySet
from digests.public.article import web_address
from papers import citations
from papers.citations import Citable
from papers.cleaning import clean_line
from papers.models import Version

# A page shows no more authors than this; the files name them all.
AUTHORS_SHOWN = 100


@dataclass(frozen=True)
class Citation:
    """`coins` is the title of the span that Zotero looks for; `doi` is the paper's own; `is_cut`
    where the page does not name all authors."""

    slug: str
    bibtex: str
    is_cut: bool
    coins: str
    doi: str


def with_dois(editions: EditionQuerySet) -> EditionQuerySet:
    """With the little of each `entry.version` that citing needs, in one more query."""
    return editions.prefetch_related(Prefetch("entries__version", Version.objects.only("doi")))


def citable_of(entry: EditionEntry) -> Citable:
    """The version that the edition speaks of; `entry.version` must have been fetched."""
    codes = [str(category["code"]) for category in entry.categories]
    return Citable(
        slug=entry.slug,
        title=clean_line(entry.title),
        authors=tuple(str(name) for name in entry.authors),
        published_on=entry.published_on,
        url=_address(entry),
        arxiv_id=entry.arxiv_id,
        version=entry.version_number,
        primary_category=codes[0] if codes else "",
        doi=clean_line(entry.version.doi),
    )


def _address(entry: EditionEntry) -> str:
    """With the version: of an arXiv paper made from its id, whatever the stored address says."""
    if entry.arxiv_id:
        return f"https://arxiv.org/abs/{entry.arxiv_id}v{entry.version_number}"
    return web_address(entry.url) or web_address(entry.pdf_url)


def citations_of(edition: Edition) -> list[Citation]:
    """One per entry, in order, of an edition that was fetched with entries and DOIs."""
    return [citation_of(entry) for entry in edition.entries.all()]


def citation_of(entry: EditionEntry) -> Citation:
    """`entry.version` must have been fetched."""
    paper = citable_of(entry)
    return Citation(
        slug=paper.slug,
        bibtex=citations.bibtex([paper], most_authors=AUTHORS_SHOWN),
        is_cut=len(paper.names) > AUTHORS_SHOWN,
        coins=citations.coins(paper, most_authors=AUTHORS_SHOWN),
        doi=citations.own_doi(paper.doi),
    )
