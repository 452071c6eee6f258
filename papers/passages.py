"""From paragraphs to passages: pieces of a paper of a length that can be shown, quoted and sent."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from papers.paragraphs import Paragraph

SHORTEST, LONGEST = 300, 1200  # characters
SENTENCE = re.compile(r"[.!?][\"”’)\]]*\d{0,2}\s+(?=[\"“‘(\[]?[A-Z0-9])")
# A full stop after one of these ends no sentence.
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|etc|al|Figs?|Eqs?|Secs?|Tab|Refs?|resp|approx|Dr|Prof|St|No|Vol|pp"
    r"|w\.r\.t)|\b[A-Z])\.$"
)


@dataclass(frozen=True)
class Passage:
    """A piece of a paper: key "p07-03", page from 1, kind body, abstract, caption, appendix or
    references. A passage that runs over a page's end has the page on which it begins."""

    key: str
    page: int | None
    section: str
    kind: str
    text: str


@dataclass(frozen=True)
class _Piece:
    page: int
    section: str
    kind: str
    text: str
    is_aside: bool


def make_passages(paragraphs: Iterable[Paragraph]) -> tuple[Passage, ...]:
    """Cut paragraphs over 1,200 characters at sentences; put those under 300 with a neighbour."""
    pieces = [piece for paragraph in paragraphs for piece in _pieces(paragraph)]
    numbers: Counter[int] = Counter()
    passages = []
    for piece in _packed(pieces):
        numbers[piece.page] += 1
        key = f"p{piece.page:02d}-{numbers[piece.page]:02d}"
        passages.append(Passage(key, piece.page, piece.section, piece.kind, piece.text))
    return tuple(passages)


def _pieces(paragraph: Paragraph) -> Iterator[_Piece]:
    text = paragraph.text
    parts = -(-len(text) // LONGEST)
    start = 0
    for end in _cuts(text, len(text) / parts) if parts > 1 else [len(text)]:
        part = text[start:end].strip()
        if part:
            page = paragraph.page_at(start)
            yield _Piece(page, paragraph.section, paragraph.kind, part, paragraph.is_aside)
        start = end


def _cuts(text: str, wanted: float) -> Iterator[int]:
    """Where to cut, at ends of sentences as near to the wanted length as they come."""
    start = 0
    ends = [*sentence_ends(text), len(text)]
    for end, after in zip(ends, [*ends[1:], len(text)], strict=True):
        while end - start > LONGEST:
            start = _last_space(text, start)
            yield start
        is_enough = end - start >= 0.85 * wanted or after - start > LONGEST
        if end == len(text) or (is_enough and len(text) - end >= SHORTEST / 2):
            yield end
            start = end


def _last_space(text: str, start: int) -> int:
    space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
    return space + 1 if space > 0 else start + LONGEST


def sentence_ends(text: str) -> list[int]:
    """Offsets at which a new sentence of English text begins."""
    return [
        match.end()
        for match in SENTENCE.finditer(text)
        if not ABBREVIATION.search(text[: match.start() + 1][-12:])
    ]


def _packed(pieces: Sequence[_Piece]) -> list[_Piece]:
    packed: list[_Piece] = []
    for piece in pieces:
        if packed and _fit(packed[-1], piece):
            packed[-1] = replace(packed[-1], text=f"{packed[-1].text} {piece.text}")
        else:
            packed.append(piece)
    return packed


def _fit(before: _Piece, piece: _Piece) -> bool:
    if before.page != piece.page or before.is_aside != piece.is_aside:
        return False
    if (before.section, before.kind) != (piece.section, piece.kind):
        return False
    if piece.kind == "caption" or len(before.text) + len(piece.text) >= LONGEST:
        return False
    if piece.kind == "references":
        return True
    return min(len(before.text), len(piece.text)) < SHORTEST
