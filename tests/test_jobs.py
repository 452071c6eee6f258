"""Work that survives: rows are claimed once, leased, fenced, retried with a limit, and swept."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest
import redis
from django.conf import settings as house
from django.contrib.sessions.models import Session
from django.db import connections, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from digests import tasks
from digests.models import Entry, EntryJob, PreviewJob
from papers import bell, jobs
from papers.arxiv import ArxivError
from papers.fulltext import FulltextError
from papers.models import Heartbeat, Job
from papers.pace import LaneBusy
from tests.factories import make_entry, make_entry_job, make_preview_job

QUEUED, RUNNING, WAITING, FAILED, DONE = Job.State.values
EXPIRED = timedelta(seconds=-1)
T = TypeVar("T")


def lost(**columns: Any) -> EntryJob:
    """A running job whose worker went away."""
    past = timezone.now() + EXPIRED
    defaults: dict[str, Any] = {"state": RUNNING, "attempt": 1, "leased_until": past}
    return make_entry_job(**defaults | columns)


def reread(job: EntryJob) -> EntryJob:
    return EntryJob.objects.get(pk=job.pk)


def at_once(*acts: Callable[[], T]) -> list[T]:
    """What each of the acts gave, started at one moment on threads of their own."""
    start = Barrier(len(acts))

    def act(one: Callable[[], T]) -> T:
        start.wait(60)
        try:
            return one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


# ── claims ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_one_row_exactly_one_works() -> None:
    done: list[int] = []
    for _ in range(5):
        job = make_entry_job()

        def work(mine: EntryJob) -> None:
            done.append(mine.pk)
            with jobs.fenced(mine):
                pass

        at_once(*[lambda pk=job.pk, work=work: jobs.run(EntryJob, pk, work)] * 4)
        assert done.count(job.pk) == 1
        assert (reread(job).state, reread(job).attempt) == (DONE, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_claims_exactly_one_wins() -> None:
    job = make_entry_job()
    claims = at_once(*[lambda: jobs.claim(EntryJob, job.pk)] * 2)
    assert sorted(claim is None for claim in claims) == [False, True]


@pytest.mark.django_db
def test_a_row_that_is_gone_is_no_work() -> None:
    assert jobs.claim(EntryJob, 0) is None


@pytest.mark.django_db
@pytest.mark.parametrize("state", [DONE, FAILED])
def test_a_late_message_does_not_start_ended_work_again(state: str) -> None:
    job = make_entry_job(state=state)
    assert jobs.claim(EntryJob, job.pk) is None
    assert reread(job).state == state


@pytest.mark.django_db
def test_work_put_off_is_not_taken_before_its_time() -> None:
    job = make_entry_job(state=WAITING, not_before=timezone.now() + timedelta(minutes=1))
    assert jobs.claim(EntryJob, job.pk) is None
    EntryJob.objects.update(not_before=timezone.now() + EXPIRED)
    assert jobs.claim(EntryJob, job.pk)


@pytest.mark.django_db
def test_running_work_is_taken_over_only_when_its_lease_has_passed() -> None:
    alive = lost(leased_until=timezone.now() + timedelta(minutes=1))
    assert jobs.claim(EntryJob, alive.pk) is None
    taken = jobs.claim(EntryJob, lost().pk)
    assert taken and taken.attempt == 2 and taken.leased_until
    assert taken.leased_until > timezone.now()


@pytest.mark.django_db
def test_work_that_kills_its_worker_each_time_fails_at_last() -> None:
    job = lost(attempt=0)
    for _ in range(jobs.ATTEMPTS):
        assert jobs.claim(EntryJob, job.pk)
        EntryJob.objects.update(leased_until=timezone.now() + EXPIRED)
    assert jobs.claim(EntryJob, job.pk) is None
    ended = reread(job)
    assert (ended.state, ended.error, ended.attempt) == (FAILED, "gave-up", jobs.ATTEMPTS)
    assert ended.finished_at


# ── fences ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lost_its_lease_writes_nothing() -> None:
    job = make_entry_job()
    slow = jobs.claim(EntryJob, job.pk)
    EntryJob.objects.update(leased_until=timezone.now() + EXPIRED)
    quick = jobs.claim(EntryJob, job.pk)
    assert slow and quick
    with pytest.raises(jobs.LeaseLost), jobs.fenced(slow):
        Entry.objects.update(title_ja="遅い")
    with jobs.fenced(quick):
        Entry.objects.update(title_ja="速い")
    assert Entry.objects.get().title_ja == "速い"
    assert reread(job).state == DONE


@pytest.mark.django_db
def test_a_late_failure_does_not_touch_the_new_attempt() -> None:
    job = make_entry_job()
    slow = jobs.claim(EntryJob, job.pk)
    EntryJob.objects.update(leased_until=timezone.now() + EXPIRED)
    assert slow and jobs.claim(EntryJob, job.pk)
    jobs.fail(slow, jobs.Reason("too-late"))
    jobs.wait(slow, jobs.Reason("too-late"))
    jobs.postpone(slow, seconds=1)
    with pytest.raises(jobs.LeaseLost):
        jobs.renew(slow)
    now = reread(job)
    assert (now.state, now.attempt, now.error, now.not_before) == (RUNNING, 2, "", None)


@pytest.mark.django_db
def test_a_renewed_lease_ends_later() -> None:
    job = jobs.claim(EntryJob, make_entry_job().pk)
    assert job
    soon = timezone.now() + timedelta(seconds=5)
    EntryJob.objects.update(leased_until=soon)
    jobs.renew(job)
    renewed = reread(job).leased_until
    assert renewed and renewed > soon


# ── ends ────────────────────────────────────────────────────────────────────────────────────────
def run_raising(job: EntryJob, error: Exception) -> EntryJob:
    def work(_: EntryJob) -> None:
        raise error

    jobs.run(EntryJob, job.pk, work)
    return reread(job)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (jobs.Stop("unknown-id", "2304.99999"), "unknown-id"),
        (FulltextError("encrypted"), "encrypted"),
        (ArxivError("bad-request", is_passing=False), "bad-request"),
    ],
)
def test_what_cannot_heal_fails_at_once_with_its_reason(error: Exception, code: str) -> None:
    ended = run_raising(make_entry_job(), error)
    assert (ended.state, ended.error, ended.attempt) == (FAILED, code, 1)


@pytest.mark.django_db
def test_what_may_heal_waits_and_honours_retry_after() -> None:
    error, began = ArxivError("http-429", "429", retry_after=600, is_passing=True), timezone.now()
    ended = run_raising(make_entry_job(), error)
    assert (ended.state, ended.error, ended.error_value) == (WAITING, "http-429", "429")
    assert ended.not_before
    wait = timedelta(seconds=600)
    assert began + wait <= ended.not_before <= timezone.now() + wait


@pytest.mark.django_db
def test_without_retry_after_the_wait_is_never_over_fifteen_minutes() -> None:
    for attempt in (0, 3, 50):
        job = make_entry_job(attempt=attempt, attempt_limit=attempt + 2)
        ended = run_raising(job, ArxivError("timeout", is_passing=True))
        assert ended.not_before
        assert ended.not_before <= timezone.now() + timedelta(seconds=jobs.LONGEST_DELAY)


@pytest.mark.django_db
def test_the_last_attempt_fails_with_the_reason_it_waited_for() -> None:
    job = make_entry_job(attempt=jobs.ATTEMPTS - 1)
    ended = run_raising(job, ArxivError("timeout", is_passing=True))
    assert (ended.state, ended.error) == (FAILED, "timeout")


@pytest.mark.django_db
def test_a_fault_of_ours_shows_on_the_row_and_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended = run_raising(make_entry_job(), ZeroDivisionError("in the drafter"))
    assert (ended.state, ended.error) == (WAITING, "internal-error")
    assert "in the drafter" in caplog.text


@pytest.mark.django_db
def test_a_busy_lane_costs_no_attempt() -> None:
    job, began = make_entry_job(attempt=jobs.ATTEMPTS - 1), timezone.now()
    ended = run_raising(job, LaneBusy(7.0))
    assert (ended.state, ended.error) == (QUEUED, "")
    assert ended.attempt_limit - ended.attempt == 1
    assert ended.not_before and ended.not_before >= began + timedelta(seconds=7)


# ── asking ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_asking_again_gives_failed_work_all_its_attempts_anew() -> None:
    failed = make_entry_job(state=FAILED, attempt=6, attempt_limit=6, error="timeout")
    job = jobs.queue(failed)
    assert (job.state, job.error, job.attempt) == (QUEUED, "", 6)
    assert job.attempt_limit == 6 + jobs.ATTEMPTS


@pytest.mark.django_db
def test_asking_again_leaves_running_work_alone() -> None:
    running = jobs.claim(EntryJob, make_entry_job().pk)
    assert running
    jobs.queue(reread(running))
    assert reread(running).state == RUNNING
    with jobs.fenced(running):
        pass
    assert reread(running).state == DONE


# ── rings ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_a_job_is_rung_when_its_transaction_is_through_and_not_before(broker: redis.Redis) -> None:
    entry = make_entry()
    with transaction.atomic():
        job = jobs.queue(EntryJob(entry=entry, step=EntryJob.Step.TEXT))
        assert broker.llen("celery") == 0
    (message,) = broker.lrange("celery", 0, -1)
    assert b'"digests.run_step"' in message
    assert f"[{job.pk}]".encode() in message


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_rolled_back_rings_for_nothing(broker: redis.Redis) -> None:
    entry = make_entry()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.queue(EntryJob(entry=entry, step=EntryJob.Step.TEXT))
        raise ZeroDivisionError
    assert not EntryJob.objects.exists()
    assert broker.llen("celery") == 0


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_loses_no_job_and_keeps_nobody_waiting() -> None:
    entry = make_entry()
    began = time.monotonic()
    job = jobs.queue(EntryJob(entry=entry, step=EntryJob.Step.TEXT))
    assert time.monotonic() - began < 30  # not for ever
    assert reread(job).state == QUEUED


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("deaf_broker")
def test_a_broker_that_accepts_and_never_answers_keeps_nobody_waiting() -> None:
    entry = make_entry()
    began = time.monotonic()
    job = jobs.queue(EntryJob(entry=entry, step=EntryJob.Step.TEXT))
    assert time.monotonic() - began < 30  # not for ever
    assert reread(job).state == QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_never_answers_is_waited_for_once_and_not_for_each_paper(
    deaf_broker: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "QUIET_FOR", 3600.0)
    first = make_entry()
    jobs.queue(EntryJob(entry=first, step=EntryJob.Step.TEXT))
    assert deaf_broker() > 0
    with transaction.atomic():
        asked = [jobs.queue(EntryJob(entry=first, step=step)) for step in ("metadata", "draft")]
    assert deaf_broker() == 0
    assert [reread(job).state for job in asked] == [QUEUED, QUEUED]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_did_not_answer_is_tried_again_after_a_while(
    deaf_broker: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "QUIET_FOR", 0.0)
    entry = make_entry()
    for step in ("metadata", "text"):
        jobs.queue(EntryJob(entry=entry, step=step))
        assert deaf_broker() > 0


# ── sweeps ──────────────────────────────────────────────────────────────────────────────────────
def swept(capture: DjangoCaptureOnCommitCallbacks) -> int:
    """How often a sweep rang."""
    with capture(execute=False) as callbacks:
        said = jobs.sweep()
    assert said == len(callbacks)
    return said


LONG_AGO = timedelta(minutes=-2)


@pytest.mark.django_db
def test_the_sweep_rings_work_whose_message_was_lost(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    past = timezone.now() + LONG_AGO
    lost()
    make_entry_job(rung_at=past)
    make_preview_job(rung_at=past)
    make_entry_job(state=WAITING, rung_at=past, not_before=past)
    assert swept(django_capture_on_commit_callbacks) == 4


@pytest.mark.django_db
def test_the_sweep_leaves_alone_what_is_fresh_alive_put_off_or_ended(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    past, later = timezone.now() + LONG_AGO, timezone.now() + timedelta(minutes=5)
    make_entry_job()
    make_entry_job(rung_at=past, not_before=later)
    make_entry_job(state=WAITING, rung_at=past, not_before=later)
    lost(leased_until=later, rung_at=past)
    make_entry_job(state=DONE, rung_at=past)
    make_entry_job(state=FAILED, rung_at=past)
    assert swept(django_capture_on_commit_callbacks) == 0


@pytest.mark.django_db
def test_a_second_sweep_does_not_ring_queued_work_again(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    make_entry_job(rung_at=timezone.now() + LONG_AGO)
    assert swept(django_capture_on_commit_callbacks) == 1
    assert swept(django_capture_on_commit_callbacks) == 0


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_rung_is_rung_by_the_very_next_sweep() -> None:
    jobs.queue(EntryJob(entry=make_entry(), step=EntryJob.Step.TEXT))  # no broker is there
    assert jobs.sweep() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("deaf_broker")
def test_what_a_silent_broker_was_spared_is_rung_by_the_next_sweep() -> None:
    entry = make_entry()
    for step in EntryJob.Step.values:
        jobs.queue(EntryJob(entry=entry, step=step))
    assert jobs.sweep() == len(EntryJob.Step.values)


@pytest.mark.django_db(transaction=True)
def test_swept_work_reaches_the_broker_when_it_is_back(broker: redis.Redis) -> None:
    job = make_preview_job(rung_at=timezone.now() + LONG_AGO)
    assert jobs.sweep() == 1
    (message,) = broker.lrange("celery", 0, -1)
    assert b'"digests.look_up_week"' in message
    jobs.run(PreviewJob, job.pk, _finish)
    assert PreviewJob.objects.get(pk=job.pk).state == DONE


def _finish(job: PreviewJob) -> None:
    with jobs.fenced(job):
        pass


# ── signs of life ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_worker_counts_as_alive_for_three_minutes_after_a_task() -> None:
    assert not jobs.is_worker_alive()
    jobs.heartbeat("worker@here")
    jobs.heartbeat("worker@here")
    assert jobs.is_worker_alive()
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=4))
    assert not jobs.is_worker_alive()


@pytest.mark.django_db(transaction=True)
def test_a_long_wait_is_left_to_the_sweep(broker: redis.Redis) -> None:
    """A message with a countdown past the visibility timeout is delivered again and again."""
    for seconds in (jobs.LONGEST_COUNTDOWN - 1, jobs.LONGEST_COUNTDOWN + 1):
        job = jobs.claim(EntryJob, make_entry_job().pk)
        assert job
        before = broker.llen("celery")
        jobs.wait(job, jobs.Reason("rate-limited"), at_least=seconds)
        assert reread(job).state == WAITING
        is_rung = broker.llen("celery") > before
        assert is_rung == (seconds < jobs.LONGEST_COUNTDOWN)


@pytest.mark.django_db
def test_what_would_only_grow_is_taken_away_at_night() -> None:
    jobs.heartbeat("worker@long-gone")
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(days=31))
    jobs.heartbeat("worker@here")
    now = timezone.now()
    for key, ends in (("old", now - timedelta(days=1)), ("new", now + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)

    tasks.tidy()

    assert [row.worker for row in Heartbeat.objects.all()] == ["worker@here"]
    assert [row.session_key for row in Session.objects.all()] == ["new"]
    assert "digests.tidy" in {one["task"] for one in house.CELERY_BEAT_SCHEDULE.values()}


@pytest.mark.django_db
def test_open_jobs_are_counted_over_every_kind() -> None:
    make_entry_job()
    make_entry_job(state=WAITING)
    make_entry_job(state=DONE)
    make_preview_job(state=RUNNING)
    assert jobs.open_jobs() == 3
