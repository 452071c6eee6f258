"""Whether quotes stand in a PDF word for word, by command: a line of standard input each."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.desk.words import WORK, say
from digests.drafting.verify import find_quote, nearest
from papers.fulltext import FulltextError, Passage, extract_in_child


class Command(BaseCommand):
    help = (
        "Read quotes from standard input, a line each, and print for each “page<TAB>quote” where "
        "the PDF holds it word for word, else “-<TAB>quote<TAB>nearest real wording” (empty when "
        "nothing is near). Exit status 0 either way, 1 when the PDF or the input can't be read."
    )

    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pdf", metavar="FILE", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        passages = _passages(options["pdf"])
        try:
            for line in sys.stdin.buffer:
                quote = line.decode("utf-8-sig").strip()
                if quote:
                    self.stdout.write(_judged(quote, passages))
        except UnicodeDecodeError as error:
            raise CommandError("standard input: not UTF-8 text") from error


def _passages(pdf: Path) -> Sequence[Passage]:
    if not pdf.is_file():
        raise CommandError(f"{pdf}: no such file")
    try:
        return extract_in_child(pdf).passages
    except (FulltextError, OSError) as error:
        code = error.code if isinstance(error, FulltextError) else "broken"
        raise CommandError(f"{pdf}: {say(WORK, code)}") from error


def _judged(quote: str, passages: Sequence[Passage]) -> str:
    found = find_quote(quote, passages)
    if found:
        return f"{found.page or ''}\t{quote}"
    near = nearest(quote, passages)
    return f"-\t{quote}\t{' '.join(near[1].split()) if near else ''}"
