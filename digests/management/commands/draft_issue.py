"""Have an issue's papers fetched and drafted, and watch it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from digests import steps
from digests.desk.words import say, words_for
from digests.models import Entry, EntryJob, Issue
from papers import jobs
from papers.models import Job

PAUSE = 0.2


class Command(BaseCommand):
    help = (
        "Fetch and draft the papers of an issue. Where no worker is alive this command does the "
        "work itself; with --wait it prints a line for each step that a worker finishes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("issue", help="its address, 2023-04-03")
        parser.add_argument("--wait", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        issue = Issue.objects.filter(slug=options["issue"]).first()
        if issue is None:
            raise CommandError(f"{options['issue']}: there is no such issue")
        for entry in issue.entries.all():
            steps.retry(entry)
        said: dict[tuple[int, str], str] = {}
        while steps.open_jobs_of(issue):
            if not jobs.is_worker_alive():
                _work_on(issue)
            elif not options["wait"]:
                break
            self._tell(issue, said)
            time.sleep(PAUSE)
        self._tell(issue, said)
        present = EntryJob.objects.filter(entry__in=issue.entries.all())
        if present.filter(state=Job.State.FAILED).exists():
            raise CommandError("not every paper could be drafted; see above")

    def _tell(self, issue: Issue, said: dict[tuple[int, str], str]) -> None:
        """A line for each job whose state has changed since the last look."""
        for job in EntryJob.objects.filter(entry__issue=issue).select_related(
            "entry__paper", "entry__version__paper"
        ):
            key, news = (job.entry_id, job.step), f"{job.state} {job.error}"
            if said.get(key) != news:
                said[key] = news
                self.stdout.write(_line(job.entry, job))


def _line(entry: Entry, job: EntryJob) -> str:
    trouble = f"  {say(words_for(job.step), job.error, job.error_value)}" if job.error else ""
    return f"{entry.position:>2}  {entry.paper!s:<14} {job.step:<9} {job.state}{trouble}"


def _work_on(issue: Issue) -> None:
    """Do what is due now, here: the worker's own door, one job after another."""
    now = timezone.now()
    for job in steps.open_jobs_of(issue):
        if job.not_before is None or job.not_before <= now:
            steps.run_step(job.pk)
