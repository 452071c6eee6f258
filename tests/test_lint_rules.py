"""The gate's exceptions, places and what spans several texts."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.utils import translation

from digests.drafting.glossary import default_glossary
from digests.lint import (
    SEVERITY,
    Finding,
    Metadata,
    PaperText,
    QuestionText,
    Term,
    check_issue,
    check_paper,
)
from digests.lint.terms import english
from digests.problem_words import PROBLEMS, say_problem
from digests.rendering import Quote
from papers.fulltext import Passage

SENTENCE = "The model translates between any two of twenty languages without parallel data."
QUOTE = Quote("e1", "p01-01", 1, "1 Introduction", SENTENCE)
PASSAGE = Passage("p01-01", 1, "1 Introduction", "body", f"We start. {SENTENCE} We end.")


def judged(answer: str, question: str = "何ができますか？", **given: Any) -> list[Finding]:
    paper = PaperText(
        title="A Paper",
        summary=str(given.pop("summary", "翻訳を扱った論文です。")),
        questions=(QuestionText(question, answer),),
        evidence_required=bool(given.pop("evidence_required", False)),
        needs_all_fields=False,
        **given,
    )
    return check_paper(paper, default_glossary())


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found]


def with_evidence(answer: str) -> list[Finding]:
    return judged(
        answer,
        summary="翻訳を扱います。[^e1]",
        evidence={"e1": QUOTE},
        evidence_required=True,
    )


# ── hostile texts ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("run", ["A" + " " * 15_000, "質問" + "　" * 15_000, "TODO" * 4_000])
def test_a_run_without_end_is_read_at_once(run: str) -> None:
    """A few hundred spaces after an "A" took minutes, on each page that shows the text."""
    assert "label-left" not in codes(judged(f"{run}翻訳ができます。"))


# ── places ──────────────────────────────────────────────────────────────────────────────────────
def test_a_place_counts_marks_and_markdown_of_the_stored_text() -> None:
    answer = "**翻訳**ができます。[^e1]我々の手法です。[^e1]"
    (voice,) = [one for one in with_evidence(answer) if one.code == "voice"]
    assert answer[voice.offset : voice.offset + voice.length] == "我々"
    assert (voice.question, voice.field) == (1, "answer")


def test_a_finding_of_the_summary_has_no_question() -> None:
    found = judged("翻訳ができます。", summary="我々は翻訳を扱います。")
    assert [(one.code, one.question, one.field) for one in found] == [("voice", None, "summary")]


def test_findings_come_in_the_order_of_the_page() -> None:
    found = judged("我々は.", question="何です", summary="弊社の論文です。")
    assert [one.field for one in found] == sorted(
        (one.field for one in found), key=("summary", "question", "answer").index
    )


# ── evidence ────────────────────────────────────────────────────────────────────────────────────
def test_a_note_of_the_editors_needs_no_evidence() -> None:
    answer = "翻訳ができます。[^e1]\n\n編集者注：日本語は、あとから加えられました。"
    assert with_evidence(answer) == []


def test_a_sentence_that_leads_into_a_list_with_evidence_needs_none() -> None:
    assert with_evidence("次のことができます。\n\n- 翻訳[^e1]\n- 要約[^e1]") == []


def test_a_lead_needs_evidence_when_an_item_has_none() -> None:
    found = with_evidence("次のことができます。\n\n- 翻訳[^e1]\n- 要約")
    assert codes(found) == ["no-evidence", "no-evidence"]


def test_a_lead_may_count_the_items_of_its_list() -> None:
    three = "次の3つができます。[^e1]\n\n- 翻訳[^e1]\n- 要約[^e1]\n- 校正[^e1]"
    assert with_evidence(three) == []
    assert codes(with_evidence(three.replace("3", "4"))) == ["number-not-in-evidence"]


def test_without_evidence_numbers_and_names_are_not_judged() -> None:
    assert judged("XYZ-7は97%の文を訳せます。") == []


def test_what_looks_like_a_mark_in_code_is_none() -> None:
    assert judged("`[^e9]`と書くと、根拠を示せます。") == []


@pytest.mark.parametrize(
    ("quote", "passage_key", "expected"),
    [
        (SENTENCE, "p01-01", []),
        (SENTENCE.replace("twenty", "thirty"), "p01-01", ["quote-not-found"]),
        (SENTENCE.replace("without", "with"), "p01-01", ["quote-not-found"]),
        (SENTENCE, "p09-01", ["quote-not-found"]),
        ("without parallel data", "p01-01", ["quote-not-found"]),
    ],
)
def test_a_quote_must_stand_in_its_own_passage(
    quote: str, passage_key: str, expected: list[str]
) -> None:
    row = Quote("e1", passage_key, 1, "", quote)
    found = judged("翻訳ができます。[^e1]", evidence={"e1": row}, passages=(PASSAGE,))
    assert codes(found) == expected


def test_a_number_is_compared_with_the_quotes_of_its_own_sentence() -> None:
    evidence = {"e1": QUOTE, "e2": Quote("e2", "", 1, "", "Training took 36 hours in total.")}
    right = "20の言語を訳せます。[^e1]学習は36時間でした。[^e2]"
    wrong = "36の言語を訳せます。[^e1]学習は20時間でした。[^e2]"
    assert judged(right, evidence=evidence) == []
    assert codes(judged(wrong, evidence=evidence)) == ["number-not-in-evidence"] * 2


# ── metadata ────────────────────────────────────────────────────────────────────────────────────
def test_title_authors_and_dates_are_those_of_the_version() -> None:
    record = Metadata("A Paper", ("Ana Costa",), date(2023, 4, 3), date(2023, 4, 9))
    shown: dict[str, Any] = {
        "record": record,
        "authors": ("Ana Costa",),
        "published_on": date(2023, 4, 3),
    }
    assert judged("翻訳ができます。", **shown) == []
    shown["authors"] = ("Anna Costa",)
    shown["published_on"] = date(2023, 4, 4)
    found = judged("翻訳ができます。", **shown)
    assert [(one.code, one.field) for one in found] == [
        ("metadata", "authors"),
        ("metadata", "dates"),
    ]


# ── several texts ───────────────────────────────────────────────────────────────────────────────
def test_the_same_answer_in_two_papers_is_found_at_the_later_one() -> None:
    papers = [
        PaperText(
            title=title,
            summary=f"{title}を扱います。",
            questions=(QuestionText(f"{title}はどこで使えますか？", "工場の検査で使えます。"),),
            evidence_required=False,
            needs_all_fields=False,
        )
        for title in ("画像", "音声")
    ]
    found = [(at, one.code, one.value) for at, one in check_issue(papers)]
    assert found == [(1, "near-duplicate", "#1")]


def test_empty_head_fields_are_errors_only_where_they_are_shown() -> None:
    paper = PaperText(title="A", summary="翻訳を扱います。", evidence_required=False)
    assert [one.field for one in check_paper(paper)] == ["title_ja", "highlight", "one_liner"]


def test_a_term_that_stays_in_latin_letters_is_no_english_word() -> None:
    terms = (Term("benchmark", "ベンチマーク"), Term("LLM", "LLM"))
    paper = PaperText(
        title="A",
        summary="LLMをbenchmarkで比べます。",
        evidence_required=False,
        needs_all_fields=False,
    )
    found = check_paper(paper, terms)
    assert [(one.code, one.value) for one in found] == [
        ("untranslated", "benchmark → ベンチマーク")
    ]


# ── lists ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("- 速さの比較\n- 正しさの確認", []),
        ("- 速さを比べます。\n- 正しさを確かめます。", []),
        ("- 速さの比較\n- 正しさを確かめます。\n- 費用の見積もり", ["register"]),
        ("- 速さの違い\n- 正しさの扱い\n- 費用のねらい", []),
        ("- 速さが重要である。\n- 正しさも重要である。", ["register", "register"]),
    ],
)
def test_items_of_a_list_end_alike(items: str, expected: list[str]) -> None:
    assert codes(judged(f"次のとおりです。\n\n{items}")) == expected


# ── words ───────────────────────────────────────────────────────────────────────────────────────
def test_every_code_has_its_words_and_its_severity() -> None:
    assert set(SEVERITY) <= set(PROBLEMS)
    assert set(SEVERITY.values()) == {"error", "warning", "notice"}
    for code in SEVERITY:
        assert "%(" not in say_problem(code, "3 % of 「値」")
        assert say_problem(code, "x").strip()


def test_only_words_of_the_glossary_are_said_to_be_its() -> None:
    with translation.override("en"):
        assert say_problem("untranslated", "dataset → データセット").startswith("The glossary says")
        assert say_problem("rendering", "騙り → 幻覚").startswith("The glossary says")
        for value in ("誤差", "more and more words of it", "誤差・分析"):
            assert "glossary" not in say_problem("untranslated", value)
    (found,) = judged("平均のerrorを測っています。")
    assert (found.code, found.value) == ("untranslated", english()["error"])


def test_an_unknown_code_is_shown_rather_than_hidden() -> None:
    assert "unheard-of" in say_problem("unheard-of", "7")


def test_the_glossary_names_no_word_both_right_and_wrong() -> None:
    terms = default_glossary()
    right = {term.ja for term in terms}
    wrong = {word for term in terms for word in term.forbidden}
    assert len(terms) >= 60
    assert not right & wrong
    assert not [(ours, bad) for ours in right for bad in wrong if bad in ours]
    assert len({term.en for term in terms}) == len(terms)


def test_a_reference_in_code_to_a_local_server_is_no_dead_link() -> None:
    assert judged("`http://localhost:8080/`を開きます。") == []
    assert codes(judged("[画面](http://localhost:8080/)を開きます。")) == ["link"]


@pytest.mark.parametrize(
    "host",
    [
        *("example.com", "www.example.net", "data.example.org", "EXAMPLE.org", "example.org:8080"),
        *("lab.test", "lab.invalid", "lab.localhost", "lab.example", "a.b.example."),
    ],
)
def test_names_that_nobody_can_have_lead_nowhere_whatever_their_path(host: str) -> None:
    for path in ("", "/", "/gauge/v2", "?page=2"):
        assert codes(judged(f"[配布元](https://{host}{path})で公開されています。")) == ["link"]


@pytest.mark.parametrize(
    "host", ["example.org.uk", "myexample.com", "test.pypi.org", "latest.dev", "counterexample.io"]
)
def test_a_name_that_only_looks_like_one_of_them_leads_somewhere(host: str) -> None:
    assert judged(f"[配布元](https://{host}/gauge/v2)で公開されています。") == []


def test_what_shows_nothing_is_told_once() -> None:
    for answer in ("&nbsp;", "<br>", "\u200b", "****"):
        assert codes(judged(answer)) == ["empty"]


def test_a_question_asked_again_is_marked_and_a_copied_answer_where_it_stands() -> None:
    first = QuestionText("なぜ水位が下がるのですか？", "蒸発が雨より多い年が続いたためです。")
    again = QuestionText("水位が下がるのは、なぜでしょうか？", "上流の取水が増えたからです。")
    copied = QuestionText("湖の面積はどう変わりましたか？", first.answer)
    paper = PaperText(
        title="A Paper",
        summary="湖を調べた論文です。",
        questions=(first, again, copied),
        evidence_required=False,
        needs_all_fields=False,
    )
    found = [(one.code, one.question, one.field) for one in check_paper(paper)]
    assert found == [("near-duplicate", 2, "question"), ("near-duplicate", 3, "answer")]


def test_a_run_of_digits_without_end_costs_no_square() -> None:
    # Each digit was a start of its own, and each start read to the end: for an hour.
    assert set(codes(judged("1" * 400_000))) == {"long-sentence"}


def test_the_list_of_common_words_has_one_japanese_for_each() -> None:
    words = english()
    assert len(words) > 500
    assert all(ours and not re.search("[A-Za-z]", ours) for ours in words.values())
