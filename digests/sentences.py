"""Stored Markdown as blocks and sentences, each with its evidence marks and its place.

Places are offsets into the text as it is stored, so that the gate can point at a word and an
editor's cursor can go there.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, pairwise

from markdown_it.token import Token

from digests import markdown_rules
from digests.markdown_rules import clean, is_cjk

_PARSER = markdown_rules.parser(keep_source=True)
_KINDS = {"list_item_open": "item", "heading_open": "heading", "th_open": "cell", "td_open": "cell"}


@dataclass(frozen=True)
class Sentence:
    """A sentence: its plain text without marks, the keys of its marks, and `start` to `end` in
    the stored text, marks after the full stop included. `block` counts paragraphs, items,
    headings and cells from 0; `kind` is prose, item, heading, cell or note (編集者注：)."""

    text: str
    marks: tuple[str, ...]
    start: int
    end: int
    block: int = 0
    kind: str = "prose"


def sentences(text: str) -> list[Sentence]:
    """The sentences of every paragraph, list item, heading and table cell, in order. Code blocks
    and formulas on lines of their own have none."""
    return list(_sentences(text))


@lru_cache(maxsize=2048)  # the gate, the tally and the chips of one page all ask for them
def _sentences(text: str) -> tuple[Sentence, ...]:
    return tuple(chain.from_iterable(_sentences_of(block) for block in _blocks(text)))


def marks(text: str) -> list[str]:
    """The keys of all evidence marks, in order and as often as they stand; none from code."""
    return [piece.key for block in _blocks(text) for piece in block.pieces if piece.key]


def without_marks(text: str) -> str:
    """The stored Markdown without its marks; code keeps what looks like one."""
    kept, done = [], 0
    for block in _blocks(text):
        for mark in (piece for piece in block.pieces if piece.key):
            start, end = block.at(mark.start), block.at(mark.end - 1) + 1
            if clean(text[start:end])[0] != f"[^{mark.key}]":  # in a table row with `\|`
                start = text.find(f"[^{mark.key}]", done)
                end = start + len(mark.key) + 3
            if start >= done:
                kept.append(text[done:start])
                done = end
    return "".join([*kept, text[done:]])


def plain(text: str) -> str:
    """The words alone, for descriptions and counting: a line for each paragraph, item and cell."""
    lines = ("".join(piece.text for piece in block.pieces).strip() for block in _blocks(text))
    return "\n".join(line for line in lines if line)


# ── blocks ──────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class _Piece:
    """Part of a block, from `start` to `end` of its content. Nothing ends a sentence inside a
    solid piece (code, a formula, an address); a piece with a key is a mark and has no text."""

    text: str
    start: int
    end: int
    is_solid: bool = False
    is_break: bool = False
    key: str = ""


@dataclass(frozen=True)
class _Block:
    number: int
    kind: str
    pieces: tuple[_Piece, ...]
    line_starts: tuple[int, ...]  # of each line of the content, in the content
    line_places: tuple[int, ...]  # of the same lines, in the cleaned text
    taken_out: Sequence[int]  # as `clean` tells it

    def at(self, place: int) -> int:
        """The place in the stored text of a place in the content."""
        line = max(bisect_right(self.line_starts, place) - 1, 0)
        in_cleaned = self.line_places[line] + place - self.line_starts[line]
        return in_cleaned + bisect_right(self.taken_out, in_cleaned)


def _blocks(text: str) -> Iterator[_Block]:
    source, taken_out = clean(text)
    rows = [0, *(found.end() for found in re.finditer("\n", source)), len(source)]
    cursor, number, kinds = 0, 0, ["prose"]
    for token in _PARSER.parse(source):
        if token.type == "inline":
            places, cursor = _places(token, source, rows, cursor)
            yield _block(token, number, kinds[-1], places, taken_out)
            number += 1
        elif token.type in _KINDS:
            kinds.append(_KINDS[token.type])
        elif token.type.removesuffix("close") + "open" in _KINDS:
            kinds.pop()


def _places(
    token: Token, source: str, rows: Sequence[int], cursor: int
) -> tuple[tuple[int, ...], int]:
    """Where each line of an inline token begins, and where the last one ends. The parser tells
    the source lines only; each is looked for in its row, after what went before."""
    first = (token.map or [0])[0]
    places = []
    for offset, line in enumerate(token.content.split("\n")):
        row = min(first + offset, len(rows) - 2)
        cursor = max(cursor, rows[row])
        found = source.find(line, cursor, rows[row + 1])
        # Not found: changed on the way, as `\|` in a table. Then the place is near, not exact.
        places.append(max(found, cursor))
        cursor = places[-1] + (len(line) if found >= 0 else 0)
    return tuple(places), cursor


def _block(
    token: Token, number: int, kind: str, places: tuple[int, ...], taken_out: Sequence[int]
) -> _Block:
    lines = token.content.split("\n")
    return _Block(
        number=number,
        kind="note" if markdown_rules.is_note(token.content) else kind,
        pieces=tuple(_pieces(token.children or [], token.content)),
        line_starts=tuple(accumulate((len(line) + 1 for line in lines[:-1]), initial=0)),
        line_places=places,
        taken_out=taken_out,
    )


def _pieces(children: Iterable[Token], content: str) -> Iterator[_Piece]:
    cursor, address = 0, None
    for token in children:
        start, end = token.meta.get("span", (cursor, cursor))
        match token.type:
            case "text" if address:
                yield _Piece(token.content, *address, is_solid=True)
                continue
            case "text":
                # Between one token and the next stand only delimiters and spaces, so the first
                # place after the cursor is the right one.
                start = max(content.find(token.content, cursor), cursor)
                end = start + len(token.content)
                yield _Piece(token.content, start, end)
            case "softbreak" | "hardbreak":
                yield _Piece(" ", cursor, cursor, is_break=token.type == "hardbreak")
                continue
            case "mark":
                yield _Piece("", start, end, key=token.content)
            case "text_special" | "code_inline" | "math_inline" | "math_inline_double":
                yield _Piece(clean(token.content)[0], start, end, is_solid=True)
            case "link_open":
                address = (start, end) if token.info == "auto" else None
                end = start + 1
            case "link_close":
                end, address = (address[1] if address else end), None
            case "image":
                pass
            case _:
                continue
        cursor = end


# ── sentences ───────────────────────────────────────────────────────────────────────────────────
def _sentences_of(block: _Block) -> Iterator[Sentence]:
    text = "".join(piece.text for piece in block.pieces)
    starts = list(accumulate((len(piece.text) for piece in block.pieces), initial=0))[:-1]
    spans = list(_spans(text, [0, *ends(_masked(block.pieces)), len(text)]))
    owned: list[list[_Piece]] = [[] for _ in spans]
    for at, piece in zip(starts, block.pieces, strict=True):
        if piece.key and spans:
            # The last sentence that began before the mark: full stop before or after it alike.
            owned[max(bisect_right(spans, (at - 1, at + len(text))) - 1, 0)].append(piece)
    for (start, end), own in zip(spans, owned, strict=True):
        last = _place(block.pieces, starts, end - 1) + 1
        yield Sentence(
            text=text[start:end],
            marks=tuple(mark.key for mark in own),
            start=block.at(_place(block.pieces, starts, start)),
            end=max([block.at(last - 1) + 1, *(block.at(mark.end - 1) + 1 for mark in own)]),
            block=block.number,
            kind=block.kind,
        )


def _spans(text: str, cuts: Iterable[int]) -> Iterator[tuple[int, int]]:
    for start, end in pairwise(cuts):
        words = text[start:end]
        if words.strip():
            yield start + len(words) - len(words.lstrip()), start + len(words.rstrip())


def _masked(pieces: Iterable[_Piece]) -> str:
    """The block's text, as long as it is, with what can't end a sentence as letters."""
    parts = (
        "\n" if piece.is_break else "x" * len(piece.text) if piece.is_solid else piece.text
        for piece in pieces
    )
    return "".join(parts)


def _place(pieces: Sequence[_Piece], starts: Sequence[int], at: int) -> int:
    """The place in the block's content of a place in its plain text."""
    number = bisect_right(starts, at) - 1
    piece = pieces[number]
    if piece.is_solid:
        return piece.start if at == starts[number] else piece.end - 1
    return piece.start + at - starts[number]


# ── where a sentence ends ───────────────────────────────────────────────────────────────────────
_STOP = re.compile(r"\n|([。｡．.！？!?]+)[」』）)】〕》〉］\]”\"']*")
_BRACKETS = dict(zip("」』）)】〕》〉］]”", "「『（(【〔《〈［[“", strict=True))
_OPENING = frozenset(_BRACKETS.values())
_WORD = re.compile(r"[A-Za-z][A-Za-z.]*$")
_ABBREVIATIONS = (
    "al app approx cf ch def dr e.g eq eqs etc fig figs i.e inc lem mr mrs ms no nos pp prof prop "
    "ref refs resp sec secs sect st tab thm vol vs w.r.t"
)


def ends(text: str) -> list[int]:
    """Where the sentences of one line of plain text end (the end of the text not counted). A
    newline ends a sentence; a full stop inside a closed pair of brackets does not."""
    inside = _inside(text)
    return [
        found.end()
        for found in _STOP.finditer(text)
        if not found[1] or (not inside[found.start()] and _is_end(text, found))
    ]


def _inside(text: str) -> list[bool]:
    """For each character, whether it stands inside brackets that are closed."""
    change = [0] * (len(text) + 1)
    open_at: list[int] = []
    waiting = dict.fromkeys(_OPENING, 0)
    for at, character in enumerate(text):
        if character in _OPENING:
            open_at.append(at)
            waiting[character] += 1
        elif waiting.get(_BRACKETS.get(character, ""), 0):
            start = -1
            while text[start] != _BRACKETS[character] or start < 0:
                start = open_at.pop()
                waiting[text[start]] -= 1
            change[start] += 1
            change[at] -= 1
    return [depth > 0 for depth in accumulate(change)]


def _is_end(text: str, found: re.Match[str]) -> bool:
    stop, after = found[1], text[found.end() : found.end() + 2]
    if "。" in stop or "｡" in stop or not after:
        return True
    before = text[max(found.start() - 12, 0) : found.start()]
    if stop[-1] in "！？!?":
        return _ends_question(stop[-1], before[-1:], after)
    if stop == "．" or (before and is_cjk(before[-1])):
        # 3．5 and 図3.2 go on; です.2023年 does not.
        is_number = before[-1:].isdigit() and after[0].isdigit()
        return not is_number
    return stop == "." and _ends_latin(before, after)


def _ends_question(stop: str, before: str, after: str) -> bool:
    if after[0] in "、," or after[0] == "と":
        return False  # なぜか？と問う
    is_japanese = stop in "！？" or bool(before and is_cjk(before))
    return is_japanese or after[0].isspace()


def _ends_latin(before: str, after: str) -> bool:
    """Whether a period after a Latin letter or a digit ends a sentence: not in `e.g.`, `3.5`,
    `Node.js`, `J. Smith`, `Fig. 3` and `1. `."""
    if not (after[0].isspace() or is_cjk(after[0])):
        return False
    word = _WORD.search(before)
    if word and (
        word[0].lower() in _ABBREVIATIONS.split() or (len(word[0]) == 1 and word[0].isupper())
    ):
        return False
    is_list_number = before.strip().isdigit() and len(before) < 12
    return not is_list_number and not after.strip()[:1].islower()
