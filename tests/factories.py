"""Small rows for tests. Each factory makes what it needs, and takes any column as a keyword."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from digests import workflow
from digests.cards import sign
from digests.models import (
    Draft,
    DraftItem,
    Edition,
    Editor,
    Entry,
    EntryJob,
    Evidence,
    Issue,
    PreviewJob,
    PreviewRow,
    Question,
    Source,
    SourceJob,
    WeekPreview,
)
from papers import ingest, jobs
from papers.arxiv import Record
from papers.models import Paper, Passage, Version

PASSWORD = "a long enough password"
QUOTE = "We train each model for three hours on a single machine and report the mean of five runs."
_number, _paper = count(1), count(1)
LONG_AGO = date(1700, 1, 4)  # tests name days of our time; counting on never comes to one


def make_editor(username: str = "", **columns: Any) -> Editor:
    """An editor's account that may do everything, with PASSWORD."""
    username = username or f"editor{next(_number)}"
    defaults: dict[str, Any] = {"is_staff": True, "is_superuser": True, "pen_name": "編集部"}
    return Editor.objects.create_user(username, password=PASSWORD, **defaults | columns)


def make_source(key: str = "dair-ai", **columns: Any) -> Source:
    return Source.objects.get_or_create(key=key, defaults={"name": key, **columns})[0]


def make_issue(first_on: date | None = None, **columns: Any) -> Issue:
    """An empty issue; without a day, of a week that no other issue of the test has."""
    first_on = first_on or LONG_AGO + timedelta(weeks=next(_number))
    defaults: dict[str, Any] = {
        "first_on": first_on,
        "last_on": first_on + timedelta(days=6),
        "slug": first_on.isoformat(),
    }
    if "source" not in columns:
        defaults["source"] = make_source()
    return Issue.objects.create(**defaults | columns)


def make_record(arxiv_id: str = "", number: int = 1, **values: Any) -> Record:
    """What arXiv might answer; ids are of numbers that arXiv never gave."""
    arxiv_id = arxiv_id or f"2304.{90000 + next(_paper)}"
    defaults: dict[str, Any] = {
        "arxiv_id": arxiv_id,
        "version": number,
        "title": f"On Small Rows, Part {next(_number)}",
        "authors": ("Aiko Mori", "Ben Ito"),
        "published_at": datetime(2023, 4, 4, 17, 59, tzinfo=UTC),
        "updated_at": datetime(2023, 4, 4, 17, 59, tzinfo=UTC) + timedelta(days=number - 1),
        "primary_category": "cs.CL",
        "categories": ("cs.CL", "cs.LG"),
        "abstract": "We make small rows for tests and measure how long it takes.",
        "comment": "",
        "doi": "",
        "journal_ref": "",
        "abs_url": f"https://arxiv.org/abs/{arxiv_id}v{number}",
        "pdf_url": f"https://arxiv.org/pdf/{arxiv_id}v{number}",
        "is_withdrawn": False,
    }
    return Record(**defaults | values)


def make_paper(arxiv_id: str = "") -> Paper:
    """A paper that arXiv has not been asked about."""
    return ingest.paper_for(arxiv_id or f"2304.{90000 + next(_paper)}")


def make_version(arxiv_id: str = "", number: int = 1, **values: Any) -> Version:
    """A stored version with authors, categories and the abstract's passage."""
    record = make_record(arxiv_id, number, **values)
    ingest.store([record])
    return Version.objects.get(paper__arxiv_id=record.arxiv_id, number=number)


def make_passage(version: Version, text: str = QUOTE, **columns: Any) -> Passage:
    position = version.passages.count() + 1
    defaults: dict[str, Any] = {
        "position": position,
        "key": f"p01-{position:02}",
        "page": 1,
        "section": "1 Introduction",
        "kind": Passage.Kind.BODY,
    }
    return Passage.objects.create(version=version, text=text, **defaults | columns)


def make_entry(issue: Issue | None = None, version: Version | None = None, **columns: Any) -> Entry:
    """An entry whose texts are still empty; `version=None` and a `paper` for one that waits."""
    if version is None and "paper" not in columns:
        version = make_version()
    issue = issue or make_issue()
    defaults: dict[str, Any] = {
        "version": version,
        "position": issue.entries.count() + 1,
    }
    if version:
        defaults["paper"] = version.paper
    return Entry.objects.create(issue=issue, **defaults | columns)


def make_question(entry: Entry, question: str = "何を調べましたか？", answer: str = "") -> Question:
    made = workflow.add_question(entry, question, by=None)
    if answer:
        made.answer = answer
        made.save(update_fields=["answer"])
    return made


def make_evidence(entry: Entry, quote: str = QUOTE, **columns: Any) -> Evidence:
    """A quote with the next key, e1, e2 …, in a passage of the entry's version that holds it."""
    number = entry.next_evidence
    if entry.version and not entry.version.passages.filter(key="p01-01").exists():
        make_passage(entry.version, quote, key="p01-01")
    defaults: dict[str, Any] = {
        "key": f"e{number}",
        "version": entry.version,
        "passage_key": "p01-01",
        "page": 1,
        "section": "1 Introduction",
        "quote": quote,
    }
    made = Evidence.objects.create(entry=entry, **defaults | columns)
    Entry.objects.filter(pk=entry.pk).update(next_evidence=number + 1)
    entry.next_evidence = number + 1
    return made


def make_written_entry(issue: Issue | None = None, **columns: Any) -> Entry:
    """An entry that lacks nothing but its approval: texts, a question, evidence for its answer."""
    texts = {
        "title_ja": "小さな行の作り方",
        "highlight": "小さな行の研究",
        "one_liner": "小さな行を速く作る方法を調べた論文です。",
        "summary": "小さな行を作る方法を提案し、かかる時間を測っています。",
        "kind": Entry.Kind.METHOD,
    }
    entry = make_entry(issue, **texts | columns)
    evidence = make_evidence(entry)
    if "summary" not in columns:
        entry.summary += f"[^{evidence.key}]"
        entry.save(update_fields=["summary"])
    make_question(entry, answer=f"一台の計算機で三時間ずつ学習しています。[^{evidence.key}]")
    entry.refresh_from_db()
    return entry


def make_ready_issue(**columns: Any) -> Issue:
    """An issue with one approved entry, in which the gate finds nothing."""
    issue = make_issue(**columns)
    workflow.approve(make_written_entry(issue), by=make_editor())
    return Issue.objects.get(pk=issue.pk)


def make_edition(issue: Issue | None = None, *, by: Editor | None = None) -> Edition:
    """A published issue: the one given, or one with a single written entry. What the gate says of
    its texts is overridden: this is for tests of what readers see."""
    if issue is None:
        issue = make_issue()
        make_written_entry(issue)
    by = by or make_editor()
    for entry in issue.entries.exclude(state=Entry.State.APPROVED):
        entry.state = Entry.State.APPROVED  # `approve` would ask the gate twice more each time
        sign(entry, by)
        entry.save(update_fields=["state"])
    return workflow.publish(issue, by=by, override_reason="Tests show readers any text.")


def make_draft(entry: Entry, **columns: Any) -> Draft:
    """A draft with one proposed question and its quote."""
    defaults: dict[str, Any] = {"version": entry.version, "prompt": "extract-1"}
    draft = Draft.objects.create(entry=entry, **defaults | columns)
    cited = {"passage_key": "p01-01", "page": 1, "section": "1 Introduction", "quote": QUOTE}
    DraftItem.objects.create(
        draft=draft, position=1, field="question", question="どう測りましたか？", evidence=[cited]
    )
    return draft


def make_entry_job(entry: Entry | None = None, **columns: Any) -> EntryJob:
    """A queued job that nobody has rung for."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "step": EntryJob.Step.METADATA,
        "requested_at": now,
        "rung_at": now,
        "attempt_limit": jobs.ATTEMPTS,
    }
    return EntryJob.objects.create(entry=entry or make_entry(), **defaults | columns)


def make_preview(**columns: Any) -> WeekPreview:
    """A preview without rows; see make_preview_row."""
    defaults: dict[str, Any] = {
        "source": make_source(),
        "origin": WeekPreview.Origin.PASTED,
        "text": "",
        "first_on": date(2023, 4, 3),
        "last_on": date(2023, 4, 9),
    }
    return WeekPreview.objects.create(**defaults | columns)


def make_preview_row(preview: WeekPreview, **columns: Any) -> PreviewRow:
    line = preview.rows.count() + 1
    defaults: dict[str, Any] = {"line": line, "number": line, "title": f"Row {line}"}
    return PreviewRow.objects.create(preview=preview, **defaults | columns)


def make_preview_job(preview: WeekPreview | None = None, **columns: Any) -> PreviewJob:
    """A queued job that nobody has rung for; with no rows it asks arXiv nothing."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "requested_at": now,
        "rung_at": now,
        "attempt_limit": jobs.ATTEMPTS,
    }
    return PreviewJob.objects.create(preview=preview or make_preview(), **defaults | columns)


def make_source_job(source: Source | None = None, **columns: Any) -> SourceJob:
    """A queued look that nobody has rung for."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "requested_at": now,
        "rung_at": now,
        "attempt_limit": jobs.ATTEMPTS,
    }
    return SourceJob.objects.create(source=source or make_source(), **defaults | columns)
