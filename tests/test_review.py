"""Who may do what to an issue: hand over, send back, assign, and the second person."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from digests import review, samples, schedule, workflow
from digests.cards import save_card
from digests.models import Edition, Editor, Issue, Note
from digests.reasons import Refused
from tests.factories import (
    make_edition,
    make_editor,
    make_entry,
    make_issue,
    make_ready_issue,
    make_written_entry,
)
from tests.test_schedule import tomorrow

pytestmark = pytest.mark.django_db
WRITER, EDITOR = "執筆者", "編集者"
State = Issue.State


def person(name: str, *groups: str, **columns: Any) -> Editor:
    made = make_editor(name, is_superuser=False, pen_name=name, **columns)
    made.groups.set(Group.objects.filter(name__in=groups))
    return Editor.objects.get(pk=made.pk)


def client_of(editor: Editor) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def now(issue: Issue) -> Issue:
    return Issue.objects.get(pk=issue.pk)


def page_of(editor: Editor, issue: Issue) -> str:
    response = client_of(editor).get(reverse("desk:issue", args=[issue.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


def url(name: str, issue: Issue) -> str:
    return reverse(f"desk:{name}", args=[issue.pk])


@pytest.fixture
def hana() -> Editor:
    return person("hana", EDITOR)


@pytest.fixture
def taro() -> Editor:
    return person("taro", EDITOR)


# ── handing over ────────────────────────────────────────────────────────────────────────────────
def test_an_issue_handed_over_is_in_review_with_its_note(hana: Editor, taro: Editor) -> None:
    issue = make_issue()
    review.hand_over(issue, taro, by=hana, note="数値を見てください。")
    kept = now(issue)
    assert (kept.state, kept.asked_by, kept.assignee) == (State.IN_REVIEW, hana, taro)
    note = Note.objects.get()
    assert (note.text, note.by, note.entry) == ("数値を見てください。", hana, None)
    assert kept.history.first().history_user == hana


def test_a_writer_can_hand_over_but_is_not_asked(hana: Editor) -> None:
    ken, issue = person("ken", WRITER), make_issue()
    with pytest.raises(Refused):
        review.hand_over(issue, ken, by=hana)
    assert review.hand_over(issue, hana, by=ken).state == State.IN_REVIEW


def test_nobody_asks_herself_or_who_has_no_desk_any_more(hana: Editor, taro: Editor) -> None:
    gone = person("gone", EDITOR, is_active=False)
    reader = person("reader", EDITOR, is_staff=False)
    for whom in (hana, gone, reader):
        with pytest.raises(Refused):
            review.hand_over(make_issue(), whom, by=hana)
    assert list(review.reviewers(but=hana)) == [taro]


def test_alone_there_is_nobody_to_hand_over_to(hana: Editor) -> None:
    person("gone", EDITOR, is_active=False)
    issue = make_issue()
    assert review.may(hana, "hand-over", issue) and review.may(hana, "assign", issue)
    page = page_of(hana, issue)
    assert url("hand_over", issue) not in page and url("assign", issue) not in page


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.SCHEDULED])
def test_what_is_in_review_or_scheduled_is_not_handed_over(
    state: str, hana: Editor, taro: Editor
) -> None:
    issue = make_issue(state=state)
    with pytest.raises(Refused):
        review.hand_over(issue, taro, by=hana)
    assert now(issue).state == state


def test_the_changes_of_a_public_issue_are_handed_over_without_hiding_it(
    hana: Editor, taro: Editor
) -> None:
    issue = make_edition().issue
    review.hand_over(issue, taro, by=hana)
    assert now(issue).state == State.PUBLISHED and review.is_asked(now(issue))
    assert Edition.objects.public().count() == 1
    review.send_back(issue, "まだです。", by=taro)
    assert now(issue).state == State.PUBLISHED and not review.is_asked(now(issue))


# ── answering ───────────────────────────────────────────────────────────────────────────────────
def test_sending_back_needs_a_note_and_returns_the_issue_to_who_asked(
    hana: Editor, taro: Editor
) -> None:
    issue = review.hand_over(make_issue(), taro, by=hana)
    with pytest.raises(ValueError, match="something"):
        review.send_back(issue, " ", by=taro)
    assert now(issue).state == State.IN_REVIEW
    review.send_back(issue, "表2の数値が違います。", by=taro)
    kept = now(issue)
    assert (kept.state, kept.assignee, kept.asked_by) == (State.DRAFT, hana, None)
    assert [(n.kind, n.by) for n in Note.objects.all()] == [(Note.Kind.SENT_BACK, taro)]


def test_who_asked_withdraws_and_does_not_answer_herself(hana: Editor, taro: Editor) -> None:
    issue = review.hand_over(make_ready_issue(), taro, by=hana)
    for verb in (lambda: review.send_back(issue, "戻す", by=hana), lambda: review.say_ready(issue, by=hana)):  # fmt: skip  # noqa: E501
        with pytest.raises(Refused):
            verb()
    with pytest.raises(Refused):
        review.withdraw(issue, by=taro)
    review.withdraw(issue, by=hana)
    assert (now(issue).state, now(issue).asked_by, now(issue).assignee) == (State.DRAFT, None, hana)


def test_a_review_is_done_when_nothing_lacks(hana: Editor, taro: Editor) -> None:
    issue = make_issue()
    make_entry(issue)
    review.hand_over(issue, taro, by=hana)
    with pytest.raises(Refused) as raised:
        review.say_ready(issue, by=taro)
    assert "not-approved" in {lack.code for lack in raised.value.lacks}
    whole = review.hand_over(make_ready_issue(), taro, by=hana)
    assert review.say_ready(whole, by=taro).state == State.READY


def test_an_answer_comes_once(hana: Editor, taro: Editor) -> None:
    issue = review.hand_over(make_ready_issue(), taro, by=hana)
    review.send_back(issue, "まだです。", by=taro)
    with pytest.raises(Refused):
        review.send_back(issue, "まだです。", by=taro)
    with pytest.raises(Refused):
        review.say_ready(issue, by=taro)
    assert Note.objects.count() == 1


def test_an_issue_is_given_to_somebody_and_to_nobody(hana: Editor, taro: Editor) -> None:
    ken, issue = person("ken", WRITER), make_issue()
    assert review.assign(issue, ken, by=hana).assignee == ken
    assert review.assign(issue, None, by=hana).assignee is None
    with pytest.raises(Refused):
        review.assign(issue, person("nobody"), by=hana)


def test_text_that_changes_in_review_leaves_it_in_review(hana: Editor, taro: Editor) -> None:
    issue = review.hand_over(make_ready_issue(), taro, by=hana)
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=taro)
    assert now(issue).state == State.IN_REVIEW
    assert not issue.entries.get().is_approved


# ── one press, or two people ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.READY, State.SCHEDULED])
def test_alone_an_editor_publishes_from_any_state_in_one_press(state: str) -> None:
    issue, hana = make_ready_issue(), person("hana", EDITOR)
    Issue.objects.filter(pk=issue.pk).update(
        state=state, asked_by=hana, scheduled_for=tomorrow(), schedule_note="遅れ"
    )
    client_of(hana).post(url("issues_publish", issue))
    kept = now(issue)
    assert (kept.state, kept.asked_by, kept.scheduled_for, kept.schedule_note) == (
        State.PUBLISHED, None, None, "",
    )  # fmt: skip
    assert kept.history.first().state == State.PUBLISHED


def test_with_a_second_person_who_asked_neither_publishes_nor_schedules(
    settings: Any, hana: Editor, taro: Editor
) -> None:
    settings.REQUIRE_SECOND_PERSON = True
    issue = review.hand_over(make_ready_issue(), taro, by=hana)
    with pytest.raises(Refused) as raised:
        workflow.publish(issue, by=hana, override_reason="急ぎます。")
    assert [lack.code for lack in raised.value.lacks] == ["same-person"]
    with pytest.raises(Refused):
        schedule.schedule(issue, tomorrow(), by=hana)
    response = client_of(hana).post(url("issues_publish", issue), follow=True)
    (said,) = response.context["messages"]
    assert "Another person" in str(said) or "別の人" in str(said)
    assert not Edition.objects.exists()
    assert workflow.publish(issue, by=taro).published_by == taro


def test_with_a_second_person_nothing_is_published_that_nobody_was_asked_about(
    settings: Any, hana: Editor, taro: Editor
) -> None:
    settings.REQUIRE_SECOND_PERSON = True
    issue = make_ready_issue()
    with pytest.raises(Refused) as raised:
        workflow.publish(issue, by=hana)
    assert [lack.code for lack in raised.value.lacks] == ["not-asked"]
    page = page_of(hana, issue)
    assert url("issues_publish", issue) not in page and url("hand_over", issue) in page


def test_with_a_second_person_the_last_approval_makes_no_issue_ready(
    settings: Any,
) -> None:
    settings.REQUIRE_SECOND_PERSON = True
    assert make_ready_issue().state == State.DRAFT


def test_with_a_second_person_each_change_is_asked_about_anew(
    settings: Any, hana: Editor, taro: Editor
) -> None:
    settings.REQUIRE_SECOND_PERSON = True
    issue = review.hand_over(make_ready_issue(), taro, by=hana)
    workflow.publish(issue, by=taro)
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=taro)
    workflow.approve(entry, by=taro)
    with pytest.raises(Refused):
        workflow.publish(issue, by=taro)
    review.hand_over(issue, hana, by=taro)
    assert workflow.publish(issue, by=hana).number == 2


def test_with_a_second_person_pressing_twice_is_still_once(
    settings: Any, hana: Editor, taro: Editor
) -> None:
    settings.REQUIRE_SECOND_PERSON = True
    issue = review.hand_over(make_ready_issue(), taro, by=hana)
    assert workflow.publish(issue, by=taro) == workflow.publish(issue, by=taro)


def test_the_sample_asks_for_no_second_person(settings: Any) -> None:
    settings.REQUIRE_SECOND_PERSON = True
    assert samples.load(by=make_editor()).state == State.PUBLISHED


# ── the page and its buttons ────────────────────────────────────────────────────────────────────
def test_who_asked_and_who_was_asked_see_their_own_buttons(hana: Editor, taro: Editor) -> None:
    issue = review.hand_over(make_ready_issue(), taro, by=hana)
    asker, asked = page_of(hana, issue), page_of(taro, issue)
    assert url("withdraw", issue) in asker and url("withdraw", issue) not in asked
    for name in ("send_back", "say_ready"):
        assert url(name, issue) in asked and url(name, issue) not in asker


def test_a_writer_sees_who_has_it_and_no_button_to_publish(hana: Editor, taro: Editor) -> None:
    ken, issue = person("ken", WRITER), make_ready_issue()
    page = page_of(ken, review.hand_over(issue, hana, by=ken))
    assert "hana" in page and url("withdraw", issue) in page
    for name in ("issues_publish", "schedule", "send_back", "say_ready", "issues_take-back"):
        assert url(name, issue) not in page, name


def test_hand_over_send_back_assign_withdraw_and_ready_by_their_buttons(
    hana: Editor, taro: Editor
) -> None:
    issue, asker, asked = make_ready_issue(), client_of(hana), client_of(taro)
    ask = {"to": str(taro.pk), "note": "お願いします。"}
    asker.post(url("hand_over", issue), ask)
    assert now(issue).state == State.IN_REVIEW and Note.objects.get().text == "お願いします。"
    asked.post(url("send_back", issue), {"note": "まだです。"})
    assert (now(issue).state, now(issue).assignee) == (State.DRAFT, hana)
    asker.post(url("hand_over", issue), ask)
    asker.post(url("withdraw", issue))
    assert now(issue).state == State.DRAFT
    asker.post(url("assign", issue), {"to": str(taro.pk)})
    assert now(issue).assignee == taro
    asker.post(url("assign", issue), {"to": ""})
    assert now(issue).assignee is None
    asker.post(url("hand_over", issue), ask)
    asked.post(url("say_ready", issue))
    assert now(issue).state == State.READY


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("hand_over", {"to": "x", "note": "数値を見てください。"}),
        ("hand_over", {"to": "", "note": "あ" * 4001}),
        ("send_back", {"note": " "}),
        ("send_back", {"note": "い" * 4001}),
        ("assign", {"to": "999999"}),
    ],
)
def test_a_form_with_a_fault_is_shown_again_with_what_was_typed(
    name: str, typed: dict[str, str], hana: Editor, taro: Editor
) -> None:
    issue = review.hand_over(make_issue(), hana, by=taro)
    response = client_of(hana).post(url(name, issue), typed)
    assert response.status_code == 400
    assert typed.get("note", "").strip() in response.content.decode()
    assert now(issue).state == State.IN_REVIEW


@pytest.mark.parametrize("name", ["withdraw", "send_back", "say_ready", "unschedule"])
def test_a_button_pressed_in_the_wrong_state_says_why_and_changes_nothing(
    name: str, hana: Editor, taro: Editor
) -> None:
    issue = make_issue()
    response = client_of(hana).post(url(name, issue), {"note": "戻す"}, follow=True)
    (said,) = response.context["messages"]
    assert said.level_tag == "error" and str(said)
    assert now(issue).state == State.DRAFT and not Note.objects.exists()


@pytest.mark.parametrize("name", ["issues_take-back", "issues_put-back"])
def test_what_was_never_public_is_neither_taken_nor_put_back(name: str, hana: Editor) -> None:
    issue = make_issue()
    response = client_of(hana).post(url(name, issue), follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    assert now(issue).state == State.DRAFT


FOR_WRITERS = ["hand_over", "withdraw", "assign"]
FOR_EDITORS = ["send_back", "say_ready", "schedule", "unschedule"]


@pytest.mark.parametrize("name", FOR_WRITERS + FOR_EDITORS)
def test_strangers_those_without_a_role_and_wrong_methods_are_refused(name: str) -> None:
    issue, hana = make_issue(), person("hana", EDITOR)
    assert Client().post(url(name, issue)).status_code == 403
    assert client_of(person("nobody")).post(url(name, issue)).status_code == 403
    if name in FOR_EDITORS:
        assert client_of(person("ken", WRITER)).post(url(name, issue)).status_code == 403
    assert client_of(hana).get(url(name, issue)).status_code == 405
    assert client_of(hana).post(reverse(f"desk:{name}", args=[999])).status_code == 404
    assert now(issue).state == State.DRAFT


def test_every_action_has_a_rule_that_says_no_to_who_may_not() -> None:
    nobody, issue = person("nobody"), make_written_entry().issue
    assert all(review.rules(nobody, issue).values())
    with pytest.raises(KeyError):
        review.may(nobody, "fly", issue)
