"""An issue for search engines: schema.org in JSON-LD, in a data block that no browser runs."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.urls import reverse

from digests.models import Edition, EditionEntry, Masthead
from digests.public.article import issue_card_url
from digests.public.citing import AUTHORS_SHOWN, citable_of
from papers.citations import Citable
from papers.cleaning import clean_line

# Inside <script> only these could end it, begin a comment or an entity.
_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def linked_data_html(edition: Edition, masthead: Masthead) -> str:
    """JSON-LD that may stand in a <script> as it is, of an edition with entries and DOIs."""
    return _dumped(_article(edition, masthead))


def paper_data_html(entry: EditionEntry) -> str:
    """The same of a paper's own page; `entry.version` must have been fetched."""
    url = settings.SITE_URL + reverse("public:paper", args=[entry.slug])
    told = {
        "@context": "https://schema.org",
        **_paper(entry),
        "alternateName": clean_line(entry.title_ja),
        "mainEntityOfPage": url,
    }
    return _dumped(told)


def list_data_html(name: str, url: str, masthead: Masthead, kind: str = "CollectionPage") -> str:
    """The same of a page with this name, by default one that lists."""
    home = settings.SITE_URL + reverse("public:home")
    told = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": name,
        "url": url,
        "inLanguage": "ja",
        "isPartOf": {"@type": "WebSite", "name": masthead.name, "url": home},
    }
    return _dumped(told)


def _dumped(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)


def _article(edition: Edition, masthead: Masthead) -> dict[str, Any]:
    home = settings.SITE_URL + reverse("public:home")
    publisher = {"@type": "Organization", "name": masthead.name, "url": home}
    url = settings.SITE_URL + edition.get_absolute_url()
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": clean_line(edition.title),
        "description": clean_line(edition.description),
        "url": url,
        "mainEntityOfPage": url,
        "image": issue_card_url(edition),
        "inLanguage": "ja",
        "datePublished": edition.first_published_at.isoformat(timespec="seconds"),
        "dateModified": edition.published_at.isoformat(timespec="seconds"),
        "author": publisher,
        "publisher": publisher,
        # Without authors, who are a kilobyte of a full issue: each paper's own page names them.
        "about": [_named(entry) for entry in edition.entries.all()],
    }


def _paper(entry: EditionEntry) -> dict[str, Any]:
    return {**_named(entry), "author": _authors(citable_of(entry))}


def _named(entry: EditionEntry) -> dict[str, Any]:
    paper = citable_of(entry)
    same = f"https://doi.org/{paper.any_doi}" if paper.any_doi else ""
    told = {
        "@type": "ScholarlyArticle",
        "headline": paper.title,
        "datePublished": paper.published_on.isoformat(),
        "url": paper.url,
        "sameAs": same,
    }
    return {name: value for name, value in told.items() if value}


def _authors(paper: Citable) -> list[dict[str, str]]:
    return [
        {
            "@type": "Organization" if name.literal else "Person",
            "name": name.literal or f"{name.given} {name.whole_family} {name.suffix}".strip(),
        }
        for name in paper.names[:AUTHORS_SHOWN]
    ]
