"""A Japanese sentence beside its English quotes: which numbers and names stand in both, and what in
it is easy to get wrong. For the eye of whoever compares them; the gate has rules of its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digests.lint.facts import latin_places
from digests.lint.numbers import Number, english_places, english_values, japanese_numbers

SAME, LONE = "same", "lone"
NUMBER, NEGATION, COMPARISON = "number", "negation", "comparison"
RISKS = (NUMBER, NEGATION, COMPARISON)

_NEGATION = re.compile(
    r"(?<!少)ない(?!し)|ません|なかっ|なく(?!て(?:は|も)(?:なら|いけ|よ|い))|なけれ|ずに|せず|れず|えず|ねば"
    r"|不可能|不要|未だ|いまだ|以外|除[くきい]|限らない|わけではな|[非未不](?![常満足])(?=[\u3400-\u9fff])|無関係|存在しな"
)
_COMPARISON = re.compile(
    r"より(?!よ)|比べ|比較|対し(?:て|、)?|上回|下回|超え|以上|以下|未満|最も|もっとも|最大|最小|最高|最低|最良"
    r"|優れ|劣[るりっ]|匹敵|同等|同程度|[高低長短速遅多少大小]く[なし]|倍|改善|悪化|低下|向上|増加|減少|増え|減[るっり]"
)


@dataclass(frozen=True)
class Beside:
    """The sentence and each quote in pieces, (text, mark): `same` stands on both sides, `lone` is a
    number or a name of the sentence that no quote has, "" is the rest."""

    sentence: tuple[tuple[str, str], ...]
    quotes: tuple[tuple[tuple[str, str], ...], ...]


def beside(sentence: str, quotes: Sequence[str]) -> Beside:
    """Mark what the sentence and its quotes share; nothing is lone where there is no quote."""
    numbers = list(japanese_numbers(sentence))
    english = [latin_places(quote) for quote in quotes]
    words = {stem for places in english for _at, _end, word in places for stem in _stems(word)}
    mine = _marks_of_numbers(numbers, quotes) + [
        (at, end, SAME if _stems(word) & words else LONE)
        for at, end, word in latin_places(sentence)
        if not any(n.start <= at < n.end for n in numbers)
    ]
    if not quotes:
        mine = []
    names = {stem for _at, _end, word in latin_places(sentence) for stem in _stems(word)}
    return Beside(
        _cut(sentence, mine),
        tuple(
            _cut(quote, [*_numbers_found(quote, numbers), *_names_found(places, names)])
            for quote, places in zip(quotes, english, strict=True)
        ),
    )


def _stems(word: str) -> set[str]:
    """The word and what a hyphen joins in it; case and a plural make no difference."""
    pieces = {word.casefold(), *re.split("[-–/]", word.casefold())}
    return {p[:-1] if len(p) > 3 and p.endswith("s") else p for p in pieces if len(p) > 1}


def _marks_of_numbers(
    numbers: Sequence[Number], quotes: Sequence[str]
) -> list[tuple[int, int, str]]:
    values = [english_values(quote) for quote in quotes]
    return [
        (n.start, n.end, SAME if any(n.stands_in(v) for v in values) else LONE) for n in numbers
    ]


def _numbers_found(quote: str, numbers: Sequence[Number]) -> Iterator[tuple[int, int, str]]:
    for start, end in english_places(quote):
        values = english_values(quote[start:end])
        if any(n.stands_in(values) for n in numbers):
            yield start, end, SAME


def _names_found(
    places: Sequence[tuple[int, int, str]], names: set[str]
) -> Iterator[tuple[int, int, str]]:
    return ((at, end, SAME) for at, end, word in places if _stems(word) & names)


def _cut(text: str, marks: Sequence[tuple[int, int, str]]) -> tuple[tuple[str, str], ...]:
    pieces, done = [], 0
    for start, end, mark in sorted(marks):
        if start < done:  # the number in a name
            continue
        pieces += [(text[done:start], ""), (text[start:end], mark)]
        done = end
    return tuple(piece for piece in (*pieces, (text[done:], "")) if piece[0])


def risks_of(sentence: str) -> tuple[str, ...]:
    """What in the sentence is easily wrong, of `RISKS`: a number, a negation, a comparison."""
    found = {
        NUMBER: next(japanese_numbers(sentence), None) is not None,
        NEGATION: _NEGATION.search(sentence) is not None,
        COMPARISON: _COMPARISON.search(sentence) is not None,
    }
    return tuple(risk for risk in RISKS if found[risk])
