"""The items of tests/data/lint as papers, and how the gate does on them by class.

`python -m tests.lint_corpus` prints recall and precision of every code, and what was missed.
An item of defects_*.json has one `code`; `also` names codes that it may fire besides.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from digests.drafting.glossary import default_glossary
from digests.lint import Finding, Metadata, PaperText, QuestionText, check_issue
from digests.rendering import Quote
from papers.fulltext import Passage

FOLDER = Path(__file__).parent / "data" / "lint"
Item = dict[str, Any]


def items(pattern: str) -> list[Item]:
    """The items of the files that match, in order of name."""
    rows: list[Item] = []
    for path in sorted(FOLDER.glob(pattern)):
        rows += json.loads(path.read_text(encoding="utf-8"))
    return rows


def papers_of(item: Item) -> list[PaperText]:
    if "papers" in item:
        return [_paper({"pairs": pairs}) for pairs in item["papers"]]
    return [_paper(item)]


def _paper(item: Item) -> PaperText:
    pairs = item.get("pairs") or ([[item["q"], item["a"]]] if "q" in item else [])
    evidence = item.get("evidence", {})
    passage = item.get("passage", "")
    return PaperText(
        title=item.get("title", "A Paper of the Test Corpus"),
        authors=tuple(item.get("authors", ())),
        title_ja=item.get("title_ja", ""),
        highlight=item.get("highlight", ""),
        one_liner=item.get("one_liner", ""),
        summary=item.get("summary", _summary(evidence)),
        questions=tuple(QuestionText(q, a, n) for n, (q, a) in enumerate(pairs, 1)),
        evidence={k: Quote(k, "p01-01", 1, "1 Test", text) for k, text in evidence.items()},
        passages=(Passage("p01-01", 1, "1 Test", "body", passage),) if passage else (),
        evidence_required=bool(evidence),
        needs_all_fields=False,
        published_on=_day(item),
        record=_record(item),
    )


def _summary(evidence: dict[str, str]) -> str:
    """A summary for items that are a question: correct, and with evidence where there is some."""
    return "ある技術を紹介した論文です。" + "".join(f"[^{key}]" for key in list(evidence)[:1])


def _day(item: Item) -> date | None:
    return date.fromisoformat(item["published"]) if "published" in item else None


def _record(item: Item) -> Metadata | None:
    given = item.get("record")
    return given and Metadata(given["title"], tuple(given["authors"]), _day(given))


def findings(item: Item) -> list[Finding]:
    return [found for _, found in check_issue(papers_of(item), default_glossary())]


def codes(item: Item) -> set[str]:
    return {found.code for found in findings(item)}


def score() -> Iterator[tuple[str, int, int, int]]:
    """For each code: items that have it, those found, and items on which it fired wrongly."""
    wrong: Counter[str] = Counter()
    there: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for item in [*items("defects_*.json"), *items("clean_*.json")]:
        fired = codes(item)
        code = item.get("code", "")
        there[code] += 1
        found[code] += code in fired
        for other in fired - {code, *item.get("also", ())}:
            wrong[other] += 1
    for code in sorted({*there, *wrong} - {""}):
        yield code, there[code], found[code], wrong[code]


def main() -> None:
    for code, there, found, wrong in score():
        recall = found / there if there else 1.0
        precision = found / (found + wrong) if found + wrong else 1.0
        print(f"{code:24} {found:3}/{there:<3} recall {recall:.2f} precision {precision:.2f}")
    for item in [*items("defects_*.json"), *items("clean_*.json")]:
        expected = {item["code"]} if "code" in item else set()
        fired = codes(item)
        for missed in expected - fired:
            print("MISSED", missed, item)
        for extra in fired - expected - set(item.get("also", ())):
            places = [(f.field, f.offset, f.length, f.value) for f in findings(item)
                      if f.code == extra]  # fmt: skip
            print("WRONG", extra, places, item)


if __name__ == "__main__":
    main()
