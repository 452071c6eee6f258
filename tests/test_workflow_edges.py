"""Where a verb could do a little too much: first and last, one's own and others', now and not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from digests import workflow
from digests.cards import save_card
from digests.models import Edition, Entry, EntryJob, Issue
from digests.reasons import Refused
from papers.models import Passage
from tests.factories import (
    make_draft,
    make_edition,
    make_editor,
    make_entry,
    make_entry_job,
    make_issue,
    make_paper,
    make_written_entry,
)

pytestmark = pytest.mark.django_db


def test_the_first_paper_moves_no_further_up_and_not_to_the_end() -> None:
    issue = make_issue()
    a, b, c = [workflow.add_entry(issue, make_paper()) for _ in range(3)]
    assert not workflow.move(a, -1)
    assert list(issue.entries.all()) == [a, b, c]


def test_a_paper_brought_back_asks_again_only_for_what_its_removal_stopped() -> None:
    entry = make_entry()
    failed: Any = {"entry": entry, "state": EntryJob.State.FAILED}
    stopped = make_entry_job(**failed, step=EntryJob.Step.TEXT, error=workflow.REMOVED)
    other = make_entry_job(**failed, step=EntryJob.Step.METADATA, error="unknown-id")
    workflow.remove_entry(entry, by=make_editor())
    workflow.restore_entry(entry, by=make_editor())
    states = {job.pk: job.state for job in EntryJob.objects.all()}
    assert states == {stopped.pk: EntryJob.State.QUEUED, other.pk: EntryJob.State.FAILED}


@pytest.mark.parametrize("is_own", [True, False])
def test_only_a_change_of_somebody_else_stands_in_the_way_of_accepting(is_own: bool) -> None:
    entry, hana = make_entry(), make_editor()
    item = make_draft(entry).items.get()
    item.field, item.question, item.text, item.evidence = "summary", "", "下書きの概要です。", []
    item.save()
    seen = timezone.now() - timedelta(seconds=1)
    by = hana if is_own else make_editor()
    save_card(entry, entry.row_version, {"summary": "手で書いた概要です。"}, by=by)
    if is_own:
        workflow.accept(item, by=hana, seen=seen)
    else:
        with pytest.raises(Refused):
            workflow.accept(item, by=hana, seen=seen)
    assert (Entry.objects.get().summary == "下書きの概要です。") == is_own


def test_words_written_from_a_draft_need_evidence_like_the_draft_itself() -> None:
    entry = make_entry(evidence_required=False)
    workflow.settle(make_draft(entry).items.get(), by=make_editor())
    assert Entry.objects.get().evidence_required


def test_deciding_the_last_proposal_of_a_removed_paper_approves_nothing() -> None:
    entry = make_written_entry()
    item = make_draft(entry).items.get()
    workflow.remove_entry(entry, by=make_editor())
    workflow.reject(item, by=make_editor())
    assert not Entry.with_removed.get().is_approved


def test_a_reason_gets_past_the_gate_and_not_past_what_is_missing() -> None:
    issue = make_issue()
    make_written_entry(issue)  # not approved
    with pytest.raises(Refused) as refused:
        workflow.publish(issue, by=make_editor(), override_reason="急ぎます")
    assert [lack.code for lack in refused.value.lacks] == ["not-approved"]


def test_an_edition_that_is_shown_again_over_the_gate_keeps_the_reason() -> None:
    edition, hana = make_edition(), make_editor()
    workflow.take_back(edition.issue, by=hana)
    Passage.objects.exclude(kind=Passage.Kind.ABSTRACT).update(text="Something else stands here.")
    with pytest.raises(Refused):
        workflow.publish(edition.issue, by=hana)
    again = workflow.publish(edition.issue, by=hana, override_reason="引用を確かめました。")
    assert (again, Edition.objects.get().override_reason) == (edition, "引用を確かめました。")


def test_a_public_issue_stays_public_while_its_text_is_written() -> None:
    issue = make_edition().issue
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=make_editor())
    assert Issue.objects.get().state == Issue.State.PUBLISHED
