"""Comparing sentences with their quotes: one at a time, risky ones first, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from digests import checks, workflow
from digests.cards import save_card
from digests.models import Check, Editor, Entry
from tests.factories import (
    QUOTE,
    make_editor,
    make_entry,
    make_evidence,
    make_issue,
    make_question,
    make_written_entry,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
CALM, RISKY = "手法を提案しています。", "三時間では終わりません。"


def client_of(group: str = "執筆者", **columns: Any) -> Client:
    editor = make_editor(f"mio{Editor.objects.count()}", is_superuser=False, **columns)
    editor.groups.set(Group.objects.filter(name=group))
    client = Client(headers={"accept-language": "en"})
    client.force_login(editor)
    return client


@pytest.fixture
def client() -> Client:
    return client_of()


@pytest.fixture
def entry() -> Entry:
    """A summary of a calm and a risky sentence, both with the quote, and an answer."""
    entry = make_entry(title_ja="川の話", summary="")
    make_evidence(entry)
    entry.summary = f"{CALM}[^e1]{RISKY}[^e1]"
    entry.save()
    make_question(entry, answer="- 一つ目です。[^e1]\n- 二台で動きます。[^e1]")
    return entry


def now(entry: Entry) -> Entry:
    return Entry.objects.with_cards().get(pk=entry.pk)


def mark_of(entry: Entry, text: str) -> str:
    return next(c.fingerprint for c in checks.claims_of(now(entry)) if c.text == text)


def page_of(entry: Entry) -> str:
    return reverse("desk:claims", args=[entry.pk])


def say(client: Client, entry: Entry, action: str, **data: str) -> Any:
    return client.post(
        reverse("desk:check", args=[entry.pk]), {"action": action, **data}, follow=True
    )


def shown(response: Any) -> str:
    """The sentence that the page puts before the editor."""
    one = response.context["shown"]
    return one.claim.text if one else ""


# ── one at a time ───────────────────────────────────────────────────────────────────────────────
def test_the_riskiest_sentence_comes_first_with_its_quote_under_it(
    client: Client, entry: Entry
) -> None:
    response = client.get(page_of(entry))
    assert shown(response) == RISKY
    html = response.content.decode()
    assert "negation" in html and "number" in html
    assert '<mark class="same">three</mark> hours' in html
    assert "0 of 4 sentences checked" in html


def test_each_check_leads_to_the_next_until_all_are_done(client: Client, entry: Entry) -> None:
    response = client.get(page_of(entry))
    seen = []
    while shown(response):
        seen.append(shown(response))
        mark = response.context["shown"].claim.fingerprint
        response = say(client, entry, "check", fingerprint=mark)
    assert sorted(seen) == sorted(c.text for c in checks.claims_of(now(entry)))
    assert "Every sentence has been compared" in response.content.decode()
    assert checks.tally(now(entry)).is_whole


def test_a_check_can_be_taken_back(client: Client, entry: Entry) -> None:
    mark = mark_of(entry, RISKY)
    say(client, entry, "check", fingerprint=mark)
    response = say(client, entry, "undo", fingerprint=mark)
    assert shown(response) == RISKY
    assert not Check.objects.exists()


def test_the_sentence_before_and_after_can_be_gone_to(client: Client, entry: Entry) -> None:
    first = client.get(page_of(entry))
    after = first.context["after"]
    second = client.get(page_of(entry), {"at": after.fingerprint})
    assert shown(second) == after.text
    assert second.context["before"].text == RISKY


def test_when_all_is_checked_the_next_paper_is_offered(client: Client) -> None:
    issue = make_issue()
    one, two = make_written_entry(issue), make_entry(issue, position=9)
    for claim in checks.claims_of(now(one)):
        checks.check(now(one), claim.fingerprint, by=make_editor())
    assert page_of(two) in client.get(page_of(one)).content.decode()


def test_a_sentence_without_evidence_is_said_to_have_none(client: Client) -> None:
    entry = make_entry(summary="根拠のない文です。")
    assert "This sentence has no evidence." in client.get(page_of(entry)).content.decode()


def test_an_entry_without_text_says_so(client: Client) -> None:
    assert "There is no text yet." in client.get(page_of(make_entry(summary=""))).content.decode()


# ── rewriting and dropping ──────────────────────────────────────────────────────────────────────
def test_a_sentence_is_rewritten_in_its_place_and_counts_as_unchecked(
    client: Client, entry: Entry
) -> None:
    mark = mark_of(entry, RISKY)
    say(client, entry, "check", fingerprint=mark)
    response = say(client, entry, "edit", fingerprint=mark, text="四時間かかります。[^e1]")
    assert now(entry).summary == f"{CALM}[^e1]四時間かかります。[^e1]"
    assert shown(response) == "四時間かかります。"
    assert checks.tally(now(entry)).checked == 0


def test_an_empty_rewrite_is_refused_and_changes_nothing(client: Client, entry: Entry) -> None:
    mark = mark_of(entry, RISKY)
    before = now(entry).summary
    response = say(client, entry, "edit", fingerprint=mark, text="  ")
    assert response.status_code == 400
    assert now(entry).summary == before


def test_what_was_typed_over_a_sentence_that_has_changed_is_shown_again(
    client: Client, entry: Entry
) -> None:
    mark = mark_of(entry, RISKY)
    save_card(entry, entry.row_version, {"summary": "別の文です。[^e1]"}, by=make_editor())
    response = say(client, entry, "edit", fingerprint=mark, text="書いた言葉です。")
    assert response.status_code == 409
    assert "書いた言葉です。" in response.content.decode()
    assert now(entry).summary == "別の文です。[^e1]"


def test_another_sentence_of_the_text_may_have_changed_meanwhile(
    client: Client, entry: Entry
) -> None:
    mark = mark_of(entry, RISKY)
    text = f"新しい手法です。[^e1]{RISKY}[^e1]"
    save_card(entry, entry.row_version, {"summary": text}, by=make_editor())
    say(client, entry, "edit", fingerprint=mark, text="四時間です。[^e1]")
    assert now(entry).summary == "新しい手法です。[^e1]四時間です。[^e1]"


def test_a_dropped_sentence_can_be_brought_back(client: Client, entry: Entry) -> None:
    before = now(entry).summary
    response = say(client, entry, "drop", fingerprint=mark_of(entry, RISKY))
    assert now(entry).summary == f"{CALM}[^e1]"
    dropped = response.context["dropped"]
    assert dropped
    say(client, entry, "bring-back", dropped=dropped)
    assert now(entry).summary == before


def test_the_only_sentence_of_a_list_item_goes_with_its_bullet(
    client: Client, entry: Entry
) -> None:
    say(client, entry, "drop", fingerprint=mark_of(entry, "一つ目です。"))
    assert now(entry).present_questions[0].answer == "- 二台で動きます。[^e1]"


def test_what_was_dropped_is_not_brought_back_over_a_newer_text(
    client: Client, entry: Entry
) -> None:
    dropped = say(client, entry, "drop", fingerprint=mark_of(entry, RISKY)).context["dropped"]
    save_card(now(entry), now(entry).row_version, {"summary": "新しい。[^e1]"}, by=make_editor())
    response = say(client, entry, "bring-back", dropped=dropped)
    assert now(entry).summary == "新しい。[^e1]"
    assert "has changed meanwhile" in response.content.decode()


@pytest.mark.parametrize("dropped", ["", "x", "0-", "1-2-3", "9" * 30 + "-1", "999999-1"])
def test_a_made_up_undo_changes_nothing(client: Client, entry: Entry, dropped: str) -> None:
    before = now(entry).summary
    assert say(client, entry, "bring-back", dropped=dropped).status_code == 200
    assert client.get(page_of(entry), {"dropped": dropped}).status_code == 200
    assert now(entry).summary == before


def test_rewriting_withdraws_the_approval_and_says_so(client: Client) -> None:
    entry = make_written_entry()
    workflow.approve(entry, by=make_editor())
    claim = checks.claims_of(now(entry))[0]
    response = say(client, entry, "drop", fingerprint=claim.fingerprint)
    assert "approval was withdrawn" in response.content.decode()
    assert not now(entry).is_approved


def test_a_sentence_that_has_changed_meanwhile_is_not_checked(client: Client, entry: Entry) -> None:
    mark = mark_of(entry, RISKY)
    save_card(entry, entry.row_version, {"summary": "別の文です。[^e1]"}, by=make_editor())
    response = say(client, entry, "check", fingerprint=mark)
    assert "has changed meanwhile" in response.content.decode()
    assert not Check.objects.exists()


# ── who may ─────────────────────────────────────────────────────────────────────────────────────
def test_strangers_and_people_without_a_role_may_not(entry: Entry) -> None:
    address = reverse("desk:check", args=[entry.pk])
    before = now(entry).summary
    data = {"action": "drop", "fingerprint": mark_of(entry, RISKY)}
    assert Client().get(page_of(entry)).status_code == 302
    assert Client().post(address, data).status_code == 403
    nobody = client_of("none")
    assert nobody.get(page_of(entry)).status_code == 403
    assert nobody.post(address, data).status_code == 403
    assert now(entry).summary == before


def test_wrong_methods_and_unknown_entries_are_refused(client: Client, entry: Entry) -> None:
    assert client.post(page_of(entry)).status_code == 405
    assert client.get(reverse("desk:check", args=[entry.pk])).status_code == 405
    assert client.get(reverse("desk:claims", args=[10**9])).status_code == 404
    gone = client.post(reverse("desk:check", args=[10**9]), {"action": "edit", "text": "言葉"})
    assert gone.status_code == 404
    assert "言葉" in gone.content.decode()


def test_the_page_asks_the_database_as_often_for_many_sentences_as_for_few(
    client: Client, entry: Entry, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        make_question(entry, f"質問{n}ですか？", f"{n + 2}台です。[^e1]三台ではありません。[^e1]")
    with django_assert_max_num_queries(14):
        html = client.get(page_of(entry)).content.decode()
    assert html.count(QUOTE) <= 1
