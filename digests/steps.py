"""The machine's part of an entry's life: metadata, then text, then a draft.

Each step is an EntryJob; finishing one queues the next in the same transaction. A step may run
twice, on two machines, and late. It never touches what an editor has written.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from digests import drafters
from digests.drafting.llm import ModelError
from digests.models import Entry, EntryJob, Issue
from digests.workflow import REMOVED
from papers import ingest, jobs, pace
from papers.identifiers import ArxivId
from papers.models import FullText, Version

Step = EntryJob.Step
OPEN = [EntryJob.State.QUEUED, EntryJob.State.RUNNING, EntryJob.State.WAITING]
SOONEST, LATEST = 0.5, 5.0  # seconds until a paper looks again at what its sibling has asked for
NEWER = "newer"  # the scope of a job that only looks whether there is a newer version


@transaction.atomic
def start_work(entry: Entry) -> EntryJob:
    """Ask for metadata; text and draft follow by themselves."""
    return _ask(entry, Step.METADATA)


@transaction.atomic
def look_for_newer(entry: Entry) -> EntryJob:
    """Ask arXiv whether the paper has a newer version; `versions.take` is a person's."""
    return jobs.queue(_job_of(entry, Step.METADATA, NEWER))


@transaction.atomic
def read(entry: Entry) -> EntryJob | None:
    """Ask for the text of the entry's version, and a draft after it; None without a source."""
    return _ask(entry, Step.TEXT) if _has_text_to_come(entry) else None


@transaction.atomic
def retry(entry: Entry) -> EntryJob | None:
    """Ask again for the first step that is not done; None when all are done or under way, or when
    there is nothing to read."""
    done = {j.step: j for j in entry.jobs.filter(scope="all")}
    for step in Step.values:
        job = done.get(step)
        if job is None and step == Step.TEXT and not _has_text_to_come(entry):
            return None
        if job is None or job.state == EntryJob.State.FAILED:
            return _ask(entry, step)
        if job.state != EntryJob.State.DONE:
            return jobs.queue(job) if job.state == EntryJob.State.WAITING else None
    return _retry_a_part(entry)


def _retry_a_part(entry: Entry) -> EntryJob | None:
    """The first draft of a part (the summary, one question) that has stopped, asked for again."""
    stopped = [EntryJob.State.FAILED, EntryJob.State.WAITING]
    job = entry.jobs.exclude(scope="all").filter(state__in=stopped).order_by("pk").first()
    return jobs.queue(job) if job else None


def _has_text_to_come(entry: Entry) -> bool:
    return entry.version is None or ingest.has_source_of_text(entry.version)


def _ask(entry: Entry, step: str) -> EntryJob:
    return jobs.queue(_job_of(entry, step, "all"))


def _job_of(entry: Entry, step: str, scope: str) -> EntryJob:
    """The row of this work, new or not: of two who ask at once the second finds the first's."""
    now = timezone.now()
    job, _is_new = EntryJob.objects.get_or_create(
        entry=entry, step=step, scope=scope, defaults={"requested_at": now, "rung_at": now}
    )
    return job


def run_step(job_pk: int) -> None:
    """The worker's door: one job, whatever its step."""
    jobs.run(EntryJob, job_pk, _do_step)


def _do_step(job: EntryJob) -> None:
    if job.entry.removed_at:  # `workflow.restore_entry` asks for it again
        raise jobs.Stop(REMOVED)
    DO[Step(job.step)](job)


# ── metadata ────────────────────────────────────────────────────────────────────────────────────
def _get_metadata(job: EntryJob) -> None:
    if job.scope == NEWER:
        _look_for_newer(job)
        return
    entry = job.entry
    version = entry.version or _known_version(job)
    if version is None:
        _leave_it_to_a_sibling(job)
        entry.refresh_from_db(fields=["version"])  # one that has just ended may have asked for us
        version = entry.version or _ask_arxiv(job)
    with jobs.fenced(job):
        Entry.with_removed.filter(pk=entry.pk, version__isnull=True).update(version=version)
        if ingest.has_source_of_text(version):
            _ask(entry, Step.TEXT)


def _known_version(job: EntryJob) -> Version | None:
    """The version that the entry wants, if we have it and have asked since it was wanted."""
    entry = job.entry
    if entry.paper.is_external:
        return entry.paper.newest()
    if entry.wanted_version:
        return entry.paper.versions.filter(number=entry.wanted_version).first()
    checked_at = entry.paper.checked_at
    if entry.as_of or checked_at is None or checked_at < job.requested_at:
        return None
    return entry.paper.newest()


def _look_for_newer(job: EntryJob) -> None:
    """One request for all papers of the issue that somebody asks about; what is new is stored."""
    _leave_it_to_a_sibling(job)
    checked_at = job.entry.paper.checked_at
    if checked_at is None or checked_at < job.requested_at:
        asked = Entry.objects.filter(
            issue=job.entry.issue_id,
            paper__arxiv_id__isnull=False,
            jobs__scope=NEWER,
            jobs__state__in=OPEN,
        )
        ids = asked.values_list("paper__arxiv_id", flat=True)
        ingest.fetch([ArxivId(arxiv_id) for arxiv_id in ids if arxiv_id])
    with jobs.fenced(job):
        return


def _leave_it_to_a_sibling(job: EntryJob) -> None:
    """One request serves the whole issue: the oldest running job asks for all, the others look
    again in a moment, and less often the longer it takes: its worker may be dead, and be missed
    only when its lease has passed."""
    is_asked = EntryJob.objects.filter(
        step=Step.METADATA,
        entry__issue=job.entry.issue_id,
        entry__as_of=job.entry.as_of,
        state=EntryJob.State.RUNNING,
        leased_until__gt=timezone.now(),
        pk__lt=job.pk,
    ).exists()
    if is_asked:
        asked_for = (timezone.now() - job.requested_at).total_seconds()
        raise pace.LaneBusy(min(max(asked_for / 4, SOONEST), LATEST))


def _ask_arxiv(job: EntryJob) -> Version:
    """Ask for every paper of the issue that has no version yet. Raises jobs.Stop for an id that
    arXiv does not know."""
    entry = job.entry
    others = Entry.objects.filter(
        issue=entry.issue_id,
        as_of=entry.as_of,
        version__isnull=True,
        paper__arxiv_id__isnull=False,
    ).exclude(pk=entry.pk)
    alike = [entry, *others.select_related("paper")]
    wanted = {e.pk: ArxivId(e.paper.arxiv_id or "", e.wanted_version) for e in alike}
    found = _fetch(entry, list(dict.fromkeys(wanted.values())))
    for other in alike[1:]:
        version = found.versions.get(str(wanted[other.pk]))
        if version:
            Entry.with_removed.filter(pk=other.pk, version__isnull=True).update(version=version)
    asked = str(wanted[entry.pk])
    if asked in found.malformed:
        raise jobs.Stop("malformed-id", asked)
    if asked not in found.versions:
        raise jobs.Stop("unknown-id", asked)
    return found.versions[asked]


def _fetch(entry: Entry, ids: list[ArxivId]) -> ingest.Found:
    if entry.as_of and not entry.wanted_version:
        return ingest.fetch_as_of(ids, entry.as_of)
    return ingest.fetch(ids)


# ── text ────────────────────────────────────────────────────────────────────────────────────────
def _get_text(job: EntryJob) -> None:
    version = _version_of(job)
    if version.is_withdrawn:
        raise jobs.Stop("withdrawn", version.comment[:200])
    if FullText.objects.filter(version=version).exists():
        with jobs.fenced(job):
            _ask(job.entry, Step.DRAFT)
        return
    text = ingest.read_text(version)
    with jobs.fenced(job):
        ingest.store_text(version, text)
        _ask(job.entry, Step.DRAFT)


def _version_of(job: EntryJob) -> Version:
    version = job.entry.version
    if version is None:
        raise jobs.Stop("no-version")
    return version


# ── draft ───────────────────────────────────────────────────────────────────────────────────────
def _make_draft(job: EntryJob) -> None:
    version = _version_of(job)
    if drafters.already_made(job, version):
        with jobs.fenced(job):
            return
    try:
        made = drafters.make(job, version)
    except ModelError as error:
        if error.is_passing:
            raise jobs.Later(error.code, error.value, at_least=error.retry_after or 0) from error
        raise jobs.Stop(error.code, error.value) from error
    try:
        _keep(job, version, made)
    except jobs.LeaseLost:  # the draft is not kept, and was paid for
        if made.usage:
            drafters.note_spending(job.entry, made.model, made.usage, error="lease-lost")
        raise


def _keep(job: EntryJob, version: Version, made: drafters.Made) -> None:
    kind = drafters.material_of(version, job.entry.kind).kind
    with jobs.fenced(job):
        guessable = Entry.with_removed.filter(pk=job.entry_id, kind="", state=Entry.State.OPEN)
        guessable.update(kind=kind)
        drafters.keep(job.entry, version, made, scope=job.scope, try_number=job.try_number)


@transaction.atomic
def draft_again(entry: Entry, scope: str, *, drafter: str = EntryJob.Drafter.AUTO) -> EntryJob:
    """Ask for one more draft of "all", the "summary" or one question ("q12"). What the editor has
    accepted stays as it is until she takes the new one."""
    job = _job_of(entry, Step.DRAFT, scope)
    if job.state == EntryJob.State.RUNNING:
        return job
    job.drafter, job.try_number = drafter, drafters.next_try(entry, scope)
    job.save(update_fields=["drafter", "try_number"])
    return jobs.queue(job)


def is_reading(entry: Entry) -> bool:
    """Whether the paper or its text is still to come, by work that is under way."""
    return entry.jobs.filter(step__in=[Step.METADATA, Step.TEXT], state__in=OPEN).exists()


DO = {Step.METADATA: _get_metadata, Step.TEXT: _get_text, Step.DRAFT: _make_draft}


# ── without a worker ────────────────────────────────────────────────────────────────────────────
def open_jobs_of(issue: Issue) -> list[EntryJob]:
    return list(EntryJob.objects.filter(entry__issue=issue, state__in=OPEN).order_by("pk"))
