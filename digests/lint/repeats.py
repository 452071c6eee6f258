"""Rules about what is said twice: in one paper, and in two.

Before two answers are compared, what they may well share is taken out: names, terms of the
glossary, the words of their questions and the phrases that every answer is made of. What is left
is compared by runs of six characters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from digests.drafting.types import Term
from digests.lint.japanese import asks_wh
from digests.lint.substance import FRAME, NOTHING, Words, words_in
from digests.lint.text import BLANK, GONE, KANJI, Field
from digests.lint.types import Finding

_GRAM = 6
_LEAST = 8  # grams of the shorter answer, below which nothing is said
_SHARE = 0.34
_RUN = 20
_RAW_RUN = 40  # word for word, names and all
_BACK = 100  # questions that each is compared with: a paper has eight, a hostile file 10,000
_RETOLD = 6  # words that two answers share at least, and what share of both they are
_RETOLD_SHARE = 0.52
_SHORT = 10  # characters; a shorter answer can be the same by chance
_GAP = "\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9\-.+]*|[\ue000\ue001*_`|#>\[\]]+|\s+|[-・•]\s")
_FILLED = re.compile(f"[{BLANK}{GONE}]+")
_STOPS = re.compile(r"[。．.、,：:（）()「」『』？?！!“”\"…〜～；;]+")
_STOCK = re.compile(
    r"(?:する)?ことが(?:でき|可能|示され|分かり|わかり|確認され|報告され|期待され)[ぁ-ん]*|可能性が(?:あり|高)[ぁ-ん]*|"
    r"(?:提案|実現|可能に|採用|使用|利用|検討|評価|分析|報告|紹介|説明|指摘|公開|示|述べ|挙げ|確認|比較|調査|議論)"
    r"(?:し|され|て|して|さ)*(?:て)?(?:い)?(?:ます|ました|る|た)|と(?:述べ|考え|報告し|指摘し|結論づけ)[ぁ-ん]*|"
    r"著者らは|本論文では?は?|この論文では?は?|本研究では?は?|提案手法|について|において|における|に対して|に対する|によって|"
    r"によれば|によると|に関する|を用いて|を使って|に基づ[いく]て?|のような|ために|として|ています|されました|されます|しました|"
    r"次の(?:とおり|通り)です|以下の(?:とおり|通り)です|なります|あります|でした|ました|さまざまな|それぞれ|これにより"
)
_QUESTION_WORDS = re.compile(rf"[{KANJI}]{{2,}}|[\u30a1-\u30fa\u30fc]{{2,}}")


@dataclass(frozen=True)
class Said:
    """One answer (or question) as it is compared."""

    field: Field
    text: str
    words: Words

    @cached_property
    def grams(self) -> list[str]:
        every = (self.text[at : at + _GRAM] for at in range(len(self.text) - _GRAM + 1))
        return [gram for gram in every if _GAP not in gram]

    @cached_property
    def raw(self) -> list[str]:
        """Of the whole text, with nothing taken out."""
        words = _FILLED.sub(_GAP, self.field.bare)
        every = (words[at : at + _GRAM] for at in range(len(words) - _GRAM + 1))
        return [gram for gram in every if _GAP not in gram]

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self.grams)


def near_duplicates(
    pairs: Sequence[tuple[Field, Field]], glossary: Sequence[Term]
) -> Iterator[Finding]:
    """`pairs`: question and answer. The later of two alike is marked, at the question where that
    asks the same and at the answer where only that is repeated; the value is the number (from 1)
    of the earlier question."""
    terms = sorted({term.ja for term in glossary if len(term.ja) > 1}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, terms)) or r"(?!)")
    answers = [_said(answer, question.text, pattern) for question, answer in pairs]
    asked = [Asked(question.text) for question, _ in pairs]
    for later in range(len(pairs)):
        question, answer = pairs[later]
        before = range(max(later - _BACK, 0), later)
        same = next((n for n in before if asked[n].is_same(asked[later])), None)
        alike = next((n for n in before if _are_alike(answers[n], answers[later])), None)
        if alike is not None:
            is_copy = _key(answer.text) == _key(pairs[alike][1].text)
            asks_again = _are_retold(answers[alike].words, answers[later].words) and asked[
                alike
            ].is_near(asked[later])
            if is_copy or (same is None and not asks_again):
                yield answer.found("near-duplicate", 0, len(answer.text), str(alike + 1))
            elif same is None:
                same = alike
        if same is not None:
            yield question.found("near-duplicate", 0, len(question.text), str(same + 1))


def _said(answer: Field, question: str, terms: re.Pattern[str]) -> Said:
    own = terms.sub(_GAP, answer.bare)
    text = _STOPS.sub(_GAP, _NAME.sub(_GAP, own))
    words = sorted(set(_QUESTION_WORDS.findall(question)), key=len, reverse=True)
    if words:
        text = re.sub("|".join(map(re.escape, words)), _GAP, text)
    return Said(answer, _STOCK.sub(_GAP, text), words_in(_STOCK.sub(_GAP, own)))


def _are_alike(first: Said, second: Said) -> bool:
    if _key(first.field.text) == _key(second.field.text):
        return len(_key(first.field.text)) > _GRAM
    if _are_retold(first.words, second.words):
        return True
    shorter = min(len(first.known), len(second.known))
    shared = first.known & second.known
    if shorter >= _LEAST and len(shared) >= max(_LEAST, _SHARE * shorter):
        return True
    return (
        _longest_run(second.grams, shared) >= _RUN - _GRAM + 1
        or _longest_run(second.raw, frozenset(first.raw)) >= _RAW_RUN - _GRAM + 1
    )


def _are_retold(first: Words, second: Words) -> bool:
    """The same words in another order; not the same frame around other numbers."""
    numbers = [{word for word in words.others if word[0].isdigit()} for words in (first, second)]
    if all(numbers) and 2 * len(numbers[0] & numbers[1]) < min(map(len, numbers)):
        return False
    shared = len(first.units & second.units)
    return shared >= _RETOLD and 2 * shared >= _RETOLD_SHARE * len(first.units | second.units) + (
        _RETOLD_SHARE * shared
    )


def _longest_run(grams: Sequence[str], shared: frozenset[str]) -> int:
    longest = run = 0
    for gram in grams:
        run = run + 1 if gram in shared else 0
        longest = max(longest, run)
    return longest


_SIGNS = re.compile(r"\[\^[^\]\s]*\]|[\s。．.、,，!！?？*_`:：「」『』()（）・\-]+")


def _key(text: str) -> str:
    return _SIGNS.sub("", text).casefold()


_ASKING = re.compile(
    r"(?:教えて(?:ください|下さい)|説明して(?:ください|下さい)|のでしょうか|でしょうか|(?:の|ん)?ですか|ますか|ましたか|いますか|のか|か)$|"
    r"^(?:この論文|本論文|この研究|本研究|著者ら?|論文)(?:で|に|において|が|は|の)?(?:は|、)*"
)
_WH_PHRASES = re.compile(
    r"(?:とは)?(?:どのような(?:もの|こと)|どのくらい|どれくらい|どれほど|どの程度|いくら|何|なに|どういう(?:もの|こと))"
)


def _asked(question: str) -> str:
    """A question without its politeness: two that are left the same ask the same."""
    words = _ASKING.sub("", _ASKING.sub("", _key(question)))
    words = _WH_PHRASES.sub("何", words)
    return re.sub(r"(?:でき|し|され|い|あり|なり)$", "", words)


_WHICH = r"(?:どの|どんな|どのような)"
_KINDS = (  # what is asked for; the first that fits
    ("why", r"なぜ|どうして|何故|(?:理由|根拠|原因)は?(?:何|なに|なん|どこ)|理由[をと]"),
    ("how much", r"ど(?:の|れ)(?:くらい|ぐらい)|どれほど|どれだけ|どの程度|いくら|いくつ"),
    ("how much", r"何[個件本枚人回倍台時分秒日週か年語歳割点万千百種%％]"),
    ("where", rf"どこ|{_WHICH}(?:場所|環境|場面|ところ)"),
    ("when", rf"いつ|{_WHICH}(?:時期|時点|段階|タイミング)"),
    ("who", r"誰|だれ|どなた"),
    ("how", rf"どうやって|どのように|いかに|{_WHICH}(?:方法|手順|やり方|形|仕組み)"),
    ("how", r"どう(?!いう|いった|か)|(?:方法|仕組み)は(?:何|なに|なん)"),
    ("which", r"どちら|どっち|いずれ"),
)
_NEGATED = re.compile(r"ない|ません|なけれ|なかっ|せず|ずに")
_ORDERED = re.compile(r"から|より|比べ|に対")


@dataclass(frozen=True)
class Asked:
    """One question as it is compared."""

    text: str

    @cached_property
    def words(self) -> Words:
        return words_in(self.text)

    @cached_property
    def plain(self) -> str:
        return _asked(self.text)

    @cached_property
    def kind(self) -> str:
        kinds = (name for name, pattern in _KINDS if re.search(pattern, self.text))
        return next(kinds, "what" if asks_wh(self.text) else "whether")

    def is_same(self, other: "Asked") -> bool:
        """Whether both ask for the same of the same things, whatever the wording and the order."""
        if self.plain and self.plain == other.plain:
            return True
        if self.kind != other.kind or _negations(self.text) != _negations(other.text):
            return False
        mine, theirs = self.words, other.words
        if mine.beyond(theirs, FRAME) or theirs.beyond(mine, FRAME):
            return False
        if (
            _ORDERED.search(self.text)
            and mine.kanji != theirs.kanji
            and self._order() != other._order()
        ):
            return False  # 英語から日本語へ, 日本語から英語へ
        told = mine.beyond(NOTHING, FRAME)
        return len(told) > 1 or len("".join(told)) > 3

    def _order(self) -> list[str]:
        return [found[0] for found in _ORDER.finditer(self.text)]

    def is_near(self, other: "Asked") -> bool:
        """Whether they have a word in common, and neither is of much else."""
        mine, theirs = self.words.units, other.words.units
        shared = len(mine & theirs)
        return shared > 0 and 10 * shared >= max(len(mine), len(theirs))


_ORDER = re.compile(
    rf"[A-Za-z0-9.\-]+|[\u30a1-\u30fa\u30fc]{{2,}}|[{KANJI}]{{2,}}(?=から|より|[とにへを])"
)


def _negations(text: str) -> bool:
    return bool(_NEGATED.search(text))


def same_answers(papers: Sequence[Sequence[Field]]) -> Iterator[tuple[int, Finding]]:
    """The same answer text in two papers; the index is that of the later paper, the value the
    number (from 1) of the earlier."""
    first: dict[str, int] = {}
    for index, answers in enumerate(papers):
        for answer in answers:
            key = _key(answer.text)
            known = first.setdefault(key, index) if len(key) >= _SHORT else index
            if known != index:
                yield index, answer.found("near-duplicate", 0, len(answer.text), f"#{known + 1}")
