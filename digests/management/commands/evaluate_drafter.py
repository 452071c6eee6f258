"""What the extractive drafter would quote from a PDF, to be judged by a person or a program."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.desk.words import WORK, say
from digests.drafting import extractive, kinds
from digests.drafting.bank import default_bank
from digests.drafting.types import DraftItem, Material
from papers.fulltext import FulltextError, extract_in_child

SHOWN = 500  # characters of a quote in the plain form


class Command(BaseCommand):
    help = "Print up to three quotes per standard question for each PDF, with page and section."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pdf", nargs="+", required=True, metavar="FILE", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        results = [_evaluated(pdf) for pdf in options["pdf"]]
        if options["json"]:
            self.stdout.write(json.dumps(results, ensure_ascii=False, indent=1))
            return
        for result in results:
            self.stdout.write(f"{result['file']}  ({result['kind']})")
            for row in result["questions"]:
                self.stdout.write(f"  {row['question']}")
                for quote in row["quotes"]:
                    place = f"p. {quote['page']}, {quote['section']}"
                    self.stdout.write(f"    - {quote['quote'][:SHOWN]}  ({place})")
            self.stdout.write(f"  left out: {', '.join(result['left_out']) or '—'}")


def _evaluated(pdf: Path) -> dict[str, Any]:
    if not pdf.is_file():
        raise CommandError(f"{pdf}: no such file")
    try:
        text = extract_in_child(pdf)
    except FulltextError as error:
        raise CommandError(f"{pdf}: {say(WORK, error.code, error.value)}") from error
    abstract = " ".join(p.text for p in text.passages if p.kind == "abstract")
    kind = kinds.guess_kind(text.title, abstract)
    material = Material(text.title, abstract, text.passages, kind)
    drafted = extractive.draft(material, default_bank())
    return {
        "file": str(pdf),
        "kind": kind,
        "questions": [_row(item) for item in drafted.items],
        "left_out": list(drafted.left_out),
    }


def _row(item: DraftItem) -> dict[str, Any]:
    return {
        "key": item.bank_key,
        "question": item.question,
        "quotes": [{"quote": c.quote, "page": c.page, "section": c.section} for c in item.evidence],
    }
