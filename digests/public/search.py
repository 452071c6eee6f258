"""The readers' search: what was asked, what was found, and where in it.

The page asks the database the same number of times whatever is found. No query is an error: what
has no words finds nothing and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from digests import search_index
from digests.models import Entry, Masthead, SearchDocument, Term
from digests.public.related import in_public
from digests.public.views import public_page
from digests.search_index import Found
from digests.search_marks import Marker, Piece
from digests.search_text import QUERY, Pair, fact, parse
from papers.cleaning import clean_line
from papers.taxonomy import category_name

PAGE = 10
EXCERPT = 140
RELEVANCE, NEWEST = "relevance", "new"
KINDS = dict(Entry.Kind.choices)
CODE = 32
MOST = 9999  # pages; one beyond the last is the last


@dataclass(frozen=True)
class Asked:
    """The form as it was sent, without what it can't have been. `year` and `month` are 0 and
    `category` is empty where any will do; `is_literal`: without the glossary's translations."""

    text: str
    sort: str
    year: int
    month: int
    category: str
    is_literal: bool

    def filters(self) -> list[str]:
        wanted = {"year": self.year, "month": self.month, "category": self.category}
        return [fact(kind, value) for kind, value in wanted.items() if value]

    def address(self, **changes: object) -> str:
        """The query string that asks this, or this with changes."""
        sent: dict[str, object] = {"q": self.text}
        if self.sort == NEWEST:
            sent["sort"] = NEWEST
        sent |= {name: v for name, v in self._narrowed().items() if v}
        sent |= changes
        return urlencode({name: value for name, value in sent.items() if value})

    def _narrowed(self) -> dict[str, object]:
        return {
            "year": self.year,
            "month": self.month,
            "category": self.category,
            "literal": int(self.is_literal),
        }


@dataclass(frozen=True)
class Hit:
    """A paper of an issue with the passage that fits best, the words marked in it; `url` leads
    there. `question` is empty where that is the summary; `authors`, `highlight` and `categories`
    where no word stands in them."""

    url: str
    title_ja: SafeString
    title: SafeString
    authors: SafeString
    arxiv_id: SafeString
    highlight: SafeString
    categories: SafeString
    question: SafeString
    excerpt: SafeString
    kind: str
    first_on: date
    last_on: date


@public_page
def search(request: HttpRequest) -> HttpResponse:
    asked = _asked(request.GET)
    query = parse(asked.text, () if asked.is_literal else _pairs())
    found = search_index.find(query, asked.filters(), newest_first=asked.sort == NEWEST)
    page = Paginator(found.ids, PAGE).get_page(_number(request.GET.get("page", ""), 1, MOST) or 1)
    context = {
        "masthead": Masthead.get(),
        "asked": asked,
        "query": query,
        "has_words": query.root is not None,
        "is_narrowed": bool(asked.filters()),
        "found": found,
        "page": page,
        "hits": _hits(list(page), Marker(query)),
        "years": _years(),
        "months": range(1, 13),
        "categories": _categories(found, asked.category),
        **_addresses(asked, page),
    }
    return render(request, "public/search.html", context)


# ── what was asked ──────────────────────────────────────────────────────────────────────────────
def _asked(sent: Mapping[str, str]) -> Asked:
    return Asked(
        text=clean_line(sent.get("q", "")[: 2 * QUERY]),
        sort=NEWEST if sent.get("sort") == NEWEST else RELEVANCE,
        year=_number(sent.get("year", ""), date.min.year, date.max.year),
        month=_number(sent.get("month", ""), 1, 12),
        category=clean_line(sent.get("category", "")[:CODE]),
        is_literal=sent.get("literal") == "1",
    )


def _number(text: str, least: int, most: int) -> int:
    """The number if it is one of those, else 0."""
    is_short = len(text) <= len(str(most)) and text.isascii() and text.isdigit()
    return int(text) if is_short and least <= int(text) <= most else 0


def _pairs() -> list[Pair]:
    terms = Term.objects.filter(is_active=True).values_list("en", "ja")
    return [Pair(en, ja) for en, ja in terms]


def _addresses(asked: Asked, page: Page) -> dict[str, str]:
    return {
        "literally": "?" + asked.address(literal=1),
        "translated": "?" + asked.address(literal=0),
        "anywhere": "?" + asked.address(year=0, month=0, category=""),
        "newer": "?" + asked.address(page=page.number - 1) if page.has_previous() else "",
        "older": "?" + asked.address(page=page.number + 1) if page.has_next() else "",
    }


# ── what can be chosen ──────────────────────────────────────────────────────────────────────────
def _years() -> list[int]:
    """From the newest week's to the oldest's."""
    by_day = SearchDocument.objects.order_by("pk").values_list("pk", flat=True)
    oldest, newest = by_day.first(), by_day.last()
    if oldest is None or newest is None:
        return []
    years = range(search_index.year_of(oldest), search_index.year_of(newest) + 1)
    return list(reversed(years))


def _categories(found: Found, chosen: str) -> list[tuple[str, str]]:
    """(code, name) of those that the papers found are in, and of the one that was asked for."""
    rows = SearchDocument.objects.filter(pk__in=found.ids).values_list("categories", flat=True)
    codes = {code for row in rows.distinct() for code in row} | ({chosen} if chosen else set())
    return [(code, category_name(code)) for code in sorted(codes)]


# ── what was found ──────────────────────────────────────────────────────────────────────────────
def _hits(ids: Sequence[int], marker: Marker) -> list[Hit]:
    rows = SearchDocument.objects.filter(in_public("entry__edition"), pk__in=ids)
    rows = rows.select_related("entry__edition").only(
        *("passages", "categories", "entry__slug", "entry__title", "entry__title_ja"),
        *("entry__authors", "entry__highlight", "entry__arxiv_id", "entry__version_number"),
        *("entry__kind", "entry__edition__slug"),
        *("entry__edition__first_on", "entry__edition__last_on"),
    )
    by_id = {row.pk: row for row in rows}
    return [_hit(by_id[pk], marker) for pk in ids if pk in by_id]


def _hit(row: SearchDocument, marker: Marker) -> Hit:
    entry, edition = row.entry, row.entry.edition
    number, question, text = _best(row.passages, marker)
    anchor = f"{entry.slug}-q{number}" if number else entry.slug
    authors = marker.mark(clean_line(", ".join(map(str, entry.authors))))
    fields = ", ".join(f"{category_name(code)} ({code})" for code in row.categories)
    version = f"v{entry.version_number}" if entry.version_number else ""
    return Hit(
        url=f"{edition.get_absolute_url()}#{anchor}",
        title_ja=_marked(marker.mark(clean_line(entry.title_ja))),
        title=_marked(marker.mark(clean_line(entry.title))),
        authors=_marked(_around_hits(authors)),
        arxiv_id=_marked(marker.mark(f"{entry.arxiv_id}{version}" if entry.arxiv_id else "")),
        highlight=_marked(_if_hit(marker.mark(clean_line(entry.highlight)))),
        categories=_marked(_if_hit(marker.mark(fields))),
        question=_marked(marker.mark(question)),
        excerpt=_marked(marker.excerpt(text, EXCERPT)),
        kind=str(KINDS.get(entry.kind, "")),
        first_on=edition.first_on,
        last_on=edition.last_on,
    )


def _marked(pieces: Iterable[Piece]) -> SafeString:
    shown = (format_html("<mark>{}</mark>", p.text) if p.is_hit else p.text for p in pieces)
    return format_html_join("", "{}", ((piece,) for piece in shown))


def _best(passages: Iterable[Sequence[object]], marker: Marker) -> tuple[int, str, str]:
    """The passage with the most of the query; of equals the first, which is the summary."""
    texts = [(int(str(n)), str(question), str(text)) for n, question, text in passages]
    best = marker.heaviest([f"{question}\n{text}" for _number, question, text in texts])
    return texts[best] if texts else (0, "", "")


def _around_hits(authors: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Of a list of names those that fit, with a little of what stands beside them."""
    return tuple(p if p.is_hit else Piece(_shortened(p.text)) for p in _if_hit(authors))


def _if_hit(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return pieces if any(piece.is_hit for piece in pieces) else ()


def _shortened(text: str, ends: int = 30) -> str:
    return text if len(text) <= 2 * ends + 1 else f"{text[:ends]}…{text[-ends:]}"
