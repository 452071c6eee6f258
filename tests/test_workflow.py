"""An issue's life: drafts are taken or left, quotes checked, entries approved, issues published."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.db.models import Model

from digests import rendering, workflow
from digests.cards import save_card
from digests.models import Decision, DraftItem, Edition, Entry, Evidence, Issue, Question
from papers.models import Passage
from tests.factories import (
    QUOTE,
    make_draft,
    make_edition,
    make_editor,
    make_entry,
    make_evidence,
    make_issue,
    make_paper,
    make_passage,
    make_question,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db


OTHER_QUOTE = (
    "The second run differs from the first by less than one part in a thousand on average."
)


def make_item(entry: Entry | None = None, **columns: object) -> DraftItem:
    entry = entry or make_entry()
    item = make_draft(entry, prompt=f"test-{DraftItem.objects.count()}").items.get()
    DraftItem.objects.filter(pk=item.pk).update(**columns)
    item.refresh_from_db()
    return item


def codes(lacks: Iterable[workflow.Lack]) -> list[str]:
    return [lack.code for lack in lacks]


def columns_of(rows: Iterable[Model]) -> list[dict[str, object]]:
    return [{f.attname: getattr(r, f.attname) for f in r._meta.concrete_fields} for r in rows]


# ── papers come in ──────────────────────────────────────────────────────────────────────────────
def test_a_paper_stands_once_in_an_issue_however_often_it_is_added() -> None:
    issue, paper = make_issue(), make_paper()
    first = workflow.add_entry(issue, paper, workflow.Wish("as listed", number=2))
    second = workflow.add_entry(issue, paper, workflow.Wish("another title"))
    assert first == second
    assert (second.listed_title, second.wanted_version) == ("as listed", 2)
    assert issue.entries.count() == 1


def test_papers_come_in_one_after_another_and_change_places() -> None:
    issue = make_issue()
    a, b, c = [workflow.add_entry(issue, make_paper()) for _ in range(3)]
    assert workflow.move(c, -1)
    assert list(issue.entries.all()) == [a, c, b]
    assert not workflow.move(issue.entries.get(pk=b.pk), 1)
    assert list(issue.entries.all()) == [a, c, b]


def test_a_paper_that_comes_in_makes_a_ready_issue_a_draft_again() -> None:
    stale = make_issue()
    Issue.objects.filter(pk=stale.pk).update(state=Issue.State.READY)
    workflow.add_entry(stale, make_paper())
    assert Issue.objects.get(pk=stale.pk).state == Issue.State.DRAFT


def test_a_paper_taken_out_is_kept_with_all_that_belongs_to_it() -> None:
    hana, entry = make_editor("hana"), make_written_entry()
    question = entry.questions.get()
    make_item(entry)
    workflow.remove_entry(entry, by=hana)
    assert not Entry.objects.exists() and not entry.issue.entries.exists()
    assert not entry.paper.entries.exists()
    assert not DraftItem.objects.undecided().exists()
    kept = Entry.with_removed.get()
    assert (kept.questions.get(), kept.evidence.count(), kept.drafts.count()) == (question, 1, 1)
    assert Question.objects.get().entry == entry
    assert kept.history.first().history_user == hana


def test_a_paper_brought_back_stands_where_it_stood_as_it_was() -> None:
    hana, issue = make_editor(), make_issue()
    a, b, c = [workflow.add_entry(issue, make_paper()) for _ in range(3)]
    Entry.objects.filter(pk=a.pk).update(state=Entry.State.APPROVED)
    before = Entry.objects.filter(pk=a.pk).values().get()
    workflow.remove_entry(a, by=hana)
    assert list(issue.entries.all()) == [b, c]
    workflow.restore_entry(a, by=hana)
    assert list(issue.entries.all()) == [a, b, c]
    assert Entry.objects.filter(pk=a.pk).values().get() == before
    assert a.history.first().history_user == hana


def test_removing_or_bringing_back_twice_is_once() -> None:
    hana, entry = make_editor(), make_entry()
    for act in (workflow.remove_entry, workflow.restore_entry):
        act(entry, by=hana)
        revisions = entry.history.count()
        act(entry, by=hana)
        assert entry.history.count() == revisions


def test_taking_a_paper_out_or_back_makes_a_ready_issue_a_draft_again() -> None:
    entry = make_entry()
    for act in (workflow.remove_entry, workflow.restore_entry):
        Issue.objects.update(state=Issue.State.READY)
        act(entry, by=make_editor())
        assert Issue.objects.get().state == Issue.State.DRAFT


def test_a_paper_taken_out_and_in_again_is_the_same_at_the_end() -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    last = make_entry(edition.issue)
    workflow.remove_entry(entry, by=None)
    again = workflow.add_entry(edition.issue, entry.paper)
    assert list(edition.issue.entries.all()) == [last, again] and again == entry
    assert (again.summary, again.questions.count()) == (entry.summary, 1)


def test_no_number_that_readers_know_is_given_again() -> None:
    """`#2303.18223-q1` was published for a question that has gone; another may not have it."""
    edition = make_edition()
    entry = edition.issue.entries.get()
    workflow.remove_question(entry.questions.get(), by=make_editor())
    workflow.remove_entry(entry, by=None)
    again = workflow.add_entry(edition.issue, entry.paper)
    assert workflow.add_question(again, "別の質問ですか？", by=None).number == 2


def test_what_is_written_to_a_paper_that_was_removed_meanwhile_is_kept_with_it() -> None:
    hana, entry = make_editor(), make_written_entry()
    question, item = entry.questions.get(), make_item(entry)
    workflow.remove_entry(entry, by=make_editor())
    save_card(entry, entry.row_version, {"summary": "書いた概要。"}, by=hana)
    save_card(question, question.row_version, {"answer": "書いた答え。"}, by=hana)
    made = workflow.accept(item, by=hana).question
    workflow.restore_entry(entry, by=hana)
    back = Entry.objects.get()
    assert (back.summary, made) == ("書いた概要。", back.questions.get(number=2))
    assert back.questions.get(number=1).answer == "書いた答え。"


# ── drafts are taken or left ────────────────────────────────────────────────────────────────────
def test_accepting_a_proposal_makes_a_question_with_an_empty_answer_and_its_evidence() -> None:
    hana, entry = make_editor("hana"), make_entry()
    item = make_item(entry, bank_key="measure")
    question = workflow.accept(item, by=hana).question
    assert question is not None
    assert (question.question, question.answer, question.number, question.bank_key) == (
        "どう測りましたか？", "", 1, "measure",
    )  # fmt: skip
    (row,) = question.found_evidence.all()
    assert (row.key, row.quote, row.passage_key, row.page, row.section, row.version) == (
        "e1", QUOTE, "p01-01", 1, "1 Introduction", entry.version,
    )  # fmt: skip
    assert question.history.first().history_user == hana


def test_accepting_twice_is_the_same_as_once() -> None:
    item, hana = make_item(), make_editor()
    first = workflow.accept(item, by=hana)
    second = workflow.accept(item, by=make_editor())
    assert (first, second.decided_by) == (second, hana)
    counts = (Question.objects.count(), Evidence.objects.count(), Decision.objects.count())
    assert counts == (1, 1, 1)


def test_a_rejected_proposal_makes_nothing_and_stays_in_the_draft() -> None:
    item = make_item()
    decision = workflow.reject(item, by=make_editor())
    assert not decision.is_accepted
    assert (Question.objects.count(), Evidence.objects.count()) == (0, 0)
    assert DraftItem.objects.get() == item
    assert not DraftItem.objects.undecided().exists()


def test_a_proposal_stays_as_it_was_decided_first() -> None:
    item = make_item()
    workflow.reject(item, by=make_editor())
    assert not workflow.accept(item, by=make_editor()).is_accepted
    assert not Question.objects.exists()


def test_undo_of_an_accepted_proposal_removes_its_question_which_can_come_back() -> None:
    item, hana = make_item(), make_editor()
    question = workflow.accept(item, by=hana).question
    assert question is not None
    save_card(question, 1, {"answer": "書きかけの答え"}, by=hana)
    workflow.undecide(item, by=hana)
    assert DraftItem.objects.undecided().get() == item
    question.refresh_from_db()
    assert question.removed_at is not None
    workflow.restore_question(question, by=hana)
    question.refresh_from_db()
    assert (question.removed_at, question.answer) == (None, "書きかけの答え")


def test_undo_of_what_was_never_decided_does_nothing() -> None:
    workflow.undecide(make_item(), by=make_editor())
    assert not Decision.objects.exists()


def test_numbers_and_keys_are_never_given_again() -> None:
    item, hana = make_item(), make_editor()
    workflow.accept(item, by=hana)
    workflow.undecide(item, by=hana)
    again = workflow.accept(item, by=hana).question
    assert again is not None
    assert (again.number, [e.key for e in again.found_evidence.all()]) == (2, ["e2"])
    assert sorted(Evidence.objects.values_list("key", flat=True)) == ["e1", "e2"]


def test_the_marks_of_a_drafted_text_become_the_keys_of_its_evidence() -> None:
    entry = make_entry()
    make_evidence(entry)  # e1 is taken, so [^1] is not simply e1
    cited = [
        {"passage_key": "p01-01", "page": 1, "section": "1", "quote": q}
        for q in (QUOTE, OTHER_QUOTE)
    ]
    text = "一つ目です。[^1]二つ目です。[^2][^1]"
    item = make_item(entry, field="summary", question="", text=text, evidence=cited)
    workflow.accept(item, by=make_editor())
    entry.refresh_from_db()
    assert entry.summary == "一つ目です。[^e2]二つ目です。[^e3][^e2]"
    assert entry.evidence.get(key="e3").quote == OTHER_QUOTE


def test_evidence_is_never_changed() -> None:
    row = make_evidence(make_entry())
    row.quote = "something else"
    with pytest.raises(TypeError):
        row.save()
    assert Evidence.objects.get().quote == QUOTE


def test_an_entry_is_approved_by_itself_when_its_last_proposal_has_been_decided() -> None:
    entry = make_written_entry()
    one, two = make_item(entry), make_item(entry)
    workflow.reject(one, by=make_editor())
    assert not Entry.objects.get().is_approved
    workflow.reject(two, by=make_editor())
    assert Entry.objects.get().is_approved


def test_an_entry_that_lacks_something_is_not_approved_by_the_last_decision() -> None:
    entry = make_written_entry(highlight="")
    workflow.reject(make_item(entry), by=make_editor())
    assert not Entry.objects.get().is_approved


# ── questions ───────────────────────────────────────────────────────────────────────────────────
def test_a_removed_question_comes_back_with_its_number_and_its_answer() -> None:
    entry, hana = make_entry(), make_editor()
    one, two = make_question(entry, "一？", "あ。"), make_question(entry, "二？", "い。")
    workflow.remove_question(one, by=hana)
    assert Entry.objects.get().present_questions == [two]
    third = make_question(entry, "三？")
    assert third.number == 3
    workflow.restore_question(one, by=hana)
    now = Question.objects.get(pk=one.pk)
    assert (now.number, now.answer, now.removed_at) == (1, "あ。", None)
    assert [q.number for q in Entry.objects.get().present_questions] == [1, 2, 3]


def test_questions_change_places_and_keep_their_numbers() -> None:
    entry = make_entry()
    one, two, three = [make_question(entry, f"{n}？") for n in range(3)]
    workflow.remove_question(two, by=make_editor())
    assert workflow.move(Question.objects.get(pk=three.pk), -1)
    assert [q.number for q in entry.questions.present()] == [3, 1]
    assert not workflow.move(Question.objects.get(pk=one.pk), 1)


def test_a_question_that_somebody_has_removed_meanwhile_moves_nowhere() -> None:
    question = make_question(make_entry())
    workflow.remove_question(question, by=make_editor())
    assert workflow.move(Question.objects.get(), 1) is False


def test_removing_from_an_old_page_keeps_the_newest_text_in_the_history() -> None:
    """A revision tells what stood there, not what the page of the one who removed it showed."""
    entry, hana = make_entry(), make_editor()
    stale = make_question(entry, "元の質問？")
    save_card(Question.objects.get(), 1, {"question": "直した質問？"}, by=hana)
    workflow.remove_question(stale, by=hana)
    assert Question.objects.get().question == "直した質問？"
    assert Question.objects.get().history.first().question == "直した質問？"


@pytest.mark.parametrize("act", ["add", "remove", "restore"])
def test_a_question_that_comes_or_goes_withdraws_the_approval(act: str) -> None:
    entry, hana = make_written_entry(), make_editor()
    spare = make_question(entry, "予備？", "答え。")
    if act == "restore":
        workflow.remove_question(spare, by=hana)
    workflow.approve(entry, by=hana)
    if act == "add":
        workflow.add_question(entry, "新しい質問？", by=hana)
    elif act == "remove":
        workflow.remove_question(spare, by=hana)
    else:
        workflow.restore_question(spare, by=hana)
    assert Entry.objects.get().state == Entry.State.OPEN


# ── evidence that an editor finds ───────────────────────────────────────────────────────────────
def entry_with_text() -> Entry:
    entry = make_entry()
    assert entry.version
    make_passage(entry.version, f"We report what we did. {QUOTE} Nothing else was measured.")
    make_passage(entry.version, f"More runs follow. {OTHER_QUOTE}", page=2, section="2 Runs")
    return entry


def test_a_quote_that_stands_in_the_paper_becomes_evidence_with_its_place() -> None:
    row = workflow.add_evidence(entry_with_text(), OTHER_QUOTE.replace(" ", "\n  "))
    assert (row.key, row.quote, row.page, row.section) == ("e1", OTHER_QUOTE, 2, "2 Runs")


def test_the_same_quote_twice_is_one_piece_of_evidence() -> None:
    entry = entry_with_text()
    first = workflow.add_evidence(entry, QUOTE)
    assert workflow.add_evidence(entry, QUOTE) == first
    assert Evidence.objects.count() == 1


def test_a_quote_of_a_version_taken_since_is_evidence_of_its_own() -> None:
    """Its link opens that version's PDF, and the paper's text shows it."""
    entry = entry_with_text()
    first = workflow.add_evidence(entry, QUOTE)
    newer = make_version(entry.paper.arxiv_id or "", 2)
    make_passage(newer, f"We report what we did. {QUOTE} Nothing else was measured.")
    entry.version = newer
    entry.save(update_fields=["version"])
    again = workflow.add_evidence(entry, QUOTE)
    assert (again.passage_key, again.version) == (first.passage_key, newer)
    assert "v2#page=1" in again.url and again.key != first.key


def test_a_quote_that_differs_in_one_number_is_refused_and_the_real_wording_offered() -> None:
    with pytest.raises(workflow.QuoteRefused) as raised:
        workflow.add_evidence(entry_with_text(), QUOTE.replace("three", "five"))
    assert QUOTE in raised.value.nearest
    assert raised.value.passage_key.startswith("p01-")
    assert not Evidence.objects.exists()


def test_a_quote_of_another_passage_than_the_one_named_is_refused() -> None:
    entry = entry_with_text()
    assert entry.version
    key = Passage.objects.filter(version=entry.version, page=2).get().key
    with pytest.raises(workflow.QuoteRefused):
        workflow.add_evidence(entry, QUOTE, passage_key=key)
    with pytest.raises(workflow.QuoteRefused):
        workflow.add_evidence(entry, QUOTE, passage_key="p99-99")
    assert not Evidence.objects.exists()


def test_the_reference_list_is_never_evidence() -> None:
    entry = make_entry()
    assert entry.version
    make_passage(entry.version, QUOTE, kind=Passage.Kind.REFERENCES)
    with pytest.raises(workflow.QuoteRefused) as raised:
        workflow.add_evidence(entry, QUOTE)
    assert raised.value.nearest == ""


def test_a_short_quote_and_a_paper_without_text_are_refused() -> None:
    with pytest.raises(workflow.QuoteRefused):
        workflow.add_evidence(entry_with_text(), "We report what we did.")
    with pytest.raises(workflow.QuoteRefused):
        workflow.add_evidence(make_entry(version=None, paper=make_paper()), QUOTE)


def test_a_mark_is_put_to_the_sentence_named_and_only_once() -> None:
    entry, hana = make_entry(), make_editor()
    question = make_question(entry, answer="一つ目です。二つ目です。")
    workflow.mark_sentence(question, 1, 0, "e1", by=hana)
    question.refresh_from_db()
    assert [s.marks for s in rendering.sentences(question.answer)] == [("e1",), ()]
    workflow.mark_sentence(question, 2, 0, "e1", by=hana)
    question.refresh_from_db()
    assert rendering.marks(question.answer) == ["e1"]
    with pytest.raises(IndexError):
        workflow.mark_sentence(question, 2, 5, "e1", by=hana)


# ── approving ───────────────────────────────────────────────────────────────────────────────────
def test_an_empty_entry_is_not_approved_and_every_reason_is_named() -> None:
    with pytest.raises(workflow.Refused) as raised:
        workflow.approve(make_entry(version=None, paper=make_paper()), by=make_editor())
    empty = [lack.field for lack in raised.value.lacks if lack.code == "empty"]
    assert empty == ["title_ja", "highlight", "one_liner", "summary"]
    assert set(codes(raised.value.lacks)) == {"no-metadata", "empty", "no-questions"}
    assert not Entry.objects.get().is_approved


def test_an_empty_answer_is_a_reason_that_names_its_question() -> None:
    entry = make_written_entry()
    question = make_question(entry, "答えのない質問？")
    (lack,) = [k for k in workflow.why_not_approvable(entry) if k.code == "empty"]
    assert (lack.question, lack.field) == (question, "answer")
    assert "答えのない質問？" in lack.message


def test_a_removed_question_is_no_reason() -> None:
    entry = make_written_entry()
    workflow.remove_question(make_question(entry, "答えのない質問？"), by=make_editor())
    assert workflow.approve(entry, by=make_editor()).is_approved


@pytest.mark.parametrize("key", ["e9", "1"])
def test_a_mark_that_names_no_evidence_of_the_paper_is_a_reason(key: str) -> None:
    entry = make_written_entry(summary=f"概要です。[^{key}]")
    (lack,) = [k for k in workflow.why_not_approvable(entry) if k.code == "foreign-mark"]
    assert (lack.entry, lack.field) == (entry, "summary")
    assert key in lack.message


def test_a_mark_of_another_papers_evidence_is_a_reason() -> None:
    make_evidence(make_entry(), key="e7")
    entry = make_written_entry(summary="概要です。[^e7]")
    assert "foreign-mark" in codes(workflow.why_not_approvable(entry))


def test_the_last_approval_makes_the_issue_ready() -> None:
    issue, hana = make_issue(), make_editor()
    one, two = make_written_entry(issue), make_written_entry(issue)
    workflow.approve(one, by=hana)
    assert Issue.objects.get().state == Issue.State.DRAFT
    workflow.approve(two, by=hana)
    assert Issue.objects.get().state == Issue.State.READY
    workflow.withdraw_approval(Entry.objects.get(pk=one.pk), by=hana)
    assert Issue.objects.get().state == Issue.State.DRAFT


def test_withdrawing_from_an_old_page_withdraws_what_was_approved_meanwhile() -> None:
    stale, hana = make_written_entry(), make_editor()
    workflow.approve(stale, by=hana)
    assert workflow.withdraw_approval(stale, by=hana)
    assert not Entry.objects.get().is_approved


# ── publishing ──────────────────────────────────────────────────────────────────────────────────
def test_an_issue_without_papers_will_not_publish() -> None:
    with pytest.raises(workflow.Refused) as raised:
        workflow.publish(make_issue(), by=make_editor())
    assert codes(raised.value.lacks) == ["no-entries"]


def test_an_unapproved_issue_will_not_publish_and_every_reason_is_named() -> None:
    issue = make_issue()
    whole, half = make_written_entry(issue), make_written_entry(issue, title_ja="", highlight="")
    with pytest.raises(workflow.Refused) as raised:
        workflow.publish(issue, by=make_editor())
    assert [(k.entry, k.code, k.field) for k in raised.value.lacks] == [
        (whole, "not-approved", ""),
        (half, "empty", "title_ja"),
        (half, "empty", "highlight"),
        (half, "not-approved", ""),
    ]
    assert not Edition.objects.exists()
    assert Issue.objects.get().state == Issue.State.DRAFT


def test_no_machine_work_and_no_decision_changes_what_stands_in_an_entry() -> None:
    """Rejecting and undoing leave every column of entry and questions as it was."""
    entry, hana = make_written_entry(highlight=""), make_editor()
    item = make_item(entry)
    before = columns_of([entry, *entry.questions.all(), *entry.evidence.all()])
    workflow.reject(item, by=hana)
    workflow.undecide(item, by=hana)
    now = Entry.objects.get()
    assert columns_of([now, *now.questions.all(), *now.evidence.all()]) == before
