"""How fast readers' pages are, from ready bytes and without them.

    python docs/benchmarks/pages.py --issues 1000 --seconds 5

Fills a scratch SQLite database with issues of six papers with ten questions each, every sentence
with its quote, starts the web processes as `manage.py up` does, once with PREPARED_MB=32 and once
with 0, and loads each page with wrk (https://github.com/wg/wrk, `apt-get install wrk`) over 16
connections. CPU is that of the web processes, by /proc: Linux only.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import django
import search

ROOT = Path(__file__).parents[2]
PORT = 8299
FIRST = date(2004, 1, 5)
TICKS = os.sysconf("SC_CLK_TCK")
CODINGS = "gzip, deflate, br"


@dataclass(frozen=True)
class Load:
    """What wrk said, and the server's CPU for each request."""

    rate: float
    p99: str
    cpu_ms: float


# ── a house full of issues ──────────────────────────────────────────────────────────────────────
def fill(issues: int) -> None:
    # Models can be imported only after Django was set up on the chosen database.
    from django.db import transaction

    from digests import shelves
    from digests.models import Edition, Issue, Source
    from digests.public import warming

    source = Source.objects.create(key="benchmark", name="benchmark")
    made = search.papers(issues * search.PAPERS)
    with transaction.atomic():
        for number in range(issues):
            day = FIRST + timedelta(weeks=number)
            at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=8)
            issue = Issue.objects.create(
                source=source, slug=day.isoformat(), first_on=day,
                last_on=day + timedelta(days=6), state="published",
            )  # fmt: skip
            papers = list(islice(made, search.PAPERS))
            edition = Edition.objects.create(
                issue=issue, number=1, published_at=at, first_published_at=at, slug=issue.slug,
                first_on=day, last_on=issue.last_on, introduction_html="<p>今週の論文です。</p>",
                title=f"最新論文ノート【{day:%Y年%m月%d日}】{papers[0].title_ja}",
                count_line="今回紹介する論文は次の6本です。", description=papers[0].title_ja,
            )  # fmt: skip
            _fill_edition(edition, papers)
            Issue.objects.filter(pk=issue.pk).update(current_edition=edition)
        shelves.rebuild()
    warming.keep_missing(seconds=5)  # as publishing does; the newest first, which are asked for


def _fill_edition(edition: object, papers: list[search.Made]) -> None:
    from digests.models import EditionEntry, EditionQuestion
    from papers.models import Paper, Version

    at = datetime(2020, 1, 1, tzinfo=UTC)
    rows = Paper.objects.bulk_create(Paper(arxiv_id=m.arxiv_id, slug=m.arxiv_id) for m in papers)
    versions = Version.objects.bulk_create(
        Version(paper=row, number=1, title=m.title, published_at=at, updated_at=at)
        for row, m in zip(rows, papers, strict=True)
    )
    _fill_people(versions, papers)
    entries = EditionEntry.objects.bulk_create(
        EditionEntry(
            edition=edition, position=n, paper=version.paper, version=version, slug=m.arxiv_id,
            kind="method", title=m.title, title_ja=m.title_ja, highlight=m.title_ja[:20],
            one_liner=m.title_ja, authors=m.authors, author_slugs=list(map(slug_of, m.authors)),
            published_on=at, updated_on=at,
            categories=[{"code": c, "name": c} for c in m.codes], arxiv_id=m.arxiv_id,
            url=f"https://arxiv.org/abs/{m.arxiv_id}v1", summary=m.passages[0][2],
            summary_html=f"<p>{m.passages[0][2]}</p>", summary_evidence=_evidence(m, 0),
        )
        for n, (version, m) in enumerate(zip(versions, papers, strict=True), 1)
    )  # fmt: skip
    EditionQuestion.objects.bulk_create(
        EditionQuestion(
            entry=entry, number=number, position=number, question=question, answer=text,
            answer_html=f"<p>{text}</p>", evidence=_evidence(m, number),
        )
        for entry, m in zip(entries, papers, strict=True)
        for number, question, text in m.passages[1:]
    )  # fmt: skip


def slug_of(name: str) -> str:
    return name.lower().replace(" ", "-")


def _fill_people(versions: list[object], papers: list[search.Made]) -> None:
    """Each version's authors and categories, which a reader can follow."""
    from papers.models import Author, Authorship, Category, Listing

    names = {name for m in papers for name in m.authors}
    Author.objects.bulk_create(
        (Author(name=name, slug=slug_of(name)) for name in sorted(names)),
        ignore_conflicts=True,
    )
    Category.objects.bulk_create(
        (Category(code=code, name=code) for code in search.CATEGORIES), ignore_conflicts=True
    )
    authors = {row.name: row for row in Author.objects.filter(name__in=names)}
    categories = {row.code: row for row in Category.objects.filter(code__in=search.CATEGORIES)}
    pairs = list(zip(versions, papers, strict=True))
    Authorship.objects.bulk_create(
        Authorship(version=version, author=authors[name], position=n)
        for version, m in pairs
        for n, name in enumerate(m.authors, 1)
    )
    Listing.objects.bulk_create(
        Listing(version=version, category=categories[code], position=n)
        for version, m in pairs
        for n, code in enumerate(m.codes, 1)
    )


def _evidence(made: search.Made, number: int) -> list[dict[str, object]]:
    sentences = str(made.passages[number][2]).split("。")[:-1]
    url = f"https://arxiv.org/pdf/{made.arxiv_id}v1#page=3"
    quote = f"We find that {made.title.lower()} holds over all settings that we tried in part "
    return [
        {"sentence": f"{sentence}。", "quotes": [{"key": f"e{number}-{n}", "page": 3 + n % 9,
         "section": "4 Results", "text": f"{quote}{number}.{n}.", "url": url}]}
        for n, sentence in enumerate(sentences)
    ]  # fmt: skip


# ── the web processes ───────────────────────────────────────────────────────────────────────────
@contextmanager
def web(prepared_mb: int) -> Iterator[int]:
    """The pid of gunicorn's master, as `up` starts it."""
    from digests.management.commands.up import THREADS, WORKERS

    command = [sys.executable, "-m", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{PORT}",
               "--no-control-socket", "--preload", "--workers", WORKERS,
               "--threads", THREADS]  # fmt: skip
    environ = {**os.environ, "PREPARED_MB": str(prepared_mb)}
    log = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        _wait_for_answer()
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait_for_answer() -> None:
    for _ in range(100):
        try:
            fetch("/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web processes do not answer")


def fetch(path: str) -> http.client.HTTPResponse:
    site = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    headers = {"Host": f"localhost:{PORT}", "Accept-Encoding": CODINGS}
    site.request("GET", path, headers=headers)
    response = site.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    return response


def children(master: int) -> list[str]:
    return Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()


def memory_mb(master: int) -> float:
    """Of the master and its children, shared pages counted once (PSS)."""
    rows = (
        Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        for pid in (master, *children(master))
    )
    return sum(int(re.search(r"^Pss:\s+(\d+)", row, re.M)[1]) for row in rows) / 1024


def cpu_seconds(master: int) -> float:
    """Of the master's children, all threads."""
    total = 0
    for pid in children(master):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


# ── loading them ────────────────────────────────────────────────────────────────────────────────
def load(master: int, path: str, seconds: int, **headers: str) -> Load:
    told = {"Host": f"localhost:{PORT}", "Accept-Encoding": CODINGS, **headers}
    lines = [f"-H{name.replace('_', '-')}: {value}" for name, value in told.items()]
    before = cpu_seconds(master)
    command = ["wrk", "-t1", "-c16", f"-d{seconds}", "--latency", *lines]
    said = subprocess.run([*command, f"http://127.0.0.1:{PORT}{path}"], check=True,
                          capture_output=True, text=True, timeout=60).stdout  # fmt: skip
    used = cpu_seconds(master) - before
    count = int(re.search(r"(\d+) requests in", said)[1])
    if "Non-2xx or 3xx" in said:
        raise SystemExit(f"{path} does not answer well:\n{said}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    return Load(rate, re.search(r"^\s+99%\s+(\S+)", said, re.M)[1], used * 1000 / max(count, 1))


def measure(issues: int, seconds: int) -> None:
    newest = (FIRST + timedelta(weeks=issues - 1)).isoformat()
    paths = {"article": f"/issues/{newest}/", "feed": "/feed/", "archive": "/issues/", "home": "/"}
    for prepared_mb in (32, 0):
        with web(prepared_mb) as master:
            print(f"\nPREPARED_MB={prepared_mb}")
            for name, path in paths.items():
                first = fetch(path)
                size = f"{len(first.body) / 1024:.1f} KiB {first.getheader('Content-Encoding')}"
                _tell(name, load(master, path, seconds), size)
                tag = first.getheader("ETag")
                _tell(f"{name}, 304", load(master, path, seconds, If_None_Match=tag))
            print(f"memory {memory_mb(master):.0f} MB, load {os.getloadavg()[0]:.1f}")


def _tell(what: str, found: Load, more: str = "") -> None:
    print(
        f"{what:14} {found.rate:8.0f} req/s  {found.cpu_ms:7.3f} ms CPU  p99 {found.p99:>8}  {more}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--issues", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings",
                       "SITE_URL": f"http://localhost:{PORT}", "LOG_LEVEL": "WARNING"}  # fmt: skip
        os.environ.pop("DATABASE_URL", None)
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        start = time.perf_counter()
        fill(options.issues)
        connection.close()
        print(f"{options.issues} issues, filled in {time.perf_counter() - start:.0f} s")
        measure(options.issues, options.seconds)


if __name__ == "__main__":
    main()
