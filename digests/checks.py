"""Which sentences a person has compared with their quotes.

A check names a sentence and its quotes by a fingerprint: when either changes, it no longer counts.
Nothing but a person's own act makes one; accepting in bulk does not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from digests import rendering
from digests.cards import CardConflict, save_card
from digests.models import Check, Editor, Entry, Evidence, Question


@dataclass(frozen=True)
class Claim:
    """A sentence that readers will see, with the evidence that it names."""

    question: Question | None  # None: the summary
    number: int  # of the sentence in its text, from 0
    text: str
    evidence: tuple[Evidence, ...]
    fingerprint: str
    is_checked: bool
    source: str = ""  # as it is stored, with its marks
    start: int = 0  # where that stands in the stored text
    end: int = 0


def claims_of(entry: Entry) -> list[Claim]:
    """Every sentence of the summary and the answers, in the article's order."""
    evidence = {e.key: e for e in entry.evidence.all()}
    done = {c.fingerprint for c in entry.checks.all()}
    claims = _claims(entry.summary, None, evidence, done)
    for question in entry.present_questions:
        claims += _claims(question.answer, question, evidence, done)
    return claims


def _claims(
    text: str, question: Question | None, evidence: Mapping[str, Evidence], done: set[str]
) -> list[Claim]:
    claims = []
    for number, sentence in enumerate(rendering.sentences(text)):
        rows = tuple(evidence[k] for k in dict.fromkeys(sentence.marks) if k in evidence)
        mark = fingerprint_of(sentence.text, [row.quote for row in rows])
        place = (text[sentence.start : sentence.end], sentence.start, sentence.end)
        claims.append(Claim(question, number, sentence.text, rows, mark, mark in done, *place))
    return claims


def fingerprint_of(sentence: str, quotes: list[str]) -> str:
    text = "\0".join([sentence.strip(), *quotes])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@transaction.atomic
def check(entry: Entry, fingerprint: str, *, by: Editor) -> Check | None:
    """Keep that `by` has compared this sentence; None when the entry has no such sentence (any
    more). Twice is once."""
    if fingerprint not in {claim.fingerprint for claim in claims_of(entry)}:
        return None
    row, _is_new = Check.objects.get_or_create(
        entry=entry, fingerprint=fingerprint, defaults={"checked_by": by}
    )
    return row


def uncheck(entry: Entry, fingerprint: str) -> bool:
    """Take a check back; whether there was one."""
    return bool(Check.objects.filter(entry=entry, fingerprint=fingerprint).delete()[0])


# ── a sentence is rewritten or dropped ──────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Dropped:
    """What `bring_back` needs: the question (0: the summary) and its version before."""

    question: int
    version: int


@dataclass(frozen=True)
class Rewritten:
    """`fingerprint` is the new sentence's, "" where none is left at its place."""

    fingerprint: str
    reopened: bool
    before: Dropped


@transaction.atomic
def rewrite(entry: Entry, fingerprint: str, words: str, *, by: Editor) -> Rewritten | None:
    """Put `words` (Markdown with its marks) in the place of a sentence, or drop it where they are
    empty. None when the entry has no such sentence (any more); raises cards.CardConflict."""
    claim = next((c for c in claims_of(entry) if c.fingerprint == fingerprint), None)
    if claim is None:
        return None
    card, field = _card_of(entry, claim.question)
    text = _replaced(getattr(card, field), claim, words)
    before = Dropped(claim.question.pk if claim.question else 0, card.row_version)
    saved = save_card(card, card.row_version, {field: text}, by=by)
    now = claims_of(Entry.objects.with_cards().get(pk=entry.pk))
    mine = [c for c in now if c.question == claim.question and c.start == claim.start]
    mark = mine[0].fingerprint if mine and words else ""
    return Rewritten(mark, saved.reopened, before)


def _card_of(entry: Entry, question: Question | None) -> tuple[Entry | Question, str]:
    return (entry, "summary") if question is None else (question, "answer")


_EMPTY_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])?[ \t]*$")


def _replaced(text: str, claim: Claim, words: str) -> str:
    """A list item whose only sentence is dropped goes with its line."""
    before, after = text[: claim.start], text[claim.end :]
    if words:
        return before + words + after
    line_start = before.rfind("\n") + 1
    rest, newline, following = after.partition("\n")
    if _EMPTY_ITEM.match(before[line_start:] + rest):
        return (before[:line_start] + following) if newline else before[:line_start].rstrip("\n")
    return before + after


@transaction.atomic
def bring_back(entry: Entry, dropped: Dropped, *, by: Editor) -> bool:
    """Undo a drop: the card's text as it was before, where nobody has changed it since."""
    question = next((q for q in entry.present_questions if q.pk == dropped.question), None)
    if dropped.question and question is None:
        return False
    card, field = _card_of(entry, question)
    old = card.history.filter(row_version=dropped.version).order_by("-history_id").first()
    if old is None or card.row_version != dropped.version + 1:
        return False
    try:
        save_card(card, card.row_version, {field: getattr(old, field)}, by=by)
    except CardConflict:  # changed after the row was read
        return False
    return True


@dataclass(frozen=True)
class Tally:
    checked: int
    total: int

    @property
    def is_whole(self) -> bool:
        return self.checked == self.total


def tally(entry: Entry) -> Tally:
    claims = claims_of(entry)
    return Tally(sum(claim.is_checked for claim in claims), len(claims))
