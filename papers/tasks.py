from celery import shared_task

from papers import jobs


@shared_task(name="papers.sweep")
def sweep() -> None:
    jobs.sweep()


@shared_task(name="papers.heartbeat", bind=True)
def heartbeat(self: object) -> None:
    jobs.heartbeat(self.request.hostname)  # type: ignore[attr-defined]
