"""Two editors and one field: the page that shows both, and every way out of it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from digests import workflow
from digests.cards import save_card
from digests.differences import merged
from digests.models import Decision, DraftItem, Editor, Entry, Question
from tests.factories import (
    make_draft,
    make_editor,
    make_entry,
    make_question,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
BASE = "この手法は画像の分類で高い精度を示しました。計算量は変わりません。"
THEIRS = BASE.replace("画像", "音声")
MINE = BASE.replace("計算量", "使うメモリの量")
BOTH = THEIRS.replace("計算量", "使うメモリの量")


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_editor("hana", pen_name="花"))
    return client


def address(entry: Entry) -> str:
    return reverse("desk:save_entry", args=[entry.pk])


def clash(client: Client, mine: str = MINE, **more: str) -> tuple[Entry, Any]:
    """Hana's stale save of the summary, after Ben's."""
    entry = make_entry(summary=BASE)
    save_card(entry, 1, {"summary": THEIRS}, by=make_editor("ben", pen_name="弁"))
    sent = {"row_version": "1", "summary": mine, **more}
    return entry, client.post(address(entry), sent)


def forms_of(response: Any) -> list[dict[str, str]]:
    """What each form of the page would send, in order."""
    page = response.content.decode()
    found = []
    for form in re.findall(r'<form method="post" action="/admin/desk/.*?</form>', page, re.DOTALL):
        texts = re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', form)
        texts += re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        found.append({k: unescape(v) for k, v in texts if k != "csrfmiddlewaretoken"})
    return found


def test_each_text_is_shown_as_what_it_changed(client: Client) -> None:
    _entry, response = clash(client)
    page = response.content.decode()
    assert response.status_code == 409
    assert "<del>画像</del><ins>音声</ins>" in page and "弁" in page
    assert "<del>計算量</del><ins>使うメモリの量</ins>" in page
    assert BASE in page


def test_nothing_is_lost_when_mine_is_saved(client: Client) -> None:
    entry, response = clash(client)
    assert client.post(address(entry), forms_of(response)[0]).status_code == 302
    assert Entry.objects.get().summary == MINE


def test_theirs_stays_and_my_other_changes_are_saved(client: Client) -> None:
    entry, response = clash(client, title_ja="花の題")
    keep_theirs = next(f for f in forms_of(response) if "summary" not in f)
    assert client.post(address(entry), keep_theirs).status_code == 302
    now = Entry.objects.get()
    assert (now.summary, now.title_ja) == (THEIRS, "花の題")


def test_changes_that_do_not_touch_are_saved_in_one_text(client: Client) -> None:
    entry, response = clash(client)
    (both,) = (f for f in forms_of(response) if f.get("summary") == BOTH)
    assert client.post(address(entry), both).status_code == 302
    assert Entry.objects.get().summary == BOTH


def test_changes_of_the_same_word_are_not_put_together(client: Client) -> None:
    _entry, response = clash(client, BASE.replace("画像", "文書"))
    assert len(forms_of(response)) == 1


def test_a_third_editor_who_comes_between_makes_a_new_clash(client: Client) -> None:
    entry, response = clash(client)
    save_card(entry, 2, {"summary": "三人目の文。"}, by=make_editor("kim", pen_name="金"))
    again = client.post(address(entry), forms_of(response)[0])
    assert again.status_code == 409
    assert "三人目の文。" in again.content.decode() and "金" in again.content.decode()
    assert Entry.objects.get().summary == "三人目の文。"


def test_the_clash_names_who_changed_the_field_and_not_who_saved_last(client: Client) -> None:
    entry = make_entry(summary=BASE)
    save_card(entry, 1, {"summary": THEIRS}, by=make_editor("ben", pen_name="弁"))
    save_card(entry, 2, {"title_ja": "題"}, by=make_editor("kim", pen_name="金"))
    page = client.post(address(entry), {"row_version": "1", "summary": MINE}).content.decode()
    assert "弁" in page and "金" not in page


def test_a_kind_that_clashes_is_chosen_from_the_list(client: Client) -> None:
    entry = make_entry()
    save_card(entry, 1, {"kind": "survey"}, by=make_editor())
    response = client.post(address(entry), {"row_version": "1", "kind": "theory"})
    assert response.status_code == 409
    assert '<option value="theory" selected>' in response.content.decode()


def test_an_answer_whose_version_is_unknown_is_shown_against_the_one_there(client: Client) -> None:
    question = make_question(make_entry(), answer=THEIRS)
    url = reverse("desk:save_question", args=[question.pk])
    response = client.post(url, {"row_version": "77", "answer": MINE})
    page = response.content.decode()
    assert response.status_code == 409 and "使うメモリの量" in page and "\0" not in page
    assert Question.objects.get().answer == THEIRS


def test_a_session_that_has_ended_names_the_fields_and_the_way_back() -> None:
    entry = make_entry()
    url = reverse("desk:entry", args=[entry.pk])
    client = Client()
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32  # it outlives the session
    response = client.post(
        address(entry),
        {"row_version": "1", "summary": MINE, "title_ja": ""},
        headers={"referer": f"http://testserver{url}"},
    )
    page = response.content.decode()
    assert response.status_code == 403
    assert "概要" in page and MINE in page and "row_version" not in page
    assert f"next={url}" in page
    elsewhere = Client().post(address(entry), headers={"referer": f"https://evil.example{url}"})
    assert "next=" not in elsewhere.content.decode()


def test_what_is_typed_for_a_paper_that_was_removed_meanwhile_is_kept_with_it(
    client: Client,
) -> None:
    entry = make_entry()
    workflow.remove_entry(entry, by=None)
    response = client.post(address(entry), {"row_version": "1", "summary": MINE}, follow=True)
    assert Entry.with_removed.get().summary == MINE
    assert response.context["entry"].removed_at  # the page says so, and has the way back
    assert reverse("desk:entries_restore", args=[entry.pk]) in response.content.decode()
    wrong = client.post(address(entry), {"row_version": "2", "title_ja": MINE * 20})
    assert wrong.status_code == 404 and MINE * 20 in wrong.content.decode()


def test_a_question_and_a_note_for_a_paper_that_was_removed_meanwhile_are_kept(
    client: Client,
) -> None:
    entry = make_entry()
    workflow.remove_entry(entry, by=None)
    asked = client.post(reverse("desk:add_question", args=[entry.pk]), {"question": "自分の質問？"})
    noted = client.post(reverse("desk:note_on_entry", args=[entry.pk]), {"text": "覚え書き。"})
    assert (asked.status_code, noted.status_code) == (302, 302)
    assert entry.questions.get().question == "自分の質問？"
    assert "覚え書き。" in client.get(noted["Location"]).content.decode()


def test_a_paper_that_is_not_there_gives_back_what_was_typed(client: Client) -> None:
    url = reverse("desk:save_entry", args=[9999])
    response = client.post(url, {"row_version": "1", "summary": MINE})
    assert response.status_code == 404 and MINE in response.content.decode()


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "expected"),
    [
        ("", "", "", ""),
        ("甲。乙。", "甲。乙。丙。", "丁。甲。乙。", "丁。甲。乙。丙。"),
        ("甲。乙。", "甲。", "甲。乙。", "甲。"),
        ("甲。乙。", "甲。丙。", "甲。丁。", None),
        ("甲。", "甲。乙。", "甲。丙。", None),
        ("甲。", "甲。乙。", "甲。乙。", "甲。乙。"),
    ],
)
def test_two_changes_in_one_text(base: str, theirs: str, mine: str, expected: str | None) -> None:
    assert merged(base, theirs, mine) == expected


# ── taking a draft over what another wrote ──────────────────────────────────────────────────────
def opened(client: Client, entry: Entry) -> str:
    """When the page with the proposals says that it was shown; far enough back that what follows
    is later."""
    page = client.get(reverse("desk:entry", args=[entry.pk])).content.decode()
    found = re.search(r'name="seen" value="([\d.]+)"', page)
    assert found
    return str(float(found[1]) + 2)  # the server allows for two seconds


def make_proposal(entry: Entry) -> DraftItem:
    draft = make_draft(entry, model="gpt-9", origin="model")
    return DraftItem.objects.create(draft=draft, position=2, field="one_liner", text="機械の一文。")


def test_a_draft_is_not_taken_over_what_another_wrote_after_one_looked(client: Client) -> None:
    entry = make_written_entry()
    item, ben = make_proposal(entry), make_editor("ben", pen_name="弁")
    url, seen = reverse("desk:items_accept", args=[item.pk]), opened(client, entry)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        save_card(entry, entry.row_version, {"one_liner": "弁の一文。"}, by=ben)
        refused = client.post(url, {"seen": seen}, follow=True)
        assert Entry.objects.get().one_liner == "弁の一文。"
        (message,) = refused.context["messages"]
        assert "弁" in str(message)
        assert not Decision.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        client.post(url, {"seen": opened(client, entry)})
    assert Entry.objects.get().one_liner == "機械の一文。"


def test_a_draft_may_take_the_place_of_what_one_wrote_oneself(client: Client) -> None:
    entry = make_written_entry()
    item, seen = make_proposal(entry), opened(client, entry)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        hana = Editor.objects.get(username="hana")
        save_card(entry, entry.row_version, {"one_liner": "花の一文。"}, by=hana)
        client.post(reverse("desk:items_accept", args=[item.pk]), {"seen": seen})
    assert Entry.objects.get().one_liner == "機械の一文。"


@pytest.mark.parametrize("seen", ["", "x", "nan", "1e999", "-1e30"])
def test_a_button_that_does_not_say_when_it_was_seen_works(client: Client, seen: str) -> None:
    item = make_proposal(make_written_entry())
    client.post(reverse("desk:items_accept", args=[item.pk]), {"seen": seen})
    assert Entry.objects.get().one_liner == "機械の一文。"


def test_the_page_does_not_blame_somebody_else_for_ones_own_other_tab(client: Client) -> None:
    entry, by_ben = clash(client)
    hana = Editor.objects.get(username="hana")
    save_card(entry, Entry.objects.get().row_version, {"summary": BASE + "二。"}, by=hana)
    stale = {"row_version": "2", "summary": MINE}
    own = client.post(address(entry), stale)
    assert own.status_code == 409 and own.context["title"] != by_ben.context["title"]
    assert reverse("desk:issue", args=[entry.issue_id]) in own.content.decode()
