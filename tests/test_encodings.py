"""Texts in the encodings that editors save and servers send, and bytes that are no text."""

from __future__ import annotations

import codecs
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.encodings import decoded

LIST = "今週の論文（4月3日～9日）\r\n1. サーベイ https://arxiv.org/abs/2304.99001\r\n"
JAPANESE = ["cp932", "shift_jis", "euc_jp", "iso2022_jp", "utf-16", "utf-32", "utf-8-sig"]


@pytest.mark.parametrize("name", JAPANESE)
def test_japanese_text_is_read_in_the_encoding_it_was_saved_in(name: str) -> None:
    assert decoded(LIST.replace("～", "-").encode(name)) == LIST.replace("～", "-")


def test_the_wave_of_windows_is_read_as_windows_has_it() -> None:
    assert decoded(LIST.encode("cp932")) == LIST
    assert decoded(LIST.encode("cp932"), "Shift_JIS") == LIST


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_both_orders_of_utf_16_are_read(mark: bytes) -> None:
    name = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    assert decoded(mark + LIST.encode(name)) == LIST


def test_western_text_is_not_taken_for_japanese() -> None:
    assert decoded("Café “Müller” – 2304.99001".encode("cp1252")).startswith("Café “Müller” –")


def test_the_server_and_the_page_may_say_the_encoding() -> None:
    assert decoded("Привет".encode("koi8-r"), "koi8-r") == "Привет"
    page = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Привет</p>'
    assert decoded(page.encode("koi8-r")) == page


@pytest.mark.parametrize("charset", ["x-unknown", "utf-16", "", "ascii", "hex", "rot13"])
def test_what_is_said_wrongly_does_no_harm(charset: str) -> None:
    assert decoded(LIST.encode("cp932"), charset) == LIST
    assert decoded(LIST.encode(), charset) == LIST


def test_a_half_width_katakana_title_in_utf_8_stays_utf_8() -> None:
    assert decoded("ﾃｽﾄ 2304.99001".encode()) == "ﾃｽﾄ 2304.99001"


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7\n\xe2\xe3\xcf\xd3 1 0 obj",
        b"%PDF-1.7\n\x00\x01\xe2\xe3\xcf\xd3",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        gzip.compress(LIST.encode()),
        b"PK\x03\x04\x14\x00\x06\x00\x08\xff",
        codecs.BOM_UTF16_LE + b"a",
    ],
)
def test_bytes_that_are_no_text_are_refused(body: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        decoded(body)


@given(st.text())
def test_utf_8_is_always_read_as_it_stands(text: str) -> None:
    body = text.encode("utf-8", "ignore")
    if not body.startswith((codecs.BOM_UTF8, *(b"\x1b$", b"\x1b("))) and b"\x1b" not in body:
        assert decoded(body) == body.decode()


@given(st.binary())
def test_any_bytes_give_a_text_or_the_one_error(body: bytes) -> None:
    try:
        assert isinstance(decoded(body, "utf-8"), str)
    except UnicodeDecodeError as error:
        assert error.object is not None
