"""The one gateway to arXiv: the only file that speaks to its API and its PDF server.

It is built on the `arxiv` package (its query addresses and its reading of an entry), with our own
session: the package has no timeout, ignores Retry-After, retries a permanent 400, and takes a cut
answer or an HTML page for a short list of results. There is no retry in here: the caller decides,
from `ArxivError.is_passing` and `ArxivError.retry_after`. The caller also holds the slot on the
lane ("api" or "pdf"), so that all processes together keep arXiv's pace.

Codes of `ArxivError` (passing: it may heal by itself, so asking again later makes sense):

=============  =======  ===========================================================================
timeout        passing  no connection, no answer or not all of it in time (connect, read or total)
unreachable    passing  no such host, connection refused or reset, TLS failed
rate-limited   passing  429; `retry_after` if arXiv named a time
server-error   passing  5xx; `value` is the status; `retry_after` if arXiv named a time
cut            passing  the answer ended too early, or lists fewer records than it announces
not-atom       passing  200, but HTML or plain text ("Rate exceeded"); `value` is how it begins
bad-request    final    any other 4xx, an address that is none, or an Error entry that names none
                        of the ids asked for; `value` says which
redirected     final    sent to another host, which is not followed; `value` is the address
pdf-missing    final    404 or 410: as for the PDF of a withdrawn paper
pdf-too-large  final    over `max_pdf_bytes`, announced or sent
not-a-pdf      both     no "%PDF-" in the first 1,024 bytes; passing if it is an HTML page, which
                        arXiv shows while it makes a PDF or where it slows a client down
=============  =======  ===========================================================================
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urljoin, urlsplit

import arxiv
import requests
from arxiv import _feed
from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from papers.cleaning import clean_line
from papers.identifiers import ArxivId, parse_arxiv_id
from papers.watched import Watch, WatchedError

MOST_IDS = 100

# A record with 3,000 authors takes about 250 kB; a hundred of those still fit.
_MOST_ANSWER_BYTES = 32 * 2**20
MOST_RETRY_AFTER = 86_400.0  # seconds; what is asked for beyond it is cut
_MOST_REDIRECTS = 3
_PDF_MARK = b"%PDF-"
_PDF_MARK_WITHIN = (
    1024  # Adobe's readers look for the mark this far, so files with junk before it exist
)

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


@dataclass(frozen=True)
class Record:
    """One version of a paper as arXiv has it, cleaned for storing. Times are UTC and aware."""

    arxiv_id: str
    version: int
    title: str
    authors: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    primary_category: str
    categories: tuple[str, ...]
    abstract: str
    comment: str
    doi: str
    journal_ref: str
    abs_url: str
    pdf_url: str
    is_withdrawn: bool


@dataclass(frozen=True)
class Answer:
    """What arXiv said: records in the order asked, each once; the other ids as they were asked.

    `missing`: arXiv has no such paper or version. `malformed`: no arXiv id, or a record that
    cannot be read (a date that is none, no title, no author).
    """

    records: tuple[Record, ...]
    missing: tuple[str, ...]
    malformed: tuple[str, ...]


class ArxivError(Exception):
    """arXiv gave no usable answer. The codes stand at the top of this file."""

    def __init__(
        self, code: str, value: str = "", *, retry_after: float | None = None, is_passing: bool
    ) -> None:
        super().__init__(f"{code}: {value}" if value else code)
        self.code = code
        self.value = value
        self.retry_after = retry_after
        self.is_passing = is_passing


@dataclass(frozen=True)
class ArxivConfig:
    """Addresses as `https://export.arxiv.org/api/query` and `https://arxiv.org/pdf`; seconds.

    `api_gap` stands between the two requests of one call, in the rare case that it makes two.
    """

    api_url: str
    pdf_url: str
    contact: str
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    total_timeout: float = 60.0
    max_pdf_bytes: int = 30 * 2**20
    api_gap: float = 3.0


def fetch_records(ids: Sequence[ArxivId], config: ArxivConfig) -> Answer:
    """Ask arXiv for these papers (at most 100) in one request; the caller holds an "api" slot.

    An id without a version gives the newest. arXiv refuses the whole request for one malformed
    id, so those are sorted out before; if it still names one, the others are asked once more.
    Raises ArxivError, and ValueError for more than 100 ids.
    """
    if len(ids) > MOST_IDS:
        raise ValueError(f"{len(ids)} ids at once, at most {MOST_IDS}")
    known = {one: parse_arxiv_id(str(one)) for one in ids}
    malformed = [one for one, parsed in known.items() if parsed is None]
    good = list(dict.fromkeys(parsed for parsed in known.values() if parsed))
    with _watch(config) as watch:
        feed = _ask(good, config, watch) if good else None
        if feed is not None and (complaint := _complaint(feed)):
            refused = _refused_ids(complaint, good)
            malformed += refused
            good = [one for one in good if one not in refused]
            watch.pause(config.api_gap if good else 0)
            feed = _ask(good, config, watch) if good else None
    if feed is None:
        return Answer((), (), tuple(map(str, malformed)))
    if complaint := _complaint(feed):
        raise ArxivError("bad-request", complaint, is_passing=False)
    return _answer(feed, good, malformed)


def fetch_pdf(
    url: str,
    target: Path,
    config: ArxivConfig,
    *,
    on_answer: Callable[[], None] = lambda: None,
) -> int:
    """Stream a PDF to `target` and return its bytes; the caller holds a "pdf" slot.

    `target` appears whole or not at all: the bytes go to a .part file beside it. `on_answer` is
    called when the answer begins: no further request follows. Raises ArxivError.
    """
    with (
        _watch(config) as watch,
        _part_file(target) as part,
        _opened(url, config, watch, accept="application/pdf") as reply,
    ):
        on_answer()
        if reply.status_code in (404, 410):
            raise ArxivError("pdf-missing", url, is_passing=False)
        _refuse_status(reply)
        announced = reply.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > config.max_pdf_bytes:
            raise ArxivError("pdf-too-large", announced, is_passing=False)
        written = 0
        for chunk in _from_mark_on(watch.chunks(reply), reply.headers.get("Content-Type", "")):
            written += len(chunk)
            if written > config.max_pdf_bytes:
                raise ArxivError("pdf-too-large", str(written), is_passing=False)
            part.write(chunk)
        part.close()  # a full disk speaks up here at the latest, before the rename
        Path(part.name).replace(target)
    return written


def pdf_url_for(arxiv_id: str, version: int, config: ArxivConfig) -> str:
    """Where the gateway fetches the PDF of this version: at arXiv, or at its local stand-in."""
    return f"{_https(config.pdf_url).rstrip('/')}/{arxiv_id}v{version}"


# One call: its deadline, its redirects, its statuses


@contextmanager
def _watch(config: ArxivConfig) -> Iterator[Watch]:
    """The deadline of one call; what fails on the way there and back is an ArxivError."""
    try:
        with Watch(config.total_timeout) as watch:
            yield watch
    except WatchedError as error:
        is_passing = error.code != "bad-address"
        code = error.code if is_passing else "bad-request"
        raise ArxivError(code, error.value, is_passing=is_passing) from error


@contextmanager
def _opened(
    url: str, config: ArxivConfig, watch: Watch, *, accept: str
) -> Iterator[requests.Response]:
    """GET with our limits; redirects are followed only within the same host."""
    with watch.session() as session:
        session.headers["User-Agent"] = _user_agent(config.contact)
        session.headers["Accept"] = accept
        for _ in range(_MOST_REDIRECTS + 1):
            reply = watch.get(
                session, url, connect=config.connect_timeout, read=config.read_timeout
            )
            if not reply.is_redirect:
                break
            url = _next_url(url, reply.headers["Location"])
        else:
            raise ArxivError("redirected", url, is_passing=False)
        with reply:
            yield reply


def _next_url(url: str, location: str) -> str:
    target = urljoin(url, location)
    old, new = urlsplit(url), urlsplit(target)
    is_same = (old.scheme, old.netloc) == (new.scheme, new.netloc)
    is_upgrade = (new.scheme, new.netloc) == ("https", old.netloc)
    if not (is_same or is_upgrade):
        raise ArxivError("redirected", target, is_passing=False)
    return target


def _refuse_status(reply: requests.Response) -> None:
    status = reply.status_code
    retry_after = _seconds(reply.headers.get("Retry-After", ""))
    if status == 429:
        raise ArxivError("rate-limited", "429", retry_after=retry_after, is_passing=True)
    if status >= 500:
        raise ArxivError("server-error", str(status), retry_after=retry_after, is_passing=True)
    if status != 200:
        raise ArxivError("bad-request", str(status), is_passing=False)


def _seconds(retry_after: str) -> float | None:
    """Retry-After as seconds from now, whether it came in seconds or as a date (RFC 9110)."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), MOST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), MOST_RETRY_AFTER)


def _user_agent(contact: str) -> str:
    safe = "".join(c for c in contact if " " < c <= "~")
    return f"weekly-paper-digest/1.0 ({safe}) arxiv.py/{arxiv.__version__}"


def _https(url: str) -> str:
    host = urlsplit(url).hostname or ""
    is_arxiv = host == "arxiv.org" or host.endswith(".arxiv.org")
    return re.sub(r"^http:", "https:", url) if is_arxiv else url


# The API: from bytes to records


def _ask(ids: Sequence[ArxivId], config: ArxivConfig, watch: Watch) -> Any:
    """The feed's root element. max_results is the number of ids: arXiv's own default is 10."""
    client = arxiv.Client()
    client.query_url_format = _https(config.api_url) + "?{}"
    search = arxiv.Search(id_list=list(map(str, ids)), max_results=len(ids))
    url = client._format_url(search, 0, len(ids))
    with _opened(url, config, watch, accept="application/atom+xml") as reply:
        if reply.status_code != 400:
            _refuse_status(reply)
        body = _body(reply, watch)
        is_refused = reply.status_code == 400
    try:
        feed = _root(body)
    except ArxivError as error:
        if not is_refused:
            raise
        raise ArxivError("bad-request", "400", is_passing=False) from error
    if is_refused and not _complaint(feed):
        raise ArxivError("bad-request", "400", is_passing=False)
    return feed


def _body(reply: requests.Response, watch: Watch) -> bytes:
    body = bytearray()
    for chunk in watch.chunks(reply):
        body += chunk
        if len(body) > _MOST_ANSWER_BYTES:
            raise ArxivError("not-atom", "too large", is_passing=True)
    return bytes(body)


# What XML 1.0 forbids, raw or as a reference: one such character in one title must not lose a page.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")


def _root(body: bytes) -> Any:
    """The feed, parsed strictly: the package's parser repairs a cut answer without a word."""
    text = _NOT_XML.sub("", body.decode("utf-8", errors="replace"))
    text = _REFERENCE.sub(_legal_reference, text)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        if not text.strip() or "<feed" in text[:2000]:
            raise ArxivError("cut", f"{len(body)} bytes", is_passing=True) from error
        raise ArxivError("not-atom", _line(text[:200])[:80], is_passing=True) from error
    if root.tag != f"{_ATOM}feed" or root.getroottree().docinfo.doctype:
        raise ArxivError("not-atom", _line(text[:200])[:80], is_passing=True)
    return root


def _legal_reference(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    is_legal = number <= 0x10FFFF and not _NOT_XML.match(chr(number))
    return found[0] if is_legal else ""


def _complaint(feed: Any) -> str:
    """The text of an Error entry, "" if there is none. A paper may be called "Error" too."""
    for entry in feed.iterfind(f"{_ATOM}entry"):
        if "/api/errors" in entry.findtext(f"{_ATOM}id", ""):
            return _line(entry.findtext(f"{_ATOM}summary", ""))[:200] or "Error"
    return ""


def _refused_ids(complaint: str, asked: Sequence[ArxivId]) -> list[ArxivId]:
    """Which ids an Error entry names ("incorrect id format for abc"); none: ArxivError."""
    named = {word.strip(".,;:'\"") for word in complaint.split()}
    refused = [one for one in asked if str(one) in named]
    if not refused:
        raise ArxivError("bad-request", complaint, is_passing=False)
    return refused


def _answer(feed: Any, asked: Sequence[ArxivId], malformed: Sequence[ArxivId]) -> Answer:
    entries = feed.findall(f"{_ATOM}entry")
    readable: dict[ArxivId, Record] = {}
    unreadable: list[ArxivId] = []
    for entry in entries:
        given = parse_arxiv_id(entry.findtext(f"{_ATOM}id", "").strip())
        record = _record(entry, given) if given else None
        if record:
            readable[ArxivId(record.arxiv_id, record.version)] = record
        elif given:
            unreadable.append(given)
    found = {one: _newest(one, readable) for one in asked}
    broken = [one for one in asked if not found[one] and _newest(one, unreadable)]
    missing = [one for one in asked if not found[one] and one not in broken]
    total = feed.findtext(_TOTAL, "").strip()
    if missing and total.isdecimal() and int(total) > len(entries):
        raise ArxivError("cut", f"{len(entries)} of {total} records", is_passing=True)
    return Answer(
        tuple(dict.fromkeys(readable[key] for key in found.values() if key)),
        tuple(map(str, missing)),
        tuple(map(str, [*malformed, *broken])),
    )


def _newest(asked: ArxivId, given: Iterable[ArxivId]) -> ArxivId | None:
    """Which of the given versions answers this id: exactly the one it names, else the newest."""
    fitting = [one for one in given if one.id == asked.id and asked.version in (None, one.version)]
    return max(fitting, key=lambda one: one.version or 0, default=None)


def _record(entry: Any, given: ArxivId) -> Record | None:
    """The entry as a record; None if it cannot be read, so that one bad date loses one paper."""
    try:
        result = _feed._build_result(entry)
    except (ValueError, OverflowError):
        return None
    if result is None or given.version is None:
        return None
    title, abstract, comment = _line(result.title), _prose(result.summary), _line(result.comment)
    authors = tuple(name for author in result.authors if (name := _line(author.name)))
    if not title or not authors:
        return None
    terms = (result.primary_category, *result.categories)
    categories = tuple(dict.fromkeys(term for raw in terms if (term := _line(raw))))
    return Record(
        arxiv_id=given.id,
        version=given.version,
        title=title,
        authors=authors,
        published_at=result.published,
        updated_at=result.updated,
        primary_category=_line(result.primary_category),
        categories=categories,
        abstract=abstract,
        comment=comment,
        doi=_line(result.doi),
        journal_ref=_line(result.journal_ref),
        abs_url=f"https://arxiv.org/abs/{given}",
        pdf_url=f"https://arxiv.org/pdf/{given}",
        is_withdrawn=_is_withdrawn(comment, abstract),
    )


# Texts from outside

# arXiv wraps abstracts; a new paragraph is a line that begins with white space, or an empty line.
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=[^\S\n])")


def _line(text: str | None) -> str:
    """Cleaned, on one line; the package gives None for an element that is not there."""
    return clean_line(text or "")


def _prose(text: str) -> str:
    """Cleaned and unwrapped; paragraphs are kept apart by an empty line."""
    paragraphs = map(_line, _PARAGRAPH.split(text.replace("\r\n", "\n").strip()))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


_WORK = r"(?:paper|article|manuscript|submission|preprint|work|report|note|draft|version)"
_GONE = r"(?:has been|have been|had been|has now been|is|was|is being)(?: \w+ly)? withdrawn\b"
_BY_AUTHORS = r"withdrawn by (?:the |all |its )?(?:\w+ )?(?:author|arxiv)"
_SAYS_WITHDRAWN = re.compile(rf"\bthis {_WORK} {_GONE}", re.IGNORECASE)
_COMMENT_WITHDRAWN = re.compile(
    # "Withdrawn from a venue" is about the venue: the paper itself still stands.
    rf"(?:^|[.;,(] ?)(?:{_WORK} )?withdrawn\b(?! from\b)(?! \S+ submission)"
    rf"|\b(?:the|our) {_WORK} {_GONE}|\b{_BY_AUTHORS}|\bauthors? (?:has|have) withdrawn\b",
    re.IGNORECASE,
)
_ABSTRACT_WITHDRAWN = re.compile(rf"\W*(?:(?:{_WORK} )?{_BY_AUTHORS}|withdrawn\W*$)", re.IGNORECASE)


def _is_withdrawn(comment: str, abstract: str) -> bool:
    """arXiv has no field for it: a withdrawn version says so in its comment or its abstract."""
    return bool(
        _SAYS_WITHDRAWN.search(comment)
        or _COMMENT_WITHDRAWN.search(comment)
        or _SAYS_WITHDRAWN.search(abstract)
        or _ABSTRACT_WITHDRAWN.match(abstract)
    )


# Files


@contextmanager
def _part_file(target: Path) -> Iterator[IO[bytes]]:
    """A file of its own beside the target, gone afterwards unless it was renamed."""
    with tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f"{target.name}.", suffix=".part", delete=False
    ) as part:
        try:
            yield cast(IO[bytes], part)
        finally:
            Path(part.name).unlink(missing_ok=True)


def _from_mark_on(chunks: Iterator[bytes], content_type: str) -> Iterator[bytes]:
    """The same chunks, once "%PDF-" has been seen among the first 1,024 bytes."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _PDF_MARK_WITHIN:
            break
    if not head:
        raise ArxivError("cut", "0 bytes", is_passing=True)
    if _PDF_MARK not in head[:_PDF_MARK_WITHIN]:
        is_page = "html" in content_type.lower() or b"<html" in head[:_PDF_MARK_WITHIN].lower()
        raise ArxivError("not-a-pdf", _line(content_type)[:80], is_passing=is_page)
    yield head
    yield from chunks
