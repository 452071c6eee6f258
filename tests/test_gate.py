"""The gate with rows around it: what it finds, where, and what it keeps from readers."""

from __future__ import annotations

import logging

import pytest

from digests import gate, reasons, workflow
from digests.cards import save_card
from digests.drafting.types import Cited, DraftItem
from digests.models import Edition, Editor, Entry, Evidence, Issue, Question, Term
from tests.factories import (
    QUOTE,
    make_editor,
    make_entry,
    make_evidence,
    make_issue,
    make_passage,
    make_question,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
REASON = "数値は著者に確認しました。"


@pytest.fixture
def hana() -> Editor:
    return make_editor("hana")


def codes_of(entry: Entry, *, severity: str = "") -> list[str]:
    found = gate.problems_of(Entry.objects.with_cards().get(pk=entry.pk))
    return [p.finding.code for p in found if severity in ("", p.finding.severity)]


def found_in(entry: Entry, code: str) -> gate.Located:
    found = gate.problems_of(Entry.objects.with_cards().get(pk=entry.pk))
    (one,) = [p for p in found if p.finding.code == code]
    return one


def write(card: Entry | Question, by: Editor, **texts: str) -> None:
    save_card(card, type(card).objects.get(pk=card.pk).row_version, texts, by=by)


def with_fault(by: Editor, *, issue: Issue | None = None) -> Entry:
    """An approved entry, complete but for a number that its quote does not have."""
    entry = make_written_entry(issue)
    write(entry.questions.get(), by, answer="一台の計算機で七時間ずつ学習しています。[^e1]")
    return workflow.approve(entry, by=by)


def refusals_of(entry: Entry, by: Editor) -> set[str]:
    """The codes with which publishing the approved entry is refused."""
    workflow.approve(entry, by=by)
    with pytest.raises(workflow.Refused) as refused:
        workflow.publish(entry.issue, by=by)
    return {lack.code for lack in refused.value.lacks}


# ── what is found, and where ────────────────────────────────────────────────────────────────────
def test_a_written_entry_has_no_errors(hana: Editor) -> None:
    entry = make_written_entry()
    assert codes_of(entry, severity="error") == []
    assert reasons.why_not_approvable(entry) == []


def test_a_problem_names_its_question_and_the_exact_words(hana: Editor) -> None:
    entry = make_written_entry()
    second = make_question(entry, "何台を使いましたか？", "九台の計算機を使っています。[^e1]")
    located = found_in(entry, "number-not-in-evidence")
    assert (located.question, located.finding.field) == (second, "answer")
    start, end = located.finding.offset, located.finding.offset + located.finding.length
    assert "九" in second.answer[start:end] and end <= len(second.answer)
    assert located.is_error


def test_a_problem_of_a_field_names_no_question(hana: Editor) -> None:
    entry = make_written_entry()
    write(entry, hana, summary="証拠のない文を書いています。")
    located = found_in(entry, "no-evidence")
    assert (located.question, located.finding.field) == (None, "summary")


def test_a_removed_question_is_not_judged(hana: Editor) -> None:
    entry = make_written_entry()
    bad = make_question(entry, "証拠はありますか？", "証拠のない文を書いています。")
    assert "no-evidence" in codes_of(entry)
    workflow.remove_question(bad, by=hana)
    assert "no-evidence" not in codes_of(entry)


def test_a_mark_copied_from_another_paper_is_a_problem_and_no_wrong_quote(hana: Editor) -> None:
    other = make_written_entry()
    for _ in range(3):
        make_evidence(other)
    entry = make_written_entry()
    write(entry, hana, summary="小さな行を作る方法を提案しています。[^e4]")
    assert other.evidence.filter(key="e4").exists() and "foreign-mark" in codes_of(entry)


def test_a_quote_that_does_not_stand_in_the_paper_is_an_error_whoever_stored_it(
    hana: Editor,
) -> None:
    entry = make_written_entry()
    forged = QUOTE.replace("three", "seven")
    make_evidence(entry, forged)
    write(entry, hana, summary="七時間ずつ学習しています。[^e2]")
    assert "quote-not-found" in refusals_of(entry, hana)


def test_a_quote_from_the_references_is_no_evidence(hana: Editor) -> None:
    entry = make_written_entry()
    listed = "Mori, A. and Ito, B. 2021. On the size of small rows. Journal of Rows and Tables."
    assert entry.version
    make_passage(entry.version, listed, key="p09-01", kind="references")
    make_evidence(entry, listed, passage_key="p09-01")
    write(entry, hana, summary="小さな行の大きさを論じています。[^e2]")
    assert "quote-not-found" in refusals_of(entry, hana)


def test_an_editors_note_needs_no_evidence(hana: Editor) -> None:
    entry = make_written_entry()
    text = f"{entry.summary}\n\n編集者注：この方法は前の号でも紹介しました。"
    write(entry, hana, summary=text)
    assert codes_of(entry, severity="error") == []


def test_an_entry_without_evidence_is_judged_by_the_other_rules(hana: Editor) -> None:
    entry = make_written_entry(evidence_required=False)
    write(entry, hana, summary="証拠のない文を書いています。「括弧が閉じていません。")
    assert "no-evidence" not in codes_of(entry)
    assert "brackets" in codes_of(entry)


def test_an_entry_whose_details_have_not_come_has_no_problems_but_lacks_them() -> None:
    entry = make_entry(paper=make_version().paper, version=None)
    Entry.objects.filter(pk=entry.pk).update(version=None)
    entry.refresh_from_db()
    assert gate.problems_of(entry) == []
    assert "no-metadata" in [k.code for k in reasons.why_not_approvable(entry)]


def test_the_glossary_of_the_editors_is_the_gates(hana: Editor) -> None:
    entry = make_written_entry()
    write(entry, hana, summary="こまごま行を作る方法を提案しています。[^e1]")
    assert codes_of(entry) == []
    term = Term.objects.create(en="small row", ja="小さな行", forbidden="こまごま行, 細行")
    located = found_in(entry, "rendering")
    assert located.finding.severity == "warning"
    Term.objects.filter(pk=term.pk).update(is_active=False)
    assert codes_of(entry) == []


def test_what_is_remembered_of_a_text_is_not_said_of_the_next_one(hana: Editor) -> None:
    entry = make_written_entry()
    assert codes_of(entry) == [] == codes_of(entry)
    write(entry, hana, summary="証拠のない文を書いています。")
    assert codes_of(entry) == ["no-evidence"]
    write(entry, hana, summary="小さな行を作る方法を提案しています。[^e1]")
    assert codes_of(entry) == []


def test_the_same_answer_in_two_papers_is_found_in_the_issue(hana: Editor) -> None:
    issue = make_issue()
    entries = [make_written_entry(issue), make_written_entry(issue)]
    assert "near-duplicate" not in codes_of(entries[0])
    both = list(issue.entries.with_cards())
    found = gate.problems_of_issue(both, with_passages=False)
    assert "near-duplicate" in {p.finding.code for p in found}


# ── drafts are judged by the same rules ─────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("七時間ずつ学習しています。[^1]", "number-not-in-evidence"),
        ("BERTで三時間ずつ学習しています。[^1]", "name-not-in-evidence"),
        ("A: 三時間ずつ学習しています。[^1]", "label-left"),
        ("三時間ずつ学習しています。", "no-evidence"),
        ("三時間ずつ学習しています。[^2]", "foreign-mark"),
        ("三時間ずつ「学習しています。[^1]", "brackets"),
    ],
)
def test_a_drafted_answer_is_judged_as_an_editors_would_be(
    hana: Editor, text: str, code: str
) -> None:
    entry = make_written_entry()
    assert entry.version
    cited = Cited("p01-01", 1, "1 Introduction", QUOTE)
    item = DraftItem("question", "setup", "どう測りましたか？", text, (cited,))
    drafted = {p.code for p in gate.check_for(entry, entry.version)(item)}
    marks = text.replace("[^1]", "[^e1]").replace("[^2]", "[^e2]")
    write(entry.questions.get(), hana, question=item.question, answer=marks)
    assert code in drafted
    assert code in codes_of(entry)


def test_a_good_draft_is_judged_by_its_own_fields_alone() -> None:
    version = make_version()
    make_passage(version, key="p01-01")
    entry = make_entry(version=version)  # empty: nothing else of it counts
    cited = Cited("p01-01", 1, "1 Introduction", QUOTE)
    item = DraftItem("summary", "", "", "三時間ずつ学習しています。[^1]", (cited,))
    assert gate.check_for(entry, version)(item) == []


# ── what stands between a text and its readers ──────────────────────────────────────────────────
def test_an_error_of_the_gate_keeps_the_issue_from_readers(hana: Editor) -> None:
    entry = with_fault(hana)
    with pytest.raises(workflow.Refused) as refused:
        workflow.publish(entry.issue, by=hana)
    (lack,) = refused.value.lacks
    assert (lack.code, lack.entry, lack.field) == ("number-not-in-evidence", entry, "answer")
    assert lack.question == entry.questions.get()
    assert not Edition.objects.exists()


def test_a_warning_keeps_nobody_from_publishing(hana: Editor) -> None:
    entry = make_written_entry()
    write(entry.questions.get(), hana, question="何を調べましたか")
    assert codes_of(entry) == ["question-mark"]
    workflow.approve(entry, by=hana)
    assert workflow.publish(entry.issue, by=hana).override_reason == ""


def test_an_error_gives_way_to_a_reason_that_the_edition_keeps_and_the_log_tells(
    hana: Editor, caplog: pytest.LogCaptureFixture
) -> None:
    entry = with_fault(hana)
    with caplog.at_level(logging.WARNING, "digests.workflow"):
        edition = workflow.publish(entry.issue, by=hana, override_reason=REASON)
    assert Edition.objects.get(pk=edition.pk).override_reason == REASON
    (record,) = [r for r in caplog.records if r.name == "digests.workflow"]
    for words in (edition.slug, "number-not-in-evidence", REASON):
        assert words in record.getMessage()


def test_a_reason_that_was_not_needed_is_not_kept(hana: Editor) -> None:
    entry = make_written_entry()
    workflow.approve(entry, by=hana)
    assert workflow.publish(entry.issue, by=hana, override_reason=REASON).override_reason == ""


@pytest.mark.parametrize(
    "lacking",
    [{"title_ja": ""}, {"summary": ""}, {"highlight": ""}, {"one_liner": ""}],
)
def test_no_reason_makes_up_for_what_is_missing(hana: Editor, lacking: dict[str, str]) -> None:
    entry = with_fault(hana)
    Entry.objects.filter(pk=entry.pk).update(**lacking)
    with pytest.raises(workflow.Refused) as refused:
        workflow.publish(entry.issue, by=hana, override_reason=REASON)
    assert {k.code for k in refused.value.lacks if not k.is_overridable} == {"empty"}
    assert not Edition.objects.exists()


def test_no_reason_makes_up_for_a_missing_approval(hana: Editor) -> None:
    entry = with_fault(hana)
    workflow.withdraw_approval(entry, by=hana)
    with pytest.raises(workflow.Refused):
        workflow.publish(entry.issue, by=hana, override_reason=REASON)
    assert not Edition.objects.exists()


def test_a_quote_that_was_changed_behind_the_desk_is_found_when_publishing(hana: Editor) -> None:
    entry = make_written_entry()
    Evidence.objects.filter(entry=entry).update(quote=QUOTE.replace("mean", "best"))
    assert refusals_of(entry, hana) == {"quote-not-found"}
