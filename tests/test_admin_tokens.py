"""Two editors in the plain admin: nobody's change is overwritten by who has not seen it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from digests.models import BankPriority, BankQuestion, Editor, Masthead, Source, Term
from tests.factories import make_editor

pytestmark = pytest.mark.django_db
FIELD = re.compile(r'<(?:input|textarea|select)\b[^>]*\bname="[^"]+"[^>]*>', re.DOTALL)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_editor())
    return client


def form_of(page: Any) -> dict[str, Any]:
    """What a browser would send of the page's main form."""
    text = page.content.decode()
    text = text[text.index("<form", text.index('id="content-main"')) :]
    sent: dict[str, Any] = {}
    for tag in FIELD.findall(text):
        name = re.search(r'name="([^"]+)"', tag)[1]  # type: ignore[index]
        value = re.search(r'\bvalue="([^"]*)"', tag)
        if "__prefix__" in name or name.startswith(("_", "csrf", "action", "select_across")):
            continue
        if tag.startswith("<textarea"):
            body = text[text.index(tag) + len(tag) :]
            sent[name] = unescape(body[: body.index("</textarea>")]).removeprefix("\n")
        elif tag.startswith("<select"):
            body = text[text.index(tag) + len(tag) :]
            chosen = re.findall(r'value="([^"]*)" selected', body[: body.index("</select>")])
            sent[name] = chosen if " multiple" in tag else (chosen or [""])[0]
        elif 'type="checkbox"' not in tag or " checked" in tag:
            sent[name] = unescape(value[1]) if value else "on" if "checkbox" in tag else ""
    return sent


def address(row: Any) -> str:
    return reverse(f"admin:digests_{row._meta.model_name}_change", args=[row.pk])


def make_term() -> Term:
    return Term.objects.create(en="token zero", ja="トークン零", position=900)


def make_question() -> BankQuestion:
    return BankQuestion.objects.create(key="zero", ja="零番の質問は？", en="Zero?", position=900)


def test_a_form_that_nobody_else_touched_is_saved(client: Client) -> None:
    rows = [make_term(), make_question(), Source.objects.create(key="zero", name="零")]
    rows += [make_editor("ben"), Masthead.objects.get_or_create(pk=1)[0]]
    for row in rows:
        sent = form_of(client.get(address(row)))
        assert "seen_values" in sent, row
        assert client.post(address(row), sent).status_code == 302, row


def test_a_change_by_another_is_named_and_not_overwritten(client: Client) -> None:
    term = make_term()
    sent = form_of(client.get(address(term)))
    Term.objects.filter(pk=term.pk).update(ja="弁の訳語")
    response = client.post(address(term), sent | {"ja": "花の訳語"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "弁の訳語" in page and "花の訳語" in page
    assert Term.objects.get(pk=term.pk).ja == "弁の訳語"


def test_saving_once_more_says_that_one_has_seen_it(client: Client) -> None:
    term = make_term()
    sent = form_of(client.get(address(term)))
    Term.objects.filter(pk=term.pk).update(ja="弁の訳語")
    refused = client.post(address(term), sent | {"ja": "花の訳語"})
    assert client.post(address(term), form_of(refused)).status_code == 302
    assert Term.objects.get(pk=term.pk).ja == "花の訳語"


def test_the_standing_sentences_of_the_site_are_guarded(client: Client) -> None:
    masthead = Masthead.objects.get_or_create(pk=1)[0]
    sent = form_of(client.get(address(masthead)))
    Masthead.objects.update(name="弁のノート")
    assert client.post(address(masthead), sent | {"name": "花のノート"}).status_code == 200
    assert Masthead.objects.get().name == "弁のノート"


def test_a_row_below_a_question_is_guarded(client: Client) -> None:
    question = make_question()
    BankPriority.objects.create(question=question, kind="survey", priority=5)
    sent = form_of(client.get(address(question)))
    BankPriority.objects.filter(question=question).update(priority=2)
    response = client.post(address(question), sent | {"priorities-0-priority": "9"})
    assert response.status_code == 200
    assert BankPriority.objects.get(question=question).priority == 2


def test_groups_that_another_gave_are_not_taken_away(client: Client) -> None:
    ben = make_editor("ben", is_superuser=False)
    sent = form_of(client.get(address(ben)))
    ben.groups.add(Group.objects.get(name="編集者"))
    assert client.post(address(ben), sent | {"pen_name": "弁"}).status_code == 200
    assert Editor.objects.get(pk=ben.pk).groups.count() == 1


# ── the list ────────────────────────────────────────────────────────────────────────────────────
LIST = "admin:digests_term_changelist"


def shown_list(client: Client) -> tuple[dict[str, Any], str]:
    """The list's form, and the prefix of the row of the term zero."""
    page = client.get(reverse(LIST), {"q": "token zero"})
    sent = form_of(page)
    assert "form-seen_values" in sent
    return sent | {"_save": "1"}, "form-0"


def test_a_column_of_the_list_that_only_another_changed_keeps_her_value(client: Client) -> None:
    term = make_term()
    sent, row = shown_list(client)
    Term.objects.filter(pk=term.pk).update(position=7)
    sent.pop(f"{row}-is_active")
    url = reverse(LIST) + "?q=token+zero"
    assert client.post(url, sent).status_code == 302
    now = Term.objects.get(pk=term.pk)
    assert (now.position, now.is_active) == (7, False)


def test_a_column_of_the_list_that_both_changed_is_refused_once(client: Client) -> None:
    term = make_term()
    sent, row = shown_list(client)
    Term.objects.filter(pk=term.pk).update(position=7)
    url = reverse(LIST) + "?q=token+zero"
    refused = client.post(url, sent | {f"{row}-position": "5"})
    assert refused.status_code == 200 and Term.objects.get(pk=term.pk).position == 7
    assert client.post(url, form_of(refused) | {"_save": "1"}).status_code == 302
    assert Term.objects.get(pk=term.pk).position == 5


NO_TOKENS = ["", "{", "[]", '{"x": 1}', "[" * 100_000]


@pytest.mark.parametrize("seen", NO_TOKENS)
def test_a_token_that_is_none_breaks_nothing(client: Client, seen: str) -> None:
    term = make_term()
    sent = form_of(client.get(address(term)))
    response = client.post(address(term), sent | {"seen_values": seen})
    assert response.status_code in (200, 302)


@pytest.mark.parametrize("seen", [*NO_TOKENS, '{"%d": []}', '{"%d": {"position": []}}'])
def test_a_token_of_a_list_that_is_none_breaks_nothing(client: Client, seen: str) -> None:
    term = make_term()
    sent, _prefix = shown_list(client)
    token = seen.replace("%d", str(term.pk))
    address = reverse(LIST) + "?q=token+zero"
    response = client.post(address, sent | {"form-seen_values": token})
    assert response.status_code in (200, 302)


# ── permissions ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", ["digests_editor_change", "auth_group_change"])
def test_permissions_are_named_in_the_language_of_the_screen(client: Client, path: str) -> None:
    rows: Any = Editor.objects if "editor" in path else Group.objects
    html = client.get(reverse(f"admin:{path}", args=[rows.first().pk])).content.decode()
    assert "Can add" not in html and "Can change" not in html and "Can publish" not in html
    assert "号 | " in html


# ── fields below the head of a column ───────────────────────────────────────────────────────────
def test_fields_in_a_table_are_named_by_their_column_and_row(client: Client) -> None:
    question = BankQuestion.objects.order_by("position").first()
    assert question
    lists = client.get(reverse("admin:digests_bankquestion_changelist"))
    inline = client.get(reverse("admin:digests_bankquestion_change", args=[question.pk]))
    for page, names in ((lists, ("position", "is_active")), (inline, ("priority", "kind"))):
        tags = [t for t in FIELD.findall(page.content.decode()) if 'type="hidden"' not in t]
        told = [t for t in tags if re.search(rf'name="[a-z]+-\d+-({"|".join(names)})"', t)]
        labels = [re.search(r'aria-label="([^"]+)"', tag) for tag in told]
        assert len(told) > 1 and all(labels)
        assert len({label[1] for label in labels if label}) == len(told)  # no two alike
