"""One way to save what an editor typed: no path loses another's work, or her own.

Every form carries the row's version. A stale save merges where different fields were changed, and
refuses where the same field was, with both texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db import transaction

from digests.models import Draft, Editor, Entry, Issue, Question

Card = Issue | Entry | Question
C = TypeVar("C", bound=Card)
TEXT_FIELDS: dict[type, tuple[str, ...]] = {
    Issue: ("title", "introduction"),
    Entry: ("kind", "title_ja", "highlight", "one_liner", "summary"),
    Question: ("question", "answer"),
}

UNKNOWN = "\0"  # the base of a version that is not known: no text is ever like it


def sign(row: Card, by: Editor | None, reason: str = "") -> None:
    """Say whose the next saved revision of the row is, and where its text came from."""
    row._history_user = by  # type: ignore[union-attr]
    row._change_reason = reason or None  # type: ignore[union-attr]


FROM_DRAFT, FROM_THE_PAST = "draft", "restored"  # the first words of a revision's reason


def source_of(draft: Draft) -> str:
    """What a revision says of a text that an editor took from a draft: it outlives the draft."""
    return f"{FROM_DRAFT} {draft.origin} {draft.prompt} {draft.model}"[:100].strip()


# ── what is changed is held ─────────────────────────────────────────────────────────────────────
def lock(card: C) -> C:
    """The card as it stands now, held until the transaction ends, and with it what it stands in:
    always the issue first, then the paper, then the question, so that of two people who change the
    same issue one waits for the other, and never each for the other. A removed one is found too.
    Raises the DoesNotExist of whichever is gone."""
    held: Any
    if isinstance(card, Issue):
        held = Issue.objects.select_for_update().get(pk=card.pk)
    elif isinstance(card, Entry):
        held = lock_entry(card.pk)
    else:
        entry = lock_entry(card.entry_id)
        held = Question.objects.select_for_update().get(pk=card.pk)
        held.entry = entry
    return cast(C, held)


def lock_entry(pk: int) -> Entry:
    """The entry as `lock` holds it."""
    issue = Issue.objects.select_for_update(of=("self",)).get(entries=pk)
    entry = Entry.with_removed.select_for_update().get(pk=pk)
    entry.issue = issue
    return entry


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed: what it was, what each made of it, and who came first."""

    field: str
    base: str
    theirs: str
    mine: str
    by: Editor | None
    at: datetime | None


class CardConflict(Exception):
    """Nothing was saved; `row` is as it stands now, `mine` what was changed by who saves."""

    def __init__(self, row: Any, conflicts: list[Conflict], mine: dict[str, str]) -> None:
        super().__init__(", ".join(c.field for c in conflicts))
        self.row, self.conflicts, self.mine = row, conflicts, mine


@dataclass(frozen=True)
class Saved:
    """`changed` are the fields that this save changed, `merged` those that others had changed
    meanwhile and that were kept; `reopened` says that an approval was withdrawn."""

    row: Any
    changed: tuple[str, ...]
    merged: tuple[str, ...]
    reopened: bool


@transaction.atomic
def save_card(
    row: Card,
    base_version: int,
    changes: Mapping[str, str],
    *,
    by: Editor | None,
    reason: str = "",
) -> Saved:
    """Save the text fields in `changes`, typed over version `base_version` of the row. The
    revision keeps `reason`, where the text did not come from a keyboard (`digests.history`).

    Raises CardConflict where somebody else changed the same field since, and KeyError for a field
    that is no text of the card.
    """
    now = lock(row)
    unknown = set(changes) - set(TEXT_FIELDS[type(row)])
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    base = _base_of(now, base_version)
    mine = {f: v for f, v in changes.items() if v != base[f]}
    conflicts = [
        _conflict(now, field, base[field], value)
        for field, value in mine.items()
        if getattr(now, field) not in (base[field], value)
    ]
    if conflicts:
        raise CardConflict(now, conflicts, mine)
    changed = tuple(f for f, v in mine.items() if getattr(now, f) != v)
    merged = tuple(f for f in base if getattr(now, f) != base[f] and f not in mine)
    reopened = _write(now, {f: mine[f] for f in changed}, by, reason) if changed else False
    return Saved(now, changed, merged, reopened)


def _base_of(row: Card, base_version: int) -> dict[str, str]:
    """The texts as they were at `base_version`; unknown versions count as nothing known, so every
    difference is a conflict rather than a loss."""
    fields = TEXT_FIELDS[type(row)]
    if row.row_version == base_version:
        return {f: getattr(row, f) for f in fields}
    old = row.history.filter(row_version=base_version).order_by("-history_id").first()
    return {f: getattr(old, f) if old else UNKNOWN for f in fields}


def _conflict(row: Card, field: str, base: str, mine: str) -> Conflict:
    made = last_change(row, field)
    return Conflict(
        field=field,
        base=base,
        theirs=getattr(row, field),
        mine=mine,
        by=made.history_user if made else None,
        at=made.history_date if made else None,
    )


def last_change(row: Card, field: str) -> Any:
    """The revision that made the field what it is; None where there is no history."""
    made = None
    for save in row.history.select_related("history_user").order_by("-history_id"):
        if getattr(save, field) != getattr(row, field):
            break
        made = save
    return made


def _write(row: Card, values: Mapping[str, str], by: Editor | None, reason: str) -> bool:
    """Set the values as the row's next version; whether that withdrew an approval."""
    for field, value in values.items():
        setattr(row, field, value)
    row.row_version += 1  # in Python: F() breaks the history
    sign(row, by, reason)
    reopened = False
    if isinstance(row, Entry) and row.is_approved:
        row.state, reopened = Entry.State.OPEN, True
    row.save()
    if isinstance(row, Question):
        reopened = reopen(row.entry, by=by)
    if isinstance(row, Entry):
        unready(row.issue, by=by)
    return reopened


def reopen(entry: Entry, *, by: Editor | None) -> bool:
    """Withdraw the approval of an entry whose text has changed; whether there was one. The caller
    holds it by `lock`."""
    unready(entry.issue, by=by)
    if not entry.is_approved:
        return False
    entry.state = Entry.State.OPEN
    sign(entry, by)
    entry.save(update_fields=["state"])
    return True


def unready(issue: Issue, *, by: Editor | None) -> None:
    """An issue that was ready and has changed is being written again. The caller holds it by
    `lock`."""
    if issue.state == Issue.State.READY:
        issue.state = Issue.State.DRAFT
        sign(issue, by)
        issue.save(update_fields=["state"])
