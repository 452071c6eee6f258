"""Readers' pages as ready bytes, answered before the rest of the house wakes up.

Each process keeps what it has shown last, up to PREPARED_MB, as it left and compressed. A page kept
is as good as a new one while the stamp of the site is the same (`digests.site_stamp`), which each
request asks for: one query of one row. The first answer and every later one are made the same way,
and hold the headers that the other middlewares gave the page. What one process has made, the others
of the machine, and those started later, find in the cache `pages`.

These pages are the same for everyone, editors too, so cookies count for nothing here. A page that
looks at its reader's session says so (`Vary: Cookie`) and is never kept. Whoever asks in a way that
we don't know goes the long way. When the database is away, the last page that was true is better
than none, whichever process has made it.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import pickle
import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

import brotli  # type: ignore[import-untyped]
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed
from django.db import Error, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from digests import site_stamp
from digests.site_stamp import Stamp

log = logging.getLogger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]
Key = tuple[str, str]  # path and query
STAMP = "digests.site_stamp"  # where a request carries the stamp that was read for it
NOTHING: frozenset[str] = frozenset()
PAGED = frozenset({"page"})
# The pages that may be kept, by name, and what may be asked of each.
PAGES: Mapping[str, frozenset[str]] = {
    "public:home": PAGED,
    "public:archive": frozenset({"year", "month"}),
    "public:author": PAGED,
    "public:category": PAGED,
    "public:question": PAGED,
    **dict.fromkeys(
        (
            *("public:issue", "public:issue-bib", "public:issue-ris", "public:issue-csl"),
            *("public:issue-markdown", "public:issue-json", "public:paper", "public:paper-bib"),
            *("public:paper-ris", "public:paper-csl", "public:paper-markdown", "public:paper-json"),
            *("public:categories", "public:questions", "public:about", "public:bookmarks"),
            *("public:feeds", "public:feed", "public:feed-atom", "public:feed-json"),
            *("public:feed-summary", "public:feed-papers", "public:author-feed"),
            *("public:category-feed", "public:sitemap", "public:sitemap-part"),
        ),
        NOTHING,
    ),
}
NUMBER = re.compile("[1-9][0-9]{0,5}")  # of a page, a year or a month
LONGEST = 40  # characters of a query that we write
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH",
              "HTTP_IF_UNMODIFIED_SINCE")  # fmt: skip
# Ours to say, or the server's; all others are kept as they came.
OURS = {"content-length", "content-encoding", "etag", "last-modified", "vary"}
# What shapes a page besides the database.
SOURCES = ("templates/**/*.html", "digests/**/*.py", "papers/*.py", "config/*.py",
           "digests/static/**/*", "locale/**/*.mo", "requirements.txt")  # fmt: skip
SHAPING = ("SITE_URL", "ADMIN_PATH", "LANGUAGE_CODE", "DEFAULT_FROM_EMAIL", "SECURE_SSL_REDIRECT")
UNREADABLE = (OSError, EOFError, ValueError, LookupError, AttributeError, ImportError,
              pickle.UnpicklingError, zlib.error)  # fmt: skip
SMALL = 600  # bytes; compressing less than a packet helps nobody
GZIP, BROTLI = "gzip", "br"
# A database that took so long to fail is left alone for so long, in seconds: each of our threads
# would wait for it, and no reader would get even an old page.
SLOW, QUIET_FOR = 0.5, 5.0
LAST_STAMP = "last-stamp"  # that a worker has seen


@dataclass(frozen=True)
class Left:
    """What a page is made of: its headers, the hash of its bytes, and these, compressed by brotli
    where they are not small; `is_best` if no more could be saved."""

    headers: list[tuple[str, str]]
    hash: str
    coding: str
    body: bytes
    is_best: bool = False


def left_of(response: HttpResponse, *, is_best: bool = False) -> Left:
    """With `is_best` in a quarter of a second, for an article, and not in four milliseconds; a
    seventh smaller for it."""
    plain = bytes(response.content)
    small = len(plain) < SMALL
    return Left(
        headers=[(k, v) for k, v in response.headers.items() if k.lower() not in OURS],
        hash=hashlib.sha256(plain).hexdigest()[:24],  # half the time of BLAKE2
        coding="" if small else BROTLI,
        body=plain if small else brotli.compress(plain, quality=11 if is_best else 5),
        is_best=is_best,
    )


class Held:
    """A page as it was under a stamp: what it is made of, and its bytes in each coding asked for
    so far. Kept compressed, a process holds some thousand articles."""

    def __init__(self, stamp: Stamp, left: Left) -> None:
        self.stamp, self.left = stamp, left
        self.bodies = {left.coding: left.body}
        self.modified = http_date(stamp.moved)

    @property
    def size(self) -> int:
        return sum(map(len, list(self.bodies.values()))) + 1024

    def answer(self, request: HttpRequest) -> HttpResponse:
        coding = coding_for(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        if not self.left.coding:
            coding = ""
        etag = f'"{self.left.hash}-{coding}"' if coding else f'"{self.left.hash}"'
        if self._is_known(request, etag):
            response = HttpResponse(status=304)
            del response.headers["Content-Type"]
        else:
            body = self.body(coding)
            response = HttpResponse(body if request.method == "GET" else b"")
            response.headers["Content-Length"] = str(len(body))
            if coding:
                response.headers["Content-Encoding"] = coding
        for name, value in self.left.headers:
            if response.status_code != 304 or name != "Content-Type":
                response.headers[name] = value
        response.headers["ETag"] = etag
        if self.stamp.moved <= time.time():  # RFC 9110, 8.8.2.1: never later than our own clock
            response.headers["Last-Modified"] = self.modified
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def _is_known(self, request: HttpRequest, etag: str) -> bool:
        """Whether the asker has these very bytes. A date counts only where it is the very one that
        we gave: what was taken back makes a site older, and that is news too."""
        sent = request.META.get("HTTP_IF_NONE_MATCH")
        if sent:
            return sent == etag or "*" in (tags := parse_etags(sent)) or etag in _strong(tags)
        since = request.META.get("HTTP_IF_MODIFIED_SINCE")
        if since is None or since == self.modified:  # nearly always word for word
            return since is not None
        return parse_http_date_safe(since) == self.stamp.moved

    def body(self, coding: str) -> bytes:
        found = self.bodies.get(coding)
        if found is None:
            plain = brotli.decompress(self.left.body)
            found = self.bodies[coding] = gzip.compress(plain, 6, mtime=0) if coding else plain
        return found


def _strong(etags: list[str]) -> set[str]:
    """A proxy that compresses marks our tag as weak; the bytes it stands for are the same."""
    return {etag.removeprefix("W/") for etag in etags}


@lru_cache(maxsize=256)
def coding_for(accepted: str) -> str:
    """The best coding of an Accept-Encoding; empty for bytes as they are."""
    wanted = set()
    for part in accepted.lower().split(","):
        name, _semicolon, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            wanted.add(name.strip())
    return next((coding for coding in (BROTLI, GZIP) if coding in wanted), "")


class Shelf:
    """The pages that a process keeps, those asked for last; never more than `most` bytes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.lock = Lock()
        self.held: OrderedDict[Key, tuple[Held, int]] = OrderedDict()
        self.size = 0

    def get(self, key: Key) -> Held | None:
        with self.lock:
            found = self.held.get(key)
            if found is None:
                return None
            self.held.move_to_end(key)
            return found[0]

    def put(self, key: Key, page: Held) -> None:
        """Keep the page, or count it again after it has grown by a coding."""
        with self.lock:
            self._drop(key)
            size = page.size
            if size > self.most:
                return
            self.held[key] = page, size
            self.size += size
            while self.size > self.most:
                self._drop(next(iter(self.held)))

    def _drop(self, key: Key) -> None:
        _page, size = self.held.pop(key, (None, 0))
        self.size -= size

    def drop(self, key: Key) -> None:
        with self.lock:
            self._drop(key)


# ── what one process leaves for the others ──────────────────────────────────────────────────────
@cache
def build() -> str:
    """Another one whenever the code, its words or its settings could make another page."""
    told = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            told.update(path.read_bytes() if path.is_file() else b"")
    told.update(repr([getattr(settings, name) for name in SHAPING]).encode())
    return told.hexdigest()


def _name(key: Key, stamp: Stamp) -> str:
    return hashlib.sha256("\0".join((build(), stamp.mark, *key)).encode()).hexdigest()


def leave(key: Key, stamp: Stamp, left: Left) -> None:
    try:
        caches["pages"].set(_name(key, stamp), left)
    except OSError as error:
        log.warning("a page could not be left for the other processes: %s", error)


def find(key: Key, stamp: Stamp) -> Held | None:
    try:
        found = caches["pages"].get(_name(key, stamp))
        return Held(stamp, found) if isinstance(found, Left) else None
    except UNREADABLE as error:
        log.warning("a page that another process left could not be read: %s", error)
        return None


def tell(stamp: Stamp) -> None:
    """Leave the stamp too, for processes that start while the database is away."""
    try:
        caches["pages"].set(LAST_STAMP, stamp, timeout=None)
    except OSError as error:
        log.warning("the stamp could not be left for the other processes: %s", error)


def _told() -> Stamp | None:
    try:
        found = caches["pages"].get(LAST_STAMP)
    except UNREADABLE:
        return None
    return found if isinstance(found, Stamp) else None


class Asking:
    """The stamp now, and the last that this process has seen."""

    def __init__(self) -> None:
        self.last: Stamp | None = None
        self.quiet_until = 0.0

    def now(self) -> Stamp | None:
        """Raises django.db.Error while the database is away."""
        began = time.monotonic()
        if began < self.quiet_until:
            raise OperationalError("the database did not answer a moment ago")
        try:
            self.last = site_stamp.read()
        except Error:
            if time.monotonic() - began > SLOW:
                self.quiet_until = time.monotonic() + QUIET_FOR
            raise
        return self.last

    def left_over(self, key: Key) -> Held | None:
        """What another process has left of this page, as it was when we last heard: never of what
        was taken back by then."""
        stamp = self.last or _told()
        return find(key, stamp) if stamp else None


# ── the middleware ──────────────────────────────────────────────────────────────────────────────
def prepared(get_response: Answer) -> Answer:
    """The first middleware."""
    if not settings.PREPARED_MB:
        raise MiddlewareNotUsed
    build()  # now, and not while somebody waits for a page
    shelf = Shelf(settings.PREPARED_MB * 2**20)
    asking = Asking()
    making = [Lock() for _ in range(64)]  # after a change everybody asks at once: one makes it

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _is_anyones(request):
            return get_response(request)
        key = _key_of(request)
        if key is None:
            return get_response(request)
        page = shelf.get(key)
        try:
            stamp = asking.now()
        except Error:
            page = page or asking.left_over(key)
            return page.answer(request) if page else get_response(request)
        if stamp is None:
            return get_response(request)
        if page is None or page.stamp != stamp:
            with making[hash(key) % len(making)]:
                made = _found_or_made(shelf, key, stamp, request, get_response)
            if isinstance(made, HttpResponse):
                return made
            page = made
        return _answer(shelf, key, page, request)

    return middleware


def _found_or_made(
    shelf: Shelf, key: Key, stamp: Stamp, request: HttpRequest, get_response: Answer
) -> Held | HttpResponse:
    """The page as of the stamp, on the shelf from now on; or an answer that is not kept."""
    page = shelf.get(key)  # another thread may have made it meanwhile
    if page is not None and page.stamp == stamp:
        return page
    made = find(key, stamp) or _make(request, key, stamp, get_response)
    if isinstance(made, Held):
        shelf.put(key, made)
    else:
        shelf.drop(key)
    return made


def _answer(shelf: Shelf, key: Key, page: Held, request: HttpRequest) -> HttpResponse:
    codings = len(page.bodies)
    response = page.answer(request)
    if len(page.bodies) != codings:
        shelf.put(key, page)
    return response


def _is_anyones(request: HttpRequest) -> bool:
    """Whether the answer may be the same for everyone who asks."""
    if request.method not in ("GET", "HEAD"):
        return False
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return False
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _key_of(request: HttpRequest) -> Key | None:
    """What one of our pages is kept under, asked for in the one way that we write its address; None
    for all else. A page that takes no query is one page, whatever others append to its address."""
    path, query = request.path_info, request.META.get("QUERY_STRING", "")
    known = _known_queries(path)
    if known is None:
        return None
    if not known:
        request.META["QUERY_STRING"] = ""
        return path, ""
    if len(query) > LONGEST:  # a query of thousands of names can't even be read
        return None
    plain = {name: request.GET[name] for name in request.GET}
    is_ours = plain.keys() <= known and all(map(NUMBER.fullmatch, plain.values()))
    return (path, query) if is_ours and urlencode(plain) == query else None


@lru_cache(maxsize=4096)
def _known_queries(path: str) -> frozenset[str] | None:
    """What may be asked of the page at this path; None where none of `PAGES` is."""
    if path.startswith((settings.STATIC_URL, settings.MEDIA_URL, f"/{settings.ADMIN_PATH}")):
        return None
    try:
        return PAGES.get(resolve(path).view_name)
    except Resolver404:
        return None


def _make(
    request: HttpRequest, key: Key, stamp: Stamp, get_response: Answer
) -> Held | HttpResponse:
    """The page to keep, or the answer that is none: an error, or one that is somebody's own. The
    stamp was read before: at worst the page is newer than that, and made once more."""
    conditions = {name: request.META.pop(name) for name in CONDITIONS if name in request.META}
    is_head, request.method = request.method == "HEAD", "GET"
    request.META[STAMP] = stamp
    try:
        response = get_response(request)
    finally:
        request.META.update(conditions)
        if is_head:
            request.method = "HEAD"
    is_own = bool(response.cookies) or "Vary" in response.headers
    if response.status_code != 200 or response.streaming or is_own:
        return response
    left = left_of(response)
    leave(key, stamp, left)
    return Held(stamp, left)
