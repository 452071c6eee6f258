"""The threads of notes on the desk: written, done, reopened, and made questions."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from digests import notes
from digests.models import MAX_WORDS, Editor, Entry, Issue, Note, Question
from tests.factories import make_editor, make_entry, make_issue, make_question, make_written_entry

pytestmark = pytest.mark.django_db
WRITER, EDITOR = "執筆者", "編集者"


def client_of(*groups: str, name: str = "") -> Client:
    editor = make_editor(name, is_superuser=False, pen_name=name or "編集部")
    editor.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(editor)
    return client


def thread_of(entry: Entry, by: Editor | None = None, **context: Any) -> str:
    """The thread as the desk shows it."""
    request = RequestFactory().get("/")
    request.user = by or make_editor()
    shown = {"notes": list(entry.notes.thread()), "entry": entry, **context}
    return render_to_string("desk/_notes.html", shown, request)


# ── the verbs ───────────────────────────────────────────────────────────────────────────────────
def test_a_note_is_kept_without_what_never_belongs_in_a_text() -> None:
    note = notes.add(make_issue(), " 一行目\r\n二\u202e行目\x00 ", name=" 花\n子 ")
    assert (note.text, note.name, note.kind) == ("一行目\n二行目", "花 子", Note.Kind.NOTE)


def test_a_note_that_says_nothing_is_refused_and_a_long_one_is_cut() -> None:
    issue = make_issue()
    with pytest.raises(ValueError, match="something"):
        notes.add(issue, " \n\x00")
    assert len(notes.add(issue, "あ" * (MAX_WORDS + 1)).text) == MAX_WORDS


def test_the_same_words_sent_twice_are_one_note_and_a_day_later_another() -> None:
    issue, hana = make_issue(), make_editor()
    with time_machine.travel(0, tick=False) as clock:
        first = notes.add(issue, "要確認", by=hana)
        assert notes.add(issue, "要確認 ", by=hana) == first
        assert notes.add(issue, "要確認", by=make_editor()) != first
        assert notes.add(issue, "要確認", by=hana, entry=make_entry(issue)) != first
        clock.shift(86_400)
        assert notes.add(issue, "要確認", by=hana) != first


def test_a_note_names_only_what_belongs_to_its_issue() -> None:
    entry, stranger = make_entry(), make_entry()
    with pytest.raises(ValueError, match="another issue"):
        notes.add(entry.issue, "誤りです。", entry=stranger)
    with pytest.raises(ValueError, match="another paper"):
        notes.add(entry.issue, "誤りです。", entry=entry, question=make_question(stranger))
    assert not Note.objects.exists()


def test_a_note_on_a_question_belongs_to_its_paper() -> None:
    question = make_question(make_entry())
    assert notes.add(question.entry.issue, "要確認", question=question).entry == question.entry


def test_a_note_is_done_once_and_can_be_reopened() -> None:
    note, hana = notes.add(make_issue(), "要確認"), make_editor()
    assert notes.mark_done(note, by=hana) and not notes.mark_done(note, by=make_editor())
    done = Note.objects.get()
    assert done.done_by == hana and done.is_done
    assert notes.reopen(note) and not notes.reopen(note)
    assert not Note.objects.get().is_done


def test_a_readers_letter_becomes_one_question_however_often_it_is_pressed() -> None:
    entry, hana = make_written_entry(), make_editor()
    letter = notes.add(entry.issue, "なぜ\n三時間ですか？", kind=Note.Kind.ASKED, entry=entry)
    first, second = notes.make_question(letter, by=hana), notes.make_question(letter, by=hana)
    assert first is not None and first == second
    assert (first.question, first.answer) == ("なぜ 三時間ですか？", "")
    kept = Note.objects.get()
    assert kept.made == first and kept.done_by == hana
    assert first.history.first().history_user == hana


def test_a_long_letter_is_cut_to_a_question_and_kept_whole_as_a_note() -> None:
    entry = make_entry()
    letter = notes.add(entry.issue, "問" * 300, kind=Note.Kind.ASKED, entry=entry)
    made = notes.make_question(letter, by=make_editor())
    assert made is not None and len(made.question) == 200
    assert len(Note.objects.get().text) == 300


def test_a_note_on_the_issue_can_not_become_a_question() -> None:
    letter = notes.add(make_issue(), "なぜですか？", kind=Note.Kind.ASKED)
    assert notes.make_question(letter, by=make_editor()) is None
    assert not Question.objects.exists() and not Note.objects.get().is_done


# ── the thread ──────────────────────────────────────────────────────────────────────────────────
def test_the_thread_shows_open_notes_and_folds_those_that_are_done() -> None:
    entry, hana = make_entry(), make_editor(pen_name="花子")
    done = notes.add(entry.issue, "済んだこと", entry=entry, by=hana)
    notes.mark_done(done, by=hana)
    notes.add(entry.issue, "まだのこと", entry=entry, by=hana)
    shown = thread_of(entry)
    opened, folded = shown.split("<details><summary>", 1)
    assert "まだのこと" in opened and "済んだこと" not in opened
    assert "済んだこと" in folded and "花子" in opened


def test_words_of_a_note_are_never_html() -> None:
    entry = make_entry()
    notes.add(entry.issue, "<script>alert(1)</script>\n次の行", entry=entry, name="<b>x</b>")
    shown = thread_of(entry)
    assert "<script>" not in shown and "<b>x" not in shown
    assert "&lt;script&gt;" in shown and "<br>次の行" in shown


@pytest.mark.parametrize("kind", [Note.Kind.ASKED, Note.Kind.ERROR])
def test_only_a_readers_letter_has_the_button_that_makes_a_question(kind: str) -> None:
    entry = make_entry()
    note = notes.add(entry.issue, "ふつうのメモ", entry=entry)
    letter = notes.add(entry.issue, "なぜですか？", kind=kind, entry=entry)
    shown = thread_of(entry)
    assert reverse("desk:note_question", args=[letter.pk]) in shown
    assert reverse("desk:note_question", args=[note.pk]) not in shown


def test_the_thread_of_a_question_sends_its_notes_to_that_question() -> None:
    question = make_question(make_entry())
    shown = thread_of(question.entry, question=question)
    assert f'id="notes-q{question.pk}"' in shown
    assert f'name="question" value="{question.pk}"' in shown


# ── the addresses ───────────────────────────────────────────────────────────────────────────────
def test_a_note_on_paper_question_and_issue_is_kept_and_leads_back_to_its_thread() -> None:
    question = make_question(make_entry())
    entry, hana = question.entry, client_of(WRITER, name="hana")
    on_entry = hana.post(reverse("desk:note_on_entry", args=[entry.pk]), {"text": "論文について"})
    on_question = hana.post(
        reverse("desk:note_on_entry", args=[entry.pk]),
        {"text": "質問について", "question": str(question.pk)},
    )
    on_issue = hana.post(reverse("desk:note_on_issue", args=[entry.issue_id]), {"text": "号"})
    assert on_entry["Location"] == reverse("desk:entry", args=[entry.pk]) + "#notes"
    assert on_question["Location"].endswith(f"#notes-q{question.pk}")
    assert on_issue["Location"] == reverse("desk:issue", args=[entry.issue_id]) + "#notes"
    kept = [(n.text, n.entry, n.question, n.signed) for n in Note.objects.all()]
    assert kept == [
        ("論文について", entry, None, "hana"),
        ("質問について", entry, question, "hana"),
        ("号", None, None, "hana"),
    ]


@pytest.mark.parametrize("named", ["x", "999999", "9" * 40, "9" * 5000, "-1"])
def test_a_question_that_is_not_the_papers_is_not_named(named: str) -> None:
    entry = make_entry()
    client_of(WRITER).post(
        reverse("desk:note_on_entry", args=[entry.pk]), {"text": "要確認", "question": named}
    )
    assert Note.objects.get().question is None


@pytest.mark.parametrize("text", ["", " \n", "あ" * (MAX_WORDS + 1)])
def test_a_note_that_can_not_be_kept_is_shown_again_with_what_was_typed(text: str) -> None:
    question = make_question(make_entry())
    response = client_of(WRITER).post(
        reverse("desk:note_on_entry", args=[question.entry_id]),
        {"text": text, "question": str(question.pk)},
    )
    assert response.status_code == 400 and not Note.objects.exists()
    page = response.content.decode()
    assert text.strip() in page and f'name="question" value="{question.pk}"' in page


def test_done_reopen_and_make_a_question_by_their_buttons() -> None:
    entry = make_entry()
    letter = notes.add(entry.issue, "なぜですか？", kind=Note.Kind.ASKED, entry=entry)
    hana = client_of(WRITER)
    hana.post(reverse("desk:note_done", args=[letter.pk]))
    assert Note.objects.get().is_done
    hana.post(reverse("desk:note_reopen", args=[letter.pk]))
    assert not Note.objects.get().is_done
    response = hana.post(reverse("desk:note_question", args=[letter.pk]))
    made = Question.objects.get()
    assert response["Location"].endswith(f"#q{made.pk}") and made.question == "なぜですか？"


def addresses() -> list[str]:
    note = notes.add(make_entry().issue, "要確認")
    entry = Entry.objects.get()
    return [
        reverse("desk:note_on_issue", args=[entry.issue_id]),
        reverse("desk:note_on_entry", args=[entry.pk]),
        *(reverse(f"desk:note_{a}", args=[note.pk]) for a in ("done", "reopen", "question")),
    ]


def test_strangers_staff_without_a_role_and_wrong_methods_are_refused() -> None:
    for url in addresses():
        assert Client().post(url, {"text": "要確認"}).status_code == 403, url
        assert client_of().post(url, {"text": "要確認"}).status_code == 403, url
        assert client_of(EDITOR).get(url).status_code == 405, url
    assert Note.objects.count() == 1 and not Note.objects.get().is_done


def test_notes_that_are_not_there_are_not_found() -> None:
    hana = client_of(EDITOR)
    for name in ("note_on_issue", "note_on_entry", "note_done", "note_reopen", "note_question"):
        url = reverse(f"desk:{name}", args=[999])
        assert hana.post(url, {"text": "要確認"}).status_code == 404, name


def test_the_issues_own_thread_stands_on_its_page() -> None:
    entry = make_entry()
    notes.add(entry.issue, "号についてのメモ")
    notes.add(entry.issue, "論文についてのメモ", entry=entry)
    page = client_of(EDITOR).get(reverse("desk:issue", args=[Issue.objects.get().pk]))
    own = page.content.decode().split('id="issue-notes"')[1]
    assert "号についてのメモ" in own and "論文についてのメモ" not in own
