from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.core.management import call_command

from digests import schedule, steps, watching, weeks
from digests.public import prepared, warming
from papers import jobs


@worker_init.connect
def know_own_code(**_: Any) -> None:
    """A worker that outlives a deploy would else read the new code's mark, and keep pages under it
    that the old code has made."""
    prepared.build()


@shared_task(name="digests.run_step")
def run_step(pk: int) -> None:
    steps.run_step(pk)


@shared_task(name="digests.look_up_week")
def look_up_week(pk: int) -> None:
    weeks.run_look_up(pk)


@shared_task(name="digests.look_at_source")
def look_at_source(pk: int) -> None:
    watching.run_look(pk)


@shared_task(name="digests.look_at_sources")
def look_at_sources() -> None:
    watching.look_at_due()


@shared_task(name="digests.publish_due")
def publish_due() -> None:
    schedule.publish_due()


@shared_task(name="digests.warm")
def warm() -> None:
    warming.warm()
    warming.keep_missing()


@shared_task(name="digests.tidy")
def tidy() -> None:
    """What would only grow: sessions that have ended, workers that are gone."""
    call_command("clearsessions")
    jobs.forget_workers()
