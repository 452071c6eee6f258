"""One press for many papers: take what the machine drafted without a fault, fetch again, draft
again. Each verb tells what it did and what it left, and why.

Every proposal is taken in a transaction of its own: one that is refused takes none with it, and
nobody waits long for the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from digests import costs, steps, workflow
from digests.cards import lock, lock_entry, save_card
from digests.models import Decision, DraftItem, Editor, Entry, EntryJob, Issue, Question
from digests.reasons import Lack, Refused
from papers import ingest
from papers.models import FullText

STANDS_IN_THE_WAY = ("error", "warning")
MARK = re.compile(r"\[\^[^\]\s]+\]")


# ── accept what is clean ────────────────────────────────────────────────────────────────────────
@dataclass
class Accepted:
    """What became of the proposals: `decisions` are the rows of those taken; the others were left
    with problems, without a text, where the editor has written already, in approved papers, or
    were refused. `settled` are the entries that are approved now, since nothing was left to
    decide."""

    decisions: list[int] = field(default_factory=list)
    troubled: int = 0
    empty: int = 0
    written: int = 0
    approved: int = 0
    refused: list[Lack] = field(default_factory=list)
    settled: list[Entry] = field(default_factory=list)


def accept_clean(target: Issue | Sequence[Entry], *, by: Editor) -> Accepted:
    """Accept every undecided proposal that has a text, no problem of severity error or warning,
    and an empty place to go to: nothing that an editor wrote is replaced, and nothing counts as
    checked. Of a whole issue, papers that are approved are left as they are."""
    entries = list(target.entries.all()) if isinstance(target, Issue) else list(target)
    open_ones = [entry.pk for entry in entries if not entry.is_approved]
    done = Accepted()
    for item in _proposals(entries):
        if isinstance(target, Issue) and item.draft.entry.is_approved:
            done.approved += 1
        else:
            _take(item, done, by)
    if done.decisions:
        settled = Entry.objects.filter(pk__in=open_ones, state=Entry.State.APPROVED)
        done.settled = list(settled.select_related("paper", "version").order_by("position", "pk"))
    return done


def _proposals(entries: Iterable[Entry]) -> list[DraftItem]:
    waiting = DraftItem.objects.undecided().filter(draft__entry__in=list(entries))
    waiting = waiting.select_related("draft__entry", "draft__version", "target")
    # The newest draft first: a part that was drafted again takes the place of the older one.
    return list(waiting.order_by("draft__entry__position", "-draft_id", "position"))


def _take(item: DraftItem, done: Accepted, by: Editor) -> None:
    if not item.text.strip():
        done.empty += 1
    elif any(problem.get("severity") in STANDS_IN_THE_WAY for problem in item.problems):
        done.troubled += 1
    else:
        _accept(item, done, by)


def _accept(item: DraftItem, done: Accepted, by: Editor) -> None:
    try:
        with transaction.atomic():
            lock_entry(item.draft.entry_id)
            if _text_in_place(item):
                done.written += 1
                return
            done.decisions.append(workflow.accept(item, by=by).pk)
    except Refused as refused:
        done.refused += refused.lacks


def _place_of(item: DraftItem) -> tuple[Entry | Question | None, str]:
    """The card and field that the proposal goes to, as they stand now; no card where the question
    is still to be made."""
    if item.field == "question":
        return workflow.question_for(item), "answer"
    return Entry.with_removed.get(pk=item.draft.entry_id), item.field


def _text_in_place(item: DraftItem) -> str:
    card, name = _place_of(item)
    return getattr(card, name).strip() if card else ""


def acceptances(decisions: Iterable[int], issue: Issue) -> QuerySet[Decision]:
    """Those of the decisions that still stand as acceptances in the issue."""
    return Decision.objects.filter(
        pk__in=list(decisions), is_accepted=True, item__draft__entry__issue=issue
    )


@transaction.atomic
def undo(decisions: Iterable[int], *, issue: Issue, by: Editor) -> int:
    """Take a bulk acceptance back, all of it or nothing: the proposals are undecided again, and
    their texts go where nobody has changed them since. How many were taken back."""
    lock(issue)
    rows = acceptances(decisions, issue)
    taken = list(rows.select_related("item__draft__entry", "item__target"))
    for row in taken:
        if row.question_id is None:  # a question that accepting made goes as a whole
            _empty(row.item, by)
        workflow.undecide(row.item, by=by)
    return len(taken)


def _empty(item: DraftItem, by: Editor) -> None:
    """Empty the place again if it still holds the proposal's words, whatever its marks are."""
    card, name = _place_of(item)
    if card and MARK.sub("", getattr(card, name)) == MARK.sub("", item.text):
        save_card(card, card.row_version, {name: ""}, by=by)


# ── fetch and draft again ───────────────────────────────────────────────────────────────────────
@dataclass
class Queued:
    """The entries whose work was asked for, and those left, each with the code of its reason:
    is-reading, all-there, nothing-to-read, no-version, is-drafting, budget-reached."""

    entries: list[Entry] = field(default_factory=list)
    left: list[tuple[Entry, str]] = field(default_factory=list)

    def add(self, entry: Entry, reason: str) -> bool:
        """Note why the entry is left, if there is a reason; whether its work may be asked for."""
        if reason:
            self.left.append((entry, reason))
        else:
            self.entries.append(entry)
        return not reason


def fetch_again(entries: Iterable[Entry]) -> Queued:
    """Ask arXiv anew: for the metadata and the text that entries still lack, else whether there is
    a newer version. What is stored stays, as marks rest on it; a person takes a newer one."""
    done = Queued()
    for entry in entries:
        if done.add(entry, _why_not_fetched(entry)):
            _fetch(entry)
    return done


def _why_not_fetched(entry: Entry) -> str:
    if steps.is_reading(entry):
        return "is-reading"
    if entry.version is None:
        return ""
    if not entry.paper.is_external:
        return ""
    if FullText.objects.filter(version=entry.version).exists():
        return "all-there"
    return "" if ingest.has_source_of_text(entry.version) else "nothing-to-read"


def _fetch(entry: Entry) -> None:
    """A look for what is newer where all is there; else the first step that is not done."""
    if entry.version and FullText.objects.filter(version=entry.version).exists():
        steps.look_for_newer(entry)
    elif steps.retry(entry) is None:
        steps.start_work(entry)


def draft_again(entries: Iterable[Entry], drafter: str = EntryJob.Drafter.AUTO) -> Queued:
    """Ask for one more draft of everything. The editors' texts stay until they take it."""
    done = Queued()
    is_over = drafter == EntryJob.Drafter.AUTO and costs.has_model() and costs.is_budget_reached()
    for entry in entries:
        if done.add(entry, "budget-reached" if is_over else _why_not_drafted(entry)):
            steps.draft_again(entry, "all", drafter=drafter)
    return done


def _why_not_drafted(entry: Entry) -> str:
    if steps.is_reading(entry):  # a draft of the abstract alone would take the whole one's place
        return "is-reading"
    if entry.version is None:
        return "no-version"
    drafting = entry.jobs.filter(step=EntryJob.Step.DRAFT, scope="all")
    return "is-drafting" if drafting.filter(state=EntryJob.State.RUNNING).exists() else ""
