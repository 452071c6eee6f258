"""Publishing at a time that was set before.

A clock looks each minute (`publish_due`). A look that comes late publishes late and says so; the
gate is asked again at the time, and an issue that does not pass is a draft again, with the reasons.
The changes of an issue that readers know can wait for a time too: it stays public as it is.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import editions, history, notes, workflow
from digests.cards import sign
from digests.models import Edition, Editor, Entry, Issue, Question
from digests.reasons import Lack, Refused, why_not_publishable
from digests.review import PUBLISHES, may

log = logging.getLogger(__name__)
LATE_AFTER = timedelta(minutes=5)
FARTHEST = timedelta(days=366)  # a year mistyped would wait for ever, unseen
MAX_NOTE = 500
SET = "scheduled"  # the reason of the revision that a schedule counts from
COLUMNS = ["state", "scheduled_for", "scheduled_by", "scheduled_change", "schedule_note"]
KINDS = (Edition.Change.MINOR, Edition.Change.CORRECTION)


# ── set and taken off ───────────────────────────────────────────────────────────────────────────
@transaction.atomic
def schedule(
    issue: Issue, at: datetime, *, by: Editor, change: str = Edition.Change.MINOR
) -> Issue:
    """Have the issue published at `at`, or the changes of one that readers know, as the `change`
    that they are (one of KINDS). It must pass the gate now, and will be asked again then; set
    again, the new time counts. Raises Refused with every reason."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    reason = may(by, "schedule", issue) or why_not_at(at) or _why_nothing(issue)
    if reason:
        raise Refused([Lack("not-allowed", reason)])
    lacks = why_not_publishable(issue, search_quotes=True)
    if lacks:
        raise Refused(lacks)
    if issue.state == Issue.State.PUBLISHED:
        issue.scheduled_change = change if change in KINDS else Edition.Change.MINOR
    else:
        issue.state, issue.scheduled_change = Issue.State.SCHEDULED, ""
    issue.scheduled_for, issue.scheduled_by, issue.schedule_note = at, by, ""
    sign(issue, by, SET)
    issue.save(update_fields=COLUMNS)
    return issue


def _why_nothing(issue: Issue) -> str | None:
    """In a sentence, that readers see all of it already."""
    if issue.state != Issue.State.PUBLISHED or issue.current_edition is None:
        return None
    has_changes = bool(editions.changes_since(issue, issue.current_edition))
    return None if has_changes else _("There is no change to publish.")


def why_not_at(at: datetime) -> str | None:
    """What is wrong with a time to publish at, in a sentence."""
    now = timezone.now()
    if at <= now:
        return _("This time has passed already.")
    return _("This is more than a year away.") if at > now + FARTHEST else None


@transaction.atomic
def unschedule(issue: Issue, *, by: Editor) -> Issue:
    """Take the issue off the schedule: ready where nothing lacks, else a draft; one that readers
    know stays public. Raises Refused."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    reason = may(by, "unschedule", issue)
    if reason:
        raise Refused([Lack("not-allowed", reason)])
    if issue.state == Issue.State.SCHEDULED:
        issue.state = Issue.State.DRAFT if why_not_publishable(issue) else Issue.State.READY
    workflow.forget_schedule(issue)
    sign(issue, by)
    issue.save(update_fields=COLUMNS)
    return issue


# ── the time has come ───────────────────────────────────────────────────────────────────────────
def publish_due() -> list[Issue]:
    """Publish every issue whose time has come, each in its own transaction, however many clocks
    look at once; those that this look published or refused. What breaks is tried at the next."""
    due = Issue.objects.scheduled().filter(scheduled_for__lte=timezone.now())
    done = []
    for pk in due.order_by("scheduled_for", "pk").values_list("pk", flat=True):
        try:
            issue = _publish_one(pk)
        except Exception:
            log.exception("issue %s is due and could not be published", pk)
            continue
        if issue is not None:
            done.append(issue)
    return done


@transaction.atomic
def _publish_one(pk: int) -> Issue | None:
    """None where another clock was first, or somebody has changed the schedule meanwhile."""
    rows = Issue.objects.scheduled().filter(pk=pk)
    issue = rows.select_for_update().filter(scheduled_for__lte=timezone.now()).first()
    if issue is None or issue.scheduled_for is None:
        return None
    try:
        _refuse_unseen(issue)
        change = issue.scheduled_change or Edition.Change.MINOR
        made = workflow.publish(issue, by=issue.scheduled_by, change=change)
    except Refused as refused:
        _give_up(issue, issue.scheduled_for, refused)
    else:
        if made.pk != issue.current_edition_id:
            _say_how_late(issue, issue.scheduled_for)
    return Issue.objects.get(pk=pk)


def _refuse_unseen(issue: Issue) -> None:
    """What was changed after somebody had scheduled it waits where two people must agree, and
    where one has changed it who may not publish: a schedule lends nobody the permission."""
    if not waits_for_another(issue):
        return
    if settings.REQUIRE_SECOND_PERSON:
        message = _("the text has changed since another person scheduled it")
    else:
        message = _("somebody who may not publish has changed the text since it was scheduled")
    raise Refused([Lack("changed-since-scheduled", message)])


def waits_for_another(issue: Issue) -> bool:
    """Whether a scheduled issue will not be published as it stands unless somebody who may
    schedules it again."""
    if not changed_since(issue):
        return False
    return settings.REQUIRE_SECOND_PERSON or not all(
        editor.has_perm(PUBLISHES) for editor in _writers_since(issue)
    )


def _writers_since(issue: Issue) -> set[Editor]:
    """Who has changed a text of the issue since it was scheduled; the house itself is nobody."""
    at = _scheduled_at(issue)
    words = {*ISSUE_TEXT, *ENTRY_TEXT, *QUESTION_TEXT}
    return {
        revision.by
        for revision in history.revisions_of(issue)
        if revision.by and at and revision.at > at and any(f in words for f, *_ in revision.changes)
    }


def _give_up(issue: Issue, planned: datetime, refused: Refused) -> None:
    if issue.state == Issue.State.SCHEDULED:
        issue.state = Issue.State.DRAFT
    workflow.forget_schedule(issue)
    reasons = [str(lack) for lack in refused.lacks]
    issue.schedule_note = _cut(_not_published(planned, " / ".join(reasons)))
    sign(issue, None)
    issue.save(update_fields=COLUMNS)
    listed = "".join(f"\n・{reason}" for reason in reasons)
    notes.add(issue, _not_published(planned, listed), name=_("the schedule"))
    log.warning("%s was due and not published: %s", issue.slug, " / ".join(reasons))


def _not_published(planned: datetime, reasons: str) -> str:
    named = {"planned": _moment(planned), "reasons": reasons}
    return _("Planned for %(planned)s and not published: %(reasons)s") % named


def _say_how_late(issue: Issue, planned: datetime) -> None:
    now = timezone.now()
    if now - planned < LATE_AFTER:
        return
    minutes = int((now - planned).total_seconds() // 60)
    is_same_day = timezone.localdate(now) == timezone.localdate(planned)
    say = _hour if is_same_day else _moment
    named = {"planned": say(planned), "now": say(now), "minutes": minutes}
    words = _("Planned for %(planned)s, published %(now)s (%(minutes)d minutes late)") % named
    row = Issue.objects.get(pk=issue.pk)
    row.schedule_note = _cut(words)
    sign(row, None)
    row.save(update_fields=["schedule_note"])
    log.warning("%s was published %d minutes late", issue.slug, minutes)


def _hour(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _cut(words: str) -> str:
    return words if len(words) <= MAX_NOTE else words[: MAX_NOTE - 1] + "…"


# ── what has changed since ──────────────────────────────────────────────────────────────────────
ISSUE_TEXT = ("title", "introduction", "slug", "first_on", "last_on", "source_id")
ENTRY_TEXT = (
    *("paper_id", "version_id", "position", "kind", "evidence_required", "removed_at"),
    *("title_ja", "highlight", "one_liner", "summary"),
)
QUESTION_TEXT = ("entry_id", "position", "question", "answer", "removed_at")


def changed_since(issue: Issue) -> bool:
    """Whether a text of a scheduled issue differs from what it was when it was scheduled."""
    at = _scheduled_at(issue)
    if at is None:
        return False
    entries = Entry.history.filter(issue_id=issue.pk)
    papers = Entry.history.filter(issue_id=issue.pk).values("id")
    questions = Question.history.filter(entry_id__in=papers)
    return (
        _then(Issue.history.filter(id=issue.pk), at, ISSUE_TEXT)
        != _now(Issue.objects.filter(pk=issue.pk), ISSUE_TEXT)
        or _then(entries, at, ENTRY_TEXT)
        != _now(Entry.with_removed.filter(issue=issue), ENTRY_TEXT)
        or _then(questions, at, QUESTION_TEXT)
        != _now(Question.objects.filter(entry__issue=issue), QUESTION_TEXT)
    )


def _scheduled_at(issue: Issue) -> datetime | None:
    """When the time was set, or set again."""
    rows = issue.history.filter(history_change_reason=SET).order_by("-history_date", "-history_id")
    at: datetime | None = rows.values_list("history_date", flat=True).first()
    return at


def _then(rows: Any, at: datetime, columns: tuple[str, ...]) -> dict[int, tuple[Any, ...]]:
    stood = rows.filter(history_date__lte=at).order_by("history_date", "history_id")
    found: dict[int, tuple[Any, ...]] = {}
    for pk, kind, *values in stood.values_list("id", "history_type", *columns):
        found[pk] = tuple(values)
        if kind == "-":
            del found[pk]
    return found


def _now(rows: Any, columns: tuple[str, ...]) -> dict[int, tuple[Any, ...]]:
    return {pk: tuple(values) for pk, *values in rows.order_by().values_list("pk", *columns)}
