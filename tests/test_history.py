"""History: who changed what, two moments compared, and having a text back as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from digests import checks, history, notes, restoring, workflow
from digests.cards import save_card
from digests.models import DraftItem, Editor, Entry, Evidence, Issue, Question
from tests.factories import (
    QUOTE,
    make_draft,
    make_edition,
    make_editor,
    make_entry,
    make_evidence,
    make_issue,
    make_question,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
PAGES = ("history", "compare", "restore")


def save(card: Any, by: Editor | None = None, **texts: str) -> datetime:
    """Save texts over what stands there; the moment after."""
    row = reread(card)
    save_card(row, row.row_version, texts, by=by)
    return timezone.now()


def reread(card: Any) -> Any:
    return type(card)._base_manager.get(pk=card.pk)


def restore(card: Any, moment: datetime, **kw: Any) -> int:
    token = restoring.plan(card, moment).token
    return restoring.restore(
        card, moment, by=kw.pop("by", None) or make_editor(), token=token, **kw
    )


def differences(old: history.Snapshot, new: history.Snapshot) -> list[tuple[str, str, list[str]]]:
    found = history.compare(old, new)
    return [(d.kind, d.what, [field for field, _old, _new in d.fields]) for d in found]


# ── revisions ───────────────────────────────────────────────────────────────────────────────────
def test_every_save_is_told_with_its_author_and_what_it_changed() -> None:
    hana, ben, entry = make_editor(pen_name="花"), make_editor(pen_name="弁"), make_entry()
    question = make_question(entry)
    save(entry, hana, title_ja="一")
    save(question, ben, answer="答えです。")
    save(entry, hana, title_ja="二", summary="概要です。")
    told = [
        (str(r.by or ""), r.kind, [c[0] for c in r.changes])
        for r in history.revisions_of(entry)
        if not r.is_first
    ]
    assert told == [
        ("花", "entry", ["title_ja", "summary"]),
        ("弁", "question", ["answer"]),
        ("花", "entry", ["title_ja"]),
    ]


def test_a_text_taken_from_a_draft_is_told_with_model_and_prompt() -> None:
    hana, entry = make_editor(), make_written_entry()
    draft = make_draft(entry, model="gpt-9", prompt="p3", origin="model")
    item = DraftItem.objects.create(draft=draft, position=2, field="title_ja", text="機械の題")
    workflow.accept(item, by=hana)
    newest = next(r for r in history.revisions_of(entry) if r.changes)
    assert (newest.by, newest.reason) == (hana, "draft model p3 gpt-9")
    answered = DraftItem.objects.create(
        draft=draft, position=3, field="question", question="新しい質問は？", text="答えです。"
    )
    workflow.accept(answered, by=hana)
    made = Question.objects.get(question="新しい質問は？")
    reasons = [r.reason for r in history.revisions_of(made)]
    assert reasons == ["draft model p3 gpt-9"]


def test_what_an_editor_types_later_is_not_told_as_the_drafts() -> None:
    entry = make_written_entry()
    item = DraftItem.objects.create(
        draft=make_draft(entry, model="gpt-9"), position=2, field="title_ja", text="機械の題"
    )
    workflow.accept(item, by=make_editor())
    save(entry, make_editor(), title_ja="人の題")
    assert history.revisions_of(entry)[0].reason == ""


def test_moving_removing_and_approving_are_told() -> None:
    hana, issue = make_editor(), make_issue()
    entry = make_written_entry(issue)
    other = make_written_entry(issue)
    workflow.approve(entry, by=hana)
    workflow.move(entry, 1)
    workflow.remove_question(entry.questions.get(), by=hana)
    workflow.remove_entry(reread(other), by=None)
    told = {(r.kind, r.pk, *(c[0] for c in r.changes)) for r in history.revisions_of(issue)}
    assert ("entry", entry.pk, "state") in told
    assert ("entry", entry.pk, "position") in told
    assert ("question", entry.questions.get().pk, "removed_at") in told
    assert ("entry", other.pk, "removed_at") in told


def test_the_history_of_an_issue_takes_three_queries(django_assert_num_queries: Any) -> None:
    issue = make_issue()
    for _ in range(3):
        make_written_entry(issue)
    with django_assert_num_queries(3):
        revisions = history.revisions_of(issue)
        assert [str(r.by) for r in revisions]
    assert {r.kind for r in revisions} == {"issue", "entry", "question"}


# ── comparing ───────────────────────────────────────────────────────────────────────────────────
def test_two_moments_are_compared_piece_by_piece() -> None:
    issue = make_issue()
    entry = make_written_entry(issue)
    question = entry.questions.get()
    before = timezone.now()
    save(issue, title="号の題")
    save(question, answer="別の答えです。")
    make_question(entry, "増えた質問は？")
    make_entry(issue)
    found = differences(history.at(issue, before), history.now(issue))
    assert found == [
        ("issue", "changed", ["title"]),
        ("question", "changed", ["answer"]),
        ("question", "added", ["question"]),
        ("entry", "added", []),
    ]
    assert history.compare(history.at(issue, timezone.now()), history.now(issue)) == []


def test_a_moment_does_not_know_what_came_later() -> None:
    entry = make_entry()
    first = save(entry, title_ja="一")
    second = save(entry, title_ja="二")
    save(entry, title_ja="三")
    for moment, title in ((first, "一"), (second, "二")):
        (piece,) = history.at(entry, moment).values()
        assert piece.texts["title_ja"] == title


def test_an_order_that_differs_is_a_difference_of_its_own() -> None:
    entry = make_entry()
    one, two = make_question(entry, "一？"), make_question(entry, "二？")
    before = timezone.now()
    workflow.move(two, -1)
    (moved,) = history.compare(history.at(entry, before), history.now(entry))
    assert (moved.kind, moved.what, moved.fields) == (
        "question", "moved", (("position", "一？\n二？", "二？\n一？"),),
    )  # fmt: skip
    assert history.now(one) and one.pk != two.pk


def test_the_working_text_is_compared_with_what_readers_see() -> None:
    edition = make_edition()
    issue, entry = edition.issue, edition.issue.entries.get()
    assert history.compare(*history.as_read(issue)) == []  # type: ignore[misc]
    save(entry, summary="変えた概要です。")
    save(issue, introduction="変えた*前書き*です。")
    found = history.compare(*history.as_read(reread(issue)))  # type: ignore[misc]
    assert [(d.kind, [f[0] for f in d.fields]) for d in found] == [
        ("issue", ["introduction"]),
        ("entry", ["summary"]),
    ]
    assert found[0].fields[0][2] == "変えた*前書き*です。"
    for card in (entry, entry.questions.get()):
        public, working = history.as_read(card)  # type: ignore[misc]
        assert set(public) == set(working)
    assert history.as_read(make_entry()) is None


# ── restoring ───────────────────────────────────────────────────────────────────────────────────
def test_restoring_one_field_leaves_the_others_and_is_a_revision_of_who_pressed() -> None:
    hana, entry = make_editor(), make_entry(title_ja="元の題")
    moment = timezone.now()
    save(entry, title_ja="新しい題", highlight="新しい見出し")
    only = f"entry-{entry.paper_id}-0:title_ja"
    assert restore(entry, moment, only=only, by=hana) == 1
    entry.refresh_from_db()
    assert (entry.title_ja, entry.highlight) == ("元の題", "新しい見出し")
    newest = history.revisions_of(entry)[0]
    assert newest.by == hana and newest.reason == f"restored {history.stamp(moment)}"
    assert entry.row_version == 3


def test_restoring_an_issue_brings_back_texts_questions_and_their_order() -> None:
    issue = make_issue(title="元の号")
    entry, other = make_written_entry(issue), make_written_entry(issue, title_ja="次の論文")
    two = make_question(entry, "二？", "二の答え。")
    moment, then = timezone.now(), history.now(issue)
    save(issue, title="別の号")
    save(entry, summary="別の概要。")
    workflow.move(two, -1)
    workflow.move(other, -1)
    workflow.remove_question(two, by=make_editor())
    make_question(entry, "三？")
    restore(issue, moment)
    assert history.now(issue) == then
    assert list(history.now(issue)) == list(then)
    assert Question.objects.get(question="三？").removed_at  # kept, and out of the text


def test_a_removed_paper_comes_back_with_all_that_belongs_to_it() -> None:
    hana, issue = make_editor(), make_issue()
    entry = make_written_entry(issue)
    make_written_entry(issue, title_ja="次の論文")
    DraftItem.objects.create(draft=make_draft(entry), position=2, field="one_liner", text="案。")
    checks.check(entry, checks.claims_of(entry)[0].fingerprint, by=hana)
    notes.add(issue, "数字を見てください。", entry=entry, by=hana)
    moment, then = timezone.now(), history.now(issue)
    belongings = held_by(entry)
    workflow.remove_entry(entry, by=hana)
    assert history.now(issue) != then
    restore(issue, moment)
    assert history.now(issue) == then
    assert held_by(entry) == belongings and all(belongings)
    assert Entry.objects.get(pk=entry.pk).position == 1


def held_by(entry: Entry) -> list[list[Any]]:
    kinds = (entry.questions, entry.evidence, entry.drafts, entry.checks, entry.notes)
    return [list(rows.order_by("pk").values()) for rows in kinds]


def test_a_paper_comes_back_without_the_questions_that_it_had_got_since() -> None:
    hana, issue = make_editor(), make_issue()
    entry = make_written_entry(issue)
    moment, then = timezone.now(), history.now(issue)
    make_question(entry, "増えた質問は？")
    save(entry, hana, summary="別の概要。")
    workflow.remove_entry(entry, by=hana)
    restore(issue, moment)
    assert history.now(issue) == then
    assert Question.objects.get(question="増えた質問は？").removed_at


def test_one_removed_paper_comes_back_to_its_place_alone() -> None:
    issue = make_issue(title="元の号")
    first, second, third = (make_written_entry(issue, title_ja=t) for t in "一二三")
    moment = timezone.now()
    save(issue, title="新しい号")
    workflow.remove_entry(reread(second), by=None)
    restore(issue, moment, only=f"entry-{second.paper_id}-0")
    assert [e.title_ja for e in issue.entries.all()] == ["一", "二", "三"]
    assert Entry.objects.get(pk=second.pk).questions.count() == 1
    issue.refresh_from_db()
    assert issue.title == "新しい号"
    assert first.pk < third.pk


def test_a_paper_that_came_since_stays_unless_one_says_so() -> None:
    issue = make_issue()
    make_written_entry(issue)
    moment = timezone.now()
    late = make_written_entry(issue, title_ja="遅れた論文")
    question = late.questions.get()
    restore(issue, moment)
    assert Entry.objects.filter(pk=late.pk).exists()
    assert Question.objects.get(pk=question.pk).removed_at is None
    restore(issue, moment, remove_added=True)
    assert not Entry.objects.filter(pk=late.pk).exists()


def test_a_paper_that_was_removed_and_added_anew_gets_its_text_of_then() -> None:
    issue = make_issue()
    entry = make_written_entry(issue)
    moment = timezone.now()
    workflow.remove_entry(entry, by=make_editor())
    again = workflow.add_entry(issue, entry.paper)
    save(again, title_ja="新しい題")
    restore(issue, moment)
    assert Entry.objects.get(issue=issue).title_ja == entry.title_ja


def test_a_paper_removed_by_restoring_comes_back_by_restoring_again() -> None:
    issue = make_issue()
    make_written_entry(issue)
    first = timezone.now()
    late = make_written_entry(issue, title_ja="遅れた論文")
    second, then = timezone.now(), history.now(issue)
    belongings = held_by(late)
    restore(issue, first, remove_added=True)
    restore(issue, second)
    assert history.now(issue) == then and held_by(late) == belongings


def test_a_removed_paper_comes_back_from_its_own_history() -> None:
    hana, entry = make_editor(), make_written_entry()
    moment = timezone.now()
    workflow.remove_entry(entry, by=hana)
    assert history.now(entry) == {}
    restore(entry, moment, by=hana)
    assert Entry.objects.get(pk=entry.pk).summary == entry.summary
    newest = history.revisions_of(entry)[0]
    assert (newest.by, newest.reason) == (hana, f"restored {history.stamp(moment)}")


def test_restoring_withdraws_the_approval_and_changes_nothing_for_readers() -> None:
    hana, edition = make_editor(), make_edition()
    entry = edition.issue.entries.get()
    moment = timezone.now()
    save(entry, one_liner="別の一文です。")
    public = list(edition.entries.values())
    workflow.approve(entry, by=hana)
    restore(entry, moment, by=hana)
    assert not Entry.objects.get(pk=entry.pk).is_approved
    assert list(edition.entries.values()) == public


def test_what_changed_after_one_looked_is_not_overwritten() -> None:
    entry = make_entry(title_ja="元の題")
    moment = save(entry, title_ja="新しい題")
    token = restoring.plan(entry, moment).token
    save(entry, summary="あいだに書いた概要。")
    with pytest.raises(restoring.ChangedMeanwhile):
        restoring.restore(entry, moment, by=make_editor(), token=token)
    assert Entry.objects.get(pk=entry.pk).summary == "あいだに書いた概要。"


def test_restoring_what_stands_there_already_makes_no_revision() -> None:
    entry = make_written_entry()
    revisions = len(history.revisions_of(entry))
    assert restore(entry, timezone.now()) == 0
    assert len(history.revisions_of(entry)) == revisions


def test_a_restored_text_can_be_taken_back_by_restoring_again() -> None:
    issue = make_issue()
    entry = make_written_entry(issue)
    first = timezone.now()
    save(entry, summary="二番目の概要。")
    make_question(entry, "足した質問は？", "足した答え。")
    second, then = timezone.now(), history.now(issue)
    restore(issue, first)
    assert history.now(issue) != then
    restore(issue, second)
    assert history.now(issue) == then


# ── pages ───────────────────────────────────────────────────────────────────────────────────────
def client_of(group: str) -> Client:
    editor = make_editor(is_superuser=False)
    editor.groups.set(Group.objects.filter(name=group))
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def client() -> Client:
    return client_of("編集者")


def address(card: Any, name: str = "history", **query: str) -> str:
    url = reverse(f"desk:{history.KINDS[type(card)]}_{name}", args=[card.pk])
    return url + "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else url


def cards() -> tuple[Issue, Entry, Question]:
    entry = make_written_entry()
    return entry.issue, entry, entry.questions.get()


def test_the_pages_show_who_changed_what(client: Client) -> None:
    issue, entry, question = cards()
    save(entry, make_editor(pen_name="花"), title_ja="小さな列の作り方")
    for card in (issue, entry):
        text = client.get(address(card)).content.decode()
        assert "花" in text and "小さな<del>行</del><ins>列</ins>の作り方" in text
    response = client.get(address(question))
    assert response.status_code == 200 and "no-store" in response["Cache-Control"]


def test_a_text_taken_from_a_draft_says_so_on_the_page(client: Client) -> None:
    entry = make_written_entry()
    item = DraftItem.objects.create(
        draft=make_draft(entry, model="gpt-9", prompt="p3", origin="model"),
        position=2, field="title_ja", text="機械の題",
    )  # fmt: skip
    workflow.accept(item, by=make_editor())
    assert "gpt-9 · p3" in client.get(address(entry)).content.decode()


def test_two_moments_and_the_edition_are_compared_on_a_page(client: Client) -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    moment = history.stamp(timezone.now())
    save(entry, title_ja="小さな列の作り方")
    for card in (edition.issue, entry):
        for old in (moment, "edition"):
            for query in ({"a": old, "b": "now"}, {"a": "now", "b": old}):
                text = client.get(address(card, "compare", **query)).content.decode()
                assert "小さな<del>行</del><ins>列</ins>の作り方" in text
    text = client.get(address(entry, "compare", a="edition", b=moment)).content.decode()
    assert "<del>" not in text.split('class="sides"')[1].split("</p>", 1)[1]


@pytest.mark.parametrize("query", [{}, {"a": "x", "b": "now"}, {"a": "edition", "b": "now"}])
def test_what_can_not_be_compared_leads_back_to_the_list(
    client: Client, query: dict[str, str]
) -> None:
    for card in cards():
        response = client.get(address(card, "compare", **query))
        assert response.status_code == 302 and response["Location"] == address(card)


def test_restoring_asks_first_and_then_restores(client: Client) -> None:
    for card, field in zip(cards(), ("title", "one_liner", "answer"), strict=True):
        before = getattr(card, field)
        at = history.stamp(timezone.now())
        save(card, **{field: "別の言葉"})
        page = client.get(address(card, "restore", at=at))
        assert page.status_code == 200 and "別の言葉" in page.content.decode()
        assert getattr(type(card).objects.get(pk=card.pk), field) == "別の言葉"
        done = client.post(
            address(card, "restore"), {"at": at, "token": page.context["plan"].token}
        )
        assert done.status_code == 302
        assert getattr(type(card).objects.get(pk=card.pk), field) == before


def test_a_restore_over_a_newer_change_shows_the_page_again(client: Client) -> None:
    entry = make_entry(title_ja="元の題")
    at = history.stamp(timezone.now())
    save(entry, title_ja="新しい題")
    token = client.get(address(entry, "restore", at=at)).context["plan"].token
    save(entry, title_ja="もっと新しい題")
    response = client.post(address(entry, "restore"), {"at": at, "token": token})
    assert response.status_code == 409
    assert "もっと新しい" in response.content.decode()
    assert Entry.objects.get(pk=entry.pk).title_ja == "もっと新しい題"


def test_restoring_without_a_moment_leads_back_to_the_list(client: Client) -> None:
    for card in cards():
        for response in (
            client.get(address(card, "restore")),
            client.post(address(card, "restore"), {"at": "yesterday"}),
        ):
            assert response.status_code == 302 and response["Location"] == address(card)


def test_only_who_may_look_sees_the_history_and_only_who_may_change_restores() -> None:
    nobody = client_of("")
    at = history.stamp(timezone.now())
    for card in cards():
        for name in PAGES:
            url = address(card, name)
            assert nobody.get(url).status_code == 403
            assert Client().get(url).status_code == 302
        assert nobody.post(address(card, "restore"), {"at": at}).status_code == 403
        assert Client().post(address(card, "restore"), {"at": at}).status_code == 403


def test_bringing_back_or_removing_a_paper_needs_its_permission() -> None:
    writer, issue = client_of("執筆者"), make_issue()
    make_written_entry(issue)
    at = history.stamp(timezone.now())
    late = make_written_entry(issue, title_ja="遅れた論文")
    token = writer.get(address(issue, "restore", at=at)).context["plan"].token
    sent = {"at": at, "token": token, "remove": "yes"}
    assert writer.post(address(issue, "restore"), sent).status_code == 403
    assert Entry.objects.filter(pk=late.pk).exists()


def test_what_is_not_there_is_404_and_a_wrong_method_405(client: Client) -> None:
    for kind in ("issue", "entry", "question"):
        for name in PAGES:
            url = reverse(f"desk:{kind}_{name}", args=[99999])
            assert client.get(url).status_code == 404
    for card in cards():
        for name in ("history", "compare"):
            assert client.post(address(card, name)).status_code == 405


def test_the_history_of_what_was_removed_is_there(client: Client) -> None:
    question = make_question(make_entry(title_ja="消した論文"), "消した質問は？")
    workflow.remove_question(question, by=make_editor())
    assert "消した質問は？" in client.get(address(question)).content.decode()
    workflow.remove_entry(question.entry, by=make_editor())
    page = client.get(address(question.entry))
    assert "消した論文" in page.content.decode()
    assert (page.context["lines"][0].is_out, page.context["lines"][-1].is_out) == (True, False)


@pytest.mark.parametrize("papers", [1, 4])
def test_the_pages_take_the_same_queries_whatever_the_issue_holds(
    client: Client, papers: int, django_assert_max_num_queries: Any
) -> None:
    issue = make_issue()
    at = history.stamp(timezone.now())
    for _ in range(papers):
        entry = make_written_entry(issue)
        save(entry, summary="別の概要。")
        make_evidence(entry, QUOTE + " again")
    for name, query in (
        ("history", {}),
        ("compare", {"a": at, "b": "now"}),
        ("restore", {"at": at}),
    ):
        with django_assert_max_num_queries(18):
            client.get(address(issue, name, **query))


def test_an_accepted_question_is_one_revision_with_its_answer_and_its_evidence() -> None:
    item = next(i for i in make_draft(make_entry()).items.all() if i.field == "question")
    workflow.accept(item, by=make_editor())
    question = Question.objects.get()
    told = history.revisions_of(question)
    assert len(told) == 1 and told[0].is_first
    assert {field for field, _old, _new in told[0].changes} >= {"question"}
    assert question.history.count() == 1
    assert [row.found_for for row in Evidence.objects.all()] == [question] * len(item.evidence)


def test_the_history_of_an_issue_tells_its_publications(client: Client) -> None:
    edition = make_edition()
    page = client.get(address(edition.issue)).content.decode()
    assert f'value="{history.stamp(edition.published_at)}"' in page
    then = {"at": history.stamp(edition.published_at)}
    restoring = client.get(reverse("desk:issue_restore", args=[edition.issue_id]), then)
    assert restoring.status_code == 200 and not restoring.context["pieces"]
    entry = edition.issue.entries.get()
    assert history.stamp(edition.published_at) not in client.get(address(entry)).content.decode()
