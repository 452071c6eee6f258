"""A sentence beside its quotes: what stands in both, what in one alone, and what is risky in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.lint.beside import COMPARISON, NEGATION, NUMBER, beside, risks_of


def marked(pieces: tuple[tuple[str, str], ...], mark: str) -> list[str]:
    return [text for text, kind in pieces if kind == mark]


@pytest.mark.parametrize(
    ("sentence", "quote", "in_both", "in_the_quote", "alone"),
    [
        (
            "KAWARAは7Bのモデルで、BLOOMより37.78%高い値を示しました。",
            "KAWARA-7B surpasses BLOOM by 37.78% and others by 39.90%.",
            ["KAWARA", "7B", "BLOOM", "37.78"],
            ["KAWARA-7B", "BLOOM", "37.78%"],
            [],
        ),
        (
            "5万2千件のデータで三回学習し、半分を残しました。",
            "We train three times on 52K examples and keep half of them.",
            ["5万2千", "三", "半分"],
            ["three", "52K", "half"],
            [],
        ),
        ("Rivetは4台で動きます。", "It runs on three machines.", [], [], ["Rivet", "4"]),
        ("結果は安定しています。", "The results are stable.", [], [], []),
    ],
)
def test_numbers_and_names_are_marked_where_both_have_them(
    sentence: str, quote: str, in_both: list[str], in_the_quote: list[str], alone: list[str]
) -> None:
    found = beside(sentence, [quote])
    assert marked(found.sentence, "same") == in_both
    assert marked(found.quotes[0], "same") == in_the_quote
    assert marked(found.sentence, "lone") == alone


def test_a_sentence_without_a_quote_is_compared_with_nothing() -> None:
    assert beside("Rivetは4台で動きます。", []).sentence == (("Rivetは4台で動きます。", ""),)


def test_a_number_may_stand_in_any_of_the_quotes() -> None:
    found = beside("20社の30人に尋ねました。", ["At 20 firms.", "We asked 30 people."])
    assert marked(found.sentence, "same") == ["20", "30"]
    assert [marked(quote, "same") for quote in found.quotes] == [["20"], ["30"]]


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_no_sign_is_lost_or_doubled_whatever_the_texts_are(
    sentence: str, quotes: list[str]
) -> None:
    found = beside(sentence, quotes)
    assert "".join(text for text, _ in found.sentence) == sentence
    assert ["".join(text for text, _ in quote) for quote in found.quotes] == quotes


@pytest.mark.parametrize(
    ("sentence", "risks"),
    [
        ("30人に尋ねました。", (NUMBER,)),
        ("差がないことを示しました。", (NEGATION,)),
        ("効果は見られません。", (NEGATION,)),
        ("非公開のデータを除いています。", (NEGATION,)),
        ("従来の手法より速いです。", (COMPARISON,)),
        ("精度が5%向上しませんでした。", (NUMBER, NEGATION, COMPARISON)),
        ("新しい手法を提案しています。", ()),
        ("少ない計算で済みます。", ()),
        ("非常に速い手法です。", ()),
    ],
)
def test_numbers_negations_and_comparisons_are_risky(sentence: str, risks: tuple[str, ...]) -> None:
    assert risks_of(sentence) == risks


@pytest.mark.parametrize("text", ["1" * 200_000, "1" * 100_000 + "-" + "1" * 99_999])
def test_a_run_of_digits_without_end_is_read_in_no_time(text: str) -> None:
    # Each digit was a start of its own, and each start read to the end: for hours.
    assert beside("1と2", [text]).quotes == (((text, ""),),)
