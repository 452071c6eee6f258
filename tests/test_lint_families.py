"""Forms of a fault that belong together: each family by several members, and its neighbours that
are correct Japanese."""

from __future__ import annotations

import pytest

from digests.drafting.glossary import default_glossary
from digests.lint import PaperText, QuestionText, check_paper


def codes(question: str, answer: str, title: str = "FooNet: A Paper") -> set[str]:
    paper = PaperText(
        title=title,
        summary="翻訳を扱った論文です。",
        questions=(QuestionText(question, answer),),
        evidence_required=False,
        needs_all_fields=False,
    )
    return {one.code for one in check_paper(paper, default_glossary())}


# ── circular ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("どんな文で効きますか？", "FooNetが効くのは、効きやすい文を扱ったときです。"),
        ("BarNetとは何が違いますか？", "FooNetは、BarNetとは異なる点を持つモデルです。"),
        (
            "結果は国によってどう異なりますか？",
            "結果は国により異なり、国ごとに違った値になりました。",
        ),
        ("主な限界は何ですか？", "主な限界は、いくつかの制約があることです。"),
        ("今後の課題は何ですか？", "今後の課題は、さらなる研究を進めることです。"),
        ("どう評価しましたか？", "標準的な評価指標を用いて、包括的な評価を行っています。"),
        ("個人の情報はどう守られますか？", "個人の情報は、それを保護する仕組みで守られています。"),
        ("計算量をどう減らしますか？", "FooNetは、計算量を効率的に削減する仕組みで減らします。"),
        ("FooNetはどんな仕組みですか？", "独自の仕組みで動くように作られた仕組みです。"),
        ("どんな利点がありますか？", "多くの利点があり、さまざまな場面で役立つと考えられます。"),
    ],
)
def test_an_answer_of_stock_words_is_circular(question: str, answer: str) -> None:
    assert codes(question, answer) == {"circular"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("どのモデルを使いましたか？", "使ったモデルはFooNetです。"),
        ("なぜ効くのですか？", "雑音が減るからです。"),
        ("どんな場合に効きますか？", "雑音が多い場合です。"),
        ("速さはどう変わりますか？", "遅くなります。"),
        ("速さはどう変わりますか？", "変わりません。"),
        ("どこで実験しましたか？", "病院です。"),
        ("精度は上がりますか？", "はい、上がります。"),
    ],
)
def test_a_short_answer_that_says_something_is_not_circular(question: str, answer: str) -> None:
    assert codes(question, answer) == set()


# ── rendering ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "answer",
    [
        "ひと間でも同じ傾向が見られました。",
        "録音は20とき間より短くなります。",
        "ドメイン家が誤りを確かめました。",
        "この観ポイントで調べました。",
        "論テキストの要旨を集めました。",
        "多ような言語を扱います。",
        "可能力は実験で確かめられました。",
        "口調を無視するよう指示しますだけで、結果は変わりました。",
        "雑音が多いです場合に効きます。",
        "利点は少ありません。",
        "評価は一部の分野にバイアス、網羅できていません。",
        "語順を並べ、文をソートます。",
        "文脈を使用いて推定します。",
        "文法を学ぶした後に翻訳します。",
        "大量の文書を使用こともできます。",
        "入力に対行った処理を示します。",
        "学習したパラメーターーを公開します。",
        "新しい方法法を試しました。",
        "データセットベースに記録します。",
        "語のmulti言語化を扱います。",
        "D差分プライバシーを使います。",
        "文をエンコードing処理に渡します。",
        "今あとの課題を挙げます。",
        "実験も実施するわれました。",
        "幅広い用途が想定するれています。",
        "文を専ゲート家に見せました。",
        "センテンス脈を読み取ります。",
        "利利用者の声を集めます。",
        "適利用の範囲を広げます。",
        "正しい能力力が必要です。",
        "誤りが発生しありません場面を選びます。",
        "推定に使えますモデルを選びます。",
        "学習するたモデルを公開します。",
        "具体的なには三つあります。",
        "結果は公開さされています。",
        "CA強化学習Aで走らせます。",
    ],
)
def test_a_word_broken_by_blind_replacement_is_found(answer: str) -> None:
    assert "rendering" in codes("何が分かりましたか？", answer)


@pytest.mark.parametrize(
    "answer",
    [
        "ひと工夫で、ひと種類の部品がひと通りそろいます。",
        "そのとき間違えた文を、するとき代わりに直します。",
        "最後のほう式を簡単にし、なかなか核心に触れません。",
        "子どもの理解を、そもそもの理由から調べます。",
        "公開した記事と、残した線を数えました。",
        "今後ますます増え、近年見られます。",
        "精度は上がりますものの、費用もかかります。",
        "差はほとんどありません。問題はこれだけではありません。",
        "何かありませんかと尋ねます。すべて読むしかありません。",
        "論文の文脈と、機械の能力と、価値の高いデータを扱います。",
        "複数のデータ分布に偏り、再現できません。",
        "物語る結果に目立つ差があり、比べる方法を見直します。",
        "人間間の差は、前々回の年々の値と、少々違いますが、それでも増えます。",
        "はい、使えません。モデルを変えます。データベースと大きなモデルを比べます。",
        "近年ますますモデルが大きくなり、誤差が減少するわずかな区間だけを使います。",
        "高高度の無人機で撮影し、n階テンソルとして表し、サンプル外での誤差を測りました。",
        "医療や法律など分野の異なる文書と、原油など価格の変わる商品を、式を使わずに扱います。",
        "たとえ題材が違っても、ひととおり知識があれば、ひと工程増えるだけで済みます。",
        "選択ばかりの問題では、推測するてがかりが多く、正答率の変化わずか1％です。",
        "参加した患者は120人、うち在宅は40人です。",
    ],
)
def test_correct_words_that_look_broken_are_not_marked(answer: str) -> None:
    assert "rendering" not in codes("何が分かりましたか？", answer)


# ── questions are judged like answers ───────────────────────────────────────────────────────────
FINE = "雑音の多い200件の録音で試し、誤りが3割減りました。"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("[31]と比べてどうですか？", "raw-citation"),
        ("Leeら（2023）と何が違いますか？", "raw-citation"),
        ("図2は何を示していますか？", "unseen-reference"),
        ("付録Aの文書は、どのような種類に分かれますか？", "unseen-reference"),
        ("Figure 4のグラフは何を表しますか？", "unseen-reference"),
        ("上の図では何が比べられていますか？", "unseen-reference"),
        ("提供された文章の中で最も多いのは何ですか？", "own-making"),
        ("入力された論文の主張は何ですか？", "own-making"),
        ("この文章で扱われている言語は何ですか？", "own-making"),
        ("コンテキストに示された限界は何ですか？", "own-making"),
    ],
)
def test_a_question_has_the_faults_of_an_answer(question: str, code: str) -> None:
    assert code in codes(question, FINE)


@pytest.mark.parametrize(
    "question",
    [
        "入力されたテキストは、どう処理されますか？",
        "与えられた文脈から、どう答えを選びますか？",
        "図2枚を、どう見比べますか？",
        "この会話モデルは、何語を話しますか？",
        "次の文を予測する課題は、なぜ難しいのですか？",
        "前の質問との関係は、どう扱いますか？",
    ],
)
def test_a_question_about_texts_and_figures_is_no_pointer(question: str) -> None:
    assert codes(question, FINE) == set()


# ── what a chat leaves, citations, pointers, no answers ─────────────────────────────────────────
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("誤りは3割減りました【7†source】。", "raw-citation"),
        ("誤りは3割減りました :contentReference[oaicite:2]{index=2}。", "raw-citation"),
        ("誤りは3割減りました（Kim 2022）。", "raw-citation"),
        ("誤りは3割減りました(cf. Smith, 2020)。", "raw-citation"),
        ("誤りは3割減りました（スミスら、2020年）。", "raw-citation"),
        ("誤りは3割減りました[要出典]。", "raw-citation"),
        ("[12]で提案された方法を、200件で試しました。", "raw-citation"),
        ("結果は表??に示します。", "unseen-reference"),
        ("結果は\\ref{tab:main}に示します。", "unseen-reference"),
        ("200件の結果については後述します。", "unseen-reference"),
        ("左の図のように、誤りは3割減ります。", "unseen-reference"),
        ("入力されたテキストでは、誤りが3割減ると述べられています。", "own-making"),
        ("与えられた文章の筆者は、誤りが3割減ると述べています。", "own-making"),
        ("ここまでの会話を踏まえると、誤りは3割減ります。", "own-making"),
        ("このテキストは、誤りを3割減らす方法を扱うものです。", "own-making"),
        ("### 回答\n誤りは3割減りました。", "label-left"),
        ("**回答** 誤りは3割減りました。", "label-left"),
        ("最終回答：誤りは3割減りました。", "label-left"),
        ("質問3 誤りは3割減りました。", "label-left"),
        ("**はい**、誤りは3割減りました。", "yes-no"),
        ("うん、誤りは3割減りました。", "yes-no"),
        ("本研究チームは、誤りを3割減らしました。", "voice"),
        ("お客様のデータでも、誤りは3割減りました。", "voice"),
        ("[重み](https://github.com/username/repository)があります。", "link"),
        ("[重み](https://github.com/[username]/repo)があります。", "link"),
        ("TODO: 数字を調べる", "empty"),
        ("（あとで記入）", "empty"),
        ("【回答】", "empty"),
        ("数字は公表されていないようです。", "non-answer"),
        ("正確なところは判然としません。", "non-answer"),
        ("著者らは電力について何も述べていません。", "non-answer"),
        ("特段の記載はございません。", "non-answer"),
        ("これについては把握しておりません。", "non-answer"),
        ("電力の議論は見受けられません。", "non-answer"),
        ("今後の課題は論じられていません。", "non-answer"),
        ("Kepler[18]とは、測る時間が違います。", "raw-citation"),
    ],
)
def test_a_fault_is_found_in_its_other_forms(answer: str, code: str) -> None:
    assert code in codes("電力はどのくらいですか？", answer)


@pytest.mark.parametrize(
    "answer",
    [
        "値は[1, 5]の範囲で、区間[2, 3]に集まります。",
        "入力されたテキストを音声に変え、与えられた文章から要点を選びます。",
        "モデルは、提供された文書から答えを探します。",
        "公開された重み（2023年版）を使い、Windows（2000年以降）で動かしました。",
        "付録は10ページあり、図は12枚です。",
        "『指針』は有無を定めますが、正しさには触れていません。著者らは明示を提案しています。",
        "3階フロアでの精度は、2項モデルと同じです。",
    ],
)
def test_its_neighbours_are_correct(answer: str) -> None:
    assert codes("何が分かりましたか？", answer) == set()


@pytest.mark.parametrize("seed", ["モデル", "人間", "利用", "(Smith, A. ", "【7†", "図2、"])
def test_a_text_of_one_word_without_end_costs_no_square(seed: str) -> None:
    # A run of katakana was read to its end from each of its letters: for minutes.
    assert "long-sentence" in codes("何が分かりましたか？", seed * (100_000 // len(seed)))
