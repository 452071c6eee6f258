"""Issues and papers as files: citations, Markdown and JSON. docs/formats.md tells their fields.

All are of what readers see now; what was taken back is 410 as its page is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls.converters import StringConverter

from digests.models import Edition, EditionEntry, EditionQuestion
from digests.public import as_json, as_markdown
from digests.public.citing import citable_of, with_dois
from digests.public.views import gone, public_page
from papers import citations
from papers.citations import Citable

Write = Callable[[Sequence[Citable]], str]
MARKDOWN = "text/markdown; charset=utf-8"
JSON = "application/json"  # knows no charset: it is UTF-8


class PaperSlug(StringConverter):
    """As `papers.identifiers.slug_of` makes them: "2303.18223", "hep-th_9901001", "x-abcdefgh"."""

    regex = "[A-Za-z0-9._-]{1,40}"


def _csl(papers: Sequence[Citable]) -> str:
    return dumped(citations.csl(papers))


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


# By the end of the address: media type, what writes it, and whether it is a file to keep.
CITATIONS: dict[str, tuple[str, Write, bool]] = {
    "bib": ("application/x-bibtex; charset=utf-8", citations.bibtex, True),
    "ris": ("application/x-research-info-systems; charset=utf-8", citations.ris, True),
    "csl.json": ("application/vnd.citationstyles.csl+json", _csl, False),
}


def _cited(papers: Sequence[Citable], name: str, ending: str) -> HttpResponse:
    media_type, write, is_kept = CITATIONS[ending]
    response = HttpResponse(write(papers), content_type=media_type)
    if is_kept:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


# ── an issue ────────────────────────────────────────────────────────────────────────────────────
@public_page
def issue_citations(request: HttpRequest, slug: str, ending: str) -> HttpResponse:
    """Every paper of the issue; keys that two share get letters."""
    edition = with_dois(Edition.objects.public()).filter(slug=slug).first()
    if edition is None:
        return gone(request, slug)
    return _cited([citable_of(entry) for entry in edition.entries.all()], slug, ending)


@public_page
def issue_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    edition = _whole(slug)
    if edition is None:
        return gone(request, slug)
    return HttpResponse(as_markdown.of_issue(edition), content_type=MARKDOWN)


@public_page
def issue_json(request: HttpRequest, slug: str) -> HttpResponse:
    edition = _whole(slug)
    if edition is None:
        return gone(request, slug)
    return HttpResponse(dumped(as_json.of_issue(edition)), content_type=JSON)


def _whole(slug: str) -> Edition | None:
    return Edition.objects.public().with_article().filter(slug=slug).first()


# ── a paper: as the issue has it that was published last ────────────────────────────────────────
@public_page
def paper_citation(request: HttpRequest, slug: str, ending: str) -> HttpResponse:
    entry = _entries(slug).first()
    if entry is None:
        return paper_gone(request, slug)
    return _cited([citable_of(entry)], slug, ending)


@public_page
def paper_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    entry = _with_questions(_entries(slug)).first()
    if entry is None:
        return paper_gone(request, slug)
    return HttpResponse(as_markdown.of_paper(entry), content_type=MARKDOWN)


@public_page
def paper_json(request: HttpRequest, slug: str) -> HttpResponse:
    entry = _with_questions(_entries(slug)).first()
    if entry is None:
        return paper_gone(request, slug)
    return HttpResponse(dumped(as_json.of_paper(entry)), content_type=JSON)


def _entries(slug: str) -> QuerySet[EditionEntry]:
    """The paper in each public issue that has it, newest publication first."""
    entries = EditionEntry.objects.filter(paper__slug=slug, edition__in=Edition.objects.public())
    entries = entries.select_related("edition", "version").defer("version__abstract")
    return entries.order_by("-edition__first_published_at", "-edition_id")


def _with_questions(entries: QuerySet[EditionEntry]) -> QuerySet[EditionEntry]:
    questions = EditionQuestion.objects.order_by("position")
    return entries.prefetch_related(Prefetch("questions", questions))


def paper_gone(request: HttpRequest, slug: str) -> HttpResponse:
    """Only a paper that has been published has an entry in an edition."""
    if not EditionEntry.objects.filter(paper__slug=slug).exists():
        raise Http404
    return render(request, "410.html", status=410)
