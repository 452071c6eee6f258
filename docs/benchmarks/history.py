"""How long history takes for an issue of 10 papers with 66 questions: reading it, comparing, and
restoring all of it; and the diff of the longest texts.

    python manage.py shell < docs/benchmarks/history.py

It works in a transaction that it undoes.
"""

import random
from datetime import date
from statistics import median
from time import perf_counter

from django.db import transaction
from django.utils import timezone

from digests import history, restoring, workflow
from digests.cards import save_card
from digests.differences import pieces_of
from digests.models import Editor, Entry, Issue, Question, Source
from papers import ingest

ROUNDS = 7
WORDS = ["提案手法", "学習", "データ", "用いて", "精度", "高い", "こと", "示す", "モデル", "推論"]
WORDS += ["GPT-4", "0.5", *"はをがの。、"]


def text(length, seed):
    chance, words = random.Random(seed), ""
    while len(words) < length:
        words += chance.choice(WORDS)
    return words[:length]


def timed(name, act):
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        act()
        times.append(1000 * (perf_counter() - start))
    print(f"{name:<48} {median(times):7.1f} ms")


def make_issue(by):
    source = Source.objects.get_or_create(key="benchmark", defaults={"name": "benchmark"})[0]
    issue = Issue.objects.create(
        source=source, slug="benchmark", first_on=date(2001, 1, 1), last_on=date(2001, 1, 7)
    )
    for n in range(10):
        paper = ingest.paper_for(f"0101.{n + 1:04}")
        entry = workflow.add_entry(issue, paper)
        save_card(entry, 1, {"title_ja": f"論文{n}", "summary": text(600, n)}, by=by)
        for m in range(7 if n < 6 else 6):
            question = workflow.add_question(entry, f"質問{m}？", by=by)
            save_card(question, 1, {"answer": text(300, 100 * n + m)}, by=by)
    return issue


def change_all(issue, by):
    for entry in Entry.objects.filter(issue=issue):
        changed = {"summary": entry.summary + "足した文です。"}
        save_card(entry, entry.row_version, changed, by=by)
    for question in Question.objects.filter(entry__issue=issue):
        changed = {"answer": question.answer + "足した文です。"}
        save_card(question, question.row_version, changed, by=by)


with transaction.atomic():
    by = Editor.objects.create(username="benchmark")
    issue = make_issue(by)
    moment = timezone.now()
    change_all(issue, by)
    print("questions", Question.objects.filter(entry__issue=issue).count())
    timed("every revision of the issue", lambda: history.revisions_of(issue))
    timed("the issue as of a moment", lambda: history.at(issue, moment))
    timed("what restoring would change", lambda: restoring.plan(issue, moment))
    times = []
    for _ in range(ROUNDS):
        token = restoring.token_of(issue)
        start = perf_counter()
        restoring.restore(issue, moment, by=by, token=token)
        times.append(1000 * (perf_counter() - start))
        change_all(issue, by)
    print(f"{'restoring 10 papers and all their questions':<48} {median(times):7.1f} ms")
    transaction.set_rollback(True)
old, new = text(20_000, 1), text(20_000, 2)
timed("diff of 20,000 characters, rewritten", lambda: pieces_of(old, new))
timed("diff of 20,000 characters, one word", lambda: pieces_of(old, old.replace("精度", "性能", 1)))
