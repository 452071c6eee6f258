"""Lines to rows: which lines belong to one paper, and its title, address and id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from papers.identifiers import FULL_WIDTH, ArxivId, find_arxiv_ids, find_broken_ids
from papers.list_lines import Line
from papers.list_text import ADDRESS, LINK, one_line, unmarked
from papers.list_titles import Link, address_of, links_in, title_in
from papers.list_types import MAX_TITLE, ListRow, Note

MAX_NOTE = 200

_TWEET = re.compile(r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/", re.IGNORECASE)
_SENTENCES = re.compile(r"[.!]\s+[A-Z]|。|\b(?:et al|I|we|this week)\b")
_LABELLED_ID = re.compile(r"arxiv(?:[ _-]?id)?[\s:：=*]{1,6}$", re.IGNORECASE)
_HEAD_WORD = re.compile(
    "papers?|titles?|names?|links?|urls?|no|number|rank|date|week|descriptions?|summary|#"
    "|論文|タイトル|題名|リンク|番号"
)


@dataclass
class _Block:
    """The lines of one row; the first one carries number and cells."""

    first: Line
    above: str = ""  # the line before it, for a row that is nothing but an address
    more: list[Line] = field(default_factory=list)
    has_id: bool = False
    is_tight: bool = False  # one of a list without blank lines, so a blank line ends it

    @property
    def texts(self) -> list[str]:
        return [*(self.first.cells or [self.first.text]), *(line.text for line in self.more)]

    def is_prose(self, title: str) -> bool:
        """What would be the title is the beginning of a paragraph instead."""
        return self.first.kind == "text" and bool(_SENTENCES.search(title))

    def add(self, line: Line) -> None:
        self.more.append(line)
        self.has_id = self.has_id or bool(find_arxiv_ids(line.text))


def rows_of(lines: Sequence[Line], *, by_id: bool) -> tuple[tuple[ListRow, ...], tuple[Note, ...]]:
    """The rows in their order, and what the editor should know of them.

    `by_id`: outside weeks only a number, a table or an id makes a row, and each id makes one; so it
    is in prose wherever it stands. A list's items without an id are named in a note.
    """
    rows: list[ListRow] = []
    notes: list[Note] = []
    left: list[str] = []
    seen: set[str] = set()
    for block in _blocks(lines, by_id=by_id):
        row, others = _row(block, rows[-1].number + 1 if rows else 1)
        if by_id or block.first.kind == "text":
            made, note = _rows_by_id(block, row, others, seen)
            left += [] if made or note else [row.title or row.url]
        else:
            made, note = [row] if row.title or row.url else [], _note(block, row, others)
        rows += made
        notes += [note] if note else []
        seen |= {one.arxiv_id for one in made if one.arxiv_id}
    if any(left):
        notes.append(Note("without-id", _some(left)))
    broken = find_broken_ids(
        "\n".join(cell for line in lines for cell in line.cells or [line.text])
    )
    notes += [Note("not-an-id", ", ".join(broken)[:MAX_NOTE])] if broken else []
    return tuple(rows), tuple(notes)


def _some(names: Sequence[str]) -> str:
    """As many of the names as a note holds, and how many more there are."""
    named = list(filter(None, names))
    shown: list[str] = []
    while named and len("; ".join([*shown, named[0]])) <= MAX_NOTE - 10:
        shown.append(named.pop(0))
    shown = shown or [named.pop(0)[: MAX_NOTE - 10]]
    return "; ".join(shown) + (f" (+{len(named)})" if named else "")


def _note(block: _Block, row: ListRow, others: Sequence[ArxivId]) -> Note | None:
    if not row.title and not row.url:
        mark = "" if block.first.number is None else f"{block.first.number}) "
        return Note("unreadable-row", one_line(mark + " | ".join(block.texts))[:MAX_NOTE])
    if others:
        return Note("more-ids", f"{row.number}: {', '.join(map(str, others))}"[:MAX_NOTE])
    return None


def _rows_by_id(
    block: _Block, row: ListRow, others: Sequence[ArxivId], seen: set[str]
) -> tuple[list[ListRow], Note | None]:
    """A row with a number or of a table stays, with or without an id; all else counts by its ids,
    each once."""
    made: list[ListRow] = []
    note = None
    is_row = block.first.kind == "table" and not row.arxiv_id and not others
    if block.first.number is not None or is_row:
        made, note = ([row], None) if row.title or row.url else ([], _note(block, row, ()))
    else:
        others = find_arxiv_ids("\n".join(block.texts))
    fresh = [one for one in others if one.id not in seen]
    if not made and not fresh and others:
        note = Note("repeated-id", ", ".join(map(str, others))[:MAX_NOTE])
    shown = _mentions(block) if fresh else {}
    for number, one in enumerate(fresh, row.number + len(made)):
        if one.id == row.arxiv_id and len(others) == 1:
            made.append(replace(row, number=number))
        else:
            title, url = shown.get(one.id, ("", address_of(one)))
            made.append(ListRow(number, title, url, one.id, one.version))
    return made, note


def _mentions(block: _Block) -> dict[str, tuple[str, str]]:
    """By id (title, address): of its link, or of its line if that names no other paper."""
    mentions: dict[str, tuple[str, str]] = {}
    for text in block.texts:
        for link in links_in(text):
            if link.paper:
                title = "" if link.is_generic else link.name
                mentions.setdefault(link.paper.id, (title[:MAX_TITLE], link.url))
        ids = find_arxiv_ids(text)
        if len(ids) == 1:
            title = "" if block.is_prose(title_in(text)) else title_in(text)
            mentions.setdefault(ids[0].id, (title, address_of(ids[0])))
    return mentions


def _blocks(lines: Sequence[Line], *, by_id: bool) -> list[_Block]:
    """The lines that belong to one row each; prose without an id makes no row."""
    is_numbered = any(line.number is not None for line in lines)
    blocks: list[_Block] = []
    current: _Block | None = None
    above = ""
    is_after_blank = True
    for line in lines:
        if line.kind in ("blank", "rule"):
            if current and (line.kind == "rule" or _ends_at_blank(current, by_id=by_id)):
                current = None
        elif _begins_row(line, current, is_numbered=is_numbered):
            has_id, is_tight = bool(find_arxiv_ids(line.text)), bool(current) and not is_after_blank
            blocks.append(_Block(line, above, has_id=has_id, is_tight=is_tight))
            current = None if line.kind == "text" else blocks[-1]
            above = ""
        elif line.kind == "heading" or not current:
            current, above = None, "" if _is_table_head(line.text) else line.text
        else:
            current.add(line)
        is_after_blank = line.kind in ("blank", "rule", "heading")
    return blocks


def _ends_at_blank(block: _Block, *, by_id: bool) -> bool:
    return block.first.kind == "table" or block.is_tight or (by_id and block.has_id)


def _begins_row(line: Line, current: _Block | None, *, is_numbered: bool) -> bool:
    """Where rows have numbers, bullets and what is indented belong to the row above them."""
    if line.kind == "table":
        return line.number is not None or not _is_table_head(line.text)
    if line.kind == "heading" or (line.kind == "text" and not current):
        return bool(find_arxiv_ids(line.text))
    if line.kind == "text" or (current and _is_below(line, current.first)):
        return False
    if line.kind == "bullet" and is_numbered:
        return not current and bool(find_arxiv_ids(line.text))
    return True


def _is_below(line: Line, first: Line) -> bool:
    return first.kind != "table" and line.indent > first.indent + 1


def _is_table_head(text: str) -> bool:
    words = re.findall(r"[\w#]+", unmarked(text).lower())
    return len(words) > 1 and all(map(_HEAD_WORD.fullmatch, words))


def _row(block: _Block, next_number: int) -> tuple[ListRow, list[ArxivId]]:
    """The row, and the further papers that its text names."""
    printed = block.first.number
    title = _title(block)
    link = _paper_link(block, title)
    paper = link.paper if link else None
    if not paper and (named := _named_beside(block, link)):
        paper = named
        link = link if link and link.names_a_paper else Link("", address_of(paper))
    every = find_arxiv_ids("\n".join(block.texts))
    others = [one for one in every if not paper or one.id != paper.id]
    is_prose = block.first.kind == "text"
    row = ListRow(
        number=next_number if printed is None else printed,
        title=link.name[:MAX_TITLE] if is_prose and link and not link.is_generic else title,
        url=link.url if link else "",
        arxiv_id=paper.id if paper else None,
        version=paper.version if paper else None,
    )
    return row, others


def _named_beside(block: _Block, link: Link | None) -> ArxivId | None:
    """The first id without an address. Where the row has a "[Paper]" of its own, that is another's
    unless it is called an arXiv id."""
    for text in block.texts:
        plain = ADDRESS.sub(" ", LINK.sub(" ", text))
        for one in find_arxiv_ids(plain):
            before = plain.translate(FULL_WIDTH).lower().partition(str(one).lower())[0]
            if not (link and link.names_a_paper) or _LABELLED_ID.search(before):
                return one
    return None


def _paper_link(block: _Block, title: str) -> Link | None:
    """arXiv's link, unless it is one that the description cites beside the row's own "[Paper]"."""
    links = [link for text in block.texts for link in links_in(text)]
    wanted = (
        (link for link in links if link.paper and (link.is_generic or link.name == title)),
        (link for link in links if link.names_a_paper and not _TWEET.match(link.url)),
        (link for link in links if link.paper),
        (link for link in links if not _TWEET.match(link.url)),
    )
    return next((link for some in wanted for link in some), None)


def _title(block: _Block) -> str:
    """The first words of the row that can be a title, else the line above it."""
    titles = (title_in(text) for text in [*block.texts, block.above])
    title = next((title for title in titles if title), "")
    return "" if block.is_prose(title) else title
