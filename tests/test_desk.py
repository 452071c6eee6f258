"""The desk: who may come in, what each button does, and that nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from digests import editions, workflow
from digests.cards import save_card
from digests.desk.access import MOST_SHOWN
from digests.desk.urls import ACTIONS
from digests.models import (
    Decision,
    DraftItem,
    Edition,
    Editor,
    Entry,
    Evidence,
    Issue,
    Masthead,
    Question,
)
from papers.models import Heartbeat, Job
from tests.factories import (
    QUOTE,
    make_draft,
    make_edition,
    make_editor,
    make_entry,
    make_entry_job,
    make_evidence,
    make_issue,
    make_passage,
    make_preview,
    make_preview_job,
    make_preview_row,
    make_question,
    make_version,
    make_written_entry,
)
from tests.local_arxiv import weekly_list

pytestmark = pytest.mark.django_db
WRITER, EDITOR = "執筆者", "編集者"


def client_of(*groups: str, is_staff: bool = True) -> Client:
    """Somebody of these groups, signed in."""
    name = f"hana{Editor.objects.count()}"
    editor = make_editor(name, is_superuser=False, is_staff=is_staff, pen_name=name)
    editor.groups.set(Group.objects.filter(name__in=groups))
    assert editor.groups.count() == len(groups)
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def client() -> Client:
    return client_of(EDITOR)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def messages_of(response: Any) -> list[str]:
    return [str(m) for m in response.context["messages"]]


def press(client: Client, name: str, pk: int, **data: str) -> Any:
    return client.post(reverse(f"desk:{name}", args=[pk]), data)


def typed(row_version: int = 1, **texts: str) -> dict[str, str]:
    """The entry's form as a browser sends it."""
    empty = {"title_ja": "", "highlight": "", "one_liner": "", "kind": "", "summary": ""}
    return {"row_version": str(row_version), **empty, **texts}


# ── who may come in ─────────────────────────────────────────────────────────────────────────────
def addresses() -> dict[str, tuple[str, str]]:
    """Every address of the desk that names a row that is there, with its methods."""
    item = make_draft(make_entry()).items.get()
    entry = item.draft.entry
    question = make_question(entry)
    preview = make_preview(text=weekly_list())
    make_preview_row(preview)
    make_preview_job(preview)
    pks = {
        "issues": entry.issue_id,
        "entries": entry.pk,
        "items": item.pk,
        "questions": question.pk,
    }
    found = {
        "home": (reverse("desk:home"), "GET"),
        "new_week": (reverse("desk:new_week"), "GET POST"),
        "week": (reverse("desk:week", args=[preview.uuid]), "GET POST"),
        "external": (reverse("desk:external", args=[preview.uuid, 1]), "GET POST"),
        "issue": (reverse("desk:issue", args=[entry.issue_id]), "GET"),
        "save_issue": (reverse("desk:save_issue", args=[entry.issue_id]), "POST"),
        "entry": (reverse("desk:entry", args=[entry.pk]), "GET"),
        "save_entry": (reverse("desk:save_entry", args=[entry.pk]), "POST"),
        "add_question": (reverse("desk:add_question", args=[entry.pk]), "GET POST"),
        "evidence": (reverse("desk:evidence", args=[entry.pk]), "GET POST"),
        "quote": (reverse("desk:quote", args=[entry.pk]), "POST"),
        "place": (reverse("desk:place", args=[entry.pk]), "POST"),
        "lost": (reverse("desk:lost", args=[entry.pk]), "POST"),
        "entry_text": (reverse("desk:entry_text", args=[entry.pk]), "GET"),
        "words": (reverse("desk:words", args=[item.pk]), "POST"),
        "save_question": (reverse("desk:save_question", args=[question.pk]), "POST"),
    }
    for things, (_view, actions) in ACTIONS.items():
        for action in actions:
            name = f"{things}_{action}"
            found[name] = (reverse(f"desk:{name}", args=[pks[things]]), "POST")
    return found


def test_every_page_works_for_an_editor_and_is_kept_by_no_cache(client: Client) -> None:
    for name, (url, methods) in addresses().items():
        if "GET" in methods:
            response = client.get(url)
            assert response.status_code == 200, name
            assert "no-store" in response["Cache-Control"], name


def test_a_stranger_is_sent_to_sign_in_and_back() -> None:
    for name, (url, methods) in addresses().items():
        if "GET" in methods:
            response = Client().get(url)
            assert response.status_code == 302, name
            assert response["Location"].endswith(f"/accounts/login/?next={url}"), name


def test_a_stranger_changes_nothing() -> None:
    everything = addresses()
    before = list(Entry.objects.values()), list(Question.objects.values())
    for name, (url, methods) in everything.items():
        if "POST" in methods:
            assert Client().post(url, {"row_version": "1"}).status_code == 403, name
    assert (list(Entry.objects.values()), list(Question.objects.values())) == before
    assert not Decision.objects.exists()


def test_a_signed_in_reader_who_is_no_staff_is_a_stranger() -> None:
    reader = client_of(EDITOR, is_staff=False)
    for name, (url, methods) in addresses().items():
        expected = 302 if "GET" in methods else 403
        ask = reader.get if "GET" in methods else reader.post
        assert ask(url).status_code == expected, name


def test_staff_without_a_role_may_do_nothing() -> None:
    nobody = client_of()
    for name, (url, methods) in addresses().items():
        ask = nobody.get if "GET" in methods else nobody.post
        assert ask(url).status_code == 403, name


def test_a_writer_may_write_but_neither_publish_nor_remove_a_paper() -> None:
    writer, edition = client_of(WRITER), make_edition()
    entry = edition.issue.entries.get()
    for action in ("publish", "take-back", "put-back"):
        assert press(writer, f"issues_{action}", edition.issue_id).status_code == 403
    assert press(writer, "entries_remove", entry.pk, sure="yes").status_code == 403
    assert Edition.objects.public().count() == 1 and Entry.objects.exists()
    assert writer.post(reverse("desk:save_entry", args=[entry.pk]), typed()).status_code == 302
    issue_page = text_of(writer.get(reverse("desk:issue", args=[edition.issue_id])))
    assert reverse("desk:issues_publish", args=[edition.issue_id]) not in issue_page


def test_what_is_not_there_is_404(client: Client) -> None:
    known = addresses()
    for name, (url, methods) in known.items():
        if re.search(r"\d", url):
            wrong = re.sub(r"/\d+/|/[0-9a-f-]{36}/", "/99999/", url)
            ask = client.get if "GET" in methods else client.post
            assert ask(wrong).status_code == 404, name


def test_the_wrong_method_is_405(client: Client) -> None:
    for name, (url, methods) in addresses().items():
        for method in ("get", "post", "put", "delete", "patch"):
            if method.upper() not in methods.split():
                assert getattr(client, method)(url).status_code == 405, (name, method)


def who_was_here() -> Client:
    """A browser whose session has ended: the cookie of the forms outlives it."""
    client = Client()
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    return client


def test_what_was_typed_is_shown_when_the_session_has_ended() -> None:
    entry = make_entry()
    data = typed(title_ja="苦労して考えた題", summary="長い概要です。")
    response = who_was_here().post(reverse("desk:save_entry", args=[entry.pk]), data)
    assert response.status_code == 403
    assert "苦労して考えた題" in text_of(response) and "長い概要です。" in text_of(response)


def test_short_words_are_shown_too_when_the_session_has_ended() -> None:
    entry = make_entry()
    url = reverse("desk:save_entry", args=[entry.pk])
    assert "要約" in text_of(who_was_here().post(url, typed(highlight="要約")))


def test_a_stranger_gets_nothing_back_of_what_he_sends() -> None:
    url = reverse("desk:save_entry", args=[make_entry().pk])
    response = Client().post(url, typed(summary="見知らぬ人の文。" * 9))
    assert response.status_code == 403 and "見知らぬ人の文" not in text_of(response)


def test_what_was_typed_is_shown_up_to_a_limit_and_the_page_says_so() -> None:
    url = reverse("desk:save_entry", args=[make_entry().pk])
    response = who_was_here().post(url, typed(title_ja="題", summary="あ" * MOST_SHOWN + "い"))
    page = text_of(response)
    assert page.count("あ") >= MOST_SHOWN - 10 and "い" * 2 not in page
    assert len(response.content) < 4 * MOST_SHOWN and response.context["is_cut"]
    assert not who_was_here().post(url, typed(summary="短い")).context["is_cut"]


def test_the_address_of_a_button_says_so_and_leads_back(client: Client) -> None:
    entry = make_entry()
    came_from = reverse("desk:entry", args=[entry.pk])
    url = reverse("desk:entries_approve", args=[entry.pk])
    response = client.get(url, headers={"referer": f"http://testserver{came_from}"})
    assert response.status_code == 405 and response["Allow"] == "POST"
    assert f'href="{came_from}"' in response.content.decode()
    assert reverse("desk:home") in client.get(url).content.decode()


def test_the_head_of_every_page_says_what_the_masthead_says(client: Client) -> None:
    Masthead.objects.update_or_create(pk=1, defaults={"name": "週刊論文案内"})
    for url in (reverse("desk:home"), reverse("admin:index")):
        page = client.get(url).content.decode()
        assert "週刊論文案内</a>" in page and "| 週刊論文案内</title>" in page, url


def test_a_proposal_that_was_left_can_be_taken_back_where_that_is_said(client: Client) -> None:
    draft = make_draft(make_entry())
    item = draft.items.first()
    response = client.post(reverse("desk:items_reject", args=[item.pk]), follow=True)
    undo = reverse("desk:items_undo", args=[item.pk])
    said = response.content.decode().partition("messagelist")[2].partition("</ul>")[0]
    assert f'action="{undo}"' in said and "csrfmiddlewaretoken" in said


def test_an_approval_leads_to_the_next_paper_and_the_last_one_to_publishing(
    client: Client,
) -> None:
    issue = make_issue()
    first, second = (make_written_entry(issue, state=Entry.State.OPEN) for _ in range(2))
    for entry, to in (
        (second, f"{reverse('desk:entry', args=[first.pk])}"),
        (first, f"{reverse('desk:issue', args=[issue.pk])}#publish"),
    ):
        page = client.post(reverse("desk:entries_approve", args=[entry.pk]), follow=True)
        said = page.content.decode().partition("messagelist")[2].partition("</ul>")[0]
        assert f'<a href="{to}">' in said


def test_what_was_typed_is_shown_when_the_form_is_of_an_earlier_session() -> None:
    """As the page says: sign in in another tab, go back, and save again."""
    entry, editor = make_entry(), make_editor()
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    page = text_of(client.get(reverse("desk:entry", args=[entry.pk])))
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    client.logout()
    login = {"login": editor.username, "password": "a long enough password"}
    token = client.get("/accounts/login/").context["csrf_token"]
    client.post("/accounts/login/", login | {"csrfmiddlewaretoken": str(token)})
    data = typed(title_ja="苦労して考えた題") | {"csrfmiddlewaretoken": found[1]}
    response = client.post(reverse("desk:save_entry", args=[entry.pk]), data)
    kept = Entry.objects.get().title_ja == "苦労して考えた題"
    assert kept or "苦労して考えた題" in text_of(response)


# ── saving ──────────────────────────────────────────────────────────────────────────────────────
def test_a_card_is_saved_cleaned_and_signed(client: Client) -> None:
    entry = make_entry()
    data = typed(title_ja=" 制御\u202e文字\x07 ", summary="一行\r\n二行 <b>")
    response = client.post(reverse("desk:save_entry", args=[entry.pk]), data, follow=True)
    assert response.status_code == 200
    now = Entry.objects.get()
    assert (now.title_ja, now.summary) == ("制御文字", "一行\n二行 <b>")
    assert now.history.first().history_user.username.startswith("hana")


def test_a_text_that_is_too_long_is_shown_again_and_not_saved(client: Client) -> None:
    entry = make_entry()
    data = typed(title_ja="長" * 41, summary="そのまま残る概要。")
    response = client.post(reverse("desk:save_entry", args=[entry.pk]), data)
    assert response.status_code == 400
    assert "長" * 41 in text_of(response) and "そのまま残る概要。" in text_of(response)
    assert Entry.objects.get().title_ja == ""


def test_a_stale_save_shows_both_texts_and_whose_the_other_is(client: Client) -> None:
    entry = make_entry()
    save_card(entry, 1, {"summary": "先に保存された文。"}, by=make_editor("ben", pen_name="弁"))
    data = typed(summary="後から打った文。")
    response = client.post(reverse("desk:save_entry", args=[entry.pk]), data)
    page = text_of(response)
    assert response.status_code == 409
    assert "先に保存された文。" in page and "後から打った文。" in page and "弁" in page
    assert Entry.objects.get().summary == "先に保存された文。"


def fields_of(page: str) -> dict[str, str]:
    """What the conflict page's form would send."""
    texts = re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', page)
    texts += re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    version = re.search(r'name="row_version" value="(\d+)"', page)
    assert version
    return dict(texts) | {"row_version": version[1]}


def test_after_a_clash_ones_own_text_can_be_saved_over_the_other(client: Client) -> None:
    entry = make_entry()
    save_card(entry, 1, {"summary": "先の文。"}, by=make_editor())
    url = reverse("desk:save_entry", args=[entry.pk])
    clash = client.post(url, typed(summary="後の文。"))
    assert client.post(url, fields_of(text_of(clash))).status_code == 302
    assert Entry.objects.get().summary == "後の文。"


def test_after_a_clash_saving_ones_own_text_loses_no_other_field(client: Client) -> None:
    """The other editor changed two fields, this one only the first of them."""
    entry = make_entry()
    save_card(entry, 1, {"summary": "先の文。", "title_ja": "先の題"}, by=make_editor())
    url = reverse("desk:save_entry", args=[entry.pk])
    clash = client.post(url, typed(summary="後の文。"))
    client.post(url, fields_of(text_of(clash)))
    now = Entry.objects.get()
    assert (now.summary, now.title_ja) == ("後の文。", "先の題")


def test_a_save_that_withdraws_an_approval_says_so(client: Client) -> None:
    entry = workflow.approve(make_written_entry(), by=make_editor())
    data = typed(title_ja="別の題", kind="method")
    url = reverse("desk:save_entry", args=[entry.pk])
    texts = {f: getattr(entry, f) for f in ("highlight", "one_liner", "summary")}
    response = client.post(url, data | texts, follow=True)
    assert len(messages_of(response)) == 2
    assert not Entry.objects.get().is_approved


@pytest.mark.parametrize("act", ["questions_remove", "add_question"])
def test_a_question_that_comes_or_goes_says_that_the_approval_was_withdrawn(
    client: Client, act: str
) -> None:
    entry = make_written_entry()
    spare = make_question(entry, "予備？", "答え。")
    workflow.approve(entry, by=make_editor())
    pk = spare.pk if act == "questions_remove" else entry.pk
    url = reverse(f"desk:{act}", args=[pk])
    response = client.post(url, {"question": "新しい質問？"}, follow=True)
    assert not Entry.objects.get().is_approved
    assert any("承認" in m or "approval" in m for m in messages_of(response))


def test_an_answer_and_an_issues_words_are_saved_too(client: Client) -> None:
    question = make_question(make_entry())
    data = {"row_version": "1", "question": "直した質問？", "answer": "答えです。"}
    response = client.post(reverse("desk:save_question", args=[question.pk]), data)
    assert response["Location"].endswith(f"#q{question.pk}")
    issue = question.entry.issue
    words = {"row_version": "1", "title": "号の題", "introduction": "前書き。"}
    client.post(reverse("desk:save_issue", args=[issue.pk]), words)
    assert Question.objects.get().answer == "答えです。"
    assert Issue.objects.get().title == "号の題"


@pytest.mark.parametrize("version", ["", "abc", "99999999999999999999"])
def test_a_version_that_is_none_saves_nothing_and_loses_nothing(
    client: Client, version: str
) -> None:
    entry = make_entry(title_ja="ここにある題")
    data = typed(title_ja="打った題") | {"row_version": version}
    response = client.post(reverse("desk:save_entry", args=[entry.pk]), data)
    assert response.status_code in (400, 409)
    assert "打った題" in text_of(response)
    assert Entry.objects.get().title_ja == "ここにある題"


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────
def test_accepting_rejecting_and_undoing(client: Client) -> None:
    item = make_draft(make_entry()).items.get()
    press(client, "items_accept", item.pk)
    question = Question.objects.get()
    page = text_of(client.get(reverse("desk:entry", args=[item.draft.entry_id])))
    assert QUOTE in page and "[^e1]" in page
    press(client, "items_undo", item.pk)
    assert Question.objects.get(pk=question.pk).removed_at
    press(client, "items_reject", item.pk)
    assert not DraftItem.objects.undecided().exists()


@pytest.mark.parametrize("decision", ["items_accept", "items_reject"])
def test_the_last_decision_says_that_it_has_approved_the_paper(
    client: Client, decision: str
) -> None:
    entry = make_written_entry()
    item = make_draft(entry).items.get()
    item.field, item.text, item.evidence = "one_liner", "小さな行を調べた論文です。", []
    item.save()
    answer = client.post(reverse(f"desk:{decision}", args=[item.pk]), follow=True)
    entry.refresh_from_db()
    assert entry.is_approved
    to_publishing = f"{reverse('desk:issue', args=[entry.issue_id])}#publish"
    assert any(to_publishing in words for words in messages_of(answer))


def test_the_revision_of_a_move_has_the_author_too(client: Client) -> None:
    issue = make_issue()
    _first, second = make_entry(issue), make_entry(issue)
    press(client, "entries_up", second.pk)
    assert [e.pk for e in issue.entries.all()] == [second.pk, _first.pk]
    author = Entry.objects.get(pk=second.pk).history.first().history_user
    assert author and author.username.startswith("hana")


def test_a_question_from_the_bank_or_of_ones_own_is_added(client: Client) -> None:
    entry = make_entry()
    url = reverse("desk:add_question", args=[entry.pk])
    assert client.post(url, {"question": "自分の質問？"}).status_code == 302
    assert client.post(url, {"question": " "}).status_code == 400
    assert client.post(url, {"bank": "no-such-question"}).status_code == 400
    assert [q.question for q in Question.objects.all()] == ["自分の質問？"]


def test_removing_a_paper_asks_first(client: Client) -> None:
    entry = make_entry()
    asked = press(client, "entries_remove", entry.pk)
    trail = text_of(asked).partition('class="breadcrumbs"')[2].partition("</div>")[0]
    assert reverse("desk:issue", args=[entry.issue_id]) in trail
    assert reverse("desk:entry", args=[entry.pk]) in trail
    assert asked.status_code == 200 and Entry.objects.exists()
    press(client, "entries_remove", entry.pk, sure="yes")
    assert not Entry.objects.exists()


def test_a_removed_paper_is_listed_with_its_issue_and_brought_back(client: Client) -> None:
    entry = make_written_entry(title_ja="消した論文")
    issue_url = reverse("desk:issue", args=[entry.issue_id])
    way_back = reverse("desk:entries_restore", args=[entry.pk])
    assert way_back not in text_of(client.get(issue_url))
    removed = client.post(
        reverse("desk:entries_remove", args=[entry.pk]), {"sure": "yes"}, follow=True
    )
    assert removed.redirect_chain[-1][0] == f"{issue_url}#removed"
    assert way_back in text_of(removed) and "消した論文" in text_of(removed)
    own_page = client.get(reverse("desk:entry", args=[entry.pk]))
    assert own_page.status_code == 200 and way_back in text_of(own_page)
    client.post(way_back)
    assert Entry.objects.get() == entry
    assert way_back not in text_of(client.get(issue_url))


def test_a_button_of_a_paper_that_was_removed_meanwhile_leads_to_the_way_back(
    client: Client,
) -> None:
    entry = make_written_entry()
    question, item = entry.questions.get(), make_draft(entry).items.get()
    workflow.remove_entry(entry, by=None)
    pks = {"entries": entry.pk, "questions": question.pk, "items": item.pk}
    for things, pk in pks.items():
        for action in ACTIONS[things][1]:
            if (things, action) != ("entries", "restore"):
                response = client.post(reverse(f"desk:{things}_{action}", args=[pk]), follow=True)
                assert response.resolver_match.view_name == "desk:entry", (things, action)
                assert response.status_code == 200
    assert not Entry.objects.exists()


def test_only_who_may_add_a_paper_brings_one_back() -> None:
    entry = make_entry()
    workflow.remove_entry(entry, by=None)
    assert press(client_of(), "entries_restore", entry.pk).status_code == 403
    editor = make_editor(is_superuser=False)
    editor.user_permissions.set(
        Permission.objects.filter(codename__in=["change_entry", "view_entry", "view_issue"])
    )
    may_write = Client()
    may_write.force_login(editor)
    assert press(may_write, "entries_restore", entry.pk).status_code == 403
    for name, pk in (("entry", entry.pk), ("issue", entry.issue_id)):
        page = text_of(may_write.get(reverse(f"desk:{name}", args=[pk])))
        assert reverse("desk:entries_restore", args=[entry.pk]) not in page
    assert not Entry.objects.exists()
    assert press(client_of(WRITER), "entries_restore", entry.pk).status_code == 302
    assert Entry.objects.exists()


def test_approving_what_lacks_something_shows_the_reasons(client: Client) -> None:
    entry = make_written_entry(highlight="")
    response = client.post(reverse("desk:entries_approve", args=[entry.pk]), follow=True)
    assert not Entry.objects.get().is_approved
    (lack,) = [k for k in response.context["lacks"] if k.code == "empty"]
    assert lack.field == "highlight" and lack.message in text_of(response)


def test_publishing_is_refused_with_its_reasons_and_then_done_once(client: Client) -> None:
    issue = make_issue()
    entry = make_written_entry(issue)
    url = reverse("desk:issues_publish", args=[issue.pk])
    refused = client.post(url, follow=True)
    assert not Edition.objects.exists()
    reasons = [lack.message for lack in refused.context["lacks"]]
    assert reasons and all(reason in text_of(refused) for reason in reasons)
    press(client, "entries_approve", entry.pk)
    client.post(url)
    client.post(url)
    assert Edition.objects.get().published_by.username.startswith("hana")


def test_changes_that_readers_do_not_see_yet_are_counted(client: Client) -> None:
    edition = make_edition()
    entry = edition.issue.entries.get()
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=make_editor())
    response = client.get(reverse("desk:issue", args=[edition.issue_id]))
    assert [c.piece for c in response.context["changes"]] == [f"entry {entry.paper.slug}"]


def test_taking_back_and_putting_back(client: Client) -> None:
    edition = make_edition()
    press(client, "issues_take-back", edition.issue_id)
    assert Client().get(edition.get_absolute_url()).status_code == 410
    press(client, "issues_put-back", edition.issue_id)
    assert Client().get(edition.get_absolute_url()).status_code == 200


def test_an_error_and_its_retry_show_and_the_page_says_when_no_worker_is_alive(
    client: Client,
) -> None:
    entry = make_entry()
    job = make_entry_job(entry, state=Job.State.FAILED, error="encrypted")
    url = reverse("desk:entry", args=[entry.pk])
    page = client.get(url)
    assert page.context["work"].trouble in text_of(page)
    assert reverse("desk:entries_retry", args=[entry.pk]) in text_of(page)
    press(client, "entries_retry", entry.pk)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert client.get(url).context["is_idle"]
    Heartbeat.objects.create(worker="w", seen_at=job.requested_at)
    assert not client.get(url).context["is_idle"]


def place_of(client: Client, entry: Entry, start: str) -> str:
    """The sentence's value among the options of the evidence page."""
    page = text_of(client.get(reverse("desk:evidence", args=[entry.pk])))
    found = re.search(rf'<option value="({start}:[0-9a-f]+)"', page)
    assert found
    return found[1]


# ── evidence ────────────────────────────────────────────────────────────────────────────────────
def test_a_quote_becomes_evidence_and_its_mark_is_put_to_the_sentence(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version, f"Before it. {QUOTE} After it.")
    question = make_question(entry, answer="一つ目です。二つ目です。")
    data = {"quote": QUOTE, "passage": "", "place": place_of(client, entry, f"q{question.pk}:1")}
    client.post(reverse("desk:evidence", args=[entry.pk]), data)
    assert Question.objects.get().answer == "一つ目です。二つ目です。[^e1]"
    assert Evidence.objects.get().found_for == question


@pytest.mark.parametrize(
    "place", ["", "s", "s:99", "q1:0", "q999:0", "x:0", ":", "s:" + "9" * 5000]
)
def test_a_place_that_is_none_still_keeps_the_quote(client: Client, place: str) -> None:
    entry = make_entry(summary="概要です。")
    make_passage(entry.version, QUOTE)
    response = client.post(
        reverse("desk:evidence", args=[entry.pk]), {"quote": QUOTE, "place": place}
    )
    assert response.status_code == 302
    assert Evidence.objects.get().quote == QUOTE
    assert Entry.objects.get().summary == "概要です。"


def test_a_quote_that_is_refused_stays_in_the_form_with_the_real_wording(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version, f"Before it. {QUOTE} After it.")
    wrong = QUOTE.replace("three", "nine")
    response = client.post(reverse("desk:evidence", args=[entry.pk]), {"quote": wrong})
    assert response.status_code == 400
    assert wrong in text_of(response) and QUOTE in text_of(response)
    assert not Evidence.objects.exists()


def test_the_real_wording_can_be_used_in_one_press(client: Client) -> None:
    """A browser sends fields of one name in the page's order; the last one counts."""
    entry = make_entry()
    make_passage(entry.version, f"Before it. {QUOTE} After it.")
    url = reverse("desk:evidence", args=[entry.pk])
    wrong = QUOTE.replace("three", "nine")
    page = text_of(client.post(url, {"quote": wrong}))
    button, field = page.index('<button type="submit" name="quote"'), page.index('id="id_quote"')
    sent = [QUOTE, wrong] if button < field else [wrong, QUOTE]
    client.post(url, {"quote": sent})
    assert Evidence.objects.get().quote == QUOTE


def test_a_mark_is_not_put_to_another_sentence_when_the_text_has_changed(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version, QUOTE)
    question = make_question(entry, answer="一つ目です。二つ目です。")
    place = place_of(client, entry, f"q{question.pk}:1")  # 二つ目です。
    save_card(question, 1, {"answer": "新しい文です。一つ目です。二つ目です。"}, by=make_editor())
    client.post(reverse("desk:evidence", args=[entry.pk]), {"quote": QUOTE, "place": place})
    assert "一つ目です。[^e1]" not in Question.objects.get().answer


# ── what is shown ───────────────────────────────────────────────────────────────────────────────
HOSTILE = '<script>alert("x")</script> & </textarea><img src=x onerror=alert(1)> {{ 7|add:7 }}'


def test_hostile_texts_are_shown_as_text(client: Client) -> None:
    entry = make_entry(
        version=make_version(title=HOSTILE, authors=(HOSTILE,), abstract=HOSTILE, comment=HOSTILE),
        summary=HOSTILE,
    )
    make_passage(entry.version, HOSTILE, section=HOSTILE[:300])
    question = make_question(entry, HOSTILE[:200], HOSTILE)
    make_evidence(entry, HOSTILE, found_for=question, section=HOSTILE[:300])
    make_draft(entry).items.update(question=HOSTILE[:200], text=HOSTILE)
    make_entry_job(entry, state=Job.State.FAILED, error="withdrawn", error_value=HOSTILE)
    for name, pk in (("issue", entry.issue_id), ("entry", entry.pk), ("evidence", entry.pk)):
        page = text_of(client.get(reverse(f"desk:{name}", args=[pk])))
        assert "&lt;script&gt;" in page, name
        assert "<script>alert" not in page and "<img src=x" not in page, name


def test_dates_of_a_paper_are_arxivs_own(client: Client) -> None:
    """Submitted on 4 April at 17:59 UTC, which is 5 April in Tokyo."""
    page = text_of(client.get(reverse("desk:entry", args=[make_entry().pk])))
    assert "2023-04-04" in page and "2023-04-05" not in page


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def published(issue: Issue) -> None:
    """Public as it is, whatever a gate would say of it."""
    edition = editions.freeze(issue, by=None, change=Edition.Change.FIRST)
    Issue.objects.filter(pk=issue.pk).update(state="published", current_edition=edition)


def full_entry(issue: Issue, *, questions: int, categories: int) -> Entry:
    codes = ("cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.CV", "stat.ML")[:categories]
    entry = make_written_entry(issue, version=make_version(categories=codes))
    for n in range(questions):
        question = make_question(entry, f"{n}？", "答えです。")
        make_evidence(entry, found_for=question)
    make_entry_job(entry, state=Job.State.DONE)
    return entry


def test_the_issues_page_asks_the_same_number_of_queries_whatever_its_size(
    client: Client,
) -> None:
    small, large = make_issue(), make_issue()
    full_entry(small, questions=1, categories=1)
    for _ in range(6):
        full_entry(large, questions=6, categories=6)
    for issue in (small, large):
        published(issue)
    counts = [queries_of(client, reverse("desk:issue", args=[i.pk])) for i in (small, large)]
    assert counts[0] == counts[1] <= 40


def test_an_entrys_page_asks_the_same_number_of_queries_whatever_its_size(
    client: Client,
) -> None:
    small = full_entry(make_issue(), questions=1, categories=1)
    large = full_entry(make_issue(), questions=8, categories=6)
    for _ in range(5):
        make_entry(large.issue)
    counts = [queries_of(client, reverse("desk:entry", args=[e.pk])) for e in (small, large)]
    assert counts[0] == counts[1] <= 40


def test_the_desks_home_asks_the_same_number_of_queries_whatever_its_size(client: Client) -> None:
    published(make_entry().issue)
    few = queries_of(client, reverse("desk:home"))
    for _ in range(5):
        published(make_entry().issue)
    assert queries_of(client, reverse("desk:home")) == few
