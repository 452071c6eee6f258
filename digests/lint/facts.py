"""Rules that compare a text with its evidence and its metadata: numbers, names, dates."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property

from digests.drafting.types import Term
from digests.lint.numbers import Number, Values, english_values, japanese_numbers
from digests.lint.text import BLANK, GONE, Field
from digests.lint.types import SEVERITY, Finding, PaperText
from digests.sentences import Sentence

NOTE = "note"


class Facts:
    """What one paper's evidence and metadata say, read once."""

    def __init__(self, paper: PaperText, glossary: Sequence[Term]) -> None:
        self.paper = paper
        self.glossary = glossary
        self._values: dict[str, Values] = {}

    def values_of(self, keys: Sequence[str]) -> Values:
        """The numbers of these quotes, and of the title."""
        values = self.title_values
        for key in keys:
            if key in self.paper.evidence:
                values |= self._of_quote(key)
        return values

    def _of_quote(self, key: str) -> Values:
        if key not in self._values:
            self._values[key] = english_values(self.paper.evidence[key].text)
        return self._values[key]

    @cached_property
    def title_values(self) -> Values:
        return english_values(self.paper.title)

    @cached_property
    def all_values(self) -> Values:
        values = self.title_values | english_values(self.paper.abstract)
        for key in self.paper.evidence:
            values |= self._of_quote(key)
        return values

    @cached_property
    def texts(self) -> list[str]:
        paper = self.paper
        quotes = [quote.text for quote in paper.evidence.values()]
        return [paper.title, paper.abstract, paper.comment, *paper.authors, *quotes]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every Latin word of evidence, metadata and glossary, whole and in its parts."""
        texts = [*self.texts, *(term.en for term in self.glossary), *EVERYDAY]
        words = {word for text in texts for word in _latin_words(text)}
        parts = {part for word in words for part in re.split("[-–/]", word) if part.isalpha()}
        return frozenset(words | parts)

    @cached_property
    def spaced(self) -> str:
        """All texts as one, to look up names of several words (PaLM 2)."""
        return "\n".join([*self.texts, *(term.en for term in self.glossary)])


def facts_apply(paper: PaperText) -> bool:
    """Whether there is something to compare with, or should be."""
    return paper.evidence_required or bool(paper.evidence)


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────
def numbers(facts: Facts, field: Field) -> Iterator[Finding]:
    """Numbers of a sentence that its own quotes do not have; in a head field, that nothing has."""
    for sentence in field.sentences:
        has_marks = any(key in facts.paper.evidence for key in sentence.marks)
        is_head = field.name in ("title_ja", "highlight", "one_liner")
        if not (has_marks or is_head) or sentence.kind == NOTE:
            continue
        values = facts.values_of(sentence.marks) if has_marks else facts.all_values
        for number in japanese_numbers(_with_line(field, sentence)):
            start = field.line_of(sentence.start)[0] + number.start
            if start < sentence.start or number.stands_in(values):
                continue
            if not _counts_list(field, sentence, number):
                yield field.found(
                    "number-not-in-evidence", start, start + len(number.text), number.text
                )


def _with_line(field: Field, sentence: Sentence) -> str:
    """The sentence with what stands before it on its line, which tells list numbers apart."""
    return field.bare[field.line_of(sentence.start)[0] : sentence.end]


def _counts_list(field: Field, sentence: Sentence, number: Number) -> bool:
    """次の3つです, before a list of three."""
    items = 0
    for other in field.sentences:
        if other.block > sentence.block and other.kind != "item":
            break
        items += other.kind == "item" and other.block == sentence.block + items + 1
    return items > 1 and items in number.plain


# ── names ───────────────────────────────────────────────────────────────────────────────────────
# Known to every reader, and no claim about the paper.
EVERYDAY = ("AI", "PDF", "URL", "Web", "arXiv", "GitHub", "Hugging Face", "vs", "et", "al")
_WORD = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*(?:[-–.+&'’_/][A-Za-z0-9]+)*\+{0,2}|(?<![A-Za-z0-9.])[0-9]+[A-Z][A-Za-z]*(?![A-Za-z0-9])"
)
_UNIT_BEFORE = re.compile(r"[0-9]\s?$")
_UNITS = re.compile(
    r"(?:[μnm]?s|[KMGTP]i?B|[kMG]?Hz|[kMG]?Wh?|[kcmn]?m|[km]?g|px|dB|x|X|pp|[KMBTk]|"
    r"[KMGTPE]?FLOPS?|[KMGTPE]?FLOPs|FPS|fps|bits?|bit)"
)
_VERSION = re.compile(
    r"\s(\d+(?:\.\d+)*)(?![\d万億千百%％年月日人名台枚個本件倍基回点つ種ビ])(?!\s?[A-Za-z%])"
)


def names(facts: Facts, field: Field) -> Iterator[Finding]:
    """Latin names that neither evidence nor metadata nor glossary has in this spelling."""
    notes = [(s.start, s.end) for s in field.sentences if s.kind == NOTE]
    for found in _WORD.finditer(field.bare):
        start = found.start()
        if any(first <= start < last for first, last in notes):
            continue
        if _UNITS.fullmatch(found[0]) and _UNIT_BEFORE.search(field.bare[:start][-2:]):
            continue
        version = _VERSION.match(field.bare, found.end())
        if not _is_known(facts, found[0]):
            yield field.found("name-not-in-evidence", start, found.end(), found[0])
        elif version and not _has_version(facts, found[0], version[1]):
            name = found[0] + version[0]
            yield field.found("name-not-in-evidence", start, start + len(name), name)


def latin_places(text: str) -> list[tuple[int, int, str]]:
    """Where Latin words and names stand, units of numbers left out: start, end, the word."""
    return [
        (found.start(), found.start() + len(word), word)
        for found in _WORD.finditer(text)
        if (word := re.sub(r"['’]s$", "", found[0]))
        and not (_UNITS.fullmatch(word) and _UNIT_BEFORE.search(text[: found.start()][-2:]))
    ]


def _latin_words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text):
        yield re.sub(r"['’]s$", "", found[0])
        # "non-GPT-4 models" has GPT-4 too, "LLaMA-7B" LLaMA.
        parts = re.split("[-–/]", found[0])[:8]
        for first in range(len(parts)):
            yield "-".join(parts[first:])
            yield "-".join(parts[: first + 1])


def _is_known(facts: Facts, word: str) -> bool:
    if len(word) == 1 or _matches(word, facts.words):
        return True
    parts = re.split("[/&]", word)
    if len(parts) > 1:
        return all(_is_known(facts, part) for part in parts if part)
    pieces = re.split("[-–]", word)
    is_of_words = len(pieces) > 1 and all(piece.isalpha() for piece in pieces)
    return is_of_words and all(len(p) == 1 or _matches(p, facts.words) for p in pieces)


def _matches(word: str, words: frozenset[str]) -> bool:
    """Exact spelling; a plural, a possessive and the capital of a plain word make no difference."""
    stem = re.sub(r"['’]s$", "", word).replace("–", "-")
    forms = {stem, stem + "s", stem + "es"}
    if len(stem) > 2:
        forms |= {stem.removesuffix("s"), stem.removesuffix("es")}
    if stem.endswith("y"):
        forms.add(stem[:-1] + "ies")
    if stem[1:].islower() or len(stem) == 1:
        forms |= {form[0].swapcase() + form[1:] for form in forms if form}
    if "-" in stem and all(part[1:].islower() for part in stem.split("-") if len(part) > 1):
        forms |= {form.lower() for form in forms} | {form.capitalize() for form in forms}
    return bool(forms & words)


def _has_version(facts: Facts, name: str, version: str) -> bool:
    spelled = rf"{re.escape(name)}[\s\-]?{re.escape(version)}(?![\d])"
    return bool(re.search(spelled, facts.spaced))


# ── metadata ────────────────────────────────────────────────────────────────────────────────────
_DATE = re.compile(r"((?:19|20)\d\d)年\s?(\d{1,2})月\s?(\d{1,2})日")
_WHEN = re.compile(r"発行|公開|投稿|発表|掲載|初版|第1版|改訂|更新|最終|arXiv")
_ABOUT_THIS = re.compile(r"(?:この|本|当該)?論文|初版|最終更新|発行日|投稿|改訂|第\d+版|arXiv")
_CALLED = re.compile('[「『“"]([A-Za-z][^「」『』“”"]{11,300})[」』”"]')
_BY = re.compile(r"([A-ZÀ-Þ][A-Za-zÀ-ÿ'’\-]{2,30})(?=ら(?:は|が|の|に|、)|氏|et al|たち)")
_CLOSE = 0.84


def metadata(paper: PaperText) -> Iterator[Finding]:
    """Title, authors and dates that are not those of the version."""
    record = paper.record
    if not record:
        return
    if _plain(paper.title) != _plain(record.title):
        yield _head("title", paper.title, record.title)
    if list(map(_plain, paper.authors)) != list(map(_plain, record.authors)):
        yield _head("authors", ", ".join(paper.authors), ", ".join(record.authors))
    for ours, theirs in (
        (paper.published_on, record.published_on),
        (paper.updated_on, record.updated_on),
    ):
        if ours and theirs and ours != theirs:
            yield _head("dates", ours.isoformat(), theirs.isoformat())


def _plain(text: str) -> str:
    return " ".join(text.split())


def _head(name: str, text: str, value: str) -> Finding:
    return Finding("metadata", SEVERITY["metadata"], None, name, 0, len(text), value)


def metadata_in(paper: PaperText, field: Field) -> Iterator[Finding]:
    """The paper's title, authors or dates, told otherwise in the running text."""
    yield from _dates_in(paper, field)
    for found in _CALLED.finditer(field.bare.replace(GONE, BLANK)):
        if _is_nearly(found[1], paper.title):
            yield field.found("metadata", *found.span(1), paper.title)
    for found in _BY.finditer(field.bare):
        families = _families(paper)
        family = next((name for name in families if _is_nearly(found[1], name)), "")
        if family and found[1] not in families:
            yield field.found("metadata", *found.span(1), family)


def _families(paper: PaperText) -> list[str]:
    return [author.split()[-1] for author in paper.authors if author.split()]


def _is_nearly(text: str, name: str) -> bool:
    """Close to `name` and not it."""
    ours, theirs = _plain(text).casefold(), _plain(name).casefold()
    if ours == theirs or not theirs or abs(len(ours) - len(theirs)) > 0.3 * len(theirs):
        return False
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= _CLOSE


def _dates_in(paper: PaperText, field: Field) -> Iterator[Finding]:
    record = paper.record
    known = {paper.published_on, paper.updated_on}
    known |= {record.published_on, record.updated_on} if record else set()
    known.discard(None)
    for sentence in field.sentences if known else ():
        words = field.bare[sentence.start : sentence.end]
        if not (_WHEN.search(words) and _ABOUT_THIS.search(words)):
            continue
        for found in _DATE.finditer(words):
            if _as_date(found) not in known:
                start = sentence.start + found.start()
                yield field.found("metadata", start, start + len(found[0]), found[0])


def _as_date(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return date.min
