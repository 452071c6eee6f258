"""What can go wrong between arXiv and us, each as a real thing on the wire."""

import os
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler

from tests.local_arxiv import atom
from tests.local_arxiv.corpus import PAPERS, pdf_of

DRIP_STEP, DRIP_PAUSE = 20, 0.1  # bytes, seconds: 200 bytes a second
PASSWORD = "local-arxiv"


@dataclass(frozen=True)
class Reply:
    """What the server would say if nothing went wrong."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """A kind of FAULTS, with its value where it has one: `Fault("429", "7")`."""

    kind: str
    value: str = ""

    @classmethod
    def of(cls, text: "str | Fault") -> "Fault":
        """From "429:7", "hang" or a Fault; ValueError for a kind that there is not."""
        if isinstance(text, Fault):
            return text
        kind, _, value = text.partition(":")
        if kind not in FAULTS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(FAULTS)}")
        return cls(kind, value)


@dataclass(frozen=True)
class Wire:
    """One request's connection, and the event that is set when the server closes."""

    handler: BaseHTTPRequestHandler
    closing: threading.Event
    rate: int | None = None

    def send(self, reply: Reply) -> None:
        """The whole reply with its length, as fast as `rate` (bytes a second) allows."""
        self.send_head(reply, length=len(reply.body))
        if not self.rate:
            self.write(reply.body)
            return
        step = max(self.rate // 20, 1)
        for start in range(0, len(reply.body), step):
            self.write(reply.body[start : start + step])
            if self.closing.wait(step / self.rate):
                return

    def send_head(self, reply: Reply, *, length: int | None) -> None:
        """Status and headers; without a length the end of the connection ends the body."""
        self.handler.send_response(reply.status)
        self.handler.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.handler.send_header(name, value)
        if length is None:
            self.handler.send_header("Connection", "close")
            self.handler.close_connection = True
        else:
            self.handler.send_header("Content-Length", str(length))
        self.handler.end_headers()

    def write(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def drip(self, data: bytes) -> None:
        """200 bytes a second, until all is sent, the client has gone or the server closes."""
        for start in range(0, len(data), DRIP_STEP):
            self.write(data[start : start + DRIP_STEP])
            if self.closing.wait(DRIP_PAUSE):
                return


Action = Callable[[Wire, Reply, str], None]


def _status(number: int, text: str) -> Action:
    def send(wire: Wire, _: Reply, value: str) -> None:
        headers = {"Retry-After": value} if value else {}
        wire.send(Reply(number, "text/plain", text.encode(), headers))

    return send


def _hang(wire: Wire, _reply: Reply, _value: str) -> None:
    wire.handler.close_connection = True
    wire.closing.wait()


def _drip(wire: Wire, reply: Reply, _value: str) -> None:
    wire.send_head(reply, length=len(reply.body))
    wire.drip(reply.body)


def _drip_headers(wire: Wire, reply: Reply, _value: str) -> None:
    """Headers without end: a limit on the body alone does not see this one."""
    wire.handler.close_connection = True
    wire.drip(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: slow\r\n" % n for n in range(5_000)))


def _drip_forever(wire: Wire, reply: Reply, _value: str) -> None:
    """A body without a length, so that its end is only the end of the connection."""
    wire.send_head(reply, length=None)
    wire.drip(reply.body * 100)


def _cut(wire: Wire, reply: Reply, _value: str) -> None:
    """Cut before it reached the server: HTTP is in order, its XML ends in the middle."""
    wire.send(replace(reply, body=reply.body[: len(reply.body) * 6 // 10]))


def _broken_off(wire: Wire, reply: Reply, _value: str) -> None:
    """The connection ends before the announced length is reached."""
    wire.send_head(reply, length=len(reply.body))
    wire.write(reply.body[: len(reply.body) * 6 // 10])
    wire.handler.close_connection = True


def _html(wire: Wire, _: Reply, _value: str) -> None:
    page = "<!DOCTYPE html>\n<html><head><title>arXiv</title></head><body><p>Busy.<br></body>\n"
    wire.send(Reply(200, "text/html; charset=utf-8", page.encode()))


def _rate_exceeded(wire: Wire, _: Reply, _value: str) -> None:
    wire.send(Reply(200, "text/plain", b"Rate exceeded."))


def _error_entry(wire: Wire, _: Reply, value: str) -> None:
    wire.send(Reply(400, "application/atom+xml; charset=utf-8", atom.error_feed(value or "abc")))


def _error_entry_200(wire: Wire, _: Reply, value: str) -> None:
    wire.send(Reply(200, "application/atom+xml; charset=utf-8", atom.error_feed(value or "abc")))


def _empty(wire: Wire, reply: Reply, _value: str) -> None:
    body = atom.feed([], "", total=0, start=0, size=100, shape=atom.NEW)
    wire.send(replace(reply, body=body))


def _short(wire: Wire, reply: Reply, _value: str) -> None:
    """Good XML that announces more records than it has: the last entry is left out."""
    before, _, rest = reply.body.rpartition(b"  <entry>")
    wire.send(replace(reply, body=before + rest.partition(b"</entry>\n")[2]))


def _bad_date(wire: Wire, reply: Reply, value: str) -> None:
    """The record of the id `value` gets a date that is none."""
    pattern = rb"(abs/%s(?:v\d+)?</id>.*?<updated>)[^<]*" % re.escape(value.encode())
    wire.send(replace(reply, body=re.sub(pattern, rb"\g<1>soon", reply.body, flags=re.DOTALL)))


def _text(wire: Wire, reply: Reply, value: str) -> None:
    """`value` is ELEMENT=XML: every entry gets this XML as its title, summary, comment, …"""
    element, _, xml = value.partition("=")
    pattern = rf"(<entry>.*?<(?:arxiv:)?{element}\b[^>]*>)[^<]*".encode()
    changed = re.sub(pattern, lambda found: found[1] + xml.encode(), reply.body, flags=re.DOTALL)
    wire.send(replace(reply, body=changed))


def _body(wire: Wire, reply: Reply, value: str) -> None:
    """`value` instead of the body, with status 200."""
    wire.send(replace(reply, status=200, body=value.encode()))


def _reset(wire: Wire, _reply: Reply, _value: str) -> None:
    """Lingering for zero seconds makes the kernel send RST; detached, so that no FIN goes first."""
    linger = struct.pack("ii", 1, 0)
    wire.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    wire.handler.close_connection = True
    os.close(wire.handler.connection.detach())


def _redirect(wire: Wire, _: Reply, value: str) -> None:
    wire.send(Reply(301, "text/html", b"", {"Location": value}))


def _endless(wire: Wire, _: Reply, _value: str) -> None:
    wire.send_head(Reply(200, "application/pdf", b""), length=None)
    wire.write(b"%PDF-1.7\n")
    while not wire.closing.is_set():
        wire.write(b"%" * 65_536)


def _announced(wire: Wire, _: Reply, value: str) -> None:
    """A length over any cap, and nothing after it."""
    reply = Reply(200, "application/pdf", b"")
    wire.send_head(reply, length=int(value or 300 * 2**20))
    wire.closing.wait()


def _junk(wire: Wire, reply: Reply, _value: str) -> None:
    wire.send(Reply(200, "application/pdf", b"\x7fELF" + bytes(4_000)))


def _encrypted(wire: Wire, reply: Reply, value: str) -> None:
    first = next(iter(PAPERS))
    wire.send(replace(reply, status=200, body=pdf_of(value or first, 1, encrypt=PASSWORD)))


def _other_paper(wire: Wire, reply: Reply, value: str) -> None:
    body = pdf_of(value or next(reversed(list(PAPERS))), 1)
    wire.send(Reply(200, "application/pdf", body))


FAULTS: Mapping[str, Action] = {
    "403": _status(403, "Forbidden"),
    "404": _status(404, "Not Found"),
    "429": _status(429, "Rate exceeded."),
    "500": _status(500, "Internal Server Error"),
    "503": _status(503, "Service Unavailable"),
    "hang": _hang,
    "drip": _drip,
    "drip-headers": _drip_headers,
    "drip-forever": _drip_forever,
    "cut": _cut,
    "broken-off": _broken_off,
    "html": _html,
    "rate-exceeded": _rate_exceeded,
    "error-entry": _error_entry,
    "error-entry-200": _error_entry_200,
    "empty": _empty,
    "short": _short,
    "bad-date": _bad_date,
    "text": _text,
    "body": _body,
    "reset": _reset,
    "redirect": _redirect,
    "endless": _endless,
    "announced": _announced,
    "junk": _junk,
    "encrypted": _encrypted,
    "other-paper": _other_paper,
}
