"""What an issue's texts have been, who made them so, and what differs between two moments.

Every save keeps the whole row (django-simple-history). A moment is therefore enough to tell how
all of an issue, a paper or a question stood: its snapshot. Two snapshots are compared piece by
piece, a piece being the issue's own words, a paper's, or a question. `digests.restoring` has them
back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.db.models import Max, QuerySet

from digests import editions
from digests.cards import TEXT_FIELDS, Card
from digests.models import (
    Edition,
    EditionEntry,
    EditionQuestion,
    Editor,
    Entry,
    Issue,
    Masthead,
    Question,
)

TOLD: dict[type, tuple[str, ...]] = {  # what a revision may have changed that a person would know
    Issue: (
        *TEXT_FIELDS[Issue],
        *("first_on", "last_on", "state", "scheduled_for", "assignee_id", "comments_open"),
    ),
    Entry: (
        *TEXT_FIELDS[Entry],
        *("state", "position", "version_id", "evidence_required", "removed_at"),
    ),
    Question: (*TEXT_FIELDS[Question], "position", "removed_at"),
}
KINDS: dict[type, str] = {Issue: "issue", Entry: "entry", Question: "question"}
Key = tuple[str, int, int]  # kind, the paper's pk, the question's number


# ── moments ─────────────────────────────────────────────────────────────────────────────────────
STAMP = "%Y%m%dT%H%M%S.%fZ"


def stamp(moment: datetime) -> str:
    """The moment to the microsecond, as it stands in addresses; in UTC."""
    return moment.astimezone(UTC).strftime(STAMP)


def moment_of(text: str) -> datetime | None:
    """The moment of a stamp; None for what is none."""
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


# ── revisions ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Revision:
    """One save; `changes` are (field, old, new)."""

    model: type
    pk: int
    name: str
    at: datetime
    by: Editor | None
    reason: str
    is_first: bool
    changes: tuple[tuple[str, Any, Any], ...]

    @property
    def stamp(self) -> str:
        return stamp(self.at)

    @property
    def kind(self) -> str:
        return KINDS[self.model]


def revisions_of(card: Card) -> list[Revision]:
    """Every save of the card and of what stands in it, the newest first; saves that changed
    nothing a person would know are left out. As many queries as there are kinds of rows."""
    found: list[Revision] = []
    for model, rows in _histories(card):
        ordered = rows.select_related("history_user").order_by("id", "history_id")
        for _pk, saves in groupby(ordered, key=lambda row: row.id):
            found += _revisions(model, list(saves))
    return sorted(found, key=lambda revision: revision.at, reverse=True)


def _histories(card: Card) -> list[tuple[type, QuerySet[Any]]]:
    """The rows that tell of the card and of what stood in it at any time."""
    if isinstance(card, Question):
        return [(Question, Question.history.filter(id=card.pk))]
    if isinstance(card, Entry):
        return [
            (Entry, Entry.history.filter(id=card.pk)),
            (Question, Question.history.filter(entry_id=card.pk)),
        ]
    entries = Entry.history.filter(issue_id=card.pk)
    return [
        (Issue, Issue.history.filter(id=card.pk)),
        (Entry, entries),
        (Question, Question.history.filter(entry_id__in=entries.order_by().values("id"))),
    ]


def _revisions(model: type, saves: Sequence[Any]) -> Iterable[Revision]:
    """Those of one row, the oldest first."""
    before = None
    for row in saves:
        is_first, changes = before is None, tuple(_changes(model, before, row))
        before = row
        if changes or is_first:
            yield Revision(
                model=model,
                pk=row.id,
                name=_name(model, row),
                at=row.history_date,
                by=row.history_user,
                reason=row.history_change_reason or "",
                is_first=is_first,
                changes=changes,
            )


def _changes(model: type, before: Any, row: Any) -> Iterable[tuple[str, Any, Any]]:
    """What differs; of a row that was just made, the texts that it was made with."""
    if before is None:
        texts = ((f, getattr(row, f)) for f in TEXT_FIELDS[model])
        yield from ((field, "", text) for field, text in texts if text)
        return
    for field in TOLD[model]:
        old, new = getattr(before, field), getattr(row, field)
        if old != new:
            yield field, old, new


def _name(model: type, row: Any) -> str:
    if model is Question:
        return str(row.question)
    return str(row.title_ja or row.listed_title) if model is Entry else ""


# ── snapshots ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Piece:
    """One card as it stood; `pk` is None in an edition."""

    model: type
    pk: int | None
    name: str
    texts: Mapping[str, str]


Snapshot = dict[Key, Piece]  # in the article's order
ISSUE: Key = ("issue", 0, 0)


def now(card: Card) -> Snapshot:
    """The working text. Three queries at most."""
    return _snapshot(card, *present(card))


def present(card: Card) -> tuple[list[Any], list[Any], list[Any]]:
    """The rows of the card and of what stands in it, removed papers and questions too; of a
    question also its entry, which places it."""
    issues, entries = Issue.objects.order_by(), Entry.with_removed.all()
    questions = Question.objects.all()
    if isinstance(card, Question):
        return [], list(entries.filter(pk=card.entry_id)), list(questions.filter(pk=card.pk))
    if isinstance(card, Entry):
        return [], list(entries.filter(pk=card.pk)), list(questions.filter(entry=card))
    return (
        list(issues.filter(pk=card.pk)),
        list(entries.filter(issue=card)),
        list(questions.filter(entry__issue=card)),
    )


def at(card: Card, moment: datetime) -> Snapshot:
    """How the card stood at the moment. Three queries at most."""
    found = {model: _last(rows, moment) for model, rows in _histories(card)}
    entries = found.get(Entry)
    if entries is None and isinstance(card, Question):
        entries = list(Entry.with_removed.filter(pk=card.entry_id))
    return _snapshot(card, found.get(Issue, []), entries or [], found[Question])


def _last(rows: QuerySet[Any], moment: datetime) -> list[Any]:
    """Of each row its last save up to the moment."""
    saves = rows.filter(history_date__lte=moment).order_by()
    last = saves.values("id").annotate(last=Max("history_id")).values("last")
    return list(rows.model.objects.filter(history_id__in=last))


def _snapshot(
    card: Card, issues: Iterable[Any], entries: Iterable[Any], questions: Iterable[Any]
) -> Snapshot:
    """From rows or from what they were: both have the same columns. What was removed is left out,
    but the paper of a single question only places it."""
    shot: Snapshot = {}
    for issue in issues:
        shot[ISSUE] = _piece(Issue, issue)
    asked: dict[int, list[Any]] = {}
    for question in sorted(questions, key=lambda q: (q.position, q.number)):
        if question.removed_at is None:
            asked.setdefault(question.entry_id, []).append(question)
    for entry in sorted(entries, key=lambda e: (e.position, e.id)):
        if entry.removed_at and not isinstance(card, Question):
            continue
        if not isinstance(card, Question):
            shot["entry", entry.paper_id, 0] = _piece(Entry, entry)
        for q in asked.get(entry.id, []):
            shot["question", entry.paper_id, q.number] = _piece(Question, q)
    return shot


def _piece(model: type, row: Any) -> Piece:
    texts = {f: str(getattr(row, f)) for f in TEXT_FIELDS[model]}
    return Piece(model, row.id, _name(model, row), texts)


def as_read(card: Card) -> tuple[Snapshot, Snapshot] | None:
    """What the edition says of the card, and the working text in the same terms: the title composed
    and the introduction filled in. None where there is no edition."""
    edition = issue_of(card).current_edition
    if edition is None:
        return None
    public, working = _frozen(card, edition), now(card)
    if isinstance(card, Issue):
        words = {"title": edition.title, "introduction": edition.introduction}
        public = {ISSUE: Piece(Issue, None, "", words), **public}
        working[ISSUE] = _composed(card)
    return public, working


def issue_of(card: Card) -> Issue:
    if isinstance(card, Question):
        return card.entry.issue
    return card.issue if isinstance(card, Entry) else card


def _composed(issue: Issue) -> Piece:
    masthead = Masthead.get()
    title = editions.title_of(issue, list(issue.entries.all()), masthead)[:300]
    introduction = editions.introduction_of(issue, masthead)
    return Piece(Issue, issue.pk, "", {"title": title, "introduction": introduction})


def _frozen(card: Card, edition: Edition) -> Snapshot:
    entries = EditionEntry.objects.filter(edition=edition).order_by("position")
    questions = EditionQuestion.objects.filter(entry__edition=edition).order_by("position")
    entry = card.entry if isinstance(card, Question) else card
    if isinstance(entry, Entry):
        entries = entries.filter(paper=entry.paper_id)
    if isinstance(card, Question):
        questions = questions.filter(number=card.number)
    asked: dict[int, list[EditionQuestion]] = {}
    for question in questions:
        asked.setdefault(question.entry_id, []).append(question)
    shot: Snapshot = {}
    for row in entries:
        if not isinstance(card, Question):
            texts = {f: getattr(row, f) for f in TEXT_FIELDS[Entry]}
            shot["entry", row.paper_id, 0] = Piece(Entry, None, row.title_ja, texts)
        for q in asked.get(row.pk, []):
            texts = {f: getattr(q, f) for f in TEXT_FIELDS[Question]}
            shot["question", row.paper_id, q.number] = Piece(Question, None, q.question, texts)
    return shot


# ── comparing ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Difference:
    """A piece that two snapshots do not share: added, removed or changed, with (field, old, new);
    or the order of those that they do share, as the names before and after."""

    key: Key
    model: type
    name: str
    what: str
    fields: tuple[tuple[str, str, str], ...]

    @property
    def address(self) -> str:
        return "-".join(str(part) for part in self.key)

    @property
    def kind(self) -> str:
        return KINDS[self.model]


def compare(old: Snapshot, new: Snapshot) -> list[Difference]:
    """What one has to do to `old` to have `new`; in the article's order."""
    keys = [*new, *(key for key in old if key not in new)]
    found = [_difference(key, old.get(key), new.get(key)) for key in keys]
    return [*(d for d in found if d), *_moves(old, new)]


def _difference(key: Key, old: Piece | None, new: Piece | None) -> Difference | None:
    piece = new or old
    if piece is None:
        return None
    before, after = (side.texts if side else {} for side in (old, new))
    texts = tuple(
        (field, before.get(field, ""), after.get(field, ""))
        for field in TEXT_FIELDS[piece.model]
        if before.get(field, "") != after.get(field, "")
    )
    if old and new:
        return Difference(key, piece.model, piece.name, "changed", texts) if texts else None
    return Difference(key, piece.model, piece.name, "added" if new else "removed", texts)


def _moves(old: Snapshot, new: Snapshot) -> Iterable[Difference]:
    """The orders that differ: of the papers, and of the questions of each."""
    for kind, paper in dict.fromkeys((k[0], k[1] if k[0] == "question" else 0) for k in new):
        both = [k for k in new if k in old and k[0] == kind and paper in (0, k[1])]
        before = [k for k in old if k in both]
        if before != both:
            was, will_be = ("\n".join(new[k].name for k in keys) for keys in (before, both))
            model = Question if kind == "question" else Entry
            yield Difference((kind, paper, 0), model, "", "moved", (("position", was, will_be),))
