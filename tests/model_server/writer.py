"""What the local model says: a draft in Japanese, made from the passages of its prompt.

It reads the prompt as a model does, by its words. The sentences are of a few fixed kinds and say
only what any paper's passage can bear; the quotes are whole sentences of the passages.
"""

import re
from dataclasses import dataclass
from typing import Any

from digests.drafting.english import english_sentences
from digests.drafting.verify import find_quote
from papers.fulltext import Passage

_LINE = re.compile(
    r"^\u241e([^\u241e]+)\u241e \((?:p\. (\d+)|[^,]*), ([^)]*)\) (.*)$", re.MULTILINE
)
_TITLE = re.compile(r"^題名: (.*)$", re.MULTILINE)
_FIELDS = re.compile(r"^- 次の項目: (.*)$", re.MULTILINE)
_QUESTION = re.compile(r"^  \d+\. \[([^\]]+)\] (.*?)(?:（[^（）]*）)?$", re.MULTILINE)
_OWN = re.compile(r"多くて(\d+)件")

_SAYINGS: dict[str, tuple[str, ...]] = {
    "purpose": (
        "{name}は、これまで十分に扱われてこなかった課題に取り組んでいます。",
        "背景には、従来のやり方では答えにくい問いがあります。",
    ),
    "novelty": (
        "{name}の新しさは、従来と異なる前提を置いた点にあります。",
        "先行する取り組みとの差も、著者らは具体的に示しています。",
    ),
    "method": (
        "{name}は、いくつかの部品を組み合わせて動きます。",
        "それぞれの部品の役割は、順を追って決められています。",
    ),
    "resource": (
        "{name}では、調べた人がそのまま使える資料が用意されています。",
        "資料の中身と分け方も、あわせて説明されています。",
    ),
    "setup": (
        "評価では、複数の条件をそろえて比べています。",
        "{name}がどこで差をつけるかを見るための設計です。",
    ),
    "findings": (
        "{name}の実験からは、条件による違いがはっきり読み取れます。",
        "どの条件で伸びたかも、数値とともに報告されています。",
    ),
    "limits": (
        "著者らは、{name}の適用範囲が限られることを認めています。",
        "別の対象にそのまま当てはまるとは限りません。",
    ),
    "access": (
        "{name}に関わる資料は、外から利用できる形で整えられています。",
        "利用の条件についても触れられています。",
    ),
    "why": (
        "著者らは、結果が分かれた理由を手順の違いに求めています。",
        "{name}の振る舞いも、その説明と合っています。",
    ),
    "practical": (
        "{name}は、日々の業務で情報を集める場面を想定しています。",
        "導入する側が気をつける点にも目を配っています。",
    ),
    "theory": (
        "{name}では、成り立つ条件が証明とともに述べられています。",
        "証明の要は、仮定を段階的に弱めるところです。",
    ),
    "compute": (
        "{name}を動かす計算の規模が、環境とあわせて報告されています。",
        "同じ環境があれば、手元でも追試できます。",
    ),
    "future": (
        "今後は、{name}を別の対象へ広げることが目標とされています。",
        "測り方そのものの改良も、次の課題です。",
    ),
    "risk": (
        "{name}を誤って使ったときの影響が心配されています。",
        "著者らは、公開の範囲を絞ることで備えています。",
    ),
    "survey_scope": (
        "{name}は、散らばっていた研究を一つの見取り図にまとめています。",
        "整理の軸は、目的と道具に分かれます。",
    ),
    "survey_takeaway": (
        "分野全体では、手法よりも測り方に差が出ています。",
        "{name}を読むと、まだ手つかずの領域も分かります。",
    ),
    "summary": (
        "{name}は、残されていた問題に正面から取り組んだ研究です。",
        "著者らは、手順を分けて一つずつ確かめています。",
        "得られた結果は、当初の見込みを裏づけるものです。",
    ),
    "": (
        "{name}について、著者らは次のように考えています。",
        "その理由も、本文の中で順に示されています。",
    ),
}
_NAME_LENGTH = 12


@dataclass(frozen=True)
class Reading:
    """What the model understands of its prompt."""

    title: str
    passages: tuple[Passage, ...]
    fields: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    own: int

    @property
    def name(self) -> str:
        """What the paper calls its own thing, else 本研究."""
        before, colon, _ = self.title.partition(":")
        is_name = colon and len(before.split()) == 1 and len(before) <= _NAME_LENGTH
        return before if is_name else "本研究"


def read_prompt(prompt: str) -> Reading:
    """From the words of the prompt; of a prompt that is none of ours everything is empty."""
    rows = _LINE.findall(prompt)
    passages = [
        Passage(key, int(page) if page else None, section, "body", text)
        for key, page, section, text in rows
    ]
    title, fields, own = (pattern.search(prompt) for pattern in (_TITLE, _FIELDS, _OWN))
    return Reading(
        title=title[1] if title else "",
        passages=tuple(passages),
        fields=tuple(fields[1].split(", ")) if fields else (),
        questions=tuple(_QUESTION.findall(prompt)),
        own=int(own[1]) if own else 0,
    )


def write_draft(reading: Reading) -> dict[str, Any]:
    """A draft that passes every check: all that was asked for, each sentence with a quote."""
    quotes = _quotes(reading.passages)
    name = reading.name
    words: dict[str, Any] = {
        "title_ja": f"{name}の提案とその評価",
        "highlight": f"{name}の評価",
        "one_liner": f"{name}を使うかどうか決める前に、読んでおきたい研究です。",
        "summary": _sentences("summary", name, quotes, 0),
    }
    draft = {field: words[field] for field in reading.fields}
    answers = [
        _answer(key, words, "", _sentences(key, name, quotes, 3 + 2 * number))
        for number, (key, words) in enumerate(reading.questions)
    ]
    if reading.own and name != "本研究":
        question = f"{name}という呼び名は、何を指していますか？"
        said = _sentences("", name, quotes, 3 + 2 * len(answers))
        answers.append(_answer("", question, name, said))
    if reading.questions or reading.own:
        draft["answers"] = answers
    return draft


def _quotes(passages: tuple[Passage, ...]) -> list[tuple[str, str]]:
    return [
        (passage.key, text)
        for passage in passages
        for text in english_sentences(passage.text)
        if find_quote(text, (passage,))
    ]


def _sentences(
    key: str, name: str, quotes: list[tuple[str, str]], start: int
) -> list[dict[str, Any]]:
    if not quotes:
        return []
    said = []
    for number, words in enumerate(_SAYINGS.get(key, _SAYINGS[""])):
        passage_id, quote = quotes[(start + number) % len(quotes)]
        cited = {"passage_id": passage_id, "quote": quote}
        said.append({"evidence": [cited], "item": False, "ja": words.format(name=name)})
    return said


def _answer(key: str, question: str, subject: str, said: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "question_key": key,
        "question": question,
        "subject": subject,
        "not_in_paper": not said,
        "sentences": said,
    }
