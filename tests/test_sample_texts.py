"""The sample's texts: good Japanese in `week.json`, and evidence that stands in our own paper."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digests.drafting.verify import MIN_CHARACTERS, find_quote
from digests.rendering import sentences
from papers.fulltext import Passage, Text, extract

SAMPLE = Path(__file__).parent.parent / "digests" / "sample"
PDF = SAMPLE.parent / "static" / "digests" / "sample" / "evidence-that-stands.pdf"
WEEK: dict[str, Any] = json.loads((SAMPLE / "week.json").read_text(encoding="utf-8"))
PAPER: dict[str, Any] = json.loads((SAMPLE / "paper.json").read_text(encoding="utf-8"))
ENTRIES: list[dict[str, Any]] = WEEK["entries"]
OWN: dict[str, Any] = ENTRIES[-1]

MARK = re.compile(r"\[\^(e\d+)\]")
POLITE = re.compile(r"(です|ます|ました|でした|ません)。$")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
LATIN = re.compile("[A-Za-z]+")
JAPANESE = r"[\u3040-\u30ff\u3400-\u9fff々]"
FORBIDDEN = {
    "a full stop or comma of another kind": r"[．，｡､]",
    "a half-width question or exclamation mark": r"[?!]",
    "a full-width digit or letter": r"[０-９Ａ-Ｚａ-ｚ％]",
    "a space between scripts": rf"{JAPANESE}[ \u3000]|(?<![-\n])[ \u3000]{JAPANESE}",
    "a wave dash": r"[〜～]",
    "a half-width bracket or colon beside Japanese": rf"{JAPANESE}[():]",
    "a control or zero-width character": r"[\u0000-\u0009\u000b-\u001f\u200b-\u200f\ufeff\ufffd]",
    "a wordy phrase": "することができ",
    "a voice that is not the digest's": "我々|私たち|弊社|当社|あなた",
    "words on how it was made": "この文脈では|会話では|記事には|提供された情報",
    "a non-answer": "記載されていません|提供されていません|明らかではありません",
    "an unseen reference": r"[表図]\d|付録",
    "a label at the start": r"^(?:[QA]:|\d+\.)",
    "six English words in a row": r"(?:[A-Za-z]+ ){5}[A-Za-z]+",
}


def _texts() -> list[tuple[str, str]]:
    """Every Japanese text of the week with its place, marks and addresses taken out."""
    texts = [("introduction", WEEK["introduction"])]
    for number, entry in enumerate(ENTRIES, 1):
        for field in ("title_ja", "highlight", "one_liner", "summary"):
            texts.append((f"{number} {field}", entry[field]))
        for place, item in enumerate(entry["questions"], 1):
            texts.append((f"{number} question {place}", item["question"]))
            texts.append((f"{number} answer {place}", item["answer"]))
    return [(place, re.sub(r"\]\(https://[^)]+\)", "]", MARK.sub("", t))) for place, t in texts]


TEXTS = _texts()
PROSE = [(p, t) for p, t in TEXTS if re.search("introduction|one_liner|summary|answer", p)]
ANSWERS = [(p, t) for p, t in TEXTS if "answer" in p]
OWN_TEXTS = [OWN["summary"], *(item["answer"] for item in OWN["questions"])]
OWN_SENTENCES = [sentence for text in OWN_TEXTS for sentence in sentences(text)]
QUOTES = {row["key"]: row["quote"] for row in OWN["evidence"]}


def _paragraphs() -> list[tuple[str, str]]:
    """Heading and text of each paragraph of our own paper, the abstract first."""
    return [("Abstract", PAPER["abstract"])] + [
        (section["heading"], " ".join(filter(None, (block.get("lead"), block["text"]))))
        for section in PAPER["sections"]
        for block in section["blocks"]
        if "text" in block
    ]


def _grams(text: str) -> set[str]:
    plain = re.sub(r"[^\w]", "", text)
    return {plain[i : i + 6] for i in range(len(plain) - 5)}


def _overlap(one: str, other: str) -> float:
    shared = _grams(one) & _grams(other)
    return len(shared) / max(1, min(len(_grams(one)), len(_grams(other))))


@pytest.fixture(scope="module")
def extracted() -> Text:
    return extract(PDF, title=PAPER["title"])


# The week


def test_the_week_is_one_of_seven_days() -> None:
    first, last = date.fromisoformat(WEEK["first_on"]), date.fromisoformat(WEEK["last_on"])
    assert (first, (last - first).days) == (date(2023, 4, 3), 6)


def test_six_papers_of_arxiv_come_in_the_order_of_the_editor_and_our_own_last() -> None:
    picked = ["2303.18223", "2304.01196", "2304.03277", "2304.03279", "2304.01228", "2304.01373"]
    assert [entry["arxiv_id"] for entry in ENTRIES[:-1]] == picked
    assert [entry["external"] for entry in ENTRIES] == [False] * 6 + [True]


@pytest.mark.parametrize("entry", ENTRIES[:-1], ids=lambda entry: entry["arxiv_id"])
def test_a_paper_of_arxiv_brings_facts_and_neither_abstract_nor_evidence(
    entry: dict[str, Any],
) -> None:
    assert entry["pdf_url"] == f"https://arxiv.org/pdf/{entry['arxiv_id']}v{entry['version']}"
    assert date.fromisoformat(entry["published"]) <= date.fromisoformat(entry["updated"])
    assert entry["authors"] and entry["categories"] and "abstract" not in entry
    assert entry["evidence_required"] is False and "evidence" not in entry
    assert "[^" not in json.dumps(entry, ensure_ascii=False)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["title"][:20])
def test_fields_keep_their_lengths(entry: dict[str, Any]) -> None:
    assert entry["kind"] in {"method", "resource", "empirical", "survey", "theory"}
    assert 0 < len(entry["title_ja"]) <= 40 and "。" not in entry["title_ja"]
    assert 0 < len(entry["highlight"]) <= 20
    assert not re.search("(です|ます|する|した)$|[。、]", entry["highlight"])
    assert len(entry["one_liner"]) <= 60 and entry["one_liner"].count("。") == 1
    assert 3 <= entry["summary"].count("。") <= 5
    assert 3 <= len(entry["questions"]) <= 5


def test_the_introduction_has_two_sentences_and_says_that_it_is_a_sample() -> None:
    assert WEEK["introduction"].count("。") == 2
    assert "見本" in WEEK["introduction"]


def test_some_answer_has_a_list_and_some_answer_has_a_link() -> None:
    answers = [item["answer"] for entry in ENTRIES for item in entry["questions"]]
    assert any("\n\n- " in answer for answer in answers)
    links = [link for answer in answers for link in re.findall(r"\]\(([^)]+)\)", answer)]
    known = {f"https://arxiv.org/abs/{e['arxiv_id']}v{e['version']}" for e in ENTRIES[:-1]}
    assert links and set(links) <= known


# The Japanese


@pytest.mark.parametrize(("place", "text"), TEXTS, ids=[place for place, _ in TEXTS])
def test_a_text_has_nothing_that_the_gate_would_mark(place: str, text: str) -> None:
    found = {why: m.group() for why, rule in FORBIDDEN.items() if (m := re.search(rule, text))}
    assert found == {}
    assert all(text.count(a) == text.count(b) for a, b in ("「」", "（）", "『』", "[]"))
    assert text == text.strip()


@pytest.mark.parametrize(("place", "text"), PROSE, ids=[place for place, _ in PROSE])
def test_every_sentence_is_polite_and_short(place: str, text: str) -> None:
    prose = [sentence.text for sentence in sentences(text) if sentence.kind == "prose"]
    assert prose
    assert [sentence for sentence in prose if not POLITE.search(sentence)] == []
    assert [sentence for sentence in prose if len(sentence) >= 100] == []


@pytest.mark.parametrize(("place", "text"), ANSWERS, ids=[place for place, _ in ANSWERS])
def test_items_of_a_list_end_alike_in_a_noun(place: str, text: str) -> None:
    items = [sentence.text for sentence in sentences(text) if sentence.kind == "item"]
    assert len(items) != 1
    assert [item for item in items if re.search("。|(です|ます|する|した)$", item)] == []


def test_questions_end_in_a_question_mark_and_differ() -> None:
    questions = [item["question"] for entry in ENTRIES for item in entry["questions"]]
    assert [q for q in questions if not q.endswith("？") or q.count("？") != 1] == []
    assert len(set(questions)) == len(questions)


def test_no_answer_repeats_another_answer_or_its_own_question() -> None:
    pairs = [(a, b) for i, (a, _) in enumerate(ANSWERS) for b, _ in ANSWERS[:i]]
    text = dict(ANSWERS)
    assert [(a, b) for a, b in pairs if _overlap(text[a], text[b]) > 0.25] == []
    items = [item for entry in ENTRIES for item in entry["questions"]]
    assert [i for i in items if _overlap(i["question"], i["answer"]) > 0.5] == []


# Our own paper and its evidence


def test_the_entry_has_the_metadata_of_our_own_paper() -> None:
    fields = ("title", "authors", "published", "abstract")
    assert {f: OWN[f] for f in fields} == {f: PAPER[f] for f in fields}
    assert OWN["evidence_required"] is True
    assert OWN["pdf"] == PDF.name and PDF.is_file()


def test_every_sentence_of_our_own_entry_carries_a_mark() -> None:
    assert len(OWN_SENTENCES) > 10
    assert [sentence.text for sentence in OWN_SENTENCES if not sentence.marks] == []


def test_every_mark_has_its_row_and_every_row_is_used() -> None:
    keys = [row["key"] for row in OWN["evidence"]]
    assert len(set(keys)) == len(keys)
    assert {mark for sentence in OWN_SENTENCES for mark in sentence.marks} == set(keys)


def test_every_number_of_a_sentence_stands_in_its_quotes() -> None:
    for sentence in OWN_SENTENCES:
        quoted = {n for mark in sentence.marks for n in NUMBER.findall(QUOTES[mark])}
        assert set(NUMBER.findall(sentence.text)) <= quoted, sentence


def test_every_latin_name_of_a_sentence_stands_in_its_quotes() -> None:
    for sentence in OWN_SENTENCES:
        quoted = {name for mark in sentence.marks for name in LATIN.findall(QUOTES[mark])}
        assert set(LATIN.findall(sentence.text)) <= quoted, sentence


@pytest.mark.parametrize("row", OWN["evidence"], ids=lambda row: row["key"])
def test_a_quote_stands_once_in_the_section_that_it_names(row: dict[str, Any]) -> None:
    assert len(re.sub(r"[\s-]", "", row["quote"])) >= MIN_CHARACTERS
    assert [h for h, text in _paragraphs() if row["quote"] in text] == [row["section"]]


@pytest.mark.parametrize("row", OWN["evidence"], ids=lambda row: row["key"])
def test_a_quote_stands_in_the_pdf_on_the_page_that_it_names(
    row: dict[str, Any], extracted: Text
) -> None:
    passage = find_quote(row["quote"], [p for p in extracted.passages if p.page is not None])
    assert passage is not None
    assert (passage.page, passage.section) == (row["page"], row["section"])
    assert passage.kind == "body"


def test_the_pdf_reads_as_two_to_four_pages_without_hidden_text(extracted: Text) -> None:
    assert 2 <= extracted.pages <= 4
    assert extracted.hidden == ()
    references = [p.text for p in extracted.passages if p.kind == "references"]
    assert "Levenshtein" in " ".join(references)


# The paper's own arithmetic


def _edit_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, row = row, [i]
        for j, right in enumerate(other, 1):
            row.append(min(row[-1] + 1, before[j] + 1, before[j - 1] + (left != right)))
    return row[-1]


def test_the_worked_example_is_reckoned_right() -> None:
    text = " ".join(text for _, text in _paragraphs())
    found = re.search(r'invented sentence "([^"]+)"', text)
    assert found is not None
    whole = found.group(1)
    variants = [
        whole,
        whole.replace("collections", "collec-tions"),
        whole.replace("84", "48"),
        whole.replace("was", "was not"),
    ]
    distances = [_edit_distance(whole, variant) for variant in variants]
    lengths = [max(len(whole), len(variant)) for variant in variants]
    scores = [f"{100 * (1 - d / n):.1f}" for d, n in zip(distances, lengths, strict=True)]
    tables = [b["table"] for s in PAPER["sections"] for b in s["blocks"] if "table" in b]
    source = Passage(key="p01-01", page=1, section="", kind="body", text=whole)
    strict = ["accept" if find_quote(variant, [source]) else "refuse" for variant in variants]
    assert [(row[1], row[2], row[4]) for row in tables[0]["rows"]] == [
        (str(d), score, word) for d, score, word in zip(distances, scores, strict, strict=True)
    ]


def test_the_figures_of_the_results_agree_with_each_other() -> None:
    text = " ".join(text for _, text in _paragraphs())
    assert int(re.findall(r"holds ([\d,]+) quotes", text)[0].replace(",", "")) == 354 + 1346
    assert [n for n in range(355) if f"{100 * n / 354:.1f}" == "99.7"] == [353]  # all but one
    assert "all but one of them" in text
    # No success in n independent draws: the rate p with (1 - p)^n = 0.05 is the 95% bound.
    assert 0.0022 < 1 - 0.05 ** (1 / 1346) < 0.0023 and "below 0.23% with 95%" in text


def test_the_pdf_is_what_its_text_builds() -> None:
    # fpdf2 is a tool for developers; a machine that only runs the project does not have it.
    pytest.importorskip("fpdf", reason="fpdf2 is not installed, so the PDF is not built again")
    from digests.sample.build_paper import build

    assert build(PAPER) == PDF.read_bytes()
