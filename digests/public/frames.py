"""An article but for what the site has beside it, which other issues change: made once for each
edition and kept, so that the first reader after any change waits for the rest alone."""

from __future__ import annotations

import json
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
SEAM = 32


@dataclass(frozen=True)
class Frame:
    """The article in pieces. Between them belong, in this order: what is beside each paper, the
    comments, the neighbours."""

    papers: tuple[Near, ...]
    pieces: tuple[bytes, ...]  # UTF-8: only what goes between is ever encoded again

    def filled(self, parts: Iterable[str]) -> bytes:
        encoded = (part.encode() for part in parts)
        return b"".join(chain.from_iterable(zip_longest(self.pieces, encoded, fillvalue=b"")))


def frame_of(edition: Edition, house: House) -> Frame:
    """Of an edition that was fetched `with_page(NAME, …)`: as it was kept, or made now."""
    if edition.page is None:
        return made(edition, house.masthead)
    try:
        return _opened(kept.opened(edition.page))
    except ValueError:  # kept in another form, by a worker that has outlived a change of the code
        return made(edition, house.masthead)


def _opened(told: bytes) -> Frame:
    papers, *pieces = told[SEAM:].split(told[:SEAM])
    near = (Near(slug, tuple(authors)) for slug, authors in json.loads(papers))
    return Frame(tuple(near), tuple(pieces))


def made(edition: Edition, masthead: Masthead) -> Frame:
    """Two queries for the edition's rows; one more for those of a time before authors' slugs."""
    prefetch_related_objects([edition], *article_rows())
    entries = with_author_slugs(edition.entries.all())
    token = _seam()
    context = {
        **article_context(edition, masthead, [token] * len(entries), links_authors=True),
        "masthead": masthead,
        "canonical": settings.SITE_URL + edition.get_absolute_url(),
        "comments_html": token,
        "neighbours_html": token,
    }
    html = render_to_string("public/issue.html", context)
    return Frame(tuple(map(near_of, entries)), tuple(html.encode().split(token.encode())))


def _seam() -> str:
    """SEAM characters that nobody can know, so that no text holds them."""
    return uuid4().hex


def keep(edition: Edition, house: House) -> None:
    """Make the frame of a public edition and keep it for whoever asks."""
    frame = made(edition, house.masthead)
    papers = json.dumps([[paper.slug, paper.authors] for paper in frame.papers])
    # The seam first, for whoever takes it apart.
    body = _seam().encode().join((b"", papers.encode(), *frame.pieces))
    kept.keep(edition.pk, NAME, body, made_by=house.made_by)


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
