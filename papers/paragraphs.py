"""From printed lines to paragraphs: what belongs together, under which section, of which kind."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from papers.headings import Heading, Headings, Look, measure_look, read_abstract_start
from papers.hyphens import TOKEN, Hyphens
from papers.pdf_layout import LONG, Line

MAX_ABSTRACT = 3500  # characters; a paper without headings must not become one long abstract
MIN_FRONT = 250  # a paragraph before the first heading is an abstract if it is so long
MIN_PROSE = 60

CAPTION = re.compile(
    r"^(?:(?:Supplementary|Extended Data)\s)?(?:Figure|Fig\.|Table|Algorithm|Listing)\s+"
    r"[A-Z]?\.?\d+[a-z]?(?:\.\d+)?\s*([:.|])\s*(?=\S|$)",
    re.IGNORECASE,
)
ITEM = re.compile(r"^(?:[•‣◦▪●∙■]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s|\[\d{1,3}\]\s)")
CODE_LINE = re.compile(r"^\d{1,2}:\s")
REFERENCE = re.compile(r"^(?:\[[\w+.-]{1,12}\]|\d{1,3}\.)\s")
ENDS_SENTENCE = re.compile(r"[.!?:;][\"'”’)\]]*\d{0,3}$")
SMALL_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on"}
    | {"or", "that", "the", "this", "to", "we", "with"}
)
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Paragraph:
    """`pages` says from which character on the text stands on which page."""

    text: str
    section: str
    kind: str
    pages: tuple[tuple[int, int], ...]
    is_aside: bool = False  # a note, smaller than the text

    def page_at(self, offset: int) -> int:
        return [page for start, page in self.pages if start <= offset][-1]


@dataclass
class Block:
    """Lines one under the other, with nothing between them."""

    section: str
    kind: str
    is_aside: bool = False  # smaller than the text: a note, a table, the labels of a figure
    lines: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def read_paragraphs(lines: Sequence[Line]) -> list[Paragraph]:
    """The paragraphs of a paper in reading order; references and captions too.

    What stands before the abstract (title, authors) is left out, and so is what is no prose:
    tables, formulas, labels, code.
    """
    look = measure_look(lines)
    layout = _Layout(lines, look)
    blocks = _Cutter(lines, look, layout).blocks()
    hyphens = Hyphens(lines)
    joined = _joined(blocks, layout)
    return [_paragraph(block, hyphens) for block in joined]


class _Layout:
    """Where the columns of each page stand."""

    def __init__(self, lines: Sequence[Line], look: Look) -> None:
        self.look = look
        by_page: defaultdict[int, list[Line]] = defaultdict(list)
        for line in lines:
            if len(line.text) >= LONG and abs(line.size - look.size) < 1.2:
                by_page[line.page].append(line)
        self.columns = {page: _columns(page_lines) for page, page_lines in by_page.items()}

    def edges(self, line: Line) -> tuple[float, float]:
        """Left and right edge of the column in which the line begins."""
        for left, right in reversed(self.columns.get(line.page, [])):
            if line.x0 >= left - 4:
                return left, right
        return line.x0, line.x1

    def is_full(self, line: Line) -> bool:
        return line.x1 >= self.edges(line)[1] - 2 * line.size

    def is_indented(self, line: Line) -> bool:
        return line.x0 > self.edges(line)[0] + 0.6 * line.size

    def begins_item(self, above: Line, line: Line) -> bool:
        """A bullet or a number begins an item, but "(2)" or "[7]" may also stand in a sentence."""
        if not ITEM.match(line.text):
            return False
        is_inside = self.is_full(above) and not ENDS_SENTENCE.search(above.text)
        return line.text[0] not in "([" or not is_inside or self.is_indented(line)

    def are_adjacent(self, above: Line, line: Line) -> bool:
        scale = max(above.size, line.size) / self.look.size
        step = above.y - line.y
        return (
            above.page == line.page
            and 0 < step <= 1.4 * self.look.leading * scale
            and line.x0 < above.x1
            and line.x1 > above.x0
        )


def _columns(lines: list[Line]) -> list[tuple[float, float]]:
    """Left and right edges, from the left; columns stand at least 40 points apart."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.x0):
        if not groups or line.x0 - groups[-1][-1].x0 > 40:
            groups.append([])
        groups[-1].append(line)
    return [_edges(group) for group in groups]


def _edges(group: list[Line]) -> tuple[float, float]:
    left = Counter(round(line.x0) for line in group).most_common(1)[0][0]
    ends = Counter(4 * round(line.x1 / 4) for line in group)
    return left, ends.most_common(1)[0][0]


class _Cutter:
    """Cuts the lines into blocks, and knows the section in which it is."""

    def __init__(self, lines: Sequence[Line], look: Look, layout: _Layout) -> None:
        self.lines = lines
        self.look = look
        self.layout = layout
        self.headings = Headings(lines, look)
        self.section = ""
        self.kind = "front"
        self.done: list[Block] = []
        self.open: Block | None = None
        self.heading: Line | None = None

    def blocks(self) -> list[Block]:
        above: Line | None = None
        for line in self.lines:
            if above is not None and above.page != line.page:
                above = None
            self._take(line, above)
            above = line
        self._close()
        if any(block.kind == "abstract" for block in self.done):
            return [block for block in self.done if block.kind != "front"]
        return _with_front(self.done)

    def _take(self, line: Line, above: Line | None) -> None:
        if self.heading and self.headings.goes_on(self.heading, line):
            self.section = f"{self.section} {line.text}"
            self.heading = line
            return
        self.heading = None
        if self.kind == "front" and self._begin_abstract(line):
            return
        heading = None if self._is_inside(line, above) else self.headings.read(line, above)
        if heading and not (self.kind == "front" and not _opens_paper(heading)):
            self._begin_section(line, heading)
        elif not self._is_rubble(line):
            self._add(line, above)

    def _is_inside(self, line: Line, above: Line | None) -> bool:
        """In the middle of a paragraph, as its font and a full line above tell."""
        return (
            above is not None
            and (above.size, above.font) == (line.size, line.font)
            and self.layout.are_adjacent(above, line)
            and not ENDS_SENTENCE.search(above.text)
            and self.layout.is_full(above)
        )

    def _begin_abstract(self, line: Line) -> bool:
        rest = read_abstract_start(line)
        if rest is None:
            return False
        self._close()
        self.section, self.kind = "Abstract", "abstract"
        if rest:
            self.open = Block(self.section, self.kind, lines=[replace(line, text=rest)])
        return True

    def _begin_section(self, line: Line, heading: Heading) -> None:
        self._close()
        self.kind = self.headings.kind(heading, self.kind)
        self.section = heading.text
        self.heading = line

    def _is_rubble(self, line: Line) -> bool:
        """A formula or a line of code that stands between the lines of a text."""
        if self.kind == "references":
            return False
        if CODE_LINE.match(line.text):
            return True
        if WORD.search(line.text) or line.has_hyphen or len(line.text) > 40:
            return False
        is_small = line.size < self.look.size - 0.8
        return is_small or self.layout.is_indented(line) or line.text[-1:] != "."

    def _add(self, line: Line, above: Line | None) -> None:
        is_aside = self.kind != "references" and line.size < self._text_size() - 0.8
        is_caption = self._is_caption(line, above)
        if is_caption or self.open is None or not self._goes_on(self.open, line, is_aside):
            self._close()
            kind = "caption" if is_caption else self._kind_now()
            self.open = Block(self.section, kind, is_aside=is_aside)
        self.open.lines.append(line)

    def _text_size(self) -> float:
        """An abstract may be set smaller than the text, and has notes that are smaller still."""
        if self.kind not in ("abstract", "front"):
            return self.look.size
        blocks = [*self.done, self.open] if self.open else self.done
        sizes = [block.lines[0].size for block in blocks if block.kind == self.kind]
        return min(sizes[0], self.look.size) if sizes else 0.0

    def _kind_now(self) -> str:
        if self.kind == "abstract":
            length = sum(len(block.text) for block in self.done if block.kind == "abstract")
            if length > MAX_ABSTRACT:
                self.kind, self.section = "body", ""
        return self.kind

    def _is_caption(self, line: Line, above: Line | None) -> bool:
        match = CAPTION.match(line.text)
        if not match or self.kind == "references":
            return False
        if match.group(1) != "." or abs(line.size - self.look.size) > 0.3:
            return True
        # "… as is shown in / Figure 2. We then …" is a line of text.
        return above is None or not self.layout.are_adjacent(above, line)

    def _goes_on(self, block: Block, line: Line, is_aside: bool) -> bool:
        last = block.lines[-1]
        if not self.layout.are_adjacent(last, line) or abs(last.size - line.size) > 0.8:
            return False
        if block.kind == "caption":
            return True
        if block.kind != self.kind or block.is_aside != is_aside:
            return False
        if self.kind == "references":
            return not REFERENCE.match(line.text) and not self._is_outdented(last, line)
        if self.layout.begins_item(last, line):
            return False
        if not ENDS_SENTENCE.search(last.text) or last.has_hyphen:
            return True
        is_new = self.layout.is_indented(line) and not self.layout.is_indented(last)
        return self.layout.is_full(last) and not is_new

    def _is_outdented(self, last: Line, line: Line) -> bool:
        return line.x0 < last.x0 - 0.4 * line.size and ENDS_SENTENCE.search(last.text) is not None

    def _close(self) -> None:
        if self.open is not None:
            self.done.append(self.open)
        self.open = None


def _opens_paper(heading: Heading) -> bool:
    """A heading that can be a paper's first, not a large line of its title page."""
    return heading.is_numbered or heading.name in ("introduction", "background")


def _with_front(blocks: list[Block]) -> list[Block]:
    """Where no heading says Abstract, the long paragraphs before the first section are it."""
    if all(block.kind in ("front", "caption") for block in blocks):
        for block in blocks:
            block.kind = "body" if block.kind == "front" else block.kind
        return blocks
    kept = []
    for block in blocks:
        if block.kind == "front":
            if len(block.text) < MIN_FRONT or not _is_prose(block):
                continue
            block.kind, block.section = "abstract", "Abstract"
        kept.append(block)
    return kept


def _joined(blocks: Iterable[Block], layout: _Layout) -> list[Block]:
    """Join paragraphs over columns, pages, floats and formulas, and leave out what is no prose."""
    kept: list[Block] = []
    text: Block | None = None  # the last block of running text
    waiting = list(blocks)
    for number, block in enumerate(waiting):
        if block.kind in ("references", "caption"):
            kept.append(block)
        elif text is not None and not block.is_aside and _continues(text, block, layout):
            text.lines.extend(block.lines)
        elif _is_prose(block) and (not block.is_aside or ENDS_SENTENCE.search(block.text)):
            kept.append(block)
            if not block.is_aside:
                text = block
        elif (
            block.lines[-1].has_hyphen
            or _is_short_sentence(block)
            or _is_begun(block, waiting[number + 1 :], layout)
        ):
            kept.append(block)
            text = block
    return kept


def _is_begun(block: Block, following: Sequence[Block], layout: _Layout) -> bool:
    """The first line of a paragraph at the foot of a column, which goes on in the next."""
    after = next(
        (one for one in following if (one.kind, one.is_aside) == (block.kind, False)), None
    )
    if after is None or block.is_aside or len(WORD.findall(block.text)) < 3:
        return False
    is_full = layout.is_full(block.lines[-1]) and _share_of_letters(block.text) >= 0.72
    return is_full and _continues(block, after, layout)


def _continues(text: Block, block: Block, layout: _Layout) -> bool:
    if (text.section, text.kind) != (block.section, block.kind):
        return False
    last, first = text.lines[-1], block.lines[0]
    if last.has_hyphen:
        return first.text[0].isalnum()
    if ENDS_SENTENCE.search(last.text) or layout.begins_item(last, first):
        return False
    is_in_place = first.x0 < layout.edges(first)[0] + 0.4 * first.size
    if not is_in_place and abs(first.x0 - last.x0) > 3:
        return False  # a row of a table
    if first.text[0].islower():
        return _share_of_letters(block.text) > 0.6
    return layout.is_full(last) and _is_prose(block)


def _is_prose(block: Block) -> bool:
    text = block.text
    if len(text) < MIN_PROSE or _share_of_letters(text) < 0.72:
        return False
    if len(WORD.findall(text)) < 6 or len(text) < 24 * len(block.lines):
        return False
    return ENDS_SENTENCE.search(text) is not None or share_of_small_words(text) > 0.08


def _is_short_sentence(block: Block) -> bool:
    text = block.text
    return (
        not block.is_aside
        and ENDS_SENTENCE.search(text) is not None
        and len(WORD.findall(text)) >= 3
        and _share_of_letters(text) >= 0.7
    )


def share_of_small_words(text: str) -> float:
    """Which part of the words are those that every English sentence has."""
    words = TOKEN.findall(text.casefold())
    return sum(word in SMALL_WORDS for word in words) / max(1, len(words))


def _share_of_letters(text: str) -> float:
    marks = [char for char in text if not char.isspace()]
    return sum(char.isalpha() for char in marks) / max(1, len(marks))


def _paragraph(block: Block, hyphens: Hyphens) -> Paragraph:
    text = ""
    pages: list[tuple[int, int]] = []
    was_cut = False
    for line in block.lines:
        if was_cut:
            text = hyphens.join(text, line.text)
        else:
            text = f"{text} {line.text}" if text else line.text
        start = len(text) - len(line.text)
        if not pages or pages[-1][1] != line.page:
            pages.append((start if pages else 0, line.page))
        was_cut = line.has_hyphen
    if was_cut:
        text += "-"
    return Paragraph(text, block.section, block.kind, tuple(pages), block.is_aside)
