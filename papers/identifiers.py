"""arXiv's identifiers: found in any text, and what can be read from them.

The forms are those of https://info.arxiv.org/help/arxiv_identifier.html: `YYMM.NNNN` from April
2007, five digits from January 2015, and `archive/YYMMNNN` before, for which the subject class
("math.GT/0309136") is no part of the canonical id ("math/0309136").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import total_ordering

# A number with a later "year" is a decimal or a telephone number; revisit in 2049.
LAST_NEW_YEAR = 49
FIRST_NEW_MONTH = (2007, 4)
FIVE_DIGITS_SINCE = (2015, 1)
FIRST_OLD_MONTH = (1991, 7)
LAST_OLD_MONTH = (2007, 3)

_OLD_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas"
    "|cond-mat|cs|dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|math|mtrl-th|nlin"
    "|nucl-ex|nucl-th|patt-sol|physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_NEW = r"(?P<yymm>[0-9]{4})\.(?P<serial>[0-9]{4,5})(?![0-9])"
_OLD = (
    rf"(?P<archive>{_OLD_ARCHIVES})(?:\.[a-z][a-z-]{{1,9}})?"
    r"/(?P<old_yymm>[0-9]{4})(?P<old_serial>[0-9]{3})(?![0-9])"
)
_VERSION = r"(?:v(?P<version>[0-9]{1,3}))?"
# After "arXiv", "arXiv." (as in its DOIs) and the like an id may stand where a bare number may not.
# A digit and a hyphen before it make a telephone number, a currency sign a price.
_NEW_START = r"(?:(?<=arxiv)|(?<=arxiv[.:_-])|(?<![a-z0-9.$€£¥+])(?<![0-9]-))"
_OLD_START = r"(?:(?<=arxiv\.)|(?<![a-z0-9.-]))"
# Not followed by more of a word or number, by ".5" (a longer number), or by a percent sign.
_END = r"(?![a-z0-9])(?!\.[0-9])(?!%(?![0-9a-f]{2}))"
_FLAGS = re.IGNORECASE | re.ASCII
_IN_TEXT = re.compile(rf"(?:{_NEW_START}{_NEW}|{_OLD_START}{_OLD}){_VERSION}{_END}", _FLAGS)

_HOSTS = (
    r"(?:(?:[a-z0-9-]+\.){0,4}arxiv\.org/(?:abs|pdf|html|ps|format|src|e-print)"
    r"|(?:www\.)?ar5iv\.org/(?:abs|html)"
    r"|(?:www\.)?(?:huggingface\.co|hf\.co)/papers"
    r"|(?:www\.)?alphaxiv\.org(?:/[a-z]{2})?/[a-z]+)/"
)
_DOI = r"(?:(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:\s?)?10\.48550/arxiv\.)"
_WHOLE = re.compile(
    rf"(?:(?:(?:https?:)?//)?{_HOSTS}|{_DOI}|arxiv:\s{{0,3}})?(?:{_NEW}|{_OLD}){_VERSION}"
    r"(?:\.pdf|\.ps(?:\.gz)?)?/?(?:[?#]\S*)?",
    _FLAGS,
)
# What stands where an id should: at arXiv's address, after "arXiv:", or alone on its line.
_PLACE = re.compile(
    r"(?:(?:arxiv\.org/(?:abs|pdf|html|ps|format|src|e-print)|ar5iv\.org/(?:abs|html)"
    r"|(?:huggingface|hf)\.co/papers|alphaxiv\.org/[a-z]{1,12})/|(?<![a-z])arxiv:\s{0,3})"
    r"(?P<named>[^\s\"'<>()\[\]|,;、。，；）」]+)"
    r"|^\W{0,9}(?P<alone>[0-9]{4}\.[0-9]{4,6}(?:v[0-9]{1,3})?)\W{0,9}$",
    _FLAGS | re.MULTILINE,
)
_OTHER_DOI = re.compile(r"10\.[0-9]{4,9}/$")
_DOI_LOOKBACK = 14

# Full-width forms (U+FF01..FF5E) stand at a fixed distance from ASCII, so lengths do not change.
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WIDE = re.compile("[\uff01-\uff5e]")
_ESCAPED = re.compile(r"%(2f|3a)", re.IGNORECASE)


@total_ordering
@dataclass(frozen=True)
class ArxivId:
    """A paper by its canonical id, and the version that was named, if one was.

    The order is by id, then version; no version comes first.
    """

    id: str
    version: int | None = None

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"

    def __lt__(self, other: "ArxivId") -> bool:
        return (self.id, self.version or 0) < (other.id, other.version or 0)


def find_arxiv_ids(text: str) -> list[ArxivId]:
    """Every paper that the text names, in order of first mention, each once.

    Reads addresses, DOIs, `arXiv:` and bare ids in prose, full-width digits and URL-encoded
    slashes. A version named only by a later mention is filled in. Takes time linear in the text.
    """
    found: dict[str, ArxivId] = {}
    for mention in _mentions(_plain(text)):
        known = found.get(mention.id)
        if known is None or known.version is None:
            found[mention.id] = mention
    return list(found.values())


def find_broken_ids(text: str) -> list[str]:
    """What stands where an arXiv id should and can't be one ("2313.12345" has a month 13), each
    once. A word without four digits is the name of a page, not an id."""
    found: dict[str, None] = {}
    for match in _PLACE.finditer(_plain(text)):
        shown = (match["named"] or match["alone"]).rstrip(".:!?*_")
        if re.search(r"[0-9]{4}", shown) and not find_arxiv_ids(match[0]):
            found[shown] = None
    return list(found)


def parse_arxiv_id(text: str) -> ArxivId | None:
    """The one id or address that the whole text is (spaces around it aside), else None."""
    match = _WHOLE.fullmatch(_plain(text).strip())
    return _read(match) if match else None


def slug_of(arxiv_id: str) -> str:
    """The id as one segment of a path: "hep-th/9901001" -> "hep-th_9901001"."""
    return arxiv_id.replace("/", "_")


def month_of(arxiv_id: str) -> tuple[int, int]:
    """(year, month) in which the paper was first submitted; ValueError if it is no arXiv id."""
    known = parse_arxiv_id(arxiv_id)
    if known is None:
        raise ValueError(f"not an arXiv id: {arxiv_id!r}")
    archive, _, serial = known.id.rpartition("/")
    return _old_month(serial[:4]) if archive else _new_month(known.id[:4])


def _plain(text: str) -> str:
    if _WIDE.search(text):  # to look is ten times faster than to translate
        text = text.translate(FULL_WIDTH)
    return _ESCAPED.sub(lambda match: "/" if match[1] in "2f2F" else ":", text)


def _mentions(text: str) -> Iterator[ArxivId]:
    for match in _IN_TEXT.finditer(text):
        before = text[max(0, match.start() - _DOI_LOOKBACK) : match.start()]
        if _OTHER_DOI.search(before):  # "10.1000/0704.1234" is some journal's number
            continue
        mention = _read(match)
        if mention:
            yield mention


def _read(match: re.Match[str]) -> ArxivId | None:
    version = int(match["version"] or 0) or None  # "v0" names no version
    if match["archive"]:
        if not _is_old(match["old_yymm"], match["old_serial"]):
            return None
        name = f"{match['archive'].lower()}/{match['old_yymm']}{match['old_serial']}"
        return ArxivId(name, version)
    if not _is_new(match["yymm"], match["serial"]):
        return None
    return ArxivId(f"{match['yymm']}.{match['serial']}", version)


def _is_new(yymm: str, serial: str) -> bool:
    year, month = _new_month(yymm)
    digits = 5 if (year, month) >= FIVE_DIGITS_SINCE else 4
    return (
        (year, month) >= FIRST_NEW_MONTH
        and year <= 2000 + LAST_NEW_YEAR
        and 1 <= month <= 12
        and len(serial) == digits
        and int(serial) > 0
    )


def _is_old(yymm: str, serial: str) -> bool:
    year, month = _old_month(yymm)
    return (
        FIRST_OLD_MONTH <= (year, month) <= LAST_OLD_MONTH and 1 <= month <= 12 and int(serial) > 0
    )


def _new_month(yymm: str) -> tuple[int, int]:
    return 2000 + int(yymm[:2]), int(yymm[2:])


def _old_month(yymm: str) -> tuple[int, int]:
    year = int(yymm[:2])
    return (1900 if year >= FIRST_OLD_MONTH[0] % 100 else 2000) + year, int(yymm[2:])
