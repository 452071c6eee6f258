"""The desk's three panes: what each card shows, what it takes from the paper, and what it costs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from digests import checks, workflow
from digests.cards import save_card
from digests.marking import lost_marks, sentence_at
from digests.models import (
    ONE_LINER,
    BankQuestion,
    Check,
    Decision,
    DraftItem,
    Editor,
    Entry,
    Evidence,
    Issue,
    Note,
    Question,
)
from tests.factories import (
    QUOTE,
    make_draft,
    make_editor,
    make_entry,
    make_entry_job,
    make_evidence,
    make_issue,
    make_passage,
    make_question,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
SECOND = "The share of diverged runs falls from 37% to 5% when warmup is used in training."


@pytest.fixture
def hana() -> Editor:
    editor = make_editor("hana", is_superuser=False, pen_name="花")
    editor.groups.set(Group.objects.filter(name="編集者"))
    return editor


@pytest.fixture
def client(hana: Editor) -> Client:
    client = Client()
    client.force_login(hana)
    return client


def desk(client: Client, entry: Entry) -> str:
    response = client.get(reverse("desk:entry", args=[entry.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


def card(page: str, name: str) -> str:
    """The card with this id, up to the next one."""
    found = re.search(rf'<article class="card desk-card[^"]*" id="{name}".*?</article>', page, re.S)
    assert found, name
    start = found.start()
    ends = [
        m.start() for m in re.finditer(r'<article class="card desk-card', page) if m.start() > start
    ]
    return page[start : min(ends, default=page.index('id="drafts"'))]


def save(client: Client, row: Entry | Question, **texts: str) -> Any:
    name = "entry" if isinstance(row, Entry) else "question"
    data = {"row_version": str(row.row_version), **texts}
    return client.post(reverse(f"desk:save_{name}", args=[row.pk]), data)


# ── the papers of the issue ─────────────────────────────────────────────────────────────────────
def test_the_left_pane_tells_how_far_each_paper_is(client: Client, hana: Editor) -> None:
    issue = make_issue()
    ready, fresh = make_written_entry(issue), make_entry(issue)
    for claim in checks.claims_of(ready)[:1]:
        checks.check(ready, claim.fingerprint, by=hana)
    workflow.approve(ready, by=hana)
    make_draft(fresh)
    make_entry_job(fresh, step="draft", state="running")
    response = client.get(reverse("desk:entry", args=[fresh.pk]))
    first, second = response.context["rows"]
    assert (first.tally.checked, first.tally.total) == (1, 2)
    assert first.entry.is_approved and not second.entry.is_approved
    assert second.entry.undecided == 1 and second.work.is_open
    page = str(response.content.decode())
    assert page.index(f'id="paper-{ready.pk}"') < page.index(f'id="paper-{fresh.pk}"')
    assert "data-live-open" in page
    assert "<noscript>" in page  # without a script it says to load the page again


def test_problems_are_counted_without_the_empty_fields(client: Client) -> None:
    entry = make_written_entry(summary="根拠のない文だ。")
    (row,) = client.get(reverse("desk:entry", args=[entry.pk])).context["rows"]
    codes = [p.finding.code for p in row.found if p.finding.severity == "error"]
    assert "no-evidence" in codes
    assert row.errors == len([c for c in codes if c != "empty"])


def test_a_paper_is_moved_from_the_desk_of_another(client: Client) -> None:
    issue = make_issue()
    first, second = make_entry(issue), make_entry(issue)
    response = client.post(reverse("desk:entries_up", args=[second.pk]), {"from": str(first.pk)})
    assert response["Location"] == reverse("desk:entry", args=[first.pk])
    assert [e.pk for e in issue.entries.all()] == [second.pk, first.pk]


@pytest.mark.parametrize("came_from", ["x", "-1", "9" * 30, "١٢"])
def test_a_button_whose_page_is_none_leads_to_its_own_paper(client: Client, came_from: str) -> None:
    entry = make_entry()
    response = client.post(reverse("desk:entries_down", args=[entry.pk]), {"from": came_from})
    assert response["Location"] == reverse("desk:entry", args=[entry.pk])


# ── cards ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["title_ja", "highlight", "one_liner", "summary"])
def test_each_text_is_saved_by_itself(client: Client, name: str) -> None:
    entry = make_written_entry()
    before = {f: getattr(entry, f) for f in ("title_ja", "highlight", "one_liner", "summary")}
    response = save(client, entry, **{name: "直した文です。"})
    assert response["Location"].endswith(f"#{name}")
    entry.refresh_from_db()
    now = {f: getattr(entry, f) for f in before}
    assert now == before | {name: "直した文です。"}


def test_two_cards_of_one_paper_saved_over_the_same_version_are_both_kept(client: Client) -> None:
    entry = make_written_entry()
    save(client, entry, title_ja="一人目の題")
    assert save(client, entry, highlight="二人目の見出し").status_code == 302
    entry.refresh_from_db()
    assert (entry.title_ja, entry.highlight) == ("一人目の題", "二人目の見出し")


def test_a_save_says_when_it_was(client: Client) -> None:
    entry = make_entry()
    url = reverse("desk:save_entry", args=[entry.pk])
    response = client.post(url, {"row_version": "1", "title_ja": "題"}, follow=True)
    (said,) = [str(m) for m in response.context["messages"]]
    assert re.search(r"\b\d\d:\d\d\b", said)


def test_only_the_card_with_an_error_keeps_what_was_typed(client: Client) -> None:
    entry = make_written_entry()
    response = save(client, entry, highlight="長" * 21)
    page = str(response.content.decode())
    assert response.status_code == 400
    assert "長" * 21 in card(page, "highlight") and "errorlist" in card(page, "highlight")
    assert entry.title_ja in card(page, "title_ja")
    assert "errorlist" not in card(page, "title_ja")


def test_what_was_typed_into_a_question_that_was_removed_is_shown(
    client: Client, hana: Editor
) -> None:
    question = make_question(make_entry())
    workflow.remove_question(question, by=hana)
    response = save(client, question, question="問" * 201, answer="残したい答えです。")
    assert response.status_code == 404
    assert "残したい答えです。" in str(response.content.decode())


def test_a_problem_stands_in_the_card_that_it_is_about(client: Client) -> None:
    entry = make_written_entry(summary="根拠のない文です。")
    page = desk(client, entry)
    question = entry.questions.get()
    assert "has-errors" in card(page, "summary") and 'class="error"' in card(page, "summary")
    assert 'class="error"' not in card(page, f"q{question.pk}")


def test_marks_show_as_chips_that_lead_to_their_passage(client: Client) -> None:
    entry = make_written_entry()
    question = entry.questions.get()
    spare = make_evidence(entry, SECOND, found_for=question, passage_key="p01-09")
    save_card(question, question.row_version, {"answer": "一つ目です。[^e1][^e77]"}, by=None)
    page = card(desk(client, entry), f"q{question.pk}")
    text = reverse("desk:entry_text", args=[entry.pk])
    assert f'href="{text}#p01-01"' in page and QUOTE in page
    assert re.search(r'class="chip unknown" data-key="e77"', page)
    assert re.search(rf'class="chip spare" data-key="{spare.key}"', page)


# ── proposals beside their texts ────────────────────────────────────────────────────────────────
def field_item(entry: Entry, field: str, text: str, **columns: Any) -> DraftItem:
    draft = make_draft(entry, model="m", prompt="p")
    cited = {"passage_key": "p01-01", "page": 1, "section": "1 Introduction", "quote": QUOTE}
    draft.items.all().delete()
    return DraftItem.objects.create(
        draft=draft, position=1, field=field, text=text, evidence=[cited], **columns
    )


def test_a_proposal_for_the_summary_stands_beside_the_summary(client: Client) -> None:
    entry = make_entry()
    item = field_item(entry, "summary", "提案された概要です。[^1]")
    page = desk(client, entry)
    assert f'id="item{item.pk}"' in card(page, "summary")
    assert "提案された概要です。" not in page[page.index('id="drafts"') :]


def test_a_new_answer_stands_beside_its_question_and_a_new_question_at_the_end(
    client: Client,
) -> None:
    entry = make_entry()
    question = make_question(entry, "同じ質問？", "今の答えです。")
    again = field_item(entry, "question", "新しい答え。", question="同じ質問？", target=question)
    other = DraftItem.objects.create(
        draft=again.draft, position=2, field="question", question="別の質問？", text="答え。"
    )
    page = desk(client, entry)
    assert f'id="item{again.pk}"' in card(page, f"q{question.pk}")
    assert f'id="item{other.pk}"' in page[page.index('id="drafts"') :]


def test_a_proposals_words_come_with_marks_of_the_entry_and_twice_with_the_same(
    client: Client,
) -> None:
    entry = make_entry()
    item = field_item(entry, "summary", "提案です。[^1]")
    url = reverse("desk:words", args=[item.pk])
    assert client.post(url).json() == {"text": "提案です。[^e1]"}
    assert client.post(url).json() == {"text": "提案です。[^e1]"}
    assert Evidence.objects.get().quote == QUOTE
    assert Entry.objects.get().summary == "" and not Decision.objects.exists()


def test_saving_a_text_written_from_a_proposal_decides_it(client: Client, hana: Editor) -> None:
    entry = make_entry(evidence_required=False)
    item = field_item(entry, "summary", "提案です。[^1]")
    client.post(reverse("desk:words", args=[item.pk]))
    save(client, entry, summary="提案を直しました。[^e1]", item=str(item.pk))
    decision = Decision.objects.get()
    assert decision.is_accepted and decision.decided_by == hana
    entry.refresh_from_db()
    assert entry.summary == "提案を直しました。[^e1]"
    assert entry.evidence_required  # the machine's words are shown with evidence, or not at all


@pytest.mark.parametrize("named", ["", "x", "9" * 30, "-1"])
def test_a_proposal_that_is_none_decides_nothing(client: Client, named: str) -> None:
    entry = make_entry()
    field_item(entry, "summary", "提案です。")
    assert save(client, entry, summary="文です。", item=named).status_code == 302
    assert not Decision.objects.exists()


def test_a_proposal_of_another_paper_is_not_decided(client: Client) -> None:
    item = field_item(make_entry(), "summary", "別の論文の提案です。")
    save(client, make_entry(), summary="文です。", item=str(item.pk))
    assert not Decision.objects.exists()


def test_a_save_that_clashes_decides_nothing(client: Client) -> None:
    entry = make_entry()
    item = field_item(entry, "summary", "提案です。")
    save_card(entry, 1, {"summary": "先の文。"}, by=make_editor())
    assert save(client, entry, summary="後の文。", item=str(item.pk)).status_code == 409
    assert not Decision.objects.exists()


def test_the_bank_is_listed_without_what_is_asked_already(client: Client) -> None:
    entry = make_entry()
    asked, free = BankQuestion.objects.filter(is_active=True)[:2]
    workflow.add_question(entry, asked.ja, bank_key=asked.key, by=None)
    url = reverse("desk:add_question", args=[entry.pk])
    page = str(client.get(url).content.decode())
    assert f'value="{free.key}"' in page and f'value="{asked.key}"' not in page
    client.post(url, {"bank": free.key})
    assert Question.objects.last().question == free.ja


def test_notes_stand_with_what_they_are_about(client: Client, hana: Editor) -> None:
    entry = make_entry()
    question = make_question(entry)
    Note.objects.create(issue=entry.issue, entry=entry, by=hana, text="論文への付箋")
    Note.objects.create(
        issue=entry.issue, entry=entry, question=question, by=hana, text="質問への付箋"
    )
    page = desk(client, entry)
    assert "質問への付箋" in card(page, f"q{question.pk}")
    assert page.count("質問への付箋") == 1
    assert page.index("論文への付箋") < page.index('id="questions"')


# ── the paper's text ────────────────────────────────────────────────────────────────────────────
def test_a_quote_is_marked_in_its_passage_and_leads_back_to_its_card(client: Client) -> None:
    entry = make_written_entry()
    passage = entry.version.passages.get(key="p01-01")
    entry.version.passages.filter(pk=passage.pk).update(text=f"Before it. {QUOTE} After it.")
    page = str(client.get(reverse("desk:entry_text", args=[entry.pk])).content.decode())
    assert f"<mark>{QUOTE}</mark>" in page and "Before it. <mark>" in page
    assert f'href="{reverse("desk:entry", args=[entry.pk])}#summary"' in page
    assert f"{entry.version.pdf_url}#page=1" in page


def test_overlapping_quotes_are_marked_once_and_both_are_named(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version, f"{QUOTE} {SECOND}", key="p01-01")
    make_evidence(entry, f"{QUOTE} {SECOND}")
    make_evidence(entry, SECOND)
    page = str(client.get(reverse("desk:entry_text", args=[entry.pk])).content.decode())
    assert f"<mark>{QUOTE} </mark><mark>{SECOND}</mark>" in page
    assert 'data-key="e1"' in page and 'data-key="e2"' in page


def test_a_quote_in_another_writing_marks_its_whole_passage(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version, "We searched data-\nbases.", key="p01-01")
    make_evidence(entry, "We searched databases.")
    page = str(client.get(reverse("desk:entry_text", args=[entry.pk])).content.decode())
    assert "<mark>We searched data-\nbases.</mark>" in page


def test_the_pane_is_given_the_text_alone(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version)
    url = reverse("desk:entry_text", args=[entry.pk])
    part = str(client.get(url, {"part": "1"}).content.decode())
    assert QUOTE in part and "<html" not in part
    assert "<html" in str(client.get(url).content.decode())


def test_a_paper_whose_text_has_not_come_says_so(client: Client) -> None:
    entry = make_entry()
    entry.version.passages.all().delete()
    assert client.get(reverse("desk:entry_text", args=[entry.pk])).context["sections"] == []


# ── words of the paper become evidence ──────────────────────────────────────────────────────────
def make_quote(client: Client, entry: Entry, **data: Any) -> Any:
    sent = {"quote": QUOTE, "passage": "", "card": "summary", "text": "", "caret": "0", **data}
    return client.post(reverse("desk:quote", args=[entry.pk]), sent)


def test_selected_words_become_evidence_of_the_sentence_with_the_cursor(client: Client) -> None:
    entry = make_entry()
    passage = make_passage(entry.version, f"Before it. {QUOTE} After it.", page=3)
    typed = "𠮷野家です。二つ目の文です。"  # the first sign is two units in a browser
    given = make_quote(client, entry, text=typed, caret="8", passage=passage.key).json()
    assert (given["key"], given["page"], given["quote"]) == ("e1", 3, QUOTE)
    assert typed[: given["at"]].endswith("二つ目の文です。")
    assert Entry.objects.get().summary == ""  # the field's text is saved by its own button


def test_a_question_whose_card_was_in_hand_keeps_the_quote(client: Client) -> None:
    question = make_question(make_entry())
    make_passage(question.entry.version)
    make_quote(client, question.entry, card=f"q{question.pk}")
    assert Evidence.objects.get().found_for == question


def test_words_that_do_not_stand_there_are_refused_with_the_real_ones(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version, f"Before it. {QUOTE} After it.")
    response = make_quote(client, entry, quote=QUOTE.replace("three", "nine"))
    assert response.status_code == 400 and QUOTE in response.json()["nearest"]
    assert response.json()["error"] and not Evidence.objects.exists()


def test_true_words_that_are_too_few_are_told_from_false_ones(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version, f"Before it. {QUOTE} After it.")
    with translation.override("en"):
        short = make_quote(client, entry, quote=QUOTE[:30].strip()).json()["error"]
        false = make_quote(client, entry, quote=QUOTE.replace("three", "nine")).json()["error"]
    assert f"{len(QUOTE[:30].strip())} characters" in short and "40" in short
    assert "word for word" in false and "too short" not in false


def test_a_mark_that_the_sentence_has_is_not_put_twice(client: Client) -> None:
    entry = make_entry()
    make_passage(entry.version)
    make_quote(client, entry)
    given = make_quote(client, entry, text="文です。[^e1]", caret="1").json()
    assert given["key"] == "e1" and given["at"] is None


@pytest.mark.parametrize(
    "wrong", [{"quote": ""}, {"caret": "x"}, {"caret": "-1"}, {"text": "長" * 20_001}]
)
def test_a_request_that_lacks_something_says_so(client: Client, wrong: dict[str, str]) -> None:
    entry = make_entry()
    make_passage(entry.version)
    response = make_quote(client, entry, **wrong)
    assert response.status_code == 400 and response.json()["error"]
    assert not Evidence.objects.exists()


def test_a_known_mark_is_placed_too(client: Client) -> None:
    entry = make_written_entry()
    url = reverse("desk:place", args=[entry.pk])
    given = client.post(url, {"key": "e1", "text": "一つ目。\r\n二つ目。", "caret": "6"})
    assert given.json() == {"at": 9}
    assert client.post(url, {"key": "e9", "text": "文。", "caret": "0"}).status_code == 404
    assert client.post(url, {"key": "e1", "text": "文。"}).status_code == 400


def test_lost_marks_are_offered_for_the_rewritten_sentence(client: Client) -> None:
    entry = make_entry()
    before = "著者らは三時間学習しています。[^e1][^e2]二つ目の文です。[^e3]"
    after = "著者らは三時間だけ学習しました。二つ目の文です。[^e3]"
    url = reverse("desk:lost", args=[entry.pk])
    (offer,) = client.post(url, {"before": before, "text": after}).json()["lost"]
    assert offer["keys"] == ["e1", "e2"]
    assert after[: offer["at"]].endswith("学習しました。")


# ── places and losses in a text ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("caret", "sentence"),
    [
        (0, "一つ目です。"),
        (3, "一つ目です。"),
        (6, "一つ目です。"),
        (7, "二つ目です。"),
        (99, "二つ目です。"),
    ],
)
def test_the_sentence_with_the_cursor(caret: int, sentence: str) -> None:
    found = sentence_at("一つ目です。二つ目です。", caret)
    assert found and found.text == sentence


def test_an_empty_text_has_no_sentence() -> None:
    assert sentence_at("", 0) is None
    assert sentence_at("\n\n", 1) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("文です。[^e1]", "文です。"),  # taken away on purpose
        ("文です。[^e1]", ""),  # gone with its sentence
        ("文です。[^e1]", "まったく別の長い話をここで始めましょう。"),
        ("文です。[^e1]", "文でした。[^e1]"),
        ("前の文です。[^e1]", "前の文でした。後の文です。[^e1]"),  # moved to another sentence
        ("", "新しい文です。"),
    ],
)
def test_what_was_not_rewritten_has_lost_nothing(before: str, after: str) -> None:
    assert lost_marks(before, after) == []


def test_two_sentences_made_one_are_offered_the_marks_of_both() -> None:
    before = "手法は速いです。[^e1]手法は安いです。[^e2]"
    (lost,) = lost_marks(before, "手法は速く、手法は安いです。")
    assert lost.keys == ("e1", "e2")


# ── what it costs ───────────────────────────────────────────────────────────────────────────────
def full_issue(papers: int, questions: int) -> Issue:
    """Every sentence has its own quote; a few are checked."""
    issue, people = make_issue(), make_editor()
    for _ in range(papers):
        entry = make_written_entry(issue, version=make_version(authors=("A B", "C D", "E F")))
        for n in range(questions):
            question = make_question(entry, f"質問{n}は何ですか？")
            keys = [
                make_evidence(entry, f"{QUOTE} {n}-{k}", found_for=question).key for k in range(4)
            ]
            text = "".join(
                f"これは{n}番目の質問への回答の文で、根拠が付いています。[^{k}]" for k in keys
            )
            Question.objects.filter(pk=question.pk).update(answer=text)
        claim = checks.claims_of(Entry.objects.with_cards().get(pk=entry.pk))[0]
        Check.objects.create(entry=entry, fingerprint=claim.fingerprint, checked_by=people)
        make_draft(entry)
        make_entry_job(entry, state="done")
        Note.objects.create(issue=issue, entry=entry, by=people, text="付箋")
    return issue


def test_the_desk_of_a_large_issue_asks_few_queries_and_is_small(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    issue = full_issue(papers=4, questions=12)
    url = reverse("desk:entry", args=[issue.entries.first().pk])
    client.get(url)
    with django_assert_max_num_queries(15):
        response = client.get(url)
    assert len(response.content) < 250 * 1024
    assert QUOTE not in str(response.content.decode()).split('id="source"')[1]  # comes by itself


def test_saving_an_answer_asks_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    question = full_issue(papers=2, questions=6).entries.first().questions.last()
    with django_assert_max_num_queries(30):
        assert save(client, question, question="直した？", answer="直した答え。").status_code == 302


def test_the_text_asks_the_same_number_of_queries_however_long_it_is(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    entry = full_issue(papers=1, questions=6).entries.get()
    for n in range(60):
        make_passage(entry.version, f"Sentence {n}. " * 20, section=f"{n // 10} Part")
    with django_assert_max_num_queries(10):
        client.get(reverse("desk:entry_text", args=[entry.pk]))


# ── too long ────────────────────────────────────────────────────────────────────────────────────
def test_a_line_that_is_too_long_is_refused_whole_and_never_cut(client: Client) -> None:
    entry = make_entry()
    page = client.get(reverse("desk:entry", args=[entry.pk])).content.decode()
    lines = re.findall(r'<input type="text"[^>]*>|<textarea[^>]*data-line[^>]*>', page)
    assert lines and not [line for line in lines if "maxlength" in line]
    typed = "長" * (ONE_LINER + 1)
    sent = {"row_version": entry.row_version, "one_liner": typed}
    response = client.post(reverse("desk:save_entry", args=[entry.pk]), sent)
    assert response.status_code == 400 and typed in response.content.decode()
    assert Entry.objects.get().one_liner == entry.one_liner
    asked = {"question": "問" * 201}
    response = client.post(reverse("desk:add_question", args=[entry.pk]), asked)
    assert response.status_code == 400 and asked["question"] in response.content.decode()
