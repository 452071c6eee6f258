"""An article but for what the site has beside it, which other issues change: made once for each
edition and kept, so that the first reader after any change waits for the rest alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.template.loader import render_to_string

from digests.models import Edition, EditionPage, Masthead
from digests.models.editions import article_rows
from digests.public import kept
from digests.public.article import article_of
from digests.public.citing import citations_of
from digests.public.house import House
from digests.public.linked_data import linked_data_html
from digests.public.outsiders import Voices
from digests.public.related import Beside, Near, near_of, with_author_slugs

NAME = EditionPage.Name.ARTICLE.value


@dataclass(frozen=True)
class Frame:
    """The article in pieces. Between them belong, in this order: what is beside each paper, the
    comments, the neighbours."""

    papers: tuple[Near, ...]
    pieces: tuple[str, ...]

    def filled(self, parts: Iterable[str]) -> str:
        pairs = zip_longest(self.pieces, parts, fillvalue="")
        return "".join(chain.from_iterable(pairs))


def frame_of(edition: Edition, house: House) -> Frame:
    """Of an edition that was fetched `with_page(NAME, …)`: as it was kept, or made now."""
    told = kept.opened(edition.page)
    if told is None:
        return made(edition, house.masthead)
    papers, pieces = told
    return Frame(tuple(Near(slug, tuple(authors)) for slug, authors in papers), tuple(pieces))


def made(edition: Edition, masthead: Masthead) -> Frame:
    """Two queries for the edition's rows; one more for those of a time before authors' slugs."""
    prefetch_related_objects([edition], *article_rows())
    entries = with_author_slugs(edition.entries.all())
    token = uuid4().hex  # nobody can know it, so that no text holds it
    context = {
        **article_context(edition, masthead, [token] * len(entries), links_authors=True),
        "masthead": masthead,
        "canonical": settings.SITE_URL + edition.get_absolute_url(),
        "comments_html": token,
        "neighbours_html": token,
    }
    html = render_to_string("public/issue.html", context)
    return Frame(tuple(map(near_of, entries)), tuple(html.split(token)))


def keep(edition: Edition, house: House) -> None:
    """Make the frame of a public edition and keep it for whoever asks."""
    frame = made(edition, house.masthead)
    papers = [[paper.slug, paper.authors] for paper in frame.papers]
    kept.keep(edition.pk, NAME, [papers, frame.pieces], made_by=house.made_by)


def article_context(
    edition: Edition, masthead: Masthead, related: Sequence[str], *, links_authors: bool
) -> Mapping[str, Any]:
    """What the article's template shows of an edition that was fetched with its rows; `related` is
    the HTML of what is beside each paper."""
    article = article_of(edition, links_authors=links_authors)
    return {
        "slug": edition.slug,
        "article": article,
        "cited": list(zip(article.entries, citations_of(edition), related, strict=True)),
        "linked_data_html": linked_data_html(edition, masthead),
    }


# ── what goes between ───────────────────────────────────────────────────────────────────────────
def related_parts(papers: Iterable[Near], beside: Beside) -> list[str]:
    """For each paper its other issues and its authors' other papers, or nothing."""
    return [_related_html(beside, paper.slug) for paper in papers]


def _related_html(beside: Beside, slug: str) -> str:
    context = {
        "other_issues": beside.other_issues.get(slug),
        "same_authors": beside.same_authors.get(slug),
    }
    return render_to_string("public/_related.html", context) if any(context.values()) else ""


def comments_html(slug: str, voices: Voices) -> str:
    if not (voices.comments or voices.is_open):
        return ""
    return render_to_string("public/_comments.html", {"slug": slug, "voices": voices})


def neighbours_html(beside: Beside) -> str:
    if not (beside.older or beside.newer):
        return ""
    context = {"older": beside.older, "newer": beside.newer}
    return render_to_string("public/_neighbours.html", context)
