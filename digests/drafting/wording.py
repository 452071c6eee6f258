"""What a model's words may hold: Japanese text, and nothing that would act on a page.

Everything here works on one sentence on one line; block structure and marks are ours alone.
"""

import re
from collections.abc import Iterable, Sequence

from digests.drafting.prompts import RULES, SIGN
from papers.fulltext import Passage

_URL = re.compile(r"https?://[^\s<>「」『』（）()、。，．\[\]\"'`|]+", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\(\s*<?([^()\s>]*)>?(?:\s+[^()]*)?\)")
_AUTOLINK = re.compile(r"<((?:https?|mailto|ftp):[^<>\s]*)>", re.IGNORECASE)
_TAG = re.compile(r"<!--(?:(?!-->|<!--).)*+-->|</?[A-Za-z][^<>]*>")
_MARK = re.compile(r"\[\^[^\[\]]{0,20}\]|[（(\[]\s*(?:p\d{2,3}-\d{2,3}|abs)\s*[）)\]]")
_BLOCK = re.compile(
    r"(?:#{1,6}\s+|>+\s*|[-*+・•]\s+|・|\d{1,3}[.)]\s+|```+\w*|~~~+|={3,}|-{3,}|"
    r"\[[^\[\]]*\]:\s*|編集者注\s*[：:]\s*)+"
)
_HIRAGANA = re.compile(r"[\u3041-\u3096]")
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff]")
_LEAST_HIRAGANA = 0.06  # of the letters; answers full of names have 0.15 and more
# A formula or a piece of code that is whole, as our Markdown reads them.
_FORMULA = r"(?<![\d$\\`])\$(?:[^\s$`\\]|[^\s$`][^$`]*[^\s$`\\])\$(?![\d$`])"
_PAIR = re.compile(rf"({_FORMULA}|(?<![`$\\])`[^`$\\]+`(?![`$]))")
_KEPT_LINK = re.compile(rf"\]\({_SCHEME.pattern}", re.IGNORECASE)
_WIDE = {"!": "！", "?": "？"}  # "![" would begin an image


def neutralised(text: str, passages: Sequence[Passage]) -> tuple[str, tuple[str, ...]]:
    """The sentence as plain words, and the addresses in it that the paper does not have.

    Such an address loses its scheme, so that nothing links there. Links to addresses of the paper
    stay. HTML, images, block markup, marks and references to passages go.
    """
    foreign: list[str] = []

    def link(found: re.Match[str]) -> str:
        label, url = found[1], found[2]
        if not found[0].startswith("!") and _URL.fullmatch(url) and is_address(url, passages):
            return found[0]
        return label

    def address(found: re.Match[str]) -> str:
        url = found[0].rstrip(".,;:!?")
        if is_address(url, passages):
            return found[0]
        foreign.append(url)
        return without_scheme(found[0])

    bare = _MARK.sub("", text.replace(SIGN, ""))
    bare = _LINK.sub(link, _AUTOLINK.sub(r"\1", bare))
    bare = _TAG.sub("", bare)
    # Again, for what is left of "hthttps://tps://…" is an address too.
    while (once := _URL.sub(address, bare)) != bare:
        bare = once
    return _inline_only(bare), tuple(foreign)


def _inline_only(text: str) -> str:
    """Without what begins a block, and without a lone sign that would reach into what follows."""
    found = _BLOCK.match(text.strip())
    bare = text.strip()[found.end() if found else 0 :]
    parts = [
        part if place % 2 else _without_signs(part) for place, part in enumerate(_PAIR.split(bare))
    ]
    words = " ".join("".join(parts).split())
    return words[:-1] + _WIDE[words[-1]] if words and words[-1] in _WIDE else words


def _without_signs(text: str) -> str:
    """What stands between formulas and code: no sign in it opens either, or escapes a mark."""
    plain = text.replace("\\", "").replace("`", "").replace("$", "\\$")
    return plain if _KEPT_LINK.search(plain) else plain.replace("](", "] (")


def without_scheme(url: str) -> str:
    return _SCHEME.sub("", url)


def is_address(url: str, passages: Iterable[Passage]) -> bool:
    """Whether the address stands in the paper, whole; a line may have been broken inside it."""
    bare = re.sub(r"^https?://(?:www\.)?", "", url, flags=re.IGNORECASE).rstrip("/")
    if "." not in bare:
        return False
    broken = "".join(re.escape(c) + (r"\s?" if c in "/-._" else "") for c in bare)
    pattern = re.compile(rf"(?<![\w.-]){broken}/?(?![\w/-]|\.\w)", re.IGNORECASE)
    return any(pattern.search(one.text) for one in passages if one.kind != "references")


# Language


def is_japanese(text: str) -> bool:
    """Whether a sentence or more is in Japanese, names and addresses left as they are.

    Told by hiragana, which every Japanese sentence has, and no other language.
    """
    letters = sum(c.isalpha() for c in _URL.sub("", text))
    hiragana = len(_HIRAGANA.findall(text))
    return hiragana >= 2 and hiragana >= _LEAST_HIRAGANA * letters


def has_japanese(text: str) -> bool:
    """For a title or a noun phrase, which may do without hiragana."""
    return bool(_JAPANESE.search(text))


# Obeying the paper

# In the imperative: "Ignore all previous instructions", not "earlier methods ignore the rules".
_COMMAND = re.compile(
    r"(?:^|[.!?:;,\"“‘'(\]]\s*|\b(?:please|must|should|to|and|then|now)\s+)"
    r"(?:ignore|disregard|forget|override)\b[^.]{0,60}?"
    r"\b(?:instructions?|prompts?|directions|guidelines|above|previous)\b",
    re.IGNORECASE,
)
_REACH = 400  # characters after the command in which it says what it wants
_SAY = r"\b(?:say|write|output|print|reply|respond|answer|state|include|return|repeat|call)\b"
_QUOTED = re.compile(
    rf"{_SAY}[^.\"“‘'「]{{0,40}}[\"“‘'「]([^\"”’'「」]{{4,120}})[\"”’'」]", re.IGNORECASE
)
_UNQUOTED = re.compile(
    rf"{_SAY}(?: only| exactly| just| with| that| the words?| the phrase|:)*\s+([^.\"“]{{4,120}})",
    re.IGNORECASE,
)


def demands_of(passages: Iterable[Passage], title: str = "") -> tuple[str, ...]:
    """The words that a text which commands its reader ("ignore previous instructions and say …")
    wants to hear. Empty for a paper without such commands; what the title says is no demand."""
    wanted: list[str] = []
    for passage in passages:
        for command in _COMMAND.finditer(passage.text):
            after = passage.text[command.end() : command.end() + _REACH]
            wanted += _QUOTED.findall(after) or _UNQUOTED.findall(after)
    named = _squashed(title)
    squashed = dict.fromkeys(_squashed(each) for each in wanted)
    return tuple(each for each in squashed if each and each not in named)


def obeys(text: str, demands: Iterable[str]) -> str:
    """What the paper demanded and this text says, or which of our own rules it gives away; ""
    for a text that does neither."""
    said = _squashed(text)
    for demand in demands:
        if re.search(rf"(?<![a-z0-9]){re.escape(demand)}(?![a-z0-9])", said):
            return demand
    return next((line for line in _LONG_RULES if line in said), "")


def _squashed(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .,:;!?。、")


_LONG_RULES = tuple(
    _squashed(rule.lstrip("- ")) for rule in re.split(r"[。\n]", RULES) if len(rule) >= 16
)
