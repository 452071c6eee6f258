"""Links and titles: which words of a row are the paper's name, which lead to the paper."""

import re
from dataclasses import dataclass

from papers.identifiers import FULL_WIDTH, ArxivId, find_arxiv_ids, parse_arxiv_id
from papers.list_text import ADDRESS, HTTP, LINK, one_line, unescape, unmarked, without_hazards
from papers.list_types import MAX_TITLE

MAX_URL = 2000

_PAPER = re.compile(
    r"(?:the |full |research )?(?:paper|technical report|tech report|report|pdf|arxiv|preprint"
    r"|publication|abs|abstract|html|論文|原論文)s?(?: link| \d+| ?\(.*\))?",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:code|tweet|thread|x|twitter|blog|blog post|project|project page|demo|website|data"
    r"|dataset|model|video|github|slides|link|here|url|doi|\d+|リンク)"
    r"s?(?: link| \d+| ?\(.*\))?",
    re.IGNORECASE,
)
_BOLD = re.compile(r"(\*\*|__)(.+?)\1")
_TITLE_IS = re.compile(
    r"(?:^|\s)[*_]{0,2}(?:Title|タイトル|題名|論文名)[*_]{0,2}\s?[:：][*_]{0,2}\s"
)
_GAP = "\t"  # where an address or an id was cut out; a title ends there
_DESCRIPTION = re.compile(r"\s[-\u2010-\u2015]\s|\s:\s|\s\s|[\t\u3000]")
_ID = re.compile(
    r"\(?(?:arxiv:\s?)?(?:[0-9]{4}\.[0-9]{4,5}|[a-z-]{2,8}(?:\.[a-z-]{2,9})?/[0-9]{7})(?:v[0-9]+)?\)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Link:
    """A link as it stands in a line; a bare address has no name."""

    name: str
    url: str

    @property
    def paper(self) -> ArxivId | None:
        return parse_arxiv_id(self.url) or next(iter(find_arxiv_ids(self.url)), None)

    @property
    def names_a_paper(self) -> bool:
        """By its name it leads to a paper: "Paper", "Technical Report"."""
        return bool(_PAPER.fullmatch(self.name))

    @property
    def is_generic(self) -> bool:
        """Its name is no title."""
        name = self.name
        return not name or _is_generic(name) or bool(HTTP.match(name) or find_arxiv_ids(name))


def links_in(text: str) -> list[Link]:
    """Markdown's links, then bare addresses, with http(s) or of arXiv; "[Tweet]()" is none."""
    found = [(match[1], match[2]) for match in LINK.finditer(text)]
    found += [("", url.rstrip(".:;!?*_")) for url in ADDRESS.findall(LINK.sub(" ", text))]
    links = (Link(one_line(unmarked(name)), _http(url)) for name, url in found)
    return [link for link in links if link.url]


def _http(url: str) -> str:
    """The address with its scheme, "" for what can't be opened from elsewhere."""
    url = without_hazards(unescape(url)).strip()
    url = f"https:{url}" if url.startswith("//") else url
    if len(url) > MAX_URL or re.search(r"[\s<>\"]", url):
        return ""
    if HTTP.match(url):
        return url
    paper = parse_arxiv_id(url)
    return address_of(paper) if paper else ""


def address_of(paper: ArxivId) -> str:
    """The paper's page at arXiv."""
    return f"https://arxiv.org/abs/{paper}"


def title_in(text: str) -> str:
    """Without number, marks, addresses and description: bold first, else up to a dash or gap."""
    text = _TITLE_IS.split(text.strip(), maxsplit=1)[-1]
    for leading in (_BOLD.match(text), LINK.match(text.lstrip("*_ "))):
        if leading:
            name = leading[2] if leading.re is _BOLD else leading[1]
            title = _trimmed(unmarked(name))
            if title and not _is_generic(title) and not find_arxiv_ids(title):
                return title
    text = ADDRESS.sub(_GAP, LINK.sub(_title_of_link, text))
    if find_arxiv_ids(text):
        text = _without_ids(text)
    text = _DESCRIPTION.split(text.strip(" ,|\t()（）<>"), maxsplit=1)[0]
    title = _trimmed(unmarked(text))
    return "" if _is_generic(title) else title


def _title_of_link(match: re.Match[str]) -> str:
    link = Link(one_line(unmarked(match[1])), match[2])
    return _GAP if link.is_generic else match[1]


def _without_ids(text: str) -> str:
    """Found in ASCII, and cut out of the text as it stands: both have the same length."""
    kept, end = [], 0
    for match in _ID.finditer(text.translate(FULL_WIDTH)):
        kept.append(text[end : match.start()])
        end = match.end()
    return _GAP.join([*kept, text[end:]])


def _is_generic(name: str) -> bool:
    return bool(_PAPER.fullmatch(name) or _OTHER.fullmatch(name))


def _trimmed(title: str) -> str:
    title = one_line(title).strip(" -–—:：|,、;→⇒").removesuffix("()").rstrip(" (（[<「『:：,、。")
    title = title.lstrip(" )）]>」』。").removesuffix(" []")
    if title[:1] + title[-1:] == "「」" and "」" not in title[:-1]:
        title = title[1:-1]
    return title[:MAX_TITLE].strip()
