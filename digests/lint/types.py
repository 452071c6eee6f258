"""The records of the gate: what it reads, what it finds, and how severe each finding is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from digests.rendering import Quote
from papers.fulltext import Passage

SEVERITY: Mapping[str, str] = {
    "quote-not-found": "error",
    "no-evidence": "error",
    "foreign-mark": "error",
    "number-not-in-evidence": "error",
    "name-not-in-evidence": "error",
    "label-left": "error",
    "brackets": "error",
    "non-answer": "error",
    "metadata": "error",
    "empty": "error",
    "own-making": "error",
    "register": "warning",
    "circular": "warning",
    "near-duplicate": "warning",
    "unseen-reference": "warning",
    "raw-citation": "warning",
    "question-mark": "warning",
    "yes-no": "warning",
    "untranslated": "warning",
    "rendering": "warning",
    "voice": "warning",
    "punctuation": "warning",
    "link": "warning",
    "long-sentence": "notice",
    "wordy": "notice",
}


@dataclass(frozen=True)
class Metadata:
    """What the version itself says. Dates are those of the first and of this version."""

    title: str
    authors: tuple[str, ...]
    published_on: date | None = None
    updated_on: date | None = None


@dataclass(frozen=True)
class QuestionText:
    question: str
    answer: str
    number: int = 0


@dataclass(frozen=True)
class PaperText:
    """One paper of an issue as the editor has it; stored Markdown, marks included.

    `evidence` is by key. Without `passages` the quotes are not looked for again. With `record`
    the title, authors and dates that the page shows are compared with it.
    """

    title: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    comment: str = ""
    title_ja: str = ""
    highlight: str = ""
    one_liner: str = ""
    summary: str = ""
    questions: tuple[QuestionText, ...] = ()
    evidence: Mapping[str, Quote] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()
    evidence_required: bool = True
    needs_all_fields: bool = True
    published_on: date | None = None
    updated_on: date | None = None
    record: Metadata | None = None


@dataclass(frozen=True)
class Finding:
    """A problem of one field. `question` counts from 1, None is the summary or a head field.

    `field`: title_ja, highlight, one_liner, summary, question, answer, title, authors or dates.
    `offset` and `length` are characters of the stored text of that field, from 0.
    """

    code: str
    severity: str
    question: int | None
    field: str
    offset: int
    length: int
    value: str = ""


@dataclass(frozen=True)
class Fix:
    """An edit that may be made without asking what the text means."""

    offset: int
    length: int
    replacement: str
    code: str
