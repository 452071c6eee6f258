r"""A paper as other programs cite it: BibTeX, RIS, CSL-JSON, and COinS for Zotero.

Names are printed names, "Wayne Xin Zhao"; what is family, particle, suffix or an organisation is
told from the words alone, as well as that goes. Every text is taken as hostile: what TeX would
act on is escaped, but for maths that our own renderer of maths reads, and that keeps its form.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any
from urllib.parse import quote, quote_plus

from math_core import LatexError, LatexToMathML

from papers.cleaning import clean_line
from papers.names import Name, name_of


@dataclass(frozen=True)
class Citable:
    """What there is to cite of one version of a paper.

    `url` names that version; `published_on` is the day of the first one; `arxiv_id`, `doi` and
    `primary_category` ("cs.CL") may be empty; `version` counts from 1.
    """

    slug: str
    title: str
    authors: tuple[str, ...]
    published_on: date
    url: str
    arxiv_id: str = ""
    version: int = 1
    primary_category: str = ""
    doi: str = ""

    @property
    def any_doi(self) -> str:
        """The paper's own, or the one that arXiv registers for every paper
        (https://info.arxiv.org/help/doi.html)."""
        return own_doi(self.doi) or (f"10.48550/arXiv.{self.arxiv_id}" if self.arxiv_id else "")

    @property
    def names(self) -> tuple[Name, ...]:
        """The authors; what holds no letter is left out: arXiv lists the colon of
        "The Team: A. Mori" as an author."""
        found = (name_of(author) for author in self.authors)
        return tuple(name for name in found if name is not None)


def own_doi(text: str) -> str:
    """The bare DOI of what may be its address; empty where it is none."""
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", clean_line(text), flags=re.I)
    return bare if re.fullmatch(r"10\.[0-9.]{2,}/\S+", bare) else ""


# ── keys ────────────────────────────────────────────────────────────────────────────────────────
_LITTLE_WORDS = (
    "a an and are as at be by can do does for from how in into is it of on or our "
    "that the their this to towards toward via we what when where which who why with"
)
_LITTLE = frozenset(_LITTLE_WORDS.split())


def keys(papers: Sequence[Citable]) -> tuple[str, ...]:
    """`zhao2023survey`, in order; papers of one export that share a key get a, b, … after it."""
    stems = [_stem(paper) for paper in papers]
    shared = {stem for stem, n in Counter(stems).items() if n > 1}
    taken, made = set(stems), []
    for stem in stems:
        key = stem if stem not in shared else next(k for k in _lettered(stem) if k not in taken)
        taken.add(key)
        made.append(key)
    return tuple(made)


def _stem(paper: Citable) -> str:
    families = (_ascii(name.literal or name.family) for name in paper.names)
    family = next((found for found in families if found), "anonymous")
    return f"{family}{paper.published_on.year}{_first_word(paper.title)}"


def _first_word(title: str) -> str:
    """The first word of the title that says something."""
    spoken = "".join(text for text, is_maths in title_parts(title) if not is_maths)
    words = [_ascii(word) for word in re.split(r"[\s\-‐-―:/]+", spoken)]
    told = [word for word in words if word]
    return next((w for w in told if w not in _LITTLE), told[0] if told else "untitled")


# Letters that NFKD does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", clean_line(text).lower().translate(_PLAIN))
    return re.sub(r"[^a-z0-9]", "", folded)[:40]


def _lettered(stem: str) -> Iterator[str]:
    """a … z, then aa, ab, …"""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for n in count():
        rest, text = n, ""
        while rest >= 0:
            rest, place = divmod(rest, 26)
            text, rest = letters[place] + text, rest - 1
        yield stem + text


# ── BibTeX ──────────────────────────────────────────────────────────────────────────────────────
# Braces as commands: BibTeX counts braces and knows no backslash before them.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{character: "\\" + character for character in "&%$#_"},
}
_MATHS = re.compile(r"(?<!\\)\$(?![\s$])([^$]{1,300})(?<![\s\\])\$(?![0-9$])")
# A comment, a parameter, TeX's other way to write a character, and what gives a command a meaning.
_NOT_IN_MATHS = re.compile(r"(?<!\\)[%#]|\^\^|\\(?:[egx]?def|let|\w*command|Declare\w*)(?![a-z])")
_LATEX = LatexToMathML(fancy_error=False, max_expansions=0)


def bibtex(papers: Sequence[Citable], *, most_authors: int | None = None) -> str:
    """One `@misc` per paper, blank lines between. UTF-8, as BibTeX has been read since biber and
    by LaTeX since 2018. With `most_authors`, longer lists end in "and others"."""
    pairs = zip(keys(papers), papers, strict=True)
    return "\n".join(_entry(key, paper, most_authors) for key, paper in pairs)


def _entry(key: str, paper: Citable, most_authors: int | None) -> str:
    fields = {
        "title": _tex_title(paper.title),
        "author": _tex_authors(paper.names, most_authors),
        "year": str(paper.published_on.year),
        "eprint": paper.arxiv_id,
        "archivePrefix": "arXiv" if paper.arxiv_id else "",
        "primaryClass": _tex(paper.primary_category) if paper.arxiv_id else "",
        "doi": _verbatim(paper.any_doi),
        "url": _verbatim(paper.url),
    }
    lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in clean_line(text))


def _verbatim(address: str) -> str:
    r"""For `doi` and `url`, which \url prints as they stand; braces and such percent-encoded, and
    what is not ASCII, for which it has no glyphs."""
    return re.sub(r"[\s\\{}^`\"<>|]|[^\x00-\x7f]", lambda f: quote(f[0]), clean_line(address))


def title_parts(title: str) -> Iterator[tuple[str, bool]]:
    """(text, is maths) in order; maths with its dollars, and only what our renderer reads: it
    knows no command that opens a file or defines one."""
    title, place = clean_line(title), 0
    for found in _MATHS.finditer(title):
        if _is_maths(found[1]):
            yield title[place : found.start()], False
            yield found[0], True
            place = found.end()
    yield title[place:], False


def _is_maths(latex: str) -> bool:
    if _NOT_IN_MATHS.search(latex) or not _is_balanced(latex):
        return False
    try:
        _LATEX.convert_with_local_state(latex, displaystyle=False)
    except LatexError:
        return False
    return True


def _is_balanced(latex: str) -> bool:
    """Of braces as BibTeX counts them."""
    depth = 0
    for character in latex:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _tex_title(title: str) -> str:
    """Maths stands in braces too: its letters may not change."""
    parts = title_parts(title)
    told = (f"{{{text}}}" if is_maths else _tex_words(text) for text, is_maths in parts)
    return "".join(told).strip()


def _tex_words(text: str) -> str:
    """Escaped; each word that has a capital in braces, since styles put titles in small letters."""
    return "".join(_tex_word(word) for word in re.split(r"(\s+)", text))


def _tex_word(word: str) -> str:
    escaped = "".join(_TEX.get(character, character) for character in word)
    if word == word.lower():
        return escaped
    # A group that begins with a command is one accented letter to BibTeX, capitals and all.
    return f"{{{{{escaped}}}}}" if escaped.startswith("\\") else f"{{{escaped}}}"


def _tex_authors(names: Sequence[Name], most: int | None) -> str:
    shown = names[:most]
    told = [_tex_name(name) for name in shown]
    return " and ".join([*told, "others"] if len(names) > len(shown) else told)


def _tex_name(name: Name) -> str:
    if name.literal:
        return f"{{{_tex(name.literal)}}}"
    family = " ".join(filter(None, (_tex(name.particle), _tex(name.family))))
    # BibTeX takes "Ramón y" for a particle; " and " would begin the next author, and "others"
    # end the list.
    if re.search(r"\s(?:y|e|i|and)\s|^others$", family):
        family = f"{{{family}}}"
    return ", ".join(filter(None, (family, _tex(name.suffix), _tex(name.given))))


# ── RIS ─────────────────────────────────────────────────────────────────────────────────────────
def ris(papers: Iterable[Citable]) -> str:
    """RIS in UTF-8 with the line ends that its readers expect."""
    return "".join(_ris_record(paper) for paper in papers)


def _ris_record(paper: Citable) -> str:
    rows = [
        ("TY", "UNPB" if paper.arxiv_id else "GEN"),
        ("TI", clean_line(paper.title)),
        *(("AU", _ris_name(name)) for name in paper.names),
        ("PY", str(paper.published_on.year)),
        ("DA", paper.published_on.strftime("%Y/%m/%d/")),  # the last slash is part of it
        ("PB", "arXiv" if paper.arxiv_id else ""),
        ("AN", f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else ""),
        ("DO", paper.any_doi),
        ("UR", clean_line(paper.url)),
    ]
    lines = [f"{tag}  - {value}" for tag, value in rows if value]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def _ris_name(name: Name) -> str:
    """Its readers may refuse an asterisk, which marks a first author's equals."""
    told = name.literal or ", ".join(filter(None, (name.whole_family, name.given, name.suffix)))
    return told.replace("*", "").strip(" ,")


# ── CSL-JSON ────────────────────────────────────────────────────────────────────────────────────
def csl(papers: Sequence[Citable]) -> list[dict[str, Any]]:
    """Items of CSL-JSON; a preprint is an `article` there."""
    return [_csl_item(key, paper) for key, paper in zip(keys(papers), papers, strict=True)]


def _csl_item(key: str, paper: Citable) -> dict[str, Any]:
    day = paper.published_on
    item = {
        "id": key,
        "type": "article",
        "title": clean_line(paper.title),
        "author": [_csl_name(name) for name in paper.names],
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "publisher": "arXiv" if paper.arxiv_id else "",
        "number": f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else "",
        "version": str(paper.version) if paper.arxiv_id else "",
        "DOI": paper.any_doi,
        "URL": clean_line(paper.url),
    }
    return {name: value for name, value in item.items() if value}


def _csl_name(name: Name) -> dict[str, str]:
    if name.literal:
        return {"literal": name.literal}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: value for part, value in parts.items() if value}


# ── COinS ───────────────────────────────────────────────────────────────────────────────────────
def coins(paper: Citable, *, most_authors: int | None = None) -> str:
    """The `title` of a `<span class="Z3988">`, not yet escaped for HTML: an OpenURL in Dublin
    Core. Zotero makes of it an item of the type that `rft.type` names."""
    pairs = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
        ("rft.type", "preprint" if paper.arxiv_id else "document"),
        ("rft.title", clean_line(paper.title)),
        *(("rft.creator", _coins_name(name)) for name in paper.names[:most_authors]),
        ("rft.date", paper.published_on.isoformat()),
        ("rft.publisher", "arXiv" if paper.arxiv_id else ""),
        ("rft_id", f"info:doi/{paper.any_doi}" if paper.any_doi else ""),
        ("rft_id", clean_line(paper.url)),
    ]
    # ",", "/" and ":" may stand in a query as they are (RFC 3986, 3.4), and make a page smaller; so
    # does "+" for a space, as in a form that is sent.
    return "&".join(f"{name}={quote_plus(value, safe=',/:')}" for name, value in pairs if value)


def _coins_name(name: Name) -> str:
    # Zotero splits a name that has no comma into first and last; it drops one at the end, and
    # whatever follows a second.
    given = f"{name.given} {name.suffix}".strip()
    return f"{name.literal}," if name.literal else f"{name.whole_family}, {given}".strip(" ,")
