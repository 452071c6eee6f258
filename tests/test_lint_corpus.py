"""The gate on our own corpus of defects and of correct Japanese (tests/data/lint)."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from digests.drafting.glossary import default_glossary
from digests.lint import SEVERITY, PaperText, QuestionText, check_issue, check_paper
from digests.rendering import Quote
from tests.lint_corpus import findings, items, score

CLEAN = items("clean_*.json")
DEFECTS = items("defects_*.json")
SAMPLE = Path(__file__).parents[1] / "digests" / "sample" / "week.json"


def test_the_corpus_is_large_and_covers_every_code() -> None:
    assert len(CLEAN) >= 250
    assert len(DEFECTS) >= 300
    assert {item["code"] for item in DEFECTS} == set(SEVERITY)


@pytest.mark.parametrize("item", CLEAN, ids=range(len(CLEAN)))
def test_correct_japanese_has_no_error_and_no_warning(item: dict[str, object]) -> None:
    assert [one for one in findings(item) if one.severity != "notice"] == []


def test_every_class_reaches_its_recall_and_precision() -> None:
    below = [
        (code, found, there, wrong)
        for code, there, found, wrong in score()
        if found < 0.9 * there or found < 0.9 * (found + wrong)
    ]
    assert below == []


def test_places_lie_within_the_stored_text() -> None:
    for item in chain(CLEAN, DEFECTS):
        for one in findings(item):
            assert one.offset >= 0
            assert one.length >= 0
            assert one.severity == SEVERITY[one.code]


def test_answers_of_many_different_questions_are_not_near_duplicates() -> None:
    asked: dict[str, str] = {}
    for item in CLEAN:
        for question, answer in item.get("pairs", [[item.get("q"), item.get("a")]]):
            if question:
                asked.setdefault(question, answer)
    paper = PaperText(
        title="A Paper",
        summary="ある技術を紹介した論文です。",
        questions=tuple(QuestionText(question, answer) for question, answer in asked.items()),
        evidence_required=False,
        needs_all_fields=False,
    )
    assert len(asked) > 150
    found = check_paper(paper, default_glossary())
    assert [one for one in found if one.code == "near-duplicate"] == []


def test_the_sample_issue_passes() -> None:
    week = json.loads(SAMPLE.read_text(encoding="utf-8"))
    papers = [_sample_paper(entry) for entry in week["entries"]]
    found = check_issue(papers, default_glossary())
    assert [one for one in found if one[1].severity != "notice"] == []


def _sample_paper(entry: dict[str, object]) -> PaperText:
    rows = entry.get("evidence", [])
    assert isinstance(rows, list)
    quotes = {
        row["key"]: Quote(row["key"], "", row["page"], row["section"], row["quote"]) for row in rows
    }
    texts: dict[str, Any] = {
        name: str(entry[name]) for name in ("title_ja", "highlight", "one_liner", "summary")
    }
    questions = entry["questions"]
    authors = entry["authors"]
    assert isinstance(questions, list)
    assert isinstance(authors, list)
    return PaperText(
        title=str(entry["title"]),
        authors=tuple(authors),
        abstract=str(entry.get("abstract", "")),
        questions=tuple(QuestionText(one["question"], one["answer"]) for one in questions),
        evidence=quotes,
        evidence_required=bool(entry["evidence_required"]),
        **texts,
    )
