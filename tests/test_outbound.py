"""Addresses that an editor gave: only allowed hosts, https, public networks; with caps."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from papers import outbound
from papers.outbound import OutboundError, check_address, fetch_text, raw_address
from tests.local_arxiv import LocalArxiv, weekly_list

PUBLIC = "93.184.216.34"
RAW = "raw.githubusercontent.com"


@pytest.fixture
def site() -> Iterator[LocalArxiv]:
    with LocalArxiv() as server:
        yield server


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The name service of the test: host to addresses. There is no network to ask a real one."""
    known: dict[str, list[str]] = {RAW: [PUBLIC]}

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host not in known:
            raise socket.gaierror(host)
        return [(2, 1, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", look_up)
    return known


def refusal_of(url: str, *hosts: str) -> str:
    with pytest.raises(OutboundError) as raised:
        fetch_text(url, hosts)
    return raised.value.code


# ── which addresses ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://evil.example/list.md", "host-not-allowed"),
        (f"https://{RAW}.evil.example/list.md", "host-not-allowed"),
        (f"https://{RAW}@evil.example/list.md", "host-not-allowed"),
        (f"https://evil.example#@{RAW}/", "host-not-allowed"),
        (f"http://{RAW}/list.md", "not-https"),
        (f"ftp://{RAW}/list.md", "not-https"),
        (f"file://{RAW}/etc/passwd", "not-https"),
        (f"https://{RAW}:8443/list.md", "not-https"),
        (f"https://user:secret@{RAW}/list.md", "not-https"),
        ("file:///etc/passwd", "host-not-allowed"),
        ("javascript:alert(1)", "host-not-allowed"),
        ("list.md", "host-not-allowed"),
        ("", "host-not-allowed"),
        ("https://[::1", "host-not-allowed"),
        (f"https://{RAW}:port/list.md", "host-not-allowed"),
    ],
)
def test_an_address_that_is_not_allowed_is_never_asked(
    url: str, code: str, lookups: dict[str, list[str]]
) -> None:
    assert refusal_of(url, RAW) == code


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
     "fe80::1", "fd00::1", "::ffff:127.0.0.1"],
)  # fmt: skip
def test_an_allowed_name_that_leads_into_a_private_network_is_refused(
    address: str, lookups: dict[str, list[str]]
) -> None:
    lookups[RAW] = [PUBLIC, address]  # one bad one is enough
    assert refusal_of(f"https://{RAW}/list.md", RAW) == "private-address"


def test_an_allowed_name_that_is_not_known_is_unreachable(lookups: dict[str, list[str]]) -> None:
    del lookups[RAW]
    assert refusal_of(f"https://{RAW}/list.md", RAW) == "unreachable"


def test_an_allowed_public_address_may_be_asked_in_any_case(lookups: dict[str, list[str]]) -> None:
    check_address(f"HTTPS://{RAW.upper()}:443/list.md", [RAW])
    with pytest.raises(OutboundError):
        check_address(f"https://{RAW}/list.md", [])


def test_a_github_page_of_a_file_is_read_as_its_raw_text() -> None:
    page = "https://github.com/dair-ai/AI-Papers-of-the-Week/blob/main/years/2023.md"
    raw = f"https://{RAW}/dair-ai/AI-Papers-of-the-Week/main/years/2023.md"
    assert raw_address(f" {page} ") == raw
    assert raw_address(raw) == raw
    assert raw_address("https://github.com/dair-ai") == "https://github.com/dair-ai"


# ── what comes ──────────────────────────────────────────────────────────────────────────────────
def test_the_operators_own_server_is_asked_as_written(site: LocalArxiv) -> None:
    assert fetch_text(f"{site.url}/list.md", [site.url]) == weekly_list()


def test_another_port_of_the_operators_server_is_another_server(site: LocalArxiv) -> None:
    with LocalArxiv() as other:
        assert refusal_of(f"{other.url}/list.md", site.url) == "host-not-allowed"
        assert other.requests == []


@pytest.mark.parametrize("fault", ["404", "500", "503", "429"])
def test_an_error_says_its_number(site: LocalArxiv, fault: str) -> None:
    site.script("list", fault)
    with pytest.raises(OutboundError) as raised:
        fetch_text(f"{site.url}/list.md", [site.url])
    assert (raised.value.code, raised.value.value) == ("http-status", fault)


def test_a_redirect_to_a_host_that_is_not_allowed_is_not_followed(site: LocalArxiv) -> None:
    with LocalArxiv() as inside:
        site.script("list", f"redirect:{inside.url}/list.md")
        assert refusal_of(f"{site.url}/list.md", site.url) == "host-not-allowed"
        assert inside.requests == []


def test_a_redirect_to_an_allowed_address_is_followed(site: LocalArxiv) -> None:
    site.script("list", "redirect:/list.md")
    assert fetch_text(f"{site.url}/list.md", [site.url]) == weekly_list()


def test_redirects_without_end_are_ended(site: LocalArxiv) -> None:
    site.script("list", "redirect:/list.md", forever=True)
    assert refusal_of(f"{site.url}/list.md", site.url) == "too-many-redirects"
    assert len(site.requests) == outbound.MAX_REDIRECTS + 1


def test_a_redirect_to_no_address_at_all_is_an_error_in_words(site: LocalArxiv) -> None:
    site.script("list", "redirect:http://[")
    assert refusal_of(f"{site.url}/list.md", site.url) == "unreachable"


def test_a_text_without_end_is_cut_off(site: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "MAX_BYTES", 2**18)
    site.script("list", "endless")
    assert refusal_of(f"{site.url}/list.md", site.url) == "too-large"


@pytest.mark.parametrize("fault", ["drip", "drip-headers", "drip-forever", "hang"])
def test_a_server_that_drips_or_hangs_is_left_at_the_deadline(
    site: LocalArxiv, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TOTAL", 0.4)
    site.script("list", fault)
    assert refusal_of(f"{site.url}/list.md", site.url) == "timeout"


def test_one_deadline_stands_over_all_redirects(
    site: LocalArxiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TOTAL", 0.5)
    site.script("list", "redirect:/list.md", "redirect:/list.md", "hang")
    assert refusal_of(f"{site.url}/list.md", site.url) == "timeout"


@pytest.mark.parametrize("fault", ["reset", "broken-off"])
def test_a_connection_that_breaks_is_unreachable(site: LocalArxiv, fault: str) -> None:
    site.script("list", fault)
    assert refusal_of(f"{site.url}/list.md", site.url) == "unreachable"


def test_what_is_not_text_says_so(site: LocalArxiv) -> None:
    site.script("list", "encrypted")  # a PDF
    assert refusal_of(f"{site.url}/list.md", site.url) == "not-text"


def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut_off(
    site: LocalArxiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "MAX_BYTES", 2**18)
    bomb = gzip.compress(bytes(2**22))
    assert len(bomb) < 2**13
    with one_answer(b"Content-Encoding: gzip", bomb) as url:
        assert refusal_of(url, url) == "too-large"


@contextmanager
def one_answer(header: bytes, body: bytes) -> Iterator[str]:
    """A server that gives one answer with this header and body."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _address = listening.accept()
            with connection, suppress(OSError):
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + header + b"\r\n")
                connection.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)

        Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_byte_order_mark_is_no_part_of_the_text(site: LocalArxiv) -> None:
    site.script("list", "body:\ufeff1) a list")
    assert fetch_text(f"{site.url}/list.md", [site.url]) == "1) a list"


def test_nobody_listening_is_unreachable() -> None:
    assert refusal_of("http://127.0.0.1:1/list.md", "http://127.0.0.1:1") == "unreachable"


@pytest.mark.parametrize("named", ["; charset=Shift_JIS", "; charset=utf-8", ""])
def test_a_japanese_page_is_read_in_its_encoding_whatever_the_server_says(named: str) -> None:
    body = "今週の論文 2304.99001".encode("cp932")
    with one_answer(f"Content-Type: text/plain{named}".encode(), body) as url:
        assert fetch_text(url, [url]) == "今週の論文 2304.99001"
