"""Readers' words at the end of an issue: they come in, and an editor lets them be seen or not."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from digests import site_stamp
from digests.cards import sign
from digests.models import MAX_NAME, MAX_WORDS, Comment, Editor, Issue
from papers.cleaning import clean, clean_line


class CommentsClosed(Exception):
    """The issue takes no comments: it is not public, or the editors have closed them."""


def are_open(issue: Issue) -> bool:
    return issue.comments_open and issue.state == Issue.State.PUBLISHED


@transaction.atomic
def post(issue: Issue, text: str, *, name: str = "") -> Comment:
    """A comment that waits for an editor; plain text, cleaned and cut. The same words sent twice
    are one comment while they wait. Raises CommentsClosed, and ValueError for no words."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    if not are_open(issue):
        raise CommentsClosed
    text, name = clean(text).strip()[:MAX_WORDS], clean_line(name)[:MAX_NAME]
    if not text:
        raise ValueError("a comment says something")
    same = Comment.objects.waiting().filter(issue=issue, text=text, name=name).first()
    return same or Comment.objects.create(issue=issue, text=text, name=name)


def show(comments: Iterable[Comment], *, by: Editor) -> int:
    """Let readers see them; how many they did not see before."""
    return _decide(comments, Comment.State.SHOWN, by)


def hide(comments: Iterable[Comment], *, by: Editor) -> int:
    """Keep them from readers; how many were not hidden before."""
    return _decide(comments, Comment.State.HIDDEN, by)


@transaction.atomic
def take(issue: Issue, *, by: Editor) -> bool:
    """Readers may comment on the issue; False where they might before."""
    return _set_open(issue, True, by)


@transaction.atomic
def take_no_more(issue: Issue, *, by: Editor) -> bool:
    """No further comment is taken, and those that are shown stay; False where it was so before."""
    return _set_open(issue, False, by)


def _set_open(issue: Issue, is_open: bool, by: Editor) -> bool:
    row = Issue.objects.select_for_update().get(pk=issue.pk)
    if row.comments_open == is_open:
        return False
    row.comments_open = is_open
    sign(row, by)
    row.save(update_fields=["comments_open"])
    return True


@transaction.atomic
def _decide(comments: Iterable[Comment], state: str, by: Editor) -> int:
    rows = Comment.objects.filter(pk__in=[c.pk for c in comments]).exclude(state=state)
    count = rows.update(state=state, decided_at=timezone.now(), decided_by=by)
    if count:
        site_stamp.move()
    return count
