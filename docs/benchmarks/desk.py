"""How long the editors' desk takes: its page, the page of its issue, and the save of one answer.

    python docs/benchmarks/desk.py
    python docs/benchmarks/desk.py --papers 10 --questions 12 --database postgres://…/postgres

Fills a database of its own (SQLite in a temporary folder, or a new one on that server, dropped in
the end) with one issue of made-up texts, each sentence with a quote, and prints the median and the
slowest time, the process's own time, queries and size of what comes back, by Django's test client:
all but the network.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg

sys.path.insert(0, str(Path(__file__).parents[2]))

SENTENCES = 4


@dataclass(frozen=True)
class Measured:
    name: str
    times: list[float]  # ms
    work: list[float]  # ms of this process alone
    queries: int
    size: int  # bytes

    def __str__(self) -> str:
        return (
            f"{self.name:28} {statistics.median(self.times):7.1f} ms (slowest "
            f"{max(self.times):6.1f}, CPU {statistics.median(self.work):6.1f})  "
            f"{self.queries:3} queries  {self.size / 1024:6.1f} KiB"
        )


@contextmanager
def database(server: str) -> Iterator[str]:
    """The address of an empty database: a file's, or of a new one on that server."""
    if not server:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/desk.sqlite3"
        return
    name = f"desk_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def fill(papers: int, questions: int) -> Any:
    """One issue whose every sentence has a quote of its own; half of them are checked."""
    from digests import checks
    from digests.models import Entry, Evidence
    from tests.factories import (
        make_draft,
        make_editor,
        make_entry,
        make_entry_job,
        make_issue,
        make_passage,
        make_question,
        make_version,
    )

    editor, issue = make_editor(is_superuser=False), make_issue()
    for p in range(papers):
        version = make_version(title=f"Paper {p} on measuring what editors wait for")
        entry = make_entry(issue, version, title_ja=f"編集者の待ち時間を測る研究 {p}")
        keys = iter(range(1, 10_000))

        def text(what: str, entry: Any = entry, version: Any = version, keys: Any = keys) -> str:
            sentences = []
            for n in range(SENTENCES):
                key = f"e{next(keys)}"
                quote = f"In {what}, round {n}, editors waited {37 + n} ms for a page of {key}."
                passage = make_passage(version, f"Before. {quote} After it comes more of the text.")
                Evidence.objects.create(
                    entry=entry, key=key, version=version, passage_key=passage.key, page=n + 1,
                    section="4 Experiments", quote=quote,
                )  # fmt: skip
                sentences.append(
                    f"{what}の第{n}回では、編集者がページを待つ時間は{37 + n} msでした。[^{key}]"
                )
            return "".join(sentences)

        entry.summary = text("the summary")
        entry.one_liner, entry.highlight = "待ち時間を測った論文です。", "待ち時間の測定"
        entry.kind = Entry.Kind.EMPIRICAL
        entry.save()
        for q in range(questions):
            make_question(entry, f"測定{q}では何がわかりましたか？", text(f"task {q}"))
        make_draft(entry)
        make_entry_job(entry, state="done")
        for claim in checks.claims_of(Entry.objects.with_cards().get(pk=entry.pk))[::2]:
            checks.check(entry, claim.fingerprint, by=editor)
    return editor, issue


def measure(name: str, act: Any, rounds: int) -> Measured:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act()
    with CaptureQueriesContext(connection) as asked:
        size = act()
    queries = len(asked)
    times, work = [], []
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        act()
        times.append(1000 * (time.perf_counter() - began))
        work.append(1000 * (time.process_time() - worked))
    return Measured(name, times, work, queries, size)


def run(papers: int, questions: int, rounds: int) -> list[Measured]:
    from django.contrib.auth.models import Group
    from django.test import Client
    from django.urls import reverse

    from digests.models import Question

    editor, issue = fill(papers, questions)
    editor.groups.set(Group.objects.filter(name="編集者"))
    client = Client()
    client.force_login(editor)
    entry = issue.entries.first()
    question = entry.questions.first()

    def get(name: str, pk: int, tail: str = "") -> Any:
        def act() -> int:
            response = client.get(reverse(f"desk:{name}", args=[pk]) + tail)
            assert response.status_code == 200, (name, response.status_code)
            return len(response.content)

        return act

    def save() -> int:
        now = Question.objects.get(pk=question.pk)
        data = {
            "row_version": str(now.row_version),
            "question": now.question,
            "answer": f"{now.answer}続きです。[^e1]"[-2000:],
        }
        response = client.post(reverse("desk:save_question", args=[now.pk]), data)
        assert response.status_code == 302, response.status_code
        return 0

    def after_save() -> int:
        save()
        return int(get("entry", entry.pk)())

    return [
        measure("desk (GET)", get("entry", entry.pk), rounds),
        measure("save of an answer (POST)", save, rounds),
        measure("save and the page after it", after_save, rounds),
        measure("text of a paper (fragment)", get("entry_text", entry.pk, "?part=1"), rounds),
        measure("issue (GET)", get("issue", issue.pk), rounds),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=10)
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    with database(asked.database) as url, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": url,
            "VAR_DIR": folder,
        }
        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        for measured in run(asked.papers, asked.questions, asked.rounds):
            print(measured)
        connections.close_all()


if __name__ == "__main__":
    main()
