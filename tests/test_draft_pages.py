"""The desk's side of drafting: again, by hand, compared, corrected, checked, and what it cost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from digests import steps
from digests.cards import save_card
from digests.models import (
    BankPriority,
    BankQuestion,
    Check,
    Draft,
    DraftItem,
    Edition,
    Editor,
    Entry,
    EntryJob,
    Evidence,
    Question,
    Spending,
)
from papers.models import Job
from tests.factories import (
    QUOTE,
    make_draft,
    make_editor,
    make_entry,
    make_entry_job,
    make_issue,
    make_passage,
    make_question,
    make_version,
    make_written_entry,
)
from tests.model_server import ModelServer
from tests.model_server.writer import read_prompt, write_draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
WRITER, EDITOR = "執筆者", "編集者"
KEY = "secret-key"


@pytest.fixture(autouse=True)
def _no_model(settings: Any) -> None:
    settings.LLM_MODEL, settings.LLM_CURRENCY, settings.LLM_MONTHLY_BUDGET = "", "JPY", None


@pytest.fixture
def model(settings: Any) -> Iterator[ModelServer]:
    with ModelServer(key=KEY) as server:
        settings.LLM_BASE_URL, settings.LLM_MODEL = server.base_url, server.model
        settings.LLM_API_KEY, settings.LLM_RETRIES, settings.LLM_TIMEOUT = KEY, 0, 60.0
        settings.LLM_PRICE_IN = settings.LLM_PRICE_CACHED = settings.LLM_PRICE_OUT = Decimal(1)
        yield server


def client_of(*groups: str, is_staff: bool = True) -> Client:
    name = f"hana{Editor.objects.count()}"
    editor = make_editor(name, is_superuser=False, is_staff=is_staff, pen_name=name)
    editor.groups.set(Group.objects.filter(name__in=groups))
    assert editor.groups.count() == len(groups)
    client = Client(headers={"accept-language": "en"})
    client.force_login(editor)
    return client


@pytest.fixture
def client() -> Client:
    return client_of(EDITOR)


def url(name: str, *args: Any) -> str:
    return reverse(f"desk:{name}", args=args)


def show(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(url(name, *args), query)
    assert response.status_code == 200
    return str(response.content.decode())


def press(client: Client, name: str, *args: Any, **data: Any) -> Any:
    """The answer to a button, and after it the page to which it leads."""
    return client.post(url(name, *args), data, follow=True)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def messages_of(response: Any) -> list[str]:
    return [str(m) for m in response.context["messages"]]


def model_draft(
    entry: Entry, text: str = "三時間ずつ学習しています。[^1]", **columns: Any
) -> Draft:
    defaults: dict[str, Any] = {"origin": "model", "model": "gpt-x", "prompt": "ja-1"}
    draft = Draft.objects.create(entry=entry, version=entry.version, **defaults | columns)
    cited = {"passage_key": "p01-01", "page": 1, "section": "1 Introduction", "quote": QUOTE}
    DraftItem.objects.create(draft=draft, position=1, field="summary", text=text, evidence=[cited])
    return draft


def read_entry() -> Entry:
    """An entry with a text of some length, which a chat can draft from."""
    version = make_version(title="KAWARA: Rivers in Tables", abstract="We put rivers into tables.")
    make_passage(version, key="p01-01")
    more = "Every river of the second table was measured twice by two people on different days."
    make_passage(version, more, key="p02-01", page=2, section="2 Rivers")
    return make_entry(version=version, kind="method")


def chat_answer(entry: Entry, client: Client) -> str:
    """What a chat would answer to the copied prompt: prose, and JSON in a fence."""
    prompt = client.get(url("by_hand", entry.pk)).context["prompt"]
    said = json.dumps(write_draft(read_prompt(prompt)), ensure_ascii=False)
    return f"承知しました。下書きです。\n\n```json\n{said}\n```\nご確認ください。"


# ── who may come in ─────────────────────────────────────────────────────────────────────────────
def addresses() -> dict[str, tuple[str, str]]:
    """Every address of drafting, with its methods."""
    entry = make_written_entry()
    question = entry.questions.get()
    draft = make_draft(entry)
    bank = BankPriority.objects.all()[0]
    return {
        "again": (url("again", entry.pk), "POST"),
        "by_hand": (url("by_hand", entry.pk), "GET POST"),
        "fix_entry": (url("fix_entry", entry.pk), "GET POST"),
        "draft": (url("draft", draft.pk), "GET"),
        "fix_question": (url("fix_question", question.pk), "GET POST"),
        "spending": (url("spending"), "GET"),
        "try_model": (url("try_model"), "POST"),
        "bank_off": (url("bank_off", bank.question_id, bank.kind), "POST"),
    }


def rows() -> list[list[Any]]:
    kinds = (Entry, Question, EntryJob, Draft, Check, BankPriority)
    return [list(kind._default_manager.order_by("pk").values()) for kind in kinds]


def test_every_page_works_for_an_editor_and_is_kept_by_no_cache(client: Client) -> None:
    for name, (address, methods) in addresses().items():
        if "GET" in methods:
            response = client.get(address)
            assert response.status_code == 200, name
            assert "no-store" in response["Cache-Control"], name


def test_a_stranger_is_sent_to_sign_in_and_changes_nothing() -> None:
    everything = addresses()
    before = rows()
    for name, (address, methods) in everything.items():
        if "GET" in methods:
            assert Client().get(address).status_code == 302, name
        if "POST" in methods:
            assert Client().post(address, {"answer": "x" * 10}).status_code == 403, name
    assert rows() == before


@pytest.mark.parametrize("is_staff", [True, False])
def test_who_has_no_role_may_do_nothing(is_staff: bool) -> None:
    everything = addresses()
    nobody = client_of(*([] if is_staff else [EDITOR]), is_staff=is_staff)
    before = rows()
    for name, (address, methods) in everything.items():
        if "POST" in methods:
            assert nobody.post(address).status_code == 403, name
        if "GET" in methods:
            expected = 403 if is_staff else 302
            assert nobody.get(address).status_code == expected, name
    assert rows() == before


def test_a_writer_may_do_all_of_it_but_turn_bank_questions_off() -> None:
    writer = client_of(WRITER)
    for name, (address, methods) in addresses().items():
        ask = writer.get if "GET" in methods else writer.post
        allowed = (200, 302) if name != "bank_off" else (403,)
        assert ask(address).status_code in allowed, name


def test_what_is_not_there_is_404(client: Client) -> None:
    for name, (address, methods) in addresses().items():
        if re.search(r"/\d+/", address):
            wrong = re.sub(r"/\d+/", "/99999/", address)
            ask = client.get if "GET" in methods else client.post
            assert ask(wrong).status_code == 404, name


def test_the_wrong_method_is_405(client: Client) -> None:
    for name, (address, methods) in addresses().items():
        for method in ("GET", "POST"):
            if method not in methods:
                assert client.generic(method, address).status_code == 405, name
        assert client.delete(address).status_code == 405, name


# ── again ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("scope", ["all", "summary", "question"])
def test_a_new_draft_is_asked_for_and_the_text_stays(
    client: Client, model: ModelServer, scope: str
) -> None:
    entry = make_written_entry()
    question = entry.questions.get()
    scope = f"q{question.pk}" if scope == "question" else scope
    before = Entry.objects.filter(pk=entry.pk).values().get(), question.answer
    response = press(client, "again", entry.pk, scope=scope)
    assert messages_of(response) == [
        "A new draft was asked for. Your text stays until you take it."
    ]
    job = EntryJob.objects.get(entry=entry)
    assert (job.step, job.scope, job.state, job.drafter) == ("draft", scope, "queued", "auto")
    question.refresh_from_db()
    assert (Entry.objects.filter(pk=entry.pk).values().get(), question.answer) == before


def test_the_page_says_beside_the_button_what_a_draft_will_cost(
    client: Client, model: ModelServer, settings: Any
) -> None:
    settings.LLM_MONTHLY_BUDGET = Decimal(1000)
    settings.LLM_PRICE_IN = settings.LLM_PRICE_OUT = Decimal(1000)
    page = show(client, "entry", make_written_entry().pk)
    assert "1 paper · about 16,000 tokens · about ¥16 (expected) / ¥1,000 left this month" in page


def test_a_question_that_has_gone_is_said_so(client: Client, model: ModelServer) -> None:
    entry = make_written_entry()
    for scope in ("q999", "q", "q1x", "nonsense", "q" + "9" * 30, "q²"):
        response = press(client, "again", entry.pk, scope=scope)
        assert messages_of(response) == ["This question is no longer there."]
    other = make_written_entry().questions.get()
    assert messages_of(press(client, "again", entry.pk, scope=f"q{other.pk}"))
    assert not EntryJob.objects.exists()


def test_without_a_model_a_part_cannot_be_drafted_and_the_page_says_so(client: Client) -> None:
    entry = make_written_entry()
    page = show(client, "entry", entry.pk)
    assert 'name="scope" value="summary"' not in page
    assert 'value="extraction"' in page
    (said,) = messages_of(press(client, "again", entry.pk, scope="summary"))
    assert said.startswith("Only a model can draft a part again")
    assert not EntryJob.objects.exists()


def test_a_used_up_budget_is_said_with_a_button_to_go_on_by_extraction(
    client: Client, model: ModelServer, settings: Any
) -> None:
    settings.LLM_MONTHLY_BUDGET = Decimal(0)
    entry = read_entry()
    press(client, "again", entry.pk, scope="all")
    steps.run_step(EntryJob.objects.get().pk)
    page = show(client, "entry", entry.pk)
    assert "This month&#x27;s budget for the model is used up." in page
    button = re.search(r'value="all"><input type="hidden" name="drafter" value="(\w+)"', page)
    assert button
    press(client, "again", entry.pk, scope="all", drafter=button[1])
    steps.run_step(EntryJob.objects.get().pk)
    assert EntryJob.objects.get().state == Job.State.DONE
    assert Draft.objects.get().origin == "extraction" and model.requests == []
    assert "budget for the model" not in show(client, "entry", entry.pk)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("timeout", "The model did not answer in time."),
        ("rate-limited", "The model&#x27;s server asks us to slow down."),
        ("server-error", "The model&#x27;s server has a fault at the moment."),
        ("unreachable", "The model&#x27;s server can&#x27;t be reached."),
        ("cut", "The answer was cut off before its end."),
        ("needs-model", "Only a model can draft a part again"),
    ],
)
def test_a_drafts_trouble_is_the_models_and_not_arxivs(
    client: Client, code: str, words: str
) -> None:
    job = make_entry_job(step="draft", state="failed", error=code)
    for page in (show(client, "entry", job.entry_id), show(client, "issue", job.entry.issue_id)):
        assert words in page
        assert "arXiv did" not in page and "arXiv asks" not in page and "arXiv&#x27;s" not in page


def test_a_question_without_an_answer_in_the_paper_is_named_by_its_words(client: Client) -> None:
    entry = make_written_entry()
    model_draft(entry, left_out=["limits"])
    assert BankQuestion.objects.get(key="limits").ja in show(client, "add_question", entry.pk)
    question = make_question(entry, "庭の広さは？")
    model_draft(entry, scope=f"q{question.pk}", left_out=["q1"])
    page = show(client, "entry", entry.pk)
    assert "No evidence was found in the text for: 庭の広さは？" in page


def test_nothing_is_drafted_while_the_text_is_still_being_read(
    client: Client, model: ModelServer
) -> None:
    entry = read_entry()
    reading = make_entry_job(entry, step="text")
    response = press(client, "again", entry.pk, scope="all")
    assert messages_of(response) == ["The text has not been read yet."]
    assert not EntryJob.objects.filter(step="draft").exists()
    assert QUOTE not in show(client, "by_hand", entry.pk)
    EntryJob.objects.filter(pk=reading.pk).update(state="failed")
    press(client, "again", entry.pk, scope="all")
    assert EntryJob.objects.filter(step="draft").exists()
    assert QUOTE in show(client, "by_hand", entry.pk)


# ── taking a proposal ───────────────────────────────────────────────────────────────────────────
def test_the_problems_of_a_proposal_stand_beside_it(client: Client) -> None:
    entry = make_written_entry()
    draft = model_draft(entry)
    problem = {"code": "number-not-in-evidence", "severity": "error", "value": "七"}
    DraftItem.objects.filter(draft=draft).update(problems=[problem])
    page = show(client, "entry", entry.pk)
    assert 'class="error"' in page and "AI draft" in page


def test_a_proposal_that_is_too_long_is_refused_in_words(client: Client) -> None:
    entry = make_written_entry()
    draft = model_draft(entry)
    DraftItem.objects.filter(draft=draft).update(field="title_ja", text="題" * 41, evidence=[])
    response = press(client, "items_accept", draft.items.get().pk)
    assert messages_of(response) == ["the text is too long (41 of 40 characters)"]
    entry.refresh_from_db()
    assert entry.title_ja == "小さな行の作り方"


def test_accepting_leads_to_the_question_that_was_answered(client: Client) -> None:
    entry = make_written_entry()
    question = entry.questions.get()
    draft = model_draft(entry, scope=f"q{question.pk}")
    DraftItem.objects.filter(draft=draft).update(
        field="question", question=question.question, target=question
    )
    response = client.post(url("items_accept", draft.items.get().pk))
    assert response["Location"] == url("entry", entry.pk) + f"#q{question.pk}"
    question.refresh_from_db()
    assert question.answer == "三時間ずつ学習しています。[^e2]"


# ── by hand ─────────────────────────────────────────────────────────────────────────────────────
def test_the_prompt_holds_the_papers_text_without_its_references(client: Client) -> None:
    entry = read_entry()
    assert entry.version
    listed = "Mori, A. and Ito, B. 2021. On the size of small rows. Journal of Rows and Tables."
    make_passage(entry.version, listed, key="p09-01", kind="references", section="References")
    page = show(client, "by_hand", entry.pk)
    assert QUOTE in page and "p02-01" in page
    assert listed not in page
    assert "sends that text out of this site" in page


def test_a_pasted_answer_with_fences_and_prose_becomes_a_draft(client: Client) -> None:
    entry = read_entry()
    answer = chat_answer(entry, client)
    response = press(client, "by_hand", entry.pk, answer=answer, model="chat-model-1")
    assert messages_of(response) == ["The answer was taken as a draft."]
    draft = entry.drafts.get()
    assert (draft.origin, draft.model, draft.scope) == ("by_hand", "chat-model-1", "all")
    item = draft.items.get(field="summary")
    assert item.text and item.evidence
    assert not Spending.objects.exists() and not Evidence.objects.exists()


def test_a_forged_quote_in_a_pasted_answer_is_found(client: Client) -> None:
    entry = read_entry()
    answer = chat_answer(entry, client).replace("three hours", "seven hours")
    assert "seven hours" in answer
    press(client, "by_hand", entry.pk, answer=answer, model="chat")
    items = list(entry.drafts.get().items.all())
    assert "quote-not-found" in {p["code"] for i in items for p in i.problems}
    assert not any("seven hours" in c["quote"] for i in items for c in i.evidence)


def test_pasting_once_more_makes_the_next_draft(client: Client) -> None:
    entry = read_entry()
    answer = chat_answer(entry, client)
    for _ in range(2):
        press(client, "by_hand", entry.pk, answer=answer, model="chat")
    assert sorted(entry.drafts.values_list("try_number", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("すみません、できません。", "The answer is not in the form that was asked for (1:1)."),
        ('```json\n{"summary": [{"ja": "途中で', "The answer was cut off before its end."),
        ('{"summary": "文だけ"}', "The answer lacks a part or has a wrong one: summary"),
        (
            '{"title_ja": "Rivers", "summary": [{"ja": "Rivers are long.", "evidence": []}]}',
            "The answer is not in Japanese, so it was refused.",
        ),
    ],
)
def test_a_bad_answer_is_refused_in_words_and_what_was_typed_is_kept(
    client: Client, answer: str, words: str
) -> None:
    entry = read_entry()
    response = client.post(url("by_hand", entry.pk), {"answer": answer, "model": "My chat"})
    assert response.status_code == 400
    assert response.context["refusal"] == words
    assert response.context["form"]["answer"].value() == answer
    assert 'value="My chat"' in text_of(response)
    assert not entry.drafts.exists()


def test_an_answer_without_the_name_of_its_model_is_asked_for_it(client: Client) -> None:
    entry = read_entry()
    answer = chat_answer(entry, client)
    response = client.post(url("by_hand", entry.pk), {"answer": answer, "model": ""})
    assert response.status_code == 400 and not entry.drafts.exists()
    assert response.context["form"]["answer"].value() == answer


def test_a_paper_that_has_not_come_has_no_prompt_yet(client: Client) -> None:
    entry = make_entry(paper=make_version().paper)
    assert "The text has not been read yet." in show(client, "by_hand", entry.pk)
    press(client, "by_hand", entry.pk, answer="{}", model="chat")
    assert not entry.drafts.exists()


# ── drafts compared ─────────────────────────────────────────────────────────────────────────────
def test_a_draft_is_shown_beside_the_present_text(client: Client) -> None:
    entry = make_written_entry()
    draft = model_draft(entry, text="小さな行を作る方法を紹介しています。[^1]")
    page = client.get(url("draft", draft.pk))
    pieces = page.context["sides"][0].pieces
    assert "".join(t for tag, t in pieces if tag != "insert") == entry.summary
    assert "".join(t for tag, t in pieces if tag != "delete") == draft.items.get().text
    assert "<del>" in text_of(page) and "<ins>" in text_of(page) and QUOTE in text_of(page)


def test_a_draft_is_compared_with_an_earlier_one(client: Client) -> None:
    entry = make_written_entry()
    older = model_draft(entry, text="三時間ずつ学習しています。[^1]")
    newer = model_draft(entry, text="三時間ずつ測定しています。[^1]", try_number=2)
    page = client.get(url("draft", newer.pk), {"with": older.pk})
    assert page.context["sides"][0].pieces == [
        ("equal", "三時間ずつ"),
        ("delete", "学習"),
        ("insert", "測定"),
        ("equal", "しています。[^1]"),
    ]


@pytest.mark.parametrize("other", ["", "0", "x", "²", "9" * 40, "9" * 5000])
def test_a_draft_that_is_not_there_is_compared_with_the_present_text(
    client: Client, other: str
) -> None:
    draft = model_draft(make_written_entry())
    assert client.get(url("draft", draft.pk), {"with": other}).context["other"] is None


def test_a_draft_of_another_paper_is_not_compared(client: Client) -> None:
    draft, foreign = model_draft(make_written_entry()), model_draft(make_written_entry())
    page = client.get(url("draft", draft.pk), {"with": foreign.pk})
    assert page.context["other"] is None


def test_a_draft_tells_what_it_took_and_what_was_refused(client: Client) -> None:
    entry = make_written_entry()
    dropped = [{"what": "limits", "reason": "missing"}, {"what": "title_ja", "reason": "empty"}]
    draft = model_draft(entry, dropped=dropped)
    Spending.objects.create(
        entry=entry, draft=draft, model="gpt-x", calls=2, tokens_in=1200, tokens_cached=1024,
        tokens_out=300, cost=None, currency="JPY",
    )  # fmt: skip
    page = show(client, "draft", draft.pk)
    assert "1200 tokens in (1024 cached), 300 out, 2 calls" in page
    assert "price not known" in page
    limits = BankQuestion.objects.get(key="limits").ja
    assert f"{limits}: the model did not answer it" in page
    assert ": the answer was empty" in page and "<li>title_ja:" not in page


def test_what_a_model_wrote_is_text_and_no_markup(client: Client) -> None:
    entry = make_written_entry()
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>です。[^1]"
    draft = model_draft(entry, text=evil)
    for page in (show(client, "draft", draft.pk), show(client, "entry", entry.pk)):
        assert "<script>alert" not in page and "<img src=x" not in page
        assert "&lt;script&gt;" in page


# ── automatic corrections ───────────────────────────────────────────────────────────────────────
CROOKED = "小さな行を作る方法を提案し, かかる時間を測っています。[^e1]"


def crooked_entry() -> Entry:
    entry = make_written_entry()
    save_card(entry, entry.row_version, {"summary": CROOKED}, by=None)
    return Entry.objects.get(pk=entry.pk)


def test_corrections_are_shown_as_a_diff_and_nothing_is_changed_by_looking(client: Client) -> None:
    entry = crooked_entry()
    page = show(client, "fix_entry", entry.pk)
    assert re.search(r"<del>, ?</del><ins>、</ins>|<del>,</del>", page)
    entry.refresh_from_db()
    assert entry.summary == CROOKED


def test_corrections_are_applied_as_an_edit_of_the_editors(client: Client) -> None:
    entry = crooked_entry()
    press(client, "fix_entry", entry.pk, row_version=entry.row_version)
    fixed = Entry.objects.get(pk=entry.pk)
    assert fixed.summary == "小さな行を作る方法を提案し、かかる時間を測っています。[^e1]"
    assert fixed.row_version == entry.row_version + 1
    assert fixed.history.latest().history_user.is_staff


def test_an_answer_is_corrected_likewise(client: Client) -> None:
    entry = make_written_entry()
    question = entry.questions.get()
    save_card(question, 1, {"question": "何を調べましたか?"}, by=None)
    question.refresh_from_db()
    assert "<ins>？</ins>" in show(client, "fix_question", question.pk)
    press(client, "fix_question", question.pk, row_version=question.row_version)
    question.refresh_from_db()
    assert question.question == "何を調べましたか？"


@pytest.mark.parametrize("stale", ["1", "", "x", "9" * 40])
def test_corrections_of_a_text_that_has_changed_meanwhile_are_refused(
    client: Client, stale: str
) -> None:
    entry = crooked_entry()
    response = press(client, "fix_entry", entry.pk, row_version=stale)
    assert messages_of(response) == ["The text has changed meanwhile; look again."]
    entry.refresh_from_db()
    assert entry.summary == CROOKED


def test_a_correct_text_has_nothing_to_correct(client: Client) -> None:
    entry = make_written_entry()
    assert "There is nothing to correct." in show(client, "fix_entry", entry.pk)
    press(client, "fix_entry", entry.pk, row_version=entry.row_version)
    assert Entry.objects.get(pk=entry.pk).row_version == entry.row_version


# ── publishing over the gate ────────────────────────────────────────────────────────────────────
def with_fault(client: Client) -> Entry:
    entry = make_written_entry()
    question = entry.questions.get()
    wrong = {"answer": "一台の計算機で七時間ずつ学習しています。[^e1]"}
    save_card(question, question.row_version, wrong, by=None)
    press(client, "entries_approve", entry.pk)
    return entry


def test_the_page_asks_for_a_reason_where_only_the_gate_objects(client: Client) -> None:
    entry = with_fault(client)
    assert 'name="override_reason"' in show(client, "issue", entry.issue_id)
    response = press(client, "issues_publish", entry.issue_id, override_reason="  ")
    assert messages_of(response) == ["Not published: 1 thing is missing."]
    press(client, "issues_publish", entry.issue_id, override_reason="著者に確認しました。")
    assert Edition.objects.get().override_reason == "著者に確認しました。"


def test_the_page_offers_no_way_round_what_is_missing(client: Client) -> None:
    entry = with_fault(client)
    Entry.objects.filter(pk=entry.pk).update(summary="")
    assert 'name="override_reason"' not in show(client, "issue", entry.issue_id)
    press(client, "issues_publish", entry.issue_id, override_reason="著者に確認しました。")
    assert not Edition.objects.exists()


def test_a_quote_that_no_longer_stands_is_named_when_publishing(client: Client) -> None:
    entry = make_written_entry()
    press(client, "entries_approve", entry.pk)
    Evidence.objects.filter(entry=entry).update(quote=QUOTE.replace("three", "nine"))
    said = messages_of(press(client, "issues_publish", entry.issue_id))
    assert said[0].startswith("Not published: ") and len(said) > 1
    assert all(str(entry) in one for one in said[1:])
    assert not Edition.objects.exists()


# ── the model and its cost ──────────────────────────────────────────────────────────────────────
def test_the_chart_shows_months_and_issues_and_what_is_not_priced(
    client: Client, settings: Any
) -> None:
    settings.LLM_MONTHLY_BUDGET = Decimal(1000)
    entry, other = make_entry(), make_entry()
    facts = {"model": "m", "calls": 1, "tokens_in": 9000, "tokens_cached": 0, "tokens_out": 1000}
    Spending.objects.create(entry=entry, cost=Decimal(60), currency="JPY", **facts)
    Spending.objects.create(entry=entry, cost=None, currency="JPY", **facts)
    Spending.objects.create(entry=other, cost=None, currency="JPY", **facts)
    response = client.get(url("spending"))
    page = text_of(response)
    assert "¥940 of this month's budget is left." in page
    assert re.search(r"2 requests, 20,000 tokens\s*· ¥60 and 1 whose price is not known", page)
    assert re.search(r"1 requests, 10,000 tokens\s*· price not known", page)
    (bar,) = response.context["bars"]
    assert (bar.height, bar.spent.drafts, bar.spent.unpriced) == (100, 3, 2)
    assert "<svg" in page and '<td data-label="Tokens">30,000</td>' in page


def test_what_is_our_own_estimate_is_called_so(client: Client) -> None:
    entry = make_entry()
    facts = {"entry": entry, "model": "m", "calls": 1, "currency": "JPY"}
    Spending.objects.create(estimate=Decimal(40), **facts)
    (bar,) = client.get(url("spending")).context["bars"]
    assert (bar.height, bar.cost) == (100, "about ¥40 (our own estimate)")
    Spending.objects.create(cost=Decimal(2), **facts)
    (bar,) = client.get(url("spending")).context["bars"]
    assert bar.cost == "¥2 and about ¥40 (our own estimate)"
    assert "¥2 and about ¥40" in text_of(client.get(url("issue", entry.issue_id)))


def test_where_no_price_is_known_the_chart_is_of_tokens(client: Client) -> None:
    Spending.objects.create(model="m", calls=1, tokens_in=10, tokens_out=5, currency="JPY")
    (bar,) = client.get(url("spending")).context["bars"]
    assert (bar.height, bar.cost) == (100, "price not known")


def test_an_issue_shows_what_its_drafts_cost(client: Client) -> None:
    entry = make_entry()
    Spending.objects.create(entry=entry, model="m", calls=1, cost=Decimal(1234), currency="JPY")
    assert "¥1,234" in show(client, "issue", entry.issue_id)


def test_without_a_model_the_page_says_so_and_offers_no_trial(client: Client) -> None:
    page = show(client, "spending")
    assert "No model is set" in page and url("try_model") not in page
    response = press(client, "try_model")
    assert messages_of(response) == ["No model is set: drafts are extracted without one."]


def test_the_connection_is_tried_with_one_tiny_call(client: Client, model: ModelServer) -> None:
    (said,) = messages_of(press(client, "try_model"))
    assert re.fullmatch(r"local-model answered in [\d.]+ s \(schema; price known\)\.", said)
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("403", "The model's server refuses the key."),
        ("500", "The model's server has a fault"),
        ("429", "The model's server asks us to slow down."),
        ("reset", "The model's server can't be reached."),
    ],
)
def test_a_connection_that_fails_says_why_and_never_the_key(
    client: Client, model: ModelServer, fault: str, words: str
) -> None:
    model.script(fault, forever=True)
    response = press(client, "try_model")
    (said,) = messages_of(response)
    assert said.startswith(words) and KEY not in text_of(response)


# ── the question bank ───────────────────────────────────────────────────────────────────────────
def take_and_remove(key: str, kind: str, *, taken: int, removed: int) -> None:
    issue = make_issue()
    for number in range(taken):
        question = make_question(make_entry(issue, kind=kind))
        gone = question.history.latest().history_date if number < removed else None
        Question.objects.filter(pk=question.pk).update(bank_key=key, removed_at=gone)


def bank_page(client: Client) -> str:
    response = client.get(reverse("admin:digests_bankquestion_changelist"))
    assert response.status_code == 200
    return text_of(response)


@pytest.mark.parametrize(
    ("taken", "removed", "is_flagged"), [(3, 2, True), (4, 2, True), (5, 2, False), (2, 2, False)]
)
def test_a_question_that_editors_keep_removing_is_flagged_for_that_kind(
    client: Client, taken: int, removed: int, is_flagged: bool
) -> None:
    question = BankQuestion.objects.get(key="limits")
    take_and_remove("limits", "method", taken=taken, removed=removed)
    page = bank_page(client)
    assert f"method: {removed} of {taken}" in page
    assert (url("bank_off", question.pk, "method") in page) is is_flagged
    assert ("⚠" in page) is is_flagged
    assert url("bank_off", question.pk, "survey") not in page


def test_a_question_that_is_kept_is_not_counted_as_removed(client: Client) -> None:
    take_and_remove("limits", "method", taken=3, removed=0)
    assert " of 3" not in bank_page(client)


def test_a_flagged_question_is_turned_off_for_that_kind_alone(client: Client) -> None:
    question = BankQuestion.objects.get(key="limits")
    take_and_remove("limits", "method", taken=3, removed=3)
    (address,) = re.findall(r'formaction="([^"]+)"', bank_page(client))
    response = client.post(address, follow=True)
    assert messages_of(response) == [f"“{question}” is no longer asked of: method."]
    off = BankPriority.objects.filter(is_active=False)
    assert [(p.question, p.kind) for p in off] == [(question, "method")]
    page = bank_page(client)
    assert "(no longer asked)" in page and "formaction" not in page


def test_turning_off_what_is_not_asked_of_a_kind_is_404(client: Client) -> None:
    question = BankQuestion.objects.get(key="limits")
    question.priorities.filter(kind="theory").delete()
    for kind in ("theory", "nonsense"):
        assert client.post(url("bank_off", question.pk, kind)).status_code == 404


def test_who_may_not_change_the_bank_sees_the_flag_and_no_button() -> None:
    take_and_remove("limits", "method", taken=3, removed=3)
    page = bank_page(client_of(WRITER))
    assert "method: 3 of 3" in page and "formaction" not in page
