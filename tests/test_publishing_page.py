"""Publishing on the page of an issue: what is missing and where, what would change, and once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils.html import escape, strip_tags

from digests import checks, notes, reasons, workflow
from digests.cards import save_card
from digests.desk import unpublished as page_of_changes
from digests.editions import changes_since
from digests.models import Draft, Edition, Editor, Entry, Issue, Question
from tests.factories import (
    make_draft,
    make_edition,
    make_editor,
    make_entry,
    make_evidence,
    make_issue,
    make_question,
    make_ready_issue,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db


def editor_client() -> Client:
    hana = make_editor(is_superuser=False, pen_name="花子")
    hana.groups.set(Group.objects.filter(name="編集者"))
    client = Client()
    client.force_login(hana)
    return client


def page_of(issue: Issue, client: Client | None = None) -> str:
    url = reverse("desk:issue", args=[issue.pk])
    response = (client or editor_client()).get(url)
    assert response.status_code == 200
    return str(response.content.decode())


def publishing(issue: Issue) -> str:
    """The page from its heading 「公開」 on."""
    return page_of(issue).split('id="publish"')[1]


def publish(client: Client, issue: Issue, **data: str) -> Any:
    return client.post(reverse("desk:issues_publish", args=[issue.pk]), data, follow=True)


def change(row: Entry | Question | Issue, **texts: str) -> None:
    fresh = type(row)._default_manager.get(pk=row.pk)
    save_card(fresh, fresh.row_version, texts, by=make_editor())


# ── what is missing ─────────────────────────────────────────────────────────────────────────────
def test_each_thing_that_is_missing_leads_to_its_place() -> None:
    entry = make_written_entry(highlight="")
    question = make_question(entry, "答えのない質問？")
    shown = publishing(entry.issue)
    url = reverse("desk:entry", args=[entry.pk])
    assert f'href="{url}#highlight"' in shown and f'href="{url}#q{question.pk}"' in shown
    for lack in reasons.why_not_publishable(entry.issue):
        assert escape(lack.message) in shown


def test_while_something_is_simply_missing_there_is_no_button_and_no_override() -> None:
    shown = publishing(make_written_entry(highlight="").issue)
    assert "issues_publish" not in shown and 'name="override_reason"' not in shown
    assert reverse("desk:issues_publish", args=[Issue.objects.get().pk]) not in shown


def test_what_only_the_gate_finds_gives_way_to_a_reason_that_is_kept() -> None:
    issue = make_issue()
    entry = make_written_entry(issue, summary="根拠のない概要です。")
    workflow.approve(entry, by=make_editor())
    client = editor_client()
    assert 'name="override_reason"' in page_of(issue, client)
    assert publish(client, issue).context["messages"] and not Edition.objects.exists()
    publish(client, issue, override_reason="著者に\n確かめました。")
    assert Edition.objects.get().override_reason == "著者に 確かめました。"


def test_hints_are_folded_counted_and_stand_in_no_ones_way() -> None:
    issue = make_ready_issue()
    question = make_question(issue.entries.get(), "何を測ったか", "時間を測っています。[^e1]")
    workflow.approve(issue.entries.get(), by=make_editor())
    report = reasons.look_over(list(issue.entries.with_cards()))
    assert report.hints and not report.lacks
    shown = publishing(issue)
    folded = shown.split('<details id="hints">')[1].split("</details>")[0]
    assert f"#q{question.pk}" in folded and str(len(report.hints)) in folded
    assert question.question in folded  # which of them, where the same is said of several
    assert reverse("desk:issues_publish", args=[issue.pk]) in shown


def test_hints_stand_in_the_issues_order() -> None:
    issue = make_issue()
    for _ in range(3):
        make_question(make_written_entry(issue), "何を測ったか", "時間を測っています。[^e1]")
    report = reasons.look_over(list(issue.entries.with_cards()))
    places = [hint.entry.position for hint in report.hints if hint.entry]
    assert len(set(places)) == 3 and places == sorted(places)


# ── what would change ───────────────────────────────────────────────────────────────────────────
def changed(edition: Edition) -> list[page_of_changes.Changed]:
    issue = Issue.objects.get(pk=edition.issue_id)
    assert issue.current_edition
    entries = list(issue.entries.with_cards())
    return page_of_changes.unpublished(issue, entries, changes_since(issue, issue.current_edition))


def test_as_many_changes_are_counted_as_are_listed() -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    for q in entry.present_questions:
        workflow.remove_question(q, by=None)
    save_card(entry, Entry.objects.get().row_version, {"title_ja": "別の題"}, by=None)
    found, page = changed(edition), page_of(edition.issue)
    listed = page.split('id="changes"')[1].split("</details>")[0]
    assert page_of_changes.count(found) == listed.count("<dt>") + listed.count("<li>") > 1
    assert f"（{page_of_changes.count(found)}件）" in listed


def words(found: list[page_of_changes.Changed]) -> list[tuple[str, str, str]]:
    """(which text, as it was, as it is)."""
    return [
        (
            piece.name,
            "".join(t for tag, t in piece.pieces if tag != "insert"),
            "".join(t for tag, t in piece.pieces if tag != "delete"),
        )
        for part in found
        for piece in part.pieces
    ]


def test_what_has_not_changed_is_not_shown() -> None:
    edition = make_edition()
    assert changed(edition) == []
    shown = publishing(edition.issue)
    assert 'id="changes"' not in shown
    assert reverse("desk:issues_publish", args=[edition.issue_id]) not in shown


def test_a_changed_text_is_shown_as_it_was_and_as_it_is() -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    change(entry, title_ja="大きな行の作り方")
    label = reasons.label(Entry, "title_ja")
    assert (label, "小さな行の作り方", "大きな行の作り方") in words(changed(edition))
    shown = publishing(edition.issue)
    part = shown.split('id="changes"')[1].split("</details>")[0]
    assert "<del>" in part and "<ins>" in part and "作り方" in strip_tags(part)


def test_the_marks_of_evidence_are_not_part_of_what_readers_read() -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    made = make_evidence(entry)
    change(entry, summary=entry.summary.replace("[^e1]", f"[^e1][^{made.key}]"))
    (part,) = changed(edition)
    assert part.pieces == [] and len(part.remarks) == 1


def test_questions_that_came_went_and_changed_are_named_by_their_numbers() -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    first = entry.questions.get()
    make_question(entry, "新しい質問？", "新しい答えです。")
    change(first, question="直した質問？")
    named = words(changed(edition))
    assert [after for _name, before, after in named if not before] == [
        "新しい質問？\n新しい答えです。"
    ]
    assert any(before == first.question and after == "直した質問？" for _n, before, after in named)
    workflow.remove_question(Question.objects.get(pk=first.pk), by=make_editor())
    gone = [before for _name, before, after in words(changed(edition)) if not after]
    assert len(gone) == 1 and gone[0].startswith(first.question)


def test_papers_that_came_and_went_and_their_order_are_named() -> None:
    issue = make_issue()
    one, two = make_written_entry(issue, title_ja="一つ目"), make_written_entry(issue)
    edition = make_edition(issue)
    workflow.move(two, -1)
    assert [len(part.remarks) for part in changed(edition)] == [1]
    workflow.remove_entry(one, by=None)
    make_entry(issue, title_ja="三つ目")
    parts = {part.title: part.remarks for part in changed(edition)}
    assert parts["一つ目"] and parts["三つ目"] and parts["一つ目"] != parts["三つ目"]


def test_the_issues_own_words_are_compared_as_they_are_read() -> None:
    edition = make_edition()
    change(edition.issue, title="別の題", introduction="**Q & A** です。")
    named = {name: after for name, _before, after in words(changed(edition))}
    assert named[reasons.label(Issue, "title")] == "別の題"
    assert named[reasons.label(Issue, "introduction")] == "**Q & A** です。"


def test_another_version_of_a_paper_is_shown_by_its_number() -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    assert entry.paper.arxiv_id
    entry.version = make_version(entry.paper.arxiv_id, 2)
    entry.save(update_fields=["version"])
    assert ("v1", "v2") in [(before, after) for _name, before, after in words(changed(edition))]


def test_a_check_made_after_publishing_is_a_change_that_is_named() -> None:
    """The line on the sentences that were checked is part of what readers see."""
    issue, hana = make_issue(), make_editor()
    entry = make_written_entry(issue)
    draft = make_draft(entry, origin=Draft.Origin.MODEL, model="a-model")
    workflow.accept(draft.items.get(), by=hana)
    edition = make_edition_over(issue, hana)
    entry = issue.entries.with_cards().get()
    checks.check(entry, checks.claims_of(entry)[0].fingerprint, by=hana)
    (part,) = changed(edition)
    assert part.pieces == [] and len(part.remarks) == 1


def make_edition_over(issue: Issue, by: Editor) -> Edition:
    """The issue published with an answer filled in."""
    for question in Question.objects.filter(entry__issue=issue, answer=""):
        change(question, answer="三時間ずつです。")
    return make_edition(issue, by=by)


def test_the_changes_are_published_as_what_the_editor_says_they_are() -> None:
    edition, client = make_edition(), editor_client()
    for kind in (Edition.Change.CORRECTION, Edition.Change.MINOR):
        entry = edition.issue.entries.get()
        change(entry, title_ja=f"直した題（{kind}）")
        workflow.approve(entry, by=make_editor())
        reason = "試しです。"
        publish(client, edition.issue, change=kind, override_reason=reason)
        assert edition.issue.editions.order_by("-number")[0].change == kind


@pytest.mark.parametrize("kind", ["", "first", "x"])
def test_a_kind_of_change_that_is_none_is_a_minor_one(kind: str) -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    change(entry, title_ja="直した題")
    workflow.approve(entry, by=make_editor())
    publish(editor_client(), edition.issue, change=kind, override_reason="試しです。")
    newest = edition.issue.editions.order_by("-number")[0]
    assert (newest.number, newest.change) == (2, Edition.Change.MINOR)


# ── once ────────────────────────────────────────────────────────────────────────────────────────
def test_publishing_twice_is_once_and_leaves_no_second_revision() -> None:
    issue, client = make_ready_issue(), editor_client()
    publish(client, issue)
    revisions = issue.history.count()
    response = publish(client, issue)
    assert [m.level_tag for m in response.context["messages"]] == ["success"]
    assert (Edition.objects.count(), issue.history.count()) == (1, revisions)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_publish_at_one_moment_both_get_the_same_edition() -> None:
    issue, start = make_ready_issue(), Barrier(2)
    people = [make_editor(), make_editor()]

    def press(n: int) -> int:
        start.wait(60)
        try:
            return workflow.publish(issue, by=people[n]).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(press, range(2)))) == 1
    assert Edition.objects.get().published_by in people


def test_taking_back_twice_is_once_and_the_second_press_says_so() -> None:
    edition, client = make_edition(), editor_client()
    url = reverse("desk:issues_take-back", args=[edition.issue_id])
    first, second = client.post(url, follow=True), client.post(url, follow=True)
    tags = [[m.level_tag for m in r.context["messages"]] for r in (first, second)]
    assert tags == [["success"], ["error"]]
    shown = publishing(edition.issue)
    assert reverse("desk:issues_put-back", args=[edition.issue_id]) in shown
    assert reverse("desk:issues_take-back", args=[edition.issue_id]) not in shown


# ── the page as a whole ─────────────────────────────────────────────────────────────────────────
def a_page(papers: int, *, scribbled: int = 0) -> Issue:
    """A published issue with changes in every paper, and notes."""
    issue = make_issue()
    for _ in range(papers):
        make_written_entry(issue)
    make_edition(issue)
    for entry in issue.entries.all():
        change(entry, title_ja="直した題")
    for n in range(scribbled):
        notes.add(issue, f"メモ{n}", by=make_editor())
    return issue


def test_the_queries_of_the_section_do_not_grow_with_papers_and_notes(
    django_assert_max_num_queries: Any,
) -> None:
    client = editor_client()
    counts = []
    for issue in (a_page(1, scribbled=1), a_page(4, scribbled=6)):
        with django_assert_max_num_queries(28) as asked:
            page_of(issue, client)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_ids_on_the_page_are_given_once() -> None:
    make_editor()
    page = page_of(a_page(2, scribbled=2))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))


def test_the_page_tells_how_many_sentences_nobody_has_compared() -> None:
    entry = make_written_entry()
    assert "根拠と照合していない文が2文あります。" in publishing(entry.issue)
    for claim in checks.claims_of(Entry.objects.with_cards().get(pk=entry.pk)):
        checks.check(entry, claim.fingerprint, by=make_editor())
    assert 'id="unchecked"' not in publishing(entry.issue)
