"""The diff that editors read: it marks the word that changed, and no crumbs."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.differences import pieces_of

SIGNS = {"equal": "{}", "delete": "［{}］", "insert": "｛{}｝"}


def shown(old: str, new: str) -> str:
    """［what was struck out］｛what was put in｝, in the running text."""
    return "".join(SIGNS[tag].format(text) for tag, text in pieces_of(old, new))


def sides(pieces: list[tuple[str, str]]) -> tuple[str, str]:
    old = "".join(text for tag, text in pieces if tag != "insert")
    new = "".join(text for tag, text in pieces if tag != "delete")
    return old, new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # a number is one thing
        (
            "学習率を0.1に設定した",
            "学習率を0.01に設定した",
            "学習率を［0.1］｛0.01｝に設定した",
        ),
        (
            "精度は0.9、損失は0.2です。",
            "精度は0.8、損失は0.3です。",
            "精度は［0.9］｛0.8｝、損失は［0.2］｛0.3｝です。",
        ),
        ("誤りは12%でした。", "誤りは1%でした。", "誤りは［12%］｛1%｝でした。"),
        # a word
        (
            "この手法は画像の分類で高い精度を示しました。",
            "この手法は音声の分類で高い精度を示しました。",
            "この手法は［画像］｛音声｝の分類で高い精度を示しました。",
        ),
        ("GPT-4を使った", "GPT-3.5を使った", "［GPT-4］｛GPT-3.5｝を使った"),
        ("モデルを使う", "モデムを使う", "［モデル］｛モデム｝を使う"),
        # a part of a word, where it stands for itself
        ("大規模言語モデル", "大規模視覚言語モデル", "大規模｛視覚｝言語モデル"),
        ("サーバで動かす", "サーバーで動かす", "サーバ｛ー｝で動かす"),
        ("速くなっている。", "速くなっていた。", "速くなってい［る］｛た｝。"),
        # punctuation, and a sentence that begins like the next
        ("速い、そして安い。", "速い。そして安い。", "速い［、］｛。｝そして安い。"),
        (
            "これは手法です。これは結果です。",
            "これは手法です。これは新しい文です。これは結果です。",
            "これは手法です。｛これは新しい文です。｝これは結果です。",
        ),
        (
            "手法です。結果です。",
            "この手法です。新しい文です。結果です。",
            "｛この｝手法です。｛新しい文です。｝結果です。",
        ),
        ("整理したサーベイです。", "整理したサーベイます。", "整理したサーベイ［です］｛ます｝。"),
        # evidence
        (
            "速いです。[^e1]安いです。",
            "速いです。[^e1]良いです。安いです。",
            "速いです。[^e1]｛良いです。｝安いです。",
        ),
        ("速いです。[^e1]", "速いです。[^e1][^e12]", "速いです。[^e1]｛[^e12]｝"),
        ("速いです。[^e1]", "速いです。[^e12]", "速いです。［[^e1]］｛[^e12]｝"),
        # all and nothing
        ("", "新しい文です。", "｛新しい文です。｝"),
        ("消えた文です。", "", "［消えた文です。］"),
        ("同じです。", "同じです。", "同じです。"),
    ],
)
def test_the_change_is_marked_as_one_would_mark_it_by_hand(
    old: str, new: str, expected: str
) -> None:
    assert shown(old, new) == expected


def test_one_word_of_a_long_sentence_is_marked_alone() -> None:
    old = (
        "提案手法は従来の方法よりも三倍速く動作し、同じ計算量で高い精度を達成することが"
        "大規模な実験により示され、その差は偶然では説明できないと著者らは述べています。"
    )
    pieces = pieces_of(old, old.replace("精度", "性能"))
    assert [p for p in pieces if p[0] != "equal"] == [("delete", "精度"), ("insert", "性能")]


def test_a_rewritten_sentence_is_one_deletion_and_one_insertion() -> None:
    old = "著者らは大規模言語モデルの推論を速くする方法を提案しています。"
    new = "本論文では、学習データの偏りを測る新しい指標について述べられている。"
    assert [tag for tag, _text in pieces_of(old, new)] == ["delete", "insert", "equal"]


def test_no_crumb_is_left_standing_in_a_rewritten_phrase() -> None:
    old = "実験では単純な方法で誤りを減らすことができました。"
    new = "実験では複雑な手順で偏りを増やすことができました。"
    pieces = pieces_of(old, new)
    inside = [text for tag, text in pieces[1:-1] if tag == "equal"]
    assert pieces[0] == ("equal", "実験では") and inside == []


TEXTS = st.lists(
    st.sampled_from(
        [
            *"提案手法はをが。、\n 0.1a",
            *("学習", "モデル", "GPT-4", "１２", "[^e1]", "[^e12]"),
            *("か\u3099", "👩\u200d🔬", "e\u0301", "𠮷"),
        ]
    ),
    max_size=30,
).map("".join)


@given(TEXTS, TEXTS)
def test_the_pieces_make_up_both_texts(old: str, new: str) -> None:
    pieces = pieces_of(old, new)
    assert sides(pieces) == (old, new)
    assert all(text for _tag, text in pieces)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_have_a_diff(old: str, new: str) -> None:
    assert sides(pieces_of(old, new)) == (old, new)


@given(TEXTS, TEXTS)
def test_neighbours_differ_in_kind_and_a_deletion_comes_first(old: str, new: str) -> None:
    tags = [tag for tag, _text in pieces_of(old, new)]
    neighbours = set(pairwise(tags))
    assert all(one != other for one, other in neighbours)
    assert ("insert", "delete") not in neighbours


@given(TEXTS, TEXTS)
def test_no_mark_and_no_joined_character_is_cut_in_two(old: str, new: str) -> None:
    for _tag, text in pieces_of(old, new):
        assert not unicodedata.combining(text[0]) and text[0] != "\u200d"
        assert text.count("[^") == text.count("]")


def test_the_longest_texts_without_a_common_sentence_are_told_as_rewritten() -> None:
    """20,000 characters on each side that no anchor tells apart: the budget is what ends it."""
    old, new = "、。・（" * 5000, "。（、・" * 5000
    pieces = pieces_of(old, new)
    assert sides(pieces) == (old, new)
    assert len(pieces) < 20
