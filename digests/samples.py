"""The sample issue of an empty laptop: made by the verbs of any other, and removed whole."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from digests import shelves, workflow
from digests.cards import save_card
from digests.drafting import verify
from digests.models import Edition, Editor, Entry, Issue, Question, Source
from papers import ingest
from papers.fulltext import extract_in_child
from papers.models import Author, Paper, Version

FOLDER = Path(__file__).parent / "sample"
PDFS = Path(__file__).parent / "static" / "digests" / "sample"  # readers may open ours
SLUG = "2023-04-03-sample"
TEXTS = ("title_ja", "highlight", "one_liner", "kind", "summary")


class SampleError(Exception):
    """The sample can't be loaded; the code says why: not-empty."""


@transaction.atomic
def load(*, by: Editor | None) -> Issue:
    """Publish the sample issue. Raises SampleError where there are issues already."""
    if Issue.objects.exists():
        raise SampleError("not-empty")
    week = json.loads((FOLDER / "week.json").read_text(encoding="utf-8"))
    issue = _issue(week, by)
    for facts in week["entries"]:
        _entry(issue, facts, by)
    workflow.publish(issue, by=by)
    issue.refresh_from_db()
    return issue


def _issue(week: dict[str, Any], by: Editor | None) -> Issue:
    source, _is_new = Source.objects.get_or_create(key="sample", defaults=week["source"])
    issue = Issue.objects.create(
        source=source,
        slug=SLUG,
        first_on=date.fromisoformat(week["first_on"]),
        last_on=date.fromisoformat(week["last_on"]),
        is_sample=True,
        created_by=by,
    )
    save_card(issue, issue.row_version, {"introduction": week["introduction"]}, by=by)
    return issue


def _entry(issue: Issue, facts: dict[str, Any], by: Editor | None) -> None:
    version = _external(facts) if facts["external"] else _facts_only(facts)
    entry = workflow.add_entry(issue, version.paper, workflow.Wish(version=version))
    Entry.objects.filter(pk=entry.pk).update(evidence_required=facts["evidence_required"])
    for cited in facts.get("evidence", []):
        workflow.add_evidence(entry, cited["quote"], passage_key=_passage_of(version, cited))
    save_card(entry, entry.row_version, {f: facts[f] for f in TEXTS}, by=by)
    for qa in facts["questions"]:
        question = workflow.add_question(entry, qa["question"], by=by)
        save_card(question, question.row_version, {"answer": qa["answer"]}, by=by)
    workflow.approve(entry, by=by)


def _passage_of(version: Version, cited: dict[str, Any]) -> str:
    """The passage of the body that holds the quote, on the page that the sample names."""
    on_page = [p for p in ingest.passages_of(version) if p.page == cited["page"]]
    found = verify.find_quote(cited["quote"], on_page)
    return found.key if found else ""


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.min, tzinfo=UTC)


def _facts_only(facts: dict[str, Any]) -> Version:
    """A version with facts and no abstract; arXiv's own record completes it when it comes."""
    paper = ingest.paper_for(facts["arxiv_id"])
    version, is_new = Version.objects.get_or_create(
        paper=paper,
        number=facts["version"],
        defaults={
            "origin": Version.Origin.SAMPLE,
            "title": facts["title"],
            "published_at": _midnight(facts["published"]),
            "updated_at": _midnight(facts["updated"]),
            "url": f"https://arxiv.org/abs/{facts['arxiv_id']}v{facts['version']}",
            "pdf_url": facts["pdf_url"],
            "primary_category": ingest.category_for(facts["categories"][0]),
        },
    )
    if is_new:
        ingest.set_people(version, facts["authors"])
        ingest.set_categories(version, facts["categories"])
    return version


def _external(facts: dict[str, Any]) -> Version:
    """Our own paper; readers find its PDF among the site's static files."""
    pdf = PDFS / facts["pdf"]
    version = ingest.store_typed(
        ingest.Typed(
            title=facts["title"],
            authors=tuple(facts["authors"]),
            published_on=date.fromisoformat(facts["published"]),
            url=f"{settings.SITE_URL}{settings.STATIC_URL}digests/sample/{facts['pdf']}",
            abstract=facts["abstract"],
        )
    )
    ingest.store_text(version, extract_in_child(pdf, title=version.title))
    return version


@transaction.atomic
def remove() -> bool:
    """Take away every sample issue with its editions and the papers that nothing else uses;
    whether there was one."""
    issues = list(Issue.objects.filter(is_sample=True))
    papers = set(_papers_of(issues).values_list("pk", flat=True))
    for issue in issues:
        issue.current_edition = None
        issue.save(update_fields=["current_edition"])
        shelves.arrange_issue(issue)
        Edition.objects.filter(issue=issue).delete()
        _delete_with_history(issue)
    _remove_unused(papers)
    Source.objects.filter(key="sample", issues=None).delete()
    return bool(issues)


def _papers_of(issues: list[Issue]) -> QuerySet[Paper]:
    """Those in the issues now, and those that an edition still names."""
    is_published = Q(edition_entries__edition__issue__in=issues)
    return Paper.objects.filter(Q(entries__issue__in=issues) | is_published)


def _delete_with_history(issue: Issue) -> None:
    """Revisions outlive their rows; a sample's may not."""
    pk = issue.pk
    entries = list(Entry.history.filter(issue_id=pk).values_list("id", flat=True))
    issue.delete()
    Question.history.filter(entry_id__in=entries).delete()
    Entry.history.filter(issue_id=pk).delete()
    Issue.history.filter(id=pk).delete()


def _remove_unused(papers: set[int]) -> None:
    unused = Paper.objects.filter(pk__in=papers, entries=None, edition_entries=None)
    ours = [p.pk for p in unused if not _is_known_from_elsewhere(p)]
    Version.objects.filter(paper__in=ours).delete()
    Paper.objects.filter(pk__in=ours).delete()
    Author.objects.filter(versions=None).delete()


def _is_known_from_elsewhere(paper: Paper) -> bool:
    """An arXiv record that has been fetched since is no longer the sample's."""
    return paper.versions.filter(origin=Version.Origin.ARXIV).exists()
