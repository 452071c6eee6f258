"""The machine's part: metadata, text, draft; twice, at once, late, and while arXiv is ill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.db.models import Model
from django.utils import timezone

from digests import steps, workflow
from digests.cards import save_card
from digests.models import Draft, DraftItem, Entry, EntryJob, Issue
from papers import ingest, jobs
from papers.arxiv import ArxivConfig
from papers.models import FullText, Job, Lane, Paper, Passage, UploadedPdf, Version
from tests.factories import (
    make_editor,
    make_entry,
    make_entry_job,
    make_issue,
    make_passage,
    make_question,
)
from tests.local_arxiv import PAPERS, LocalArxiv
from tests.local_arxiv.corpus import pdf_of
from tests.pdfs import paper_pdf

pytestmark = pytest.mark.django_db(transaction=True)
QUEUED, RUNNING, WAITING, FAILED, DONE = Job.State.values
UNKNOWN, WITHDRAWN, MALFORMED = "2304.98888", "2304.99010", "2313.00001"


@pytest.fixture
def arxiv(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as site:
        settings.ARXIV_API_URL, settings.ARXIV_PDF_URL = site.api_url, site.pdf_url
        yield site


def asked_for(issue: Issue, *ids: str, **wish: Any) -> list[Entry]:
    """Entries of these papers with their work asked for, as creating an issue leaves them."""
    wanted = workflow.Wish(**wish)
    entries = [workflow.add_entry(issue, ingest.paper_for(i), wanted) for i in ids]
    for entry in entries:
        steps.start_work(entry)
    return entries


def work(issue: Issue, *, rounds: int = 3) -> None:
    """What workers do: every open job that is due, in turn."""
    for _ in range(rounds):
        for job in steps.open_jobs_of(issue):
            steps.run_step(job.pk)


def job_of(entry: Entry, step: str) -> EntryJob:
    return EntryJob.objects.get(entry=entry, step=step)


def states_of(entry: Entry) -> dict[str, str]:
    return {j.step: j.state for j in entry.jobs.all()}


def at_once(*acts: Callable[[], object]) -> None:
    start = Barrier(len(acts))

    def act(one: Callable[[], object]) -> None:
        start.wait(60)
        try:
            one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(act, acts))


def columns_of(rows: Iterable[Model]) -> list[dict[str, object]]:
    return [{f.attname: getattr(r, f.attname) for f in r._meta.concrete_fields} for r in rows]


def external(pdf: bytes, title: str = "A Report of Our Own") -> Entry:
    typed = ingest.Typed(title, ("Ann Author",), date(2023, 4, 11), "https://a.b/c", pdf=pdf)
    version = ingest.store_typed(typed)
    entry = workflow.add_entry(make_issue(), version.paper, workflow.Wish(version=version))
    steps.start_work(entry)
    return entry


# ── all goes well ───────────────────────────────────────────────────────────────────────────────
def test_one_request_serves_all_papers_of_an_issue_and_each_ends_with_a_draft(
    arxiv: LocalArxiv,
) -> None:
    issue = make_issue()
    entries = asked_for(issue, "2304.99001", "2304.99002")
    work(issue)
    assert len(arxiv.asked("api")) == 1
    assert arxiv.most_at_once("pdf") == 1 and len(arxiv.asked("pdf")) == 2
    for entry in entries:
        entry.refresh_from_db()
        assert states_of(entry) == {"metadata": DONE, "text": DONE, "draft": DONE}
        newest = PAPERS[str(entry.paper)].newest.number
        assert entry.version and entry.version.number == newest
        draft = entry.drafts.get()
        assert 3 <= draft.items.count() <= 12
        for item in draft.items.all():
            assert (item.field, item.text) == ("question", "")
            assert item.question and item.evidence
        keys = set(entry.version.passages.values_list("key", flat=True))
        assert {c["passage_key"] for i in draft.items.all() for c in i.evidence} <= keys


def test_workers_at_one_issue_ask_one_after_another_and_store_each_version_once(
    arxiv: LocalArxiv,
) -> None:
    issue = make_issue()
    arxiv.api_delay = 0.2
    asked_for(issue, *[f"2304.9900{n}" for n in range(1, 5)])
    at_once(*[lambda pk=j.pk: steps.run_step(pk) for j in steps.open_jobs_of(issue)])
    EntryJob.objects.update(not_before=None)
    for job in EntryJob.objects.filter(step="metadata").exclude(state=DONE):
        steps.run_step(job.pk)
    assert not Entry.objects.filter(version=None).exists()
    assert arxiv.most_at_once("api") == 1
    assert (Version.objects.count(), Paper.objects.count()) == (4, 4)


def test_a_paper_that_a_sibling_has_just_asked_for_is_not_asked_for_again(
    arxiv: LocalArxiv,
) -> None:
    issue = make_issue()
    first, second = asked_for(issue, "2304.99001", "2304.99002")
    late = jobs.claim(EntryJob, job_of(second, "metadata").pk)
    assert late and late.entry.version is None and late.entry.paper.checked_at is None  # then
    steps.run_step(job_of(first, "metadata").pk)
    steps._do_step(late)
    assert states_of(second)["metadata"] == DONE
    assert len(arxiv.asked("api")) == 1


def test_a_paper_looks_again_less_often_the_longer_its_sibling_asks(arxiv: LocalArxiv) -> None:
    began = timezone.now()
    with time_machine.travel(began, tick=False) as clock:
        first, second = asked_for(make_issue(), "2304.99001", "2304.99002")
        jobs.claim(EntryJob, job_of(first, "metadata").pk)  # and is never heard of again
        late = job_of(second, "metadata")
        waits = []
        for age in (0, 8, 100):
            clock.move_to(began + timedelta(seconds=age))
            steps.run_step(late.pk)
            late.refresh_from_db()
            assert (late.state, late.error) == (QUEUED, "") and late.not_before
            waits.append((late.not_before - timezone.now()).total_seconds())
    assert waits == [0.5, 2, 5]
    assert arxiv.asked("api") == []


def test_a_paper_that_is_taken_out_while_arxiv_is_asked_disturbs_nobody(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    (entry,) = asked_for(issue, "2304.99001")
    job = jobs.claim(EntryJob, job_of(entry, "metadata").pk)
    assert job and job.entry.removed_at is None
    workflow.remove_entry(entry, by=None)
    steps._do_step(job)
    assert states_of(entry)["metadata"] == DONE


def test_the_kind_of_paper_is_guessed_while_nobody_has_said_it(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    (guessed, said) = asked_for(issue, "2304.99005", "2304.99009")
    Entry.objects.filter(pk=said.pk).update(kind=Entry.Kind.THEORY)
    work(issue)
    guessed.refresh_from_db()
    said.refresh_from_db()
    assert (guessed.kind, said.kind) == (Entry.Kind.SURVEY, Entry.Kind.THEORY)


def test_a_version_that_was_wanted_is_asked_for_and_kept(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    (named,) = asked_for(issue, "2304.99008", number=2)
    (past,) = asked_for(issue, "2304.99001", as_of=date(2023, 4, 11))
    for step in (job_of(named, "metadata"), job_of(past, "metadata")):
        steps.run_step(step.pk)
    named.refresh_from_db()
    past.refresh_from_db()
    assert named.version and named.version.number == 2
    assert past.version and past.version.number == 1


def test_an_uploaded_pdf_is_read_drafted_from_and_then_thrown_away() -> None:
    title = "A Report of Our Own"
    body = [
        "In this report, we propose a way to count visitors of libraries without cameras at doors.",
        "Our experiments show that the count differs from the true number by less than 2 percent.",
    ]
    pdf = paper_pdf(title, ["Ann Author"], "We count visitors.", [("Introduction", body * 3)])
    entry = external(pdf, title)
    work(entry.issue)
    assert states_of(entry) == {"metadata": DONE, "text": DONE, "draft": DONE}
    assert not UploadedPdf.objects.exists()
    assert Draft.objects.get().items.exists()


def test_an_external_paper_without_a_pdf_has_nothing_to_draft_from() -> None:
    entry = external(b"")
    work(entry.issue)
    assert states_of(entry) == {"metadata": DONE}
    assert steps.retry(entry) is None
    assert states_of(entry) == {"metadata": DONE}


# ── bad papers ──────────────────────────────────────────────────────────────────────────────────
def test_unknown_and_malformed_ids_fail_by_name_and_the_good_ones_proceed(
    arxiv: LocalArxiv,
) -> None:
    issue = make_issue()
    unknown, good, malformed = asked_for(issue, UNKNOWN, "2304.99009", MALFORMED)
    work(issue)
    for entry, code in ((unknown, "unknown-id"), (malformed, "malformed-id")):
        job = job_of(entry, "metadata")
        assert (job.state, job.error, job.error_value) == (FAILED, code, str(entry.paper))
    assert states_of(good)["draft"] == DONE


def test_a_withdrawn_paper_says_so_and_is_not_drafted(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    (entry,) = asked_for(issue, WITHDRAWN)
    work(issue)
    job = job_of(entry, "text")
    assert (job.state, job.error) == (FAILED, "withdrawn")
    assert "withdrawn by the authors" in job.error_value
    assert arxiv.asked("pdf") == [] and not Draft.objects.exists()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("encrypted", "encrypted"),
        ("junk", "not-a-pdf"),
        ("other-paper", "wrong-paper"),
        ("announced", "pdf-too-large"),
        ("404", "pdf-missing"),
    ],
)
def test_a_pdf_that_cannot_be_used_fails_with_its_reason_and_can_be_retried(
    arxiv: LocalArxiv, fault: str, code: str
) -> None:
    issue = make_issue()
    arxiv.script("pdf", fault)
    (entry,) = asked_for(issue, "2304.99009")
    work(issue, rounds=2)
    job = job_of(entry, "text")
    assert (job.state, job.error) == (FAILED, code)
    assert not FullText.objects.exists() and not entry.drafts.exists()
    retried = steps.retry(entry)
    assert retried and (retried.step, retried.state) == ("text", QUEUED)


@pytest.mark.parametrize(
    ("pdf", "code"),
    [
        (b"%PDF-1.7 and then nothing", "broken"),
        (b"just a letter", "not-a-pdf"),
        (pdf_of("2304.99001", 1), "wrong-paper"),
        (pdf_of("2304.99001", 1, encrypt="secret"), "encrypted"),
    ],
)
def test_an_upload_that_cannot_be_used_fails_with_its_reason(pdf: bytes, code: str) -> None:
    entry = external(pdf)
    work(entry.issue)
    job = job_of(entry, "text")
    assert (job.state, job.error) == (FAILED, code)
    assert not FullText.objects.exists()


# ── arXiv is ill ────────────────────────────────────────────────────────────────────────────────
def impatient() -> ArxivConfig:
    return replace(CONFIG(), read_timeout=0.2, total_timeout=0.4)


CONFIG = ingest.config


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("429:1", "rate-limited"),
        ("503", "server-error"),
        ("hang", "timeout"),
        ("drip", "timeout"),
        ("cut", "cut"),
        ("html", "not-atom"),
        ("rate-exceeded", "not-atom"),
        ("short", "cut"),
        ("reset", "unreachable"),
    ],
)
def test_an_ill_arxiv_makes_work_wait_and_be_done_without_a_row_twice(
    arxiv: LocalArxiv, fault: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if code == "timeout":
        monkeypatch.setattr(ingest, "config", impatient)
    issue = make_issue()
    entries = asked_for(issue, "2304.99001", "2304.99002")
    arxiv.script("api", fault)
    first = job_of(entries[0], "metadata")
    steps.run_step(first.pk)
    first.refresh_from_db()
    assert (first.state, first.error) == (WAITING, code)
    assert first.not_before is not None
    assert not Version.objects.exists()

    monkeypatch.setattr(ingest, "config", CONFIG)
    EntryJob.objects.update(not_before=None)
    Lane.objects.update(free_at=datetime(2020, 1, 1, tzinfo=UTC))
    for entry in entries:
        steps.run_step(job_of(entry, "metadata").pk)
        entry.refresh_from_db()
        assert entry.version
        assert job_of(entry, "metadata").state == DONE
        assert job_of(entry, "metadata").error == ""
    assert (Paper.objects.count(), Version.objects.count(), Entry.objects.count()) == (2, 2, 2)


def test_a_pdf_server_that_is_busy_makes_the_text_wait(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    arxiv.script("pdf", "503")
    (entry,) = asked_for(issue, "2304.99009")
    work(issue, rounds=2)
    assert (job_of(entry, "text").state, job_of(entry, "text").error) == (WAITING, "server-error")
    EntryJob.objects.update(not_before=None)
    work(issue)
    assert states_of(entry)["draft"] == DONE
    assert FullText.objects.count() == 1


def test_a_bad_request_is_not_repeated(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    arxiv.script("api", "error-entry:something-else", "error-entry:something-else")
    (entry,) = asked_for(issue, "2304.99009")
    work(issue)
    assert (job_of(entry, "metadata").state, job_of(entry, "metadata").error) == (
        FAILED,
        "bad-request",
    )


# ── twice, at once, late ────────────────────────────────────────────────────────────────────────
def drafted_entry() -> Entry:
    """An entry whose text is there and whose draft is asked for."""
    entry = make_entry()
    assert entry.version
    make_passage(entry.version)
    FullText.objects.create(version=entry.version, sha256="0", extractor="test", pages=1)
    steps._ask(entry, "draft")
    return entry


def test_a_step_that_two_workers_do_at_once_writes_once() -> None:
    for _ in range(5):
        pk = job_of(drafted_entry(), "draft").pk
        at_once(lambda pk=pk: steps.run_step(pk), lambda pk=pk: steps.run_step(pk))
        assert EntryJob.objects.get(pk=pk).attempt == 1
    assert Draft.objects.count() == 5
    assert Passage.objects.count() == 10


def test_a_step_that_is_asked_for_again_makes_no_second_draft() -> None:
    entry = drafted_entry()
    job = job_of(entry, "draft")
    steps.run_step(job.pk)
    items = columns_of(DraftItem.objects.all())
    jobs.queue(job)
    steps.run_step(job.pk)
    assert job_of(entry, "draft").state == DONE
    assert Draft.objects.count() == 1
    assert columns_of(DraftItem.objects.all()) == items


@pytest.mark.parametrize("step", ["metadata", "text", "draft"])
def test_a_late_worker_whose_lease_was_lost_writes_nothing(
    arxiv: LocalArxiv, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it works, another worker takes the job over: the row's attempt has moved on."""
    issue = make_issue()
    (entry,) = asked_for(issue, "2304.99009")
    while not entry.jobs.filter(step=step).exists():
        work(issue, rounds=1)
    job = job_of(entry, step)

    def lose_the_lease(mine: EntryJob) -> None:
        EntryJob.objects.filter(pk=mine.pk).update(attempt=mine.attempt + 1)
        steps._do_step(mine)

    jobs.run(EntryJob, job.pk, lose_the_lease)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (RUNNING, 2)  # the other's
    entry.refresh_from_db()
    if step == "metadata":
        assert entry.version is None
    if step == "text":
        assert not FullText.objects.exists()
    assert not Draft.objects.exists()
    next_step = {"metadata": "text", "text": "draft"}.get(step, "none")
    assert not entry.jobs.filter(step=next_step).exists()


def test_a_text_that_is_there_is_not_fetched_again(arxiv: LocalArxiv) -> None:
    one, two = make_issue(), make_issue()
    asked_for(one, "2304.99009")
    work(one)
    (entry,) = asked_for(two, "2304.99009")
    work(two)
    assert states_of(entry) == {"metadata": DONE, "text": DONE, "draft": DONE}
    assert len(arxiv.asked("pdf")) == 1


# ── retry ───────────────────────────────────────────────────────────────────────────────────────
def test_retry_starts_with_the_first_step_that_is_not_done(arxiv: LocalArxiv) -> None:
    issue = make_issue()
    entry = workflow.add_entry(issue, ingest.paper_for("2304.99009"))
    asked = steps.retry(entry)
    assert asked and asked.step == "metadata"
    assert steps.retry(entry) is None  # under way
    work(issue)
    assert steps.retry(entry) is None  # all done
    EntryJob.objects.filter(step="draft").update(state=FAILED, error="internal-error")
    again = steps.retry(entry)
    assert again and (again.step, again.state, again.error) == ("draft", QUEUED, "")


def test_retry_of_a_waiting_step_waits_no_longer() -> None:
    entry = drafted_entry()
    EntryJob.objects.update(state=WAITING, not_before=datetime(2040, 1, 1, tzinfo=UTC))
    for step in ("metadata", "text"):
        make_entry_job(entry, step=step, state=DONE)
    job = steps.retry(entry)
    assert job and (job.state, job.not_before) == (QUEUED, None)


# ── what editors wrote ──────────────────────────────────────────────────────────────────────────
def test_no_task_touches_a_column_of_what_an_editor_wrote(arxiv: LocalArxiv) -> None:
    """All steps, done anew over an approved entry: entry, questions and evidence stay byte by
    byte, and so does the history."""
    issue = make_issue()
    (waiting,) = asked_for(issue, "2304.99009")
    steps.run_step(job_of(waiting, "metadata").pk)
    entry = Entry.objects.get(pk=waiting.pk)
    texts = {"title_ja": "題", "highlight": "見出し", "one_liner": "文です。", "summary": "概要。"}
    save_card(entry, 1, texts, by=make_editor())
    entry.refresh_from_db()
    assert entry.version
    evidence = workflow.add_evidence(entry, entry.version.abstract.split(". ")[0])
    make_question(entry, answer=f"答えです。[^{evidence.key}]")
    workflow.approve(entry, by=make_editor())
    before = everything_written(entry.pk)

    work(issue)
    EntryJob.objects.update(state=FAILED)
    steps.start_work(entry)
    work(issue)
    assert entry.drafts.count() == 1
    assert everything_written(entry.pk) == before


def everything_written(pk: int) -> list[Any]:
    entry = Entry.objects.get(pk=pk)
    return [
        columns_of([entry, entry.issue]),
        columns_of(entry.questions.all()),
        columns_of(entry.evidence.all()),
        columns_of(entry.history.all()),
    ]


# ── a paper is taken out of its issue ───────────────────────────────────────────────────────────
def test_work_on_a_removed_paper_stops_and_goes_on_when_it_is_back(arxiv: LocalArxiv) -> None:
    issue, hana = make_issue(), make_editor()
    kept, removed = asked_for(issue, "2304.99001", "2304.99002")
    workflow.remove_entry(removed, by=hana)
    work(issue)
    assert states_of(kept)["draft"] == DONE
    job = job_of(removed, "metadata")
    assert (job.state, job.error, removed.jobs.count()) == (FAILED, workflow.REMOVED, 1)
    workflow.restore_entry(removed, by=hana)
    work(issue)
    assert states_of(removed) == states_of(kept)
    assert Entry.objects.get(pk=removed.pk).version


def test_a_paper_removed_before_its_text_is_read_is_read_when_it_is_back(
    arxiv: LocalArxiv,
) -> None:
    issue, hana = make_issue(), make_editor()
    (entry,) = asked_for(issue, "2304.99001")
    steps.run_step(job_of(entry, "metadata").pk)
    workflow.remove_entry(entry, by=hana)
    work(issue)
    assert states_of(entry) == {"metadata": DONE, "text": FAILED}
    workflow.restore_entry(entry, by=hana)
    work(issue)
    assert states_of(entry)["draft"] == DONE
