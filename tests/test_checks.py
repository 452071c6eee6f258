"""Checked sentences: made by a person alone, gone by themselves; and what readers are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from digests import checks, workflow
from digests.cards import save_card
from digests.models import Check, Draft, DraftItem, Editor, Entry, Evidence, Masthead
from tests.factories import (
    QUOTE,
    make_draft,
    make_edition,
    make_editor,
    make_evidence,
    make_passage,
    make_question,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
SECOND = "The second machine was used for nothing but the tables of the appendix of this report."


@pytest.fixture
def hana() -> Editor:
    return make_editor("hana", pen_name="花")


@pytest.fixture
def entry() -> Entry:
    return make_written_entry()


def now(entry: Entry) -> Entry:
    return Entry.objects.with_cards().get(pk=entry.pk)


def tally(entry: Entry) -> tuple[int, int]:
    counted = checks.tally(now(entry))
    return counted.checked, counted.total


def check_all(entry: Entry, by: Editor, *, but: int = 0) -> None:
    claims = checks.claims_of(now(entry))
    for claim in claims[: len(claims) - but]:
        assert checks.check(now(entry), claim.fingerprint, by=by)


def model_draft(entry: Entry, **columns: Any) -> Draft:
    """A model's draft of the summary, whose sentence rests on the entry's passage."""
    defaults: dict[str, Any] = {"origin": "model", "model": "gpt-x", "prompt": "ja-1"}
    draft = Draft.objects.create(entry=entry, version=entry.version, **defaults | columns)
    cited = {"passage_key": "p01-01", "page": 1, "section": "1 Introduction", "quote": QUOTE}
    text = "三時間ずつ学習しています。[^1]"
    DraftItem.objects.create(draft=draft, position=1, field="summary", text=text, evidence=[cited])
    return draft


def provenance(entry: Entry, by: Editor) -> str:
    return make_edition(entry.issue, by=by).entries.get().provenance


# ── a person's act ──────────────────────────────────────────────────────────────────────────────
def test_every_sentence_of_summary_and_answers_can_be_checked(entry: Entry) -> None:
    make_question(entry, "他には？", "一文目です。[^e1]二文目です。[^e1]\n\n- 三つ目[^e1]")
    claims = checks.claims_of(now(entry))
    assert [c.question.number if c.question else 0 for c in claims] == [0, 1, 2, 2, 2]
    assert all([e.quote for e in c.evidence] == [QUOTE] for c in claims)
    assert tally(entry) == (0, 5)


def test_a_check_keeps_who_made_it_and_twice_is_once(entry: Entry, hana: Editor) -> None:
    mark = checks.claims_of(now(entry))[0].fingerprint
    first = checks.check(entry, mark, by=hana)
    second = checks.check(entry, mark, by=make_editor("mio"))
    assert first == second and first and first.checked_by == hana
    assert tally(entry) == (1, 2)


def test_a_check_can_be_taken_back(entry: Entry, hana: Editor) -> None:
    mark = checks.claims_of(now(entry))[0].fingerprint
    checks.check(entry, mark, by=hana)
    assert checks.uncheck(entry, mark)
    assert tally(entry) == (0, 2)
    assert not checks.uncheck(entry, mark)


def test_a_sentence_that_is_not_there_cannot_be_checked(entry: Entry, hana: Editor) -> None:
    other = make_written_entry(summary="他の論文の要約を書いています。[^e1]")
    elsewhere = checks.claims_of(now(other))[0].fingerprint
    assert checks.check(entry, elsewhere, by=hana) is None
    assert not Check.objects.exists()


def test_accepting_proposals_approving_and_publishing_check_nothing(
    entry: Entry, hana: Editor
) -> None:
    for item in model_draft(entry).items.all():
        workflow.accept(item, by=hana)
    for item in make_draft(entry).items.all():
        workflow.accept(item, by=hana)
    save_card(entry.questions.all()[1], 1, {"answer": "三時間です。[^e1]"}, by=hana)
    make_edition(entry.issue, by=hana)
    assert not Check.objects.exists()


# ── gone by itself ──────────────────────────────────────────────────────────────────────────────
def test_changing_a_sentence_withdraws_its_check_and_no_other(entry: Entry, hana: Editor) -> None:
    text = "一文目を書いています。[^e1]二文目を書いています。[^e1]"
    save_card(entry, entry.row_version, {"summary": text}, by=hana)
    check_all(entry, hana)
    assert tally(entry) == (3, 3)
    changed = text.replace("二文目", "別の文")
    save_card(entry, now(entry).row_version, {"summary": changed}, by=hana)
    assert tally(entry) == (2, 3)
    assert [c.is_checked for c in checks.claims_of(now(entry))] == [True, False, True]


def test_another_quote_withdraws_the_check(entry: Entry, hana: Editor) -> None:
    check_all(entry, hana)
    assert entry.version
    make_passage(entry.version, SECOND, key="p02-01")
    make_evidence(entry, SECOND, passage_key="p02-01")
    question = entry.questions.get()
    moved = question.answer.replace("[^e1]", "[^e2]")
    save_card(question, question.row_version, {"answer": moved}, by=hana)
    assert tally(entry) == (1, 2)


def test_one_more_quote_withdraws_the_check(entry: Entry, hana: Editor) -> None:
    check_all(entry, hana)
    assert entry.version
    make_passage(entry.version, SECOND, key="p02-01")
    row = make_evidence(entry, SECOND, passage_key="p02-01")
    workflow.mark_sentence(now(entry), now(entry).row_version, 0, row.key, by=hana)
    assert tally(entry) == (1, 2)


def test_a_quote_changed_behind_the_desk_withdraws_the_check(entry: Entry, hana: Editor) -> None:
    check_all(entry, hana)
    Evidence.objects.filter(entry=entry).update(quote=QUOTE.replace("three", "nine"))
    assert tally(entry) == (0, 2)


def test_changing_the_question_or_moving_a_sentence_keeps_its_check(
    entry: Entry, hana: Editor
) -> None:
    check_all(entry, hana)
    question = entry.questions.get()
    answer = "新しい文を前に置いています。[^e1]" + question.answer
    save_card(question, question.row_version, {"answer": answer, "question": "何を？"}, by=hana)
    assert tally(entry) == (2, 3)


def test_a_sentence_is_not_brought_back_into_a_text_that_has_just_changed(
    entry: Entry, hana: Editor
) -> None:
    dropped = checks.rewrite(now(entry), checks.claims_of(now(entry))[0].fingerprint, "", by=hana)
    assert dropped
    as_read, other = now(entry), make_editor("ken")
    save_card(now(entry), as_read.row_version, {"summary": "別の概要です。"}, by=other)
    assert not checks.bring_back(as_read, dropped.before, by=hana)
    assert now(entry).summary == "別の概要です。"


def test_a_removed_questions_sentences_do_not_count(entry: Entry, hana: Editor) -> None:
    check_all(entry, hana)
    workflow.remove_question(entry.questions.get(), by=hana)
    assert tally(entry) == (1, 1)
    workflow.restore_question(entry.questions.get(), by=hana)
    assert tally(entry) == (2, 2)


# ── what readers are told ───────────────────────────────────────────────────────────────────────
def told_by(draft: Draft, name: str = "花") -> str:
    return (
        f"概要と回答は、論文本文（v1）をもとにgpt-xが下書きし（2026年4月8日）、{name}が原文と"
        "照合して編集しました。"
    )


def dated(draft: Draft) -> Draft:
    late = datetime(2026, 4, 7, 15, 30, tzinfo=UTC)  # the eighth in Japan
    Draft.objects.filter(pk=draft.pk).update(created_at=late)
    return draft


def test_readers_are_told_which_model_drafted_when_and_who_compared_it(
    entry: Entry, hana: Editor
) -> None:
    draft = dated(model_draft(entry))
    workflow.accept(draft.items.get(), by=hana)
    check_all(entry, hana)
    assert provenance(entry, hana) == told_by(draft)


def test_readers_are_told_how_many_sentences_were_checked_where_not_all_were(
    entry: Entry, hana: Editor
) -> None:
    draft = dated(model_draft(entry))
    workflow.accept(draft.items.get(), by=hana)
    make_question(entry, "どこで？", "一台の計算機を使っています。[^e1]")
    check_all(entry, hana, but=1)
    assert provenance(entry, hana) == told_by(draft) + "3文中2文を編集者が確認しました。"


@pytest.mark.parametrize("origin", ["model", "by_hand"])
def test_a_draft_by_hand_names_its_model_too(entry: Entry, hana: Editor, origin: str) -> None:
    workflow.accept(model_draft(entry, origin=origin).items.get(), by=hana)
    assert "gpt-xが下書きし" in provenance(entry, hana)


def test_undoing_the_acceptance_of_a_text_that_stays_does_not_hide_the_model(
    entry: Entry, hana: Editor
) -> None:
    item = model_draft(entry).items.get()
    workflow.accept(item, by=hana)
    workflow.undecide(item, by=hana)
    assert now(entry).summary.startswith("三時間ずつ学習しています。")
    assert "gpt-xが下書きし" in provenance(entry, hana)


def test_a_drafted_answer_that_was_removed_by_undoing_and_brought_back_names_the_model(
    entry: Entry, hana: Editor
) -> None:
    draft = model_draft(entry)
    draft.items.update(field="question", question="どのくらい学習しましたか？")
    item = draft.items.get()
    workflow.accept(item, by=hana)
    workflow.undecide(item, by=hana)
    removed = entry.questions.get(removed_at__isnull=False)
    workflow.restore_question(removed, by=hana)
    assert "gpt-xが下書きし" in provenance(entry, hana)


def test_a_draft_of_which_nothing_was_taken_is_not_named(entry: Entry, hana: Editor) -> None:
    workflow.reject(model_draft(entry).items.get(), by=hana)
    assert provenance(entry, hana) == "編集者が論文本文をもとに執筆しました。"


def test_without_a_model_readers_are_told_that_an_editor_wrote_it(
    entry: Entry, hana: Editor
) -> None:
    item = make_draft(entry, origin="extraction").items.get()
    workflow.accept(item, by=hana)
    question = entry.questions.get(question=item.question)
    save_card(question, 1, {"answer": "三時間ずつ学習しています。[^e1]"}, by=hana)
    assert provenance(entry, hana) == "編集者が論文本文をもとに執筆しました。"


def test_the_model_of_the_newest_taken_draft_is_the_one_that_is_named(
    entry: Entry, hana: Editor
) -> None:
    workflow.accept(model_draft(entry, model="old-model").items.get(), by=hana)
    workflow.accept(model_draft(entry, model="new-model", try_number=2).items.get(), by=hana)
    model_draft(entry, model="unread-model", try_number=3)
    assert "new-modelが下書きし" in provenance(entry, hana)


def test_the_words_are_the_mastheads(entry: Entry, hana: Editor) -> None:
    masthead = Masthead.get()
    masthead.model_provenance_template = "{model}と{name}による{version}の紹介。"
    masthead.save()
    workflow.accept(model_draft(entry).items.get(), by=hana)
    check_all(entry, hana)
    assert provenance(entry, hana) == "gpt-xと花によるv1の紹介。"


def test_a_text_that_shows_no_evidence_says_nothing_of_its_making(hana: Editor) -> None:
    bare = make_written_entry(evidence_required=False)
    assert provenance(bare, hana) == ""
