"""Saving a card from the desk: what was typed is saved, merged, or shown beside what clashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.cards import UNKNOWN, CardConflict, Conflict, save_card
from digests.desk.access import editor_of
from digests.desk.forms import (
    CardForm,
)
from digests.desk.frame import page
from digests.differences import Piece, merged, pieces_of
from digests.history import issue_of
from digests.models import (
    Editor,
    Entry,
    Issue,
    Question,
)


def texts_of(card: Issue | Entry | Question, *fields: str) -> dict[str, Any]:
    return {"row_version": card.row_version, **{f: getattr(card, f) for f in fields}}


def save(
    request: HttpRequest, card: Issue | Entry | Question, form: CardForm, back: HttpResponse
) -> HttpResponse:
    try:
        saved = save_card(
            card, form.cleaned_data["row_version"], form.changes(), by=editor_of(request)
        )
    except CardConflict as conflict:
        return _show_conflict(request, conflict, form, back)
    if saved.merged:
        messages.info(request, _("Saved. Another editor's changes to other fields were kept."))
    elif saved.changed:
        now = timezone.localtime().strftime("%H:%M")
        messages.success(request, _("Saved at %(time)s.") % {"time": now})
    else:
        messages.success(request, _("Nothing has changed."))
    if saved.reopened:
        messages.warning(request, _("The text has changed, so the approval was withdrawn."))
    return back


MADE_IN = timedelta(seconds=2)  # a page is read from the database before it says its time


def seen_at(request: HttpRequest) -> datetime | None:
    """When the page with the button was shown; None where it does not say."""
    try:
        return datetime.fromtimestamp(float(request.POST["seen"]), UTC) - MADE_IN
    except (KeyError, ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True)
class Clash:
    """A field that two changed: what each did to it, and, where their changes do not touch, both in
    one. Without a `base` (the version that was opened is not known) mine is told against theirs."""

    conflict: Conflict
    label: str
    base: str
    theirs: list[Piece]
    mine: list[Piece]
    both: str


def _clash(conflict: Conflict, label: str) -> Clash:
    is_known = conflict.base != UNKNOWN
    base = conflict.base if is_known else conflict.theirs
    both = merged(base, conflict.theirs, conflict.mine) if is_known else None
    theirs, mine = (pieces_of(base, text) for text in (conflict.theirs, conflict.mine))
    return Clash(conflict, label, base if is_known else "", theirs, mine, both or "")


def _show_conflict(
    request: HttpRequest, conflict: CardConflict, form: CardForm, back: HttpResponse
) -> HttpResponse:
    """Both texts, whose change it was, and forms that save what was typed over it, both changes, or
    only what does not clash."""
    fields = form.fields
    clashes = [_clash(c, str(fields[c.field].label)) for c in conflict.conflicts]
    return page(
        request,
        "desk/conflict.html",
        _title(clashes, editor_of(request)),
        clashes=clashes,
        typed=_typed(form, conflict),
        rest=[
            (f, v)
            for f, v in conflict.mine.items()
            if f not in {c.field for c in conflict.conflicts}
        ],
        can_merge=all(clash.both for clash in clashes),
        row_version=conflict.row.row_version,
        back=back.headers["Location"],
        issue=issue_of(conflict.row),
        status=409,
    )


def _title(clashes: list[Clash], editor: Editor) -> str:
    """Whose other change it was: a colleague's, or the editor's own in another tab."""
    if all(clash.conflict.by == editor for clash in clashes):
        return _("You have changed this in another window too")
    return _("Somebody else has changed this too")


def _typed(form: CardForm, conflict: CardConflict) -> list[dict[str, Any]]:
    """What to save next, by field: those that clash as they were typed, to be edited; the others
    as they were changed here, or else as they stand now."""
    clashing = {c.field for c in conflict.conflicts}
    return [
        {
            "name": name,
            "label": form.fields[name].label,
            "value": conflict.mine.get(name, getattr(conflict.row, name)),
            "choices": getattr(form.fields[name], "choices", None),
            "limit": getattr(form.fields[name], "max_length", None),
            "clashes": name in clashing,
        }
        for name in form.changes()
    ]


def at_question(question: Question) -> HttpResponse:
    response = redirect("desk:entry", pk=question.entry_id)
    response.headers["Location"] += f"#q{question.pk}"
    return response


def at_entry(entry_pk: int, anchor: str = "") -> HttpResponse:
    response = redirect("desk:entry", pk=entry_pk)
    response.headers["Location"] += f"#{anchor}" if anchor else ""
    return response
