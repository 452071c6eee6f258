"""Publishing an issue: each button is a POST, checks its permission and the issue's state, and
calls one verb."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import editions, reasons, review, schedule, workflow
from digests.desk.access import desk, editor_of
from digests.desk.publishing_forms import AssignForm, HandOverForm, ScheduleForm, SendBackForm
from digests.desk.unpublished import count, unpublished
from digests.models import Edition, Editor, Entry, Issue, Masthead
from papers import jobs
from papers.cleaning import clean_line

KINDS = [c for c in Edition.Change.choices if c[0] != Edition.Change.FIRST]  # of a later edition


@desk("digests.publish_issue", methods="POST")
def act_on_issue(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    issue = get_object_or_404(Issue, pk=pk)
    by = editor_of(request)
    reason = review.may(by, action, issue)
    if action == "publish":
        _publish(request, issue)
    elif reason:
        messages.error(request, reason)
    elif action == "take-back":
        if workflow.take_back(issue, by=by):
            messages.success(request, _("Readers no longer see this issue. Nothing was deleted."))
    elif workflow.put_back(issue, by=by):
        messages.success(request, _("Readers see the last edition again."))
    return redirect("desk:issue", pk=pk)


def _publish(request: HttpRequest, issue: Issue) -> None:
    change = request.POST.get("change", "")
    kind = change if change in dict(KINDS) else Edition.Change.MINOR
    try:
        edition = workflow.publish(
            issue,
            by=editor_of(request),
            change=kind,
            override_reason=clean_line(request.POST.get("override_reason", "")),
        )
    except reasons.Refused as refused:
        tell(request, refused)
        return
    sentence = _("Edition %(number)d is public.")
    messages.success(request, sentence % {"number": edition.number})


# The page itself does not show these: who may, and what is looked for when publishing alone.
SAID = {"not-allowed", "not-asked", "same-person", "quote-not-found"}


def tell(request: HttpRequest, refused: reasons.Refused) -> None:
    """Say why nothing was done; what the page lists is counted."""
    listed = [lack for lack in refused.lacks if lack.code not in SAID or lack.is_overridable]
    if listed:
        sentence = ngettext(
            "Not published: %(n)d thing is missing.",
            "Not published: %(n)d things are missing.",
            len(listed),
        )
        messages.error(request, sentence % {"n": len(listed)})
    for lack in refused.lacks:
        if lack.code in SAID:
            messages.error(request, str(lack))


# ── what the page of an issue shows of it ───────────────────────────────────────────────────────
def publishing_of(
    request: HttpRequest, issue: Issue, entries: Sequence[Entry], masthead: Masthead
) -> dict[str, Any]:
    """The context of `desk/_publishing.html`; the entries come with all that the gate reads."""
    by = editor_of(request)
    report = reasons.look_over(entries)
    current = issue.current_edition
    changes = editions.changes_since(issue, current, entries, masthead) if current else []
    changed = unpublished(issue, entries, changes, masthead)
    notes = list(issue.notes.outside_papers().thread())
    return {
        **_lacks(report.lacks),
        "hints": report.hints,
        "hint_groups": _by_paper(report.hints),
        "changes": changes,
        "changed": changed,
        "change_count": count(changed),
        "can_publish": by.has_perm("digests.publish_issue"),
        "why_not": review.rules(by, issue),
        "kinds": KINDS,
        "issue_notes": notes,
        "open_notes": sum(not note.is_done for note in notes),
        **_people(by, issue),
        **_schedule(issue),
    }


def _lacks(lacks: list[reasons.Lack]) -> dict[str, Any]:
    can_override = bool(lacks) and all(lack.is_overridable for lack in lacks)
    return {"lacks": lacks, "lack_groups": _by_paper(lacks), "can_override": can_override}


def _by_paper(lacks: list[reasons.Lack]) -> list[tuple[Any, list[reasons.Lack]]]:
    """The reasons by the paper that they belong to, in the issue's order."""
    return [(entry, list(group)) for entry, group in groupby(lacks, key=lambda k: k.entry)]


def _people(by: Editor, issue: Issue) -> dict[str, Any]:
    """Hand-over and assignee, where more than one person works here."""
    is_asked = review.is_asked(issue)
    if not (review.is_shared() or is_asked):
        return {"is_shared": False}
    return {
        "is_shared": True,
        "is_asked": is_asked,
        "asked_by": issue.asked_by,
        "asked_by_me": issue.asked_by_id == by.pk,
        "assignee": issue.assignee,
        "hand_over_form": HandOverForm(by=by),
        "send_back_form": SendBackForm(),
        "assign_form": AssignForm(initial={"to": issue.assignee_id}),
    }


def _schedule(issue: Issue) -> dict[str, Any]:
    now = timezone.now()
    is_scheduled = issue.is_scheduled
    is_due = issue.scheduled_for is not None and issue.scheduled_for <= now
    return {
        "schedule_form": ScheduleForm(issue=issue),
        "scheduled_kind": dict(Edition.Change.choices).get(issue.scheduled_change, ""),
        "next_look": timezone.localtime(now + timedelta(minutes=1)),
        "changed_since": is_scheduled and schedule.changed_since(issue),
        "two_must_agree": is_scheduled and schedule.waits_for_another(issue),
        "is_due": is_scheduled and is_due,
        "clock_stands": is_scheduled and not jobs.is_worker_alive(),
    }
