"""Comparing an entry's sentences with their quotes: one at a time, the risky ones first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests import checks
from digests.cards import CardConflict
from digests.desk.access import desk, editor_of, show_typed
from digests.desk.frame import page
from digests.lint.beside import COMPARISON, NEGATION, NUMBER, Beside, beside, risks_of
from digests.models import Entry, Evidence
from papers.cleaning import clean_line

RISK_WORDS = {
    NUMBER: gettext_lazy("number"),
    NEGATION: gettext_lazy("negation"),
    COMPARISON: gettext_lazy("comparison"),
}


@dataclass(frozen=True)
class Compared:
    """A sentence as it is compared: in pieces beside its quotes, with what to look at."""

    claim: checks.Claim
    risks: tuple[str, ...]
    pieces: tuple[tuple[str, str], ...]
    quotes: tuple[tuple[Evidence, tuple[tuple[str, str], ...]], ...]


def _compared(claim: checks.Claim) -> Compared:
    found: Beside = beside(claim.text, [row.quote for row in claim.evidence])
    risks = tuple(str(RISK_WORDS[risk]) for risk in risks_of(claim.text))
    quotes = tuple(zip(claim.evidence, found.quotes, strict=True))
    return Compared(claim, risks, found.sentence, quotes)


def _in_order(claims: list[checks.Claim]) -> list[checks.Claim]:
    """Those with most that is easily wrong first, else as they stand in the article."""
    return sorted(claims, key=lambda claim: -len(risks_of(claim.text)))


@desk("digests.view_entry", methods="GET")
def claims(request: HttpRequest, pk: int) -> HttpResponse:
    """The sentence asked for by `at`, else the next one that nobody has compared."""
    entry = _entry_or_404(pk)
    return _show(request, entry, request.GET.get("at", ""))


def _entry_or_404(pk: int) -> Entry:
    return get_object_or_404(Entry.objects.with_cards(), pk=pk)


def _show(
    request: HttpRequest, entry: Entry, at: str, *, typed: str | None = None, status: int = 200
) -> HttpResponse:
    ordered = _in_order(checks.claims_of(entry))
    place = _place(ordered, at)
    shown = _compared(ordered[place]) if place is not None else None
    return page(
        request,
        "desk/claims.html",
        _("Sentences of “%(title)s”") % {"title": entry},
        entry=entry,
        shown=shown,
        typed=typed if typed is not None or shown is None else shown.claim.source,
        dropped=request.GET.get("dropped", "") if _dropped(request.GET.get("dropped", "")) else "",
        just_checked=_just_checked(ordered, request.GET.get("checked", "")),
        number=place + 1 if place is not None else 0,
        before=ordered[place - 1] if place else None,
        after=ordered[place + 1] if place is not None and place + 1 < len(ordered) else None,
        claims=ordered,
        tally=checks.tally(entry),
        next_entry=_next_entry(entry),
        can_change=request.user.has_perm("digests.change_entry"),
        status=status,
    )


def _place(ordered: list[checks.Claim], at: str) -> int | None:
    """Where the sentence stands; without one, the first that is not checked; None when all are."""
    for place, claim in enumerate(ordered):
        if claim.fingerprint == at or (not at and not claim.is_checked):
            return place
    if at:
        return _place(ordered, "")
    return None


def _just_checked(ordered: list[checks.Claim], mark: str) -> checks.Claim | None:
    """The sentence that the last press has checked: it is offered back."""
    return next((c for c in ordered if mark and c.fingerprint == mark and c.is_checked), None)


def _next_entry(entry: Entry) -> Entry | None:
    later = entry.issue.entries.filter(position__gt=entry.position).order_by("position", "pk")
    return later.select_related("version", "paper").first()


# ── what is said to a sentence ──────────────────────────────────────────────────────────────────
@desk("digests.change_entry", methods="POST")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a sentence was compared, take that back, rewrite it, drop it, or bring back what
    was dropped last."""
    entry = Entry.objects.with_cards().filter(pk=pk).first()
    if entry is None:
        return show_typed(request, status=404)
    mark = request.POST.get("fingerprint", "")
    action = request.POST.get("action", "check")
    by = editor_of(request)
    if action == "undo":
        checks.uncheck(entry, mark)
        return _at(entry, mark)
    if action in ("edit", "drop"):
        return _rewrite(request, entry, mark, action)
    if action == "bring-back":
        dropped = _dropped(request.POST.get("dropped", ""))
        if dropped is None or not checks.bring_back(entry, dropped, by=by):
            messages.warning(request, _("The text has changed meanwhile; look again."))
        return _at(entry)
    if checks.check(entry, mark, by=by) is None:
        messages.warning(request, _("This sentence has changed meanwhile; look at it again."))
        return _at(entry)
    return _at(entry, checked=mark)


def _at(entry: Entry, at: str = "", *, dropped: str = "", checked: str = "") -> HttpResponse:
    """To a sentence, or to the next one; `dropped` or `checked` is offered back there."""
    asked = {"at": at, "dropped": dropped, "checked": checked}
    asked = {k: v for k, v in asked.items() if v}
    response = redirect("desk:claims", pk=entry.pk)
    response.headers["Location"] += f"?{urlencode(asked)}" if asked else ""
    return response


def _rewrite(request: HttpRequest, entry: Entry, mark: str, action: str) -> HttpResponse:
    """Put other words in a sentence's place; none drops it. What can't be saved is shown again."""
    words = clean_line(request.POST.get("text", "")) if action == "edit" else ""
    if action == "edit" and not words:
        messages.error(request, _("The sentence is empty. To leave it out, drop it."))
        return _show(request, entry, mark, typed=words, status=400)
    try:
        done = checks.rewrite(entry, mark, words, by=editor_of(request))
    except CardConflict:
        done = None
    if done is None:
        messages.warning(request, _("This sentence has changed meanwhile; look at it again."))
        return _show(request, entry, mark, typed=words or None, status=409)
    if done.reopened:
        messages.warning(request, _("The text has changed, so the approval was withdrawn."))
    if action == "drop":
        return _at(entry, dropped=f"{done.before.question}-{done.before.version}")
    return _at(entry, done.fingerprint)


def _dropped(text: str) -> checks.Dropped | None:
    """From the address: the question (0: the summary) and its version, "12-5"."""
    found = re.fullmatch(r"(\d{1,17})-(\d{1,8})", text, re.ASCII)
    return checks.Dropped(int(found[1]), int(found[2])) if found else None
