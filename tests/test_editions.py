"""What readers see is frozen: edits wait for the next edition, and never leak."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models import Model

from digests import checks, editions, workflow
from digests.cards import save_card
from digests.models import Draft, Edition, Editor, Entry, Issue, Masthead
from papers import ingest
from tests.factories import (
    QUOTE,
    make_draft,
    make_edition,
    make_editor,
    make_entry,
    make_issue,
    make_paper,
    make_question,
    make_record,
    make_source,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hana() -> Editor:
    return make_editor("hana")


def page_of(issue: Issue) -> Edition:
    """What readers see of the issue."""
    return Edition.objects.public().with_article().get(issue=issue)


def texts_of(edition: Edition) -> list[Any]:
    entries = list(edition.entries.all())
    answers = [(q.question, q.answer_html) for e in entries for q in e.questions.all()]
    texts = [(e.title_ja, e.title, e.summary_html) for e in entries]
    return [edition.title, edition.introduction_html, texts, answers]


def change_title(entry: Entry, title: str, by: Editor) -> None:
    save_card(entry, Entry.objects.get(pk=entry.pk).row_version, {"title_ja": title}, by=by)
    workflow.approve(entry, by=by)


# ── publishing ──────────────────────────────────────────────────────────────────────────────────
def test_publishing_writes_the_first_edition_with_all_that_readers_see(hana: Editor) -> None:
    a_list = make_source("mine", name="あるリスト", url="https://a.b/")
    issue = make_issue(date(2023, 4, 3), source=a_list)
    make_written_entry(issue)
    edition = make_edition(issue, by=hana)
    assert (edition.number, edition.change, edition.published_by) == (1, "first", hana)
    assert edition.title == "最新論文ノート【2023年4月3日〜4月9日】小さな行の研究"
    assert '<a href="https://a.b/"' in edition.introduction_html
    assert edition.count_line == "今回紹介する論文は次の1本です。"
    frozen = page_of(issue).entries.get()
    assert (frozen.title_ja, frozen.authors) == ("小さな行の作り方", ["Aiko Mori", "Ben Ito"])
    assert [c["code"] for c in frozen.categories] == ["cs.CL", "cs.LG"]
    (question,) = frozen.questions.all()
    assert question.evidence[0]["quotes"][0]["text"] == QUOTE
    assert "[^" not in question.answer_html
    issue.refresh_from_db()
    assert issue.state == Issue.State.PUBLISHED


def test_dates_are_those_of_arxiv_in_utc(hana: Editor) -> None:
    """17:59 UTC is the next day in Tokyo, and still arXiv's day."""
    frozen = make_edition(by=hana).entries.get()
    assert (frozen.published_on, frozen.updated_on) == (date(2023, 4, 4), date(2023, 4, 4))


def test_publishing_twice_is_the_same_as_once(hana: Editor) -> None:
    first = make_edition(by=hana)
    assert workflow.publish(first.issue, by=make_editor()) == first
    assert Edition.objects.count() == 1


def test_an_edit_is_not_seen_by_readers_until_it_is_published(hana: Editor) -> None:
    edition = make_edition(by=hana)
    entry, before = edition.issue.entries.get(), texts_of(page_of(edition.issue))
    change_title(entry, "直した題", hana)
    question = entry.questions.get()
    save_card(question, question.row_version, {"answer": "直した答えです。[^e1]"}, by=hana)
    workflow.remove_question(workflow.add_question(entry, "新しい？", by=hana), by=hana)
    save_card(edition.issue, 1, {"title": "直した号"}, by=hana)
    assert texts_of(page_of(edition.issue)) == before

    workflow.approve(entry, by=hana)
    second = workflow.publish(edition.issue, by=hana, change=Edition.Change.CORRECTION)
    assert (second.number, second.change) == (2, "correction")
    now = page_of(edition.issue)
    assert (now.title, now.entries.get().title_ja) == ("直した号", "直した題")
    assert now.entries.get().questions.get().answer == "直した答えです。[^e1]"
    assert now.first_published_at == edition.first_published_at < now.published_at


def test_an_old_edition_stays_as_it_was_when_a_new_one_is_made(hana: Editor) -> None:
    edition = make_edition(by=hana)
    before = texts_of(Edition.objects.with_article().get(pk=edition.pk))
    change_title(edition.issue.entries.get(), "直した題", hana)
    workflow.publish(edition.issue, by=hana)
    assert texts_of(Edition.objects.with_article().get(pk=edition.pk)) == before
    assert Edition.objects.public().get().number == 2


def test_a_published_issue_with_an_unapproved_change_is_refused_and_stays_public(
    hana: Editor,
) -> None:
    edition = make_edition(by=hana)
    entry = edition.issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": ""}, by=hana)
    with pytest.raises(workflow.Refused):
        workflow.publish(edition.issue, by=hana)
    assert page_of(edition.issue).entries.get().title_ja == "小さな行の作り方"
    assert Edition.objects.count() == 1


def test_a_paper_taken_out_stays_public_until_the_issue_is_published_again(hana: Editor) -> None:
    issue = make_issue()
    gone, kept = make_written_entry(issue), make_written_entry(issue)
    make_edition(issue, by=hana)
    workflow.remove_entry(Entry.objects.get(pk=gone.pk), by=None)
    assert page_of(issue).entries.count() == 2
    workflow.publish(issue, by=hana)
    assert [e.paper for e in page_of(issue).entries.all()] == [kept.paper]


def test_what_arxiv_says_later_changes_no_edition(hana: Editor) -> None:
    edition = make_edition(by=hana)
    version = edition.entries.get().version
    newer = make_record(version.paper.arxiv_id or "", 2, title="Another Title", is_withdrawn=True)
    ingest.store([newer])
    assert page_of(edition.issue).entries.get().title == version.title
    assert editions.changes_since(edition.issue, edition) == []


# ── taken back ──────────────────────────────────────────────────────────────────────────────────
def test_an_issue_that_was_taken_back_is_not_public_and_comes_back_as_it_was(hana: Editor) -> None:
    edition = make_edition(by=hana)
    before = texts_of(page_of(edition.issue))
    workflow.take_back(edition.issue, by=hana)
    assert not Edition.objects.public().exists()
    assert Edition.objects.count() == 1
    change_title(edition.issue.entries.get(), "直した題", hana)
    workflow.put_back(edition.issue, by=hana)
    assert texts_of(page_of(edition.issue)) == before


def test_an_issue_that_was_never_public_is_neither_taken_back_nor_put_back(hana: Editor) -> None:
    issue = make_issue()
    workflow.take_back(issue, by=hana)
    workflow.put_back(issue, by=hana)
    issue.refresh_from_db()
    assert issue.state == Issue.State.DRAFT


def test_each_step_in_an_issues_life_is_a_revision_with_its_author(hana: Editor) -> None:
    ben, edition = make_editor("ben"), make_edition(by=hana)
    workflow.take_back(edition.issue, by=ben)
    workflow.put_back(edition.issue, by=hana)
    lately = list(edition.issue.history.all()[:3])
    assert [(r.state, r.history_user) for r in reversed(lately)] == [
        ("published", hana),
        ("taken_back", ben),
        ("published", hana),
    ]


# ── what has changed since ──────────────────────────────────────────────────────────────────────
def test_nothing_has_changed_right_after_publishing(hana: Editor) -> None:
    edition = make_edition(by=hana)
    assert editions.changes_since(edition.issue, edition) == []


def test_every_change_that_readers_would_see_is_named(hana: Editor) -> None:
    issue = make_issue()
    one, two = make_written_entry(issue), make_written_entry(issue)
    edition = make_edition(issue, by=hana)
    question = one.questions.get()
    save_card(question, question.row_version, {"answer": "別の答えです。"}, by=hana)
    workflow.add_question(two, "新しい？", by=hana)
    workflow.move(Entry.objects.get(pk=two.pk), -1)
    changes = {(c.piece, c.what) for c in editions.changes_since(issue, edition)}
    assert changes == {
        (f"question {one.paper.slug} 1", "changed"),
        (f"question {two.paper.slug} 2", "added"),
        ("order", "changed"),
    }


def test_a_change_that_is_undone_is_no_change(hana: Editor) -> None:
    edition = make_edition(by=hana)
    entry = edition.issue.entries.get()
    change_title(entry, "直した題", hana)
    change_title(entry, "小さな行の作り方", hana)
    assert workflow.publish(edition.issue, by=hana) == edition
    assert Edition.objects.count() == 1


def drafted_by_a_model(hana: Editor) -> Edition:
    """A published issue whose paper's text a model drafted; no sentence of it was checked."""
    issue = make_issue()
    entry = make_written_entry(issue)
    make_draft(entry, model="gpt-x", origin=Draft.Origin.MODEL).items.update(text=entry.summary)
    return make_edition(issue, by=hana)


def test_a_sentence_checked_after_publishing_is_a_change_since_readers_are_told(
    hana: Editor,
) -> None:
    edition = drafted_by_a_model(hana)
    entry = edition.issue.entries.get()
    assert "2文中0文" in page_of(edition.issue).entries.get().provenance
    assert editions.changes_since(edition.issue, edition) == []
    claim, other = checks.claims_of(entry)
    checks.check(entry, claim.fingerprint, by=hana)
    piece = f"entry {entry.paper.slug}"
    assert editions.changes_since(edition.issue, edition) == [editions.Change(piece, "changed")]
    second = workflow.publish(edition.issue, by=hana)
    assert second.number == 2
    assert "2文中1文" in page_of(edition.issue).entries.get().provenance
    checks.check(entry, other.fingerprint, by=hana)
    workflow.publish(edition.issue, by=hana)
    assert "文中" not in page_of(edition.issue).entries.get().provenance
    assert Edition.objects.count() == 3


@pytest.mark.parametrize("is_by_model", [False, True])
def test_a_check_that_readers_are_not_told_of_is_no_change(hana: Editor, is_by_model: bool) -> None:
    """A text by hand tells no count; nor does one that shows no evidence."""
    issue = make_issue()
    entry = make_written_entry(issue, evidence_required=not is_by_model)
    if is_by_model:
        make_draft(entry, model="gpt-x", origin=Draft.Origin.MODEL).items.update(text=entry.summary)
    edition = make_edition(issue, by=hana)
    checks.check(entry, checks.claims_of(entry)[0].fingerprint, by=hana)
    assert editions.changes_since(edition.issue, edition) == []
    assert workflow.publish(edition.issue, by=hana) == edition


def test_telling_the_changes_takes_as_many_queries_for_many_papers_as_for_one(
    hana: Editor, django_assert_num_queries: Any
) -> None:
    issue = make_issue()
    for _n in range(4):
        entry = make_written_entry(issue)
        draft = make_draft(entry, model="gpt-x", origin=Draft.Origin.MODEL)
        draft.items.update(text=entry.summary)
    edition = make_edition(issue, by=hana)
    issue = Issue.objects.select_related("source").get(pk=issue.pk)
    with django_assert_num_queries(12):
        editions.changes_since(issue, edition)


# ── composing ───────────────────────────────────────────────────────────────────────────────────
TIMES = {"published_at", "first_published_at"}
KEYS = {"id", "edition", "entry"}


def values_of(row: Model) -> dict[str, Any]:
    names = {field.name for field in row._meta.concrete_fields} - TIMES - KEYS
    return {name: getattr(row, name) for name in names}


def test_what_is_composed_is_what_freezing_stores(hana: Editor) -> None:
    issue = make_issue()
    make_written_entry(issue)
    make_question(make_written_entry(issue), "もう一つ？", "**はい**。[^e1]")
    composed = editions.compose(issue, hana)
    assert not Edition.objects.exists() and composed.waiting == []
    make_edition(issue, by=hana)
    stored = page_of(issue)
    assert values_of(composed.edition) == values_of(stored)
    rows = list(stored.entries.all())
    assert [values_of(e.row) for e in composed.entries] == [values_of(row) for row in rows]
    questions = [[values_of(q) for q in row.questions.all()] for row in rows]
    assert [[values_of(q) for q in e.questions] for e in composed.entries] == questions
    assert [len(of) for of in questions] == [1, 2]


def test_a_paper_whose_details_are_awaited_can_be_left_out_but_not_frozen(hana: Editor) -> None:
    issue = make_issue()
    here = make_written_entry(issue)
    awaited = make_entry(issue, paper=make_paper())
    composed = editions.compose(issue, hana)
    assert [e.row.paper for e in composed.entries] == [here.paper]
    assert composed.waiting == [awaited]
    with pytest.raises(ValueError, match="no details yet"):
        editions.freeze(issue, by=hana, change=Edition.Change.FIRST)
    assert not Edition.objects.exists()


# ── words ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("first_on", "last_on", "words"),
    [
        (date(2023, 4, 3), date(2023, 4, 9), "2023年4月3日〜4月9日"),
        (date(2023, 5, 29), date(2023, 6, 4), "2023年5月29日〜6月4日"),
        (date(2024, 12, 30), date(2025, 1, 5), "2024年12月30日〜2025年1月5日"),
    ],
)
def test_a_week_in_words(first_on: date, last_on: date, words: str) -> None:
    assert editions.week_words(first_on, last_on) == words


@pytest.mark.parametrize(
    ("highlights", "words"),
    [
        ([], ""),
        (["甲"], "甲"),
        (["甲", "乙", "丙"], "甲、乙、丙"),
        (["甲", "乙", "丙", "丁"], "甲、乙、丙ほか"),
        (["甲", "", "丙"], "甲、丙ほか"),
        (["", ""], ""),
    ],
)
def test_the_highlights_of_up_to_three_papers_stand_in_the_title(
    highlights: list[str], words: str
) -> None:
    assert editions.highlights_words(highlights) == words


def test_the_standing_sentences_are_the_editors(hana: Editor) -> None:
    Masthead.objects.filter(pk=1).update(
        title_template="週報 {week} {highlights} {other}", count_template="全{count}本"
    )
    edition = make_edition(by=hana)
    assert edition.title.startswith("週報 1") and edition.title.endswith(" 小さな行の研究 {other}")
    assert edition.count_line == "全1本"


def test_hostile_texts_are_frozen_as_text(hana: Editor) -> None:
    title = '<script>alert(1)</script> & "quotes" $x<y$'
    version = make_version(title=title, published_at=datetime(2023, 4, 4, tzinfo=UTC))
    issue = make_issue()
    make_written_entry(
        issue, version=version, summary="概要<img src=x onerror=alert(1)>です。[^e1]"
    )
    frozen = make_edition(issue, by=hana).entries.get()
    assert frozen.title == title
    assert "<img" not in frozen.summary_html and "onerror" in frozen.summary_html


def test_an_entry_without_evidence_says_so(hana: Editor) -> None:
    issue = make_issue()
    make_written_entry(issue, evidence_required=False)
    frozen = make_edition(issue, by=hana).entries.get()
    assert not frozen.shows_evidence


def test_no_other_issue_is_touched_by_publishing(hana: Editor) -> None:
    other = make_issue()
    make_entry(other)
    before = Issue.objects.filter(pk=other.pk).values().get()
    make_edition(by=hana)
    assert Issue.objects.filter(pk=other.pk).values().get() == before
