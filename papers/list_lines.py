"""Lines of Markdown, or of a paste, by their kind: headings, table rows, numbered items, text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from papers.identifiers import find_arxiv_ids
from papers.list_days import span_in
from papers.list_text import HTTP

WORDS_LEVEL = 7  # of a heading that has no mark but its words
MAX_WORDS_HEADING = 120

_SEPARATOR = re.compile(r"[-=\s]{2,}|(?:\s*[*_]){3,}|(?=[^|]*\|)[\s|:+=-]*[-=][\s|:+=-]*")
_HEADING = re.compile(r"(#(?=\s)|#{2,6})\s*(.*)")
# "1)", "1.", "**1)", "(1)", "[1]", "#1:", "1、", a keycap, "①"; not "1.58-bit"
_NUMBER = re.compile(
    r"([*_]{0,3})\s?(?:(?:[#№]\s?)?[\[(]?(\d{1,3})(?:\s?[)）、\]]|[.．:](?!\d)|\ufe0f?\u20e3)"
    r"|([\u2460-\u2473])[.．、]?)"
)
_LONG_NUMBER = re.compile(r"(\d{4,6})\)\s*(.*)")  # only in tables: "2023)" begins sentences too
_BULLET = re.compile(r"[•・●◦▪]\s*|[-*+–]\s+(?:\[[ xX]\]\s+)?")  # with the box of a task
_WEEKLY = re.compile(r"papers? of (?:the|this) week|weekly papers", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One line; `cells` are those of a table's row, else the text is the only one."""

    kind: str  # heading, table, numbered, bullet, text, blank, rule
    text: str  # without its mark and number
    level: int = 0  # of a heading; 7 for a line that is one by its words
    number: int | None = None
    indent: int = 0
    cells: tuple[str, ...] = ()


def lines_of(text: str) -> Iterator[Line]:
    """Every line, but the head of a table and the rule under it are left out."""
    pending: Line | None = None
    is_first = True
    for raw in text.split("\n"):
        line = _line(raw)
        if is_first and line.kind == "text":
            line = _title_of_page(line)
        is_first = is_first and line.kind == "blank"
        is_under_head = line.kind == "rule" and "|" in raw
        if pending and not (is_under_head and pending.kind == "table"):
            yield pending
        pending = line
    if pending:
        yield pending


def _title_of_page(line: Line) -> Line:
    """The first line is a heading if it is short, names days and is no sentence."""
    text = line.text.strip()
    is_short = len(text) <= MAX_WORDS_HEADING and not text.endswith(("。", ".", "!", "！"))
    if not is_short or HTTP.search(text) or find_arxiv_ids(text) or not span_in(text):
        return line
    return Line("heading", text, level=WORDS_LEVEL)


def _line(raw: str) -> Line:
    text = raw.strip()
    if not text.strip("| "):
        return Line("blank", "")
    if _SEPARATOR.fullmatch(text):
        return Line("rule", text)
    if heading := _HEADING.fullmatch(text):
        return _heading(heading[2].rstrip("# "), len(heading[1]))
    if text.startswith("|"):
        return _table_line(text)
    if _is_heading_by_words(text):
        return Line("heading", text, level=WORDS_LEVEL)
    indent = len(raw) - len(raw.lstrip())
    bullet = _BULLET.match(text)
    rest = text[bullet.end() :] if bullet else text
    number, rest = _numbered(rest)
    kind = "numbered" if number is not None else "bullet" if bullet else "text"
    return Line(kind, rest, number=number, indent=indent, cells=_cells(rest))


def _heading(text: str, level: int) -> Line:
    number, rest = _numbered(text)
    if number is None or span_in(text):
        return Line("heading", text, level=level)
    return Line("numbered", rest, number=number, cells=_cells(rest))


def _table_line(text: str) -> Line:
    cells = _cells(text)
    alone = re.fullmatch(r"[\W_]*(\d{1,3})[\W_]*", cells[0]) if len(cells) > 1 else None
    if alone:
        number: int | None = int(alone[1])
        cells = cells[1:]
    elif long := _LONG_NUMBER.fullmatch(cells[0]):
        number, cells = int(long[1]), (long[2], *cells[1:])
    else:
        number, first = _numbered(cells[0])
        cells = (first, *cells[1:])
    return Line("table", " | ".join(cells), number=number, cells=cells)


def _numbered(text: str) -> tuple[int | None, str]:
    """The number before a row and what follows it; bold that the number stands in is kept."""
    match = _NUMBER.match(text)
    if not match:
        return None, text
    number = int(match[2]) if match[2] else ord(match[3]) - 0x245F
    return number, match[1] + text[match.end() :].lstrip()


def _cells(text: str) -> tuple[str, ...]:
    """The cells of a table's row; a line without "|" is one cell."""
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", text)]
    if not cells[0]:
        cells = cells[1:]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return tuple(cell.replace(r"\|", "|") for cell in cells) or ("",)


def _is_heading_by_words(text: str) -> bool:
    """A line of plain or bold text, as a copy from a browser has it, that can only be a heading."""
    if len(text) > MAX_WORDS_HEADING or HTTP.search(text):
        return False
    if _BULLET.match(text) or _numbered(text)[0] is not None:
        return False
    words = text.strip("*_ ")
    if _WEEKLY.search(words):
        return True
    span = span_in(words)
    if not span or span.rest.strip().endswith(("。", ".")):
        return False
    is_marked = words != text or "論文" in words
    return is_marked or not re.search(r"[^\W\d_]{3}", span.rest)
