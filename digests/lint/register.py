"""The rule about です・ます: every full sentence of prose, and items of a list alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from digests.lint.japanese import ending, is_assertion
from digests.lint.text import HAS_JA, Field
from digests.lint.types import Finding
from digests.sentences import Sentence

REPLIES = ("はい", "いいえ", "ええ")


def register(field: Field) -> Iterator[Finding]:
    """Sentences of prose that end plainly, and items that end otherwise than their list."""
    for kind, group in groupby(field.sentences, key=lambda sentence: sentence.kind):
        sentences = list(group)
        if kind in ("prose", "note"):
            yield from _prose(field, sentences)
        elif kind == "item":
            yield from _items(field, sentences)


def _prose(field: Field, sentences: Sequence[Sentence]) -> Iterator[Finding]:
    for sentence in sentences:
        words = field.prose(sentence)
        if not HAS_JA.search(words):
            continue
        end = ending(words)
        # A noun before a full stop is cut short; before a colon or ？ it leads on: …とは？
        is_cut = (
            end == "noun"
            and words.rstrip("。．.") not in REPLIES
            and words[-1] in "。．."
            and field.name != "question"
        )
        if end in ("plain", "asks") or is_cut:
            yield _mark_end(field, sentence, words)


def _mark_end(field: Field, sentence: Sentence, words: str) -> Finding:
    return field.found("register", sentence.start, sentence.end, words[-10:].rstrip("。．."))


def _items(field: Field, sentences: Sequence[Sentence]) -> Iterator[Finding]:
    levels: dict[int, list[list[Sentence]]] = {}
    for _, group in groupby(sentences, key=lambda sentence: sentence.block):
        item = list(group)
        levels.setdefault(_indent(field, item[0]), []).append(item)
    for items in levels.values():
        yield from _alike(field, items)


def _indent(field: Field, sentence: Sentence) -> int:
    start, end = field.line_of(sentence.start)
    line = field.text[start:end]
    return len(line) - len(line.lstrip())


def _alike(field: Field, items: Sequence[Sequence[Sentence]]) -> Iterator[Finding]:
    """Assertions (である) are wrong in any item, a plain verb where a full stop makes it a
    sentence or where other items end otherwise."""
    styles = {id(item): _style(field, item) for item in items}
    counted = Counter(style for style in styles.values() if style)
    usual = counted.most_common(1)[0][0] if counted else ""
    for item in items:
        last = item[-1]
        words = field.prose(last)
        style = styles[id(item)]
        is_sentence = style == "plain" and (words[-1:] == "。" or is_assertion(words))
        if is_sentence or (style and style != usual):
            yield _mark_end(field, last, words)
        for sentence in item[:-1]:
            inner = field.prose(sentence)
            if HAS_JA.search(inner) and ending(inner) in ("plain", "asks"):
                yield _mark_end(field, sentence, inner)


def _style(field: Field, item: Sequence[Sentence]) -> str:
    """polite, plain or noun; "" for what fits any list (Latin words, quotations, parents)."""
    words = field.prose(item[-1])
    end = ending(words) if HAS_JA.search(words) else ""
    if end in ("", "quote") or words[-1:] in "：:":
        return ""
    return "noun" if end == "asks" else end
