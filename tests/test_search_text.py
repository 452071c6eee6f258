"""How words are cut, what a query means, and where its words are marked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.search_marks import Marker, Piece, _folded_with_places
from digests.search_text import (
    DOCUMENT,
    FACT,
    HEAD,
    LOOSE,
    QUERY,
    WORD,
    WORDS,
    All,
    Any,
    Node,
    Pair,
    Phrase,
    document,
    fact,
    fold,
    parse,
    tokens,
)

GLOSSARY = [
    Pair("reinforcement learning", "強化学習"),
    Pair("large language model", "大規模言語モデル"),
    Pair("attention", "注意機構"),
    Pair("attention mechanism", "注意機構"),
]
TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "強化学習のモデルサーバーはｻｰﾊﾞｰﾃﾞｰﾀ・ーＡＢａb12 -.。、\u3099\u0301\u200b\ufe0f"
        ),
    ),
    max_size=40,
)


def is_found(typed: str, text: str) -> bool:
    """Whether the query finds the text, by its tokens alone."""
    placed = document([], [text], [])
    root = parse(typed).root
    return root is not None and _holds(root, placed.tokens, placed.marks)


def _holds(node: Node, placed: tuple[str, ...], marks: tuple[str, ...]) -> bool:
    if isinstance(node, Phrase):
        if node.character:
            return node.character in marks
        return any(_stands(node, placed[at:]) for at in range(len(placed)))
    every = all if isinstance(node, All) else any
    return every(_holds(part, placed, marks) for part in node.parts)


def _stands(phrase: Phrase, placed: tuple[str, ...]) -> bool:
    *before, last = phrase.tokens
    if len(placed) <= len(before) or list(placed[: len(before)]) != before:
        return False
    found = placed[len(before)]
    return found.startswith(last) if phrase.is_prefix else found == last


def marked(typed: str, text: str, pairs: list[Pair] | None = None) -> list[str]:
    pieces = Marker(parse(typed, pairs or [])).mark(text)
    assert "".join(piece.text for piece in pieces) == text
    return [piece.text for piece in pieces if piece.is_hit]


# ── cutting ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("強化学習", ["強化", "化学", "学習", "習"]),
        ("強", ["強"]),
        ("GPT-4o", ["gpt", "4", "o"]),
        ("2303.18223v2", ["2303", "18223", "v", "2"]),
        ("ＧＰＴ", ["gpt"]),
        ("ｻｰﾊﾞ", ["サー", "ーバ", "バ"]),
        ("LLMの評価", ["llm", "の評", "評価", "価"]),
        ("Müller Łukasz Đặng", ["muller", "lukasz", "dang"]),
        ("か\u3099く", ["がく", "く"]),
        ("葛\U000e0100城\u200b市", ["葛城", "城市", "市"]),
        ("が", ["が"]),
        ("Straße", ["strasse"]),
        ("한국어", ["한국", "국어", "어"]),
        ("、。!? \x00", []),
    ],
)
def test_a_text_is_cut_into_words_and_bigrams(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_a_very_long_word_counts_by_its_beginning() -> None:
    assert tokens("a" * 5000) == ["a" * WORD]
    assert is_found("a" * 190, "a" * 5000)


def test_a_line_break_parts_words_and_an_unseen_character_does_not() -> None:
    assert tokens("one\ntwo\u2028three") == ["one", "two", "three"]
    assert tokens("rein\u00adforce\ufeffment") == ["reinforcement"]


@given(TEXTS)
def test_no_token_holds_what_a_database_would_read_as_its_own(text: str) -> None:
    for token in tokens(text):
        assert all(c.isalnum() for c in token if c.isascii())
        assert not any(c.isspace() for c in token)
        assert not set(token) & set(HEAD + LOOSE + FACT)


@given(TEXTS)
def test_no_form_of_width_or_case_is_left(text: str) -> None:
    assert unicodedata.is_normalized("NFKC", fold(text))
    assert fold(text) == fold(unicodedata.normalize("NFKC", text))
    assert fold(text) == fold(text.casefold())


@given(TEXTS)
def test_folding_twice_is_as_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_a_text_folded_piece_by_piece_is_the_text_folded(text: str) -> None:
    folded, places = _folded_with_places(text)
    assert tokens(folded) == tokens(text)
    assert len(folded) == len(places)
    assert all(0 <= start < end <= len(text) for start, end in places)


def test_a_document_tells_its_head_from_its_body_and_keeps_texts_apart() -> None:
    made = document(["題名"], ["本文"], [fact("year", 2023)])
    assert made.tokens == ("題名", "名", FACT, "¶題名", "¶名", FACT, "本文", "文", FACT)
    assert made.marks == ("§year§2023", "¬名", "¬文", "¬本", "¬題")


def test_a_document_without_end_is_cut() -> None:
    made = document([], ["".join(map(chr, range(0x4E00, 0x9FFF))) * 40], [])
    size = sum(len(token.encode()) for token in (*made.tokens, *made.marks))
    assert DOCUMENT // 2 < size < 2**20


def test_a_fact_is_one_token_and_no_word_of_a_reader_can_be_it() -> None:
    assert fact("category", "cs.CL") == "§category§cs§cl"
    assert fact("category", "q-bio.NC' OR") == "§category§q§bio§nc§or"
    assert "category" in tokens("§category§cs§cl")


# ── what a query finds ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("強", "深層強化学習"),
        ("習", "深層強化学習"),
        ("化学", "深層強化学習"),
        ("強化学習", "深層強化学習を"),
        ("ー", "データ"),
        ("の", "LLMの評価"),
        ("LLMの", "LLMの評価"),
        ("評価GPT", "言語評価GPT-4"),
        ("ＬＬＭ", "LLM"),
        ("ｻｰﾊﾞｰ", "サーバーを"),
        ("gpt4", "GPT-4 Technical Report"),
        ("GPT-4", "gpt4では"),
        ("2303.18223", "2303.18223v2"),
        ("2303.18223v2", "2303.18223v2"),
        ("2303.18", "2303.18223v2"),
        ("arXiv:2303.18223", "arXiv:2303.18223v2"),
        ("transf", "A Transformer"),
        ("Hernandez", "José Hernández"),
        ("hernández", "Jose Hernandez"),
        ("O'Brien", "Kyle O’Brien"),
        ("Jian-Yun Nie", "Jian-Yun Nie, Ji-Rong Wen"),
        ("習 強化", "強化学習"),
        ('"language models"', "Large Language Models"),
        ("「強化学習」", "強化学習"),
        ("強化 学習", "強化学習"),  # an ideographic space
        ("１２００億", "1,200億トークン"),
        ("1200", "1,200億トークン"),
        ("1,200億", "1200億トークン"),
        ("12000000", "12,000,000件"),
    ],
)
def test_what_stands_in_the_text_is_found(typed: str, text: str) -> None:
    assert is_found(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("学化", "強化学習"),
        ("強習", "強化学習"),
        ("former", "Transformer"),
        ("models language", "language modelling"),
        ('"models language"', "language models"),
        ("model agents", "models of agents"),  # only the last word may go on
        ("コス", "コース"),
        ("サバ", "サーバー"),
        ("キ", "データ"),
        ("18223", "2303.118223"),
        ("1.2000", "1.2,000"),
        ("0120", "0,120"),
    ],
)
def test_what_does_not_is_not(typed: str, text: str) -> None:
    assert not is_found(typed, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サーバ", "サーバー"),
        ("ユーザ", "ユーザー"),
        ("メモリ", "メモリー"),
        ("パラメータ", "パラメーター"),
        ("インタフェース", "インターフェース"),
        ("コンピュータビジョン", "コンピュータービジョン"),
        ("ディープラーニング", "ディープ・ラーニング"),
        ("サーバの設定", "サーバーの設定"),
        ("ユーザとサーバの間", "ユーザーとサーバーの間"),
    ],
)
def test_long_vowels_and_dots_of_katakana_may_be_left_out(one: str, other: str) -> None:
    assert is_found(one, f"新しい{other}について")
    assert is_found(other, f"新しい{one}について")
    assert marked(one, f"新しい{other}について")
    assert marked(other, f"新しい{one}について")


@given(TEXTS, st.data())
def test_every_part_of_a_japanese_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    japanese = "".join(c for c in text if "\u3041" <= c <= "\u30fa" or "\u4e00" <= c <= "\u9fff")
    folded = fold(japanese) or "学"
    start = data.draw(st.integers(0, len(folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded)))
    assert is_found(folded[start:end], f"前は{folded}です")


# ── what a query means ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("typed", ["", " ", '"', '""', "'", "*", "()", "\x00", "-", "→ ∑", "　"])
def test_a_query_without_words_looks_for_nothing(typed: str) -> None:
    query = parse(typed)
    assert query.root is None
    assert Marker(query).mark("何か") == (Piece("何か"),)


def test_operators_are_words() -> None:
    root = parse("NOT agents OR (NEAR").root
    assert root == All(
        (Phrase(("not",)), Phrase(("agents",)), Phrase(("or",)), Phrase(("near",), is_open=True))
    )


@pytest.mark.parametrize(
    "typed",
    [
        *("2304.01196", "2304.01196v2", "arXiv:2304.01196", "ＡＲＸＩＶ：2304.01196v9"),
        *("https://arxiv.org/abs/2304.01196v1", "arxiv.org/pdf/2304.01196.pdf"),
        "https://doi.org/10.48550/arXiv.2304.01196",
    ],
)
def test_a_paper_is_looked_for_by_any_address_of_it(typed: str) -> None:
    assert parse(typed).root == parse("2304.01196").root


def test_a_lone_quote_is_no_quotation() -> None:
    assert parse('"large language').root == parse("large language").root


def test_curly_and_full_width_quotes_quote() -> None:
    expected = Phrase(("language", "models"))
    assert parse("“language models”").root == expected
    assert parse("＂language models＂").root == expected


def test_a_query_without_end_is_cut_and_says_so() -> None:
    assert parse("学" * 10_000).is_cut
    assert parse("a b " * 2500).is_cut
    assert not parse("学" * QUERY).is_cut
    root = parse(" ".join(f"word{n}x" for n in range(WORDS + 5))).root
    assert isinstance(root, All)
    assert len(root.parts) == WORDS


@given(TEXTS)
def test_any_query_parses_and_marks(text: str) -> None:
    marker = Marker(parse(text, GLOSSARY))
    assert "".join(piece.text for piece in marker.mark(text)) == text
    assert marker.heaviest([text, text]) == 0


# ── the glossary ────────────────────────────────────────────────────────────────────────────────
def test_a_word_is_looked_for_in_both_languages() -> None:
    query = parse("強化学習", GLOSSARY)
    assert [(a.typed, a.words) for a in query.added] == [("強化学習", ("reinforcement learning",))]
    english = Phrase(("reinforcement", "learning"), is_open=True)
    assert query.root == Any((Phrase(("強化学習",), is_open=True), english))


@pytest.mark.parametrize(
    "typed",
    ["reinforcement learning", "Reinforcement Learning", '"reinforcement learning"', "強化学習"],
)
def test_several_words_are_one_word_of_the_glossary(typed: str) -> None:
    assert len(parse(f"deep {typed} agents", GLOSSARY).added) == 1


def test_a_plural_is_the_same_word() -> None:
    assert parse("large language models", GLOSSARY).added[0].words == ("大規模言語モデル",)


def test_one_word_may_have_two_translations() -> None:
    assert parse("注意機構", GLOSSARY).added[0].words == ("attention", "attention mechanism")


def test_the_longest_word_of_the_glossary_wins() -> None:
    assert [a.typed for a in parse("attention mechanism", GLOSSARY).added] == [
        "attention mechanism"
    ]


def test_with_translations_nothing_is_lost_that_is_found_without() -> None:
    typed = "learning reinforcement learning"
    root, plain = parse(typed, GLOSSARY).root, parse(typed).root
    placed = document([], ["Learning by reinforcement"], [])
    assert root and plain
    assert _holds(plain, placed.tokens, placed.marks)
    assert _holds(root, placed.tokens, placed.marks)


def test_a_word_that_translates_to_itself_or_to_nothing_adds_nothing() -> None:
    assert parse("BERT", [Pair("BERT", "bert"), Pair("…", "記号")]).added == ()


# ── marks ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("強化学習", "深層強化学習は強化学習です", ["強化学習", "強化学習"]),
        ("サーバ", "ｻｰﾊﾞｰへ", ["ｻｰﾊﾞｰ"]),
        ("gpt4", "GPT-4とgpt40", ["GPT-4", "gpt40"]),
        ("agent", "Multi-Agents", ["Agents"]),
        ("agent model", "agents and models, an agent", ["models", "agent"]),
        ("former", "Transformer", []),
        ("2303.18223", "2303.18223v2", ["2303.18223"]),
        ("強化", "強\u200b化", ["強\u200b化"]),
        ("muller", "Mu\u0308ller", ["Mu\u0308ller"]),
        ("<b>", "a <b> c", ["b"]),
    ],
)
def test_hits_are_marked_as_they_stand_in_the_text(
    typed: str, text: str, expected: list[str]
) -> None:
    assert marked(typed, text) == expected


def test_translations_are_marked_too() -> None:
    found = marked("強化学習", "Deep Reinforcement Learning", GLOSSARY)
    assert found == ["Reinforcement Learning"]


@pytest.mark.parametrize("place", [0, 3, 150, 299])
def test_an_excerpt_shows_the_hit_and_says_what_it_leaves_out(place: int) -> None:
    text = "前" * place + "強化学習" + "後" * (300 - place)
    pieces = Marker(parse("強化学習")).excerpt(text, 100)
    shown = "".join(piece.text for piece in pieces)
    assert "強化学習" in [piece.text for piece in pieces if piece.is_hit]
    assert shown.strip("…") in text
    assert len(shown) <= 103
    assert shown.startswith("…") == (not text.startswith(shown.strip("…")))
    assert shown.endswith("…") == (not text.endswith(shown.strip("…")))


def test_an_excerpt_begins_with_the_sentence_of_the_hit() -> None:
    text = "はじめの文です。" * 20 + "次に強化学習を試しました。" + "終わりの文です。" * 20
    shown = "".join(piece.text for piece in Marker(parse("強化学習")).excerpt(text, 80))
    assert shown.startswith("…次に強化学習を")


def test_an_excerpt_of_a_short_text_is_the_text() -> None:
    assert Marker(parse("無い")).excerpt("短い\n文です。", 100) == (Piece("短い 文です。"),)
    assert Marker(parse("無い")).excerpt("文です。\n次の文。", 100) == (Piece("文です。次の文。"),)
    assert Marker(parse("無い")).excerpt("", 100) == ()


def test_the_text_with_more_of_the_words_is_the_heaviest() -> None:
    marker = Marker(parse("強化学習 評価"))
    assert marker.heaviest(["強化学習と強化学習と強化学習", "強化学習の評価"]) == 1
    assert marker.heaviest(["強化学習", "強化学習と強化学習"]) == 1
    assert marker.heaviest(["強化学習", "無い", "強化学習"]) == 0
    assert marker.heaviest(["\u241e無い\u241e", "評価"]) == 1
    assert marker.heaviest([]) == 0
