"""The board of weeks: what is where, what is late, and what waits for whom."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from digests import watching, weeks, workflow
from digests.desk import words
from digests.models import Comment, Entry, Issue, Note, SetAside, Source, SourceJob, WeekPreview
from papers.models import Heartbeat, Job
from tests.factories import (
    make_draft,
    make_edition,
    make_editor,
    make_entry,
    make_issue,
    make_preview,
    make_preview_job,
    make_source,
    make_source_job,
)

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2023, 4, 17, 21, 0, tzinfo=TOKYO)  # Monday; the window is open
HOME = "desk:home"


@pytest.fixture(autouse=True)
def _monday_evening() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_editor())
    return client


@pytest.fixture(autouse=True)
def source() -> Source:
    """The only watched source; the week of April 10 is due."""
    Source.objects.update(is_watched=False)
    source = make_source()
    source.is_watched, source.list_url = True, "https://a.example/{year}.md"
    source.save()
    return source


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def board(client: Client, query: str = "") -> str:
    response = client.get(reverse(HOME) + query)
    assert response.status_code == 200
    return text_of(response)


def rows_of(client: Client, query: str = "") -> list[str]:
    """The words of each row of the board."""
    body = board(client, query).partition("<tbody>")[2].partition("</tbody>")[0]
    plain = [re.sub(r"<[^>]+>", " ", row) for row in body.split("<tr")[1:]]
    return [" ".join(row.partition(">")[2].split()) for row in plain]


def links(client: Client, query: str = "") -> dict[str, int]:
    """The links that narrow the board, with their counts."""
    found = re.findall(
        r'<a href="\?([^"]*)"[^>]*>[^<]* <span class="count">(\d+)', board(client, query)
    )
    return {query: int(count) for query, count in found}


def looked(source: Source, result: str, value: str = "", *, ago: int = 0) -> None:
    Source.objects.filter(pk=source.pk).update(
        looked_at=NOW - timedelta(minutes=ago), look_result=result, look_value=value
    )


def seen(source: Source) -> Issue:
    """The week of April 10 is there, and nothing is due."""
    return make_issue(date(2023, 4, 10), source=source)


# ── empty ───────────────────────────────────────────────────────────────────────────────────────
def test_an_empty_desk_says_what_to_do_next(client: Client) -> None:
    Source.objects.update(is_watched=False)
    page = board(client)
    assert 'class="empty"' in page and reverse("desk:new_week") in page
    assert reverse("admin:digests_source_changelist") in page  # nothing is looked at by itself


def test_with_nothing_but_a_week_that_is_due_both_are_shown(client: Client) -> None:
    assert 'class="empty"' in board(client)
    assert len(rows_of(client)) == 1


# ── weeks ───────────────────────────────────────────────────────────────────────────────────────
def test_the_week_that_is_due_stands_there_with_what_the_last_look_said(
    client: Client, source: Source
) -> None:
    make_issue(date(2023, 4, 3), source=source)
    (due, old) = rows_of(client)
    assert "2023-04-10 – 2023-04-16" in due and "2023-04-03" in old
    assert words.say(words.LOOKS, "not-published") not in due  # nobody has looked
    looked(source, watching.NOT_PUBLISHED, "2023-04-10")
    assert words.say(words.LOOKS, "not-published") in rows_of(client)[0]
    page = board(client)
    assert "4/17 21:00" in page and "4/17 22:00" in page  # the last look, and the next


def test_a_week_is_not_due_before_its_window(client: Client, source: Source) -> None:
    make_issue(date(2023, 4, 3), source=source)
    with time_machine.travel(datetime(2023, 4, 16, 17, 0, tzinfo=TOKYO), tick=False):
        assert len(rows_of(client)) == 1
    with time_machine.travel(datetime(2023, 4, 16, 18, 0, tzinfo=TOKYO), tick=False):
        assert len(rows_of(client)) == 2


def test_a_preview_that_is_ready_leads_to_its_papers(client: Client, source: Source) -> None:
    made = make_preview(source=source, first_on=date(2023, 4, 10), last_on=date(2023, 4, 16))
    job = make_preview_job(made, state=Job.State.DONE)
    (ready,) = rows_of(client)
    page = board(client)
    assert reverse("desk:week", args=[made.uuid]) in page
    for state in (Job.State.QUEUED, Job.State.FAILED):
        job.state = state
        job.save()
        (row,) = rows_of(client)
        assert row != ready  # it says that arXiv is being asked, or could not be


def test_only_the_newest_preview_of_a_week_without_an_issue_is_shown(
    client: Client, source: Source
) -> None:
    days = {"first_on": date(2023, 4, 10), "last_on": date(2023, 4, 16)}
    old, new = make_preview(source=source, **days), make_preview(source=source, **days)
    WeekPreview.objects.filter(pk=old.pk).update(created_at=NOW - timedelta(hours=1))
    undated = make_preview(source=source, first_on=None, last_on=None, heading="Some papers")
    page = board(client)
    assert str(new.uuid) in page and str(undated.uuid) in page and str(old.uuid) not in page
    seen(source)
    page = board(client)
    assert str(new.uuid) not in page and str(undated.uuid) in page


# ── weeks that nobody wants ─────────────────────────────────────────────────────────────────────
def press(client: Client, name: str, made: WeekPreview) -> str:
    response = client.post(reverse(f"desk:{name}", args=[made.uuid]), follow=True)
    assert response.redirect_chain[-1][0] == reverse(HOME)
    return text_of(response)


def test_a_week_that_nobody_wants_goes_out_of_the_way_and_says_who_said_so(
    client: Client, source: Source
) -> None:
    made = make_preview(source=source, first_on=date(2023, 4, 10), last_on=date(2023, 4, 16))
    assert len(rows_of(client)) == 1 and "aside-weeks" not in board(client)
    page = press(client, "set_aside", made)
    assert str(made.uuid) in page.partition('class="aside-weeks"')[2]
    assert rows_of(client) == []
    quiet = board(client).partition('class="aside-weeks"')[2]
    assert "2023-04-10 – 2023-04-16" in quiet and "4/17 21:00" in quiet
    assert str(SetAside.objects.get().by) in quiet


def test_setting_a_week_aside_is_taken_back_and_both_are_on_record(
    client: Client, source: Source
) -> None:
    made = make_preview(source=source, first_on=date(2023, 4, 10), last_on=date(2023, 4, 16))
    press(client, "set_aside", made)
    press(client, "set_aside", made)
    other = Client()
    jiro = make_editor("jiro")
    other.force_login(jiro)
    press(other, "take_up", made)
    assert len(rows_of(client)) == 1 and "aside-weeks" not in board(client)
    press(other, "take_up", made)
    said = SetAside.objects.get()
    assert said.by not in (None, jiro)
    assert (said.undone_by, said.undone_at) == (jiro, NOW)
    press(client, "set_aside", made)
    assert SetAside.objects.count() == 2


def test_an_older_list_of_a_week_that_is_set_aside_does_not_take_its_place(
    client: Client, source: Source
) -> None:
    days = {"first_on": date(2023, 4, 10), "last_on": date(2023, 4, 16)}
    old, new = make_preview(source=source, **days), make_preview(source=source, **days)
    WeekPreview.objects.filter(pk=old.pk).update(created_at=NOW - timedelta(hours=1))
    press(client, "set_aside", new)
    assert rows_of(client) == []
    newest = make_preview(source=source, **days)  # somebody gives the list again
    WeekPreview.objects.filter(pk=newest.pk).update(created_at=NOW + timedelta(hours=1))
    assert len(rows_of(client)) == 1 and str(newest.uuid) in board(client)


def test_who_says_the_words_of_a_button_presses_it(client: Client) -> None:
    """What is read out of a button contains what is written on it."""
    make_preview()
    named = re.findall(r'aria-label="([^"]+)">([^<]+)</button>', board(client))
    assert len(named) > 1
    assert [(name, words) for name, words in named if words not in name] == []


def test_a_week_that_is_set_aside_is_not_found_again(client: Client, source: Source) -> None:
    made = make_preview(source=source, first_on=date(2023, 4, 10), last_on=date(2023, 4, 16))
    press(client, "set_aside", made)
    assert watching.known_days([source])[source.pk] == {date(2023, 4, 10)}
    assert rows_of(client) == []  # it isn't due either


def test_a_list_that_became_an_issue_is_not_set_aside(client: Client, source: Source) -> None:
    made = make_preview(source=source, issue=seen(source))
    make_preview_job(made, state=Job.State.DONE)
    page = client.post(reverse("desk:set_aside", args=[made.uuid]), follow=True)
    assert str(words.LISTS["issue-made"]) in text_of(page)
    assert not SetAside.objects.exists()


def test_whoever_may_make_no_issue_sees_no_way_to_set_a_week_aside(source: Source) -> None:
    kept = make_preview(source=source, first_on=date(2023, 4, 10), last_on=date(2023, 4, 16))
    gone = make_preview(source=source, first_on=date(2023, 4, 3), last_on=date(2023, 4, 9))
    weeks.set_aside(gone, by=make_editor())
    looker = make_editor("looker", is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_issue"))
    client = Client()
    client.force_login(looker)
    page = board(client)
    assert "2023-04-10" in page and "2023-04-03" in page
    assert str(kept.uuid) not in page and str(gone.uuid) not in page


def test_newest_weeks_come_first_and_finished_ones_end_after_a_while(
    client: Client, source: Source
) -> None:
    days = [date(2023, 4, 10) - timedelta(weeks=n) for n in range(30)]
    for day in days:
        make_issue(day, source=source, state=Issue.State.TAKEN_BACK)
    unfinished = make_issue(date(2021, 1, 4), source=source)
    shown = rows_of(client)
    assert len(shown) == 25 and str(unfinished) in shown[-1]
    assert [row[:10] for row in shown[:24]] == [str(day) for day in days[:24]]


def test_an_issue_says_how_far_it_is(client: Client, source: Source) -> None:
    issue = seen(source)
    make_entry(issue, state=Entry.State.APPROVED)
    entry = make_entry(issue)
    make_draft(entry)
    Issue.objects.update(assignee=make_editor("hanako", pen_name=""))
    for kind in (Note.Kind.NOTE, Note.Kind.REMARK, Note.Kind.ERROR):
        Note.objects.create(issue=issue, kind=kind, text="……")
    Note.objects.create(issue=issue, text="済み", done_at=timezone.now())
    for state in (Comment.State.WAITING, Comment.State.WAITING, Comment.State.SHOWN):
        Comment.objects.create(issue=issue, text="……", state=state)
    page = client.get(reverse(HOME))
    (row,) = page.context["rows"]
    counted = row.issue
    assert (counted.approved_count, counted.entry_count, counted.undecided) == (1, 2, 1)
    assert (counted.open_notes, counted.letters, counted.comments_waiting) == (2, 1, 2)
    (shown,) = rows_of(client)
    assert "1 / 2" in shown and "hanako" in shown
    queue = f"?state__exact=waiting&issue__id__exact={issue.pk}"
    assert reverse("admin:digests_comment_changelist") + queue in text_of(page)


def test_a_removed_paper_counts_no_more_but_a_note_to_it_does(
    client: Client, source: Source
) -> None:
    issue = seen(source)
    entry = make_entry(issue)
    make_draft(entry)
    Note.objects.create(issue=issue, entry=entry, kind=Note.Kind.ERROR, text="数字が違います。")
    workflow.remove_entry(entry, by=None)
    (row,) = client.get(reverse(HOME)).context["rows"]
    counted = row.issue
    assert (counted.entry_count, counted.undecided, counted.letters) == (0, 0, 1)
    desk = client.get(reverse("desk:issue", args=[issue.pk]))
    assert "数字が違います。" in text_of(desk)  # nobody would see it with the paper


def test_the_comment_link_leads_to_the_comments_that_wait(client: Client, source: Source) -> None:
    issue = seen(source)
    Comment.objects.create(issue=issue, text="読みました。")
    Comment.objects.create(issue=make_issue(), text="別の号です。")
    address = reverse("admin:digests_comment_changelist")
    page = client.get(f"{address}?state__exact=waiting&issue__id__exact={issue.pk}")
    assert "読みました。" in text_of(page) and "別の号です。" not in text_of(page)


def test_a_scheduled_issue_shows_its_time_and_one_that_was_missed_says_so(
    client: Client, source: Source
) -> None:
    issue = seen(source)
    when = datetime(2023, 4, 18, 7, 0, tzinfo=TOKYO)
    Issue.objects.update(state=Issue.State.SCHEDULED, scheduled_for=when)
    assert "2023-04-18 07:00" in rows_of(client)[0]
    Issue.objects.filter(pk=issue.pk).update(schedule_note="予約の時刻を過ぎていました。")
    assert "予約の時刻を過ぎていました。" in rows_of(client)[0]


def test_a_published_issue_leads_to_its_readers_page(client: Client, source: Source) -> None:
    edition = make_edition()
    assert f'href="{edition.get_absolute_url()}"' in board(client)
    Issue.objects.update(state=Issue.State.TAKEN_BACK)
    assert f'href="{edition.get_absolute_url()}"' not in board(client)


@pytest.mark.parametrize(
    ("last_on", "state", "is_late"),
    [
        (date(2023, 4, 9), "draft", True),
        (date(2023, 4, 10), "draft", False),  # seven days ago
        (date(2023, 4, 9), "in_review", True),
        (date(2023, 4, 9), "published", False),
        (date(2023, 4, 9), "taken_back", False),
    ],
)
def test_a_week_that_ended_more_than_seven_days_ago_and_is_not_public_is_late(
    client: Client, source: Source, last_on: date, state: str, is_late: bool
) -> None:
    first_on = last_on - timedelta(days=6)
    issue = make_issue(first_on, source=source, state=state)
    row = next(r for r in client.get(reverse(HOME)).context["rows"] if r.issue == issue)
    assert row.is_late == is_late
    assert ("show=late" in links(client)) == is_late


# ── narrowing ───────────────────────────────────────────────────────────────────────────────────
def a_full_board(source: Source) -> dict[str, Issue]:
    plain = seen(source)
    open_ = make_entry(make_issue(date(2023, 4, 3), source=source)).issue
    flagged = make_issue(date(2023, 3, 27), source=make_source("other"), state="in_review")
    Note.objects.create(issue=flagged, text="数字を確かめてください。")
    drafted = make_entry(make_issue(date(2023, 4, 11), source=make_source("other"))).issue
    make_draft(drafted.entries.get())
    return {"plain": plain, "open": open_, "flagged": flagged, "drafted": drafted}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?show=unapproved", {"open", "drafted"}),
        ("?show=flagged", {"flagged", "drafted"}),
        ("?show=late", {"flagged", "open"}),
        ("?state=in_review", {"flagged"}),
        ("?show=flagged&state=draft", {"drafted"}),
        ("?show=unapproved&state=in_review", set()),
        ("?show=nonsense&state=&source=abc", {"plain", "open", "flagged", "drafted"}),
    ],
)
def test_the_board_is_narrowed_by_links_with_counts(
    client: Client, source: Source, query: str, expected: set[str]
) -> None:
    issues = a_full_board(source)
    shown = {row.issue for row in client.get(reverse(HOME) + query).context["rows"]}
    assert shown == {issues[name] for name in expected}
    for link, count in links(client, query).items():
        if link not in query:  # that of a link that is on widens the board again
            assert len(client.get(f"{reverse(HOME)}?{link}").context["rows"]) == count


def test_the_board_is_narrowed_to_a_source(client: Client, source: Source) -> None:
    issues = a_full_board(source)
    other = issues["drafted"].source
    page = client.get(f"{reverse(HOME)}?source={other.pk}")
    assert {row.issue for row in page.context["rows"]} == {issues["flagged"], issues["drafted"]}
    assert 'aria-current="true"' in text_of(page)


def test_the_board_asks_the_same_number_of_queries_whatever_its_size(
    client: Client, source: Source
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            board(client)
        return len(asked)

    a_full_board(source)
    make_preview(source=source)
    weeks.set_aside(make_preview(source=source, first_on=None, last_on=None), by=make_editor("a"))
    board(client)
    few = queries()
    for n in range(5):
        issue = make_issue(source=make_source(f"source-{n}", is_watched=True))
        make_draft(make_entry(issue))
        make_edition()
        Note.objects.create(issue=issue, text="……")
        made = make_preview(source=issue.source, first_on=date(2023, 1, 2) + timedelta(weeks=n))
        make_preview_job(made, state=Job.State.DONE)
        unwanted = make_preview(source=issue.source, first_on=date(2022, 1, 3), heading=str(n))
        weeks.set_aside(unwanted, by=make_editor(f"b{n}"))
        make_source_job(issue.source, state=Job.State.DONE)
    assert queries() == few <= 14


# ── looking now ─────────────────────────────────────────────────────────────────────────────────
def test_a_look_is_asked_for_out_of_hours_and_shown_while_it_runs(
    client: Client, source: Source
) -> None:
    with time_machine.travel(datetime(2023, 4, 20, 12, 0, tzinfo=TOKYO), tick=False):
        response = client.post(reverse("desk:look", args=[source.pk]))
        assert response["Location"] == reverse(HOME)
        assert SourceJob.objects.get().state == Job.State.QUEUED
        page = board(client)
        assert "data-live-open" in page and 'class="notice warning"' in page  # no worker is alive
        Heartbeat.objects.create(worker="one", seen_at=timezone.now())
        assert 'class="notice warning"' not in board(client)
        SourceJob.objects.update(state=Job.State.DONE)
        assert "data-live-open" not in board(client)


@pytest.mark.parametrize(
    ("state", "code", "value"),
    [("waiting", "http-status", "503"), ("failed", "host-not-allowed", "a.example")],
)
def test_what_went_wrong_is_said_in_words(
    client: Client, source: Source, state: str, code: str, value: str
) -> None:
    looked(source, code, value)
    make_source_job(source, state=state, error=code, error_value=value)
    sentence = words.say(words.LOOKS, code, value)
    assert value in sentence and sentence in board(client) and code not in board(client)


def test_only_who_may_add_an_issue_looks(client: Client, source: Source) -> None:
    url = reverse("desk:look", args=[source.pk])
    assert client.get(url).status_code == 405
    assert client.post(reverse("desk:look", args=[99999])).status_code == 404
    reader = Client()
    nobody = make_editor(is_superuser=False)
    reader.force_login(nobody)
    assert reader.post(url).status_code == 403 and reader.get(reverse(HOME)).status_code == 403
    assert Client().get(reverse(HOME)).status_code == 302
    call_command("furnish")
    nobody.groups.add(Group.objects.get(name="執筆者"))
    assert reader.post(url).status_code == 302


# ── the admin ───────────────────────────────────────────────────────────────────────────────────
def test_the_admins_first_page_leads_to_the_desk(client: Client) -> None:
    page = text_of(client.get(reverse("admin:index")))
    assert f'<a class="desk-button primary" href="{reverse(HOME)}"' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("approval=open", {"open", "drafted"}),
        ("flagged=yes", {"flagged", "drafted"}),
        ("approval=open&flagged=yes", {"drafted"}),
        ("state__exact=in_review", {"flagged"}),
        ("", {"plain", "open", "flagged", "drafted"}),
    ],
)
def test_the_admins_list_of_issues_has_the_same_filters(
    client: Client, source: Source, query: str, expected: set[str]
) -> None:
    issues = a_full_board(source)
    page = client.get(f"{reverse('admin:digests_issue_changelist')}?{query}")
    assert set(page.context["cl"].queryset) == {issues[name] for name in expected}


def test_filters_do_not_multiply_the_counts_beside_them(client: Client, source: Source) -> None:
    issue = seen(source)
    for _n in range(3):
        make_entry(issue)
    page = client.get(f"{reverse('admin:digests_issue_changelist')}?approval=open")
    assert "0 / 3" in text_of(page)


SOURCE = {
    "name": "週刊リスト", "key": "weekly", "url": "", "is_watched": "on",
    "list_url": "https://raw.githubusercontent.com/a/b/main/{year}.md",
    "opens_on": "6", "opens_at": "18:00", "closes_on": "1", "closes_at": "23:59",
}  # fmt: skip


def save_source(client: Client, **data: str) -> Any:
    return client.post(reverse("admin:digests_source_add"), {**SOURCE, **data})


def test_a_source_and_its_window_are_edited_in_the_admin(client: Client) -> None:
    assert save_source(client, is_watched="").status_code == 302
    made = Source.objects.get(key="weekly")
    url = reverse("admin:digests_source_change", args=[made.pk])
    changed = {**SOURCE, "is_watched": "", "opens_on": "4", "closes_at": "12:00"}
    assert client.post(url, changed).status_code == 302
    made.refresh_from_db()
    assert (made.opens_on, made.closes_at.hour) == (4, 12)
    looked(made, "http-status", "404")
    page = text_of(client.get(reverse("admin:digests_source_changelist")))
    assert "404" in page and "2023-04-17 21:00" in page and "18:00" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"list_url": ""}, "list_url"),
        ({"list_url": "https://evil.example/list.md"}, "list_url"),
        ({"list_url": "http://raw.githubusercontent.com/list.md"}, "list_url"),
        ({"opens_on": "0", "opens_at": "18:10", "closes_on": "0", "closes_at": "18:50"},
         "closes_at"),
    ],
)  # fmt: skip
def test_a_source_that_could_never_be_looked_at_is_refused(
    client: Client, wrong: dict[str, str], field: str
) -> None:
    response = save_source(client, **wrong)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert not Source.objects.filter(key="weekly").exists()
