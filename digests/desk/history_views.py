"""What has become of an issue, a paper or a question: its revisions, two moments compared, and
having a text back as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests import history, restoring
from digests.cards import FROM_DRAFT, FROM_THE_PAST, TEXT_FIELDS, Card
from digests.desk.access import desk, editor_of
from digests.desk.frame import page
from digests.desk.saving import at_question
from digests.differences import pieces_of
from digests.history import Difference, Revision
from digests.models import Draft, Edition, Editor, Entry, Issue, Question
from digests.models.editions import BODIES
from digests.reasons import label
from papers.models import Version

CARDS: dict[str, Any] = {  # removed ones too: their history is the way back
    "issue": Issue.objects,
    "entry": Entry.with_removed,
    "question": Question.objects,
}
NOW, EDITION = "now", "edition"
A_PAGE = 40  # revisions
AROUND = 16  # characters shown on either side of a change in the list
NAMES = {  # of what has no name of its own on the screen
    "version_id": gettext_lazy("version of the paper"),
    "assignee_id": gettext_lazy("assignee"),
}
View = Callable[[HttpRequest, Any], HttpResponse]


def _view(kind: str, permission: str, show: View, methods: str = "GET") -> Callable[..., Any]:
    """`show` as the page of a kind of card that is there."""

    @desk(f"digests.{permission}_{kind}", methods=methods)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return show(request, get_object_or_404(CARDS[kind].all(), pk=pk))

    return view


# ── the list ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Line:
    """A revision as the list shows it."""

    revision: Revision
    name: str
    source: str
    texts: list[tuple[str, list[tuple[str, str]]]]
    values: list[tuple[str, str, str]]
    is_out: bool  # the paper or the question was removed by this save
    is_back: bool


@dataclass(frozen=True)
class Published:
    """An edition among the revisions of its issue."""

    edition: Edition

    @property
    def at(self) -> datetime:
        return self.edition.published_at

    @property
    def stamp(self) -> str:
        return history.stamp(self.at)


def _show_history(request: HttpRequest, card: Card) -> HttpResponse:
    moments: list[Revision | Published] = [*history.revisions_of(card), *_published(card)]
    moments.sort(key=lambda moment: moment.at, reverse=True)
    shown = Paginator(moments, A_PAGE).get_page(request.GET.get("page"))
    words = _Words(card, [moment for moment in shown if isinstance(moment, Revision)])
    return page(
        request,
        "desk/history.html",
        _("History of “%(title)s”") % {"title": card},
        **_frame(card),
        lines=[m if isinstance(m, Published) else _line(m, words) for m in shown],
        shown=shown,
        has_edition=history.issue_of(card).current_edition is not None,
    )


def _published(card: Card) -> list[Published]:
    if not isinstance(card, Issue):
        return []
    editions = card.editions.select_related("published_by").defer(*BODIES)
    return [Published(edition) for edition in editions]


def _frame(card: Card) -> dict[str, Any]:
    """What every page here says of its card."""
    kind = history.KINDS[type(card)]
    return {
        "card": card,
        "kind": kind,
        "issue": history.issue_of(card),
        "entry": card.entry if isinstance(card, Question) else card,
        "back": _at(card)["Location"],
        "addresses": {
            name: reverse(f"desk:{kind}_{name}", args=[card.pk])
            for name in ("history", "compare", "restore")
        },
    }


def _at(card: Card) -> HttpResponse:
    if isinstance(card, Question):
        return at_question(card)
    return redirect("desk:entry" if isinstance(card, Entry) else "desk:issue", pk=card.pk)


class _Words:
    """What the values of these revisions are called; three queries, however many there are."""

    def __init__(self, card: Card, revisions: Iterable[Revision]) -> None:
        entries = Entry.with_removed.filter(issue=history.issue_of(card))
        self.entries = {e.pk: str(e) for e in entries.select_related("version", "paper")}
        known = {"version_id": Version.objects.all(), "assignee_id": Editor.objects.all()}
        named = [
            (field, value)
            for r in revisions
            for field, *both in r.changes
            for value in both
            if value
        ]
        self.rows = {
            field: rows.in_bulk([value for name, value in named if name == field])
            for field, rows in known.items()
        }

    def of(self, model: type[Any], field: str, value: Any) -> str:
        if field in self.rows:
            return str(self.rows[field].get(value, "—"))
        return _value(model, field, value)


def _line(revision: Revision, words: _Words) -> Line:
    texts, values = [], []
    fates = [new is not None for field, _old, new in revision.changes if field == "removed_at"]
    for field, old, new in revision.changes:
        if field == "removed_at":
            continue
        name = _label(revision.model, field)
        if field in TEXT_FIELDS[revision.model] and field != "kind":
            texts.append((name, _around(pieces_of(str(old), str(new)))))
        else:
            was, is_now = (words.of(revision.model, field, value) for value in (old, new))
            values.append((name, was, is_now))
    name = revision.name
    if revision.model is Entry:
        name = name or words.entries.get(revision.pk, _("(without a title)"))
    source = _source(revision.reason)
    return Line(revision, name, source, texts, values, True in fates, False in fates)


def _label(model: type[Any], field: str) -> str:
    return str(NAMES[field]) if field in NAMES else label(model, field)


def _value(model: type[Any], field: str, value: Any) -> str:
    """A column's value in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "Y-m-d H:i")
    choices = dict(model._meta.get_field(field).flatchoices)
    return str(choices.get(value, value)) if value not in ("", None) else "—"


def _around(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The changes with a few characters on either side."""
    short = []
    for n, (tag, text) in enumerate(pieces):
        head = text[:AROUND] if n else ""
        tail = text[-AROUND:] if n < len(pieces) - 1 else ""
        is_long = tag == "equal" and len(text) > len(head) + len(tail) + 1
        short.append((tag, f"{head}…{tail}" if is_long else text))
    return short


def _source(reason: str) -> str:
    """Where a revision's text came from, where it was no keyboard."""
    what, _space, rest = reason.partition(" ")
    if what == FROM_DRAFT:
        origin, _space, made_by = rest.partition(" ")
        prompt, _space, model = made_by.partition(" ")
        words = {"kind": dict(Draft.Origin.choices).get(origin, origin)}
        told = words | {"by": " · ".join(name for name in (model, prompt) if name)}
        return _("taken by the editor (%(kind)s %(by)s)") % told
    moment = history.moment_of(rest) if what == FROM_THE_PAST else None
    return _("restored as of %(at)s") % {"at": _time(moment)} if moment else ""


def _time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s")


# ── comparing ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Piece:
    """A difference, worded; `texts` are (field, its name, pieces)."""

    difference: Difference
    name: str
    texts: list[tuple[str, str, list[tuple[str, str]]]]


def _pieces(differences: Sequence[Difference], names: dict[int, str]) -> list[Piece]:
    found = []
    for d in differences:
        texts = [
            (field, _label(d.model, field), _diff(d.model, field, old, new))
            for field, old, new in d.fields
        ]
        found.append(Piece(d, d.name or names.get(d.key[1], ""), texts))
    return found


def _diff(model: type[Any], field: str, old: str, new: str) -> list[tuple[str, str]]:
    if field != "kind":
        return pieces_of(old, new)
    words = [("delete", old), ("insert", new)]
    return [(tag, _value(model, field, value)) for tag, value in words if value]


def _names_by_paper(card: Card) -> dict[int, str]:
    entries = Entry.with_removed.filter(issue=history.issue_of(card))
    return {e.paper_id: str(e) for e in entries.select_related("version", "paper")}


def _show_comparison(request: HttpRequest, card: Card) -> HttpResponse:
    """Two moments, or one and the working text, or that and what readers see."""
    sides = sorted((request.GET.get(side, "") for side in ("a", "b")), key=_age)
    found = _compared(card, *sides)
    if found is None:
        messages.warning(request, _("Choose two moments to compare."))
        return redirect(_frame(card)["addresses"]["history"])
    old, new = sides
    return page(
        request,
        "desk/compare.html",
        _("“%(title)s” compared") % {"title": card},
        **_frame(card),
        pieces=_pieces(found, _names_by_paper(card)),
        old=_side(old),
        new=_side(new),
        can_restore=new == NOW and history.moment_of(old) is not None,
        at=old,
    )


def _age(side: str) -> tuple[int, str]:
    """The edition comes first, the working text last."""
    return ({EDITION: 0, NOW: 2}.get(side, 1), side)


def _compared(card: Card, old: str, new: str) -> list[Difference] | None:
    if old == EDITION:
        both = history.as_read(card)
        if both is None or new == EDITION:
            return None
        moment = history.moment_of(new)
        if new != NOW and moment is None:
            return None
        if moment is None:
            return history.compare(*both)
        public, then = both[0], history.at(card, moment)
        for side in (public, then):  # an edition has no title and introduction as they were typed
            side.pop(history.ISSUE, None)
        return history.compare(public, then)
    sides = [history.now(card) if s == NOW else _snapshot(card, s) for s in (old, new)]
    before, after = sides
    return None if before is None or after is None else history.compare(before, after)


def _snapshot(card: Card, side: str) -> history.Snapshot | None:
    moment = history.moment_of(side)
    return history.at(card, moment) if moment else None


def _side(side: str) -> str:
    """What is compared, in words."""
    if side == NOW:
        return _("the working text")
    moment = history.moment_of(side)
    return _time(moment) if moment else _("what readers see")


# ── restoring ───────────────────────────────────────────────────────────────────────────────────
def _show_restoring(request: HttpRequest, card: Card) -> HttpResponse:
    """What would change; on a press, changed."""
    sent = request.POST if request.method == "POST" else request.GET
    moment, only = history.moment_of(sent.get("at", "")), sent.get("only", "")
    if moment is None:
        messages.warning(request, _("Choose a moment to go back to."))
        return redirect(_frame(card)["addresses"]["history"])
    _need_permissions(request, card)
    if request.method == "POST":
        return _restore(request, card, moment, only)
    return _ask(request, card, moment, only)


def _need_permissions(request: HttpRequest, card: Card) -> None:
    """Restoring a whole writes its parts."""
    needed = {Issue: ("entry", "question"), Entry: ("question",), Question: ()}[type(card)]
    if not all(request.user.has_perm(f"digests.change_{part}") for part in needed):
        raise PermissionDenied


def _ask(
    request: HttpRequest, card: Card, moment: datetime, only: str, *, status: int = 200
) -> HttpResponse:
    plan = restoring.plan(card, moment, only)
    may = {
        "add": request.user.has_perm("digests.add_entry"),
        "remove": request.user.has_perm("digests.delete_entry"),
    }
    return page(
        request,
        "desk/restore.html",
        _("Restore as of %(at)s?") % {"at": _time(moment)},
        **_frame(card),
        plan=plan,
        pieces=_pieces(plan.differences, _names_by_paper(card)),
        may=may,
        at=history.stamp(moment),
        only=only,
        status=status,
    )


def _restore(request: HttpRequest, card: Card, moment: datetime, only: str) -> HttpResponse:
    remove_added = bool(request.POST.get("remove"))
    plan = restoring.plan(card, moment, only)
    if plan.removed_since and not request.user.has_perm("digests.add_entry"):
        raise PermissionDenied
    if remove_added and not request.user.has_perm("digests.delete_entry"):
        raise PermissionDenied
    try:
        restoring.restore(
            card,
            moment,
            by=editor_of(request),
            token=request.POST.get("token", ""),
            only=only,
            remove_added=remove_added,
        )
    except restoring.ChangedMeanwhile:
        messages.warning(request, _("The text has changed meanwhile; look again."))
        return _ask(request, card, moment, only, status=409)
    messages.success(request, _("Restored as of %(at)s.") % {"at": _time(moment)})
    return _at(card)


PAGES = (
    ("history", "history/", "view", _show_history, "GET"),
    ("compare", "history/compare/", "view", _show_comparison, "GET"),
    ("restore", "history/restore/", "change", _show_restoring, "GET POST"),
)
PLACES = {"issue": "issues", "entry": "entries", "question": "questions"}
VIEWS = {  # by the kind of card, the page, and how its address goes on after the card's
    (kind, name, place): _view(kind, permission, show, methods)
    for kind in CARDS
    for name, place, permission, show, methods in PAGES
}
