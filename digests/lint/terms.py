"""Rules about the field's vocabulary: English left as it was, and words rendered wrongly."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from digests.drafting.types import Term
from digests.lint.pointers import citations
from digests.lint.text import BLANK, HAS_JA, Field, words_of
from digests.lint.types import Finding

# ── untranslated ────────────────────────────────────────────────────────────────────────────────
_ENGLISH = Path(__file__).with_name("english.json")
_LONG = 6
_RUN = re.compile(
    r"(?<![A-Za-z0-9'’\-])[A-Za-z][A-Za-z0-9'’\-]*+"
    r"(?:(?:,? |\n|; |: |\. )[A-Za-z0-9][A-Za-z0-9'’\-%.]*+)++"
)
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’\-./]*(?: [A-Za-z0-9][A-Za-z0-9'’\-./]*)*")
_IN_BRACKETS = re.compile(r"[（(][^（）()]{0,40}$")
_SMALL = words_of("of for and in the with to from on a an by via as at or is are be not")


def untranslated(field: Field, title: str) -> Iterator[Finding]:
    """Six English words or more in a row that are neither a name nor a quotation."""
    for found in _RUN.finditer(_uncited(field)):
        words = found[0].split()
        if len(words) >= _LONG and not _is_name(found, words, title):
            yield field.found("untranslated", *found.span(), found[0])


def _uncited(field: Field) -> str:
    """The digest's own words without the names in citations, which have a rule of their own."""
    text = field.unquoted
    for found in citations(field):
        text = f"{text[: found.start()]}{BLANK * len(found[0])}{text[found.end() :]}"
    return text


def _is_name(found: re.Match[str], words: list[str], title: str) -> bool:
    """A title, a name of many words, or a list of names with commas."""
    if " ".join(words).casefold().rstrip(".") in " ".join(title.split()).casefold():
        return True
    low = [word for word in words if word[0].islower() and word.strip(",;:.") not in _SMALL]
    if len(low) < 2:
        return True
    commas = sum(word[-1] in ",;" for word in words)
    has_small = any(word in _SMALL for word in words)
    is_gloss = found.string[found.start() - 1 : found.start()] in ("（", "(") and not has_small
    return commas * 2 >= len(words) - 1 or is_gloss


class Vocabulary:
    """The glossary, made ready for looking up."""

    def __init__(self, glossary: Sequence[Term]) -> None:
        self.translated = {
            _singular(term.en): term.ja
            for term in glossary
            if not re.search("[A-Za-z]", term.ja) and not term.en.isupper()
        }
        pairs = [(word, term.ja) for term in glossary for word in term.forbidden]
        self.right = dict(sorted(pairs, key=lambda pair: -len(pair[0])))
        self.wrong = re.compile("|".join(map(re.escape, self.right)) or r"(?!)")

    def common_words(self, field: Field, title: str) -> Iterator[Finding]:
        """A common word in Latin letters for which there is Japanese; the value is that, and after
        "the word → " where the glossary has it."""
        if not HAS_JA.search(field.text):
            return
        for found in _LATIN.finditer(field.unquoted):
            words = found[0].rstrip(".")
            ours = self._japanese(words) if words[:1].islower() else ""
            before = field.unquoted[max(found.start() - 60, 0) : found.start()]
            is_gloss = bool(_IN_BRACKETS.search(before))
            if ours and not is_gloss and words not in title:
                yield field.found("untranslated", found.start(), found.start() + len(words), ours)

    def _japanese(self, words: str) -> str:
        """What the glossary, or else the list of common words, has for every word of a run."""
        of_glossary = self.translated.get(_singular(words))
        if of_glossary:
            return f"{words} → {of_glossary}"
        whole = english().get(_singular(words))
        if whole:
            return whole
        said = [
            self.translated.get(_singular(word)) or english().get(_singular(word), "")
            for word in words.split()
            if word not in _SMALL
        ]
        return "・".join(said) if all(said) else ""

    def forbidden(self, field: Field) -> Iterator[Finding]:
        """A rendering that the glossary forbids; the value names the right one."""
        for found in self.wrong.finditer(field.unquoted):
            value = f"{found[0]} → {self.right[found[0]]}"
            yield field.found("rendering", *found.span(), value)


def _singular(words: str) -> str:
    folded = re.sub(r"[\s\-]+", " ", words.lower())
    if len(folded) > 5 and folded.endswith("ies"):
        return folded[:-3] + "y"
    if folded.endswith(("sses", "xes", "ches", "shes")):
        return folded[:-2]
    return folded[:-1] if folded.endswith("s") and not folded.endswith(("ss", "sis")) else folded


@lru_cache(maxsize=1)
def english() -> Mapping[str, str]:
    """Common words of English prose with their Japanese. Beside the glossary, for the gate alone:
    a prompt does not need to be told what an error is."""
    rows: dict[str, str] = json.loads(_ENGLISH.read_text(encoding="utf-8"))
    return {_singular(word): ours for word, ours in rows.items()}
