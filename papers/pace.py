"""arXiv's pace, kept over all processes and machines by one row a lane.

A slot is taken by a conditional update in its own short transaction and never held in an open
transaction over the network. The same row holds arXiv's Retry-After.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from papers.arxiv import MOST_RETRY_AFTER
from papers.models import Lane

LEASE = timedelta(seconds=120)  # longer than any request's total deadline
POLL, LOOK_AGAIN = 0.05, 0.15
# Nobody makes a lane wait for longer: what lies further ahead was written before this machine's
# clock was set back, and is not believed.
LONGEST_WAIT = timedelta(seconds=MOST_RETRY_AFTER + 60)


class LaneBusy(Exception):
    """The lane was not free in time; come back in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"busy for {seconds:.1f} s")
        self.seconds = seconds


class Turn:
    """A slot in hand. The gap to the next request counts from the moment at which the answer began,
    since this one had reached arXiv by then; from its end where nobody has said when that was."""

    answered_at: datetime | None = None

    def answered(self) -> None:
        """The answer begins."""
        self.answered_at = timezone.now()


@contextmanager
def slot(name: str, *, patience: float = 60.0) -> Iterator[Turn]:
    """Hold the lane `name` ("api" or "pdf") for one request; LaneBusy after `patience` seconds.

    Must not be called inside a transaction: others could not see the slot as taken.
    """
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("a lane's slot may not be held in a transaction")
    holder, turn = _take(name, patience), Turn()
    try:
        yield turn
    finally:
        _give_back(name, holder, turn.answered_at or timezone.now())


def _take(name: str, patience: float) -> str:
    holder = uuid.uuid4().hex
    deadline = time.monotonic() + patience
    Lane.objects.get_or_create(name=name, defaults={"free_at": timezone.now()})
    while True:
        wait = _seconds_until_free(name)  # a read: trying by writing would lock SQLite for others
        if not wait and _grab(name, holder):
            return holder
        if time.monotonic() + wait > deadline:
            raise LaneBusy(max(wait, 1.0))
        time.sleep(min(max(wait, POLL), 1.0))


def _grab(name: str, holder: str) -> bool:
    now = timezone.now()
    is_due = Q(free_at__lte=now) | Q(free_at__gt=now + LONGEST_WAIT)
    taken = Lane.objects.filter(_is_not_held(now), is_due, name=name).update(
        holder=holder, leased_until=now + LEASE, free_at=now
    )
    return bool(taken)


def _is_not_held(now: datetime) -> Q:
    lost = Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * LEASE)
    return Q(leased_until__isnull=True) | lost


def _seconds_until_free(name: str) -> float:
    """0 when it looks free; while somebody holds it, how soon to look again."""
    lane = Lane.objects.get(name=name)
    now = timezone.now()
    is_believed = lane.free_at <= now + LONGEST_WAIT
    gap = max(0.0, (lane.free_at - now).total_seconds()) if is_believed else 0.0
    is_held = lane.leased_until is not None and now < lane.leased_until <= now + 2 * LEASE
    return max(gap, LOOK_AGAIN) if is_held else gap


def _give_back(name: str, holder: str, asked_by: datetime) -> None:
    """`asked_by`: when arXiv surely had the request."""
    gap = timedelta(seconds=settings.LANE_GAPS[name])
    lane = Lane.objects.filter(name=name, holder=holder).first()
    if lane is None:
        return
    free_at = max(lane.free_at, asked_by + gap)
    Lane.objects.filter(name=name, holder=holder).update(
        holder="", leased_until=None, free_at=free_at
    )


def hold_off(name: str, seconds: float) -> None:
    """Obey a Retry-After: nobody asks on this lane for so long."""
    until = timezone.now() + timedelta(seconds=seconds)
    Lane.objects.filter(name=name, free_at__lt=until).update(free_at=until)
