"""The rule about links: bare addresses, and links that lead nowhere as they are written.

Nothing is fetched. What an automatic fix is offered for (`fixes`) is not told again here.
"""

import re
from collections.abc import Iterator

from digests.lint.fixes import addresses, in_code
from digests.lint.text import BLANK, Field
from digests.lint.types import Finding

_LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\[\]\n]{0,300})\]\((?P<target>[^()\n]{0,500}(?:\([^()\n]{0,100}\)[^()\n]{0,200})?)\)"
)
_GOOD_TARGET = re.compile(
    r"https?://[^\s/.…]+(?:\.[^\s/.…]+)+(?:[/?#:][^\s…]*)?|mailto:.+@.+|/[^/\s…].*|#.+"
)
_ELIDED = re.compile(r"\.\.\.|…|%E2%80%A6|<[^>]*>|\{[^}]*\}|\[[^\]]*\]")
# Names that lead nowhere, and that nobody can have: RFC 2606 and RFC 6761.
_RESERVED = re.compile(
    r"https?://(?:[^/?#:]+\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)\.?(?=[/?#:]|$)",
    re.IGNORECASE,
)
# An address of this very machine, or one in which a word was to be filled in.
_NOWHERE = re.compile(
    r"https?://(?:127\.|0\.0\.0\.0"
    r"|(?:your|xxx+|todo|placeholder|dummy)[-.\w]*|[^/]*/(?:(?:your|xxx+|path/to|username)\b|(?:user|owner|org|name)/(?:repo|project)))",
    re.IGNORECASE,
)
_TOP = (
    r"(?:com|org|net|io|ai|co|edu|gov|dev|app|info|me|cc|xyz|tech|science|google|jp|uk|de|fr|cn|kr|"
    r"eu|us|ca|ch|nl|it|tv|ly|gl|gg|so|to|sh|page|site|cloud|space|wiki|blog|example)"
)
_HOST = rf"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{{0,40}}[A-Za-z0-9])?\.){{1,5}}{_TOP}"
# A domain alone (Booking.com) is a name; with www. or a path it is an address.
_BARE = re.compile(
    rf"(?<![A-Za-z0-9@/._\-])(?:www\.{_HOST}(?![A-Za-z0-9.\-]*[A-Za-z0-9])(?:[/?#][^\s、。）」』\])（「{BLANK}]*)?"
    r"|[A-Za-z0-9\-]{2,60}\.(?:github|gitlab|readthedocs)\.io(?![A-Za-z0-9./])"
    rf"|{_HOST}(?::\d+)?/[A-Za-z0-9~_\-.%#?=&+@/…]*)"
)
_SCHEME = re.compile(
    r"(?<![A-Za-z])(?:"
    r"https?://(?=$|[^A-Za-z0-9\[])"  # cut after the scheme
    r"|https?:/(?=[A-Za-z0-9])|https?//(?=[A-Za-z0-9])|https?[;：；]//?|https?:\\+"
    r"|(?!https?://)(?:h(?=[a-z]*t)(?=[a-z]*p)[a-z]{2,6}|ttps?)://(?=[A-Za-z0-9])"
    r"|[hｈ]ｔｔｐ[sｓ]?)",
    re.IGNORECASE,
)
_APART = re.compile(
    r"(?<!!)\[[^\[\]\n]{1,300}\](?:[\s　]+\(|\s*（)\s*(?:https?:|www\.)[^\s()（）]*[)）]"
)
_UNCLOSED = re.compile(
    r"(?<!!)\[[^\[\]\n]{1,300}\]\((?:https?:[^\s()、。]*|www\.[^\s()、。]*)(?=[\s、。]|$)(?!\s*\))"
)
_DEFINED = re.compile(
    r"(?<!!)\[(?!\d+\])[^\[\]\n^]{1,100}\]\[[^\[\]\n^]{0,40}\]|(?m:^\[[^\[\]\n^]{1,40}\]:\s*\S+)"
)
_POINTS_NOWHERE = re.compile(
    r"\[(?:こちら|ここ|リンク|リポジトリ|公開ページ|詳細|[Ll]ink|here|URL|url)(?:から|へ|を参照)?\](?!\(|\[)"
)
_HTML = re.compile(r"</?a(?:\s[^<>]{0,300})?>", re.IGNORECASE)


def dead_links(field: Field) -> Iterator[Finding]:
    """Every bare or dead link, each place once."""
    seen: list[tuple[int, int]] = []
    for start, end, value in sorted(_dead(field)):
        if not in_code(field, start) and not any(a < end and start < b for a, b in seen):
            seen.append((start, end))
            yield field.found("link", start, end, value)


def _dead(field: Field) -> Iterator[tuple[int, int, str]]:
    text = field.text
    links = list(_LINK.finditer(text))
    for found in links:
        target = found["target"].strip().removeprefix("<").removesuffix(">")
        if not found["text"].strip() or not _leads(target):
            yield *found.span(), target
    spans = [found.span() for found in links]
    for start, end, _is_bare in addresses(field):
        address = text[start:end]
        if not _leads(address + _elision(text, end)) and not _inside(spans, start):
            yield start, end, address
    for pattern in (_SCHEME, _BARE):
        for found in pattern.finditer(text):
            if not _inside(spans, found.start()):
                yield *found.span(), found[0]
    for pattern in (_APART, _UNCLOSED, _DEFINED, _POINTS_NOWHERE, _HTML):
        for found in pattern.finditer(text):
            yield *found.span(), found[0]


def _leads(target: str) -> bool:
    return bool(
        _GOOD_TARGET.fullmatch(target)
        and not _ELIDED.search(target)
        and not _RESERVED.match(target)
        and not _NOWHERE.match(target)
    )


def _elision(text: str, end: int) -> str:
    """What follows an address if it was cut short there: https://host/…"""
    after = text[end : end + 1]
    return after if after == "…" and text[end - 1] in "/.-_" else ""


def _inside(spans: list[tuple[int, int]], place: int) -> bool:
    return any(start <= place < end for start, end in spans)


RULES = (dead_links,)
