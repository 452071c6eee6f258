"""Numbers of Japanese text against numbers of English evidence."""

from __future__ import annotations

import pytest

from digests.lint.numbers import english_values, japanese_numbers


def missing(japanese: str, english: str) -> list[str]:
    values = english_values(english)
    return [one.text for one in japanese_numbers(japanese) if not one.stands_in(values)]


@pytest.mark.parametrize(
    ("japanese", "english"),
    [
        ("5万2千件", "52K examples"),
        ("52,000件", "52K examples"),
        ("5.2万件", "52,000 examples"),
        ("120億のパラメータ", "12B parameters"),
        ("12Bのパラメータ", "12 billion parameters"),
        ("1.2兆トークン", "1.2T tokens"),
        ("100万人", "a million users"),
        ("２３％", "23 percent"),
        ("23パーセント", "23%"),
        ("0.5の確率", "a probability of 50%"),
        ("3割", "30% of them"),
        ("半数", "half of the answers"),
        ("過半数", "a majority of voters"),
        ("4分の1", "a quarter of them"),
        ("3分の2", "two thirds of them"),
        ("5分の1", "one in five of them"),
        ("2倍", "doubles the speed"),
        ("3倍", "a threefold increase"),
        ("10倍", "an order of magnitude"),
        ("12種類", "a dozen tasks"),
        ("3つの段階", "three stages"),
        ("三つの段階", "3 stages"),
        ("21個", "twenty-one items"),
        ("200万ステップ", "two million steps"),
        ("10〜20%", "between 10 and 20 percent"),
        ("1〜3億件", "100 to 300 million"),
        ("2023年4月3日", "April 3, 2023"),
        ("1990年代", "in the 1990s"),
        ("20年", "over two decades"),
        ("3e-4", "a learning rate of 3e-4"),
        ("0.0003", "a learning rate of 3×10−4"),
        ("約1.4兆", "1.39 trillion"),
        ("8ビット", "8-bit weights"),
        ("5ショット", "in the five-shot setting"),
        ("224×224", "224x224 pixels"),
        ("100件", "10² examples"),
        ("10²件", "10² examples"),
        ("30万件", "3×10⁵ examples"),
        ("0.0003", "a rate of 3×10⁻⁴"),
    ],
)
def test_what_means_the_same_counts_as_equal(japanese: str, english: str) -> None:
    assert missing(japanese, english) == []


@pytest.mark.parametrize(
    ("japanese", "english", "number"),
    [
        ("102件", "10² examples", "102"),
        ("105件", "10⁵ examples", "105"),
        ("5万3千件", "52K examples", "5万3千"),
        ("12億のパラメータ", "12B parameters", "12億"),
        ("0.5%", "half of them", "0.5"),
        ("89.4%", "84.9%", "89.4"),
        ("4つの段階", "three stages", "4"),
        ("3分の1", "half of them", "3分の1"),
        ("半数", "a third of them", "半数"),
        ("約1.5兆", "1.39 trillion", "1.5兆"),
        ("1.39億", "1.39 trillion", "1.39億"),
        ("2024年", "in 2023", "2024"),
        ("64時間", "36 hours", "64"),
    ],
)
def test_another_number_is_found(japanese: str, english: str, number: str) -> None:
    assert missing(japanese, english) == [number]


@pytest.mark.parametrize(
    "japanese",
    [
        "GPT-4とLLaMA-2",
        "3D復元",
        "A100で学習",
        "PaLM 2を使う",
        "第1節を読む",
        "表3と図2",
        "1. データを集める",
        "（1）データを集める",
        "数十件",
        "何百もの例",
        "1つの例",
        "一般に、十分な例",
        "2つ目の実験",
        "int8で量子化",
    ],
)
def test_names_and_list_numbers_are_no_numbers(japanese: str) -> None:
    assert missing(japanese, "") == []
