"""The right pane: a paper's text by passages, with the quotes of its entry where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from digests import rendering
from digests.desk.access import desk
from digests.desk.frame import page
from digests.models import Entry, Evidence
from papers.models import Passage


@dataclass(frozen=True)
class Link:
    """A mark at the end of a quote: the card that uses it, "" for none."""

    key: str
    card: str


@dataclass(frozen=True)
class Piece:
    """A run of a passage's words; `is_quoted` where evidence covers it, `ends` the marks of the
    quotes that end with it."""

    words: str
    is_quoted: bool
    ends: list[Link]


@dataclass(frozen=True)
class Shown:
    """A passage as the pane shows it."""

    passage: Passage
    pieces: list[Piece]
    pdf: str  # the PDF at its page, "" where there is none

    @property
    def is_reference(self) -> bool:
        return bool(self.passage.kind == Passage.Kind.REFERENCES)


@dataclass(frozen=True)
class Section:
    title: str
    passages: list[Shown]

    @property
    def anchor(self) -> str:
        return f"section-{self.passages[0].passage.key}"


@desk("digests.view_entry", methods="GET")
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole text; with `?part=1` only what the desk puts into its right pane."""
    entry = get_object_or_404(
        Entry.objects.select_related("issue", "paper", "version__paper").prefetch_related(
            "evidence", "questions"
        ),
        pk=pk,
    )
    context = {"entry": entry, "sections": _sections(entry)}
    if request.GET.get("part"):
        return render(request, "desk/_text.html", context)
    title = _("Text of “%(title)s”") % {"title": entry.original_title}
    return page(request, "desk/text.html", title, **context)


def _sections(entry: Entry) -> list[Section]:
    if entry.version is None:
        return []
    cards = _cards_by_key(entry)
    quotes: dict[str, list[Evidence]] = {}
    for row in entry.evidence.all():
        if row.version_id == entry.version_id:
            quotes.setdefault(row.passage_key, []).append(row)
    pdf = entry.version.pdf_url
    shown = [
        Shown(
            passage,
            pieces_of(passage.text, quotes.get(passage.key, []), cards),
            f"{pdf}#page={passage.page}" if pdf and passage.page else "",
        )
        for passage in entry.version.passages.all()
    ]
    groups = groupby(shown, key=lambda s: s.passage.section)
    return [Section(title, list(group)) for title, group in groups]


def _cards_by_key(entry: Entry) -> dict[str, str]:
    """The first card that uses each mark, by the id of its element."""
    texts = [("summary", entry.summary)]
    texts += [(f"q{q.pk}", q.answer) for q in entry.present_questions]
    used: dict[str, str] = {}
    for name, words in texts:
        for sentence in rendering.sentences(words):
            for key in sentence.marks:
                used.setdefault(key, name)
    return used


def pieces_of(words: str, quotes: Sequence[Evidence], cards: dict[str, str]) -> list[Piece]:
    """The passage cut at both ends of every quote. A quote that stands there in another writing
    (a hyphen at a line's end, say) marks the whole passage."""
    spans = [(place_of(row.quote, words) or (0, len(words)), row.key) for row in quotes]
    edges = sorted({0, len(words), *(edge for span, _key in spans for edge in span)})
    return [
        Piece(
            words[start:end],
            any(a <= start and end <= b for (a, b), _key in spans),
            [Link(key, cards.get(key, "")) for (_a, b), key in spans if b == end],
        )
        for start, end in pairwise(edges)
    ]


def place_of(quote: str, words: str) -> tuple[int, int] | None:
    """Where the quote stands, whatever white space lies between its words."""
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    found = re.search(pattern, words) or re.search(pattern, words, re.IGNORECASE)
    return found.span() if found else None
