"""HTML to Markdown, as far as weekly lists need it."""

import re
from html.parser import HTMLParser

from papers.list_text import HTTP

_BLOCKS = (
    "address|article|aside|blockquote|body|center|dd|details|div|dl|dt|figcaption|figure|footer"
    "|form|header|html|main|nav|ol|p|pre|section|summary|table|tbody|thead|tfoot|ul"
)
_SILENT = "script|style|title|template|noscript|svg"
_INLINE = (
    "a|b|br|button|caption|code|col|colgroup|del|em|font|h[1-6]|head|hr|i|iframe|img|input|kbd"
    "|label|li|link|meta|path|picture|small|source|span|strong|sub|sup|td|th|time|tr"
)
# A custom element (<markdown-accessiblity-table>) has a hyphen in its name. Not known, so text:
# <s>, <think> and the like, which titles have.
_KNOWN_TAG = rf"/?(?:{_BLOCKS}|{_SILENT}|{_INLINE}|[a-z]+-[a-z-]{{1,40}})"
_IS_BLOCK, _IS_SILENT, _IS_HEADING = map(re.compile, (_BLOCKS, _SILENT, "h[1-6]"))
_TAG = re.compile(rf"<{_KNOWN_TAG}(?=[\s/>])[^<>]{{0,4000}}>", re.IGNORECASE)
_NO_TAG = re.compile(rf"<(?!{_KNOWN_TAG}(?=[\s/>])[^<>]{{0,4000}}>)", re.IGNORECASE)
_NO_ENTITY = re.compile(r"&(?!(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)", re.IGNORECASE)
# Links to papers inside arXiv's own pages, and Hugging Face's; those of Slack: <address|name>.
_OWN_PAGE = re.compile(r"/(?:abs|pdf|html|papers)/([a-z.-]*/?[0-9][0-9.]+(?:v[0-9]+)?)$")
_CHAT_LINK = re.compile(r"<(https?://[^\s<>|]{1,2000})(?:\|([^<>|\[\]]{1,500}))?>", re.IGNORECASE)


def as_markdown(text: str) -> str:
    """Markdown for what is HTML in the text; all else, and any "<" of a title, stays as it is."""
    text = _CHAT_LINK.sub(lambda match: f"[{match[2]}]({match[1]})" if match[2] else match[1], text)
    if not _TAG.search(text):
        return text
    writer = _MarkdownWriter()
    # "&noteId=" in an address is no "&not", and "<y" in "x<y" no tag.
    writer.feed(_NO_TAG.sub("&lt;", _NO_ENTITY.sub("&amp;", _without_comments(text))))
    writer.close()
    return writer.markdown()


def _without_comments(text: str) -> str:
    head, *pieces = text.split("<!--")
    return head + "".join(piece.partition("-->")[2] or piece for piece in pieces)


def _absolute(address: str) -> str:
    """An address of a saved page; of those without a host only a paper's leads anywhere."""
    if address.startswith("//"):
        return f"https:{address}"
    paper = _OWN_PAGE.match(address)
    return f"https://arxiv.org/abs/{paper[1]}" if paper else address


class _MarkdownWriter(HTMLParser):
    """Writes headings, list items, table rows, bold and links, each on a line as Markdown has it.

    A cell, an item and a heading stay on one line; blocks inside them are two spaces apart.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._counters: list[int | None] = []  # per open list: the next number, None for bullets
        self._link: tuple[int, str] | None = None  # where its text begins in _out, address
        self._inline = ""  # "row", "cell", "item", "heading": what keeps its text on one line
        self._silent = ""

    def markdown(self) -> str:
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent:
            return
        named = {name: value or "" for name, value in attrs}
        if _IS_SILENT.fullmatch(tag):
            self._silent = tag
        elif tag == "a":
            self._open_link(named.get("href", ""))
        elif tag in ("ol", "ul"):
            start = named.get("start", "")
            number = int(start) if re.fullmatch("[0-9]{1,3}", start) else 1
            self._counters.append(number if tag == "ol" else None)
        elif _IS_HEADING.fullmatch(tag):
            self._begin("\n\n" + "#" * int(tag[1]) + " ", "heading")
        elif tag == "tr":
            self._begin("\n|", "row")
        elif tag in ("td", "th"):
            self._inline = "cell"
        elif tag == "dt":  # its "dd" stays on its line: arXiv's listings name the title there
            self._begin("\n", "item")
        elif tag == "li" and self._inline != "cell":
            self._begin(self._item_mark(), "item")
        elif tag in ("b", "strong"):
            self._out.append("**")
        elif _IS_BLOCK.fullmatch(tag) or tag in ("br", "hr", "li"):
            self._out.append("  " if self._inline else "\n")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._silent = "" if tag == self._silent else self._silent
        elif tag == "a":
            self._close_link()
        elif tag in ("td", "th"):
            self._begin("|", "row")
        elif tag in ("ol", "ul") and self._counters:
            self._counters.pop()
            self._begin("", self._inline if self._inline == "cell" else "")
        elif self._ends_line(tag):
            self._begin("\n", "")
        elif tag in ("b", "strong"):
            self._out.append("**")
        elif _IS_BLOCK.fullmatch(tag):
            self._out.append("  " if self._inline else "\n\n" if tag == "p" else "\n")

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._inline and "\n" in data:
            first, *middle, last = data.split("\n")
            data = " ".join([first.rstrip(), *(line.strip() for line in middle), last.lstrip()])
        self._out.append(data.replace("|", r"\|") if self._inline == "cell" else data)

    def _begin(self, mark: str, inline: str) -> None:
        self._close_link()
        self._inline = inline
        self._out.append(mark)

    def _ends_line(self, tag: str) -> bool:
        if tag == "li":
            return self._inline == "item"
        return tag in ("tr", "table", "dl") or bool(_IS_HEADING.fullmatch(tag))

    def _item_mark(self) -> str:
        number = self._counters[-1] if self._counters else None
        indent = "\n" + "  " * (len(self._counters) - 1)
        if number is None:
            return f"{indent}- "
        self._counters[-1] = number + 1
        return f"{indent}{number}. "

    def _open_link(self, address: str) -> None:
        self._close_link()
        self._link = (len(self._out), address.strip())

    def _close_link(self) -> None:
        if not self._link:
            return
        begin, address = self._link
        self._link = None
        address = _absolute(address)
        if not HTTP.match(address):
            return
        shown = "".join(self._out[begin:]).replace("\n", " ")
        safe = re.sub(r"[\s()<>|\\]", lambda match: f"%{ord(match[0]):02X}", address)
        self._out[begin:] = [f"[{shown}]({safe})"]
