"""Which passages of a paper go into a prompt: all of them, or of a long paper those that matter.

Counts of tokens are estimates from characters; no tokenizer is asked.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing

from digests.drafting.cues import PROFILES
from digests.drafting.types import BankQuestion, Material
from papers.fulltext import Passage

MOST_TOKENS = 40_000
# What a long paper's passages may take: a frame, and the rest shared out among the questions.
SELECTED_TOKENS = 24_000
_FRAME_TOKENS = 8_000
_FRAME = re.compile(
    r"\b(?:abstract|introduction|conclu|discussion|limitation|summary)", re.IGNORECASE
)
# English prose has 4 to 4.5 characters a token, Japanese about one; formulas and tables are dearer.
_CHARACTERS_A_TOKEN = 4.0
_OF_A_PASSAGE = 25  # tokens for its key, page and section


def tokens_of(text: str) -> int:
    """About how many tokens a model reads in this text, to a fifth or so."""
    ascii_only = sum(character < "\u2000" for character in text)
    return round(ascii_only / _CHARACTERS_A_TOKEN + 0.9 * (len(text) - ascii_only))


def passages_for(material: Material, questions: Sequence[BankQuestion]) -> tuple[Passage, ...]:
    """The passages to send, in the paper's order; never references.

    All of them up to MOST_TOKENS; above, the abstract, introduction, conclusion and limitations,
    and for each question in turn the passage that answers it best, up to SELECTED_TOKENS.
    """
    usable = tuple(one for one in material.passages if one.kind != "references")
    if sum(_size(one) for one in usable) <= MOST_TOKENS:
        return usable
    taken = _filled(set(), _frame(usable), usable, _FRAME_TOKENS)
    taken = _filled(taken, _in_turn(_found(usable, questions)), usable, SELECTED_TOKENS)
    taken = _filled(taken, range(len(usable)), usable, SELECTED_TOKENS)
    return tuple(usable[row] for row in sorted(taken))


def _size(passage: Passage) -> int:
    return tokens_of(passage.text) + _OF_A_PASSAGE


def _filled(
    taken: set[int], wanted: Iterable[int], passages: Sequence[Passage], most: int
) -> set[int]:
    """`taken` and of `wanted`, in its order, what still fits into `most` tokens."""
    size = sum(_size(passages[row]) for row in taken)
    kept = set(taken)
    for row in wanted:
        if row not in kept and size + _size(passages[row]) <= most:
            kept.add(row)
            size += _size(passages[row])
    return kept


def _frame(passages: Sequence[Passage]) -> list[int]:
    abstract = [row for row, one in enumerate(passages) if one.kind == "abstract"]
    others = [row for row, one in enumerate(passages) if _FRAME.search(one.section)]
    return [*abstract, *others]


def _in_turn(rankings: Sequence[Sequence[int]]) -> Iterable[int]:
    """The first of each ranking, then the second of each, and so on."""
    for place in range(max(map(len, rankings), default=0)):
        yield from (ranking[place] for ranking in rankings if place < len(ranking))


def _found(passages: Sequence[Passage], questions: Sequence[BankQuestion]) -> list[list[int]]:
    """For each question the passages that hold words of it, best first."""
    with closing(sqlite3.connect(":memory:")) as index:
        index.execute("CREATE VIRTUAL TABLE passage USING fts5(text, tokenize='porter unicode61')")
        rows = ((row, f"{one.section} {one.text}") for row, one in enumerate(passages))
        index.executemany("INSERT INTO passage(rowid, text) VALUES (?, ?)", rows)
        return [_ranked(index, _query(question)) for question in questions]


def _ranked(index: sqlite3.Connection, query: str) -> list[int]:
    words = dict.fromkeys(re.findall(r"[a-z0-9]+", query.lower()))
    if not words:
        return []
    match = " OR ".join(f'"{word}"' for word in words)
    sql = "SELECT rowid FROM passage WHERE passage MATCH ? ORDER BY rank, rowid"
    return [row for (row,) in index.execute(sql, (match,))]


def _query(question: BankQuestion) -> str:
    """What marks an answer; of a question that an editor typed, the Latin names in it."""
    profile = PROFILES.get(question.key)
    return profile.query if profile else question.en or question.ja
