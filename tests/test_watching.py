"""Looking at the watched sources: when, what is found, and what the source says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as config
from django.core.management import call_command

from config.celery import app
from digests import tasks, watching
from digests.desk import words
from digests.models import Entry, Issue, PreviewJob, Source, SourceJob, Weekday, WeekPreview
from papers.models import Job
from tests.factories import make_issue, make_preview, make_source, make_source_job
from tests.local_arxiv import LocalArxiv

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
SUNDAY = datetime(2023, 4, 16, 21, 0, tzinfo=TOKYO)  # the week of April 10 ends on this day


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def week_of(heading: str, *numbers: int) -> str:
    """A week as dair.ai's lists have it, with a row for each number."""
    rows = [
        f"| {n}) **Paper {n}** - does something. | [Paper](https://arxiv.org/abs/2304.9900{n}) |"
        for n in numbers
    ]
    head = f"## Top ML Papers of the Week ({heading})"
    return "\n".join([head, "| **Paper** | **Links** |", "| --- | --- |", *rows, ""])


APRIL = week_of("April 10 - April 16", 1, 2), week_of("April 3 - April 9", 3)


@pytest.fixture
def site(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as server:
        settings.LIST_HOSTS = [server.url]
        yield server


@pytest.fixture
def source(site: LocalArxiv) -> Source:
    """A watched source whose list of 2023 has two weeks of April."""
    site.lists["/lists/2023.md"] = "\n".join(APRIL)
    source = make_source()
    source.list_url, source.is_watched = f"{site.url}/lists/{{year}}.md", True
    source.save()
    return source


def look(source: Source, when: datetime = SUNDAY) -> Source:
    """A whole look, as the worker does it."""
    with time_machine.travel(when, tick=False):
        job = watching.ask_for_look(source)
        tasks.look_at_source(job.pk)
    source.refresh_from_db()
    return source


def days_of(source: Source) -> list[str]:
    previews = WeekPreview.objects.filter(source=source).order_by("first_on")
    return [str(one.first_on) for one in previews]


# ── when ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("moment", "is_inside"),
    [
        ("2023-04-16 17:59", False),  # Sunday
        ("2023-04-16 18:00", True),
        ("2023-04-17 03:00", True),
        ("2023-04-18 23:59", True),  # Tuesday
        ("2023-04-19 00:00", False),
        ("2023-04-15 20:00", False),
    ],
)
def test_the_usual_window_is_from_sunday_evening_to_tuesday_in_japanese_time(
    moment: str, is_inside: bool
) -> None:
    assert watching.is_open(make_source(), at(moment)) == is_inside


def test_a_window_within_the_week_does_not_wrap() -> None:
    source = Source(opens_on=Weekday.MONDAY, opens_at=time(9), closes_on=1, closes_at=time(12))
    moments = ["2023-04-10 08:59", "2023-04-10 09:00", "2023-04-11 12:00", "2023-04-11 12:01"]
    inside = [watching.is_open(source, at(moment)) for moment in moments]
    assert inside == [False, True, True, False]


def test_equal_ends_mean_the_whole_week() -> None:
    source = Source(opens_on=3, opens_at=time(9), closes_on=3, closes_at=time(9))
    assert watching.is_open(source, at("2023-04-12 03:00"))


def test_the_next_look_is_the_next_full_hour_in_the_window() -> None:
    source = Source(is_watched=True)
    for now, expected in [
        ("2023-04-16 20:30", "2023-04-16 21:00"),
        ("2023-04-18 23:10", "2023-04-23 18:00"),
    ]:
        assert watching.next_look(source, at(now)) == at(expected)
    assert watching.next_look(Source(is_watched=False), at("2023-04-16 20:30")) is None


def test_beat_looks_on_every_full_hour() -> None:
    entry = config.CELERY_BEAT_SCHEDULE["look"]
    assert entry["schedule"].minute == {0} and len(entry["schedule"].hour) == 24
    assert entry["task"] in app.tasks and SourceJob.task_name in app.tasks


def test_only_watched_sources_in_their_window_are_looked_at(source: Source) -> None:
    unwatched = make_source("quiet", list_url="https://a.example/list.md")
    make_source("no-address", is_watched=True)
    with time_machine.travel(at("2023-04-14 12:00"), tick=False):
        tasks.look_at_sources()
        assert not SourceJob.objects.exists()
    with time_machine.travel(SUNDAY, tick=False):
        tasks.look_at_sources()
    assert SourceJob.objects.get().source == source != unwatched


@pytest.mark.parametrize(
    ("moment", "is_heard"),
    [
        (datetime(2023, 4, 16, 17, 59, tzinfo=TOKYO), False),
        (datetime(2023, 4, 16, 18, 0, tzinfo=TOKYO), True),
        (datetime(2023, 4, 17, 0, 0, tzinfo=TOKYO), True),  # over the end of the week
        (datetime(2023, 4, 18, 23, 0, tzinfo=TOKYO), True),
        (datetime(2023, 4, 18, 23, 20, tzinfo=TOKYO), True),  # the worker was busy
        (datetime(2023, 4, 19, 0, 5, tzinfo=TOKYO), False),
    ],
)
def test_the_last_bell_of_a_window_counts_even_where_it_is_heard_late(
    source: Source, moment: datetime, *, is_heard: bool
) -> None:
    source.opens_on, source.opens_at = 6, time(18)
    source.closes_on, source.closes_at = 1, time(23)
    source.save()
    assert watching.look_at_due(moment) == ([source] if is_heard else [])


def test_two_bells_in_the_same_hour_ask_for_one_look(source: Source, site: LocalArxiv) -> None:
    with time_machine.travel(SUNDAY, tick=False):
        tasks.look_at_sources()
        tasks.look_at_sources()  # the first is under way
        tasks.look_at_source(SourceJob.objects.get().pk)
        tasks.look_at_sources()  # the first is done
    job = SourceJob.objects.get()
    assert (job.state, job.attempt, len(site.asked("list"))) == (Job.State.DONE, 1, 1)
    with time_machine.travel(at("2023-04-16 22:00"), tick=False):
        assert watching.look_at_due() == [source]


def test_the_bell_rings_the_worker_by_name(
    source: Source, broker: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = watching.ask_for_look(source)
    message = json.loads(broker.lindex("celery", 0))
    assert message["headers"]["task"] == "digests.look_at_source"
    assert json.loads(message["headers"]["argsrepr"].replace("'", '"')) == [job.pk]


# ── what is found ───────────────────────────────────────────────────────────────────────────────
def test_a_week_that_has_appeared_gets_its_preview_and_nothing_else(source: Source) -> None:
    make_issue(date(2023, 4, 3), source=source)
    look(source)
    made = WeekPreview.objects.get()
    assert (str(made.first_on), made.origin, made.created_by) == ("2023-04-10", "watched", None)
    assert made.source == source and made.address.endswith("/lists/2023.md")
    assert [row.arxiv_id for row in made.rows.all()] == ["2304.99001", "2304.99002"]
    assert PreviewJob.objects.get().state == Job.State.QUEUED  # arXiv is asked next
    assert (Issue.objects.count(), Entry.objects.count()) == (1, 0)
    assert (source.looked_at, source.look_result) == (SUNDAY, watching.FOUND)
    assert source.look_value == "2023-04-10"


def test_looking_again_finds_nothing_new(source: Source) -> None:
    look(source)
    before = WeekPreview.objects.count()
    look(source, at("2023-04-16 22:00"))
    assert WeekPreview.objects.count() == before
    assert source.look_result == watching.UNCHANGED


def test_a_week_that_somebody_has_pasted_is_known(source: Source) -> None:
    make_preview(source=source, first_on=date(2023, 4, 10), last_on=date(2023, 4, 16))
    make_issue(date(2023, 4, 3), source=source)
    look(source)
    assert days_of(source) == ["2023-04-10"] and source.look_result == watching.UNCHANGED


def test_a_sample_is_no_reason_to_leave_the_real_week_out(source: Source) -> None:
    make_issue(date(2023, 4, 10), source=source, is_sample=True)
    look(source)
    assert "2023-04-10" in days_of(source)


def test_the_first_look_makes_previews_of_fresh_weeks_only(
    source: Source, site: LocalArxiv
) -> None:
    older = [week_of(f"March {d} - March {d + 6}", 4) for d in (20, 13, 6)]
    site.lists["/lists/2023.md"] = "\n".join([*APRIL, *older])
    look(source)
    assert days_of(source) == ["2023-04-03", "2023-04-10"]


def test_of_a_list_that_sleeps_the_newest_week_is_shown(source: Source) -> None:
    look(source, at("2023-07-02 20:00"))
    assert days_of(source) == ["2023-04-10"]


def test_a_week_whose_heading_stands_there_without_papers_is_not_published(
    source: Source, site: LocalArxiv
) -> None:
    site.lists["/lists/2023.md"] = week_of("April 10 - April 16") + APRIL[1]
    make_issue(date(2023, 4, 3), source=source)
    look(source)
    assert days_of(source) == []
    assert (source.look_result, source.look_value) == (watching.NOT_PUBLISHED, "2023-04-10")


def test_a_week_of_the_future_is_a_slip_of_the_pen(source: Source, site: LocalArxiv) -> None:
    site.lists["/lists/2023.md"] = week_of("May 10 - May 16", 5) + "\n".join(APRIL)
    look(source)
    assert days_of(source) == ["2023-04-03", "2023-04-10"]


@pytest.mark.parametrize("present", [["2023"], ["2024"], ["2023", "2024"]])
def test_around_new_year_both_years_are_read(
    source: Source, site: LocalArxiv, present: list[str]
) -> None:
    site.lists = {
        f"/lists/{year}.md": week_of("December 25, 2023 - December 31, 2023", 1) for year in present
    }
    look(source, at("2024-01-01 10:00"))
    assert days_of(source) == ["2023-12-25"]
    assert {asked.path for asked in site.asked("list")} == {"/lists/2023.md", "/lists/2024.md"}


def test_a_week_across_new_year_is_of_the_year_in_which_it_ends(
    source: Source, site: LocalArxiv
) -> None:
    site.lists = {"/lists/2024.md": week_of("January 1 - January 7", 2)}
    site.lists["/lists/2024.md"] += week_of("December 28 - January 3", 1)
    look(source, at("2024-01-07 20:00"))
    assert days_of(source) == ["2023-12-28", "2024-01-01"]


# ── what went wrong ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("fault", "state", "code", "value"),
    [
        ("503", Job.State.WAITING, "http-status", "503"),
        ("429", Job.State.WAITING, "http-status", "429"),
        ("404", Job.State.FAILED, "http-status", "404"),
        ("reset", Job.State.WAITING, "unreachable", ""),
    ],
)
def test_what_can_heal_is_tried_again_and_the_source_says_what_it_was(
    source: Source, site: LocalArxiv, fault: str, state: str, code: str, value: str
) -> None:
    site.script("list", fault)
    look(source)
    job = SourceJob.objects.get()
    assert (job.state, job.error, source.look_result) == (state, code, code)
    assert value in source.look_value and source.looked_at == SUNDAY
    assert not WeekPreview.objects.exists()
    look(source)  # pressed again: the server is well
    assert source.look_result == watching.FOUND and SourceJob.objects.get().error == ""


def test_a_list_without_papers_and_a_source_without_address_say_so(
    source: Source, site: LocalArxiv
) -> None:
    site.lists["/lists/2023.md"] = "# Nothing yet\n"
    assert look(source).look_result == "no-papers"
    Source.objects.filter(pk=source.pk).update(list_url="")
    source.refresh_from_db()
    assert look(source).look_result == "no-address"
    for code in ("no-papers", "no-address", *CODES):
        assert code in words.LOOKS


CODES = ["found", "not-published", "unchanged", "unreachable", "timeout", "http-status",
         "too-large", "not-text", "host-not-allowed", "not-https", "private-address",
         "too-many-redirects", "gave-up", "internal-error"]  # fmt: skip


def test_an_address_that_is_not_allowed_fails_with_its_host(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(list_url="https://evil.example/{year}.md")
    source.refresh_from_db()
    look(source)
    assert (source.look_result, source.look_value) == ("host-not-allowed", "evil.example")
    assert SourceJob.objects.get().state == Job.State.FAILED


def test_a_look_that_lost_its_lease_writes_nothing(
    source: Source, site: LocalArxiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker takes the job over while the list is being fetched."""
    job = make_source_job(source)
    read = watching._read

    def slow(*args: Any) -> Any:
        SourceJob.objects.update(attempt=7)
        return read(*args)

    monkeypatch.setattr(watching, "_read", slow)
    with time_machine.travel(SUNDAY, tick=False):
        watching.run_look(job.pk)
    source.refresh_from_db()
    assert not WeekPreview.objects.exists() and source.look_result == ""


# ── which week is due ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("known", "now", "first_on", "is_late"),
    [
        ([], "2023-04-17 09:00", "2023-04-10", True),
        ([], "2023-04-16 09:00", "2023-04-10", False),  # it ends today, the window is closed
        ([], "2023-04-16 18:00", "2023-04-10", True),
        (["2023-04-03"], "2023-04-14 09:00", "2023-04-10", False),
        (["2023-04-03"], "2023-04-17 09:00", "2023-04-10", True),
        (["2023-04-10"], "2023-04-17 09:00", "2023-04-17", False),
        (["2023-04-10", "2022-01-03"], "2023-05-04 09:00", "2023-04-24", True),
        (["2023-04-05"], "2023-04-19 09:00", "2023-04-12", True),  # weeks from Wednesday
    ],
)
def test_the_week_that_is_due_follows_the_newest_known(
    known: list[str], now: str, first_on: str, is_late: bool
) -> None:
    days = [date.fromisoformat(day) for day in known]
    due = watching.due_week(make_source(), days, at(now))
    assert (str(due.first_on), due.is_late) == (first_on, is_late)
    assert (due.last_on - due.first_on).days == 6


# ── by command ──────────────────────────────────────────────────────────────────────────────────
def test_the_command_looks_in_this_process_and_tells(source: Source, capsys: Any) -> None:
    with time_machine.travel(at("2023-04-14 12:00"), tick=False):  # a Friday
        call_command("look_at_sources")
        assert capsys.readouterr().out == "" and not WeekPreview.objects.exists()
        call_command("look_at_sources", now=True)
    out = capsys.readouterr().out
    assert source.name in out and "2023-04-03" in days_of(source)
