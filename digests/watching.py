"""Looking at the watched sources: is the week that is due there?

A look makes at most the preview of a week that has neither an issue nor a preview. The issue is
made by a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from digests import weeks
from digests.models import Issue, Source, SourceJob, WeekPreview
from papers import jobs
from papers.lists import ListError, WeekList, parse_lists
from papers.outbound import OutboundError, fetch_text

FOUND, NOT_PUBLISHED, UNCHANGED = "found", "not-published", "unchanged"
FRESH = timedelta(days=14)  # older weeks of a list are of no interest, but for the newest one
AGAIN_AFTER = timedelta(minutes=30)  # a second bell in the same hour asks nothing
NEW_YEAR = timedelta(days=14)  # around it, lists may stand under either year
A_MONDAY = date(2024, 1, 1)
DAY = 24 * 60


# ── when ────────────────────────────────────────────────────────────────────────────────────────
def is_open(source: Source, moment: datetime) -> bool:
    """Whether the moment, in Japanese time, lies in the source's window; the window may wrap over
    the end of the week, both ends belong to it, and equal ends mean the whole week."""
    here = timezone.localtime(moment)
    now = _minute(here.weekday(), here.time())
    opens = _minute(source.opens_on, source.opens_at)
    closes = _minute(source.closes_on, source.closes_at)
    if opens < closes:
        return opens <= now <= closes
    return now >= opens or now <= closes


def _minute(weekday: int, at: time) -> int:
    return weekday * DAY + at.hour * 60 + at.minute


def _full_hour(moment: datetime) -> datetime:
    return timezone.localtime(moment).replace(minute=0, second=0, microsecond=0)


def next_look(source: Source, now: datetime) -> datetime | None:
    """The next full hour in the window; None where the window holds none, or nobody looks."""
    if not source.is_watched:
        return None
    hour = _full_hour(now)
    hours = (hour + timedelta(hours=n) for n in range(1, 7 * 24 + 1))
    return next((moment for moment in hours if is_open(source, moment)), None)


# ── which week ──────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Due:
    """The week that is expected next of a source; `is_late` once it could have been published."""

    first_on: date
    last_on: date
    is_late: bool


def due_week(source: Source, known: Collection[date], now: datetime) -> Due:
    """The newest week that has ended, or else the next one. Weeks are counted on from the newest
    `known` first day, and begin on Mondays where none is known."""
    today = timezone.localdate(now)
    last_known = max(known, default=None)
    ended = ((today - (last_known or A_MONDAY)).days - 6) // 7
    steps = ended if last_known is None else max(1, ended)
    first_on = (last_known or A_MONDAY) + timedelta(weeks=steps)
    last_on = first_on + timedelta(days=6)
    is_late = last_on < today or (last_on == today and is_open(source, now))
    return Due(first_on, last_on, is_late)


def known_days(sources: Iterable[Source]) -> dict[int, set[date]]:
    """By source, the first days of the weeks that have an issue or a preview."""
    known: dict[int, set[date]] = {source.pk: set() for source in sources}
    issues = Issue.objects.filter(source__in=known, is_sample=False)
    previews = WeekPreview.objects.filter(source__in=known)
    for rows in (issues, previews):
        for pk, first_on in rows.order_by().values_list("source", "first_on").distinct():
            if first_on:  # a list without dates has none
                known[pk].add(first_on)
    return known


def missing_weeks(
    found: Sequence[WeekList], known: Collection[date], today: date
) -> list[WeekList]:
    """The weeks of a list that nobody has seen, newest first: the newest one, and those that ended
    within the last fourteen days."""
    by_day = {w.first_on: w for w in found if w.first_on and w.first_on <= today and w.rows}
    newest_first = [by_day[day] for day in sorted(by_day, reverse=True)]
    fresh = [w for w in newest_first if w.last_on and w.last_on >= today - FRESH]
    return [w for w in fresh or newest_first[:1] if w.first_on not in known]


# ── asking for a look ───────────────────────────────────────────────────────────────────────────
def look_at_due(now: datetime | None = None) -> list[Source]:
    """Ask for a look at each watched source that is in its window and was not looked at just now;
    those that were asked for. Twice is the same as once. A bell that a busy worker hears late
    counts for its full hour, or the last look of a window would be lost."""
    now = now or timezone.now()
    asked = []
    for source in Source.objects.filter(is_watched=True).exclude(list_url=""):
        is_due = is_open(source, now) or is_open(source, _full_hour(now))
        was_just_now = source.looked_at is not None and now - source.looked_at < AGAIN_AFTER
        if is_due and not was_just_now and not _is_under_way(source):
            ask_for_look(source)
            asked.append(source)
    return asked


def _is_under_way(source: Source) -> bool:
    job = SourceJob.objects.filter(source=source).first()
    return job is not None and job.is_open


@transaction.atomic
def ask_for_look(source: Source) -> SourceJob:
    """Ask for a look now, whatever the window says. One that is under way goes on."""
    Source.objects.select_for_update().get(pk=source.pk)  # two who press at once make one row
    job = SourceJob.objects.filter(source=source).first()
    return jobs.queue(job or SourceJob(source=source))


# ── looking ─────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Page:
    """One address of a source's list, with the weeks that stand there."""

    address: str
    text: str
    weeks: tuple[WeekList, ...]


def run_look(job_pk: int) -> None:
    """The worker's part: fetch the list, and make the preview of what is missing."""
    jobs.run(SourceJob, job_pk, _look)


def _look(job: SourceJob) -> None:
    source, now = job.source, timezone.now()
    try:
        pages = _read(source, timezone.localdate(now))
    except (OutboundError, ListError) as error:
        with transaction.atomic():
            jobs.renew(job)  # a look that has lost its lease says nothing
            _say(source, now, error.code, error.value)
        if _may_heal(error):
            raise jobs.Later(error.code, error.value) from error
        raise jobs.Stop(error.code, error.value) from error
    with jobs.fenced(job):
        made = _make_previews(source, pages, now)
        _say(source, now, *_result(source, made, now))


def _may_heal(error: OutboundError | ListError) -> bool:
    if error.code == "http-status":
        return error.value == "429" or error.value.startswith("5")
    return error.code in ("timeout", "unreachable")


def _read(source: Source, today: date) -> list[Page]:
    """What stands at the source's addresses. Of two years, one may not be there yet. Raises
    OutboundError and ListError."""
    pages, missing = [], []
    for address, year in _addresses(source, today):
        try:
            text = fetch_text(address, settings.LIST_HOSTS)
            pages.append(Page(address, text, parse_lists(text, year=year)))
        except (OutboundError, ListError) as error:
            if not _is_nothing_there(error):
                raise
            missing.append(error)
    if missing and not pages:
        raise missing[0]
    return pages


def _is_nothing_there(error: OutboundError | ListError) -> bool:
    return error.code == "no-papers" or (error.code, error.value) == ("http-status", "404")


def _addresses(source: Source, today: date) -> list[tuple[str, int]]:
    """The list's address with its year; around New Year that of both years."""
    if not source.list_url:
        raise ListError("no-address")
    years = [today.year]
    if "{year}" in source.list_url:
        around = {(today - NEW_YEAR).year, today.year, (today + NEW_YEAR).year}
        years = sorted(around, reverse=True)
    return [(source.list_url.replace("{year}", str(year)), year) for year in years]


def _make_previews(source: Source, pages: Sequence[Page], now: datetime) -> list[WeekPreview]:
    known = known_days([source])[source.pk]
    every = [week for page in pages for week in page.weeks]
    made = []
    for week in missing_weeks(every, known, timezone.localdate(now)):
        page = next(p for p in pages if week in p.weeks)
        made.append(
            weeks.preview(
                page.text,
                by=None,
                origin=WeekPreview.Origin.WATCHED,
                address=page.address,
                source=source,
                first_on=week.first_on,
            )
        )
    return made


def _result(source: Source, made: Sequence[WeekPreview], now: datetime) -> tuple[str, str]:
    if made:
        return FOUND, ", ".join(str(one.first_on) for one in made)
    due = due_week(source, known_days([source])[source.pk], now)
    return (NOT_PUBLISHED, str(due.first_on)) if due.is_late else (UNCHANGED, "")


def _say(source: Source, now: datetime, result: str, value: str) -> None:
    Source.objects.filter(pk=source.pk).update(
        looked_at=now, look_result=result, look_value=value[:200]
    )
