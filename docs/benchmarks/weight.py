"""How many bytes an article is with all its evidence, and what its parts take of them.

    python docs/benchmarks/weight.py
    python docs/benchmarks/weight.py --answers ARTICLE.txt --quotes 'FOLDER/*.xml'

Takes six papers of the sample issue with eleven questions each, every sentence with one quote, and
prints the page's size as it is, and compressed as readers get it: at once by the first who asks,
and once a worker has made it ready. Words that repeat compress too well, so
answers are of the tests' own texts, and of ARTICLE.txt ("Q: …", "A: …") where one is given; quotes
are English sentences of the files given, by default of the documentation that Python brings along.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import brotli
import django

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
ANSWERS, PAPERS = 66, 6
PAIR = re.compile(r"Q[:：]\s*([^\n]*)\n+A[:：]\s*(.*?)(?=\n+Q[:：]|\n\n|\Z)", re.S)
PARTS = {
    "evidence": r'<details class="grounds">.*?</details>',
    "citations": r'<details class="cite">.*?</details>',
    "facts": r'<dl class="facts">.*?</dl>',
    "COinS": r'<span class="Z3988".*?</span>',
    "JSON-LD": r'<script type="application/ld.json">.*?</script>',
    "letter links": r'<p class="to-editors">.*?</p>',
}


def answers(more: str) -> list[tuple[str, str]]:
    """The longest distinct ones."""
    found = PAIR.findall(Path(more).read_text(encoding="utf-8")) if more else []
    for path in sorted((ROOT / "tests/data/lint").glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            found += [(row["q"], row["a"])] if "q" in row else []
            found += [tuple(p[:2]) for p in row.get("pairs", []) if isinstance(p, list)]
    distinct = {answer: (question, answer) for question, answer in found}
    return sorted(distinct.values(), key=lambda pair: -len(pair[1]))[:ANSWERS]


def quotes(files: str) -> Iterator[str]:
    folder, _slash, pattern = files.rpartition("/")
    texts = [path.read_text("utf-8", "replace") for path in sorted(Path(folder).glob(pattern))]
    said = [
        text for whole in texts for text in re.findall(r"<summary>(.*?)</summary>", whole, re.S)
    ]
    sentences = re.split(r"(?<=[.])\s+", " ".join(" ".join(said or texts).split()))
    fit = list(dict.fromkeys(s for s in sentences if 60 < len(s) < 300 and s[0].isupper()))
    random.Random(1).shuffle(fit)
    return cycle(fit)


def fill(edition: Any, pairs: list[tuple[str, str]], quote: Iterator[str]) -> None:
    from digests.models import EditionPage, EditionQuestion
    from digests.rendering import render, sentences

    pages = cycle(range(1, 31))

    def evidence(entry: Any, text: str) -> list[dict[str, Any]]:
        rows = []
        for number, sentence in enumerate(sentences(text)):
            page = next(pages)
            address = f"{entry.pdf_url}#page={page}"
            rows.append(
                {"sentence": sentence.text, "quotes": [
                    {"key": f"e{number}", "page": page, "section": f"{page % 6 + 1} Method",
                     "text": next(quote), "url": address}]}
            )  # fmt: skip
        return rows

    entries = list(edition.entries.all())
    edition.entries.exclude(pk__in=[entry.pk for entry in entries[:PAPERS]]).delete()
    for at, entry in enumerate(entries[:PAPERS]):
        entry.questions.all().delete()
        entry.summary_evidence, entry.shows_evidence = evidence(entry, entry.summary), True
        entry.save()
        EditionQuestion.objects.bulk_create(
            EditionQuestion(
                entry=entry, number=n, position=n, question=question.strip()[:200], answer=answer,
                answer_html=render(answer), evidence=evidence(entry, answer),
            )
            for n, (question, answer) in enumerate(pairs[at::PAPERS], 1)
        )  # fmt: skip
    EditionPage.objects.all().delete()  # made of what the sample said


def tell(html: str) -> None:
    from django.http import HttpResponse

    from digests.public import prepared

    count = html.count("<blockquote")
    first, ready = (
        len(prepared.left_of(HttpResponse(html), is_best=best).body) for best in (False, True)
    )
    print(f"{count} quotes, {len(html.encode()):,} B; brotli: first {first:,} B, ready {ready:,} B")
    for name, pattern in PARTS.items():
        without = re.sub(pattern, "", html, flags=re.S)
        print(f"  of it {name:13} {ready - len(brotli.compress(without.encode())):6,} B")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", default="", help="a text of Q: and A: lines")
    parser.add_argument("--quotes", default=sysconfig.get_path("stdlib") + "/*.py")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings",
                       "SITE_URL": "http://localhost:8000", "LOG_LEVEL": "ERROR",
                       "PREPARED_MB": "0"}  # fmt: skip
        os.environ.pop("DATABASE_URL", None)
        django.setup()
        from django.core.management import call_command
        from django.test import Client

        from digests.models import Edition

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_sample", verbosity=0)
        edition = Edition.objects.public().get()
        fill(edition, answers(options.answers), quotes(options.quotes))
        page = Client().get(edition.get_absolute_url(), headers={"host": "localhost:8000"})
        tell(page.content.decode())


if __name__ == "__main__":
    main()
