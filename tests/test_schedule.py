"""Publishing at a set time: once, late, or not at all, and always said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.conf import settings as house
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.celery import app
from digests import review, schedule, workflow
from digests.cards import save_card
from digests.models import Edition, Editor, Issue, Note
from digests.reasons import Refused
from papers import jobs
from tests.factories import (
    make_edition,
    make_editor,
    make_entry,
    make_issue,
    make_question,
    make_ready_issue,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # 21:00 in Japan
DUE = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)  # the next day at 7:00
State = Issue.State


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


def scheduled(at: datetime | None = None, **columns: Any) -> Issue:
    """A ready issue that is scheduled: by Hana, for `at` or tomorrow."""
    hana = make_editor(pen_name="花子")
    return schedule.schedule(make_ready_issue(**columns), at or tomorrow(), by=hana)


def now(issue: Issue) -> Issue:
    return Issue.objects.get(pk=issue.pk)


def editor_client() -> Client:
    hana = make_editor(is_superuser=False)
    hana.groups.set(Group.objects.filter(name="編集者"))
    client = Client()
    client.force_login(hana)
    return client


def page_of(issue: Issue) -> str:
    response = editor_client().get(reverse("desk:issue", args=[issue.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


# ── set and taken off ───────────────────────────────────────────────────────────────────────────
def test_an_issue_is_scheduled_from_any_state_before_publishing() -> None:
    for state in (State.DRAFT, State.IN_REVIEW, State.READY, State.SCHEDULED):
        issue, hana, at = make_ready_issue(), make_editor(), tomorrow()
        Issue.objects.filter(pk=issue.pk).update(state=state)
        schedule.schedule(issue, at, by=hana)
        kept = now(issue)
        assert (kept.state, kept.scheduled_for, kept.scheduled_by) == (State.SCHEDULED, at, hana)
        assert kept.history.first().history_user == hana


@pytest.mark.parametrize("away", [timedelta(0), -timedelta(seconds=1), timedelta(days=400)])
def test_a_time_that_has_passed_or_is_years_away_is_refused(away: timedelta) -> None:
    with time_machine.travel(NOW, tick=False), pytest.raises(Refused):
        schedule.schedule(make_ready_issue(), NOW + away, by=make_editor())
    assert Issue.objects.get().state == State.READY


def test_an_issue_that_lacks_something_is_not_scheduled() -> None:
    entry = make_entry()
    with pytest.raises(Refused) as raised:
        schedule.schedule(entry.issue, tomorrow(), by=make_editor())
    assert "not-approved" in {lack.code for lack in raised.value.lacks}
    assert Issue.objects.get().state == State.DRAFT


def test_an_issue_that_was_taken_back_is_not_scheduled() -> None:
    edition, hana = make_edition(), make_editor()
    workflow.take_back(edition.issue, by=hana)
    with pytest.raises(Refused):
        schedule.schedule(edition.issue, tomorrow(), by=hana)
    assert reverse("desk:schedule", args=[edition.issue_id]) not in page_of(edition.issue)


def test_off_the_schedule_an_issue_is_ready_or_a_draft() -> None:
    whole, changed = scheduled(), scheduled()
    entry = changed.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=make_editor())
    for issue, state in ((whole, State.READY), (changed, State.DRAFT)):
        schedule.unschedule(issue, by=make_editor())
        kept = now(issue)
        assert (kept.state, kept.scheduled_for, kept.scheduled_by) == (state, None, None)


def test_what_was_taken_off_the_schedule_is_not_published() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        schedule.unschedule(issue, by=make_editor())
        clock.move_to(DUE)
        assert schedule.publish_due() == []
    assert not Edition.objects.exists()


# ── the time has come ───────────────────────────────────────────────────────────────────────────
def test_nothing_is_published_before_its_time() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        clock.move_to(DUE - timedelta(seconds=1))
        assert schedule.publish_due() == []
    assert now(issue).state == State.SCHEDULED


def test_at_its_time_an_issue_is_published_in_the_name_of_who_scheduled_it() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        clock.move_to(DUE)
        assert schedule.publish_due() == [issue]
        assert schedule.publish_due() == []
    kept, edition = now(issue), Edition.objects.get()
    assert (kept.state, kept.scheduled_for, kept.schedule_note) == (State.PUBLISHED, None, "")
    assert str(edition.published_by) == "花子" and edition.published_at == DUE
    assert not Note.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_clocks_at_one_moment_one_publishes() -> None:
    with time_machine.travel(NOW, tick=False):
        issue = scheduled(DUE)
    start = Barrier(2)

    def look(_n: int) -> int:
        start.wait(60)
        try:
            return len(schedule.publish_due())
        finally:
            connections.close_all()

    with time_machine.travel(DUE, tick=True), ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(look, range(2))) == [0, 1]
    assert Edition.objects.get().issue == issue


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (timedelta(minutes=4, seconds=59), ()),
        (timedelta(minutes=132), ("07:00", "09:12", "132")),
        (timedelta(days=1, minutes=5), ("2026-11-24 07:00", "2026-11-25 07:05", "1445")),
    ],
)
def test_a_clock_that_slept_publishes_late_and_says_how_late(
    late: timedelta, words: tuple[str, ...]
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        clock.move_to(DUE + late)
        schedule.publish_due()
    kept = now(issue)
    assert kept.state == State.PUBLISHED
    assert bool(kept.schedule_note) == bool(words)
    assert all(word in kept.schedule_note for word in words)
    page = page_of(issue)
    assert ('id="schedule-note"' in page) == bool(words) and kept.schedule_note in page


def test_an_issue_that_does_not_pass_at_its_time_is_a_draft_with_the_reasons_told() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        entry = issue.entries.get()
        save_card(entry, entry.row_version, {"title_ja": ""}, by=make_editor())
        clock.move_to(DUE)
        assert schedule.publish_due() == [issue]
        assert schedule.publish_due() == []
    kept, note = now(issue), Note.objects.get()
    assert (kept.state, kept.scheduled_for, kept.scheduled_by) == (State.DRAFT, None, None)
    lack = workflow.why_not_publishable(kept)[0].message
    for words in (kept.schedule_note, note.text):
        assert "2026-11-24 07:00" in words and lack in words
    assert (note.issue, note.entry, note.is_done) == (issue, None, False)
    assert not Edition.objects.exists() and lack in page_of(issue)


def test_many_reasons_are_cut_on_the_issue_and_whole_in_the_note() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        for _ in range(12):
            make_entry(issue)
        clock.move_to(DUE)
        schedule.publish_due()
    assert len(now(issue).schedule_note) == 500
    assert len(Note.objects.get().text) > 500


def test_one_issue_that_breaks_does_not_hold_up_the_next(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        broken, whole = scheduled(DUE - timedelta(minutes=1)), scheduled(DUE)
        publish = workflow.publish

        def breaks(issue: Issue, **options: Any) -> Edition:
            if issue == broken:
                raise RuntimeError("the disk is full")
            return publish(issue, **options)

        monkeypatch.setattr(workflow, "publish", breaks)
        clock.move_to(DUE)
        assert schedule.publish_due() == [whole]
    assert now(broken).state == State.SCHEDULED  # and looked at again in a minute
    assert "the disk is full" in caplog.text


def test_an_account_that_has_gone_meanwhile_does_not_stop_its_schedule() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        assert issue.scheduled_by
        issue.scheduled_by.delete()
        clock.move_to(DUE)
        schedule.publish_due()
    assert now(issue).state == State.PUBLISHED and Edition.objects.get().published_by is None


def test_the_command_for_a_cron_publishes_what_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue, other = scheduled(DUE), scheduled(DUE)
        make_entry(other)
        clock.move_to(DUE)
        call_command("publish_due")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"/issues/{issue.slug}/  published"
    assert lines[1].startswith(f"/issues/{other.slug}/  not published: ")


def test_beat_looks_each_minute() -> None:
    entry = house.CELERY_BEAT_SCHEDULE["publish-due"]
    assert entry["schedule"].minute == set(range(60)) and entry["schedule"].hour == set(range(24))
    app.loader.import_default_modules()
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        clock.move_to(DUE)
        app.tasks[entry["task"]]()
    assert now(issue).state == State.PUBLISHED


# ── what has changed since ──────────────────────────────────────────────────────────────────────
def test_a_text_changed_after_scheduling_is_said_and_the_schedule_stays() -> None:
    issue, hana = scheduled(), make_editor()
    assert not schedule.changed_since(issue)
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=hana)
    assert now(issue).state == State.SCHEDULED and schedule.changed_since(now(issue))
    before = entry.title_ja
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": before}, by=hana)
    assert not schedule.changed_since(now(issue))


def test_approving_again_is_no_change_of_the_text() -> None:
    issue, hana = scheduled(), make_editor()
    workflow.withdraw_approval(issue.entries.get(), by=hana)
    workflow.approve(issue.entries.get(), by=hana)
    assert not schedule.changed_since(now(issue))


@pytest.mark.parametrize("what", ["issue", "answer", "question", "paper", "removed"])
def test_every_kind_of_change_is_seen(what: str) -> None:
    issue, hana = scheduled(), make_editor()
    entry = issue.entries.get()
    question = entry.questions.get()
    if what == "issue":
        save_card(issue, issue.row_version, {"introduction": "はじめに。"}, by=hana)
    elif what == "answer":
        save_card(question, question.row_version, {"answer": "別の答えです。"}, by=hana)
    elif what == "question":
        workflow.add_question(entry, "新しい質問？", by=hana)
    elif what == "paper":
        make_entry(issue)
    else:
        workflow.remove_entry(entry, by=None)
    assert schedule.changed_since(now(issue))


def test_a_time_set_again_counts_from_then() -> None:
    issue, hana = scheduled(), make_editor()
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=hana)
    workflow.approve(entry, by=hana)
    review.assign(issue, hana, by=hana)
    assert schedule.changed_since(now(issue))
    at = now(issue).scheduled_for
    assert at
    schedule.schedule(issue, at, by=hana)
    assert not schedule.changed_since(now(issue))


def writer() -> Editor:
    """Somebody who may write and may not publish."""
    made = make_editor(is_superuser=False)
    made.groups.set(Group.objects.filter(name="執筆者"))
    return Editor.objects.get(pk=made.pk)


@pytest.mark.parametrize("is_writer", [True, False])
def test_a_schedule_lends_its_permission_to_nobody(is_writer: bool) -> None:
    with time_machine.travel(NOW, tick=True) as clock:
        issue, by = scheduled(DUE), writer() if is_writer else make_editor()
        entry = issue.entries.get()
        save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=by)
        workflow.approve(entry, by=by)
        assert schedule.waits_for_another(now(issue)) == is_writer
        clock.move_to(DUE)
        schedule.publish_due()
    assert now(issue).state == (State.DRAFT if is_writer else State.PUBLISHED)
    assert (Note.objects.exists(), Edition.objects.exists()) == (is_writer, not is_writer)


def test_a_writer_s_change_counts_from_the_last_scheduling_only() -> None:
    issue, aoi = scheduled(), writer()
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=aoi)
    workflow.approve(entry, by=aoi)
    at = now(issue).scheduled_for
    assert at and schedule.waits_for_another(now(issue))
    schedule.schedule(issue, at, by=make_editor())
    workflow.withdraw_approval(entry, by=aoi)  # no text of readers
    workflow.approve(entry, by=aoi)
    assert not schedule.waits_for_another(now(issue))


def test_a_time_put_off_while_a_clock_looks_is_kept() -> None:
    with time_machine.travel(NOW, tick=True) as clock:
        issue = scheduled(DUE)
        clock.move_to(DUE)
        Issue.objects.update(scheduled_for=DUE + timedelta(days=1))  # after the look has begun
        assert schedule._publish_one(issue.pk) is None
    assert now(issue).state == State.SCHEDULED


def test_what_had_gone_before_it_was_scheduled_is_no_change() -> None:
    issue = make_ready_issue()
    make_question(issue.entries.get(), "消える質問？").delete()
    workflow.approve(issue.entries.get(), by=make_editor())
    issue = schedule.schedule(issue, tomorrow(), by=make_editor())
    assert not schedule.changed_since(issue)


def test_with_a_second_person_a_text_changed_since_waits(settings: Any) -> None:
    with time_machine.travel(NOW, tick=True) as clock:
        issue = make_ready_issue(asked_by=make_editor())
        settings.REQUIRE_SECOND_PERSON = True
        issue = schedule.schedule(issue, DUE, by=make_editor())
        entry = issue.entries.get()
        save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=make_editor())
        workflow.approve(entry, by=make_editor())
        clock.move_to(DUE)
        schedule.publish_due()
    assert now(issue).state == State.DRAFT and not Edition.objects.exists()
    assert Note.objects.get().text


def test_with_a_second_person_what_was_left_alone_is_published(settings: Any) -> None:
    with time_machine.travel(NOW, tick=True) as clock:
        issue = make_ready_issue(asked_by=make_editor())
        settings.REQUIRE_SECOND_PERSON = True
        schedule.schedule(issue, DUE, by=make_editor())
        clock.move_to(DUE)
        schedule.publish_due()
    assert now(issue).state == State.PUBLISHED


# ── the changes of an issue that readers know ───────────────────────────────────────────────────
CHANGED = "直したあとの題"


def published() -> Issue:
    """An issue that readers know and in which the gate finds nothing."""
    issue = make_ready_issue()
    workflow.publish(issue, by=make_editor())
    return now(issue)


def change(issue: Issue, title_ja: str = CHANGED) -> Issue:
    """Give its paper another title, and approve it again."""
    entry = issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": title_ja}, by=make_editor())
    workflow.approve(entry, by=make_editor())
    return now(issue)


def titles(issue: Issue) -> list[str]:
    """What readers see."""
    edition = now(issue).current_edition
    return [entry.title_ja for entry in edition.entries.all()] if edition else []


def test_changes_are_published_at_their_time_and_readers_see_the_old_till_then() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue, hana = change(published()), make_editor()
        schedule.schedule(issue, DUE, by=hana, change=Edition.Change.CORRECTION)
        assert now(issue).state == State.PUBLISHED and now(issue).is_scheduled
        assert schedule.publish_due() == [] and CHANGED not in titles(issue)
        clock.move_to(DUE)
        assert schedule.publish_due() == [issue]
    kept = now(issue)
    assert titles(issue) == [CHANGED] and kept.current_edition
    assert (kept.current_edition.number, kept.current_edition.change) == (2, "correction")
    assert kept.current_edition.published_by == hana
    assert (kept.scheduled_for, kept.scheduled_by, kept.scheduled_change) == (None, None, "")


def test_without_a_change_there_is_nothing_to_schedule() -> None:
    issue = published()
    with pytest.raises(Refused):
        schedule.schedule(issue, tomorrow(), by=make_editor())
    assert reverse("desk:schedule", args=[issue.pk]) not in page_of(issue)


def test_changes_that_do_not_pass_at_their_time_leave_the_issue_public_as_it_was() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = change(published())
        schedule.schedule(issue, DUE, by=make_editor())
        entry = issue.entries.get()
        save_card(entry, entry.row_version, {"title_ja": ""}, by=make_editor())
        clock.move_to(DUE)
        schedule.publish_due()
    kept = now(issue)
    assert kept.state == State.PUBLISHED and not kept.is_scheduled and kept.schedule_note
    assert Edition.objects.count() == 1 and Note.objects.filter(issue=issue).exists()


def test_changes_that_were_undone_before_their_time_make_no_edition_and_the_clock_rests() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = published()
        before = issue.entries.get().title_ja
        schedule.schedule(change(issue), DUE, by=make_editor())
        change(issue, before)
        clock.move_to(DUE + timedelta(hours=1))
        schedule.publish_due()
        assert schedule.publish_due() == []
    kept = now(issue)
    assert kept.state == State.PUBLISHED and not kept.is_scheduled and not kept.schedule_note
    assert Edition.objects.count() == 1


def test_the_review_of_changes_rests_while_they_are_scheduled() -> None:
    taro, hana = make_editor(), make_editor()
    issue = review.hand_over(change(published()), taro, by=hana)
    issue = schedule.schedule(issue, tomorrow(), by=taro)
    with pytest.raises(Refused):  # it would be published at its time all the same
        review.send_back(issue, "数値が違います。", by=taro)
    assert review.may(hana, "withdraw", issue) and not Note.objects.exists()
    issue = schedule.unschedule(issue, by=taro)
    assert review.send_back(issue, "数値が違います。", by=taro).asked_by is None


@pytest.mark.parametrize("how", ["unschedule", "publish", "take_back"])
def test_scheduled_changes_are_taken_off_by_hand_by_publishing_and_by_taking_back(how: str) -> None:
    issue, hana = change(published()), make_editor()
    schedule.schedule(issue, tomorrow(), by=hana)
    acts: dict[str, Any] = {
        "unschedule": schedule.unschedule,
        "publish": workflow.publish,
        "take_back": workflow.take_back,
    }
    acts[how](now(issue), by=hana)
    kept = now(issue)
    assert kept.state == (State.TAKEN_BACK if how == "take_back" else State.PUBLISHED)
    assert not kept.is_scheduled and kept.scheduled_for is None
    assert (titles(issue) == [CHANGED]) == (how == "publish")


def test_the_page_of_a_public_issue_schedules_its_changes_and_shows_the_time() -> None:
    with time_machine.travel(NOW, tick=False):
        issue = change(published())
        assert reverse("desk:schedule", args=[issue.pk]) in page_of(issue)
        sent = {"at": "2026-11-24T07:00", "change": "correction"}
        address = reverse("desk:schedule", args=[issue.pk])
        page = editor_client().post(address, sent, follow=True).content.decode()
        board = editor_client().get(reverse("desk:home")).content.decode()
    kept = now(issue)
    assert (kept.scheduled_for, kept.scheduled_change) == (DUE, "correction")
    assert 'id="scheduled"' in page and reverse("desk:unschedule", args=[issue.pk]) in page
    assert "2026-11-24 07:00" in board


# ── the page and its buttons ────────────────────────────────────────────────────────────────────
def test_the_time_that_is_typed_is_the_clocks_time_in_japan() -> None:
    with time_machine.travel(NOW, tick=False):
        issue, client = make_ready_issue(), editor_client()
        url = reverse("desk:schedule", args=[issue.pk])
        response = client.post(url, {"at": "2026-11-24T07:00"}, follow=True)
    kept = now(issue)
    assert (kept.state, kept.scheduled_for) == (State.SCHEDULED, DUE)
    page = response.content.decode()
    assert "2026-11-24 07:00" in page and 'value="2026-11-24T07:00"' in page


@pytest.mark.parametrize("at", ["", "tomorrow", "2026-11-23T20:59", "2026-13-40T07:00", "2206-01-01T00:00"])  # fmt: skip  # noqa: E501
def test_a_time_that_can_not_be_is_shown_again_with_what_was_typed(at: str) -> None:
    with time_machine.travel(NOW, tick=False):
        issue, client = make_ready_issue(), editor_client()
        response = client.post(reverse("desk:schedule", args=[issue.pk]), {"at": at})
    assert response.status_code == 400 and "errorlist" in response.content.decode()
    assert f'value="{at}"' in response.content.decode() or not at
    assert now(issue).state == State.READY


def test_an_issue_that_lacks_something_is_not_scheduled_by_its_address_either() -> None:
    issue = make_issue()
    assert reverse("desk:schedule", args=[issue.pk]) not in page_of(issue)
    at = f"{timezone.localtime(tomorrow()):%Y-%m-%dT%H:%M}"
    url = reverse("desk:schedule", args=[issue.pk])
    response = editor_client().post(url, {"at": at}, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    assert now(issue).state == State.DRAFT


def test_the_page_says_when_the_clock_is_looked_at_next_and_when_nobody_looks() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        issue = scheduled(DUE)
        assert "21:01" in page_of(issue)
        standing = page_of(issue)
        jobs.heartbeat("worker@here")
        running = page_of(issue)
        clock.move_to(DUE + timedelta(seconds=30))
        jobs.heartbeat("worker@here")
        due = page_of(issue)
    warns = 'class="notice warning" id="scheduled"'
    assert warns in standing and warns not in running and warns in due


def test_off_the_schedule_by_its_button() -> None:
    issue = scheduled()
    assert reverse("desk:unschedule", args=[issue.pk]) in page_of(issue)
    editor_client().post(reverse("desk:unschedule", args=[issue.pk]))
    assert now(issue).state == State.READY
