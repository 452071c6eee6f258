"""Rules about marks and the quotes behind them."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby

from digests.drafting.verify import find_quote
from digests.lint.text import BLANK, MARK, Field
from digests.lint.types import Finding, PaperText
from digests.rendering import Quote
from digests.sentences import Sentence

_SAYS = re.compile(r"\w")


class Quotes:
    """Whether each row of evidence stands in the paper, looked up once."""

    def __init__(self, paper: PaperText) -> None:
        self.paper = paper
        self._standing: dict[str, bool] = {}

    @cached_property
    def _passages(self) -> dict[str, int]:
        return {passage.key: at for at, passage in enumerate(self.paper.passages)}

    def stands(self, quote: Quote) -> bool:
        """Whether its passage, and no other, holds it by the strict matcher."""
        if quote.key not in self._standing:
            at = self._passages.get(quote.passage_key)
            passages = () if at is None else self.paper.passages[at : at + 1]
            self._standing[quote.key] = find_quote(quote.text, passages) is not None
        return self._standing[quote.key]


def marks(quotes: Quotes, field: Field) -> Iterator[Finding]:
    """Marks without a row of this entry, and marks whose quote does not stand in the paper."""
    text = field.bare.replace(BLANK, " ")
    for found in MARK.finditer(field.text):
        if text[found.start()] == " ":
            continue  # in code
        key = found[0][2:-1]
        quote = quotes.paper.evidence.get(key)
        if quote is None:
            yield field.found("foreign-mark", *found.span(), key)
        elif quotes.paper.passages and not quotes.stands(quote):
            yield field.found("quote-not-found", *found.span(), key)


def no_evidence(field: Field) -> Iterator[Finding]:
    """Sentences without a mark; not notes of the editors, headings, and what leads into a list."""
    sentences = [s for s in field.sentences if _SAYS.search(s.text)]
    for at, sentence in enumerate(sentences):
        if sentence.marks or sentence.kind in ("heading", "note", "cell"):
            continue
        if not (sentence.kind == "prose" and _leads(sentence, sentences[at + 1 :])):
            yield field.found("no-evidence", sentence.start, sentence.end)
    for kind, table in groupby(sentences, key=lambda sentence: sentence.kind):
        cells = list(table)
        if kind == "cell" and not any(cell.marks for cell in cells):
            yield field.found("no-evidence", cells[0].start, cells[-1].end)


_LEADS = re.compile(
    r"[:：]$|次の|以下|とおり|通り|挙げ|含ま|含み|分かれ|分け|から(?:なり|成り)|構成|種類|つ[のが]|つです|点です|"
    r"大別|なります"
)


def _leads(sentence: Sentence, following: Sequence[Sentence]) -> bool:
    """Whether a sentence only leads into the list after it, whose every item has evidence."""
    if not following or following[0].kind != "item" or following[0].block == sentence.block:
        return False
    items: dict[int, bool] = {}
    for other in following:
        if other.kind != "item":
            break
        items[other.block] = items.get(other.block, False) or bool(other.marks)
    return all(items.values()) and bool(_LEADS.search(sentence.text))
