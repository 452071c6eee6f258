"""One press for many papers: what is taken, what is left and why, and that it can be undone."""

from __future__ import annotations

import html
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from digests import bulk, steps
from digests.models import (
    Check,
    Decision,
    DraftItem,
    Editor,
    Entry,
    EntryJob,
    Evidence,
    Issue,
    Question,
)
from papers.models import FullText, Job
from tests.factories import (
    QUOTE,
    make_draft,
    make_editor,
    make_entry,
    make_entry_job,
    make_issue,
    make_paper,
    make_passage,
    make_question,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
CITED = {"passage_key": "p01-01", "page": 1, "section": "1 Introduction", "quote": QUOTE}
ANSWER = "一台の計算機で三時間ずつ学習しました。[^1]"


@pytest.fixture
def by() -> Editor:
    return make_editor()


@pytest.fixture
def client(by: Editor) -> Client:
    client = Client()
    client.force_login(by)
    return client


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def messages_of(response: Any) -> list[str]:
    return [str(m) for m in response.context["messages"]]


def propose(entry: Entry, field: str = "question", **columns: Any) -> DraftItem:
    """One more proposal of the entry's draft."""
    draft = entry.drafts.first() or make_empty_draft(entry)
    defaults: dict[str, Any] = {
        "position": draft.items.count() + 1,
        "field": field,
        "text": ANSWER,
        "evidence": [CITED],
    }
    if field == "question":
        defaults["question"] = f"質問{defaults['position']}は何ですか？"
    return DraftItem.objects.create(draft=draft, **defaults | columns)


def make_empty_draft(entry: Entry) -> Any:
    draft = make_draft(entry)
    draft.items.all().delete()
    return draft


def an_entry(issue: Issue | None = None) -> Entry:
    version = make_version()
    make_passage(version)
    return make_entry(issue, version)


def press(client: Client, issue: Issue, action: str, *entries: Entry, **data: str) -> Any:
    ticked = [str(entry.pk) for entry in entries]
    address = reverse("desk:bulk", args=[issue.pk])
    return client.post(address, {"action": action, "entry": ticked, **data}, follow=True)


def read_text(entry: Entry) -> None:
    assert entry.version
    FullText.objects.create(version=entry.version, sha256="0" * 64, extractor="test", pages=1)


# ── accept what is clean ────────────────────────────────────────────────────────────────────────
def test_clean_proposals_are_accepted_and_the_others_left_and_counted(by: Editor) -> None:
    entry = an_entry()
    clean = propose(entry)
    notice = propose(entry, problems=[{"code": "wordy", "severity": "notice"}])
    propose(entry, problems=[{"code": "register", "severity": "warning"}])
    propose(entry, problems=[{"code": "number-not-in-evidence", "severity": "error"}])
    propose(entry, text="")
    done = bulk.accept_clean(entry.issue, by=by)
    assert (len(done.decisions), done.troubled, done.empty) == (2, 2, 1)
    taken = Decision.objects.filter(is_accepted=True)
    assert {d.item for d in taken} == {clean, notice} and {d.decided_by for d in taken} == {by}
    assert [q.answer for q in entry.questions.all()] == [
        ANSWER.replace("[^1]", f"[^{key}]") for key in ("e1", "e2")
    ]


def test_accepting_many_never_counts_a_sentence_as_checked(by: Editor) -> None:
    entry = an_entry()
    propose(entry)
    bulk.accept_clean(entry.issue, by=by)
    assert Question.objects.exists() and not Check.objects.exists()


def test_a_paper_that_is_approved_by_accepting_many_is_named(client: Client) -> None:
    entry = make_written_entry(one_liner="")
    propose(entry, "one_liner", text="小さな行を速く作る方法を調べた論文です。", evidence=[])
    answer = press(client, entry.issue, "accept", entry)
    entry.refresh_from_db()
    assert entry.is_approved
    warnings = [str(m) for m in answer.context["messages"] if m.level_tag == "warning"]
    assert len(warnings) == 1
    assert reverse("desk:claims", args=[entry.pk]) in warnings[0]


def test_what_an_editor_has_written_is_not_replaced(by: Editor) -> None:
    entry = an_entry()
    Entry.objects.filter(pk=entry.pk).update(title_ja="私の邦題")
    question = make_question(entry, answer="私の回答です。")
    propose(entry, "title_ja", text="機械の邦題")
    propose(entry, question=question.question)
    empty = make_question(entry, "空の質問は？")
    propose(entry, question=empty.question)
    done = bulk.accept_clean(entry.issue, by=by)
    assert (len(done.decisions), done.written) == (1, 2)
    entry.refresh_from_db()
    assert entry.title_ja == "私の邦題"
    assert entry.questions.get(pk=question.pk).answer == "私の回答です。"
    assert entry.questions.get(pk=empty.pk).answer.startswith("一台の計算機")


def test_of_a_whole_issue_approved_papers_are_left_as_they_are(by: Editor) -> None:
    issue = make_issue()
    ready, open_ = make_written_entry(issue), an_entry(issue)
    Entry.objects.filter(pk=ready.pk).update(state=Entry.State.APPROVED)
    propose(ready)
    propose(open_)
    done = bulk.accept_clean(issue, by=by)
    assert (len(done.decisions), done.approved) == (1, 1)
    ready.refresh_from_db()
    assert ready.is_approved
    assert len(bulk.accept_clean([ready], by=by).decisions) == 1  # asked for by name


def test_one_that_is_refused_takes_none_with_it(by: Editor) -> None:
    entry = an_entry()
    propose(entry, "highlight", text="長" * 21)
    propose(entry)
    done = bulk.accept_clean(entry.issue, by=by)
    assert len(done.decisions) == 1
    assert [lack.code for lack in done.refused] == ["too-long"]
    entry.refresh_from_db()
    assert entry.highlight == "" and entry.questions.count() == 1


def test_only_the_newest_draft_is_taken_and_pressing_twice_is_pressing_once(by: Editor) -> None:
    entry = an_entry()
    propose(entry)
    newer = make_draft(entry, try_number=2)
    newer.items.update(text=ANSWER)
    assert len(bulk.accept_clean(entry.issue, by=by).decisions) == 1
    assert [q.question for q in entry.questions.all()] == ["どう測りましたか？"]
    again = bulk.accept_clean(entry.issue, by=by)
    assert again == bulk.Accepted()
    assert (entry.questions.count(), Evidence.objects.count()) == (1, 1)


def test_a_part_that_was_drafted_again_takes_the_older_ones_place(by: Editor) -> None:
    entry = an_entry()
    propose(entry, "summary", text="古い概要です。")
    part = make_draft(entry, scope="summary")
    part.items.update(field="summary", question="", text="新しい概要です。", evidence=[])
    done = bulk.accept_clean(entry.issue, by=by)
    entry.refresh_from_db()
    assert (entry.summary, len(done.decisions), done.written) == ("新しい概要です。", 1, 1)


# ── undo ────────────────────────────────────────────────────────────────────────────────────────
def test_an_acceptance_is_undone_as_a_whole(by: Editor) -> None:
    entry = an_entry()
    propose(entry, "title_ja", text="機械の邦題")
    propose(entry, "summary", text=ANSWER)
    propose(entry)
    asked = make_question(entry, "空の質問は？")
    propose(entry, question=asked.question)
    done = bulk.accept_clean(entry.issue, by=by)
    assert bulk.undo(done.decisions, issue=entry.issue, by=by) == len(done.decisions) == 4
    entry.refresh_from_db()
    assert (entry.title_ja, entry.summary) == ("", "")
    assert [(q.question, q.answer) for q in entry.present_questions] == [("空の質問は？", "")]
    assert DraftItem.objects.undecided().count() == 4
    assert entry.removed_questions[0].answer.startswith("一台の計算機")  # can be brought back


def test_undoing_keeps_what_was_changed_since(by: Editor) -> None:
    entry = an_entry()
    propose(entry, "title_ja", text="機械の邦題")
    done = bulk.accept_clean(entry.issue, by=by)
    Entry.objects.filter(pk=entry.pk).update(title_ja="機械の邦題を直した")
    bulk.undo(done.decisions, issue=entry.issue, by=by)
    entry.refresh_from_db()
    assert entry.title_ja == "機械の邦題を直した"


def test_decisions_of_another_issue_are_not_undone(by: Editor) -> None:
    entry = an_entry()
    propose(entry)
    done = bulk.accept_clean(entry.issue, by=by)
    assert bulk.undo(done.decisions, issue=make_issue(), by=by) == 0
    assert Decision.objects.count() == 1


# ── fetch again ─────────────────────────────────────────────────────────────────────────────────
def test_what_is_missing_is_fetched_and_a_whole_paper_is_looked_at_for_a_newer_version() -> None:
    issue = make_issue()
    complete, without_text = make_entry(issue), make_entry(issue)
    read_text(complete)
    unknown = make_entry(issue, paper=make_paper())
    reading = make_entry(issue, paper=make_paper())
    make_entry_job(reading)
    failed = make_entry(issue, paper=make_paper())
    make_entry_job(failed, state=Job.State.FAILED, error="unknown-id")
    done = bulk.fetch_again(issue.entries.all())
    assert done.entries == [complete, without_text, unknown, failed]
    assert done.left == [(reading, "is-reading")]
    queued = EntryJob.objects.filter(state=Job.State.QUEUED)
    assert {job.entry for job in queued} == {complete, without_text, unknown, failed, reading}
    assert complete.jobs.get().scope == steps.NEWER


def test_a_paper_without_a_pdf_has_nothing_to_fetch() -> None:
    version = make_version()
    version.pdf_url = ""
    version.save()
    entry = make_entry(version=version)
    entry.paper.arxiv_id, entry.paper.slug = None, "x-abcdefgh"
    entry.paper.save()
    assert bulk.fetch_again([entry]).left == [(entry, "nothing-to-read")]


# ── draft again ─────────────────────────────────────────────────────────────────────────────────
def test_each_paper_gets_one_more_try_and_the_others_say_why() -> None:
    issue = make_issue()
    entry = make_entry(issue)
    make_draft(entry)
    unknown, drafting = make_entry(issue, paper=make_paper()), make_entry(issue)
    make_entry_job(drafting, step=EntryJob.Step.DRAFT, state=Job.State.RUNNING)
    reading = make_entry(issue)
    make_entry_job(reading, step=EntryJob.Step.TEXT)
    done = bulk.draft_again(issue.entries.all())
    assert done.entries == [entry]
    assert done.left == [
        (unknown, "no-version"),
        (drafting, "is-drafting"),
        (reading, "is-reading"),
    ]
    job = EntryJob.objects.get(entry=entry)
    assert (job.step, job.try_number, job.drafter) == ("draft", 2, "auto")


def test_nothing_is_drafted_once_the_months_budget_is_used_up(settings: Any) -> None:
    settings.LLM_MODEL, settings.LLM_MONTHLY_BUDGET = "a-model", Decimal(0)
    entry = make_entry()
    assert bulk.draft_again([entry]).left == [(entry, "budget-reached")]
    assert not EntryJob.objects.exists()
    assert bulk.draft_again([entry], EntryJob.Drafter.EXTRACTION).entries == [entry]


# ── on the screen ───────────────────────────────────────────────────────────────────────────────
def test_the_ticked_papers_are_accepted_and_the_message_leads_to_undo(client: Client) -> None:
    issue = make_issue()
    one, other = an_entry(issue), an_entry(issue)
    for entry in (one, other):
        propose(entry)
    propose(one, text="")
    response = press(client, issue, "accept", one)
    said = messages_of(response)
    assert len(said) == 2 and "1" in said[0] and "1" in said[1]
    address = reverse("desk:bulk_undo", args=[issue.pk])
    assert f'<a href="{address}">' in text_of(response)
    assert (one.questions.count(), other.questions.count()) == (1, 0)
    page = text_of(client.get(address))
    assert one.original_title in page and one.questions.get().question in page
    client.post(address)
    assert not [q for q in one.questions.all() if q.removed_at is None]
    assert "</form>" not in text_of(client.get(address)).partition('class="desk"')[2]


def test_without_a_tick_all_papers_are_meant(client: Client) -> None:
    issue = make_issue()
    entries = [an_entry(issue), an_entry(issue)]
    for entry in entries:
        propose(entry)
    press(client, issue, "accept")
    assert Question.objects.count() == 2


def test_ticks_of_papers_that_are_gone_do_not_mean_all(client: Client) -> None:
    issue = make_issue()
    propose(an_entry(issue))
    stranger = an_entry()
    propose(stranger)
    for ticks in ([str(stranger.pk)], ["99999"], ["junk"], ["-1", "9" * 400]):
        response = client.post(
            reverse("desk:bulk", args=[issue.pk]), {"action": "accept", "entry": ticks}, follow=True
        )
        assert messages_of(response)
    assert not Question.objects.exists()


def test_a_paper_is_accepted_from_its_own_page(client: Client) -> None:
    entry = an_entry()
    propose(entry)
    response = client.post(reverse("desk:accept_clean", args=[entry.pk]))
    assert response["Location"].startswith(reverse("desk:entry", args=[entry.pk]))
    assert entry.questions.count() == 1


def test_nothing_to_accept_is_said(client: Client) -> None:
    issue = an_entry().issue
    assert len(messages_of(press(client, issue, "accept"))) == 1
    propose(issue.entries.get(), text="")
    assert "1" in messages_of(press(client, issue, "accept"))[0]


def test_fetching_and_drafting_tell_how_many_and_why_not(client: Client) -> None:
    issue = make_issue()
    reading = make_entry(issue)
    read_text(reading)
    make_entry(issue, paper=make_paper())
    make_entry_job(reading, step="text")
    said = messages_of(press(client, issue, "fetch"))
    assert len(said) == 2
    reading.jobs.all().delete()
    said = messages_of(press(client, issue, "draft"))
    assert len(said) == 2
    assert EntryJob.objects.filter(step="draft").count() == 1


def test_with_a_model_the_cost_is_shown_before_anything_is_drafted(
    client: Client, settings: Any
) -> None:
    settings.LLM_MODEL = "a-model"
    settings.LLM_PRICE_IN = settings.LLM_PRICE_OUT = Decimal(1000)
    issue = make_issue()
    one, other = make_entry(issue), make_entry(issue)
    response = press(client, issue, "draft", one)
    assert "¥16" in text_of(response) and not EntryJob.objects.exists()
    press(client, issue, "draft", one, sure="yes", drafter="extraction")
    assert [(j.entry, j.drafter) for j in EntryJob.objects.all()] == [(one, "extraction")]
    press(client, issue, "draft", other, sure="yes")
    assert EntryJob.objects.get(entry=other).drafter == "auto"


def test_an_unknown_button_does_nothing(client: Client) -> None:
    issue = an_entry().issue
    propose(issue.entries.get())
    assert messages_of(press(client, issue, "publish"))
    assert not Question.objects.exists()


ADDRESSES = ["bulk", "bulk_undo", "accept_clean"]


def address_of(name: str, entry: Entry) -> str:
    return reverse(f"desk:{name}", args=[entry.pk if name == "accept_clean" else entry.issue_id])


@pytest.mark.parametrize("name", ADDRESSES)
def test_strangers_are_refused_and_bad_addresses_are_not_found(client: Client, name: str) -> None:
    entry = an_entry()
    url = address_of(name, entry)
    nobody = make_editor(is_superuser=False)
    nobody.groups.set(Group.objects.none())
    other = Client()
    other.force_login(nobody)
    assert other.post(url).status_code == 403
    assert Client().post(url).status_code == 403  # what was typed is shown to who signs in again
    assert client.post(reverse(f"desk:{name}", args=[99999])).status_code == 404
    assert client.put(url).status_code == 405
    if name != "bulk_undo":
        assert client.get(url).status_code == 405
