"""Bytes of a text from outside, in whichever encoding they are: what Japanese editors save."""

import codecs
import re
from contextlib import suppress

_MARKS = (  # UTF-32's first: it begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# As HTML and XML say it in their first lines: <meta charset="…">, encoding="…".
_SAID = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})")
_HEAD = 2048
_ESCAPES = (b"\x1b$", b"\x1b(")  # ISO-2022-JP is plain ASCII but for these
# Hiragana and full-width katakana: all Japanese text has some, and no other reading of its bytes.
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
# Bytes that no text has: those of a picture or an archive would be read as Western letters.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PDF = b"%PDF-"  # its first lines alone could pass for Western text
# Where a page says one of these it means its superset by Microsoft.
_SUPERSETS = {"shift_jis": "cp932", "iso8859-1": "cp1252"}


def decoded(body: bytes, charset: str = "") -> str:
    """The text: by its mark, as UTF-8, by the name that the server (`charset`) or the page gives,
    else as Japanese or Western. Raises UnicodeDecodeError."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name)
    if any(escape in body for escape in _ESCAPES):
        with suppress(UnicodeDecodeError):
            return body.decode("iso2022_jp_ext")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        text = _by_name(body, charset) or _japanese(body) or _western(body)
        if text is None:
            raise error
        return text


def _by_name(body: bytes, charset: str) -> str | None:
    said = _SAID.search(body[:_HEAD])
    for name in (charset, said[1].decode("ascii") if said else ""):
        with suppress(LookupError, UnicodeDecodeError):  # no such encoding, or not this one
            known = codecs.lookup(name).name
            text = body.decode(_SUPERSETS.get(known, known))
            if not _CONTROLS.search(text):
                return text
    return None


def _japanese(body: bytes) -> str | None:
    for name in ("euc_jp", "cp932"):
        with suppress(UnicodeDecodeError):
            text = body.decode(name)
            if _KANA.search(text) and not _CONTROLS.search(text):
                return text
    return None


def _western(body: bytes) -> str | None:
    if body.startswith(_PDF):
        return None
    with suppress(UnicodeDecodeError):
        text = body.decode("cp1252")
        return None if _CONTROLS.search(text) else text
    return None
