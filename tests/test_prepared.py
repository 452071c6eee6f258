"""Ready bytes: the same pages as the long way makes, never an old one, never somebody's own."""

from __future__ import annotations

import ast
import gzip
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Semaphore
from typing import Any

import brotli
import pytest
import time_machine
from django.apps import apps
from django.conf import settings as house
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import OperationalError, connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils.http import http_date, parse_http_date

from digests import comments, site_stamp, workflow
from digests.cards import save_card
from digests.models import BankQuestion, Edition, Entry, Issue, Masthead, SiteStamp
from digests.public import prepared as module
from digests.public import warming
from digests.public.prepared import PAGES, Held, Shelf, coding_for, left_of
from digests.site_stamp import WATCHED, Stamp
from papers import ingest
from tests.factories import (
    make_edition,
    make_editor,
    make_issue,
    make_record,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
PAGES_CACHE = house.CACHES["pages"]
ADDED = {"ETag", "Last-Modified", "Vary"}
NEW = "書き直した概要です。"


@pytest.fixture(autouse=True)
def _prepared(settings: Any, tmp_path: Path) -> None:
    settings.PREPARED_MB = 32
    settings.CACHES = {**settings.CACHES, "pages": {**PAGES_CACHE, "LOCATION": tmp_path}}


@pytest.fixture
def long_way(settings: Any) -> Client:
    """A reader whose pages are made anew each time."""
    settings.PREPARED_MB = 0
    client = Client()
    client.get("/robots.txt")  # its middlewares are chosen at the first request
    settings.PREPARED_MB = 32
    return client


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def edition() -> Edition:
    issue = make_issue(date(2023, 4, 3))
    make_written_entry(issue, version=make_version("2304.90007"))
    return make_edition(issue)


def paths(edition: Edition) -> list[str]:
    """One address of each page that may be kept."""
    slug, paper = edition.slug, "2304.90007"
    question = BankQuestion.objects.filter(is_active=True).values_list("key", flat=True)[0]
    return [
        *("/", "/issues/", "/issues/?year=2023", f"/issues/{slug}/", f"/issues/{slug}.md"),
        *(f"/issues/{slug}.json", f"/issues/{slug}.bib", f"/issues/{slug}.ris"),
        *(f"/issues/{slug}.csl.json", f"/papers/{paper}/", f"/papers/{paper}.bib"),
        *(f"/papers/{paper}.ris", f"/papers/{paper}.csl.json", f"/papers/{paper}.md"),
        *(f"/papers/{paper}.json", "/authors/aiko-mori/", "/authors/aiko-mori/feed/"),
        *("/categories/", "/categories/cs.CL/", "/categories/cs.CL/feed/", "/questions/"),
        *(f"/questions/{question}/", "/about/", "/bookmarks/", "/feeds/", "/feed/", "/feed/atom/"),
        *("/feed/json/", "/feed/summary/", "/feed/papers/", "/sitemap.xml", "/sitemap-pages-1.xml"),
    ]


def article(client: Client, edition: Edition, **headers: str) -> HttpResponse:
    return client.get(edition.get_absolute_url(), headers=headers)


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)


# ── the same pages ──────────────────────────────────────────────────────────────────────────────
def test_every_page_is_the_very_one_that_the_long_way_makes(
    reader: Client, long_way: Client, edition: Edition
) -> None:
    """Byte by byte and header by header, the first time and the second."""
    for path in paths(edition):
        made = long_way.get(path)
        for _ in range(2):
            shown = reader.get(path)
            assert shown.status_code == made.status_code, path
            assert shown.content == made.content, path
            ours, theirs = (
                {k: v for k, v in r.headers.items() if k not in ADDED} for r in (shown, made)
            )
            assert ours == theirs, path
            if made.status_code == 200:
                assert shown["Vary"] == "Accept-Encoding"


def test_a_kept_page_costs_one_query_of_one_row(reader: Client, edition: Edition) -> None:
    kept = [path for path in paths(edition) if reader.get(path).status_code == 200]
    assert len(kept) > 25
    for path in kept:
        assert queries(reader, path) == 1, path


def test_every_name_of_a_kept_page_is_an_address_of_ours() -> None:
    names = {f"public:{name}" for name in _names()}
    assert set(PAGES) <= names


def _names() -> set[str]:
    public = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "public")
    return {str(pattern.name) for pattern in public.url_patterns}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("br;q=0.0, gzip;q=0", ""),
        ("identity", ""),
        ("GZIP", "gzip"),
        ("*", ""),
        (",;,;=", ""),
    ],
)
def test_the_coding_is_one_that_the_asker_knows(accepted: str, coding: str) -> None:
    assert coding_for(accepted) == coding


def test_each_coding_holds_the_same_page_under_a_tag_of_its_own(
    reader: Client, edition: Edition
) -> None:
    plain = article(reader, edition)
    zipped = article(reader, edition, accept_encoding="gzip")
    small = article(reader, edition, accept_encoding="gzip, br")
    assert gzip.decompress(zipped.content) == brotli.decompress(small.content) == plain.content
    assert [r.get("Content-Encoding") for r in (plain, zipped, small)] == [None, "gzip", "br"]
    assert len({r["ETag"] for r in (plain, zipped, small)}) == 3
    for response in (plain, zipped, small):
        assert response["Content-Length"] == str(len(response.content))
        assert not response["ETag"].startswith("W/")


def test_head_says_what_get_would(reader: Client, edition: Edition) -> None:
    head = reader.head(edition.get_absolute_url())
    got = article(reader, edition)
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)


# ── 304 ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", ["/issues/2023-04-03/", "/feed/", "/feed/atom/", "/issues/"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_who_has_the_page_is_told_so(
    reader: Client, edition: Edition, path: str, coding: str
) -> None:
    first = reader.get(path, headers={"accept-encoding": coding})
    for told in (
        {"if-none-match": first["ETag"]},
        {"if-none-match": f'"other", W/{first["ETag"]}'},
        {"if-none-match": "*"},
        {"if-modified-since": first["Last-Modified"]},
        {"if-none-match": first["ETag"], "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        again = reader.get(path, headers={"accept-encoding": coding, **told})
        assert (again.status_code, again.content) == (304, b""), told
        kept = set(first.headers) - {"Content-Type", "Content-Length", "Content-Encoding"}
        assert {k: again[k] for k in kept} == {k: first[k] for k in kept}


def test_an_unreadable_condition_is_no_fault(reader: Client, edition: Edition) -> None:
    for told in ({"if-none-match": "rubbish,,"}, {"if-modified-since": "rubbish"}):
        assert reader.get("/feed/", headers=told).status_code == 200


def test_another_coding_of_a_page_is_another_page(reader: Client, edition: Edition) -> None:
    tag = article(reader, edition, accept_encoding="br")["ETag"]
    assert article(reader, edition, if_none_match=tag).status_code == 200


def test_right_after_a_correction_the_page_has_a_date_that_is_not_in_the_future(
    reader: Client, edition: Edition
) -> None:
    before = article(reader, edition)["Last-Modified"]
    _correct(edition)
    shown = article(reader, edition)
    assert parse_http_date(before) < parse_http_date(shown["Last-Modified"]) <= time.time()
    assert article(reader, edition, if_modified_since=before).status_code == 200
    since = shown["Last-Modified"]
    assert article(reader, edition, if_modified_since=since).status_code == 304


def test_a_date_in_the_future_is_left_out_until_it_has_come(
    reader: Client, edition: Edition
) -> None:
    """After very many changes at once. Another date in its place might be given twice."""
    for _ in range(site_stamp.ROOM + 60):
        site_stamp.move()
    ahead = site_stamp.read()
    assert ahead and ahead.moved > time.time()
    shown = article(reader, edition)
    assert "Last-Modified" not in shown.headers
    assert "Last-Modified" not in article(reader, edition, if_none_match=shown["ETag"]).headers
    with time_machine.travel(ahead.moved + 1, tick=False):
        later = article(reader, edition)
        assert later["Last-Modified"] == http_date(ahead.moved)
        site_stamp.move()
        since = {"if-modified-since": later["Last-Modified"]}
        assert article(reader, edition, **since).status_code == 200


# ── never an old one ────────────────────────────────────────────────────────────────────────────
def _correct(edition: Edition) -> None:
    by, entry = make_editor(), Entry.objects.get(issue=edition.issue)
    save_card(entry, entry.row_version, {"summary": NEW}, by=by)
    workflow.approve(entry, by=by)
    workflow.publish(edition.issue, by=by, change="correction", override_reason="A test.")


def _take_back(edition: Edition) -> None:
    workflow.take_back(edition.issue, by=make_editor())


def _put_back(edition: Edition) -> None:
    _take_back(edition)
    site_stamp_before = SiteStamp.objects.get().mark
    workflow.put_back(edition.issue, by=make_editor())
    assert SiteStamp.objects.get().mark != site_stamp_before


def _show_comment(edition: Edition) -> None:
    comments.show([comments.post(edition.issue, "はい")], by=make_editor())


def _close_comments(edition: Edition) -> None:
    issue = Issue.objects.get(pk=edition.issue_id)
    issue.comments_open = False
    issue.save()


def _rename_site(_edition: Edition) -> None:
    masthead = Masthead.get()
    masthead.name = "別の名前"
    masthead.save()


def _publish_another(_edition: Edition) -> None:
    make_edition()


def _new_version(_edition: Edition) -> None:
    ingest.store([make_record("2304.90007", 2)])


def _rename_question(_edition: Edition) -> None:
    question = BankQuestion.objects.filter(is_active=True)[0]
    question.ja = "言い直した質問ですか？"
    question.save()


CHANGES: list[Callable[[Edition], None]] = [
    *(_correct, _take_back, _put_back, _show_comment, _close_comments, _rename_site),
    *(_publish_another, _new_version, _rename_question),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_after_any_change_every_process_shows_every_page_as_it_is_now(
    long_way: Client, edition: Edition, change: Callable[[Edition], None]
) -> None:
    make_edition()  # an empty Atom feed was updated "now", whenever that is
    one, other = Client(), Client()  # each has middlewares, and so pages, of its own
    before = {path: one.get(path) for path in paths(edition)}
    both = ("/", edition.get_absolute_url(), "/feed/")
    for path in both:
        other.get(path)
    change(edition)
    for path, old in before.items():
        now = long_way.get(path)
        for process in (one, other) if path in both else (one,):
            shown = process.get(path)
            assert (shown.status_code, shown.content) == (now.status_code, now.content), path
        if now.status_code == 200 and old.status_code == 200:
            since = {"if-modified-since": old["Last-Modified"]}
            assert one.get(path, headers=since).status_code == 200, path
            known = one.get(path, headers={"if-none-match": old["ETag"]})
            assert (known.status_code == 304) == (now.content == old.content), path


def test_the_changes_do_change_something(reader: Client, edition: Edition) -> None:
    """Else the test above would hold for a page that nobody ever makes anew."""
    for change, path, word in [
        (_correct, edition.get_absolute_url(), NEW),
        (_show_comment, edition.get_absolute_url(), "<p>はい</p>"),
        (_rename_site, "/feed/atom/", "別の名前"),
    ]:
        assert word not in reader.get(path).content.decode()
        change(edition)
        assert word in reader.get(path).content.decode()


def test_a_change_that_was_undone_leaves_the_stamp(reader: Client, edition: Edition) -> None:
    before = site_stamp.read()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _take_back(edition)
        raise ZeroDivisionError
    assert site_stamp.read() == before
    assert article(reader, edition).status_code == 200


def test_the_stamp_moves_forward_even_within_a_second() -> None:
    moved = []
    for _ in range(3):
        site_stamp.move()
        stamp = site_stamp.read()
        assert stamp
        moved.append(stamp)
    assert moved[0].moved < moved[1].moved < moved[2].moved
    assert len({stamp.mark for stamp in moved}) == 3


def test_what_nobody_sees_leaves_the_stamp(edition: Edition) -> None:
    before = site_stamp.read()
    issue = make_issue()
    make_written_entry(issue, version=Edition.objects.get().entries.get().version)
    issue.introduction = "まだ誰にも見せない"
    issue.save()
    comments.post(edition.issue, "確認待ち")
    assert site_stamp.read() == before


def test_every_table_that_a_kept_page_reads_moves_the_stamp() -> None:
    """Rows that change only together with a watched one are excused by name."""
    excused = {
        "Edition", "EditionEntry", "EditionQuestion",  # shown and hidden with their issue
        "Shelf", "Place", "EditionPage",  # made of what is shown
        "Author", "Authorship", "Listing",  # stored with a version, and never changed
        "SearchDocument", "Term", "Entry",  # of the search, which is not kept
        "Note", "Question", "PreviewLink", "Editor",  # of letters and previews, which are not kept
    }  # fmt: skip
    folder = Path(module.__file__).parent
    names = {model.__name__ for model in apps.get_models()}
    read: set[str] = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).endswith("models"):
                read |= {alias.name for alias in node.names} & names
    assert read - excused - {model.__name__ for model in WATCHED} == set()
    assert all(issubclass(model, models.Model) for model in WATCHED)


# ── never somebody's own ────────────────────────────────────────────────────────────────────────
def test_every_page_is_the_same_for_who_is_signed_in(
    reader: Client, long_way: Client, edition: Edition
) -> None:
    """So a stranger with any cookie takes no more of our time than one without."""
    editor = make_editor()
    signed_in = Client()
    signed_in.force_login(editor)
    long_way.force_login(editor)
    for path in paths(edition):
        made, theirs = long_way.get(path), signed_in.get(path)
        assert (made.status_code, made.content) == (theirs.status_code, theirs.content), path
        assert theirs.content == reader.get(path).content, path
        assert queries(signed_in, path) == 1 or theirs.status_code != 200, path


def test_a_page_that_looks_at_its_readers_session_is_kept_for_nobody(edition: Edition) -> None:
    looked = []

    def make(request: HttpRequest) -> HttpResponse:
        looked.append(request.session.get("name"))
        return HttpResponse(f"{request.COOKIES}, it is yours")

    middleware = module.prepared(SessionMiddleware(make))
    for name in ("session", "other"):
        request = RequestFactory().get("/about/", headers={"cookie": f"{name}=x"})
        assert name in middleware(request).content.decode()
    assert len(looked) == 2


@pytest.mark.parametrize(
    "path",
    [
        *("/issues/?utm_source=x", "/?page=01", "/?page=1&", "/?page=1&page=2", "/?year=2023"),
        *("/feed/?", "/search/?q=a", "/healthz", "/?page=%31"),
        "/?page=1234567",
    ],
)
def test_what_we_do_not_write_ourselves_is_not_kept(
    reader: Client, long_way: Client, edition: Edition, path: str
) -> None:
    made = long_way.get(path)
    shown = reader.get(path)
    assert (shown.status_code, shown.content) == (made.status_code, made.content)
    if path != "/feed/?":  # the same address as without, in the end
        assert "Accept-Encoding" not in shown.headers.get("Vary", "")


@pytest.mark.parametrize("query", ["utm_source=x", "page=1", "&" * 4001, "%ff=%ff"])
def test_whatever_is_appended_to_a_page_without_a_query_it_is_the_same_page(
    reader: Client, edition: Edition, query: str
) -> None:
    path = edition.get_absolute_url()
    plain = reader.get(path)
    asked = reader.get(path, QUERY_STRING=query)
    assert (asked.status_code, asked.content) == (200, plain.content)
    assert asked.headers["ETag"] == plain.headers["ETag"]


def test_errors_are_not_kept(reader: Client, edition: Edition) -> None:
    slug = "2031-01-06"
    assert reader.get(f"/issues/{slug}/").status_code == 404
    make_edition(make_issue_with_entry(date(2031, 1, 6)))
    assert reader.get(f"/issues/{slug}/").status_code == 200
    _take_back(Edition.objects.get(slug=slug))
    assert reader.get(f"/issues/{slug}/").status_code == 410
    assert reader.get("/?page=99").status_code == 404


def test_a_query_that_can_not_be_read_is_refused_with_the_headers_of_every_answer(
    reader: Client, edition: Edition
) -> None:
    for address in ("/", edition.get_absolute_url()):
        response = reader.get(address, QUERY_STRING="&" * 4001)
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def make_issue_with_entry(day: date) -> Issue:
    issue = make_issue(day)
    make_written_entry(issue)
    return issue


def test_an_unknown_host_is_refused_as_before(reader: Client, edition: Edition) -> None:
    reader.get("/")
    assert reader.get("/", headers={"host": "evil.example"}).status_code == 400


def test_plain_http_is_sent_on_to_https_as_before(
    reader: Client, edition: Edition, settings: Any
) -> None:
    reader.get("/")
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/").status_code == 301
    assert reader.get("/").status_code in (200, 301)
    assert "Content-Encoding" not in reader.get("/", headers={"accept-encoding": "br"}).headers


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_other_methods_go_the_long_way(reader: Client, edition: Edition, method: str) -> None:
    article(reader, edition)
    assert getattr(reader, method)(edition.get_absolute_url()).status_code == 405


# ── faults ──────────────────────────────────────────────────────────────────────────────────────
def away(*_: Any) -> None:
    raise OperationalError("the database is away")


def test_while_the_database_is_away_the_last_true_page_is_shown(
    reader: Client, edition: Edition
) -> None:
    shown = article(reader, edition).content
    with connection.execute_wrapper(away):
        assert article(reader, edition).content == shown
        assert article(reader, edition, accept_encoding="br").status_code == 200
        assert reader.get("/issues/").status_code == 503
    _take_back(edition)
    assert article(reader, edition).status_code == 410


def test_while_the_database_is_away_a_page_that_another_process_made_is_shown(
    reader: Client, edition: Edition
) -> None:
    shown = article(reader, edition).content
    other = Client(raise_request_exception=False)
    other.get("/about/")  # so it has heard of the stamp, and has not this page
    with connection.execute_wrapper(away):
        assert article(other, edition).content == shown
        assert other.get("/issues/").status_code == 503


def test_a_process_that_starts_while_the_database_is_away_shows_what_workers_have_made(
    edition: Edition,
) -> None:
    warming.warm()
    reader = Client(raise_request_exception=False)
    with connection.execute_wrapper(away):
        assert article(reader, edition).status_code == 200
        assert reader.get("/feed/").status_code == 200


def test_what_was_taken_back_is_not_shown_while_the_database_is_away(
    reader: Client, edition: Edition
) -> None:
    assert article(reader, edition).status_code == 200
    _take_back(edition)
    warming.warm()
    with connection.execute_wrapper(away):
        assert article(Client(raise_request_exception=False), edition).status_code == 503


def test_a_database_that_is_slow_to_fail_is_not_asked_by_every_reader(
    reader: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def slow(execute: Any, sql: str, *_: Any) -> None:
        asked.append(sql)
        away()

    article(reader, edition)
    monkeypatch.setattr(module, "SLOW", -1.0)
    with connection.execute_wrapper(slow):
        assert [article(reader, edition).status_code for _ in range(3)] == [200] * 3
    assert len(asked) == 1


def test_a_database_that_was_slow_to_fail_is_asked_again_after_a_while(
    reader: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(reader, edition)
    monkeypatch.setattr(module, "SLOW", -1.0)
    monkeypatch.setattr(module, "QUIET_FOR", 0.0)
    with connection.execute_wrapper(away):
        article(reader, edition)
    _take_back(edition)
    assert article(reader, edition).status_code == 410


def test_without_a_stamp_every_page_is_made_anew(reader: Client, edition: Edition) -> None:
    SiteStamp.objects.all().delete()
    assert article(reader, edition).status_code == 200
    assert queries(reader, edition.get_absolute_url()) > 1
    site_stamp.move()
    article(reader, edition)
    assert queries(reader, edition.get_absolute_url()) == 1


# ── what one process leaves for the others ──────────────────────────────────────────────────────
def test_a_process_that_starts_later_finds_what_others_have_made(edition: Edition) -> None:
    made = article(Client(), edition)
    with CaptureQueriesContext(connection) as asked:
        found = article(Client(), edition)
    assert len(asked) == 1
    assert (found.content, dict(found.headers)) == (made.content, dict(made.headers))


def test_what_was_left_before_a_change_is_never_found_after_it(edition: Edition) -> None:
    article(Client(), edition)
    _correct(edition)
    assert NEW in article(Client(), edition).content.decode()


def test_what_other_code_has_left_is_not_found(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(Client(), edition)
    monkeypatch.setattr(module, "build", lambda: "another")
    assert queries(Client(), edition.get_absolute_url()) > 1


def test_a_broken_file_is_only_slower(edition: Edition, tmp_path: Path) -> None:
    made = article(Client(), edition).content
    (file,) = tmp_path.glob("*.djcache")
    for broken in (b"", b"rubbish", file.read_bytes()[:-40]):
        file.write_bytes(broken)
        assert article(Client(), edition).content == made


def test_a_disk_that_takes_nothing_is_only_slower(
    edition: Edition, tmp_path: Path, settings: Any
) -> None:
    (tmp_path / "file").write_bytes(b"")
    no_folder = {**PAGES_CACHE, "LOCATION": tmp_path / "file" / "pages"}
    settings.CACHES = {**settings.CACHES, "pages": no_folder}
    assert article(Client(), edition).status_code == 200


def test_when_many_ask_at_once_one_makes_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_stamp, "read", lambda: Stamp("mark", 1))
    made, begun = [], Semaphore(0)

    def make(request: HttpRequest) -> HttpResponse:
        for _ in range(4):
            assert begun.acquire(timeout=60)
        made.append(request.path)
        for _ in range(4):
            begun.release()
        return HttpResponse("a page")

    middleware = module.prepared(make)

    def ask(_: int) -> bytes:
        begun.release()
        return middleware(RequestFactory().get("/about/")).content

    with ThreadPoolExecutor(4) as readers:
        assert list(readers.map(ask, range(4))) == [b"a page"] * 4
    assert made == ["/about/"]


def test_a_page_that_is_gone_is_not_kept_for_bad_times(reader: Client, edition: Edition) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("the database is away")

    article(reader, edition)
    _take_back(edition)
    assert article(reader, edition).status_code == 410
    with connection.execute_wrapper(away):
        assert article(reader, edition).status_code == 503


# ── what is kept ────────────────────────────────────────────────────────────────────────────────
def held(size: int) -> Held:
    """A page of random bytes, which no coding makes smaller."""
    return Held(Stamp("m", 1), left_of(HttpResponse(random.Random(size).randbytes(size))))


def test_no_more_is_kept_than_was_said() -> None:
    shelf = Shelf(10_000)
    for n in range(9):
        shelf.put((f"/{n}", ""), held(1000))
    assert shelf.size <= 10_000
    assert shelf.get(("/0", "")) is None
    assert shelf.get(("/8", "")) is not None
    shelf.put(("/big", ""), held(20_000))
    assert shelf.get(("/big", "")) is None
    assert shelf.size == sum(size for _page, size in shelf.held.values())


def test_what_was_asked_for_last_stays() -> None:
    shelf = Shelf(5000)
    shelf.put(("/a", ""), held(1000))
    shelf.put(("/b", ""), held(1000))
    shelf.get(("/a", ""))
    shelf.put(("/c", ""), held(1000))
    assert shelf.get(("/a", "")) is not None
    assert shelf.get(("/b", "")) is None


def test_a_coding_that_was_made_later_is_counted() -> None:
    shelf, page = Shelf(100_000), held(30_000)
    shelf.put(("/a", ""), page)
    before = shelf.size
    page.body("gzip")
    shelf.put(("/a", ""), page)
    assert shelf.size > before


def test_small_bodies_are_not_compressed() -> None:
    request = HttpRequest()
    request.method = "GET"
    request.META["HTTP_ACCEPT_ENCODING"] = "br"
    assert "Content-Encoding" not in held(100).answer(request).headers
    assert held(1000).answer(request).headers["Content-Encoding"] == "br"


def test_it_stands_before_every_other_middleware() -> None:
    assert house.MIDDLEWARE[0] == "digests.public.prepared.prepared"
