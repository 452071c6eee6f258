"""Draws a social card, the picture that other sites show beside a link: 1200 × 630 pixels.

Lines break by the rules of Japanese typesetting (kinsoku); a long title gets smaller letters, and
one that is longer still ends in 「…」. What the font has no glyph for never fails: a letter with a
diacritic loses it, any other letter becomes 〓, and the rest (emoji, say) is left out. The font is
a part of Noto Sans CJK JP, made by docs/card_font.py.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from papers.cleaning import clean_line

SIZE = WIDTH, HEIGHT = 1200, 630
LAYOUT = 2  # another number makes every card anew
LONGEST = 400  # characters of one text that are looked at
MOST_PIXELS = 24_000_000  # of the house's picture, as for the pictures in texts

_FONT = Path(__file__).parent / "fonts" / "NotoSansCJKjp-Bold-subset.otf"
_PAPER, _INK, _MUTED = (252, 251, 248), (31, 30, 27), (93, 90, 83)
_SEAL, _LINE = (168, 50, 26), (220, 216, 205)
_EDGE, _MARGIN, _PICTURE = 20, 76, 400
_SMALL = 30
_TITLE_SIZES, _TITLE_LINES, _TITLE_HEIGHT = (78, 70, 62, 54, 48), 4, 300
_UNDER_SIZE, _UNDER_LINES = 32, 2
_TITLE_LEADING, _LEADING = 1.3, 1.4
_NARROWER = 20  # pixels, step by step, until a line would be added

_NOT_FIRST = frozenset(
    "、。，．・：；？！?!,.:;゛゜ヽヾゝゞ々ー―‐…‥」』）】〕〉》］｝〟’”)]}%％℃〜～"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
)
_NOT_LAST = frozenset("「『（【〔〈《［｛〝‘“([{$¥￥#＃№")
# A Latin word, a word of katakana unless it is very long, a few kanji with what hangs on them
# (自己整合性、報酬と), spaces, or one character.
_WORD = re.compile(
    r"[!-~\u00a1-\u03ff]+|[ァ-ヴー]{2,10}|[\u4e00-\u9fff々]{1,6}[ぁ-ん]{0,3}|\s+|.", re.DOTALL
)
_PLAIN = str.maketrans("łŁđĐøØıħĦ", "lLdDoOihH")


@dataclass(frozen=True)
class Card:
    """The words of a card: above the title, the title, under it, and at the foot."""

    above: str
    title: str
    under: str
    foot: str


def picture_of(card: Card, house_picture: bytes = b"") -> bytes:
    """The card as PNG, with the house's picture at its left where that can be read."""
    canvas = Image.new("RGB", SIZE, _PAPER)
    picture = _readable(house_picture)
    left = _EDGE + _MARGIN
    if picture:
        canvas.paste(ImageOps.fit(picture, (_PICTURE, HEIGHT)), (0, 0))
        left = _PICTURE + _MARGIN
    draw = ImageDraw.Draw(canvas)
    if not picture:
        draw.rectangle((0, 0, _EDGE - 1, HEIGHT), fill=_SEAL)
    _write(draw, card, left, WIDTH - _MARGIN)
    if not picture:
        canvas = canvas.quantize(64, Image.Quantize.FASTOCTREE)  # a third of the bytes
    file = io.BytesIO()
    canvas.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _readable(data: bytes) -> Image.Image | None:
    if not data:
        return None
    try:
        picture = Image.open(io.BytesIO(data))
        if picture.width * picture.height > MOST_PIXELS:
            return None
        return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # a card without it is better than none


def _write(draw: ImageDraw.ImageDraw, card: Card, left: int, right: int) -> None:
    width = right - left
    foot = HEIGHT - _MARGIN + 20 - _SMALL
    draw.line((left, foot - 24, right, foot - 24), fill=_LINE, width=2)
    _lines(draw, (left, foot - 6), wrapped(card.foot, _SMALL, width, most=1), _SMALL, _SEAL)
    _lines(draw, (left, _MARGIN - 10), wrapped(card.above, _SMALL, width, most=1), _SMALL, _MUTED)
    title_size, title = fitted(card.title, width)
    y = _lines(draw, (left, _MARGIN + 54), title, title_size, _INK, _TITLE_LEADING) + 16
    room = int((foot - 48 - y) / (_UNDER_SIZE * _LEADING))
    under = wrapped(card.under, _UNDER_SIZE, width, most=min(_UNDER_LINES, room))
    _lines(draw, (left, y), under, _UNDER_SIZE, _MUTED)


def _lines(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    lines: Sequence[str],
    size: int,
    fill: tuple[int, int, int],
    leading: float = _LEADING,
) -> int:
    """Draw the lines from the place down; the place under the last."""
    x, y = at
    for line in lines:
        # A bracket that begins a line has half a letter of empty space before it.
        indent = size // 2 if line[0] in "「『（【〔〈《［" else 0
        draw.text((x - indent, y), line, font=_font(size), fill=fill)
        y += round(size * leading)
    return y


# ── lines ───────────────────────────────────────────────────────────────────────────────────────
def fitted(title: str, width: int) -> tuple[int, list[str]]:
    """The largest size at which the title fits, and its lines: each ends after a comma where that
    takes no more room than there is, else they are of about one length; cut at the smallest."""
    for size in _TITLE_SIZES:
        lines = _wrapped(title, size, width)
        most = min(_TITLE_LINES, int(_TITLE_HEIGHT / (size * _TITLE_LEADING)))
        phrased = _phrased(title, size, width)
        if 1 < len(phrased) <= most:
            return size, phrased
        if len(lines) <= most:
            return size, _evened(lines, title, size, width)
    return size, wrapped(title, size, width, most=most)


def _phrased(title: str, size: int, width: int) -> list[str]:
    """Lines that end after a comma; none where what stands between two is too wide for a line."""
    lines = [""]
    for phrase in re.split("(?<=、)", drawable(title)):
        if lines[-1] and _length(lines[-1] + phrase, size) > width:
            lines.append("")
        lines[-1] += phrase
    return [] if any(_length(line, size) > width for line in lines) else lines


def _evened(lines: list[str], title: str, size: int, width: int) -> list[str]:
    """As many lines, in the narrowest column that holds them: no last line of one letter."""
    for narrower in range(width - _NARROWER, width // 2, -_NARROWER):
        others = _wrapped(title, size, narrower)
        if len(others) > len(lines):
            break
        lines = others
    return lines


def wrapped(text: str, size: int, width: int, *, most: int) -> list[str]:
    """At most so many lines of at most `width` pixels; the last ends in 「…」 if words are left."""
    lines = _wrapped(text, size, width)
    if len(lines) <= most or most < 1:
        return lines[: max(most, 0)]
    last = lines[most - 1].rstrip()
    while last and _length(last + "…", size) > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip("、。・ ") + "…"]


def _wrapped(text: str, size: int, width: int) -> list[str]:
    lines = [""]
    for unit in _units(drawable(text)):
        if lines[-1] and _length((lines[-1] + unit).rstrip(), size) > width:
            lines.append("")
            unit = unit.lstrip()
        while _length(unit.rstrip(), size) > width:
            head = _fitting(unit, size, width)
            lines[-1:] = [unit[:head], ""]
            unit = unit[head:]
        lines[-1] += unit
    return [line.strip() for line in lines if line.strip()]


def _units(text: str) -> Iterator[str]:
    """What stays on one line: a word, or a character with what may not part from it."""
    unit = ""
    for piece in _WORD.findall(text):
        if unit and piece[0] not in _NOT_FIRST and unit[-1] not in _NOT_LAST:
            yield unit
            unit = ""
        unit += piece
    if unit:
        yield unit


def _fitting(unit: str, size: int, width: int) -> int:
    """How many characters of a unit that is wider than a line fit on one; at least one."""
    length = 1
    while length < len(unit) and _length(unit[: length + 1], size) <= width:
        length += 1
    return length


# ── letters ─────────────────────────────────────────────────────────────────────────────────────
@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size, layout_engine=ImageFont.Layout.BASIC)


def _length(text: str, size: int) -> float:
    return sum(_width(character) for character in text) * size


@lru_cache(8192)
def _width(character: str) -> float:
    """Of its size; the basic layout has no ligatures, so that widths add up."""
    return _font(100).getlength(character) / 100


def drawable(text: str) -> str:
    """The text as the font can show it, on one line."""
    return " ".join("".join(map(_drawable, clean_line(text)[:LONGEST])).split())


@lru_cache(8192)
def _drawable(character: str) -> str:
    if character.isspace() or _has_glyph(character):
        return character
    plain = unicodedata.normalize("NFKD", character.translate(_PLAIN))
    kept = "".join(c for c in plain if c != character and _has_glyph(c))
    if kept:
        return kept
    return "〓" if unicodedata.category(character)[0] in "LN" else ""


def _has_glyph(character: str) -> bool:
    return character.isprintable() and _shape(character) != _shape("\uffff")


def _shape(character: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(24).getmask(character)
    return mask.size, bytes(mask)
