"""The records that pass between the paper's text, the drafters and the gate.

Plain values, no rows: positions are counted in characters of the stored text, pages from 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from papers.fulltext import Passage

KINDS = ("method", "resource", "empirical", "survey", "theory")


@dataclass(frozen=True)
class BankQuestion:
    """A standard question; `priority` maps a kind of paper to a rank, 1 being the first to ask.

    A kind that is not in `priority` does not ask it. `hint_ja` is for a model, never printed.
    """

    key: str
    ja: str
    en: str
    hint_ja: str
    priority: Mapping[str, int]


@dataclass(frozen=True)
class Term:
    """A word of the glossary: `en` as English prose writes it, `ja` as we do, and renderings
    that we never use."""

    en: str
    ja: str
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Material:
    """What a drafter may read: one version of one paper. `kind` is one of KINDS.

    The abstract stands in `passages` too, with the key "abs", so that it can be quoted.
    """

    title: str
    abstract: str
    passages: tuple[Passage, ...]
    kind: str


@dataclass(frozen=True)
class Cited:
    """A verbatim quote and the passage that holds it; `page` is None for the abstract."""

    passage_key: str
    page: int | None
    section: str
    quote: str


@dataclass(frozen=True)
class Problem:
    """Something the gate found at `offset` of `field`; severity is error, warning or notice."""

    code: str
    severity: str
    field: str = ""
    offset: int = 0
    length: int = 0
    value: str = ""


@dataclass(frozen=True)
class DraftItem:
    """One proposed text. `field`: title_ja, highlight, one_liner, summary or question.

    The extractive drafter makes question items with an empty text. A model's text carries marks
    [^1], [^2] that count `evidence` from 1.
    """

    field: str
    bank_key: str
    question: str
    text: str
    evidence: tuple[Cited, ...]
    problems: tuple[Problem, ...] = ()

    def with_problems(self, found: Iterable[Problem]) -> Self:
        """These beside its own, each place once; the wording of its own stays."""
        known = {(one.code, one.offset) for one in self.problems}
        new = [one for one in found if (one.code, one.offset) not in known]
        return replace(self, problems=(*self.problems, *new))


@dataclass(frozen=True)
class DraftText:
    """A whole draft; `left_out` names the bank keys for which the paper gave nothing."""

    items: tuple[DraftItem, ...]
    left_out: tuple[str, ...]
