"""Papers of public issues, put where readers look for them: under their categories and the names
printed on them, with what a page tells of each counted once, here.

Written in the transaction that shows or hides an issue, from what its edition has frozen. Readers
still ask `Edition.objects.public()` of each row that they show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, QuerySet, Window
from django.db.models.functions import RowNumber

from digests import site_stamp
from digests.models import Edition, EditionEntry, Issue, Place, Shelf, ShelfKind
from papers.models import Author, Paper
from papers.taxonomy import ALIASES

Key = tuple[str, str]  # the kind and the key of a shelf
TOLD = 8  # newest papers of a name: an article shows three that are not its own
ORDER = ("-edition__first_published_at", "-edition_id", "position")
AT_ONCE = 200  # papers or shelves: databases count the values of one query


@transaction.atomic
def arrange_issue(issue: Issue) -> None:
    """Have every paper that an edition of the issue shows or showed where it belongs now, and the
    issue between its neighbours."""
    entries = EditionEntry.objects.filter(edition__issue=issue)
    arrange(set(entries.order_by().values_list("paper", flat=True)))
    _tell_neighbours(issue)


def rebuild() -> int:
    """Arrange everything anew, a few papers and shelves at a time; how many papers. Readers may
    read and editors publish meanwhile."""
    papers = list(EditionEntry.objects.order_by("paper").values_list("paper", flat=True).distinct())
    touched: set[Key] = set()
    for batch in _batches(papers):
        touched |= _put(batch)
    _count(touched)
    _chain_all()
    return len(papers)


@transaction.atomic
def arrange(papers: Collection[int]) -> None:
    """Have these papers, by their keys, on the shelves where public issues show them now, and on no
    others. Twice is as once."""
    _count(_put(papers))


@transaction.atomic
def _put(papers: Collection[int]) -> set[Key]:
    """The same but for what is told of the shelves; those that have to tell anew."""
    site_stamp.move()  # its row, held until the end, lets one of us write at a time
    entries = _public_entries(papers)
    keys = _keys_of(entries)
    old = Place.objects.filter(paper__in=papers)
    touched = {*old.values_list("kind", "key"), *(key for found in keys.values() for key in found)}
    old.delete()
    Place.objects.bulk_create(_places(entries, keys), batch_size=1000)
    _tell_issues(papers, entries)
    return touched


def _public_entries(papers: Collection[int]) -> list[EditionEntry]:
    """The papers in each public issue that has them, the issue published last first."""
    public = Edition.objects.public().values("pk")
    rows = EditionEntry.objects.filter(paper__in=papers, edition__in=public)
    fields = ("position", "paper", "slug", "title_ja", "authors", "categories")
    told = ("first_published_at", "published_at", "slug", "title")
    rows = rows.select_related("edition").only(*fields, *(f"edition__{name}" for name in told))
    return list(rows.order_by(*ORDER))


def _keys_of(entries: Iterable[EditionEntry]) -> dict[int, list[Key]]:
    """By the entry's pk the shelves of its categories and authors, each once."""
    names = {str(name) for entry in entries for name in entry.authors}
    slugs = author_slugs(sorted(names))
    return {
        entry.pk: [
            *dict.fromkeys((ShelfKind.CATEGORY.value, code) for code in _codes(entry)),
            *dict.fromkeys(
                (ShelfKind.AUTHOR.value, slugs[name]) for name in entry.authors if name in slugs
            ),
        ]
        for entry in entries
    }


def _codes(entry: EditionEntry) -> list[str]:
    """Two codes of one subject are one shelf."""
    codes = (str(category["code"]) for category in entry.categories)
    return [ALIASES.get(code, code) for code in codes]


def author_slugs(names: Sequence[str]) -> dict[str, str]:
    """By the printed name, of those that we know."""
    return {
        name: slug
        for batch in _batches(names)
        for name, slug in Author.objects.filter(name__in=batch).values_list("name", "slug")
    }


def _places(entries: Iterable[EditionEntry], keys: dict[int, list[Key]]) -> Iterable[Place]:
    met: set[tuple[int, Key]] = set()  # entries come newest first
    for entry in entries:
        for kind, key in keys[entry.pk]:
            mark = entry.paper_id, (kind, key)
            yield Place(
                kind=kind,
                key=key,
                paper_id=entry.paper_id,
                entry=entry,
                edition=entry.edition,
                published_at=entry.edition.first_published_at,
                position=entry.position,
                is_newest=mark not in met,
            )
            met.add(mark)


# ── what is told of a shelf ─────────────────────────────────────────────────────────────────────
def _count(shelves: Iterable[Key]) -> None:
    """Tell each shelf's papers anew; one without papers goes."""
    for kind, group in groupby(sorted(shelves), key=lambda shelf: shelf[0]):
        for keys in _batches([key for _kind, key in group]):
            _count_some(kind, keys)


@transaction.atomic
def _count_some(kind: str, keys: Sequence[str]) -> None:
    site_stamp.move()  # what is counted is true until the count is written
    found = _counts(kind, keys)
    told = _newest_papers(keys) if kind == ShelfKind.AUTHOR else {}
    _write(
        Shelf(kind=kind, key=key, papers=papers, changed_at=at, told=told.get(key, []))
        for key, papers, at in found
    )
    gone = set(keys) - {key for key, _papers, _at in found}
    Shelf.objects.filter(kind=kind, key__in=gone).delete()


def _counts(kind: str, keys: Sequence[str]) -> list[tuple[str, int, datetime]]:
    rows = Place.objects.filter(kind=kind, key__in=keys, is_newest=True).order_by()
    return list(rows.values_list("key").annotate(Count("pk"), Max("edition__published_at")))


def _newest_papers(slugs: Sequence[str]) -> dict[str, list[list[object]]]:
    """By the author's slug the newest papers, a few for each, as `Shelf` tells them."""
    order = [F("published_at").desc(), F("edition").desc(), F("position").asc()]
    place = Window(RowNumber(), partition_by=F("key"), order_by=order)
    rows = Place.objects.filter(kind=ShelfKind.AUTHOR, key__in=slugs, is_newest=True)
    rows = rows.annotate(place=place).filter(place__lte=TOLD).order_by("key", "place")
    found: dict[str, list[list[object]]] = {}
    told = ("key", "published_at", "entry", "entry__slug", "entry__title_ja")
    for key, at, entry, slug, title in rows.values_list(*told):
        found.setdefault(key, []).append([at.timestamp(), entry, slug, title])
    return found


def _tell_issues(papers: Collection[int], entries: Iterable[EditionEntry]) -> None:
    """Each paper's shelf tells the issues that it is in; a paper in none has no shelf."""
    by_paper: dict[str, list[EditionEntry]] = {}
    for entry in entries:
        by_paper.setdefault(entry.slug, []).append(entry)
    slugs = set(Paper.objects.filter(pk__in=papers).values_list("slug", flat=True))
    Shelf.objects.filter(kind=ShelfKind.PAPER, key__in=slugs - by_paper.keys()).delete()
    _write(
        Shelf(
            kind=ShelfKind.PAPER,
            key=slug,
            changed_at=max(entry.edition.published_at for entry in found),
            told=[[entry.edition.slug, entry.edition.title] for entry in found],
        )
        for slug, found in by_paper.items()
    )


def _tell_neighbours(issue: Issue) -> None:
    """Tell the issue, and those beside it, which public ones were published before and after."""
    own = Edition.objects.filter(issue=issue)
    for at in set(own.values_list("first_published_at", flat=True)):
        public = _published()
        before = list(public.filter(first_published_at__lt=at).reverse()[:2])[::-1]
        after = list(public.filter(first_published_at__gt=at)[:2])
        chain = [*before, *public.filter(first_published_at=at), *after]
        # The outermost of two were fetched for their names alone: who is beyond them is not known.
        known = _chained(chain)[len(before) == 2 : len(chain) - (len(after) == 2)]
        _write(known)
        gone = set(own.values_list("slug", flat=True)).difference(one.slug for one in chain)
        Shelf.objects.filter(kind=ShelfKind.ISSUE, key__in=gone).delete()


@transaction.atomic
def _chain_all() -> None:
    site_stamp.move()  # no issue comes or goes until each knows its neighbours
    _write(_chained(list(_published())))
    known = Edition.objects.public().values("slug")
    Shelf.objects.filter(kind=ShelfKind.ISSUE).exclude(key__in=known).delete()


def _published() -> QuerySet[Edition]:
    told = ("slug", "title", "published_at", "issue")
    return Edition.objects.public().only(*told).order_by("first_published_at", "pk")


def _chained(editions: Sequence[Edition]) -> list[Shelf]:
    """Each with the one before and the one after it."""
    named = [None, *([one.slug, one.title] for one in editions), None]
    return [
        Shelf(
            kind=ShelfKind.ISSUE,
            key=one.slug,
            changed_at=one.published_at,
            told=[named[n], named[n + 2]],
        )
        for n, one in enumerate(editions)
    ]


def _write(shelves: Iterable[Shelf]) -> None:
    Shelf.objects.bulk_create(
        shelves,
        update_conflicts=True,
        unique_fields=["kind", "key"],
        update_fields=["papers", "changed_at", "told"],
    )


def _batches(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[n : n + AT_ONCE] for n in range(0, len(rows), AT_ONCE))
