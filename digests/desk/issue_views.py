"""The desk of one issue: its papers, its own words, and what stands before its readers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from digests import (
    costs,
    editions,
)
from digests.desk.access import desk
from digests.desk.forms import (
    IssueForm,
)
from digests.desk.frame import page
from digests.desk.panes import Row, rows_of
from digests.desk.publish_views import publishing_of
from digests.desk.saving import save, texts_of
from digests.desk.words import sum_words
from digests.models import (
    Entry,
    Issue,
    Masthead,
)
from papers import jobs


@desk("digests.view_issue", methods="GET")
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    issues = Issue.objects.select_related("source", "current_edition", "asked_by", "assignee")
    return _show_issue(request, get_object_or_404(issues, pk=pk))


def _show_issue(
    request: HttpRequest, issue: Issue, *, form: IssueForm | None = None, status: int = 200
) -> HttpResponse:
    rows, masthead = rows_of(Entry.objects.filter(issue=issue)), Masthead.get()
    is_live = any(r.work and r.work.is_open for r in rows)
    entries = [r.entry for r in rows]
    return page(
        request,
        "desk/issue.html",
        editions.title_of(issue, entries, masthead),
        issue=issue,
        rows=rows,
        form=form or IssueForm(initial=texts_of(issue, "title", "introduction")),
        **publishing_of(request, issue, entries, masthead),
        masthead=masthead,
        is_live=is_live,
        is_idle=is_live and not jobs.is_worker_alive(),
        spent=_spent(issue),
        approved_count=sum(entry.is_approved for entry in entries),
        removed=Entry.with_removed.removed_from(issue),
        **_unchecked(rows),
        status=status,
    )


def _unchecked(rows: list[Row]) -> dict[str, Any]:
    """How many sentences nobody has compared with their quotes, and the first paper with any."""
    left = [r for r in rows if r.entry.evidence_required and not r.tally.is_whole]
    count = sum(r.tally.total - r.tally.checked for r in left)
    return {"unchecked": count, "first_unchecked": left[0].entry if left else None}


def _spent(issue: Issue) -> str:
    """What the issue's drafts have cost; nothing where no model was asked."""
    spent = costs.of_issue(issue)
    return sum_words(spent) if spent.drafts > spent.unpriced else ""


@desk("digests.change_issue", methods="POST")
def save_issue(request: HttpRequest, pk: int) -> HttpResponse:
    issue = get_object_or_404(Issue.objects.select_related("source"), pk=pk)
    form = IssueForm(request.POST)
    if not form.is_valid():
        return _show_issue(request, issue, form=form, status=400)
    return save(request, issue, form, redirect("desk:issue", pk=pk))
