"""Work that survives: a row is claimed, leased, fenced, retried, and swept.

A verb queues a row in its own transaction; `ring` sends the message on commit. Whoever claims the
row works under a lease, and every later write asks that the lease is still its own. A message
that is lost, doubled or late changes nothing.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.db.models import Q
from django.utils import timezone

from papers import bell
from papers.arxiv import ArxivError
from papers.fulltext import FulltextError
from papers.models import Heartbeat, Job
from papers.pace import LaneBusy

log = logging.getLogger(__name__)
J = TypeVar("J", bound=Job)

ATTEMPTS = 6
BASE_DELAY, LONGEST_DELAY = 5.0, 900.0
LONGEST_COUNTDOWN = 450.0  # half the broker's visibility timeout; later retries are the sweeper's
RING_AGAIN_AFTER = timedelta(seconds=60)
WORKER_IS_GONE_AFTER = timedelta(minutes=3)
WORKER_IS_FORGOTTEN_AFTER = timedelta(days=30)  # a container's worker has a new name each time


class LeaseLost(Exception):
    """Another worker has taken this job, or it was asked for anew: write nothing more."""


@dataclass(frozen=True)
class Reason:
    """Why a job failed or waits: a code that the doors word, and a value to put into it."""

    code: str
    value: str = ""


class Stop(Exception):
    """The work can't be done, and trying again would not help."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(f"{code} {value}".strip())
        self.reason = Reason(code, value)


class Later(Exception):
    """The work can't be done now, and may heal: try again, not before `at_least` seconds."""

    def __init__(self, code: str, value: str = "", *, at_least: float = 0) -> None:
        super().__init__(f"{code} {value}".strip())
        self.reason, self.at_least = Reason(code, value), at_least


def queue(job: J) -> J:
    """Ask for the work of this row, new or not, and ring. A row that is running keeps running."""
    now = timezone.now()
    if job.pk is None:
        job.requested_at = job.rung_at = now
        job.attempt_limit = ATTEMPTS
        job.save()
        ring(job)
        return job
    again = (
        type(job)
        ._default_manager.filter(pk=job.pk)
        .exclude(state=Job.State.RUNNING, leased_until__gt=now)
        .update(
            state=Job.State.QUEUED,
            requested_at=now,
            rung_at=now,
            not_before=None,
            leased_until=None,
            finished_at=None,
            error="",
            error_value="",
            attempt_limit=models.F("attempt") + ATTEMPTS,
        )
    )
    job.refresh_from_db()
    if again:
        ring(job)
    return job


def ring(job: Job, *, after: float = 0) -> None:
    """Send the job's message once the transaction is through. A broker that is down is logged and
    forgotten: the row stays queued, and the next sweep rings again."""
    transaction.on_commit(partial(_send, type(job), job.pk, after))


def _send(model: type[Job], pk: int, after: float) -> None:
    if not bell.ring(model.task_name, pk, countdown=after or None):
        _leave_to_the_next_sweep(model, pk)


def _leave_to_the_next_sweep(model: type[Job], pk: int) -> None:
    """The row says that it was rung, and it was not. It is committed: nothing may fail here."""
    waiting = model._default_manager.filter(pk=pk, state__in=[Job.State.QUEUED, Job.State.WAITING])
    with suppress(DatabaseError):
        waiting.update(rung_at=timezone.now() - RING_AGAIN_AFTER)


def claim(model: type[J], pk: int) -> J | None:
    """The row, now running under our lease; None when there is nothing for us to do."""
    job = model._default_manager.filter(pk=pk).first()
    if job is None or not _is_due(job):
        return None
    if job.attempt >= job.attempt_limit:
        _write(job, state=Job.State.FAILED, error="gave-up", finished_at=timezone.now())
        return None
    claimed = _write(
        job,
        state=Job.State.RUNNING,
        attempt=job.attempt + 1,
        leased_until=_lease_end(),
        not_before=None,
    )
    return job if claimed else None


def _is_due(job: Job) -> bool:
    now = timezone.now()
    if job.state == Job.State.RUNNING:
        return job.leased_until is None or job.leased_until <= now
    if job.state not in (Job.State.QUEUED, Job.State.WAITING):
        return False
    return job.not_before is None or job.not_before <= now


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def _write(job: Job, **changes: Any) -> bool:
    """Compare and set: write only if the row is as `job` has it; then `job` has the new values."""
    written = (
        type(job)
        ._default_manager.filter(pk=job.pk, state=job.state, attempt=job.attempt)
        .update(**changes)
    )
    if written:
        for name, value in changes.items():
            setattr(job, name, value)
    return bool(written)


def run(model: type[J], pk: int, work: Callable[[J], None]) -> None:
    """Claim the row and do its work; whatever happens, the row says how it ended."""
    job = claim(model, pk)
    if job is None:
        return
    try:
        work(job)
    except LeaseLost:
        log.warning("%s: the lease was lost, nothing written", job)
    except LaneBusy as busy:
        postpone(job, seconds=busy.seconds)
    except Stop as stop:
        fail(job, stop.reason)
    except Later as later:
        wait(job, later.reason, at_least=later.at_least)
    except FulltextError as error:
        fail(job, Reason(error.code, error.value))
    except ArxivError as error:
        reason = Reason(error.code, error.value)
        if error.is_passing:
            wait(job, reason, at_least=error.retry_after or 0)
        else:
            fail(job, reason)
    except Exception:  # a fault of ours: the editor sees it on the row, the operator in the log
        log.exception("%s broke", job)
        wait(job, Reason("internal-error"))


def renew(job: Job) -> None:
    """Take the lease anew between two outside calls; LeaseLost when it is no longer ours."""
    if not _write(job, leased_until=_lease_end()):
        raise LeaseLost(str(job))


@contextmanager
def fenced(job: Job) -> Iterator[None]:
    """A transaction that writes the work's results and finishes the job, or writes nothing."""
    with transaction.atomic():
        yield
        now = timezone.now()
        if not _write(job, state=Job.State.DONE, finished_at=now, error="", error_value=""):
            raise LeaseLost(str(job))


def fail(job: Job, reason: Reason) -> None:
    """End the job with a reason that an editor can read. What has been lost is left alone."""
    _write(
        job,
        state=Job.State.FAILED,
        finished_at=timezone.now(),
        error=reason.code,
        error_value=reason.value[:500],
    )
    log.warning("%s failed: %s %s", job, reason.code, reason.value)


def wait(job: Job, reason: Reason, *, at_least: float = 0) -> None:
    """Try again later: full jitter, doubling from 5 s to 15 min, never before `at_least` seconds.
    After the last attempt the job fails with that reason."""
    if job.attempt >= job.attempt_limit:
        fail(job, reason)
        return
    tries = ATTEMPTS - (job.attempt_limit - job.attempt)
    ceiling = min(LONGEST_DELAY, BASE_DELAY * 2**tries)
    delay = max(at_least, random.uniform(0, ceiling))
    postponed = _write(
        job,
        state=Job.State.WAITING,
        not_before=timezone.now() + timedelta(seconds=delay),
        error=reason.code,
        error_value=reason.value[:500],
    )
    if postponed and delay <= LONGEST_COUNTDOWN:
        ring(job, after=delay + 0.1)


def postpone(job: Job, *, seconds: float) -> None:
    """Give the job back unharmed: the lane is taken, which is no fault and costs no attempt."""
    limit = job.attempt_limit + 1
    until = timezone.now() + timedelta(seconds=seconds)
    if _write(job, state=Job.State.QUEUED, not_before=until, attempt_limit=limit):
        ring(job, after=min(seconds, LONGEST_COUNTDOWN))


def kinds() -> list[type[Job]]:
    return [model for model in apps.get_models() if issubclass(model, Job)]


def sweep() -> int:
    """Ring every job whose message may have been lost; the number of rings. Two sweepers at once
    do no harm, since a claim is one row's compare-and-set."""
    now = timezone.now()
    return sum(_sweep_kind(model, now) for model in kinds())


def _sweep_kind(model: type[Job], now: datetime) -> int:
    late = Q(state=Job.State.RUNNING, leased_until__lte=now) | Q(
        state__in=[Job.State.QUEUED, Job.State.WAITING], rung_at__lte=now - RING_AGAIN_AFTER
    )
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    rung = 0
    for job in model._default_manager.filter(late & due):
        if _write(job, rung_at=now):
            ring(job)
            rung += 1
    return rung


def heartbeat(worker: str) -> None:
    Heartbeat.objects.update_or_create(worker=worker, defaults={"seen_at": timezone.now()})


def forget_workers() -> int:
    """Take away the rows of workers that are long gone; how many."""
    before = timezone.now() - WORKER_IS_FORGOTTEN_AFTER
    return Heartbeat.objects.filter(seen_at__lt=before).delete()[0]


def is_worker_alive() -> bool:
    """Whether any worker has done a real task in the last three minutes."""
    since = timezone.now() - WORKER_IS_GONE_AFTER
    return Heartbeat.objects.filter(seen_at__gt=since).exists()


def open_jobs() -> int:
    states = [Job.State.QUEUED, Job.State.RUNNING, Job.State.WAITING]
    return sum(m._default_manager.filter(state__in=states).count() for m in kinds())
