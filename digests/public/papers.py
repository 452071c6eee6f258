"""A paper's own page: what every issue says of it, and the versions that we have seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse

from digests.models import EditionEntry, EditionQuestion
from digests.models.editions import BODIES
from digests.public.article import (
    Answered,
    Headline,
    headline_of,
    paper_card_url,
    presented_of,
    web_address,
)
from digests.public.citing import citation_of
from digests.public.linked_data import paper_data_html
from digests.public.machine import paper_gone
from digests.public.related import public_entries, with_author_slugs
from digests.public.views import public_page, show
from papers.cleaning import clean_line
from papers.models import Version


@dataclass(frozen=True)
class Seen:
    """A version that we know of; `url` is its abstract's page, or empty."""

    number: int
    updated_on: date
    url: str
    is_withdrawn: bool


@dataclass(frozen=True)
class Told:
    """What an issue says of the paper; `url` is the paper's place there."""

    issue: Headline
    url: str
    questions: tuple[Answered, ...]


@public_page
def paper(request: HttpRequest, slug: str) -> HttpResponse:
    """404 for a paper that no issue has had, 410 for one whose issues were taken back."""
    entries = list(_entries(slug))
    if not entries:
        return paper_gone(request, slug)
    [newest] = with_author_slugs(entries[:1])
    told = [_told(entry) for entry in entries]
    versions = _versions(entries)
    return show(
        request,
        "public/paper.html",
        slug=newest.slug,
        entry=presented_of(newest, links_authors=True),
        versions=versions,
        is_withdrawn=bool(versions) and versions[0].is_withdrawn,
        told=told,
        has_questions=any(one.questions for one in told),
        card_url=paper_card_url(newest),
        card_alt=clean_line(newest.title_ja),
        cite=citation_of(newest),
        linked_data_html=paper_data_html(newest),
    )


def _entries(slug: str) -> Iterable[EditionEntry]:
    """The paper in each public issue that has it, the issue published last first."""
    questions = Prefetch("questions", EditionQuestion.objects.order_by("position"))
    entries = public_entries().filter(paper__slug=slug).select_related("edition", "version")
    hidden = ("version__abstract", *(f"edition__{name}" for name in BODIES))
    return entries.prefetch_related(questions).defer(*hidden)


def _told(entry: EditionEntry) -> Told:
    issue = headline_of(entry.edition)
    return Told(issue, f"{issue.url}#{entry.slug}", presented_of(entry).questions)


def _versions(entries: Sequence[EditionEntry]) -> list[Seen]:
    """arXiv's by whatever way they came to us; those that an editor typed only once an issue has
    shown them."""
    is_shown = Q(pk__in=[entry.version_id for entry in entries])
    rows = Version.objects.filter(paper=entries[0].paper_id).order_by("-number")
    rows = rows.filter(is_shown | ~Q(origin=Version.Origin.TYPED))
    fields = ("number", "updated_at", "url", "pdf_url", "is_withdrawn")
    return [_seen(row, entries[0].arxiv_id) for row in rows.only(*fields)]


def _seen(version: Version, arxiv_id: str) -> Seen:
    here = f"https://arxiv.org/abs/{arxiv_id}v{version.number}" if arxiv_id else ""
    return Seen(
        number=version.number,
        updated_on=version.updated_on,
        url=here or web_address(version.url) or web_address(version.pdf_url),
        is_withdrawn=version.is_withdrawn,
    )
