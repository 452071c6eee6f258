"""Papers of public issues in a list: of a category, of an author, of a standard question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest

from digests.models import Edition, EditionEntry, Place, Shelf
from digests.models.editions import BODIES
from digests.public.addresses import paper_url
from digests.public.article import Listed, listed_of
from digests.public.related import in_public
from digests.public.views import PAGE, page_of

ENTRY_BODIES = (
    *("summary", "summary_html", "summary_evidence"),
    *("authors", "author_slugs", "provenance"),
)


@dataclass(frozen=True)
class Placed:
    """A paper in an issue: `url` is its place in the article, `paper_url` its own page."""

    paper: Listed
    paper_url: str
    url: str
    first_on: date
    last_on: date
    is_sample: bool


def shelf_page(request: HttpRequest, kind: str, key: str, *, size: int = PAGE) -> Page:
    """The page of a shelf that `?page=` asks for, of each paper the entry in the issue published
    last; how many papers there are is known."""
    count = Shelf.objects.filter(kind=kind, key=key).values_list("papers", flat=True).first()
    hidden = [f"entry__{name}" for name in ENTRY_BODIES]
    hidden += [f"edition__{name}" for name in BODIES]
    places = Place.objects.on(kind, key).filter(is_newest=True)
    rows = places.select_related("entry", "edition").defer(*hidden)
    return page_of(rows, request, size, count=count or 0)


def on_shelf(kind: str, key: str) -> QuerySet[EditionEntry]:
    """Its papers in each of their public issues, the issue published last first."""
    return EditionEntry.objects.filter(
        in_public("edition"), places__kind=kind, places__key=key
    ).order_by("-places__published_at", "-places__edition", "places__position")


def placed_of(entry: EditionEntry, edition: Edition) -> Placed:
    return Placed(
        paper=listed_of(entry),
        paper_url=paper_url(entry.slug),
        url=f"{edition.get_absolute_url()}#{entry.slug}",
        first_on=edition.first_on,
        last_on=edition.last_on,
        is_sample=edition.is_sample,
    )
