"""Automatic fixes change signs and never a word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.lint import PaperText, check_paper, fixes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("新しい手法です.速さが特徴です.", "新しい手法です。速さが特徴です。"),
        ("新しい手法です. 速さが特徴です．", "新しい手法です。速さが特徴です。"),
        ("対象はGPT-4.次に進みます｡", "対象はGPT-4。次に進みます。"),
        ("速さ,正しさ，費用です。", "速さ、正しさ、費用です。"),
        ("本当ですか?", "本当ですか？"),
        ("ＧＰＴ－４を１０回試します。", "GPT－4を10回試します。"),
        ("GPU を 8 枚使います。", "GPUを8枚使います。"),
        ("LoRA (Low-Rank Adaptation) は速いです。", "LoRA (Low-Rank Adaptation)は速いです。"),
        ("**LoRA** は速いです。", "**LoRA**は速いです。"),
        ("速いです。。", "速いです。"),
        ("[公開](http://arxiv.org/abs/1)です。", "[公開](https://arxiv.org/abs/1)です。"),
        (
            "https://github.com/a/b で公開します。",
            "[github.com/a/b](https://github.com/a/b) で公開します。",
        ),
    ],
)
def test_signs_are_put_right(before: str, after: str) -> None:
    assert fixes(before)[0] == after


@pytest.mark.parametrize(
    "text",
    [
        "値は3.14です。",
        "Node.jsとNumPyを使います。",
        "Smith et al.の手法です。",
        "`a.b ,c`と書きます。",
        "```\nx = 1, y?\n```",
        "式は $a, b.$ です。",
        "「Is it true? Yes, it is.」と尋ねます。",
        "GitHub, Wikipedia, Booksを使います。",
        "1. 最初の手順\n2. 次の手順",
        "1) 最初の手順",
        "| 分野 | 件数 |\n| --- | --- |\n| 法律 | 12 |",
        "[^e1] と書きます。",
        "[公開](http://host.invalid/a)です。",
        "<https://arxiv.org/abs/1>です。",
        "まだ……です。",
    ],
)
def test_what_is_right_or_not_ours_stays(text: str) -> None:
    assert fixes(text) == (text, [])


def test_an_edit_has_the_place_of_its_finding() -> None:
    text = "速さ,正しさです."
    paper = PaperText(title="A", summary=text, evidence_required=False, needs_all_fields=False)
    found = [(one.code, one.offset, one.length) for one in check_paper(paper)]
    assert found == [(fix.code, fix.offset, fix.length) for fix in fixes(text)[1]]
    assert len(found) == 2


@given(st.text(alphabet="あ漢ア。．.、,，?!？ａＡ1２ a()（）「」*`$[]^e\n-|", max_size=60))
def test_a_fix_touches_no_letter_and_edits_do_not_overlap(text: str) -> None:
    fixed, made = fixes(text)
    assert _letters(fixed) == _letters(text)
    ends = [0, *(fix.offset + fix.length for fix in made)]
    assert all(fix.offset >= end for fix, end in zip(made, ends, strict=False))


def _letters(text: str) -> str:
    """The words alone; a full-width letter is the same letter."""
    return re.sub(r"[^\w]", "", text).translate(str.maketrans("ａＡ２", "aA2"))


@pytest.mark.parametrize(
    "text",
    [
        "速さ,正しさです. GPU を ８ 枚使いますか?",
        "https://github.com/a/b は http://arxiv.org/abs/1.",
    ],
)
def test_a_fixed_text_needs_no_second_fix(text: str) -> None:
    fixed, made = fixes(text)
    assert len(made) >= 2
    assert fixes(fixed)[1] == []
