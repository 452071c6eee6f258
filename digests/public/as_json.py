"""An edition as JSON. docs/formats.md tells the fields; they may grow and never change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from digests.models import Edition, EditionEntry, EditionQuestion
from digests.public.addresses import with_whole_addresses, with_whole_links
from digests.public.article import web_address
from digests.public.citing import citable_of
from digests.sentences import without_marks
from papers import citations
from papers.cleaning import clean, clean_line

Json = dict[str, Any]


def of_issue(edition: Edition) -> Json:
    """Of an edition that was fetched with article and DOIs."""
    page = address_of(edition)
    return {
        **_issue(edition),
        "description": clean_line(edition.description),
        "introduction": _text(edition.introduction, page),
        "introduction_html": with_whole_addresses(edition.introduction_html, page),
        "papers": [_paper(entry, page) for entry in edition.entries.all()],
    }


def of_paper(entry: EditionEntry) -> Json:
    """Of an entry that was fetched with its edition, version and questions."""
    return {**_paper(entry, address_of(entry.edition)), "issue": _issue(entry.edition)}


def address_of(edition: Edition) -> str:
    return str(settings.SITE_URL) + edition.get_absolute_url()


def _issue(edition: Edition) -> Json:
    return {
        "url": address_of(edition),
        "title": clean_line(edition.title),
        "language": "ja",
        "first_on": edition.first_on.isoformat(),
        "last_on": edition.last_on.isoformat(),
        "published_at": edition.first_published_at.isoformat(timespec="seconds"),
        "updated_at": edition.published_at.isoformat(timespec="seconds"),
        "edition": edition.number,
        "is_sample": edition.is_sample,
        "source": {
            "name": clean_line(edition.source_name),
            "url": web_address(edition.source_url),
        },
    }


def _paper(entry: EditionEntry, page: str) -> Json:
    (cited,) = citations.csl([citable_of(entry)])
    return {
        "id": entry.slug,
        "url": f"{page}#{entry.slug}",
        **_facts(entry),
        "title_ja": clean_line(entry.title_ja),
        "highlight": clean_line(entry.highlight),
        "one_liner": clean_line(entry.one_liner),
        "summary": _text(entry.summary, page),
        "summary_html": with_whole_addresses(entry.summary_html, page),
        "shows_evidence": entry.shows_evidence,
        "evidence": _evidence(entry.summary_evidence),
        "questions": [_question(question, page) for question in entry.questions.all()],
        "provenance": clean_line(entry.provenance),
        "citation": cited,
        "files": {ending: _file(entry, name) for ending, name in FILES.items()},
    }


FILES = {
    "bib": "public:paper-bib",
    "ris": "public:paper-ris",
    "csl.json": "public:paper-csl",
    "md": "public:paper-markdown",
    "json": "public:paper-json",
}


def _file(entry: EditionEntry, name: str) -> str:
    return str(settings.SITE_URL) + reverse(name, args=[entry.slug])


def _facts(entry: EditionEntry) -> Json:
    return {
        "arxiv_id": entry.arxiv_id or None,
        "version": entry.version_number,
        "title": clean_line(entry.title),
        "authors": [clean_line(str(name)) for name in entry.authors],
        "categories": [
            {"code": clean_line(str(c["code"])), "name": clean_line(str(c["name"]))}
            for c in entry.categories
        ],
        "kind": entry.kind,
        "first_submitted_on": entry.published_on.isoformat(),
        "last_updated_on": entry.updated_on.isoformat(),
        "paper_url": web_address(entry.url),
        "pdf_url": web_address(entry.pdf_url),
        "doi": citations.own_doi(entry.version.doi),
    }


def _question(question: EditionQuestion, page: str) -> Json:
    return {
        "number": question.number,
        "url": f"{page}#{question.anchor}",
        "question": clean_line(question.question),
        "answer": _text(question.answer, page),
        "answer_html": with_whole_addresses(question.answer_html, page),
        "evidence": _evidence(question.evidence),
    }


def _text(markdown: str, page: str) -> str:
    return with_whole_links(without_marks(clean(markdown)), page)


def _evidence(rows: Iterable[Mapping[str, Any]]) -> list[Json]:
    return [
        {
            "sentence": clean_line(row["sentence"]),
            "quotes": [_quote(quote) for quote in row["quotes"]],
        }
        for row in rows
    ]


def _quote(row: Mapping[str, Any]) -> Json:
    return {
        "text": clean_line(row["text"]),
        "page": row["page"],
        "section": clean_line(row["section"]),
        "url": web_address(row["url"]),
    }
