"""An issue's whole life, top to bottom: papers come in, drafts are taken or left, texts are written
and marked with evidence, entries are approved, the issue is published, changed and taken back.

Data flows one way. The machine writes drafts (`digests.steps`); only a person's act, here, turns a
draft into text; only `publish` makes an edition, and nothing public reads anything else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import editions, rendering, search_index, shelves
from digests.cards import (
    last_change,
    lock,
    lock_entry,
    reopen,
    save_card,
    sign,
    source_of,
    unready,
)
from digests.drafting import verify
from digests.models import (
    HIGHLIGHT,
    ONE_LINER,
    TITLE_JA,
    Decision,
    DraftItem,
    Edition,
    Editor,
    Entry,
    Evidence,
    Issue,
    Question,
)
from digests.reasons import Lack, Refused, why_not_approvable, why_not_by, why_not_publishable
from papers import jobs
from papers.ingest import passages_of
from papers.models import Job, Paper, Version

log = logging.getLogger(__name__)
MARK = "[^{}]"
REMOVED = "paper-removed"  # why work on a paper that was taken out has stopped
STANDING = ["state", "current_edition", "asked_by"]
STANDING += ["scheduled_for", "scheduled_by", "scheduled_change", "schedule_note"]
LIMITS = {"title_ja": TITLE_JA, "highlight": HIGHLIGHT, "one_liner": ONE_LINER}


# ── papers come in ──────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Wish:
    """Which version an entry wants: a known one, a number, or the one of a day; else the newest."""

    listed_title: str = ""
    version: Version | None = None
    number: int | None = None
    as_of: date | None = None


@transaction.atomic
def add_entry(
    issue: Issue, paper: Paper, wish: Wish | None = None, *, by: Editor | None = None
) -> Entry:
    """The paper at the end of the issue; the entry that is there, if it is. One that was removed
    comes back with its texts, and with the version that they were written from."""
    wish = wish or Wish()
    issue = lock(issue)
    last = issue.entries.order_by("position").last()
    position = last.position + 1 if last else 1
    entry, is_new = Entry.with_removed.get_or_create(
        issue=issue,
        paper=paper,
        defaults={
            "position": position,
            "listed_title": wish.listed_title[:500],
            "version": wish.version,
            "wanted_version": wish.number,
            "as_of": wish.as_of,
        },
    )
    if entry.removed_at:
        _bring_back(entry, position, by=by)
    if is_new:
        unready(issue, by=by)
    return entry


@transaction.atomic
def move(card: Entry | Question, step: int) -> bool:
    """Change places with the neighbour before (-1) or after (+1); whether there was one."""
    siblings: list[Entry] | list[Question]
    if isinstance(card, Entry):
        siblings = list(lock(card.issue).entries.select_for_update())
    else:
        siblings = list(lock(card.entry).questions.present().select_for_update())
    ordered = [c.pk for c in siblings]
    if card.pk not in ordered:  # somebody has removed it meanwhile
        return False
    here = ordered.index(card.pk)
    there = here + step
    if not 0 <= there < len(ordered):
        return False
    ordered[here], ordered[there] = ordered[there], ordered[here]
    for sibling in siblings:
        place = ordered.index(sibling.pk) + 1
        if sibling.position != place:
            sibling.position = place
            sibling.save(update_fields=["position"])
    return True


@transaction.atomic
def remove_entry(entry: Entry, *, by: Editor | None, reason: str = "") -> None:
    """Take a paper out of the issue's working text; editions keep it. All that belongs to it stays
    for `restore_entry`; work on it that is under way stops by itself (`digests.steps`)."""
    entry = lock(entry)
    if entry.removed_at:
        return
    entry.removed_at = timezone.now()
    _save_removed_at(entry, by, reason)


@transaction.atomic
def restore_entry(entry: Entry, *, by: Editor | None, reason: str = "") -> None:
    """Put a removed paper back in its place, as it was."""
    entry = lock(entry)
    if entry.removed_at:
        _bring_back(entry, entry.position, by=by, reason=reason)


def _bring_back(entry: Entry, position: int, *, by: Editor | None, reason: str = "") -> None:
    """Work on it that stopped because it was removed goes on."""
    entry.removed_at, entry.position = None, position
    _save_removed_at(entry, by, reason)
    for job in entry.jobs.filter(state=Job.State.FAILED, error=REMOVED):
        jobs.queue(job)


def _save_removed_at(entry: Entry, by: Editor | None, reason: str) -> None:
    sign(entry, by, reason)
    entry.save(update_fields=["removed_at", "position"])
    unready(entry.issue, by=by)


# ── drafts are taken or left ────────────────────────────────────────────────────────────────────
@transaction.atomic
def accept(item: DraftItem, *, by: Editor, seen: datetime | None = None) -> Decision:
    """Make the machine's proposal the editor's text: a field of the entry, or a question with its
    evidence. A proposal that has been decided stays as it was decided. Raises Refused where
    somebody else has changed the text that it would replace after `by` had `seen` it."""
    entry = lock_entry(item.draft.entry_id)
    decided = Decision.objects.filter(item=item).first()
    if decided:
        return decided
    _refuse_too_long(item, entry)
    _refuse_unseen(item, entry, by, seen)
    if item.text:
        _ask_for_evidence(entry, by)
    made = None
    if item.field == "question":
        made = _take_question(item, entry, by)
    else:
        text, _rows = _take_evidence(item, entry, None)
        save_card(entry, entry.row_version, {item.field: text}, by=by, reason=source_of(item.draft))
    decision = Decision.objects.create(item=item, is_accepted=True, question=made, decided_by=by)
    _approve_if_decided(entry, by=by)
    return decision


def _refuse_too_long(item: DraftItem, entry: Entry) -> None:
    """Raise Refused for a field's text that its column can't hold."""
    limit = LIMITS.get(item.field, len(item.text))
    if len(item.text) > limit:
        size = {"length": len(item.text), "limit": limit}
        message = _("the text is too long (%(length)d of %(limit)d characters)") % size
        raise Refused([Lack("too-long", message, entry, field=item.field)])


def _refuse_unseen(item: DraftItem, entry: Entry, by: Editor, seen: datetime | None) -> None:
    """Raise Refused rather than replace what another editor wrote since."""
    is_question = item.field == "question"
    card = question_for(item) if is_question else entry
    field = "answer" if is_question else item.field
    if seen is None or card is None or not item.text:
        return
    last = last_change(card, field)
    if last and last.history_date > seen and last.history_user_id not in (None, by.pk):
        message = _("%(who)s has changed this text since you opened it: look at it first") % {
            "who": last.history_user or "—"
        }
        question = card if isinstance(card, Question) else None
        raise Refused([Lack("changed-meanwhile", message, entry, question, field)])


def _ask_for_evidence(entry: Entry, by: Editor) -> None:
    """What the machine has drafted is shown to readers with evidence, or not at all."""
    if not entry.evidence_required:
        entry.evidence_required = True
        sign(entry, by)
        entry.save(update_fields=["evidence_required"])


def _take_question(item: DraftItem, entry: Entry, by: Editor) -> Question | None:
    """Give its new answer to the question that was drafted again, or to the same one where it is
    asked already; else make the question, and return it."""
    question, source = question_for(item), source_of(item.draft)
    answer, rows = _take_evidence(item, entry, question)
    if question is None:  # with its answer at once: one deed is one revision
        made = add_question(
            entry, item.question, answer=answer, bank_key=item.bank_key, by=by, reason=source
        )
        Evidence.objects.filter(pk__in=[row.pk for row in rows]).update(found_for=made)
        return made
    if answer:
        save_card(question, question.row_version, {"answer": answer}, by=by, reason=source)
    return None


def question_for(item: DraftItem) -> Question | None:
    """The present question of the entry that the item answers: its target, or one of its words."""
    asked = item.draft.entry.questions.present()
    target = asked.filter(pk=item.target.pk).first() if item.target else None
    return target or asked.filter(question=item.question).first()


@transaction.atomic
def words_of(item: DraftItem) -> str:
    """The proposal's text with marks that name evidence of the entry, for an editor who goes on
    writing from it. Nothing is decided, and no text is changed; twice gives the same keys."""
    entry = lock_entry(item.draft.entry_id)
    question = question_for(item) if item.field == "question" else None
    known = entry.evidence.filter(version=item.draft.version)
    text, _rows = _take_evidence(item, entry, question, known)
    return text


@transaction.atomic
def settle(item: DraftItem, *, by: Editor) -> Decision:
    """An editor has saved a text of her own that she wrote from the proposal: it counts as
    accepted, and changes nothing more. One that has been decided stays as it was decided."""
    entry = lock_entry(item.draft.entry_id)
    decision, is_new = Decision.objects.get_or_create(
        item=item, defaults={"is_accepted": True, "decided_by": by}
    )
    if is_new:
        _ask_for_evidence(entry, by)
        _approve_if_decided(entry, by=by)
    return decision


@transaction.atomic
def reject(item: DraftItem, *, by: Editor) -> Decision:
    """Leave the machine's proposal; it stays in the draft to look at."""
    entry = lock_entry(item.draft.entry_id)
    decision, _is_new = Decision.objects.get_or_create(
        item=item, defaults={"is_accepted": False, "decided_by": by}
    )
    _approve_if_decided(entry, by=by)
    return decision


@transaction.atomic
def undecide(item: DraftItem, *, by: Editor) -> None:
    """Undo accept or reject. A question that accepting made is removed with it (and can be brought
    back); what was there before keeps its text, which is the editor's by now."""
    lock_entry(item.draft.entry_id)
    decision = Decision.objects.filter(item=item).select_related("question").first()
    if decision is None:
        return
    if decision.question:
        remove_question(decision.question, by=by)
    decision.delete()


def _take_evidence(
    item: DraftItem, entry: Entry, question: Question | None, known: Iterable[Evidence] = ()
) -> tuple[str, list[Evidence]]:
    """The item's text with its marks [^1], [^2] … renamed to keys of evidence of the entry, and
    that evidence: new rows, but for quotes that stand among those `known`."""
    text, rows = item.text, []
    by_quote = {(row.passage_key, row.quote): row for row in known}
    for number, cited in enumerate(item.evidence, 1):
        row = by_quote.get((cited["passage_key"], cited["quote"]))
        row = row or _new_evidence(entry, item.draft.version, question, cited)
        text = text.replace(MARK.format(number), MARK.format(row.key))  # keys are no numbers
        rows.append(row)
    return text, rows


def _new_evidence(
    entry: Entry, version: Version, question: Question | None, cited: dict[str, object]
) -> Evidence:
    locked = lock(entry)
    row = Evidence.objects.create(
        entry=entry,
        key=f"e{locked.next_evidence}",
        version=version,
        found_for=question,
        **cited,
    )
    Entry.with_removed.filter(pk=entry.pk).update(next_evidence=locked.next_evidence + 1)
    return row


# ── texts are written and marked ────────────────────────────────────────────────────────────────
@transaction.atomic
def add_question(
    entry: Entry,
    text: str,
    *,
    answer: str = "",
    bank_key: str = "",
    by: Editor | None,
    reason: str = "",
) -> Question:
    """A question at the end of the entry; its number is never given again."""
    locked = lock(entry)
    question = Question(
        entry=locked,
        number=locked.next_question,
        position=locked.next_question,
        bank_key=bank_key,
        question=text[:200],
        answer=answer,
    )
    sign(question, by, reason)
    question.save()
    Entry.with_removed.filter(pk=entry.pk).update(next_question=locked.next_question + 1)
    reopen(locked, by=by)
    return question


@transaction.atomic
def remove_question(question: Question, *, by: Editor, reason: str = "") -> None:
    _set_removed(question, is_removed=True, by=by, reason=reason)


@transaction.atomic
def restore_question(question: Question, *, by: Editor, reason: str = "") -> None:
    _set_removed(question, is_removed=False, by=by, reason=reason)


def _set_removed(question: Question, *, is_removed: bool, by: Editor, reason: str) -> None:
    question = lock(question)  # its text may have changed
    if (question.removed_at is not None) == is_removed:
        return
    question.removed_at = timezone.now() if is_removed else None
    sign(question, by, reason)
    question.save(update_fields=["removed_at"])
    reopen(question.entry, by=by)


class QuoteRefused(Exception):
    """The quote does not stand in the paper; `nearest` is the real wording, if any is close."""

    def __init__(self, nearest: str, passage_key: str) -> None:
        super().__init__("quote-not-found")
        self.nearest, self.passage_key = nearest, passage_key


@transaction.atomic
def add_evidence(
    entry: Entry, quote: str, *, passage_key: str = "", question: Question | None = None
) -> Evidence:
    """A quote that an editor found, after the strict check, in the passage named or in any.
    The same quote of the same passage of a version is the same evidence. Raises QuoteRefused."""
    if entry.version is None:
        raise QuoteRefused("", "")
    passages = passages_of(entry.version)
    searched = [p for p in passages if not passage_key or p.key == passage_key]
    passage = verify.find_quote(quote, searched)
    if passage is None:
        near = verify.nearest(quote, passages)
        raise QuoteRefused(near[1] if near else "", near[0].key if near else "")
    quote = " ".join(quote.split())
    known = entry.evidence.filter(version=entry.version, passage_key=passage.key, quote=quote)
    if row := known.first():
        return row
    cited: dict[str, object] = {
        "passage_key": passage.key,
        "page": passage.page,
        "section": passage.section,
        "quote": quote,
    }
    return _new_evidence(entry, entry.version, question, cited)


@transaction.atomic
def mark_sentence(
    card: Entry | Question, base_version: int, sentence: int, key: str, *, by: Editor
) -> None:
    """Put the mark of `key` at the end of the card's n-th sentence (from 0), where it is not there
    already. Raises IndexError when there is no such sentence, and cards.CardConflict."""
    field = "summary" if isinstance(card, Entry) else "answer"
    text: str = getattr(card, field)
    place = rendering.sentences(text)[sentence]
    if key in place.marks:
        return
    marked = text[: place.end] + MARK.format(key) + text[place.end :]
    save_card(card, base_version, {field: marked}, by=by)


# ── entries are approved ────────────────────────────────────────────────────────────────────────
@transaction.atomic
def approve(entry: Entry, *, by: Editor | None) -> Entry:
    """Say that the entry is ready for readers. Raises Refused with what is missing; what the gate
    finds wrong stands in the way of publishing."""
    entry = lock(entry)
    lacks = [lack for lack in why_not_approvable(entry) if not lack.is_overridable]
    if lacks:
        raise Refused(lacks)
    if not entry.is_approved:
        entry.state = Entry.State.APPROVED
        sign(entry, by)
        entry.save(update_fields=["state"])
    _mark_ready(entry.issue, by=by)
    return entry


@transaction.atomic
def withdraw_approval(entry: Entry, *, by: Editor) -> bool:
    return reopen(lock(entry), by=by)


def _approve_if_decided(entry: Entry, *, by: Editor | None) -> None:
    """An entry is approved by itself when its last open item has been decided and nothing lacks."""
    entry = Entry.with_removed.get(pk=entry.pk)
    if entry.removed_at:
        return
    is_open = DraftItem.objects.filter(draft__entry=entry).undecided().exists()
    if not is_open and not entry.is_approved and not why_not_approvable(entry):
        approve(entry, by=by)


def _mark_ready(issue: Issue, *, by: Editor | None) -> None:
    if settings.REQUIRE_SECOND_PERSON:
        return  # only who reviews it says so (digests.review.say_ready)
    if issue.state == Issue.State.DRAFT and not why_not_publishable(issue):
        issue.state = Issue.State.READY
        sign(issue, by)
        issue.save(update_fields=["state"])


# ── the issue is published, changed, taken back ─────────────────────────────────────────────────
@transaction.atomic
def publish(
    issue: Issue,
    *,
    by: Editor | None,
    change: str = Edition.Change.MINOR,
    override_reason: str = "",
) -> Edition:
    """Freeze the working text as the next edition and show it to readers, atomically, from any
    state: the states between are passed in this one step, and the history has the last alone.
    Publishing what is already public changes nothing. Raises Refused with every reason; those of
    the gate give way to `override_reason`, which the edition keeps."""
    issue = lock(issue)  # no text changes between the gate and the edition
    current = issue.current_edition
    is_new = current is None or bool(editions.changes_since(issue, current))
    if current is not None and not is_new and issue.state == Issue.State.PUBLISHED:
        if issue.is_scheduled:  # the changes that were to come were taken back meanwhile
            forget_schedule(issue)
            _set_state(issue, Issue.State.PUBLISHED, by=by)
        return current
    forbidden = why_not_by(issue, by)
    lacks = [forbidden] if forbidden else why_not_publishable(issue, search_quotes=True)
    if [lack for lack in lacks if not (override_reason and lack.is_overridable)]:
        raise Refused(lacks)
    if current is None or is_new:
        kind = change if current else Edition.Change.FIRST
        current = editions.freeze(issue, by=by, change=kind)
    if lacks:
        _keep_override(current, override_reason, lacks, by)
    issue.current_edition = current
    issue.asked_by = None
    forget_schedule(issue)
    issue.schedule_note = ""
    _set_state(issue, Issue.State.PUBLISHED, by=by)
    return current


def forget_schedule(issue: Issue) -> None:
    """No time is set any more; the caller saves it."""
    issue.scheduled_for = issue.scheduled_by = None
    issue.scheduled_change = ""


def _keep_override(edition: Edition, reason: str, lacks: Sequence[Lack], by: Editor | None) -> None:
    edition.override_reason = reason[:500]
    edition.save(update_fields=["override_reason"])
    codes = ", ".join(lack.code for lack in lacks)
    log.warning("%s published over %s by %s: %s", edition.slug, codes, by, reason)


@transaction.atomic
def take_back(issue: Issue, *, by: Editor) -> bool:
    """Readers see the issue no more; nothing is deleted. Whether they saw it."""
    issue = lock(issue)
    if issue.state != Issue.State.PUBLISHED:
        return False
    forget_schedule(issue)
    _set_state(issue, Issue.State.TAKEN_BACK, by=by)
    return True


@transaction.atomic
def put_back(issue: Issue, *, by: Editor) -> bool:
    """Show the last edition of an issue that was taken back, as it was; whether it was."""
    issue = lock(issue)
    if issue.state != Issue.State.TAKEN_BACK or issue.current_edition is None:
        return False
    _set_state(issue, Issue.State.PUBLISHED, by=by)
    return True


def _set_state(issue: Issue, state: str, *, by: Editor | None) -> None:
    issue.state = state
    sign(issue, by)
    issue.save(update_fields=STANDING)
    if state == Issue.State.PUBLISHED and issue.current_edition:
        search_index.write(issue.current_edition)
    else:
        search_index.remove(issue)
    shelves.arrange_issue(issue)
