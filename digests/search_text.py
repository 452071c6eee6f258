"""How words are found in Japanese and English alike: one tokenizer for texts and queries, on every
database.

A text is folded (NFKC, casefold, Latin without accents) and cut into runs. A run of CJK becomes its
overlapping bigrams and its last single character (強化学習: 強化 化学 学習 習), a run of letters or
of digits one word (GPT-4: gpt 4). A query's words become phrases of these: what stands in a text is
found from one Japanese character up, wherever it begins.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from operator import add

from papers.cleaning import UNWANTED
from papers.identifiers import parse_arxiv_id

QUERY, WORDS = 200, 12  # characters and words of a query that are looked for
WORD = 64  # a longer run of letters counts by its beginning
# Bytes of a document's tokens, and its different characters: PostgreSQL's tsvector holds 1 MiB.
DOCUMENT, CHARACTERS = 800_000, 10_000
# Marks before a token. None is a letter or a digit, so that no word of a query can be such a token.
HEAD, LOOSE, FACT = "¶", "¬", "§"

_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003fffd"
)
_LETTER = rf"[^\W\d_{_CJK}]"
_RUN = re.compile(rf"([{_CJK}]+)|{_LETTER}+|\d+")
IS_CJK = re.compile(f"[{_CJK}]")
# Soft hyphens, joiners and variation selectors are not seen, and may not part a word.
_SELECTOR = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
UNSEEN = re.compile(f"{UNWANTED.pattern[:-1]}\u00ad\u200b-\u200f\u2060-\u2064]")
LINE = re.compile(r"[\t\n\x0b-\r\x1c-\x1f\x85\u2028\u2029]")  # white space, which UNWANTED eats
_WIDE = re.compile("[\uff01-\uff5e]")
_ACCENTED = re.compile("[\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff]")
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae"})
_ACCENTS = re.compile("[\u0300-\u036f]")

_KANA = "ァ-ヺー"
_LOOSE_RUN = re.compile(f"[{_KANA}・]{{3,}}")
_LONG_OR_DOT = re.compile("[ー・]")
# Where a long vowel is written or left out (サーバ、メモリ): after three sounds, at a word's end.
_ENDING = re.compile(
    f"(?<=[{_KANA}][{_KANA}][アカサタナハマヤラワガザダバパァャイキシチニヒミリギジヂビピィ])"
    f"ー?(?![{_KANA}])"
)
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])", re.ASCII)
_WHOLE = re.compile(r"(?<![\d.,])[1-9]\d{3,14}(?![\d,]|\.\d)", re.ASCII)
_SPELLINGS = 2  # endings of a word that are tried both ways
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_TYPED = re.compile(r'"([^"]+)"|(\S+)')


# ── folding and cutting ─────────────────────────────────────────────────────────────────────────
def fold(text: str) -> str:
    """The text as it is compared; folding twice is the same as once."""
    text = LINE.sub(" ", text)
    if not text.isprintable():
        text = UNSEEN.sub("", text)
    if text.isascii():
        return text.lower()
    text = _SELECTOR.sub("", text)
    return _without_accents(_compatible(_compatible(text).casefold()))


def _compatible(text: str) -> str:
    """NFKC. It is quick with what is in that form already: so full width goes first."""
    return unicodedata.normalize("NFKC", _WIDE.sub(_narrow, text))


def _narrow(found: re.Match[str]) -> str:
    return chr(ord(found[0]) - 0xFEE0)


def _without_accents(text: str) -> str:
    if not _ACCENTED.search(text):
        return _ACCENTS.sub("", text)
    text = text.translate(_UNDECOMPOSED)
    bare = _ACCENTED.sub(lambda found: unicodedata.normalize("NFD", found[0]), text)
    return _ACCENTS.sub("", bare)


def tokens(text: str) -> list[str]:
    """The tokens of a text in order."""
    return _cut(fold(text))


def _cut(folded: str) -> list[str]:
    found: list[str] = []
    for run in _RUN.finditer(folded):
        if run[1]:
            found += _bigrams(run[1])
        else:
            found.append(run[0][:WORD])
    return found


def _bigrams(run: str) -> list[str]:
    return [*map(add, run, run[1:]), run[-1]]  # the last one is single


def _cut_loosely(folded: str) -> list[str]:
    """Bigrams of the katakana words with ー or ・, these left out: so インタフェース finds
    インターフェース. Shorter words than three sounds would become others (コース: コス)."""
    found: list[str] = []
    for run in _LOOSE_RUN.findall(folded):
        bare = _LONG_OR_DOT.sub("", run)
        if 3 <= len(bare) < len(run):
            found += (LOOSE + two for two in _bigrams(bare)[:-1])
    return found


# ── a document ──────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Document:
    """What an index holds of one paper of one issue: tokens in order, and marks without a place."""

    tokens: tuple[str, ...]
    marks: tuple[str, ...]


def document(head: Iterable[str], body: Iterable[str], facts: Iterable[str]) -> Document:
    """`head` (titles, names, the id) is also indexed by itself, to tell what a paper is about from
    what is said about it. Texts are parted, so that no phrase runs from one into the next. Of more
    than DOCUMENT bytes the end is left out."""
    placed: list[str] = []
    loose: list[str] = []
    characters: set[str] = set()
    for text in map(fold, head):
        own = _cut(text)
        placed += [*own, FACT, *(HEAD + token for token in own), FACT]
        loose += _cut_loosely(text)
        characters |= set(text)
    for text in map(fold, body):
        placed += [*_cut(text), FACT]
        loose += _cut_loosely(text)
        characters |= set(text)
    # A mark for each character, so that one alone is found without trying all bigrams.
    marks = (LOOSE + one for one in sorted(characters) if IS_CJK.match(one))
    return Document(tuple(_within_limit(placed + loose)), (*facts, *islice(marks, CHARACTERS)))


def _within_limit(placed: list[str]) -> list[str]:
    sizes = list(accumulate(len(token.encode()) + 4 for token in placed))
    return placed[: bisect_right(sizes, DOCUMENT)]


def fact(kind: str, value: object) -> str:
    """The token of a filter: fact("category", "cs.CL")."""
    return FACT.join([FACT + kind, *re.findall(r"\w+", str(value).lower())])


# ── a query ─────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Phrase:
    """Folded runs that follow each other. `is_open`: the last word may go on. `is_loose`: one
    katakana word, whatever long vowels it is written with."""

    runs: tuple[str, ...]
    is_open: bool = False
    is_loose: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        if self.is_loose:
            return tuple(LOOSE + two for two in _bigrams(self.runs[0])[:-1])
        found: list[str] = []
        for run in self.runs:
            found += _bigrams(run) if IS_CJK.match(run) else [run[:WORD]]
        # In a text the run may go on: 強化 of a query is the 強化 of 強化学習.
        return tuple(found[:-1] if len(self.runs[-1]) > 1 and self.ends_in_cjk else found)

    @property
    def ends_in_cjk(self) -> bool:
        return bool(IS_CJK.match(self.runs[-1]))

    @property
    def is_prefix(self) -> bool:
        """The last token stands for all that begin with it: a word that goes on, a character that
        others follow."""
        return not self.is_loose and (len(self.runs[-1]) == 1 if self.ends_in_cjk else self.is_open)

    @property
    def character(self) -> str:
        """The mark of a CJK character that stands alone, else nothing."""
        is_one = len(self.runs) == len(self.runs[0]) == 1 and self.ends_in_cjk
        return LOOSE + self.runs[0] if is_one else ""


@dataclass(frozen=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Any:
    parts: tuple[Node, ...]


Node = Phrase | All | Any


@dataclass(frozen=True)
class Pair:
    """A word of the glossary in both languages."""

    en: str
    ja: str


@dataclass(frozen=True)
class Added:
    """What is looked for along with what was typed."""

    typed: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """`root` is None where there is nothing to look for; `is_cut`: the rest was left out."""

    root: Node | None
    added: tuple[Added, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True)
class _Word:
    typed: str
    is_quoted: bool
    runs: tuple[str, ...]


def parse(text: str, pairs: Sequence[Pair] = ()) -> Query:
    """All words must be there, in any order; "in quotes" as they stand. There are no operators:
    whatever else is typed parts words, and nothing raises."""
    cut = text[:QUERY]
    words = list(_words(cut))
    kept = words[:WORDS]
    parts: list[Node] = []
    added: list[Added] = []
    glossary = _glossary(pairs)
    at = 0
    while at < len(kept):
        length, others = _longest(kept[at:], glossary)
        typed = kept[at : at + length]
        at += length
        node = _one([_typed(word, is_last=word is kept[-1]) for word in typed], All)
        if others:
            added.append(Added(" ".join(word.typed for word in typed), others))
            node = _one([node, *(_translation(word) for word in others)], Any)
        parts.append(node)
    is_cut = len(text.strip()) > QUERY or len(words) > WORDS
    return Query(_one(parts, All) if parts else None, tuple(added), is_cut)


def _words(text: str) -> Iterator[_Word]:
    for found in _TYPED.finditer(_compatible(LINE.sub(" ", text)).translate(_QUOTES)):
        typed = _named_paper(found[1] or found[2])
        runs = _runs(typed)
        if runs:
            yield _Word(typed.strip('"'), bool(found[1]), runs)


def _named_paper(typed: str) -> str:
    """An arXiv address, or an id with a version, is looked for as the paper's id."""
    known = parse_arxiv_id(typed)
    return known.id if known else typed


@lru_cache(maxsize=4096)
def _runs(text: str) -> tuple[str, ...]:
    return tuple(run[0] for run in _RUN.finditer(fold(text)))


def _one(parts: Sequence[Node], kind: type[All] | type[Any]) -> Node:
    return parts[0] if len(parts) == 1 else kind(tuple(dict.fromkeys(parts)))


# ── how else a word is written ──────────────────────────────────────────────────────────────────
def _typed(word: _Word, *, is_last: bool) -> Node:
    is_open = is_last and not word.is_quoted
    if word.is_quoted:
        return Phrase(word.runs)
    forms = [form for number in _numbers(fold(word.typed)) for form in _spellings(number)]
    ways = [Phrase(_runs(form), is_open) for form in forms]
    return _one([*ways, *_loosely(word)], Any)


def _translation(text: str) -> Node:
    return Phrase(_runs(text), is_open=True)


def _spellings(text: str) -> list[str]:
    """As it is, without and with the long vowel of its katakana words. At the end the shorter
    form is enough, as it is found in the longer."""
    spellings = [""]
    done = 0
    for ending in list(_ENDING.finditer(text))[:_SPELLINGS]:
        before = text[done : ending.start()]
        forms = [""] if ending.end() == len(text) else ["", "ー"]
        spellings = [s + before + form for s in spellings for form in forms]
        done = ending.end()
    return [spelling + text[done:] for spelling in spellings]


def _numbers(text: str) -> list[str]:
    """As it is, and with the thousands of its first number parted the other way: 1200, 1,200."""
    parted = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text, count=1)
    whole = _WHOLE.sub(lambda found: f"{int(found[0]):,}", text, count=1)
    return list(dict.fromkeys((text, parted, whole)))


def _loosely(word: _Word) -> list[Phrase]:
    text = fold(word.typed)
    bare = _LONG_OR_DOT.sub("", text)
    if len(bare) < 3 or not _LOOSE_RUN.fullmatch(text):
        return []
    return [Phrase((bare,)), Phrase((bare,), is_loose=True)]


# ── the glossary ────────────────────────────────────────────────────────────────────────────────
def _glossary(pairs: Sequence[Pair]) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for pair in pairs:
        en, ja = _runs(pair.en), _runs(pair.ja)
        if en and ja and en != ja:
            found.setdefault(_singular(en), []).append(pair.ja)
            found.setdefault(_singular(ja), []).append(pair.en)
    return {key: tuple(dict.fromkeys(words)) for key, words in found.items()}


def _singular(runs: tuple[str, ...]) -> tuple[str, ...]:
    last = runs[-1]
    return (*runs[:-1], last[:-1]) if len(last) > 3 and last.endswith("s") else runs


def _longest(
    words: Sequence[_Word], glossary: Mapping[tuple[str, ...], tuple[str, ...]]
) -> tuple[int, tuple[str, ...]]:
    """How many of the words, from the first, are a word of the glossary, and what it is else."""
    for length in range(len(words), 0, -1):
        runs = tuple(run for word in words[:length] for run in word.runs)
        others = glossary.get(_singular(runs))
        if others:
            return length, others
    return 1, ()
