"""Fetching a text from an address that an editor gave: only from hosts on the allow-list, over
https, never from a private network, with caps on size and time."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection, Iterable
from urllib.parse import urljoin, urlsplit

from papers.encodings import decoded
from papers.watched import Watch, WatchedError

MAX_BYTES = 5 * 2**20
CONNECT, READ, TOTAL = 5.0, 15.0, 30.0
MAX_REDIRECTS = 3
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


class OutboundError(Exception):
    """Codes: host-not-allowed, not-https, private-address, unreachable, timeout, too-large,
    not-text, http-status (value: the number), too-many-redirects."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(f"{code} {value}".strip())
        self.code, self.value = code, value


def fetch_text(url: str, hosts: Collection[str]) -> str:
    """The text at `url`, in the encoding that it has or says. Raises OutboundError.

    `hosts` are lower-case host names, https only; an entry with its scheme, such as
    `http://127.0.0.1:8099`, is the operator's own server and is trusted as written.
    """
    url = raw_address(url)
    with Watch(TOTAL) as watch:
        for _ in range(MAX_REDIRECTS + 1):
            check_address(url, hosts)
            answer, location = _get(url, watch)
            if location is None:
                return answer
            url = _joined(url, location)
    raise OutboundError("too-many-redirects", url)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise OutboundError("unreachable", location[:200]) from error


def raw_address(url: str) -> str:
    """A GitHub page of a file, as its raw text: what an editor copies from the browser. That of a
    whole repository shows its README."""
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:  # an address such as "http://[" is none
        raise OutboundError("host-not-allowed", url[:200]) from error
    pieces = parts.path.rstrip("/").split("/")
    if parts.hostname == "github.com" and len(pieces) == 3:
        return f"https://raw.githubusercontent.com{'/'.join(pieces)}/HEAD/README.md"
    if parts.hostname != "github.com" or len(pieces) < 6 or pieces[3] != "blob":
        return url.strip()
    path = "/".join([*pieces[:3], *pieces[4:]])
    return f"https://raw.githubusercontent.com{path}"


def check_address(url: str, hosts: Collection[str]) -> None:
    """Raise OutboundError unless the address may be asked."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise OutboundError("host-not-allowed", url[:200]) from error
    if f"{parts.scheme}://{parts.netloc}".lower() in hosts:
        return
    if host not in hosts:
        raise OutboundError("host-not-allowed", host or url[:200])
    if parts.scheme != "https" or port not in (None, 443) or parts.username:
        raise OutboundError("not-https", url[:200])
    _refuse_private(host)


def _refuse_private(host: str) -> None:
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OutboundError("unreachable", host) from error
    if not all(ipaddress.ip_address(f[4][0]).is_global for f in found):
        raise OutboundError("private-address", host)


def _get(url: str, watch: Watch) -> tuple[str, str | None]:
    """The text, and where a redirect leads instead."""
    try:
        with (
            watch.session() as session,
            watch.get(session, url, connect=CONNECT, read=READ) as response,
        ):
            if response.is_redirect:
                return "", response.headers["Location"]
            if response.status_code != 200:
                raise OutboundError("http-status", str(response.status_code))
            said = _CHARSET.search(response.headers.get("Content-Type", ""))
            return _text(_read(watch.chunks(response)), said[1] if said else ""), None
    except WatchedError as error:
        code = "timeout" if error.code == "timeout" else "unreachable"
        raise OutboundError(code, url[:200]) from error


def _read(chunks: Iterable[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:  # counts what has been decompressed
        body += chunk
        if len(body) > MAX_BYTES:
            raise OutboundError("too-large", str(MAX_BYTES))
    return bytes(body)


def _text(body: bytes, charset: str) -> str:
    try:
        return decoded(body, charset)
    except UnicodeDecodeError as error:
        raise OutboundError("not-text") from error
