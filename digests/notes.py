"""What people say to the editors: notes of colleagues, remarks on a preview, letters of readers.

One thread for each paper of an issue, and one for the issue as a whole.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from digests import workflow
from digests.cards import lock_entry
from digests.models import Editor, Entry, Issue, Note, Question
from digests.models.notes import MAX_NAME, MAX_WORDS
from papers.cleaning import clean, clean_line

MAX_QUESTION = 200
TWICE_WITHIN = timedelta(minutes=1)  # a button pressed twice


def add(
    issue: Issue,
    text: str,
    *,
    kind: str = Note.Kind.NOTE,
    entry: Entry | None = None,
    question: Question | None = None,
    by: Editor | None = None,
    name: str = "",
) -> Note:
    """A new note about the issue, one of its papers, or one question of that paper; plain text,
    cleaned and cut to MAX_WORDS characters. An editor's same words twice within a minute are one
    note; strangers' doors have limits of their own. Raises ValueError when nothing is left to say,
    or when the paper or the question belongs elsewhere."""
    text = clean(text).strip()[:MAX_WORDS]
    if not text:
        raise ValueError("a note says something")
    if question is not None:
        entry = entry or question.entry
        if question.entry_id != entry.pk:
            raise ValueError("the question is another paper's")
    if entry is not None and entry.issue_id != issue.pk:
        raise ValueError("the paper is another issue's")
    columns: dict[str, Any] = {
        "issue": issue,
        "entry": entry,
        "question": question,
        "kind": kind,
        "by": by,
        "name": clean_line(name)[:MAX_NAME],
        "text": text,
    }
    just_now = Note.objects.filter(created_at__gt=timezone.now() - TWICE_WITHIN, **columns)
    known = just_now.first() if by else None
    return known or Note.objects.create(**columns)


def mark_done(note: Note, *, by: Editor) -> bool:
    """Say that the note needs nothing more; whether it was open."""
    rows = Note.objects.filter(pk=note.pk, done_at=None)
    return bool(rows.update(done_at=timezone.now(), done_by=by))


def reopen(note: Note) -> bool:
    """Take `mark_done` back; whether it was done."""
    rows = Note.objects.filter(pk=note.pk).exclude(done_at=None)
    return bool(rows.update(done_at=None, done_by=None))


@transaction.atomic
def make_question(note: Note, *, by: Editor) -> Question | None:
    """Make a reader's letter a question of its paper, to be answered, and the letter done. The one
    that it became before, if it did: twice is once. None for a note that belongs to no paper."""
    if note.entry_id is not None:
        lock_entry(note.entry_id)
    note = Note.objects.select_for_update(of=("self",)).select_related("made").get(pk=note.pk)
    if note.made is not None:
        return note.made
    if note.entry is None:
        return None
    made = workflow.add_question(note.entry, clean_line(note.text)[:MAX_QUESTION], by=by)
    note.made = made
    note.save(update_fields=["made"])
    mark_done(note, by=by)
    return made
