"""A field's stored text as the rules read it: with its sentences, and with copies of the same
length in which what is not prose, or not the digest's own words, is blanked out."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from digests.lint.types import SEVERITY, Finding
from digests.sentences import Sentence, sentences

BLANK = "\ue000"  # one for each character of code, formulas, addresses
GONE = "\ue001"  # one for each character of a mark, which the reader does not see
KANA = "\u3041-\u3096\u30a1-\u30fa\u30fc"
KANJI = "\u3400-\u9fff\u3005"
JA = f"[{KANA}{KANJI}]"
HAS_JA = re.compile(JA)
MARK = re.compile(r"\[\^[^\]\s^]{1,20}\]")
URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*")
# Bounded everywhere: a text of opening signs must not cost its square.
_NOT_PROSE = re.compile(
    r"(?P<mark>\[\^[^\]\s^]{1,20}\])"
    r"|```[\s\S]{0,5000}?(?:```|\Z)"
    r"|(?<!`)(?P<ticks>`{1,3})(?!`)[^`](?:[\s\S]{0,400}?[^`])?(?P=ticks)(?!`)"
    r"|\$\$[^$]{1,1000}\$\$"
    r"|(?<![\\$\d])\$(?![\s$])[^$\n]{1,300}(?<![\s\\])\$(?![\d$])"
    r"|\]\([^()\s]{0,500}(?:\([^()\s]{0,100}\)[^()\s]{0,200})?\)"
    r"|<(?:https?://|mailto:)[^<>\s]{1,500}>"
    r"|(?P<url>https?://[A-Za-z0-9][A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]{0,500})"
)
_QUOTATION = re.compile('「[^「」]{0,400}」|『[^『』]{0,400}』|“[^“”]{0,400}”|"[^"\n]{0,300}"')
_CLOSERS = ".,;:!?'*_~"


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


def url_end(address: str) -> int:
    """How long a bare address is without the punctuation after it."""
    end = len(address)
    while end > 0:
        part = address[:end]
        is_unopened = part.endswith(")") and part.count(")") > part.count("(")
        if not (is_unopened or part[-1] in _CLOSERS):
            break
        end -= 1
    return end


@dataclass(frozen=True)
class Field:
    """One text under the gate. All copies have the length of `text`, so places are the same."""

    name: str
    question: int | None
    text: str

    @cached_property
    def sentences(self) -> list[Sentence]:
        return sentences(self.text)

    @cached_property
    def bare(self) -> str:
        """`text` with marks as GONE, and code, formulas and addresses as BLANK."""
        pieces, done = [], 0
        for found in _NOT_PROSE.finditer(self.text):
            end = found.end()
            if found["url"]:
                end = found.start() + url_end(found[0])
            sign = GONE if found["mark"] else BLANK
            pieces += [self.text[done : found.start()], sign * (end - found.start())]
            done = end
        return "".join([*pieces, self.text[done:]])

    @cached_property
    def unquoted(self) -> str:
        """`bare` with every quotation blanked, its marks kept: the digest's own words."""
        return _QUOTATION.sub(_emptied, _QUOTATION.sub(_emptied, self.bare))

    @cached_property
    def unquoted_latin(self) -> str:
        """`bare` with the quotations that hold no Japanese blanked."""
        return _QUOTATION.sub(_emptied_latin, self.bare)

    @cached_property
    def line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\n", self.text))]

    def line_of(self, place: int) -> tuple[int, int]:
        """Where the line that holds a place begins and ends."""
        start = self.line_starts[bisect_right(self.line_starts, place) - 1]
        end = self.text.find("\n", place)
        return start, len(self.text) if end < 0 else end

    def found(self, code: str, start: int, end: int, value: str = "") -> Finding:
        return Finding(code, SEVERITY[code], self.question, self.name, start, end - start, value)

    def all(self, code: str, pattern: re.Pattern[str], text: str) -> Iterator[Finding]:
        """A finding for each match in one of the copies; the value is what stands there."""
        for match in pattern.finditer(text):
            start, end = match.span()
            yield self.found(code, start, end, self.text[start:end])

    def prose(self, sentence: Sentence, text: str | None = None) -> str:
        """The sentence in one of the copies (`bare`), without marks and signs of emphasis."""
        words = (self.bare if text is None else text)[sentence.start : sentence.end]
        return re.sub(f"{GONE}+|\\*\\*|__|~~", "", words).strip(" \t\n*_#>")


def _emptied(found: re.Match[str]) -> str:
    words = found[0]
    return words[0] + BLANK * (len(words) - 2) + words[-1]


def _emptied_latin(found: re.Match[str]) -> str:
    return found[0] if HAS_JA.search(found[0]) else _emptied(found)
