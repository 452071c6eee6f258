"""What stands on the pages of a PDF: lines of visible text with their place, size and font.

Page furniture (rising columns of line numbers, running heads, page numbers, the arXiv stamp) is
taken out here; what the lines mean is for papers.passages.
"""

import ctypes
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from papers.cleaning import without_unwanted

# PDFium's marks for a hyphen at the end of a line: by character, and in whole texts.
HYPHEN_MARKS = ("\x02", "\ufffe")
LINE_END = re.compile("[\r\n\x02\ufffe]")
# A head or a foot is looked for in so much of the page's height.
MARGIN_ZONE = 0.1
SAMPLES = 5
LONG = 25  # letters: a line of running text, not a label

# On a page no one sees these either: format (soft hyphens, joiners), private, unassigned.
UNSEEN = frozenset({"Cf", "Co", "Cn"})
LIGATURES = {ord(char): unicodedata.normalize("NFKC", char) for char in "ﬀﬁﬂﬃﬄﬅﬆĳǆǉǌ"}
LEADING_NUMBER = re.compile(r"^(\d{1,4})\s+\S")
TRAILING_NUMBER = re.compile(r"\S\s+(\d{1,4})$")
PAGE_NUMBER = re.compile(r"^\W*(page\s+)?\d{1,4}(\s*(/|of)\s*\d{1,4})?\W*$", re.IGNORECASE)
ARXIV_STAMP = re.compile(r"^arXiv:\S+(\s+\[[\w.-]+\])?\s+\d{1,2} \w{3} \d{4}$")


@dataclass(frozen=True)
class Line:
    """One printed line; lengths in points, y of the baseline upwards from the page's foot."""

    page: int
    text: str
    has_hyphen: bool  # cut at the end of the line, the hyphen itself taken off
    x0: float
    x1: float
    y: float
    size: float
    font: str


@dataclass(frozen=True)
class PageLines:
    number: int
    height: float
    lines: tuple[Line, ...]


def read_page(
    page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, number: int, hidden: Set[int]
) -> PageLines:
    """The page's visible lines in the order in which its file has them, without line numbers.

    `hidden` holds the addresses of text objects to leave out. The order of a file is the order of
    reading for everything that TeX writes, columns included.
    """
    reader = _Reader(textpage, number)
    pieces = [
        part
        for chars, has_hyphen in reader.printed_lines(hidden)
        for part in reader.lines_of(chars, has_hyphen)
    ]
    pieces = _without_line_numbers(pieces)
    return PageLines(number, page.get_height(), tuple(_joined(pieces)))


def without_furniture(pages: Sequence[PageLines]) -> list[Line]:
    """The lines of all pages in order, without heads and feet that repeat, and page numbers."""
    repeated: Counter[str] = Counter()
    for page in pages:
        repeated.update({_head_key(line) for line in page.lines if _in_margin(line, page.height)})
    enough = 3 if len(pages) > 4 else 2
    return [
        line
        for page in pages
        for line in page.lines
        if not _is_furniture(line, page.height, repeated, enough) and not _is_lone_head(line, page)
    ]


def printable(text: str) -> str:
    """Single spaces; ligatures in letters; no NUL, surrogate or other sign that no one sees.

    Pairs of surrogates become the character that they stand for.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    spaced = " ".join(whole.translate(LIGATURES).split())
    if spaced.isascii() and spaced.isprintable():
        return spaced
    return "".join(filter(_is_printed, without_unwanted(spaced)))


def _is_printed(char: str) -> bool:
    return char != "\ufffd" and unicodedata.category(char) not in UNSEEN


class _Reader:
    """Asks PDFium about single characters; only a few per line, as each call costs."""

    def __init__(self, textpage: pdfium.PdfTextPage, page: int) -> None:
        self.textpage = textpage.raw  # saves a look-up per call
        self.page = page
        code = pdfium_c.FPDFText_GetUnicode
        count = textpage.count_chars()
        self.chars = "".join([chr(code(self.textpage, index)) for index in range(count)])
        self.font_buffer = ctypes.create_string_buffer(128)
        self.font_flags = ctypes.c_int()

    def printed_lines(self, hidden: Set[int]) -> Iterator[tuple[Sequence[int], bool]]:
        """The characters' numbers line by line, and whether the line ends in a hyphen."""
        start = 0
        for end in LINE_END.finditer(self.chars):
            chars = range(start, end.start())
            yield self._seen(chars, hidden), end.group() in HYPHEN_MARKS
            start = end.end()
        yield self._seen(range(start, len(self.chars)), hidden), False

    def _seen(self, chars: range, hidden: Set[int]) -> Sequence[int]:
        if not hidden:
            return chars
        return [index for index in chars if self._object(index) not in hidden]

    def lines_of(self, chars: Sequence[int], has_hyphen: bool) -> Iterator[Line]:
        """The line; a number well apart from its text, as line numbers are, by itself."""
        chars = self._trimmed(chars)
        text = self._text(chars)
        leading = LEADING_NUMBER.match(text)
        if leading and self._is_gap(chars, leading.end(1)):
            yield from self._line(chars[: leading.end(1)], False)
            chars = self._trimmed(chars[leading.end(1) :])
            text = self._text(chars)
        trailing = TRAILING_NUMBER.search(text)
        if trailing and self._is_gap(chars, trailing.start(1) - 1):
            yield from self._line(self._trimmed(chars[: trailing.start(1)]), False)
            chars = chars[trailing.start(1) :]
        yield from self._line(chars, has_hyphen)

    def _line(self, chars: Sequence[int], has_hyphen: bool) -> Iterator[Line]:
        if not chars or self._is_turned(chars[len(chars) // 2]):
            return
        text = printable(self._text(chars))
        if not text:
            return
        if not has_hyphen and len(text) > 2 and text[-1] in "-\u00ad\u2010" and text[-2].isalpha():
            has_hyphen, text = True, text[:-1]  # the last line of a column carries no mark
        first, last = self._box(chars[0]), self._box(chars[-1])
        step = max(1, len(chars) // SAMPLES)
        samples = [index for index in chars[::step] if self.chars[index] > " "]
        fonts = Counter(self._font(index) for index in {chars[0], samples[-1], samples[0]})
        yield Line(
            page=self.page,
            text=text,
            has_hyphen=has_hyphen,
            x0=first[0],
            x1=last[1],
            y=median([self._origin(index) for index in samples]),
            size=round(_full_size([self._size(index) for index in samples]), 1),
            font=fonts.most_common(1)[0][0] if len(fonts) == 1 else "",
        )

    def _text(self, chars: Sequence[int]) -> str:
        if isinstance(chars, range):
            return self.chars[chars.start : chars.stop]
        return "".join(self.chars[index] for index in chars)

    def _trimmed(self, chars: Sequence[int]) -> Sequence[int]:
        start, end = 0, len(chars)
        while start < end and self.chars[chars[start]] <= " ":
            start += 1
        while end > start and self.chars[chars[end - 1]] <= " ":
            end -= 1
        return chars[start:end]

    def _is_gap(self, chars: Sequence[int], at: int) -> bool:
        before = [index for index in chars[:at] if self.chars[index] > " "]
        after = [index for index in chars[at:] if self.chars[index] > " "]
        if not before or not after:
            return False
        gap = self._box(after[0])[0] - self._box(before[-1])[1]
        return gap < -self._size(after[0]) or gap > 0.4 * self._size(after[0])

    def _object(self, index: int) -> int | None:
        return ctypes.cast(
            pdfium_c.FPDFText_GetTextObject(self.textpage, index), ctypes.c_void_p
        ).value

    def _box(self, index: int) -> tuple[float, float]:
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        pdfium_c.FPDFText_GetCharBox(self.textpage, index, left, right, bottom, top)
        return left.value, right.value

    def _origin(self, index: int) -> float:
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium_c.FPDFText_GetCharOrigin(self.textpage, index, x, y)
        return y.value

    def _size(self, index: int) -> float:
        """The size on the page: many writers set size 1 and scale by the matrix."""
        matrix = pdfium_c.FS_MATRIX()
        pdfium_c.FPDFText_GetMatrix(self.textpage, index, matrix)
        nominal: float = pdfium_c.FPDFText_GetFontSize(self.textpage, index)
        scale: float = (matrix.c**2 + matrix.d**2) ** 0.5
        return nominal * (scale or 1.0)

    def _font(self, index: int) -> str:
        pdfium_c.FPDFText_GetFontInfo(self.textpage, index, self.font_buffer, 128, self.font_flags)
        return self.font_buffer.value.decode("latin-1")

    def _is_turned(self, index: int) -> bool:
        angle: float = pdfium_c.FPDFText_GetCharAngle(self.textpage, index)
        return 0.1 < angle % 6.2832 < 6.18


def _full_size(sizes: Sequence[float]) -> float:
    """The second largest: names in small capitals make a line no smaller, a large initial letter
    makes it no larger."""
    return sorted(sizes)[-2] if len(sizes) > 2 else sizes[0]


def _without_line_numbers(lines: list[Line]) -> list[Line]:
    """Leave out numbers that rise down the page in a column of their own beside the text."""
    text = [line for line in lines if len(line.text) >= LONG]
    if not text:
        return lines
    # All but the outermost few: a note across the page must not hide the columns.
    few = len(text) // 10
    left = sorted(line.x0 for line in text)[few]
    right = sorted(line.x1 for line in text)[-1 - few]
    beside = [
        line
        for line in lines
        if line.text.isascii() and line.text.isdigit() and (line.x1 < left or line.x0 > right)
    ]
    numbers = {id(line) for column in _columns(beside) if _rises(column) for line in column}
    return [line for line in lines if id(line) not in numbers]


def _columns(numbers: Iterable[Line]) -> list[list[Line]]:
    """Numbers that end at one place from the left, as figures under each other do."""
    columns: list[list[Line]] = []
    for line in sorted(numbers, key=lambda line: line.x1):
        if not columns or line.x1 - columns[-1][-1].x1 > 4:
            columns.append([])
        columns[-1].append(line)
    return columns


def _rises(column: list[Line]) -> bool:
    if len(column) < 5:
        return False
    values = [int(line.text) for line in sorted(column, key=lambda line: -line.y)]
    steps = Counter(after - before for before, after in pairwise(values))
    step, count = steps.most_common(1)[0]
    return step > 0 and count >= 0.7 * (len(values) - 1)


def _joined(pieces: Iterable[Line]) -> Iterator[Line]:
    """Join pieces of one line that PDFium cut apart, as it does after an index or an exponent."""
    line: Line | None = None
    for piece in pieces:
        if line is None:
            line = piece
        elif _is_same_line(line, piece):
            line = _glued(line, piece)
        else:
            yield line
            line = piece
    if line is not None:
        yield line


def _is_same_line(line: Line, piece: Line) -> bool:
    size = max(line.size, piece.size)
    gap = piece.x0 - line.x1
    if line.has_hyphen or abs(line.y - piece.y) >= 0.5 * size or gap <= -0.3 * size:
        return False
    return gap < 2 * size or _is_far_number(line, piece)


def _is_far_number(line: Line, piece: Line) -> bool:
    """The page's number in a line of a table of contents."""
    is_number = piece.text.isascii() and piece.text.isdigit()
    return is_number and abs(line.y - piece.y) < 1 and piece.x0 - line.x1 >= 2 * line.size


def _glued(line: Line, piece: Line) -> Line:
    longer = line if len(line.text) >= len(piece.text) else piece
    is_apart = piece.x0 - line.x1 > 0.15 * longer.size and piece.text[0] not in ".,;:)"
    space = " … " if _is_far_number(line, piece) else " " if is_apart else ""
    return replace(
        longer,
        text=f"{line.text}{space}{piece.text}",
        has_hyphen=piece.has_hyphen,
        x0=line.x0,
        x1=piece.x1,
        font=line.font if line.font == piece.font else "",
    )


def _in_margin(line: Line, height: float) -> bool:
    return line.y > height * (1 - MARGIN_ZONE) or line.y < height * MARGIN_ZONE


def _head_key(line: Line) -> str:
    return re.sub(r"[\d\s]+", "", line.text).casefold()


def _is_furniture(line: Line, height: float, repeated: Counter[str], enough: int) -> bool:
    if ARXIV_STAMP.match(line.text):
        return True
    if not _in_margin(line, height):
        return False
    return bool(PAGE_NUMBER.match(line.text)) or repeated[_head_key(line)] >= enough


def _is_lone_head(line: Line, page: PageLines) -> bool:
    """A small line high over all others, as a head is on the second page of two."""
    if page.number == 1 or line.y <= page.height * (1 - MARGIN_ZONE):
        return False
    others = [other for other in page.lines if other is not line]
    return (
        bool(others)
        and line.y - max(other.y for other in others) > 2.5 * line.size
        and line.size < median(other.size for other in others)
    )
