"""Where a query's words stand in a text, and the excerpt that shows them best."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from digests.search_text import IS_CJK, Node, Phrase, Query, fold

_BETWEEN = "\u241e"  # the picture of a record separator: part of no word, and folded to itself
# Characters that nothing joins and of which each folds to at least one: where that leaves the
# length of a text as it was, every character stands where it stood.
_UNJOINED = re.compile(
    "[ -~\u2010-\u2027\u3000-\u3029\u3030-\u3096\u309b-\u30ff\u4e00-\u9fff\uff01-\uff60]*"
)
_AFTER_SENTENCE = re.compile("(?<=[。！？]) ")  # lines are joined; Japanese needs no space there


@dataclass(frozen=True)
class Piece:
    text: str
    is_hit: bool = False


class Marker:
    """Tells where a query's words stand in a text."""

    def __init__(self, query: Query) -> None:
        phrases = list(_phrases(query.root)) if query.root else []
        # The longest first, so that a phrase is marked before a word of it.
        sources = sorted({_pattern(p) for p in phrases}, key=len, reverse=True)
        self._patterns = [re.compile(source) for source in sources]
        self._any = re.compile("|".join(sources)) if sources else re.compile("(?!)")

    def heaviest(self, texts: Sequence[str]) -> int:
        """Which text has most of the query's phrases, and then has them most often; of equals the
        first. Folding once costs less than folding each."""
        folded = fold(_BETWEEN.join(texts)).split(_BETWEEN)
        if len(folded) != len(texts):
            folded = [fold(text) for text in texts]
        weights = [self._weight(text) for text in folded]
        return weights.index(max(weights)) if weights else 0

    def _weight(self, folded: str) -> tuple[int, int]:
        often = sum(1 for _found in self._any.finditer(folded))
        several = sum(1 for pattern in self._patterns if pattern.search(folded)) if often else 0
        return several, often

    def mark(self, text: str) -> tuple[Piece, ...]:
        """The text in pieces; joined they are the text."""
        return _pieces(text, self._spans(text) if self._any.search(fold(text)) else [])

    def excerpt(self, text: str, length: int) -> tuple[Piece, ...]:
        """About `length` characters of the text around its first hit, with … where it is cut."""
        text = _AFTER_SENTENCE.sub("", " ".join(text.split()))
        start = _start_near(text, self._first(text, length), length) if len(text) > length else 0
        end = start + length if len(text) > start + length + 1 else len(text)
        before, after = "…" * (start > 0), "…" * (end < len(text))
        pieces = (Piece(before), *self.mark(text[start:end]), Piece(after))
        return tuple(piece for piece in pieces if piece.text)

    def _first(self, text: str, length: int) -> int:
        """Where the first hit begins. Only the part around it is looked at character by character;
        folding moves it a little."""
        found = self._any.search(fold(text))
        start = max(0, found.start() - length) if found else 0
        spans = self._spans(text[start : start + 2 * length]) if found else []
        return start + spans[0][0] if spans else 0

    def _spans(self, text: str) -> list[tuple[int, int]]:
        folded, places = _folded_with_places(text)
        return [
            (places[found.start()][0], places[found.end() - 1][1])
            for found in self._any.finditer(folded)
            if found[0]
        ]


def _phrases(node: Node) -> Iterator[Phrase]:
    if isinstance(node, Phrase):
        yield node
    else:
        for part in node.parts:
            yield from _phrases(part)


def _pattern(phrase: Phrase) -> str:
    """Of a folded text. No sets of characters beyond ASCII: each takes a millisecond to compile."""
    source = r"[\W_]*".join(_run_pattern(run, phrase.is_loose) for run in phrase.runs)
    if phrase.ends_in_cjk:
        return source
    same = _same(phrase.runs[-1])
    return source + (f"{same}*" if phrase.is_open else f"(?!{same})")


def _run_pattern(run: str, is_loose: bool) -> str:
    if IS_CJK.match(run):
        written = "ー*・?ー*".join(map(re.escape, run)) if is_loose else re.escape(run)
        return written + "ー?"  # サーバ is marked in サーバー as far as the word goes
    return f"(?<!{_same(run)}){re.escape(run)}"


def _same(run: str) -> str:
    """What a run of letters or of digits would go on with."""
    return r"\d" if run[0].isdecimal() else "[a-z]"


_fold_cluster = lru_cache(maxsize=8192)(fold)


def _folded_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`fold(text)`, and for each of its characters from where to where it stood in the text."""
    whole = fold(text)
    if len(whole) == len(text) and _UNJOINED.fullmatch(text):
        return whole, [(at, at + 1) for at in range(len(text))]
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = _fold_cluster(text[start:end])
        folded.append(piece)
        places += [(start, end)] * len(piece)
    return "".join(folded), places


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Characters with what may join them when they are folded: accents, voiced marks, jamo."""
    start = 0
    for at in range(1, len(text)):
        if not _joins(text[at]):
            yield start, at
            start = at
    if text:
        yield start, len(text)


def _joins(character: str) -> bool:
    if (
        character < "\u00ad"
        or "\u3041" <= character <= "\u3096"
        or "\u4e00" <= character <= "\u9fff"
    ):
        return False
    return (
        character in "\uff9e\uff9f"
        or "\u1100" <= character <= "\u11ff"
        or "\u3131" <= character <= "\u318e"
        or "\ua960" <= character <= "\ud7ff" > character > "\ud7a3"
        or "\uffa0" <= character <= "\uffdc"
        or unicodedata.category(character)[0] == "M"
        or not character.isprintable()
    )


def _start_near(text: str, hit: int, length: int) -> int:
    """Where an excerpt begins: the sentence of the hit, if that leaves the hit well inside."""
    earliest = max(0, hit - length // 3)
    sentence = max(text.rfind(end, earliest, hit) for end in "。．！？")
    start = sentence + 1 if sentence >= 0 else earliest
    return max(0, min(start, len(text) - length))


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    done = 0
    for start, end in spans:
        if end <= done:
            continue
        pieces += [Piece(text[done : max(done, start)]), Piece(text[max(done, start) : end], True)]
        done = end
    return tuple(p for p in (*pieces, Piece(text[done:])) if p.text)
