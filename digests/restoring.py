"""Having a text back as it was: one field, a question, a paper, or a whole issue.

Restoring is writing again: new revisions by the person who asked, which withdraw an approval as any
change does and reach no reader before the issue is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from digests import history, workflow
from digests.cards import FROM_THE_PAST, Card, lock, save_card, sign, unready
from digests.history import Difference, Key, Piece, Snapshot
from digests.models import Editor, Entry, Issue, Question


# ── what would change ───────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Plan:
    """What restoring would change. `token` names the working text that it was made for."""

    card: Card
    past: Snapshot
    differences: tuple[Difference, ...]
    token: str

    @property
    def added_since(self) -> list[Difference]:
        """Papers that came in after the moment."""
        return [d for d in self.differences if d.model is Entry and d.what == "removed"]

    @property
    def removed_since(self) -> list[Difference]:
        return [d for d in self.differences if d.model is Entry and d.what == "added"]


class ChangedMeanwhile(Exception):
    """Nothing was restored: the texts are no more those that the plan was made for."""


def plan(card: Card, moment: datetime, only: str = "") -> Plan:
    """What would have to change for the card to stand as it did; `only` a piece ("question-7-2"),
    or a field of one ("question-7-2:answer")."""
    present, past = history.now(card), history.at(card, moment)
    papers = {k[1] for k in present if k[0] == "entry" and k not in past}
    differences = [
        d
        for d in history.compare(present, past)
        if not (d.kind == "question" and d.key[1] in papers)  # they go or stay with their paper
    ]
    return Plan(
        card=card,
        past=past,
        differences=tuple(_only(differences, only)),
        token=token_of(card),
    )


def _only(differences: Sequence[Difference], only: str) -> Iterable[Difference]:
    piece, _colon, field = only.partition(":")
    for d in differences:
        comes_with_paper = d.what == "added" and piece == f"entry-{d.key[1]}-0"
        fields = tuple(f for f in d.fields if field in ("", f[0]))
        if not piece:
            yield d
        elif d.what != "moved" and (d.address == piece or comes_with_paper) and fields:
            yield replace(d, fields=fields)


def token_of(card: Card) -> str:
    """Of all that restoring the card may change."""
    issues, entries, questions = history.present(card)
    rows: list[tuple[object, ...]] = [(i.pk, i.row_version) for i in issues]
    rows += [(e.pk, e.row_version, e.position, e.removed_at is None) for e in entries]
    rows += [(q.pk, q.row_version, q.position, q.removed_at is None) for q in questions]
    return sha256(repr(rows).encode()).hexdigest()[:16]


# ── changing it ─────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def restore(
    card: Card,
    moment: datetime,
    *,
    by: Editor,
    token: str,
    only: str = "",
    remove_added: bool = False,
) -> int:
    """Write what stood at the moment as new revisions by `by`; how many pieces were changed. Papers
    that came in since stay unless `remove_added`. Raises ChangedMeanwhile where `token` is not of
    the working text."""
    issue = lock(history.issue_of(card))  # nobody changes what stands in it without holding it
    planned = plan(card, moment, only)
    if planned.token != token:
        raise ChangedMeanwhile
    work = _Work(issue, planned.past, moment, by)
    done = [d for d in planned.differences if work.do(d, remove_added=remove_added)]
    if not only and not isinstance(card, Question):
        work.put_in_order(card)
    elif work.came_back:
        work.put_back_in_order()
    if done:
        unready(lock(issue), by=by)
    return len(done)


class _Work:
    """A restoring under way: every step reads its row anew."""

    def __init__(self, issue: Issue, past: Snapshot, moment: datetime, by: Editor) -> None:
        self.issue, self.past, self.moment, self.by = issue, past, moment, by
        self.reason = f"{FROM_THE_PAST} {history.stamp(moment)}"
        self.came_back: list[Key] = []

    def do(self, d: Difference, *, remove_added: bool) -> bool:
        """Whether there was something to do."""
        if d.what == "changed":
            texts = {field: new for field, _old, new in d.fields}
            return self._write(self._row(d.key), texts)
        if d.what == "added":
            self._bring_back(d.key, self.past[d.key])
            return True
        if d.what == "removed" and d.model is Question:
            workflow.remove_question(self._row(d.key), by=self.by, reason=self.reason)
            return True
        if d.what == "removed" and remove_added:
            workflow.remove_entry(self._row(d.key), by=self.by, reason=self.reason)
            return True
        return d.what == "moved"

    def _row(self, key: Key) -> Any:
        kind, paper, number = key
        if kind == "issue":
            return Issue.objects.get(pk=self.issue.pk)
        if kind == "entry":
            return Entry.with_removed.get(issue=self.issue, paper=paper)
        asked = Question.objects.filter(entry__issue=self.issue)
        return asked.get(entry__paper=paper, number=number)

    def _write(self, row: Any, texts: Mapping[str, str]) -> bool:
        saved = save_card(row, row.row_version, texts, by=self.by, reason=self.reason)
        return bool(saved.changed)

    def _bring_back(self, key: Key, piece: Piece) -> None:
        """What was removed, with the texts of then; a paper without the questions that it has got
        since, as they go with every restoring."""
        self.came_back.append(key)
        row = self._row(key)
        if piece.model is Entry:
            workflow.restore_entry(row, by=self.by, reason=self.reason)
            for question in row.questions.present():
                if ("question", key[1], question.number) not in self.past:
                    workflow.remove_question(question, by=self.by, reason=self.reason)
        else:
            workflow.restore_question(row, by=self.by, reason=self.reason)
        self._write(row, piece.texts)

    # ── the order ───────────────────────────────────────────────────────────────────────────────
    def put_in_order(self, card: Card) -> None:
        """All as it stood; what came since keeps its place behind what it follows now."""
        for rows in self._lists(card):
            then = [key for key in self.past if key in rows]
            self._place(rows, woven(then, list(rows)))

    def put_back_in_order(self) -> None:
        """What came back, behind what it followed; all else as it is."""
        for rows in self._lists(self.issue):
            kept = [key for key in rows if key not in self.came_back]
            self._place(rows, woven(kept, [key for key in self.past if key in rows]))

    def _lists(self, card: Card) -> list[dict[Key, Any]]:
        """The papers, and the questions of each paper, in their order of now."""
        _issues, rows, questions = history.present(card)
        entries = [entry for entry in rows if entry.removed_at is None]
        lists: list[dict[Key, Any]] = []
        if isinstance(card, Issue):
            lists.append({("entry", e.paper_id, 0): e for e in entries})
        for entry in entries:
            asked = [q for q in questions if q.entry_id == entry.pk and q.removed_at is None]
            lists.append({("question", entry.paper_id, q.number): q for q in asked})
        return lists

    def _place(self, rows: Mapping[Key, Any], order: Sequence[Key]) -> None:
        places = [row.position for row in rows.values()]
        if list(rows) == list(order) and places == sorted(set(places)):
            return
        for place, key in enumerate(order, 1):
            row = rows[key]
            if row.position != place:
                row.position = place
                sign(row, self.by, self.reason)
                row.save(update_fields=["position"])


def woven(fixed: Sequence[Key], guide: Sequence[Key]) -> list[Key]:
    """`fixed` in its order, and each of the rest of `guide` behind what it follows there."""
    order, before = list(fixed), None
    for key in guide:
        if key not in fixed:
            order.insert(0 if before is None else order.index(before) + 1, key)
        before = key
    return order
