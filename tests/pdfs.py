"""PDFs of our own text that look and are built like the papers on arXiv.

They stand in for real papers in tests, and the local arXiv serves them. Same arguments, same bytes.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import TextMode

Section = tuple[str, Sequence[str]]
Hidden = tuple[str, str]

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89  # A4 in points
MARGIN, TOP, BOTTOM, GUTTER = 62.0, 70.0, 770.0, 18.0
BODY, SMALL, CAPTION = 10.0, 8.0, 9.0
CREATED = datetime(2023, 4, 3, tzinfo=UTC)
# The built-in fonts know Latin-1 only.
LATIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})
VOWELS = frozenset("aeiouyAEIOUY")
CAPTION_STARTS = ("Table ", "Figure ")


def paper_pdf(
    title: str,
    authors: Sequence[str],
    abstract: str,
    sections: Sequence[Section],
    *,
    references: Sequence[str] = (),
    appendix: Sequence[Section] = (),
    hidden: Sequence[Hidden] = (),
    columns: int = 2,
    line_numbers: bool = False,
    running_head: str = "",
    encrypt: str = "",
    hyphenate: bool = True,
) -> bytes:
    """The PDF of a paper.

    Section headings without a number get one ("1 Introduction"); "2.1 Data" is set as a
    subsection. A paragraph that begins "Table 1:" or "Figure 1:" becomes a caption, with a small
    table of figures or a dark picture with white labels above it.
    `hidden` holds (how, text): how is white, invisible or tiny, set as one text object per page
    width, on page 1; with "-lines" (one object per column line) or "-words" (one per word) added,
    it lies under the visible text. "dark" is white text that can be read, on a dark box.
    `encrypt` is the password without which the file does not open.
    """
    sheet = _Sheet(columns, line_numbers=line_numbers, head=running_head, hyphenate=hyphenate)
    for how, text in hidden:
        if "-" in how:
            _hide_under_text(sheet, how, text)
    _front(sheet, title, authors)
    _abstract(sheet, abstract)
    for row, (how, text) in enumerate((how, text) for how, text in hidden if "-" not in how):
        _hide_in_margin(sheet, how, text, row)
    for heading, paragraphs in _numbered(sections, "123456789"):
        _section(sheet, heading, paragraphs)
    if references:
        _references(sheet, references)
    for heading, paragraphs in _numbered(appendix, "ABCDEFGHI"):
        _section(sheet, heading, paragraphs)
    if encrypt:
        sheet.pdf.set_encryption(owner_password=f"{encrypt}-owner", user_password=encrypt)
    return bytes(sheet.pdf.output())


def blank_pdf(pages: int) -> bytes:
    """A PDF of empty pages."""
    pdf = _new_pdf()
    for _ in range(pages):
        pdf.add_page()
    return bytes(pdf.output())


class _Sheet:
    """A pen that knows the page, the column and the height at which it stands."""

    def __init__(
        self, columns: int, *, line_numbers: bool = False, head: str = "", hyphenate: bool = True
    ) -> None:
        self.pdf = _new_pdf()
        self.columns = columns
        self.has_line_numbers = line_numbers
        self.head = head.translate(LATIN)
        self.hyphenate = hyphenate
        self.width = (PAGE_WIDTH - 2 * MARGIN - GUTTER * (columns - 1)) / columns
        self.lines_set = 0
        self.start_page()

    @property
    def left(self) -> float:
        return MARGIN + self.column * (self.width + GUTTER)

    def start_page(self) -> None:
        self.pdf.add_page()
        self.column = 0
        self.top = self.y = TOP
        number = self.pdf.page_no()
        if self.head and number > 1:
            self.put(MARGIN, 40, self.head, SMALL, "I")
        self.put(PAGE_WIDTH / 2 - 3, 810, str(number), SMALL)

    def next_column(self) -> None:
        if self.column + 1 == self.columns:
            self.start_page()
            return
        self.column += 1
        self.y = self.top

    def need(self, height: float) -> None:
        """Go to the next column unless so many points are left in this one."""
        if self.y + height > BOTTOM:
            self.next_column()

    def put(self, x: float, y: float, text: str, size: float, style: str = "") -> None:
        self.pdf.set_font("Times", style, size)
        self.pdf.text(x, y, text)

    def line(
        self,
        text: str,
        size: float = BODY,
        *,
        style: str = "",
        indent: float = 0,
        justify: bool = False,
        centred: bool = False,
    ) -> None:
        """Set one line of text in the column and go down by its height."""
        self.need(size * 1.2)
        self.y += size * 1.2
        if self.has_line_numbers:
            self.lines_set += 1
            x = MARGIN - 30 if self.column == 0 else PAGE_WIDTH - MARGIN + 14
            self.put(x, self.y, f"{self.lines_set:03d}", 7)
        self.pdf.set_font("Times", style, size)
        natural = self.pdf.get_string_width(text)
        room = self.width - indent
        if justify and 0.8 < natural / room < 1.1:
            self.pdf.set_stretching(100 * room / natural)
        x = self.left + indent + ((room - natural) / 2 if centred else 0)
        self.pdf.text(x, self.y, text)
        self.pdf.set_stretching(100)

    def paragraph(
        self, text: str, size: float = BODY, *, style: str = "", indent: float = 0, hang: float = 0
    ) -> None:
        """Set justified lines; the first one begins at `indent`, the others at `hang`."""
        self.pdf.set_font("Times", style, size)
        lines = list(self.broken(text.translate(LATIN), self.width, indent, hang))
        for index, line in enumerate(lines):
            self.line(
                line,
                size,
                style=style,
                indent=hang if index else indent,
                justify=index < len(lines) - 1,
            )

    def broken(self, text: str, width: float, indent: float = 0, hang: float = 0) -> Iterator[str]:
        """Cut a paragraph into lines for the font that is set, with line-end hyphens."""
        line = ""
        room = width - indent
        for word in text.split():
            while True:
                longer = f"{line} {word}" if line else word
                if self.pdf.get_string_width(longer) <= room:
                    line = longer
                    break
                head, word = self._split_word(line, word, room)
                full = f"{line} {head}".strip()
                if not full:  # wider than the column: nothing sensible can be done
                    line = word
                    break
                yield full
                line, room = "", width - hang
        if line:
            yield line

    def _split_word(self, line: str, word: str, room: float) -> tuple[str, str]:
        if not self.hyphenate:
            return "", word
        for at in reversed(list(_breaks(word))):
            head = word[:at] if word[at - 1] == "-" else f"{word[:at]}-"
            if self.pdf.get_string_width(f"{line} {head}") <= room:
                return head, word[at:]
        return "", word


def _new_pdf() -> FPDF:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_creation_date(CREATED)
    pdf.set_auto_page_break(False)
    return pdf


def _breaks(word: str) -> Iterator[int]:
    """Where a word may be cut: after a hyphen, and roughly between syllables."""
    for at in range(2, len(word) - 1):
        if word[at - 1] == "-":
            yield at
            continue
        if at < 3 or at > len(word) - 3 or not word[at - 3 : at + 3].isalpha():
            continue
        before, after = word[at - 1], word[at]
        if after not in VOWELS and (before in VOWELS or word[at - 2] in VOWELS):
            yield at


def _numbered(sections: Sequence[Section], numbers: str) -> Iterator[Section]:
    following = iter(numbers)
    for heading, paragraphs in sections:
        first = heading.split(" ")[0].rstrip(".")
        if "." in first:
            yield heading, paragraphs  # a subsection
            continue
        if first in numbers or first.isdigit():
            next(following, "")
            yield heading, paragraphs
            continue
        yield f"{next(following, '')} {heading}".strip(), paragraphs


def _front(sheet: _Sheet, title: str, authors: Sequence[str]) -> None:
    """Title and authors over the whole width of page 1."""
    for text, size, style in ((title, 17.0, "B"), (", ".join(authors), 12.0, "")):
        sheet.pdf.set_font("Times", style, size)
        hyphenate, sheet.hyphenate = sheet.hyphenate, False
        for line in sheet.broken(text.translate(LATIN), PAGE_WIDTH - 2 * MARGIN - 40):
            sheet.pdf.set_font("Times", style, size)
            x = (PAGE_WIDTH - sheet.pdf.get_string_width(line)) / 2
            sheet.y += size * 1.2
            sheet.put(x, sheet.y, line, size, style)
        sheet.hyphenate = hyphenate
        sheet.y += 8
    sheet.y += 14
    sheet.top = sheet.y


def _abstract(sheet: _Sheet, abstract: str) -> None:
    sheet.line("Abstract", 12, style="B", centred=True)
    sheet.y += 4
    for paragraph in abstract.split("\n\n"):
        sheet.paragraph(paragraph)
    sheet.y += 6


def _section(sheet: _Sheet, heading: str, paragraphs: Sequence[str]) -> None:
    is_subsection = "." in heading.split(" ")[0].rstrip(".")
    sheet.need(60)
    sheet.y += 8
    sheet.line(heading.translate(LATIN), 10.5 if is_subsection else 12, style="B")
    sheet.y += 3
    indent = 0
    for paragraph in paragraphs:
        if paragraph.startswith(CAPTION_STARTS) and ":" in paragraph[:12]:
            _float(sheet, paragraph)
            continue
        sheet.paragraph(paragraph, indent=indent)
        indent = 11


def _references(sheet: _Sheet, references: Sequence[str]) -> None:
    sheet.need(60)
    sheet.y += 8
    sheet.line("References", 12, style="B")
    sheet.y += 3
    for reference in references:
        sheet.paragraph(reference, CAPTION, hang=10)
        sheet.y += 2


def _float(sheet: _Sheet, caption: str) -> None:
    """A caption under a little table of figures, or under a dark picture with white labels."""
    sheet.need(140)
    sheet.y += 8
    if caption.startswith("Table"):
        _table(sheet)
    else:
        labels = ["input tokens", "encoder layers with attention", "a shared memory of the states"]
        labels += ["decoder layers", "candidate answers", "the scores of every answer"]
        _dark_box(sheet, labels)
    sheet.paragraph(caption, CAPTION)
    sheet.y += 8


def _table(sheet: _Sheet) -> None:
    rows = [("Model", "Recall", "F1"), ("Base", "41.2", "38.9"), ("Large", "57.5", "52.3")]
    for row in rows:
        sheet.y += SMALL * 1.3
        for index, cell in enumerate(row):
            sheet.put(sheet.left + 20 + index * sheet.width / 3, sheet.y, cell, SMALL)
    sheet.y += 6


def _dark_box(sheet: _Sheet, lines: Sequence[str]) -> None:
    pdf = sheet.pdf
    pdf.set_fill_color(20, 30, 60)
    pdf.rect(sheet.left, sheet.y, sheet.width, len(lines) * 12 + 8, style="F")
    pdf.set_text_color(255, 255, 255)
    for line in lines:
        sheet.y += 12
        sheet.put(sheet.left + 8, sheet.y, line, SMALL)
    sheet.y += 12
    pdf.set_text_color(0, 0, 0)
    pdf.set_fill_color(0, 0, 0)


def _hide_in_margin(sheet: _Sheet, how: str, text: str, row: int) -> None:
    """Set text that is not seen below the columns, one object per page width."""
    sheet.pdf.set_font("Times", "", _size_of(how, 5.0))
    lines = list(sheet.broken(text.translate(LATIN), PAGE_WIDTH - 60))
    y = 780 + row * 12.0
    if how == "dark":
        sheet.pdf.set_fill_color(20, 30, 60)
        sheet.pdf.rect(25, y - 6, PAGE_WIDTH - 50, 6 * len(lines) + 4, style="F")
    for line in lines:
        _put_hidden(sheet, how, 30, y, line, _size_of(how, 5.0))
        y += 6


def _hide_under_text(sheet: _Sheet, how: str, text: str) -> None:
    """Set text that is not seen under the first column, one object per line or per word."""
    size = _size_of(how, 9.0)
    sheet.pdf.set_font("Times", "", size)
    y = TOP + 30
    for line in sheet.broken(text.translate(LATIN), sheet.width):
        x = MARGIN
        for piece in line.split() if how.endswith("-words") else [line]:
            _put_hidden(sheet, how, x, y, piece, size)
            sheet.pdf.set_font("Times", "", size)
            x += sheet.pdf.get_string_width(f"{piece} ")
        y += math.ceil(size * 1.2)


def _size_of(how: str, usual: float) -> float:
    return 1.0 if how.startswith("tiny") else usual


def _put_hidden(sheet: _Sheet, how: str, x: float, y: float, text: str, size: float) -> None:
    is_white = how.startswith(("white", "dark"))
    sheet.pdf.set_fill_color(0, 0, 0)
    with sheet.pdf.local_context():
        if is_white:
            sheet.pdf.set_text_color(255, 255, 255)
        if how.startswith("invisible"):
            sheet.pdf.text_mode = TextMode.INVISIBLE
        sheet.put(x, y, text, size)
    sheet.pdf.set_text_color(0, 0, 0)
