"""The gate with rows around it: the same rules for drafts, for an editor's text, and at publishing.

`digests.lint` knows the rules; this file knows where texts, evidence and glossary are kept.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from digests import editions, lint
from digests.drafting.types import DraftItem as Item
from digests.drafting.types import Problem
from digests.lint import Finding, Metadata, PaperText, QuestionText
from digests.models import Entry, Question, Term
from digests.rendering import Quote
from papers.ingest import passages_of
from papers.models import Version

REMEMBERED = 200  # papers whose findings a process keeps: pages ask again and again


@dataclass(frozen=True)
class Located:
    """A finding and the rows that it is about; `question` is None for the entry's own fields."""

    entry: Entry
    question: Question | None
    finding: Finding

    @property
    def is_error(self) -> bool:
        return self.finding.severity == "error"


def glossary() -> tuple[lint.Term, ...]:
    """The editors' glossary as the rules want it."""
    return tuple(
        lint.Term(row.en, row.ja, tuple(w.strip() for w in row.forbidden.split(",") if w.strip()))
        for row in Term.objects.filter(is_active=True)
    )


# ── an editor's text ────────────────────────────────────────────────────────────────────────────
def text_of(entry: Entry, *, with_passages: bool) -> PaperText | None:
    """The entry as the rules read it; None while arXiv has not answered. Evidence stood in its
    passage when it was added and never changes, so a page need not look again; publishing does."""
    version = entry.version
    if version is None:
        return None
    authors = tuple(version.author_names)
    return PaperText(
        title=version.title,
        authors=authors,
        abstract=version.abstract,
        comment=version.comment,
        title_ja=entry.title_ja,
        highlight=entry.highlight,
        one_liner=entry.one_liner,
        summary=entry.summary,
        questions=tuple(
            QuestionText(q.question, q.answer, q.number) for q in entry.present_questions
        ),
        evidence=editions.quotes_of(entry),
        passages=passages_of(version) if with_passages else (),
        evidence_required=entry.evidence_required,
        published_on=version.published_on,
        updated_on=version.updated_on,
        record=Metadata(version.title, authors, version.published_on, version.updated_on),
    )


def problems_of(entry: Entry, words: tuple[lint.Term, ...] | None = None) -> list[Located]:
    """Everything that the gate finds in one entry; `words` is the glossary, where it was asked
    for already."""
    text = text_of(entry, with_passages=False)
    if text is None:
        return []
    found = _remembered((text,), glossary() if words is None else words)
    return [_locate(entry, entry.present_questions, f) for _at, f in found]


def problems_of_issue(entries: Sequence[Entry], *, with_passages: bool) -> list[Located]:
    """Everything in the entries, and what spans them: an answer that two of them share."""
    read = ((entry, text_of(entry, with_passages=with_passages)) for entry in entries)
    both = [(entry, text) for entry, text in read if text is not None]
    found = _remembered(tuple(text for _entry, text in both), glossary())
    return [_locate(both[at][0], both[at][0].present_questions, f) for at, f in found]


def _locate(entry: Entry, questions: Sequence[Question], finding: Finding) -> Located:
    question = questions[finding.question - 1] if finding.question else None
    return Located(entry, question, finding)


Found = list[tuple[int, Finding]]
_memory: OrderedDict[str, Found] = OrderedDict()
_lock = Lock()


def _remembered(texts: tuple[PaperText, ...], words: tuple[lint.Term, ...]) -> Found:
    """The findings with the index of their paper, remembered by the papers' whole content."""
    key = hashlib.sha256(repr((texts, words)).encode()).hexdigest()
    with _lock:
        if key in _memory:
            _memory.move_to_end(key)
            return _memory[key]
    found = lint.check_issue(texts, words)
    with _lock:
        _memory[key] = found
        while len(_memory) > REMEMBERED:
            _memory.popitem(last=False)
    return found


# ── a drafted item ──────────────────────────────────────────────────────────────────────────────
def check_for(entry: Entry, version: Version) -> Callable[[Item], list[Problem]]:
    """The gate for single items of a draft of this version."""
    words = glossary()
    paper = PaperText(
        title=version.title,
        authors=tuple(version.author_names),
        abstract=version.abstract,
        comment=version.comment,
        passages=passages_of(version),
        needs_all_fields=False,
        published_on=version.published_on,
        updated_on=version.updated_on,
    )

    def check(item: Item) -> list[Problem]:
        found = lint.check_paper(_with_item(paper, item), words)
        mine = {"question", "answer"} if item.field == "question" else {item.field}
        return [_problem(f) for f in found if f.field in mine]

    return check


def _with_item(paper: PaperText, item: Item) -> PaperText:
    evidence = {
        str(n): Quote(str(n), c.passage_key, c.page, c.section, c.quote)
        for n, c in enumerate(item.evidence, 1)
    }
    if item.field == "question":
        return replace(
            paper, evidence=evidence, questions=(QuestionText(item.question, item.text),)
        )
    fields = {item.field: item.text}
    return replace(paper, evidence=evidence, **fields)  # type: ignore[arg-type]


def _problem(f: Finding) -> Problem:
    return Problem(f.code, f.severity, f.field, f.offset, f.length, f.value)
