"""The sample: loaded on an empty laptop, marked, and removed whole."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client

from digests import samples, workflow
from digests.models import Edition, Entry, Issue
from papers import ingest
from papers.models import Category, Paper, Version
from tests.factories import make_editor, make_issue, make_record, make_written_entry

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    """How many rows each table has, but for the taxonomy, which is no sample."""
    return {m._meta.label: m._base_manager.count() for m in apps.get_models() if m is not Category}


def test_the_sample_is_published_marked_and_readable() -> None:
    issue = samples.load(by=make_editor())
    assert (issue.is_sample, issue.state) == (True, Issue.State.PUBLISHED)
    edition = Edition.objects.public().with_article().get()
    assert edition.is_sample and edition.entries.count() == 7
    shown = [e.shows_evidence for e in edition.entries.all()]
    assert shown == [False] * 6 + [True]
    page = Client().get(edition.get_absolute_url())
    assert page.status_code == 200
    assert "見本" in page.content.decode() and "根拠の表示なし" in page.content.decode()


def test_the_samples_own_paper_has_evidence_for_every_sentence() -> None:
    issue = samples.load(by=None)
    entry = issue.entries.last()
    assert entry and entry.paper.is_external and entry.evidence.exists()
    assert workflow.why_not_publishable(issue) == []
    frozen = Edition.objects.get().entries.get(paper=entry.paper)
    for question in frozen.questions.all():
        assert question.evidence, question.question


def test_removing_the_sample_leaves_nothing_behind() -> None:
    before = rows()
    samples.load(by=None)
    assert rows() != before
    assert samples.remove()
    after = rows()
    assert {k: (before[k], n) for k, n in after.items() if n != before[k]} == {}
    assert not samples.remove()


def test_a_sample_that_was_changed_and_published_again_is_removed_whole_too() -> None:
    editor = make_editor()
    before = rows()
    issue = samples.load(by=editor)
    entry = issue.entries.all()[0]
    workflow.add_question(entry, "別の質問？", by=editor)
    workflow.remove_entry(Entry.objects.get(pk=issue.entries.all()[1].pk), by=None)
    workflow.remove_entry(Entry.objects.get(pk=entry.pk), by=None)
    workflow.publish(issue, by=editor)
    assert samples.remove()
    assert {k: (before[k], n) for k, n in rows().items() if n != before[k]} == {}


def test_removing_the_sample_keeps_what_others_use() -> None:
    sample = samples.load(by=None)
    shared = Version.objects.filter(entries__issue=sample).order_by("entries__position")[0]
    own = make_written_entry(make_issue(), version=shared)
    samples.remove()
    assert Paper.objects.filter(entries=own).exists()
    assert Issue.objects.get() == own.issue
    assert shared.author_names


def test_an_arxiv_record_that_came_since_stays() -> None:
    sample = samples.load(by=None)
    paper = sample.entries.all()[0].paper
    ingest.store([make_record(paper.arxiv_id or "", 9)])
    samples.remove()
    assert Paper.objects.get().versions.filter(number=9).exists()


def test_the_sample_is_not_loaded_beside_another_issue() -> None:
    make_issue()
    with pytest.raises(CommandError, match="empty"):
        call_command("load_sample")
    assert Issue.objects.count() == 1


def test_the_sample_is_not_loaded_in_production(settings: Any) -> None:
    settings.LAPTOP = False
    with pytest.raises(CommandError, match="laptop"):
        call_command("load_sample")
    assert not Issue.objects.exists()


def test_loading_and_removing_by_command_say_what_they_did(settings: Any) -> None:
    said = io.StringIO()
    call_command("load_sample", stdout=said)
    assert f"{settings.SITE_URL}/issues/{samples.SLUG}/" in said.getvalue()
    call_command("remove_sample", stdout=said)
    call_command("remove_sample", stdout=said)
    assert said.getvalue().splitlines()[1:] == ["removed", "there is no sample"]
