"""A newer version of a paper is found and told; only a person takes it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from digests import bulk, reasons, steps, versions, workflow
from digests.models import Entry, EntryJob, Issue
from papers import ingest, jobs
from papers.models import Job
from tests.factories import (
    make_editor,
    make_entry,
    make_entry_job,
    make_evidence,
    make_issue,
    make_passage,
    make_version,
    make_written_entry,
)
from tests.local_arxiv import LocalArxiv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("english")]
THREE_VERSIONS, NEWEST = "2304.99008", 3


@pytest.fixture
def arxiv(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as site:
        settings.ARXIV_API_URL, settings.ARXIV_PDF_URL = site.api_url, site.pdf_url
        yield site


@pytest.fixture
def client() -> Client:
    editor = make_editor(is_superuser=False)
    editor.groups.set(Group.objects.filter(name="執筆者"))
    client = Client(headers={"accept-language": "en"})
    client.force_login(editor)
    return client


def at_its_first_version(issue: Issue) -> Entry:
    """An entry that rests on version 1 of a paper that has three, all its work done."""
    entry = workflow.add_entry(issue, ingest.paper_for(THREE_VERSIONS), workflow.Wish(number=1))
    steps.start_work(entry)
    work(issue)
    return Entry.objects.get(pk=entry.pk)


def work(issue: Issue) -> None:
    for _ in range(4):
        for job in steps.open_jobs_of(issue):
            steps.run_step(job.pk)


def newer_of(entry: Entry, number: int = 2) -> Any:
    """The next version of the entry's paper, as a fetch would have stored it."""
    return make_version(entry.paper.arxiv_id or "", number)


def take(client: Client, entry: Entry, version: object) -> Any:
    address = reverse("desk:entries_take-version", args=[entry.pk])
    return client.post(address, {"version": version}, follow=True)


# ── looking ─────────────────────────────────────────────────────────────────────────────────────
def test_a_newer_version_is_stored_told_and_not_taken(arxiv: LocalArxiv, client: Client) -> None:
    issue = make_issue()
    entry = at_its_first_version(issue)
    assert entry.version and entry.version.number == 1
    bulk.fetch_again([entry])
    work(issue)
    assert sorted(entry.paper.versions.values_list("number", flat=True)) == [1, NEWEST]
    assert Entry.objects.get(pk=entry.pk).version == entry.version
    page = client.get(reverse("desk:entry", args=[entry.pk])).content.decode()
    assert "Version 3 of this paper is known." in page


def test_all_papers_of_an_issue_are_looked_for_in_one_request(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    entries = [make_written_entry(issue) for _ in range(3)]
    for entry in entries:
        steps.look_for_newer(entry)
    before = len(arxiv.requests)
    work(issue)
    assert len(arxiv.requests) - before == 1
    assert {j.state for j in EntryJob.objects.filter(scope=steps.NEWER)} == {Job.State.DONE}


# ── taking ──────────────────────────────────────────────────────────────────────────────────────
def test_taking_it_keeps_the_text_and_asks_for_text_and_draft_anew(
    arxiv: LocalArxiv, client: Client
) -> None:
    issue = make_issue()
    entry = at_its_first_version(issue)
    Entry.objects.filter(pk=entry.pk).update(summary="書いた文です。", state=Entry.State.APPROVED)
    steps.look_for_newer(entry)
    work(issue)
    response = take(client, entry, NEWEST)
    assert "The paper is now version 3." in response.content.decode()
    work(issue)
    now = Entry.objects.get(pk=entry.pk)
    assert now.version and now.version.number == NEWEST
    assert now.summary == "書いた文です。"
    assert not now.is_approved
    assert now.drafts.filter(version=now.version).exists()


def test_the_gate_tells_which_quotes_the_new_version_no_longer_has() -> None:
    entry = make_written_entry()
    newer = newer_of(entry)
    make_passage(newer, "Nothing of what the old version said stands in this one any more.")
    versions.take(entry, 2, by=make_editor())
    lacks = reasons.why_not_publishable(entry.issue, search_quotes=True)
    assert "quote-not-found" in {lack.code for lack in lacks}


def test_the_history_names_who_took_it() -> None:
    entry, by = make_written_entry(), make_editor()
    newer_of(entry)
    versions.take(entry, 2, by=by)
    last = Entry.objects.get(pk=entry.pk).history.first()
    assert (last.history_user, last.version.number) == (by, 2)


def test_an_external_paper_corrected_later_can_be_taken_too() -> None:
    entry = make_entry()
    newer_of(entry)
    entry.paper.arxiv_id, entry.paper.slug = None, "x-abcdefgh"
    entry.paper.save()
    assert versions.take(entry, 2, by=make_editor())
    assert Entry.objects.get(pk=entry.pk).version.number == 2
    assert not entry.jobs.exists()  # nothing is there to be read


def test_the_same_version_again_changes_nothing() -> None:
    entry = make_written_entry()
    assert entry.version
    before = entry.history.count()
    assert versions.take(entry, entry.version.number, by=make_editor()) == entry.version
    assert entry.history.count() == before
    assert not entry.jobs.exists()


@pytest.mark.parametrize("version", ["", "9", "x", "-1", "99999999999", "²"])
def test_a_version_that_is_not_known_is_refused(client: Client, version: str) -> None:
    entry = make_written_entry()
    response = take(client, entry, version)
    assert "is not known" in response.content.decode()
    assert Entry.objects.get(pk=entry.pk).version == entry.version


def test_nothing_is_taken_while_a_text_is_being_read(client: Client) -> None:
    entry = make_written_entry()
    newer_of(entry)
    make_entry_job(entry, step="text")
    assert "has not been read yet" in take(client, entry, 2).content.decode()
    assert Entry.objects.get(pk=entry.pk).version == entry.version


def test_who_may_not_change_entries_may_not_take_a_version() -> None:
    entry = make_written_entry()
    newer_of(entry)
    address = reverse("desk:entries_take-version", args=[entry.pk])
    assert Client().post(address, {"version": 2}).status_code == 403
    nobody = Client()
    nobody.force_login(make_editor(is_superuser=False))
    assert nobody.post(address, {"version": 2}).status_code == 403
    assert Entry.objects.get(pk=entry.pk).version == entry.version


def test_a_look_that_failed_can_be_tried_again() -> None:
    entry = make_written_entry()
    for step in EntryJob.Step.values:
        make_entry_job(entry, step=step, state=Job.State.DONE)
    job = steps.look_for_newer(entry)
    EntryJob.objects.filter(pk=job.pk).update(state=Job.State.FAILED, attempt=jobs.ATTEMPTS)
    assert steps.retry(entry) == job
    assert EntryJob.objects.get(pk=job.pk).state == Job.State.QUEUED
    assert make_evidence(entry).version == entry.version
