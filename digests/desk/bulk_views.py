"""Buttons for many papers at once. Each says what it did, and what it left and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests import bulk as verbs
from digests import costs
from digests.desk.access import desk, editor_of
from digests.desk.frame import page
from digests.desk.words import MODEL, forecast_words, say
from digests.models import DraftItem, Entry, EntryJob, Issue

LAST = "bulk"  # where the session keeps the last acceptance, for its undo
FIELDS: Mapping[str, object] = {
    "title_ja": gettext_lazy("Japanese title"),
    "highlight": gettext_lazy("highlight"),
    "one_liner": gettext_lazy("one-liner"),
    "summary": gettext_lazy("summary"),
}
LEFT: Mapping[str, object] = {
    "is-reading": gettext_lazy("the text has not been read yet"),
    "all-there": gettext_lazy("metadata and text are there already"),
    "nothing-to-read": gettext_lazy("there is no PDF to read"),
    "no-version": gettext_lazy("arXiv's details are missing"),
    "is-drafting": gettext_lazy("a draft is being made"),
    "budget-reached": MODEL["budget-reached"],
}


# ── a selection of an issue ─────────────────────────────────────────────────────────────────────
@desk("digests.change_entry", methods="POST")
def bulk(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers ticked as `entry`, or all where none is, and one of the ACTIONS."""
    issue = get_object_or_404(Issue, pk=pk)
    act = ACTIONS.get(request.POST.get("action", ""))
    chosen = _chosen(request, issue)
    if act is None:
        messages.error(request, _("Press one of the buttons."))
    elif not chosen:
        messages.error(request, _("None of these papers is in the issue."))
    else:
        return act(request, issue, chosen)
    return redirect("desk:issue", pk=pk)


def _chosen(request: HttpRequest, issue: Issue) -> list[Entry]:
    """Ticks of papers that have gone meanwhile don't count, and don't mean all."""
    ticked = request.POST.getlist("entry")
    entries = list(issue.entries.select_related("version", "paper"))
    return [e for e in entries if str(e.pk) in ticked] if ticked else entries


def _accept(request: HttpRequest, issue: Issue, chosen: list[Entry]) -> HttpResponse:
    target = chosen if request.POST.getlist("entry") else issue
    done = verbs.accept_clean(target, by=editor_of(request))
    _tell_accepted(request, issue, done)
    return redirect("desk:issue", pk=issue.pk)


def _fetch(request: HttpRequest, issue: Issue, chosen: list[Entry]) -> HttpResponse:
    done = verbs.fetch_again(chosen)
    n = len(done.entries)
    _tell_queued(
        request,
        done,
        ngettext("%(n)d paper is fetched again.", "%(n)d papers are fetched again.", n) % {"n": n},
    )
    return redirect("desk:issue", pk=issue.pk)


def _draft(request: HttpRequest, issue: Issue, chosen: list[Entry]) -> HttpResponse:
    """With a model, which costs money, asks first."""
    if costs.has_model() and request.POST.get("sure") != "yes":
        return page(
            request,
            "desk/bulk_draft.html",
            _("Draft again?"),
            issue=issue,
            chosen=chosen,
            forecast=forecast_for(len(chosen)),
        )
    by_extraction = request.POST.get("drafter") == EntryJob.Drafter.EXTRACTION
    drafter = EntryJob.Drafter.EXTRACTION if by_extraction else EntryJob.Drafter.AUTO
    done = verbs.draft_again(chosen, drafter)
    n = len(done.entries)
    _tell_queued(
        request,
        done,
        ngettext("%(n)d paper is drafted again.", "%(n)d papers are drafted again.", n) % {"n": n},
    )
    return redirect("desk:issue", pk=issue.pk)


Act = Callable[[HttpRequest, Issue, list[Entry]], HttpResponse]
ACTIONS: dict[str, Act] = {"accept": _accept, "fetch": _fetch, "draft": _draft}


# ── one paper, and undo ─────────────────────────────────────────────────────────────────────────
@desk("digests.change_entry", methods="POST")
def accept_clean(request: HttpRequest, pk: int) -> HttpResponse:
    """All clean proposals of one paper."""
    entry = get_object_or_404(Entry.objects.select_related("issue", "paper", "version"), pk=pk)
    done = verbs.accept_clean([entry], by=editor_of(request))
    _tell_accepted(request, entry.issue, done)
    return redirect("desk:entry", pk=pk)


@desk("digests.change_entry")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The last acceptance of many, shown, and taken back at one press."""
    issue = get_object_or_404(Issue, pk=pk)
    kept = request.session.get(LAST, {})
    decisions = kept.get("decisions", []) if kept.get("issue") == pk else []
    if request.method == "POST":
        n = verbs.undo(decisions, issue=issue, by=editor_of(request))
        request.session.pop(LAST, None)
        sentence = ngettext(
            "%(n)d proposal is undecided again.", "%(n)d proposals are undecided again.", n
        )
        messages.success(request, sentence % {"n": n})
        return redirect("desk:issue", pk=pk)
    rows = verbs.acceptances(decisions, issue)
    rows = rows.select_related("item__draft__entry__paper", "item__draft__entry__version")
    rows = rows.order_by("item__draft__entry__position", "item__draft", "item__position")
    taken = [(row.item.draft.entry, words_of(row.item)) for row in rows]
    return page(request, "desk/bulk_undo.html", _("Undo the acceptance?"), issue=issue, taken=taken)


# ── words ───────────────────────────────────────────────────────────────────────────────────────
def words_of(item: DraftItem) -> str:
    """What the proposal is called: its question, or the name of its field."""
    return item.question or str(FIELDS[item.field])


def forecast_for(papers: int) -> str:
    """What drafting so many papers will take, in words; nothing where no model is set."""
    return forecast_words(costs.forecast(papers)) if papers and costs.has_model() else ""


def _tell_accepted(request: HttpRequest, issue: Issue, done: verbs.Accepted) -> None:
    n = len(done.decisions)
    left = _left_words(done)
    if n:
        request.session[LAST] = {"issue": issue.pk, "decisions": done.decisions}
        sentence = ngettext(
            "%(n)d proposal was accepted. No sentence counts as checked by that.",
            "%(n)d proposals were accepted. No sentence counts as checked by that.",
            n,
        )
        address = reverse("desk:bulk_undo", args=[issue.pk])
        link = format_html('<a href="{}">{}</a>', address, _("Undo all of it"))
        messages.success(request, format_html("{} {}", sentence % {"n": n}, link))
        _warn_of_settled(request, done.settled)
    elif not left and not done.refused:
        messages.info(request, _("No proposal waits for a decision."))
    if left:
        messages.info(request, _("Left for you: %(what)s") % {"what": _(" · ").join(left)})
    for lack in done.refused:
        messages.error(request, str(lack))


def _warn_of_settled(request: HttpRequest, settled: list[Entry]) -> None:
    """An entry is approved by itself when nothing is left to decide; here nobody has read it."""
    if not settled:
        return
    n = len(settled)
    sentence = ngettext(
        "%(n)d paper is approved by that, and nobody has compared its sentences yet.",
        "%(n)d papers are approved by that, and nobody has compared their sentences yet.",
        n,
    )
    address = reverse("desk:claims", args=[settled[0].pk])
    link = format_html('<a href="{}">{}</a>', address, _("Compare them"))
    messages.warning(request, format_html("{} {}", sentence % {"n": n}, link))


def _left_words(done: verbs.Accepted) -> list[str]:
    counted = [
        (done.troubled, ngettext("%(n)d with problems", "%(n)d with problems", done.troubled)),
        (done.empty, ngettext("%(n)d without a text", "%(n)d without a text", done.empty)),
        (
            done.written,
            ngettext(
                "%(n)d whose place has a text already",
                "%(n)d whose place has a text already",
                done.written,
            ),
        ),
        (
            done.approved,
            ngettext("%(n)d in approved papers", "%(n)d in approved papers", done.approved),
        ),
    ]
    return [words % {"n": n} for n, words in counted if n]


def _tell_queued(request: HttpRequest, done: verbs.Queued, sentence: str) -> None:
    """How many were asked for; of the others how many, by reason."""
    if done.entries:
        messages.success(request, sentence)
    for reason, n in Counter(reason for _entry, reason in done.left).items():
        words = ngettext("%(n)d paper left: %(why)s", "%(n)d papers left: %(why)s", n)
        messages.warning(request, words % {"n": n, "why": say(LEFT, reason)})
