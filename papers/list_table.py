"""Tables of a spreadsheet, as CSV or TSV, to a Markdown table with a number, a title and a link."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from papers.identifiers import find_arxiv_ids, parse_arxiv_id
from papers.list_text import HTTP

SEPARATORS = "\t,;"
MOSTLY = 0.9  # of the records have as many cells as the first
_MARKDOWN = re.compile(r"^[^\S\n]*+(?:\||#{1,6}\s)|\]\(|<(?:a|p|td|li|h[1-6])\b", re.MULTILINE)
_LISTED = re.compile(r"\s*(?:[-*+–•・●]|[(\[]?\d{1,3}[.)\]、）．])\s*\D")  # "1. Title", "- Title"
_MARKS = re.compile(r"([\\`*_\[\]|~])")
_NAMES = {
    "number": "#|no|number|rank|番号|順位",
    "title": "title|paper title|paper|name|タイトル|題名|論文名|論文",
    "link": ".*(?:url|link|arxiv|pdf|paper|address|リンク|論文).*",
}
_TWEET = re.compile(r".*(?:tweet|twitter|thread|code|github|blog).*")
_PLAIN = re.compile(r"[\d\s./:年月日-]*")  # a number or a date, no title


@dataclass(frozen=True)
class _Columns:
    """Where number and title stand, and the columns of links in the order of trust."""

    number: int | None
    title: int | None
    links: tuple[int, ...]


def as_table(text: str) -> str | None:
    """The records of a CSV or TSV as rows of a Markdown table; None where the text is neither."""
    if _MARKDOWN.search(text[:100_000]):
        return None
    for separator in SEPARATORS:
        records = _records(text, separator)
        if records and _is_of_papers(records):
            return "\n".join(_rows(records))
    return None


def _is_of_papers(records: Sequence[Sequence[str]]) -> bool:
    """At most one paper has cells of its own in each record, and none begins as a list's item does:
    else these are lines with commas."""
    if any(_LISTED.match(record[0]) for record in records):
        return False
    papers = [{one.id for cell in record if (one := parse_arxiv_id(cell))} for record in records]
    return any(papers) and max(map(len, papers)) == 1


def _records(text: str, separator: str) -> list[list[str]]:
    """The records that have cells; none where too few are of one length."""
    try:
        found = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator))
    except csv.Error:  # a cell of more than 128 KiB
        return []
    records = [record for record in found if any(cell.strip() for cell in record)]
    if len(records) < 2 or len(records[0]) < 2:
        return []
    width = len(records[0])
    alike = sum(len(record) == width for record in records)
    return records if alike >= MOSTLY * len(records) else []


def _rows(records: Sequence[Sequence[str]]) -> list[str]:
    head = [cell.strip().lower() for cell in records[0]]
    is_head = not any(find_arxiv_ids(cell) or HTTP.match(cell) for cell in head)
    columns = _columns(head if is_head else [""] * len(head))
    return [
        _row(record, columns, number) for number, record in enumerate(records[int(is_head) :], 1)
    ]


def _columns(head: Sequence[str]) -> _Columns:
    found = {
        name: [n for n, cell in enumerate(head) if re.fullmatch(pattern, cell)]
        for name, pattern in _NAMES.items()
    }
    title = next(iter(found["title"]), None)
    links = tuple(n for n in found["link"] if not _TWEET.fullmatch(head[n]))
    return _Columns(next(iter(found["number"]), None), title, links)


def _row(record: Sequence[str], columns: _Columns, number: int) -> str:
    cells = [" ".join(cell.split()) for cell in record]
    printed = _cell(cells, columns.number)
    if re.fullmatch(r"\d{1,6}", printed):
        number = int(printed)
    title = _cell(cells, columns.title)
    if not title or _address(title):
        others = [c for c in cells if not _address(c) and not _PLAIN.fullmatch(c)]
        title = next(iter(others), "")
    link = _link(cells, columns)
    shown = f"**{_MARKS.sub(_escaped, title)}**" if title else ""
    return f"| {number}) {shown} | {f'[Paper]({link})' if link else ''} |"


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[1]


def _cell(cells: Sequence[str], column: int | None) -> str:
    return cells[column] if column is not None and column < len(cells) else ""


def _address(cell: str) -> str:
    """What is nothing but an address or an id, as an address."""
    paper = parse_arxiv_id(cell)
    if HTTP.match(cell) and " " not in cell:
        return cell
    return f"https://arxiv.org/abs/{paper}" if paper else ""


def _link(cells: Sequence[str], columns: _Columns) -> str:
    """The address of a paper at arXiv, else that of a column which is called so."""
    every = [_address(cell) for cell in cells]
    papers = [address for address in every if address and parse_arxiv_id(address)]
    named = [every[n] for n in columns.links if n < len(every) and every[n]]
    found = next(iter([*papers, *named, *filter(None, every)]), "")
    return re.sub(r"[()\s<>|\\]", lambda match: f"%{ord(match[0]):02X}", found)
