"""Printed names taken apart: "Laurens van der Maaten" into given, particle and family.

There is no list of people to ask. The rules are those of names as arXiv prints them, given names
first but in Chinese, Japanese and Korean letters; where they can't tell, the last word is family.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from papers.cleaning import clean_line


@dataclass(frozen=True)
class Name:
    """A person's name by its parts, or, with `literal` alone, an organisation's."""

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def whole_family(self) -> str:
        return f"{self.particle} {self.family}".strip()


_SUFFIX = re.compile(r"(?:jr|sr)\.?|I{2,3}|IV", re.IGNORECASE)
_ORGANISATION = re.compile(
    r"\b(?:collaborations?|team|consortium|group|project|institutes?|university|laborator(?:y|ies)"
    r"|labs?|foundation|inc|ltd|llc|corporation|company|initiative|network|committee|working"
    r"|association|society|organi[sz]ation|council|center|centre|department|research|community"
    r"|contributors|authors|and|for|of)\b\.?",
    re.IGNORECASE,
)
_PARTICLES = "Van Von De Del Della Di Du Da Dos La Le El Al Den Der Ter"
_CAPITAL_PARTICLES = frozenset(_PARTICLES.split())
# A Vietnamese name has Van or Le in its middle, and that is no particle.
_VIETNAMESE_FAMILIES = (
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh doan truong lam "
    "mai trinh dao cao ha luong ta thai anh"
)
_VIETNAMESE = frozenset(_VIETNAMESE_FAMILIES.split())
_JOINS = ("y", "e", "i")  # Ramón y Cajal
_EAST_ASIAN = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힣\s・々]+")
# The same name once more in its own letters: "Bin Yu (余彬)".
_OWN_LETTERS = re.compile(r"\s*[(（]?\s*[぀-ヿ㐀-鿿豈-﫿가-힣][぀-ヿ㐀-鿿豈-﫿가-힣\s・々]*[)）]?$")


def name_of(printed: str) -> Name | None:
    """None where the text holds no letter."""
    text = clean_line(printed).strip(" ,;:")
    text = _OWN_LETTERS.sub("", text) or text
    if not any(character.isalpha() for character in text):
        return None
    if _ORGANISATION.search(text) or " " not in text:
        return Name(literal=text) if " " in text or _is_brand(text) else Name(family=text)
    if "," in text:
        return _with_comma(text)
    words = text.split()
    if _EAST_ASIAN.fullmatch(text):
        return Name(family=words[0], given=" ".join(words[1:]))
    return _by_words(words)


def _is_brand(word: str) -> bool:
    """OpenAI, DeepSeek-AI, NVIDIA: capitals or digits where no family name has them."""
    return bool(re.search(r"[A-Z]{2}|[0-9]", word))


def _with_comma(text: str) -> Name:
    """ "King, Jr." after the given names, or family first."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    suffixes = [part for part in parts[1:] if _SUFFIX.fullmatch(part)]
    others = [part for part in parts[1:] if not _SUFFIX.fullmatch(part)]
    suffix = suffixes[0] if suffixes else ""
    if others:
        return Name(family=parts[0], given=" ".join(others), suffix=suffix)
    whole = _by_words(parts[0].split())
    return Name(whole.family, whole.given, whole.particle, suffix or whole.suffix)


def _by_words(words: list[str]) -> Name:
    suffix = ""
    if len(words) > 2 and _SUFFIX.fullmatch(words[-1]):
        words, suffix = words[:-1], words[-1]
    start = _family_start(words)
    particles, family = _split_particles(words[start:])
    return Name(
        family=" ".join(family),
        given=" ".join(words[:start]),
        particle=" ".join(particles),
        suffix=suffix,
    )


def _family_start(words: list[str]) -> int:
    """Where the particles begin, or the last word; the first word is a given name."""
    last = len(words) - 1
    for place in range(1, last):
        if words[place] in _JOINS:
            return max(place - 1, 1)
        if _is_particle(words[place], words[last]):
            return place
    return last


def _split_particles(words: list[str]) -> tuple[list[str], list[str]]:
    """Small words before the family are its particle; with a capital they are part of it."""
    n = 0
    while n < len(words) - 1 and _is_small(words[n]) and words[n] not in _JOINS:
        n += 1
    return words[:n], words[n:]


def _is_small(word: str) -> bool:
    """Also of "'t Hooft"."""
    return word.lstrip("'’")[:1].islower()


def _is_particle(word: str, family: str) -> bool:
    if _is_small(word):
        return True
    return word in _CAPITAL_PARTICLES and family.lower() not in _VIETNAMESE
