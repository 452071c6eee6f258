"""The gate on whole articles by writers who had not seen its rules (tests/data/articles)."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

FOLDER = Path(__file__).parent / "data" / "articles"
Place = tuple[int, int | None, str]  # paper, question, field
pytestmark = pytest.mark.django_db


def judged(name: str) -> list[dict[str, Any]]:
    """What `lint_text --json` prints; it ends with 1 where there are errors."""
    out = StringIO()
    with suppress(SystemExit):
        call_command("lint_text", str(FOLDER / name), "--json", stdout=out)
    rows: list[dict[str, Any]] = json.loads(out.getvalue())
    return rows


def place_of(row: dict[str, Any]) -> Place:
    return row["paper"], row["question"], row["field"]


def faults_of(number: int) -> dict[Place, str]:
    rows = json.loads((FOLDER / f"{number}_labels.json").read_text(encoding="utf-8"))
    return {(paper, question, field): code for paper, question, field, code in rows}


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_a_clean_article_has_no_error_and_no_warning(number: int) -> None:
    found = judged(f"{number}_clean.json")
    assert [row for row in found if row["severity"] != "notice"] == []


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_of_a_careless_article_no_class_misses_more_than_one(number: int) -> None:
    faults, found = faults_of(number), judged(f"{number}_careless.json")
    marked = {(*place_of(row), row["code"]) for row in found}
    missed = Counter(code for place, code in faults.items() if (*place, code) not in marked)
    assert [code for code, times in missed.items() if times > 1] == []
    assert missed.total() <= 0.02 * len(faults)
    false = [row for row in found if place_of(row) not in faults and row["severity"] != "notice"]
    assert len(false) <= 1
