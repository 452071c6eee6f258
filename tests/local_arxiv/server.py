"""The server: addresses as at arXiv, a log of what was asked, and faults on request."""

import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.local_arxiv import atom
from tests.local_arxiv.corpus import paper_named, pdf_of, weekly_list
from tests.local_arxiv.faults import FAULTS, Fault, Reply, Wire

_ID = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_PDF_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*\.pdf")
_DEFAULT_MAX_RESULTS = 10  # as at arXiv: who asks for 30 ids without saying so gets ten
_MISSING = Reply(404, "text/plain", b"Not Found")


@dataclass(frozen=True)
class Asked:
    """One request: `at` in seconds of the monotonic clock, `kind` api, pdf, abs, list or sample."""

    at: float
    kind: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class LocalArxiv:
    """arXiv on a free port of 127.0.0.1, for as long as the `with` block lasts.

    `shape` is "2024" or "2026"; `api_delay` seconds stand before each API answer; `pdf_rate` is
    the speed of PDFs in bytes a second; PDFs of `folder` are served under /sample/NAME.pdf. What a
    test puts into `lists`, by path under /lists/, is served as an upstream's list.
    """

    def __init__(
        self,
        *,
        shape: str = atom.NEW,
        port: int = 0,
        api_delay: float = 0.0,
        pdf_rate: int | None = None,
        folder: Path | None = None,
    ) -> None:
        if shape not in atom.SHAPES:
            raise ValueError(f"no shape {shape!r}; there are {', '.join(atom.SHAPES)}")
        self.shape, self.api_delay, self.pdf_rate, self.folder = shape, api_delay, pdf_rate, folder
        self.lists: dict[str, str] = {}
        self.closing = threading.Event()
        self._goes_on = threading.Event()
        self._goes_on.set()
        self._lock = threading.Lock()
        self._log: list[Asked] = []
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._lasting: dict[str, Fault] = {}
        self._at_once: Counter[str] = Counter()
        self._most_at_once: Counter[str] = Counter()
        self._server = _Server(port, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._goes_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/query"

    @property
    def pdf_url(self) -> str:
        return f"{self.url}/pdf"

    @property
    def requests(self) -> list[Asked]:
        """Everything asked so far, in order."""
        with self._lock:
            return list(self._log)

    def asked(self, kind: str) -> list[Asked]:
        """The requests of one kind."""
        return [one for one in self.requests if one.kind == kind]

    def most_at_once(self, kind: str) -> int:
        """How many requests of this kind waited for their answers at the same time, at the most."""
        with self._lock:
            return self._most_at_once[kind]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Until the block ends no API answer is given: what is asked meanwhile waits."""
        self._goes_on.clear()
        try:
            yield
        finally:
            self._goes_on.set()

    def script(self, target: str, *faults: Fault | str, forever: bool = False) -> None:
        """The next requests to `target` (a kind, or a path) each meet the next of these faults.

        After the last one all is well again; with `forever` the last one stays.
        """
        steps = [Fault.of(fault) for fault in faults]
        with self._lock:
            self._faults[target].extend(steps)
            if forever:
                self._lasting[target] = steps[-1]

    def heal(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()
            self._lasting.clear()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Log the request, then answer it or let its fault happen."""
        path, kind, query = _asked_for(handler.path)
        with self._lock:
            headers = dict(handler.headers.items())
            self._log.append(Asked(time.monotonic(), kind, path, query, headers))
            self._at_once[kind] += 1
            self._most_at_once[kind] = max(self._most_at_once[kind], self._at_once[kind])
            fault = self._next_fault(path) or self._next_fault(kind)
        try:
            reply = self._reply(kind, path, query)
            if kind == "api":
                self._think()
        finally:
            with self._lock:  # not after it was sent: by then the next one may have been asked
                self._at_once[kind] -= 1
        if not self.closing.is_set():
            self._send(handler, kind, reply, fault)

    def _think(self) -> None:
        self.closing.wait(self.api_delay)
        self._goes_on.wait()

    def _next_fault(self, target: str) -> Fault | None:
        waiting = self._faults[target]
        return waiting.popleft() if waiting else self._lasting.get(target)

    def _send(
        self, handler: BaseHTTPRequestHandler, kind: str, reply: Reply, fault: Fault | None
    ) -> None:
        wire = Wire(handler, self.closing, self.pdf_rate if kind in ("pdf", "sample") else None)
        if fault:
            FAULTS[fault.kind](wire, reply, fault.value)
        else:
            wire.send(reply)

    def _reply(self, kind: str, path: str, query: Mapping[str, str]) -> Reply:
        name = path.split("/", 2)[-1]
        match kind:
            case "api":
                return self._api(query)
            case "pdf":
                return _pdf(name.removesuffix(".pdf"))
            case "abs":
                return _abs(name)
            case "list":
                return self._list(path)
            case "sample":
                return self._sample(name)
        return _MISSING

    def _api(self, query: Mapping[str, str]) -> Reply:
        asked = [name for name in query.get("id_list", "").split(",") if name]
        malformed = [name for name in asked if not _ID.fullmatch(name)]
        if malformed:
            body = atom.error_feed(malformed[0])
            return Reply(400, "application/atom+xml; charset=utf-8", body)
        start = int(query.get("start", "0"))
        size = int(query.get("max_results", _DEFAULT_MAX_RESULTS))
        found = [one for name in asked if (one := paper_named(name))]
        text = f"search_query=&id_list={','.join(asked)}&start={start}&max_results={size}"
        page = found[start : start + size]
        body = atom.feed(page, text, total=len(found), start=start, size=size, shape=self.shape)
        return Reply(200, "application/atom+xml; charset=utf-8", body)

    def _list(self, path: str) -> Reply:
        text = weekly_list() if path == "/list.md" else self.lists.get(path)
        if text is None:
            return _MISSING
        return Reply(200, "text/markdown; charset=utf-8", text.encode())

    def _sample(self, name: str) -> Reply:
        if self.folder is None or not _PDF_NAME.fullmatch(name):
            return _MISSING
        file = self.folder / name
        return Reply(200, "application/pdf", file.read_bytes()) if file.is_file() else _MISSING


def _asked_for(target: str) -> tuple[str, str, dict[str, str]]:
    parts = urlsplit(target)
    path = unquote(parts.path)
    first = path.split("/")[1]
    kinds = {"api": "api", "pdf": "pdf", "abs": "abs", "list.md": "list", "sample": "sample"}
    kind = kinds.get("list.md" if first == "lists" else first, "unknown")
    if kind == "api" and path != "/api/query":
        kind = "unknown"
    return path, kind, {key: values[-1] for key, values in parse_qs(parts.query).items()}


def _pdf(name: str) -> Reply:
    """A withdrawn version answers 200 at /abs/ and 404 here, as at arXiv."""
    found = paper_named(name)
    if found is None or not found[1].has_pdf:
        return _MISSING
    paper, version = found
    return Reply(200, "application/pdf", pdf_of(paper.arxiv_id, version.number))


def _abs(name: str) -> Reply:
    found = paper_named(name)
    if found is None:
        return _MISSING
    page = f"<!DOCTYPE html>\n<title>{found[0].arxiv_id}</title><p>A page of the local arXiv.</p>\n"
    return Reply(200, "text/html; charset=utf-8", page.encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a thread that hangs on purpose must not hold the test back

    def __init__(self, port: int, site: LocalArxiv) -> None:
        self.site = site
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.server.site.answer(self)

    def handle(self) -> None:
        with suppress(OSError):  # the client has gone, as it should after a timeout
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Silence: `requests` is the log."""
