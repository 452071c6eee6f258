"""The desk of one paper: its texts, the machine's proposals, its questions, and their buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from digests import costs, reasons, steps, versions, workflow
from digests.desk.access import desk, editor_of, show_typed
from digests.desk.draft_views import words_of
from digests.desk.forms import CardForm, EntryForm, NewQuestionForm, QuestionForm
from digests.desk.frame import page
from digests.desk.panes import (
    Typed,
    elsewhere,
    field_cards,
    proposals_of,
    question_cards,
    rows_of,
)
from digests.desk.saving import at_entry, at_question, save, seen_at
from digests.desk.words import forecast_words
from digests.models import BankQuestion, Draft, DraftItem, Entry, Question
from papers import jobs


@desk("digests.view_entry", methods="GET")
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    return _show_entry(request, pk)


def entry_or_404(pk: int) -> Entry:
    return get_object_or_404(Entry.objects.with_cards(), pk=pk)


def _show_entry(
    request: HttpRequest, pk: int, *, typed: Typed | None = None, status: int = 200
) -> HttpResponse:
    """The desk of the entry's issue, opened at the entry; `typed` is a form with errors."""
    issue = Entry.objects.filter(pk=pk).values("issue")
    rows = rows_of(Entry.objects.filter(issue__in=issue))
    here = next((n for n, row in enumerate(rows) if row.entry.pk == pk), None)
    if here is None:
        return _show_removed(request, pk)
    row = rows[here]
    both = proposals_of(row.entry)
    proposals = [p for p in both if p.decision is None]
    thread = list(row.entry.notes.thread())
    fields = field_cards(row, proposals, typed)
    questions = question_cards(row, proposals, thread, typed)
    placed = {p.item.pk for card in (*fields, *questions) for p in card.proposals}
    drafts = list(row.entry.drafts.all())
    return page(
        request,
        "desk/entry.html",
        str(row.entry),
        entry=row.entry,
        issue=row.entry.issue,
        rows=rows,
        row=row,
        number=here + 1,
        before=rows[here - 1].entry if here else None,
        after=rows[here + 1].entry if here + 1 < len(rows) else None,
        fields=fields,
        questions=questions,
        notes=[note for note in thread if note.question_id is None],
        elsewhere=elsewhere(row.found),
        tally=row.tally,
        proposals=[p for p in proposals if p.item.pk not in placed],
        decided=[p for p in both if p.decision is not None],
        drafts=drafts,
        draft=drafts[0] if drafts else None,
        unanswered=_unanswered(drafts[0]) if drafts else [],
        has_model=costs.has_model(),
        forecast=forecast_words(costs.forecast(1)) if costs.has_model() else "",
        removed=row.entry.removed_questions,
        lacks=reasons.why_not_approvable(row.entry, row.found),
        work=row.work,
        is_live=any(r.work and r.work.is_open for r in rows),
        is_idle=bool(row.work and row.work.is_open) and not jobs.is_worker_alive(),
        hidden=_hidden_text(row.entry),
        status=status,
    )


def _show_removed(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper that was taken out of its issue, and the way back."""
    rows = Entry.with_removed.select_related("issue", "version", "paper")
    entry = get_object_or_404(rows, pk=pk, removed_at__isnull=False)
    return page(request, "desk/removed_entry.html", str(entry), entry=entry, issue=entry.issue)


def _hidden_text(entry: Entry) -> list[dict[str, Any]]:
    full_text = getattr(entry.version, "full_text", None) if entry.version else None
    return full_text.hidden if full_text else []


def _unanswered(draft: Draft) -> list[str]:
    """What the draft of a single question could not answer from the text, in words."""
    return words_of(draft, draft.left_out) if draft.scope != "all" and draft.left_out else []


@desk("digests.change_entry", methods="POST")
def save_entry(request: HttpRequest, pk: int) -> HttpResponse:
    entry = Entry.with_removed.with_cards().filter(pk=pk).first()
    if entry is None:
        return show_typed(request, status=404)
    form = EntryForm(request.POST, entry=entry)
    _say_removed(request, entry)
    if not form.is_valid() and entry.removed_at:
        return show_typed(request, status=404)
    if not form.is_valid():
        return _show_entry(request, pk, typed=Typed(form, entry), status=400)
    response = save(request, entry, form, at_entry(pk, _first_field(form)))
    return _settle(request, pk, response)


def _say_removed(request: HttpRequest, entry: Entry) -> None:
    if entry.removed_at:
        said = _("The paper was removed from the issue meanwhile; what is saved is kept with it.")
        messages.warning(request, said)


def _settle(request: HttpRequest, entry_pk: int, response: HttpResponse) -> HttpResponse:
    """Where a proposal's words were taken into the text that has been saved, it is decided."""
    named = request.POST.get("item", "")
    if response.status_code == 302 and named.isascii() and named.isdigit() and len(named) < 19:
        before = Entry.with_removed.get(pk=entry_pk)
        items = DraftItem.objects.filter(pk=int(named), draft__entry=entry_pk)
        for item in items.select_related("draft"):
            workflow.settle(item, by=editor_of(request))
        _say_settled(request, before)
    return response


def _first_field(form: CardForm) -> str:
    """The card that was sent: the page opens at it again."""
    sent = [name for name in form.fields if name != "row_version" and name in form.data]
    return sent[0] if len(sent) == 1 else ""


@desk("digests.change_question", methods="POST")
def save_question(request: HttpRequest, pk: int) -> HttpResponse:
    question = Question.objects.select_related("entry").filter(pk=pk).first()
    if question is None:
        return show_typed(request, status=404)
    if question.removed_at:
        messages.warning(request, _("The question was removed meanwhile; it is kept below."))
    _say_removed(request, question.entry)
    form = QuestionForm(request.POST, auto_id=f"id_q{pk}_%s", entry=question.entry)
    if not form.is_valid() and (question.removed_at or question.entry.removed_at):
        return show_typed(request, status=404)
    if not form.is_valid():
        typed = Typed(form, question)
        return _show_entry(request, question.entry_id, typed=typed, status=400)
    response = save(request, question, form, at_question(question))
    return _settle(request, question.entry_id, response)


# ── buttons of an entry ─────────────────────────────────────────────────────────────────────────
@desk("digests.change_entry", methods="POST")
def act_on_entry(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    rows = Entry.with_removed.select_related("issue", "version", "paper")
    entry = get_object_or_404(rows, pk=pk)
    if entry.removed_at and action != "restore":
        return at_entry(entry.pk)  # it says that somebody has removed the paper meanwhile
    return ENTRY_ACTIONS[action](request, entry)


def _retry(request: HttpRequest, entry: Entry) -> HttpResponse:
    steps.retry(entry)
    return _back(request, entry)


def _back(request: HttpRequest, entry: Entry) -> HttpResponse:
    """To the page on which the button was: the issue's, another paper's, or the entry's own."""
    came_from = request.POST.get("from", "")
    if came_from == "issue":
        return redirect("desk:issue", pk=entry.issue_id)
    is_number = came_from.isascii() and came_from.isdigit() and len(came_from) < 19
    return at_entry(int(came_from) if is_number else entry.pk)


def _move_entry(step: int) -> Callable[[HttpRequest, Entry], HttpResponse]:
    def move(request: HttpRequest, entry: Entry) -> HttpResponse:
        workflow.move(entry, step)
        if "from" in request.POST:
            return _back(request, entry)
        return redirect("desk:issue", pk=entry.issue_id)

    return move


def _remove_entry(request: HttpRequest, entry: Entry) -> HttpResponse:
    """Asks first: a paper's texts go out of the issue with it."""
    if not request.user.has_perm("digests.delete_entry"):
        raise PermissionDenied
    if request.POST.get("sure") != "yes":
        return page(request, "desk/remove_entry.html", _("Remove this paper?"), entry=entry)
    workflow.remove_entry(entry, by=editor_of(request))
    said = _("“%(title)s” was removed from the issue. It can be brought back below.")
    messages.success(request, said % {"title": entry})
    return redirect(reverse("desk:issue", args=[entry.issue_id]) + "#removed")


def _restore_entry(request: HttpRequest, entry: Entry) -> HttpResponse:
    if not request.user.has_perm("digests.add_entry"):
        raise PermissionDenied
    workflow.restore_entry(entry, by=editor_of(request))
    messages.success(request, _("“%(title)s” is back in the issue.") % {"title": entry})
    return at_entry(entry.pk)


def _approve(request: HttpRequest, entry: Entry) -> HttpResponse:
    try:
        workflow.approve(entry, by=editor_of(request))
    except reasons.Refused:
        messages.error(request, _("Not approved yet: see what is missing."))
        return at_entry(entry.pk, "lacks")
    _say_approved(request, entry)
    return _back(request, entry)


def _say_approved(request: HttpRequest, entry: Entry) -> None:
    """With the way to the next paper that waits for it, or to publishing."""
    said = _("“%(title)s” is approved.") % {"title": entry}
    later = [e for e in _open_ones(entry) if e.position > entry.position] or _open_ones(entry)
    if later:
        where, label = reverse("desk:entry", args=[later[0].pk]), _("To the next open paper")
    else:
        where, label = f"{reverse('desk:issue', args=[entry.issue_id])}#publish", _("To publishing")
    messages.success(request, format_html('{} <a href="{}">{}</a>', said, where, label))


def _say_settled(request: HttpRequest, before: Entry) -> None:
    """`before` is the entry as it was: tell that deciding its last proposal has approved it."""
    entry = Entry.with_removed.get(pk=before.pk)
    if entry.is_approved and not before.is_approved:
        _say_approved(request, entry)


def _open_ones(entry: Entry) -> list[Entry]:
    return list(entry.issue.entries.filter(state=Entry.State.OPEN).order_by("position", "pk"))


def _reopen(request: HttpRequest, entry: Entry) -> HttpResponse:
    workflow.withdraw_approval(entry, by=editor_of(request))
    return _back(request, entry)


def _take_version(request: HttpRequest, entry: Entry) -> HttpResponse:
    """Rest the paper on another version of it; what was written stays."""
    number = request.POST.get("version", "")
    if steps.is_reading(entry):
        messages.warning(request, _("The text has not been read yet."))
        return at_entry(entry.pk)
    known = number.isdecimal() and len(number) < 6
    taken = versions.take(entry, int(number), by=editor_of(request)) if known else None
    if taken is None:
        messages.error(request, _("This version of the paper is not known."))
        return at_entry(entry.pk)
    sentence = _("The paper is now version %(number)d. Its text is read and drafted from anew.")
    messages.success(request, sentence % {"number": taken.number})
    return at_entry(entry.pk)


ENTRY_ACTIONS: dict[str, Callable[[HttpRequest, Entry], HttpResponse]] = {
    "retry": _retry,
    "up": _move_entry(-1),
    "down": _move_entry(1),
    "remove": _remove_entry,
    "restore": _restore_entry,
    "approve": _approve,
    "reopen": _reopen,
    "take-version": _take_version,
}


# ── drafts ──────────────────────────────────────────────────────────────────────────────────────
@desk("digests.change_entry", methods="POST")
def decide(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    item = get_object_or_404(DraftItem.objects.select_related("draft__version"), pk=pk)
    by, entry_pk = editor_of(request), item.draft.entry_id
    before = Entry.with_removed.get(pk=entry_pk)
    if action == "accept":
        return _accept(request, item, before)
    if action == "reject":
        workflow.reject(item, by=by)
        _offer_undo(request, item)
        _say_settled(request, before)
        return at_entry(entry_pk, "drafts")
    workflow.undecide(item, by=by)
    return at_entry(entry_pk, f"item{item.pk}")


def _offer_undo(request: HttpRequest, item: DraftItem) -> None:
    words = _("“%(what)s” was left out.") % {
        "what": item.question or reasons.label(Entry, item.field)
    }
    undo = {"words": words, "url": reverse("desk:items_undo", args=[item.pk])}
    messages.success(request, render_to_string("desk/_said_undo.html", undo, request))


def _accept(request: HttpRequest, item: DraftItem, before: Entry) -> HttpResponse:
    entry_pk = item.draft.entry_id
    try:
        workflow.accept(item, by=editor_of(request), seen=seen_at(request))
    except reasons.Refused as refused:
        messages.error(request, " / ".join(lack.message for lack in refused.lacks))
        return at_entry(entry_pk, f"item{item.pk}")
    _say_settled(request, before)
    question = workflow.question_for(item) if item.field == "question" else None
    return at_entry(entry_pk, f"q{question.pk}" if question else item.field)


@desk("digests.change_entry", methods="POST")
def words(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposal's text for an editor who goes on writing from it, its marks naming evidence of
    the entry: `{"text": …}`. The proposal stays open until that text is saved."""
    item = get_object_or_404(DraftItem.objects.select_related("draft__version", "target"), pk=pk)
    return JsonResponse({"text": workflow.words_of(item)})


# ── questions ───────────────────────────────────────────────────────────────────────────────────
@desk("digests.add_question")
def add_question(request: HttpRequest, pk: int) -> HttpResponse:
    """A question from the bank, which a page lists, or of one's own."""
    entry = get_object_or_404(Entry.with_removed.with_cards(), pk=pk)
    form = NewQuestionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show_bank(request, entry, form)
    bank = form.cleaned_data["bank"]
    text = form.cleaned_data["question"] or bank.ja
    key = bank.key if bank else ""
    question = workflow.add_question(entry, text, bank_key=key, by=editor_of(request))
    _say_reopened(request, entry)
    _say_removed(request, entry)
    return at_question(question)


def _show_bank(request: HttpRequest, entry: Entry, form: NewQuestionForm) -> HttpResponse:
    asked = {q.bank_key for q in entry.present_questions}
    newest = entry.drafts.first()
    return page(
        request,
        "desk/add_question.html",
        _("Add a question"),
        entry=entry,
        form=form,
        bank=[b for b in BankQuestion.objects.filter(is_active=True) if b.key not in asked],
        left_out=words_of(newest, newest.left_out) if newest else [],
        status=400 if request.method == "POST" else 200,
    )


def _say_reopened(request: HttpRequest, before: Entry) -> None:
    """`before` is the entry as it was: tell that its approval has gone, if it has."""
    if before.is_approved and not Entry.with_removed.get(pk=before.pk).is_approved:
        messages.warning(request, _("The text has changed, so the approval was withdrawn."))


@desk("digests.change_question", methods="POST")
def act_on_question(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    question = get_object_or_404(Question.objects.select_related("entry__issue"), pk=pk)
    by = editor_of(request)
    if action in ("up", "down"):
        workflow.move(question, -1 if action == "up" else 1)
    elif action == "restore":
        before = Entry.with_removed.get(pk=question.entry_id)
        workflow.restore_question(question, by=by)
        _say_reopened(request, before)
    else:
        before = Entry.with_removed.get(pk=question.entry_id)
        workflow.remove_question(question, by=by)
        _say_reopened(request, before)
        messages.success(request, _("The question was removed. It can be brought back below."))
        return at_entry(question.entry_id, "removed")
    return at_question(question)
