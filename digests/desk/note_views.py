"""The threads of notes: one for each paper, one for the issue."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from digests import notes
from digests.desk.access import desk, editor_of
from digests.desk.publishing_forms import NoteForm
from digests.desk.review_views import ask_again
from digests.models import Entry, Issue, Note, Question


@desk("digests.add_note", methods="POST")
def add_to_issue(request: HttpRequest, pk: int) -> HttpResponse:
    return _add(request, get_object_or_404(Issue, pk=pk))


@desk("digests.add_note", methods="POST")
def add_to_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """About the paper, or about the question that the form names."""
    entry = get_object_or_404(Entry.with_removed.select_related("issue"), pk=pk)
    named = request.POST.get("question", "")
    is_number = named.isdecimal() and len(named) < 19
    question = entry.questions.filter(pk=named).first() if is_number else None
    return _add(request, entry.issue, entry, question)


def _add(
    request: HttpRequest, issue: Issue, entry: Entry | None = None, question: Question | None = None
) -> HttpResponse:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return ask_again(request, issue, form, _("Write a note"))
    text = form.cleaned_data["text"]
    note = notes.add(issue, text, entry=entry, question=question, by=editor_of(request))
    return _back(note)


def _back(note: Note) -> HttpResponse:
    """To the thread that the note stands in."""
    if note.entry is None or note.entry.removed_at:
        return redirect(reverse("desk:issue", args=[note.issue_id]) + "#notes")
    place = f"#notes-q{note.question_id}" if note.question_id else "#notes"
    return redirect(reverse("desk:entry", args=[note.entry_id]) + place)


@desk("digests.change_note", methods="POST")
def act_on_note(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    note = get_object_or_404(Note.objects.select_related("issue", "entry"), pk=pk)
    if action == "question":
        return _make_question(request, note)
    if action == "done":
        notes.mark_done(note, by=editor_of(request))
    else:
        notes.reopen(note)
    return _back(note)


def _make_question(request: HttpRequest, note: Note) -> HttpResponse:
    if not request.user.has_perm("digests.add_question"):
        raise PermissionDenied
    made = notes.make_question(note, by=editor_of(request))
    if made is None:
        messages.error(request, _("This note belongs to no paper, so it can't become a question."))
        return _back(note)
    messages.success(request, _("It is a question of the paper now. Its answer is still empty."))
    return redirect(reverse("desk:entry", args=[made.entry_id]) + f"#q{made.pk}")
