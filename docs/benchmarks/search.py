"""How complete and how fast the readers' search is.

    python docs/benchmarks/search.py --issues 1000
    python docs/benchmarks/search.py --issues 10000 --database postgres://postgres@127.0.0.1/postgres

Fills a database of its own (SQLite in a temporary folder, or a new one on that server, dropped in
the end) with issues of six papers of made-up text, as long as real ones, asks for words of every
kind, and prints recall, p50 and p99. Recall is measured against looking for the words in every
text: of the newest 100 papers that have them, how many were found.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import secrets
import statistics
import sys
import tempfile
import time
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import django
import psycopg

sys.path.insert(0, str(Path(__file__).parents[2]))

PAPERS, QUESTIONS, SENTENCES = 6, 10, 4
FIRST = date(1830, 1, 4)  # 10,000 weeks before 2021


def _words(text: str) -> list[str]:
    return text.split()


TERMS = _words("""
強化学習 言語モデル 大規模言語モデル 事前学習 評価指標 画像生成 拡散モデル 注意機構 機械翻訳
微調整 蒸留 データ データセット ベンチマーク サーバー パラメーター パラメータ
インターフェース ユーザー エージェント トークン 推論 学習率 勾配降下法 自己教師あり学習
対照学習 転移学習 少数事例学習 文脈内学習 知識グラフ 質問応答 要約 感情分析 音声認識
物体検出 領域分割 点群 動画理解 ロボット 制御 計画 探索 プロンプト 整合 報酬モデル
人間の選好 安全性 頑健性 公平性 解釈可能性 幻覚 検索拡張生成 埋め込み 量子化 枝刈り
混合専門家 長い文脈 メモリ メモリー コンピュータビジョン コンピュータービジョン 符号化器
復号器 GPT-4 LLM LLaMA BERT Transformer CLIP RLHF CNN GAN NeRF
""")
SHAPES = _words("""
{}を用いて{}を改善する方法を提案しています。
{}と{}の関係を実験で調べました。
{}では、{}の性能が従来の手法を上回りました。
この研究は{}に関する{}の限界を示しています。
著者らは{}を{}に応用し、計算量を減らしています。
{}が不足しているため、{}の評価は今後の課題です。
{}の設定では{}をそのまま使えます。
具体的には、{}を三つの段階に分けて{}を行います。
""")
ENGLISH = _words("""
language model learning reinforcement large deep neural network attention transformer image
diffusion generation policy agent benchmark evaluation efficient training scaling alignment
reward human feedback knowledge graph reasoning retrieval multimodal vision segment speech
robust graph
""")
GIVEN = _words("""
Aiko Ben Chen Dan Émile Fatima Grace Hiro Ivan José Kyle Lin Mei Noah Olga Wei Yun Zoë
""")
CATEGORIES = _words("""
cs.CL cs.LG cs.AI cs.CV stat.ML cs.RO eess.AS
""")
SYLLABLES = _words("""
ka to mi ran bel cor dex fin gar hol jun lam nor pel quo ris sul tev wyn zar
""")
ASKS = ("{}とは何ですか？", "{}はどう評価しましたか？", "なぜ{}が必要ですか？", "{}の限界は？")
WORD = re.compile(r"[^\W\d_\u3005-\u9fff]+|\d+")
WORDS = ("english", "english words", "name")  # asked for word by word


class Zipf:
    """Words of which the n-th is chosen 1/n as often as the first."""

    def __init__(self, words: list[str], chance: random.Random) -> None:
        self.words, self.chance = words, chance
        self.weights = list(accumulate(1 / n for n in range(1, len(words) + 1)))

    def __call__(self) -> str:
        return self.words[bisect(self.weights, self.chance.random() * self.weights[-1])]


@dataclass(frozen=True)
class Made:
    """A paper of an issue, as an edition has it."""

    number: int
    title: str
    title_ja: str
    authors: list[str]
    codes: list[str]
    passages: list[list[object]]

    @property
    def arxiv_id(self) -> str:
        return f"{1000 + self.number // 90_000:04}.{self.number % 90_000 + 10_000:05}"

    @property
    def texts(self) -> list[str]:
        said = [f"{question}\n{text}" for _n, question, text in self.passages]
        return [self.title, self.title_ja, *self.authors, f"{self.arxiv_id}v1", *said]


def papers(count: int) -> Iterator[Made]:
    """The same ones each time."""
    chance = random.Random(7)
    kanji = [chr(c) for c in range(0x5000, 0x9000, 7)]
    compounds = [
        "".join(chance.choices(kanji, k=chance.choice((2, 2, 3, 4)))) for _ in range(20_000)
    ]
    invented = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(5_000)]
    term, english = Zipf(TERMS + compounds, chance), Zipf(ENGLISH + invented, chance)
    surname = Zipf([word.title() for word in invented], chance)

    def text() -> str:
        return "".join(chance.choice(SHAPES).format(term(), term()) for _ in range(SENTENCES))

    for number in range(count):
        yield Made(
            number=number,
            title=" ".join(english().title() for _ in range(chance.randint(4, 10))),
            title_ja=f"{term()}による{term()}"[:40],
            authors=[f"{chance.choice(GIVEN)} {surname()}" for _ in range(chance.randint(1, 12))],
            codes=chance.sample(CATEGORIES, k=2),
            passages=[
                [0, "", text() + text()],
                *([n, chance.choice(ASKS).format(term()), text()] for n in range(1, QUESTIONS + 1)),
            ],
        )


@dataclass
class Asked:
    """A query and the ids of the papers that have it, oldest first."""

    text: str
    kind: str
    having: list[int] = field(default_factory=list)


def questions() -> list[Asked]:
    """Frequent, common and rare words, and parts of the texts as they stand there."""
    chance = random.Random(11)
    sample = list(islice(papers(200), 200))
    asked = [Asked(word, "term") for word in TERMS]
    asked += [Asked(word, "english") for word in ENGLISH[:12]]
    for paper in chance.sample(sample, 12):
        said = "".join(str(text) for _n, _q, text in paper.passages).split("。")
        words = paper.title.split()
        asked.append(Asked(" ".join(words[:2]), "english words"))
        asked.append(Asked(words[-1], "english"))
        asked.append(Asked(paper.authors[0], "name"))
        asked.append(Asked(paper.arxiv_id, "id"))
        for length in (1, 2, 3, 4, 6, 9):
            sentence = chance.choice([s for s in said if len(s) > 12])
            start = chance.randrange(len(sentence) - length)
            part = sentence[start : start + length]
            if not set(part) & set("、-") and not any(c.isascii() for c in part):
                asked.append(Asked(part, f"part of {length}"))
    return list({one.text: one for one in asked}.values())


# ── a database of its own ───────────────────────────────────────────────────────────────────────
@contextmanager
def scratch(url: str) -> Iterator[str]:
    if not url:
        yield ""
        return
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            django.db.connections.close_all()
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def fill(issues: int, asked: list[Asked], *, batch: int = 250) -> None:
    # Here and below: models can be imported only after Django was set up on the chosen database.
    from digests.models import Source

    source = Source.objects.create(key="benchmark", name="benchmark")
    made = papers(issues * PAPERS)
    for first in range(0, issues, batch):
        count = min(batch, issues - first)
        _fill_batch(source, first, list(islice(made, count * PAPERS)), asked)


def _fill_batch(source: object, first: int, made: list[Made], asked: list[Asked]) -> None:
    from django.db import transaction

    from digests import search_index, search_text
    from digests.models import Edition, EditionEntry, Issue, SearchDocument
    from papers.models import Paper, Version

    now = datetime(2021, 1, 1, tzinfo=UTC)
    weeks = [FIRST + timedelta(weeks=first + n) for n in range(len(made) // PAPERS)]
    with transaction.atomic():
        issues = Issue.objects.bulk_create(
            Issue(source=source, slug=day.isoformat(), first_on=day, last_on=day, state="published")
            for day in weeks
        )
        editions = Edition.objects.bulk_create(
            Edition(issue=issue, number=1, published_at=now, first_published_at=now,
                    slug=issue.slug, first_on=issue.first_on, last_on=issue.last_on, title="")
            for issue in issues
        )  # fmt: skip
        for issue, edition in zip(issues, editions, strict=True):
            issue.current_edition = edition
        Issue.objects.bulk_update(issues, ["current_edition"])
        rows = Paper.objects.bulk_create(Paper(arxiv_id=m.arxiv_id, slug=m.arxiv_id) for m in made)
        versions = Version.objects.bulk_create(
            Version(paper=row, number=1, title=m.title, published_at=now, updated_at=now)
            for row, m in zip(rows, made, strict=True)
        )
        entries = EditionEntry.objects.bulk_create(
            EditionEntry(
                edition=editions[n // PAPERS], position=n % PAPERS + 1, paper=version.paper,
                version=version, slug=m.arxiv_id, kind="method", title=m.title,
                title_ja=m.title_ja, highlight=m.title_ja[:20], one_liner="", authors=m.authors,
                categories=[{"code": c} for c in m.codes], published_on=now, updated_on=now,
                arxiv_id=m.arxiv_id, summary="", summary_html="",
            )
            for n, (version, m) in enumerate(zip(versions, made, strict=True))
        )  # fmt: skip
        documents = []
        for entry, m in zip(entries, made, strict=True):
            day = entry.edition.first_on
            head = [m.title_ja, m.title, f"{m.arxiv_id}v1", *m.authors]
            body = [f"{question}\n{text}" for _n, question, text in m.passages]
            document = search_text.document(head, body, search_index.facts(day, m.codes))
            pk = search_index.document_id(day, entry.edition_id, entry.position)
            documents.append(
                SearchDocument(id=pk, entry=entry, categories=m.codes, passages=m.passages,
                               tokens=search_index.stored(document))
            )  # fmt: skip
            _note(asked, m, pk)
        SearchDocument.objects.bulk_create(documents)


def _note(asked: list[Asked], made: Made, pk: int) -> None:
    """Look for every query in the paper's own texts, without any index."""
    texts = "\n".join(made.texts).lower()
    words, bare = set(WORD.findall(texts)), texts.replace("ー", "")
    for one in asked:
        text = one.text.lower()
        if one.kind in WORDS:
            has = all(word in words for word in WORD.findall(text))
        else:
            has = text in texts or (one.kind == "term" and text.replace("ー", "") in bare)
        if has:
            one.having.append(pk)


# ── measuring ───────────────────────────────────────────────────────────────────────────────────
def measure(asked: list[Asked], repeats: int) -> None:
    from digests import search_index
    from digests.search_text import parse

    recall: dict[str, list[float]] = {}
    taken: dict[str, list[float]] = {}
    for one in asked:
        query = parse(one.text)
        for newest_first in (True, False):
            search_index.find(query, newest_first=newest_first)
            for _n in range(repeats):
                start = time.perf_counter()
                found = search_index.find(query, newest_first=newest_first)
                taken.setdefault(one.text, []).append((time.perf_counter() - start) * 1000)
            if newest_first:
                expected = set(sorted(one.having, reverse=True)[: search_index.LIMIT])
                got = len(expected & set(found.ids)) / len(expected) if expected else 1.0
                recall.setdefault(_group(one), []).append(got)
    _tell(asked, recall, taken)


def _group(one: Asked) -> str:
    return (
        "English, names, ids"
        if one.kind in ("english", "english words", "name", "id")
        else "Japanese"
    )


def _tell(
    asked: list[Asked], recall: dict[str, list[float]], taken: dict[str, list[float]]
) -> None:
    for group, values in recall.items():
        lost = sum(value < 1 for value in values)
        mean = statistics.fmean(values)
        print(f"recall, {group}: {mean:.4f} ({len(values)} queries, {lost} below 1)")
    _line("search", [value for values in taken.values() for value in values])
    slowest = sorted(asked, key=lambda one: -statistics.median(taken[one.text]))[:8]
    for one in slowest:
        print(
            f"  {statistics.median(taken[one.text]):8.2f} ms  {one.text} ({len(one.having)} papers)"
        )


def _line(what: str, values: list[float]) -> None:
    values = sorted(values)
    p99 = values[int(len(values) * 0.99)]
    print(
        f"{what}: p50 {statistics.median(values):.2f} ms, mean {statistics.fmean(values):.2f} ms, "
        f"p99 {p99:.2f} ms, max {values[-1]:.2f} ms ({len(values)} runs)"
    )


def measure_pages(asked: list[Asked]) -> None:
    from django.test import Client

    client, taken = Client(), []
    client.get("/search/?q=a")
    for one in asked:
        start = time.perf_counter()
        response = client.get("/search/?" + urlencode({"q": one.text}))
        taken.append((time.perf_counter() - start) * 1000)
        assert response.status_code == 200
    _line("page", taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--issues", type=int, default=1000)
    parser.add_argument("--database", default="", help="a PostgreSQL server's address")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, scratch(options.database) as url:
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings",
                       "SITE_URL": "http://localhost:8000", "LOG_LEVEL": "WARNING"}  # fmt: skip
        os.environ.pop("DATABASE_URL", None)
        if url:
            os.environ["DATABASE_URL"] = url
        django.setup()
        _run(options.issues, options.repeats)


@contextmanager
def _without_index() -> Iterator[None]:
    """PostgreSQL makes a GIN index of many rows faster at once."""
    from django.db import connection

    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'digests_search_index'")
        (made,) = cursor.fetchone()
        cursor.execute("DROP INDEX digests_search_index")
        yield
        cursor.execute(made)


def _run(issues: int, repeats: int) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    asked = questions()
    start = time.perf_counter()
    with _without_index():
        fill(issues, asked)
    print(f"{connection.vendor}: {issues} issues, {issues * PAPERS} papers, "
          f"filled in {time.perf_counter() - start:.0f} s")  # fmt: skip
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.set_autocommit(True)
            cursor.execute("VACUUM ANALYZE")
        else:
            size = Path(settings.DATABASES["default"]["NAME"]).stat().st_size
            print(f"database: {size / 2**20:.0f} MiB")
    measure(asked, repeats)
    measure_pages(asked)


if __name__ == "__main__":
    main()
