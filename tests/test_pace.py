"""arXiv's pace: one connection a lane at a time and a gap between two, over all threads."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise
from threading import Lock, Thread

import pytest
import time_machine
from django.db import connections, transaction
from django.utils import timezone
from pytest_django import Settings

from papers import pace
from papers.models import Lane

pytestmark = pytest.mark.django_db(transaction=True)


class Visits:
    """When each visitor came and went."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []
        self._lock = Lock()

    def make(self, lane: str = "pdf", seconds: float = 0.1) -> None:
        try:
            with pace.slot(lane, patience=300):
                came = time.monotonic()
                time.sleep(seconds)
                went = time.monotonic()
            with self._lock:
                self.spans.append((came, went))
        finally:
            connections.close_all()

    def pauses(self) -> list[float]:
        """Seconds from one visitor's going to the next one's coming."""
        spans = sorted(self.spans)
        return [after[0] - before[1] for before, after in pairwise(spans)]


def run_together(visits: Visits, number: int) -> None:
    threads = [Thread(target=visits.make) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_threads_never_hold_one_lane_together(settings: Settings) -> None:
    settings.LANE_GAPS = {"pdf": 0.0}
    visits = Visits()
    run_together(visits, 4)
    assert len(visits.spans) == 4
    assert min(visits.pauses()) >= 0


def test_between_two_requests_the_gap_is_kept(settings: Settings) -> None:
    settings.LANE_GAPS = {"pdf": 0.4}
    visits = Visits()
    run_together(visits, 3)
    assert len(visits.spans) == 3
    assert min(visits.pauses()) >= 0.39


def test_the_gap_counts_from_the_beginning_of_an_answer_and_not_from_its_end(
    settings: Settings,
) -> None:
    settings.LANE_GAPS = {"pdf": 3.0}
    began = timezone.now()
    with time_machine.travel(began, tick=False) as clock:
        with pace.slot("pdf") as turn:
            clock.move_to(began + timedelta(seconds=1))
            turn.answered()
            clock.move_to(began + timedelta(seconds=3.5))  # a long PDF
        assert Lane.objects.get().free_at == began + timedelta(seconds=4)
        with pytest.raises(pace.LaneBusy), pace.slot("pdf", patience=0):
            pytest.fail("somebody was let in")
        clock.move_to(began + timedelta(seconds=4))
        with pace.slot("pdf", patience=0):
            clock.move_to(began + timedelta(seconds=5))
        assert Lane.objects.get().free_at == began + timedelta(seconds=8)  # nobody said when


def test_a_busy_lane_says_when_to_come_back() -> None:
    with pace.slot("api"), pytest.raises(pace.LaneBusy) as busy, pace.slot("api", patience=0):
        pytest.fail("two were let in")
    assert busy.value.seconds >= 1


def test_one_lane_does_not_hold_up_the_other() -> None:
    with pace.slot("api"), pace.slot("pdf", patience=0):
        assert Lane.objects.exclude(holder="").count() == 2


def test_retry_after_holds_everybody_off() -> None:
    with pace.slot("api"):
        pace.hold_off("api", 300)
    with pytest.raises(pace.LaneBusy) as busy, pace.slot("api", patience=0.1):
        pytest.fail("somebody was let in")
    assert 200 < busy.value.seconds <= 300


def test_a_shorter_retry_after_does_not_shorten_a_longer_one() -> None:
    with pace.slot("api"):
        pace.hold_off("api", 300)
    pace.hold_off("api", 10)
    assert Lane.objects.get(name="api").free_at > timezone.now() + timedelta(seconds=200)


def test_a_slot_is_given_back_when_the_request_breaks() -> None:
    with pytest.raises(ZeroDivisionError), pace.slot("api"):
        raise ZeroDivisionError
    with pace.slot("api", patience=1):
        assert Lane.objects.exclude(holder="").count() == 1


def test_a_holder_that_died_frees_the_lane_when_its_lease_has_passed() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Lane.objects.create(name="api", holder="dead", leased_until=past, free_at=past)
    with pace.slot("api", patience=1):
        assert Lane.objects.get(name="api").holder != "dead"


def test_a_lane_that_was_used_before_the_clock_was_set_back_is_free() -> None:
    far = timezone.now() + timedelta(days=3)
    Lane.objects.create(name="api", holder="dead", leased_until=far, free_at=far)
    with pace.slot("api", patience=0):
        pace.hold_off("api", 30)
    left = Lane.objects.get(name="api").free_at - timezone.now()
    assert timedelta(seconds=20) < left <= timedelta(seconds=30)


def test_the_longest_retry_after_is_believed() -> None:
    with pace.slot("api"):
        pace.hold_off("api", 86_400)
    with pytest.raises(pace.LaneBusy), pace.slot("api", patience=0):
        pytest.fail("somebody was let in")


def test_a_late_holder_does_not_give_back_what_is_another_s() -> None:
    with pace.slot("api"):
        Lane.objects.update(holder="another")
    assert Lane.objects.get(name="api").holder == "another"


def test_a_slot_in_a_transaction_is_refused() -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="transaction"),
        pace.slot("api"),
    ):
        pytest.fail("it was let in")
