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
