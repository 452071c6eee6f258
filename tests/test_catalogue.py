"""The Japanese catalogue: complete, compiled, and in one voice."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.utils.translation import trans_real

from tests.conftest import need

ROOT = Path(__file__).parents[1]
PO = ROOT / "locale/ja/LC_MESSAGES/django.po"
THEIRS = ROOT / "locale/third_party/ja/LC_MESSAGES/django.po"
SOURCES = ("config", "digests", "papers", "templates")
KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr)(\[\d+\])? (".*")')
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")
JAPANESE = re.compile(r"[〜぀-ヿ一-鿿]")
# Words of the Japanese screens that need no Japanese letter.
ALIKE = {
    "PDF",
    "URL",
    "%(code)s %(value)s",
    "DOI：",
    "%(month)s（%(counter)s）",
    "Q：%(question)s",
    "A",
    "B",
}
# The words that the whole site agrees on.
SET_WORDS = {
    "issue": "号",
    "entry": "掲載論文",
    "edition": "公開版",
    "evidence": "根拠",
    "question bank": "定番の質問",
    "source": "入手元リスト",
    "Desk": "編集デスク",
    "AI draft": "AI下書き",
    "Extracted notes": "抽出メモ",
    "Evidence is not shown": "根拠の表示なし",
    "Sample": "見本",
    "Japanese title": "邦題",
    "Highlight": "見出し",
    "One-liner": "ひとこと",
    "Summary": "概要",
    "Accept": "採用",
    "Leave it": "見送る",
    "Approve": "承認",
    "Publish": "公開",
    "being written": "執筆中",
    "in review": "確認待ち",
    "ready to publish": "公開待ち",
    "scheduled": "公開予約済み",
    "published": "公開中",
    "taken back": "公開停止",
    "queued": "待機中",
    "running": "処理中",
    "waiting to retry": "再試行待ち",
    "failed": "失敗",
    "done": "完了",
    "method": "手法",
    "data or model release": "データ・モデル公開",
    "empirical study": "実証研究",
    "survey": "サーベイ",
    "theory": "理論",
}
NOT_OUR_STYLE = {
    "a roundabout 'can'": re.compile(r"(こと|事)が(でき|出来)"),
    "a full-width digit or letter": re.compile(r"[０-９Ａ-Ｚａ-ｚ]"),
    "half-width punctuation after Japanese": re.compile(r"[぀-ヿ一-鿿][,.!?;]"),
    "a half-width bracket in Japanese": re.compile(r"[぀-ヿ一-鿿]\("),
    "である style": re.compile(r"(である|だった|ない|(?<![まで])した|する|いる)。"),
}


@dataclass(frozen=True)
class Message:
    msgid: str
    plural: str
    context: str | None
    japanese: str
    is_fuzzy: bool

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.msgid


def read_po(path: Path) -> Iterator[Message]:
    """Every message of a .po file but its header; what is obsolete (#~) is passed over."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        place = ""
        for line in block.splitlines():
            begun = KEYWORD.fullmatch(line)
            if begun:
                place = begun[1]
            if begun or line.startswith('"'):
                parts[place] = parts.get(place, "") + ast.literal_eval(begun[3] if begun else line)
        if parts.get("msgid"):
            yield Message(
                parts["msgid"],
                parts.get("msgid_plural", ""),
                parts.get("msgctxt"),
                parts["msgstr"],
                bool(re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE)),
            )


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    found = list(read_po(PO))
    assert len(found) > 400
    return found


@pytest.fixture(scope="module")
def compiled() -> GNUTranslations:
    with PO.with_suffix(".mo").open("rb") as file:
        return GNUTranslations(file)


def test_every_message_is_translated_and_none_is_fuzzy(messages: list[Message]) -> None:
    assert [m.msgid for m in messages if not m.japanese or m.is_fuzzy] == []


def test_no_message_is_left_in_english(messages: list[Message]) -> None:
    left = {m.japanese for m in messages if not JAPANESE.search(m.japanese)}
    assert left <= ALIKE


def test_the_compiled_catalogue_says_what_the_source_says(
    messages: list[Message], compiled: GNUTranslations
) -> None:
    said = {m.key: m.japanese for m in messages}
    found: dict[tuple[str | None, str], str] = {}
    for key, japanese in vars(compiled)["_catalog"].items():
        msgid = key if isinstance(key, str) else key[0]  # a plural stands as (msgid, form)
        context, mark, rest = msgid.partition("\x04")
        found[(context, rest) if mark else (None, msgid)] = japanese
    del found[(None, "")]
    assert found == said


def test_the_catalogue_is_japanese_and_has_one_plural_form(compiled: GNUTranslations) -> None:
    header = compiled.info()
    assert header["language"] == "ja"
    assert header["plural-forms"] == "nplurals=1; plural=0;"
    assert header["content-type"] == "text/plain; charset=UTF-8"
    assert "PACKAGE" not in header["project-id-version"]


def test_placeholders_of_both_languages_agree(messages: list[Message]) -> None:
    """The Japanese sentence has one form, so it takes the placeholders of the English plural."""
    differ = [
        m.msgid
        for m in messages
        if Counter(PLACEHOLDER.findall(m.plural or m.msgid))
        != Counter(PLACEHOLDER.findall(m.japanese))
    ]
    assert differ == []


def test_the_words_of_the_house_are_used(messages: list[Message]) -> None:
    said = {m.msgid: m.japanese for m in messages if m.context is None}
    assert {msgid: said.get(msgid) for msgid in SET_WORDS} == SET_WORDS


@pytest.mark.parametrize("fault", NOT_OUR_STYLE)
def test_the_catalogue_speaks_with_one_voice(messages: list[Message], fault: str) -> None:
    assert [m.japanese for m in messages if NOT_OUR_STYLE[fault].search(m.japanese)] == []


def test_the_catalogue_has_exactly_the_messages_that_the_sources_ask_for(
    messages: list[Message], tmp_path: Path
) -> None:
    """Collected anew from a copy; skipped where gettext is not installed."""
    for program in ("xgettext", "msguniq", "msgmerge", "msgattrib"):
        need(program)
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    (tmp_path / "locale").mkdir()
    done = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale=ja", "--no-location"],
        cwd=tmp_path,
        env={**os.environ, "VAR_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked = {m.key for m in read_po(tmp_path / PO.relative_to(ROOT))}
    kept = {m.key for m in messages}
    assert {"missing": asked - kept, "no longer asked for": kept - asked} == {
        "missing": set(),
        "no longer asked for": set(),
    }


# ── words of the packages that we use ───────────────────────────────────────────────────────────
def _catalogues() -> dict[str, Path]:
    """The folders with the catalogues of Django and of every installed package that has one."""
    places = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent != ROOT]
    folders = {place.name: place / "locale" for place in places if (place / "locale").is_dir()}
    return folders | {"django": Path(django.__file__).parent / "conf/locale"}


def _asked_for(folder: Path) -> set[tuple[str | None, str]]:
    """What a package says: its English catalogue where it keeps one up to date, else whatever
    another language has that still stands in its sources."""
    english = folder / "en/LC_MESSAGES/django.po"
    is_current = "django" in folder.parts  # the others' is years old, or there is none
    files = [english] if is_current else list(folder.glob("*/LC_MESSAGES/django.po"))
    asked = {m.key for path in files for m in _bare(path)}
    if is_current:
        return asked
    sources = "".join(
        path.read_text(encoding="utf-8", errors="ignore")
        for ending in ("*.py", "*.html", "*.txt")
        for path in folder.parent.rglob(ending)
    )
    words = re.sub(r"[\"']\s*\n\s*[\"']|\s+|\\\\", " ", sources)
    return {key for key in asked if " ".join(key[1].split())[:60] in words}


def _bare(path: Path) -> Iterator[Message]:
    """As read_po, for catalogues of any hand: with obsolete messages and untranslated ones."""
    text = re.sub(r"^#~.*\n?", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for block in text.split("\n\n"):
        found = re.search(r'^msgid ((?:".*"\n?)+)', block, re.MULTILINE)
        context = re.search(r'^msgctxt ((?:".*"\n?)+)', block, re.MULTILINE)
        msgid = _joined(found[1]) if found else ""
        if msgid:
            yield Message(msgid, "", _joined(context[1]) if context else None, "", False)


def _joined(quoted: str) -> str:
    return "".join(ast.literal_eval(line) for line in quoted.splitlines())


def _is_japanese(key: tuple[str | None, str]) -> bool:
    context, msgid = key
    full = f"{context}\x04{msgid}" if context else msgid
    catalogue = trans_real.translation("ja")._catalog  # gettext itself hides what is missing
    return any(_get(catalogue, form) is not None for form in (full, (full, 0)))


def _get(catalogue: Any, form: object) -> object:
    try:
        return catalogue[form]
    except KeyError:
        return None


def test_no_word_of_a_package_is_left_without_japanese() -> None:
    folders = _catalogues()
    assert {"django", "admin", "auth", "allauth", "simple_history", "markdownx"} <= set(folders)
    asked = {name: _asked_for(folder) for name, folder in folders.items()}
    assert all(len(keys) > 5 for keys in asked.values()), {n: len(k) for n, k in asked.items()}
    left = {name: sorted(k[1] for k in keys if not _is_japanese(k)) for name, keys in asked.items()}
    assert {name: words for name, words in left.items() if words} == {}


def test_what_we_supply_is_compiled_and_needed() -> None:
    supplied = list(read_po(THEIRS))
    with THEIRS.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    assert all(compiled.gettext(m.msgid) == m.japanese for m in supplied if not m.context)
    asked = {key for folder in _catalogues().values() for key in _asked_for(folder)}
    assert [m.msgid for m in supplied if m.key not in asked] == []
    assert [m.japanese for m in supplied if not JAPANESE.search(m.japanese)] == []
