"""How far the machine is with an entry, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from digests.desk.words import say, words_for
from digests.models import (
    Entry,
    EntryJob,
)
from papers.models import Job


@dataclass(frozen=True)
class Work:
    """How far the machine is with an entry, in words."""

    label: str
    state: str
    trouble: str
    retry_at: Any
    is_open: bool
    can_retry: bool


def work_on(entry: Entry) -> Work | None:
    """The step that is under way or has stopped; None when nothing was ever asked."""
    ordered = sorted(entry.jobs.all(), key=lambda j: EntryJob.Step.values.index(j.step))
    if not ordered:
        return None
    job = next((j for j in ordered if j.state != Job.State.DONE), ordered[-1])
    return Work(
        label=_("%(step)s: %(state)s")
        % {"step": job.get_step_display(), "state": job.get_state_display()},
        state=job.state,
        trouble=say(words_for(job.step), job.error, job.error_value) if job.error else "",
        retry_at=job.not_before if job.state == Job.State.WAITING else None,
        is_open=job.is_open,
        can_retry=job.state in (Job.State.FAILED, Job.State.WAITING),
    )
