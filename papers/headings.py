"""Which lines of a paper are headings, and what kind of text stands under them.

Size and font tell headings better than patterns do; the numbers must also come in their order, so
that a numbered line in a table or a figure is not taken for a section.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from papers.pdf_layout import LONG, Line

MAX_LENGTH = 110
NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*|[A-Z](?:\.\d{1,2})+|[A-Z]|[IVX]{1,5})\.?\s+(?=\S)")
ROMAN = re.compile(r"^(X?(?:IX|IV|V?I{1,3}|V)|X)\.?\s+(?=[^\W\d_]{2})")
APPENDIX_NUMBER = re.compile(r"^Appendix\s+([A-Z])\b[.:]?\s*", re.IGNORECASE)
ABSTRACT_RUN_IN = re.compile(r"^abstract\s*[-\u2010-\u2015.:]+\s*", re.IGNORECASE)
# A line of a table of contents; papers.pdf_layout writes "…" for a wide gap before a number.
CONTENTS = re.compile(r"(?:…|(?:\s?\.){3,})\s*\d{1,4}$")
SMALL_CAPS = re.compile(r"\b([A-Z]) (?=[A-Z]{2,})")
REFERENCES = frozenset({"references", "bibliography", "referencesandnotes", "literaturecited"})
APPENDIX = ("appendi", "supplement")
KNOWN = REFERENCES | {
    "abstract",
    "acknowledgement",
    "acknowledgements",
    "acknowledgment",
    "acknowledgments",
    "authorcontributions",
    "background",
    "broaderimpact",
    "conclusion",
    "conclusions",
    "conclusionandfuturework",
    "conclusionsandfuturework",
    "discussion",
    "ethicalconsiderations",
    "ethicsstatement",
    "experiments",
    "introduction",
    "limitation",
    "limitations",
    "method",
    "methods",
    "relatedwork",
    "reproducibilitystatement",
    "results",
}


@dataclass(frozen=True)
class Look:
    """How most of the text is set; lengths in points."""

    size: float
    font: str
    leading: float


@dataclass(frozen=True)
class Heading:
    text: str  # "3 Method"
    name: str  # "method": letters only, folded
    is_numbered: bool


def measure_look(lines: Sequence[Line]) -> Look:
    """The size, font and leading of running text."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    for line in lines:
        if line.font and abs(line.size - size) < 0.3:
            fonts[line.font] += len(line.text)
    steps = Counter(
        round(above.y - line.y, 1)
        for above, line in pairwise(lines)
        if abs(line.size - size) < 0.3
        and min(len(above.text), len(line.text)) >= LONG
        and 0.8 * size < above.y - line.y < 3 * size
    )
    return Look(
        size=size,
        font=fonts.most_common(1)[0][0] if fonts else "",
        leading=steps.most_common(1)[0][0] if steps else 1.2 * size,
    )


class Headings:
    """Reads the lines of one paper in order and knows which number comes next."""

    def __init__(self, lines: Sequence[Line], look: Look) -> None:
        self.look = look
        self.top = 0  # the section's number
        self.letter = ""  # the appendix's letter
        self.sub = ""  # the letter of a subsection, where sections have Roman numbers
        self.is_past_references = False
        named = [line for line in lines if self._is_outstanding(line) and _is_sure(line.text)]
        self.styles = {(line.size, line.font) for line in named}
        self.has_numbers = sum(bool(NUMBERED.match(line.text)) for line in named) >= 3
        self.is_roman = (
            not self.has_numbers and sum(_is_roman(tidy(line.text)) for line in lines) >= 3
        )

    def read(self, line: Line, above: Line | None) -> Heading | None:
        """The heading that this line is, or None; `above` is the line before it on the page."""
        text = tidy(line.text)
        if line.has_hyphen or not _can_be_heading(text) or text[-1] in ",;":
            return None
        number = self._number(text)
        name = _name(text)
        is_known = name in KNOWN or (name.startswith(APPENDIX) and len(name) < 60)
        is_outstanding = self._is_outstanding(line) or _is_capitals(text)
        if number and is_outstanding and not text.endswith("."):
            self._go_to(number)
        elif number or not ((is_known and is_outstanding) or self._stands_alone(line, above)):
            return None
        if name in REFERENCES:
            self.is_past_references = True
        return Heading(text, name, bool(number))

    def goes_on(self, heading: Line, line: Line) -> bool:
        """Is this line the second one of the heading above it?"""
        return (
            heading.page == line.page
            and (heading.size, heading.font) == (line.size, line.font)
            and 0 < heading.y - line.y < 1.6 * line.size
            and self._is_outstanding(line)
            and not NUMBERED.match(line.text)
            and _name(line.text) not in KNOWN
        )

    def kind(self, heading: Heading, kind: str) -> str:
        """The kind of the text under a heading; `kind` is that of the text before it."""
        if heading.name in REFERENCES:
            return "references"
        if heading.name == "abstract":
            return "abstract"
        if heading.text[0].isdigit() and heading.is_numbered and not self.is_past_references:
            self.letter = ""  # it was a label in a figure, not an appendix
            return "body"
        if self.is_past_references or self.letter or heading.name.startswith(APPENDIX):
            return "appendix"
        return "appendix" if kind == "appendix" else "body"

    def _is_outstanding(self, line: Line) -> bool:
        """Larger than the text, or as large and wholly in another font."""
        if line.size >= self.look.size + 0.7:
            return True
        is_other_font = bool(line.font and self.look.font and line.font != self.look.font)
        return is_other_font and line.size >= self.look.size - 0.3

    def _stands_alone(self, line: Line, above: Line | None) -> bool:
        """An unnumbered heading: large, with a gap above, in a style that headings have."""
        if line.size < self.look.size + 0.7 or not line.text[0].isupper():
            return False
        if line.text[-1] in ".:" or (line.size, line.font) not in self.styles:
            return False
        has_gap = above is None or not 0 < above.y - line.y < 1.2 * self.look.leading
        return has_gap and (not self.has_numbers or self.is_past_references)

    def _number(self, text: str) -> str:
        """The heading's number if it is one that may come next, else ""."""
        appendix = APPENDIX_NUMBER.match(text)
        if appendix:
            return appendix.group(1).upper()
        match = NUMBERED.match(text)
        if not match or not text[match.end()].isalpha():
            return ""
        first = match.group(1).split(".")[0]
        is_sub = "." in match.group(1)
        if self.is_roman and not self.is_past_references:
            return self._roman_number(text, first)
        if first.isdigit():
            return first if self._may_come(int(first), self.top, is_sub) else ""
        if not self.is_past_references and not self.has_numbers:
            return first if _is_capitals(text) else ""
        if len(first) > 1 or not (self.is_past_references or self.top >= 2):
            return ""
        before = ord(self.letter) if self.letter else ord("A") - 1
        return first if self._may_come(ord(first), before, is_sub) else ""

    def _roman_number(self, text: str, first: str) -> str:
        """ "II METHOD" by its value; "A Data" under it, with the letter that comes next."""
        if _is_roman(text):
            value = _roman_value(first)
            return str(value) if self._may_come(value, self.top, is_sub=False) else ""
        following = chr(ord(self.sub) + 1) if self.sub else "A"
        return first if self.top and first in ("A", following) else ""

    def _may_come(self, number: int, before: int, is_sub: bool) -> bool:
        if is_sub and number == before:
            return True
        if number == 1 and self.is_past_references:
            return True
        return before < number <= before + 2

    def _go_to(self, number: str) -> None:
        if number.isdigit():
            self.top, self.sub = int(number), ""
        elif self.is_roman and not self.is_past_references:
            self.sub = number
        elif self.top >= 2 or self.is_past_references:
            self.letter = number[0]


def _can_be_heading(text: str) -> bool:
    """Words, and not too many of them; "10 C D E" is a row of a table."""
    letters = sum(char.isalpha() for char in text)
    words = NUMBERED.sub("", text).split()
    single = sum(len(word) == 1 for word in words)
    is_worded = letters >= 3 and 2 * single <= len(words)
    return is_worded and len(text) <= MAX_LENGTH and not CONTENTS.search(text)


def read_abstract_start(line: Line) -> str | None:
    """The text after the word "Abstract" that begins this line ("" if it stands alone)."""
    if _name(line.text) == "abstract" and len(line.text) < 24:
        return ""
    run_in = ABSTRACT_RUN_IN.match(line.text)
    return line.text[run_in.end() :] if run_in else None


def tidy(text: str) -> str:
    """The printed heading with single spaces and without a full stop after its number."""
    text = " ".join(text.split())
    if _is_small_caps(text):
        text = SMALL_CAPS.sub(r"\1", text)
    return re.sub(r"^(\d{1,2}(?:\.\d{1,2})*|[A-Z](?:\.\d{1,2})*|[IVX]{2,5})\.\s", r"\1 ", text)


def _is_small_caps(text: str) -> bool:
    """Set apart as "R ELATED W ORK", as some fonts of small capitals come out."""
    words = [word for word in text.split() if word.isalpha()]
    return text.isupper() and 2 * sum(len(word) == 1 for word in words) >= max(2, len(words))


def _is_sure(text: str) -> bool:
    if len(text) > MAX_LENGTH or CONTENTS.search(text):
        return False
    return bool(re.match(r"\d{1,2}\.?\s+[A-Z][a-zA-Z]{3}", text)) or _name(text) in KNOWN


def _is_roman(text: str) -> bool:
    """A section as the IEEE numbers them: "II METHOD", when tidy."""
    return ROMAN.match(text) is not None and len(text) <= MAX_LENGTH and _is_capitals(text)


def _roman_value(number: str) -> int:
    values = {"I": 1, "V": 5, "X": 10}
    signs = [values[sign] for sign in number]
    return sum(
        -sign if sign < after else sign for sign, after in zip(signs, [*signs[1:], 0], strict=True)
    )


def _is_capitals(text: str) -> bool:
    return text.isupper() and sum(char.isalpha() for char in text) >= 6


def _name(text: str) -> str:
    bare = NUMBERED.sub("", tidy(text))
    return "".join(char for char in bare.casefold() if char.isalpha())
