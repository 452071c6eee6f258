"""What the site has beside an article: other issues with its papers, other papers with its authors,
the issues before and after it. One query, whatever its size (`digests.shelves`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from digests import shelves
from digests.models import Edition, EditionEntry, Shelf, ShelfKind
from digests.public.addresses import paper_url
from digests.public.article import AUTHORS_SHOWN, Link, title_parts
from papers.cleaning import clean_line

PAPERS_SHOWN = 3
KINDS = (ShelfKind.ISSUE.value, ShelfKind.PAPER.value, ShelfKind.AUTHOR.value)
NEWEST_FIRST = ("-edition__first_published_at", "-edition_id", "position")


@dataclass(frozen=True)
class Near:
    """Of a paper in an article what tells what is beside it: its slug, and those of the authors
    whose names the page shows unfolded. With thousands of authors all would be related."""

    slug: str
    authors: tuple[str, ...]


@dataclass(frozen=True)
class Neighbour:
    """The issue before or after; its title in two parts as a headline's."""

    url: str
    lead: str
    rest: str


@dataclass(frozen=True)
class Beside:
    """By a paper's slug its other issues and other papers with its authors; the neighbours."""

    other_issues: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    same_authors: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    older: Neighbour | None = None
    newer: Neighbour | None = None


def in_public(edition: str) -> Exists:
    """Whether the edition that this column names is public, asked row by row: for a page that reads
    few rows, which would otherwise cost more with each issue that there is."""
    return Exists(Edition.objects.public().filter(pk=OuterRef(edition)))


def among_public(edition: str) -> Q:
    """The same, asked once: for what reads all rows."""
    return Q(**{f"{edition}__in": Edition.objects.public().values("pk")})


def public_entries() -> QuerySet[EditionEntry]:
    """Each paper of each public issue, the issue published last first."""
    return EditionEntry.objects.filter(in_public("edition")).order_by(*NEWEST_FIRST)


# ── authors ─────────────────────────────────────────────────────────────────────────────────────
def with_author_slugs(entries: Iterable[EditionEntry]) -> list[EditionEntry]:
    """The same; those of older editions, which have no slugs, are given them. No query without."""
    entries = list(entries)
    old = [entry for entry in entries if len(entry.author_slugs) != len(entry.authors)]
    slugs = shelves.author_slugs(sorted({str(name) for entry in old for name in entry.authors}))
    for entry in old:
        entry.author_slugs = [slugs.get(str(name), "") for name in entry.authors]
    return entries


def near_of(entry: EditionEntry) -> Near:
    return Near(entry.slug, tuple(entry.author_slugs[:AUTHORS_SHOWN]))


# ── what is beside ──────────────────────────────────────────────────────────────────────────────
def beside(slug: str, papers: Sequence[Near]) -> Beside:
    """Of the issue with this slug and these papers."""
    own = {paper.slug for paper in papers}
    keys = {slug, *own, *(author for paper in papers for author in paper.authors)}
    rows = Shelf.objects.filter(kind__in=KINDS, key__in=keys).values_list("kind", "key", "told")
    told: dict[tuple[str, str], list[Any]] = {(kind, key): found for kind, key, found in rows}
    older, newer = told.get((ShelfKind.ISSUE, slug), (None, None))
    return Beside(
        other_issues={
            paper: _other_issues(told.get((ShelfKind.PAPER, paper), []), slug, paper)
            for paper in own
        },
        same_authors={
            paper.slug: _same_authors(
                (told.get((ShelfKind.AUTHOR, author), []) for author in paper.authors), own
            )
            for paper in papers
        },
        older=_neighbour(older),
        newer=_neighbour(newer),
    )


def _other_issues(issues: Iterable[Sequence[str]], own: str, paper: str) -> tuple[Link, ...]:
    """The one published last first."""
    return tuple(
        Link(clean_line(title), f"{Edition(slug=slug).get_absolute_url()}#{paper}")
        for slug, title in issues
        if slug != own
    )


def _same_authors(shelved: Iterable[Sequence[Any]], own: set[str]) -> tuple[Link, ...]:
    """The newest papers of other issues on which one of the names stands."""
    found = {tuple(row) for rows in shelved for row in rows}
    titles: dict[str, str] = {}
    for _at, _entry, slug, title in sorted(found, reverse=True):
        if slug not in own:
            titles.setdefault(slug, title)
    shown = list(titles.items())[:PAPERS_SHOWN]
    return tuple(Link(clean_line(title), paper_url(slug)) for slug, title in shown)


def _neighbour(told: Sequence[str] | None) -> Neighbour | None:
    if told is None:
        return None
    slug, title = told
    return neighbour_of(Edition(slug=slug, title=title))


def neighbour_of(edition: Edition) -> Neighbour:
    lead, rest = title_parts(clean_line(edition.title))
    return Neighbour(edition.get_absolute_url(), lead, rest)
