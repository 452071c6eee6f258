"""The page of an author: a printed name, which more than one person may have."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from digests.models import Shelf, ShelfKind
from digests.public.house import house_of
from digests.public.linked_data import list_data_html
from digests.public.shelf import placed_of, shelf_page
from digests.public.views import canonical_of, public_page, show
from papers.cleaning import clean_line
from papers.models import Author


@public_page
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """The papers with this name on them; a name that no public paper has is 404."""
    row = author_of(slug)
    page = shelf_page(request, ShelfKind.AUTHOR, slug)
    masthead, name = house_of(request).masthead, clean_line(row.name)
    return show(
        request,
        "public/author.html",
        masthead=masthead,
        name=name,
        slug=row.slug,
        page=page,
        placed=[placed_of(place.entry, place.edition) for place in page],
        linked_data_html=list_data_html(name, canonical_of(request, page), masthead),
    )


def author_of(slug: str) -> Author:
    """404 for a name that no public paper has."""
    shelf = Shelf.objects.filter(kind=ShelfKind.AUTHOR, key=OuterRef("slug"))
    return get_object_or_404(Author.objects.filter(Exists(shelf)), slug=slug)
