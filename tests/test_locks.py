"""Who changes an issue holds it first, then the paper, then the question: nobody waits in a ring.

SQLite has one writer at a time and knows no such ring; PostgreSQL breaks one by throwing a
transaction away. These tests ask PostgreSQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from digests import bulk, drafters, editions, notes, restoring, steps, versions, workflow
from digests.cards import CardConflict, save_card
from digests.models import Draft, DraftItem, Edition, Editor, Entry, Note, Question
from digests.reasons import Refused
from tests.factories import (
    QUOTE,
    make_editor,
    make_passage,
    make_question,
    make_ready_issue,
    make_written_entry,
)

ORDER = ["digests_issue", "digests_entry", "digests_question"]
TIMES = 30


@pytest.fixture(autouse=True)
def postgres() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL names no PostgreSQL: SQLite locks no rows")


def proposal(entry: Entry, try_number: int = 1, **columns: Any) -> DraftItem:
    draft = Draft.objects.create(
        entry=entry, version=entry.version, prompt="p", model="m", try_number=try_number
    )
    return DraftItem.objects.create(draft=draft, position=1, **columns)


def answer_for(question: Question, n: int) -> DraftItem:
    columns = {"question": question.question, "target": question, "text": f"答え{n}です。"}
    return proposal(question.entry, n, field="question", **columns)


# ── one act ─────────────────────────────────────────────────────────────────────────────────────
def acts_on(question: Question, by: Editor) -> dict[str, Callable[[], object]]:
    entry, text = question.entry, {"answer": "別の答えです。"}
    letter = Note.objects.create(issue=entry.issue, entry=entry, text="なぜですか？", kind="asked")
    taken = proposal(entry, 9, field="one_liner", text="一文です。")
    decided = workflow.accept(taken, by=by)
    item, token = answer_for(question, 1), restoring.token_of(entry.issue)
    return {
        "save a question": lambda: save_card(question, 1, text, by=by),
        "save a paper": lambda: save_card(entry, entry.row_version, {"summary": "別。"}, by=by),
        "accept": lambda: workflow.accept(item, by=by),
        "reject": lambda: workflow.reject(item, by=by),
        "settle": lambda: workflow.settle(item, by=by),
        "words": lambda: workflow.words_of(item),
        "undo": lambda: workflow.undecide(taken, by=by),
        "undo many": lambda: bulk.undo([decided.pk], issue=entry.issue, by=by),
        "accept many": lambda: bulk.accept_clean([entry], by=by),
        "add a question": lambda: workflow.add_question(entry, "別の質問？", by=by),
        "remove a question": lambda: workflow.remove_question(question, by=by),
        "find a quote": lambda: workflow.add_evidence(entry, QUOTE + " again"),
        "move": lambda: workflow.move(question, -1),
        "approve": lambda: workflow.approve(entry, by=by),
        "reopen": lambda: workflow.withdraw_approval(entry, by=by),
        "remove a paper": lambda: workflow.remove_entry(entry, by=by),
        "bring a paper back": lambda: workflow.restore_entry(entry, by=by),
        "take a version": lambda: versions.take(entry, 1, by=by),
        "go back": lambda: restoring.restore(entry.issue, timezone.now(), by=by, token=token),
        "make a letter a question": lambda: notes.make_question(letter, by=by),
    }


NAMES = (
    *("save a question", "save a paper", "accept", "reject", "settle", "words", "undo"),
    *("undo many", "accept many", "add a question", "remove a question", "find a quote"),
    *("move", "approve", "reopen", "remove a paper", "bring a paper back", "take a version"),
    *("go back", "make a letter a question"),
)
LOCKED = re.compile(r'SELECT .* FROM "(digests_(?:issue|entry|question))" .*FOR UPDATE')


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_an_act_holds_the_issue_then_the_paper_then_the_question(name: str) -> None:
    entry = make_written_entry()
    make_passage(entry.version, QUOTE + " again", key="p01-09")
    question = make_question(entry, "どう測りましたか？", "答えです。")
    act = acts_on(question, make_editor())[name]
    with CaptureQueriesContext(connection) as made:
        act()
    tables = [found[1] for query in made if (found := LOCKED.search(query["sql"]))]
    firsts = list(dict.fromkeys(tables))
    assert firsts and firsts == ORDER[: len(firsts)]


# ── many at once ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_editors_who_do_everything_at_once_to_one_paper_never_wait_in_a_ring() -> None:
    """A ring ends as an OperationalError of one of them."""
    entry, by = make_written_entry(), make_editor()
    issue, moment = entry.issue, timezone.now()
    one, two = make_question(entry, "一？", "一です。"), make_question(entry, "二？", "二です。")
    items = [answer_for(one, n) for n in range(TIMES)]

    def save_a_question(n: int) -> None:
        now = Question.objects.get(pk=one.pk)
        save_card(now, now.row_version, {"question": f"書いた{n}？"}, by=by)

    def save_the_paper(n: int) -> None:
        now = Entry.with_removed.get(pk=entry.pk)
        save_card(now, now.row_version, {"summary": f"概要{n}です。"}, by=by)

    def go_back(n: int) -> None:
        token = restoring.token_of(issue)
        restoring.restore(issue, moment, by=by, token=token, remove_added=True)

    def move_and_remove(n: int) -> None:
        workflow.move(Question.objects.get(pk=two.pk), -1)
        act = workflow.remove_entry if n % 2 else workflow.restore_entry
        act(entry, by=by)

    acts = [
        lambda n: workflow.accept(items[n], by=by),
        save_a_question,
        save_the_paper,
        go_back,
        move_and_remove,
    ]
    start = Barrier(len(acts))

    def often(act: Callable[[int], object]) -> int:
        done = 0
        start.wait(60)
        try:
            for n in range(TIMES):
                try:
                    act(n)
                    done += 1
                except (CardConflict, Refused, restoring.ChangedMeanwhile):
                    continue
        finally:
            connections.close_all()
        return done

    with ThreadPoolExecutor(len(acts)) as pool:
        done = list(pool.map(often, acts))
    accepted, saved, _summaries, _restored, moved = done
    assert (accepted, moved) == (TIMES, TIMES) and saved, done


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["save a question", "save a paper", "remove a question"])
def test_a_text_is_not_saved_between_the_gate_and_the_edition(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """What is frozen has been checked: who saves meanwhile waits for the publishing to end."""
    issue, by = make_ready_issue(), make_editor()
    act = acts_on(issue.entries.get().questions.get(), by)[what]
    freeze = editions.freeze

    def save() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            act()
        finally:
            connections.close_all()

    def saved_meanwhile(*args: Any, **options: Any) -> Edition:
        with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="lock timeout"):
            pool.submit(save).result()
        return freeze(*args, **options)

    monkeypatch.setattr(editions, "freeze", saved_meanwhile)
    workflow.publish(issue, by=by, override_reason="Any text will do.")
    assert Edition.objects.exists()


# ── the same thing at once ──────────────────────────────────────────────────────────────────────
def at_once(act: Callable[[int], Any], times: int = 4) -> list[Any]:
    """What each of so many threads got that began together."""
    start = Barrier(times)

    def begin(n: int) -> Any:
        start.wait(60)
        try:
            return act(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(begin, range(times)))


@pytest.mark.django_db(transaction=True)
def test_editors_who_ask_for_the_same_draft_at_once_ask_for_one() -> None:
    entry = make_written_entry()
    asked = at_once(lambda n: steps.draft_again(Entry.objects.get(pk=entry.pk), "summary").pk)
    assert asked == [entry.jobs.get(scope="summary").pk] * 4


@pytest.mark.django_db(transaction=True)
def test_of_answers_that_are_pasted_at_once_each_is_kept() -> None:
    entry = make_written_entry()
    assert entry.version
    one = {
        "ja": "三時間ずつ学習しています。",
        "evidence": [{"passage_id": "p01-01", "quote": QUOTE}],
    }
    answer = json.dumps({"summary": [one]}, ensure_ascii=False)
    pasted = at_once(lambda n: drafters.take_answer(entry, entry.version, answer, "chat").pk)
    assert len(set(pasted)) == entry.drafts.filter(origin="by_hand").count() == 4
