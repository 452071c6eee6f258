"""Who may do what to an issue now, and the hand-over between those who write and those who check.

`may` is the one place with an issue's rules: pages ask it which buttons to show, and verbs ask it
again.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import get_backends
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from digests import notes
from digests.cards import sign
from digests.models import Editor, Issue, Note
from digests.reasons import Lack, Refused, why_not_by, why_not_publishable

State = Issue.State
UNPUBLISHED = {State.DRAFT, State.IN_REVIEW, State.READY, State.SCHEDULED}
WRITES, PUBLISHES = "digests.change_issue", "digests.publish_issue"


# ── the rules ───────────────────────────────────────────────────────────────────────────────────
def may(editor: Editor, action: str, issue: Issue) -> str | None:
    """Why the editor may not do this to the issue as it stands, in a sentence; None: go ahead.
    What the gate says of the text is asked elsewhere. Raises KeyError for an unknown action."""
    permission, rule = RULES[action]
    if not editor.has_perm(permission):
        return _("You do not have the permission for this.")
    return rule(editor, issue)


def rules(editor: Editor, issue: Issue) -> dict[str, str | None]:
    """The answer of `may` for every action, by names that a template can say."""
    return {action.replace("-", "_"): may(editor, action, issue) for action in RULES}


def _publish(editor: Editor, issue: Issue) -> str | None:
    lack = why_not_by(issue, editor)
    return lack.message if lack else None


def _schedule(editor: Editor, issue: Issue) -> str | None:
    if issue.state == State.TAKEN_BACK:
        return _("An issue that was taken back can’t be scheduled. Show it to readers again first.")
    return _publish(editor, issue)


def _unschedule(editor: Editor, issue: Issue) -> str | None:
    is_scheduled = issue.is_scheduled or issue.state == State.SCHEDULED
    return None if is_scheduled else _("This issue is not scheduled.")


def _take_back(editor: Editor, issue: Issue) -> str | None:
    return None if issue.state == State.PUBLISHED else _("This issue is not public.")


def _put_back(editor: Editor, issue: Issue) -> str | None:
    return None if issue.state == State.TAKEN_BACK else _("This issue was not taken back.")


def _hand_over(editor: Editor, issue: Issue) -> str | None:
    if issue.state == State.IN_REVIEW:
        return _("This issue is in review already.")
    if issue.is_scheduled or issue.state == State.SCHEDULED:
        return _("This issue is scheduled. Take it off the schedule first.")
    return _assign(editor, issue)


def _assign(editor: Editor, issue: Issue) -> str | None:
    return None if is_shared() else _("There is nobody else with a desk yet.")


def _withdraw(editor: Editor, issue: Issue) -> str | None:
    if not is_asked(issue):
        return _("Nobody has asked for a review of this issue.")
    return None if issue.asked_by_id == editor.pk else _("Somebody else asked for this review.")


def _answer(editor: Editor, issue: Issue) -> str | None:
    """Whether the editor may say what the review came to."""
    if not is_asked(issue):
        return _("Nobody has asked for a review of this issue.")
    if issue.asked_by_id == editor.pk:
        return _("You asked for this review yourself; another person answers it.")
    return None


def _ready(editor: Editor, issue: Issue) -> str | None:
    if issue.state != State.IN_REVIEW:
        return _("This issue is not in review.")
    return _answer(editor, issue)


Rule = Callable[[Editor, Issue], str | None]
RULES: dict[str, tuple[str, Rule]] = {
    "publish": (PUBLISHES, _publish),
    "schedule": (PUBLISHES, _schedule),
    "unschedule": (PUBLISHES, _unschedule),
    "take-back": (PUBLISHES, _take_back),
    "put-back": (PUBLISHES, _put_back),
    "hand-over": (WRITES, _hand_over),
    "withdraw": (WRITES, _withdraw),
    "send-back": (PUBLISHES, _answer),
    "ready": (PUBLISHES, _ready),
    "assign": (WRITES, _assign),
}


def is_asked(issue: Issue) -> bool:
    """Whether a review has been asked for and not been answered: of an unpublished issue, or of the
    changes of one that readers know, which keeps its state meanwhile. Who schedules it answers,
    until it is taken off the schedule."""
    if issue.state == State.IN_REVIEW:
        return True
    if issue.is_scheduled:
        return False
    return issue.asked_by_id is not None and issue.state in (State.PUBLISHED, State.TAKEN_BACK)


# ── the people ──────────────────────────────────────────────────────────────────────────────────
def is_shared() -> bool:
    """Whether more than one person works here; hand-over and assignee show only then."""
    return Editor.objects.filter(is_active=True, is_staff=True)[:2].count() > 1


def reviewers(*, but: Editor) -> QuerySet[Editor]:
    """Whom `but` may ask for a review: active staff who may publish."""
    return _who_may(PUBLISHES).exclude(pk=but.pk)


def assignable() -> QuerySet[Editor]:
    """Who may be given an issue: active staff who may change it."""
    return _who_may(WRITES)


def _who_may(permission: str) -> QuerySet[Editor]:
    backend = get_backends()[0]
    path = f"{type(backend).__module__}.{type(backend).__qualname__}"
    found: QuerySet[Editor] = Editor.objects.with_perm(permission, backend=path)
    return found.filter(is_staff=True).order_by("pen_name", "username")


# ── the verbs ───────────────────────────────────────────────────────────────────────────────────
def _locked(issue: Issue, by: Editor, action: str) -> Issue:
    """The issue as it stands, held until the transaction ends. Raises Refused with why not."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    reason = may(by, action, issue)
    if reason:
        raise Refused([Lack("not-allowed", reason)])
    return issue


def _keep(issue: Issue, by: Editor, *fields: str) -> Issue:
    sign(issue, by)
    issue.save(update_fields=[*fields])
    return issue


@transaction.atomic
def hand_over(issue: Issue, to: Editor, *, by: Editor, note: str = "") -> Issue:
    """Ask `to` for a review. An issue that readers know keeps its state: its changes are reviewed.
    Raises Refused."""
    issue = _locked(issue, by, "hand-over")
    _refuse_unless(reviewers(but=by), to)
    if issue.state in UNPUBLISHED:
        issue.state = State.IN_REVIEW
    issue.asked_by, issue.assignee = by, to
    _keep(issue, by, "state", "asked_by", "assignee")
    if note.strip():
        notes.add(issue, note, by=by)
    return issue


def _refuse_unless(people: QuerySet[Editor], to: Editor) -> None:
    if not people.filter(pk=to.pk).exists():
        message = _("%(name)s can't be asked for this.") % {"name": to}
        raise Refused([Lack("not-allowed", message)])


@transaction.atomic
def withdraw(issue: Issue, *, by: Editor) -> Issue:
    """Take one's own request for a review back. Raises Refused."""
    issue = _locked(issue, by, "withdraw")
    return _end_review(issue, by, assignee=by)


@transaction.atomic
def send_back(issue: Issue, note: str, *, by: Editor) -> Issue:
    """Give the issue back to who asked, with a note that says why. Raises Refused, and ValueError
    for a note that says nothing."""
    issue = _locked(issue, by, "send-back")
    notes.add(issue, note, kind=Note.Kind.SENT_BACK, by=by)
    return _end_review(issue, by, assignee=issue.asked_by)


def _end_review(issue: Issue, by: Editor, *, assignee: Editor | None) -> Issue:
    if issue.state == State.IN_REVIEW:
        issue.state = State.DRAFT
    issue.assignee, issue.asked_by = assignee, None
    return _keep(issue, by, "state", "asked_by", "assignee")


@transaction.atomic
def say_ready(issue: Issue, *, by: Editor) -> Issue:
    """Say that the review is done and nothing lacks. Raises Refused with everything that does."""
    issue = _locked(issue, by, "ready")
    lacks = why_not_publishable(issue)
    if lacks:
        raise Refused(lacks)
    issue.state = State.READY
    return _keep(issue, by, "state")


@transaction.atomic
def assign(issue: Issue, to: Editor | None, *, by: Editor) -> Issue:
    """Give the issue to somebody, or to nobody. Raises Refused."""
    issue = _locked(issue, by, "assign")
    if to is not None:
        _refuse_unless(assignable(), to)
    issue.assignee = to
    return _keep(issue, by, "assignee")
