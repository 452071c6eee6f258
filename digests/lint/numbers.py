"""Numbers in English evidence and in Japanese text, as values that can be compared.

52K, 52,000 and 5万2千 are one value; so are 50 %, 0.5, half and 半数. Versions and numbers inside
names (GPT-4, 3D) are no numbers, nor are list numbers, 第1節 and 表3.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

# ── English ─────────────────────────────────────────────────────────────────────────────────────
_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth"),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNITS = (
    {word: value for value, word in enumerate(_SMALL)}
    | {word: 10 * value for value, word in enumerate(_TENS, 2)}
    | {"a": 1, "an": 1, "single": 1, "once": 1, "each": 1, "per": 1, "every": 1, "dozen": 12}
    | {"twice": 2, "double": 2, "doubles": 2, "doubled": 2, "doubling": 2, "both": 2, "pair": 2}
    | {"pairs": 2, "couple": 2, "twofold": 2, "binary": 2, "bilingual": 2, "dual": 2, "two-fold": 2}
    | {"thrice": 3, "triple": 3, "triples": 3, "tripled": 3, "threefold": 3, "three-fold": 3}
    | {"quadruple": 4, "quadrupled": 4, "fourfold": 4, "fivefold": 5, "tenfold": 10, "no": 0}
    | {"none": 0, "decade": 10, "century": 100}
    | {word: value for value, word in enumerate(_ORDINALS, 1)}
)
_SCALES = {
    **{"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12},
    **{"decades": 10, "centuries": 100, "dozen": 12},
    **{"k": 1000, "m": 10**6, "b": 10**9, "t": 10**12, "bn": 10**9, "mn": 10**6, "mm": 10**6},
}
_PARTS = {
    **{"half": Fraction(1, 2), "halves": Fraction(1, 2), "halved": Fraction(1, 2)},
    **{"halve": Fraction(1, 2), "halving": Fraction(1, 2), "majority": Fraction(1, 2)},
    **{"third": Fraction(1, 3), "thirds": Fraction(1, 3), "quarter": Fraction(1, 4)},
    **{"quarters": Fraction(1, 4), "fourth": Fraction(1, 4), "fourths": Fraction(1, 4)},
    **{"fifth": Fraction(1, 5), "fifths": Fraction(1, 5), "tenth": Fraction(1, 10)},
    **{"tenths": Fraction(1, 10), "quartered": Fraction(1, 4)},
}
_DIGITS = re.compile(
    r"(?P<number>\d{1,3}(?:[,\u2009\u202f ]\d{3})+(?![\d])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s?(?:[x×·*]\s?10\s?\^?\s?(?P<power>[-−–]?\d{1,2})|[eE](?P<exp>[-−+]?\d{1,2})(?!\w)))?"
    r"(?P<suffix>\s?(?:%|％|percent\b|per\s?cent\b|pct\b)"
    r"|[-\s]?(?:hundred|thousand|million|billion|trillion|bn|decades|centuries|dozen)\b"
    r"|\s?[KMBTkmb](?![A-Za-z])|\s?mn\b)?"
)
_WORD = re.compile(r"[a-z]+")
_PLAIN = {"a", "an", "no", "none", "each", "per", "every", "both", "k", "m", "b", "t", "mm"}
_ANY_WORD = "|".join(sorted({*_UNITS, *_SCALES, *_PARTS} - _PLAIN, key=len, reverse=True))
# From the head of a run of digits and without a way back: a long run would take hours otherwise.
_ENGLISH_RANGE = re.compile(
    r"(?<!\d)(?<!\d[,.])(\d[\d,.]*+) ?(?:to|or|and|-|–|−) ?\d[\d,.]*+ ?[-]?"
    r"(thousand|million|billion|trillion|[KMBT](?![A-Za-z]))",
    re.IGNORECASE,
)
_ONE_IN = re.compile(r"\b([a-z]+|\d{1,6}) (?:in|out of|of(?: the| our| all)?) ([a-z]+|\d{1,6})\b")


@dataclass(frozen=True)
class Values:
    """Numbers as they stand, and shares of one (50 %, half)."""

    plain: frozenset[Fraction]
    shares: frozenset[Fraction]

    def __or__(self, other: "Values") -> "Values":
        return Values(self.plain | other.plain, self.shares | other.shares)


def english_values(text: str) -> Values:
    """Every value that English text can be taken to name; rather one too many than too few."""
    folded = _folded(_with_powers(text))
    plain: set[Fraction] = set()
    shares: set[Fraction] = set()
    for found in _DIGITS.finditer(folded):
        _add_digits(found, plain, shares)
    _add_words(folded.lower(), plain, shares)
    for found in re.finditer(r"10\s?\^\s?\{?([-−]?\d{1,2})\}?", folded):
        plain.add(Fraction(10) ** int(found[1].replace("−", "-")))
    for found in re.finditer(r"(?<!\d)(\d++)\s?/\s?(\d+)", folded):
        if int(found[2][:9]):
            shares.add(Fraction(int(found[1][:9]), int(found[2][:9])))
    for found in _ENGLISH_RANGE.finditer(folded):
        plain.add(parse(found[1]) * _SCALES[found[2].lower()])
    for found in _ONE_IN.finditer(folded.lower()):
        over, under = _UNITS.get(found[1]) or parse(found[1]), _UNITS.get(found[2])
        shares.add(Fraction(over) / (under or parse(found[2]) or 1))
    if re.search(r"orders? of magnitude", folded, re.IGNORECASE):
        plain |= {Fraction(10) ** int(n) for n in plain if n.denominator == 1 and 0 < n < 10}
        plain.add(Fraction(10))
    return Values(frozenset(plain), frozenset(shares))


_NUMBER_WORD = re.compile(
    rf"\b(?:{_ANY_WORD})\b(?:(?:[ -]|\s+and\s+)(?:{_ANY_WORD})\b)*", re.IGNORECASE
)


def english_places(text: str) -> Iterator[tuple[int, int]]:
    """Where English text names a number, in digits or in words: start and end."""
    folded = _folded(text)
    taken = []
    for found in _DIGITS.finditer(folded):
        taken.append(found.span())
        yield found.span()
    for found in _NUMBER_WORD.finditer(folded):
        if not any(start < found.end() and found.start() < end for start, end in taken):
            yield found.span()


# Raised, lowered and in a circle: 10² is not 102, nor x₁ x1.
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "₀₁₂₃₄₅₆₇₈₉₊₋"
_APART = frozenset(_RAISED + _LOWERED + "①②③④⑤⑥⑦⑧⑨⓪")
_POWER = re.compile(f"[{_RAISED}]+|[{_LOWERED}]+")


def _folded(text: str) -> str:
    """NFKC sign by sign, so that places stay: a sign that becomes several is kept, and so is a
    figure that does not stand on the line."""
    return "".join(
        sign
        if sign in _APART or len(folded := unicodedata.normalize("NFKC", sign)) != 1
        else folded
        for sign in text
    )


def _with_powers(text: str) -> str:
    """English text with raised figures after a caret, as PDFs without them have it: 10², 10^2."""

    def on_the_line(found: re.Match[str]) -> str:
        mark = "^" if found[0][0] in _RAISED else "_"
        return mark + unicodedata.normalize("NFKC", found[0]).replace("−", "-")

    return _POWER.sub(on_the_line, text)


def _add_digits(found: re.Match[str], plain: set[Fraction], shares: set[Fraction]) -> None:
    value = Fraction(re.sub("[, \u2009\u202f]", "", found["number"])[:30])
    plain.add(value)
    for piece in re.findall(r"\d+", found["number"]):
        plain.add(Fraction(int(piece[:20])))
    power = found["power"] or found["exp"]
    if power:
        value *= Fraction(10) ** int(re.sub("[−–]", "-", power))
        plain.add(value)
    suffix = (found["suffix"] or "").strip(" -\u00a0").lower()
    if suffix in _SCALES:
        plain.add(value * _SCALES[suffix])
    elif suffix:
        shares.add(value / 100)


def _add_words(text: str, plain: set[Fraction], shares: set[Fraction]) -> None:
    section: Fraction | None = None
    total = Fraction(0)
    for word in _WORD.findall(text):
        if word in _PARTS:
            shares |= {_PARTS[word], (section or 1) * _PARTS[word]}
        if word in _SCALES and section is not None and len(word) > 2:
            if _SCALES[word] > 100:
                total, section = total + section * _SCALES[word], Fraction(0)
            else:
                section *= _SCALES[word]
        elif word in _UNITS:
            is_going_on = section is not None and (section % 100 >= 20 or section % 100 == 0)
            section = (section if is_going_on and section else Fraction(0)) + _UNITS[word]
        elif word != "and":
            section, total = None, Fraction(0)
            if word[:3] in _MONTHS and re.fullmatch(_MONTH_NAMES, word):
                plain.add(Fraction(_MONTHS.index(word[:3]) + 1))
            continue
        if section is not None:
            plain.add(total + section)
            plain.add(Fraction(_UNITS.get(word, 0)))


_MONTH_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)

# ── Japanese ────────────────────────────────────────────────────────────────────────────────────
_KANJI = dict(zip("〇零一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_LOW = {"十": 10, "百": 100, "千": 1000}
_HIGH = {"万": 10**4, "億": 10**8, "兆": 10**12}
_AMOUNT = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_COUNTER = (
    r"(?:つ|人|名|種類?|倍|件|個|本|回|段階|年間?|か月|ヶ月|カ月|時間|日間?|週間|点|枚|台|通り|割|桁|"
    r"万|億|層|次元|言語|語|文|列|%|章|編|社|校|国|版|組|対|部|分野|領域|軸|側面|要素|項目|手法|モデル|"
    r"タスク|データ)"
)
_JAPANESE = re.compile(
    r"(?P<under>\d+|[一二三四五六七八九十]+)分の(?P<over>\d+|[一二三四五六七八九十]+)"
    r"|(?P<half>過半数|半数|半分|半減|半額)"
    r"|(?P<double>倍増|倍加)"
    rf"|(?P<digits>{_AMOUNT}(?:[十百千万億兆]+(?:{_AMOUNT}(?=[百千万億兆])|[\d.]+(?![\d.,]))?)*)"
    r"(?P<exp>[eE][-−+]?\d{1,2}(?![A-Za-z]))?"
    rf"|(?<![\u3400-\u9fff々])(?P<kanji>[一二三四五六七八九十百千][〇一二三四五六七八九十百千万億兆]*)(?={_COUNTER})"
)
_NOT_COUNTED = re.compile(
    r"(?:一(?:つ|人|度|種|部|般|定|方|回|点|日|文|語|次|層|対|組|版)|十分|二度|百科|千差|"
    r"万[能一]|一万一|三角|四則|一時間当|一通り|一年中|一個人|一国|一社|一校)"
)
_SCALE_SIGN = re.compile(r"[KMBTk](?![A-Za-z0-9])")
_UNIT = re.compile(
    r"(?:ms|μs|ns|s|h|hours?|GB|MB|KB|TB|PB|GiB|MiB|[kMG]?Hz|[kMG]?W|[kM]?Wh|km|m|cm|mm|nm|kg|mg|g|"
    r"px|dB|[kKMGT]?bits?|bps|x|X|pt|pp|points?|[MGTPE]?FLOPs?|FLOPS|[MGTPE]FLOPS|[MGTP]FLOP/s|fps|FPS|"
    r"tokens?|epochs?|steps?|layers?|shots?|way|GPUs?|TPUs?|USD|years?|days?)(?![A-Za-z0-9])"
)
_REFERENCE = re.compile(
    r"(?:第|表|図|式|付録|定理|補題|命題|定義|系|アルゴリズム|セクション|ステップ|手順|例|リスト|"
    r"Table|Figure|Fig\.|Section|Sec\.|Appendix|Theorem|Lemma|Algorithm|Equation|Eq\.|Step|v|ver\.)"
    r"\s?[(（]?$"
)
_ENUMERATOR = re.compile(r"(?:^|\n)[ \t]*(?:[-*+>#]+[ \t]+|\|\s*)*[(（]?$")
_AFTER_LATIN = re.compile(r"[A-Za-z](?:[-–.+/][\dA-Za-z]*|\d[.\d]*)?$")
_VAGUE = re.compile(r"(?:数|何|幾)$")
_ROUGH = re.compile(r"(?:約|およそ|おおよそ|ほぼ)\s?$")
_RANGE = re.compile(r"\s?(?:〜|～|~|-|–|から|ないし)\s?")
_NAMED = re.compile(r"[A-Za-z][A-Za-z0-9\-]*\s$")
_COUNTED = re.compile(
    r"(?:\s?(?:[%年月日人名台枚個本件倍基回点度章節部層段秒分時ギメキ種桁割位次つ万億千百列行文語]|"
    r"か国|か月|ヶ月|ポイント|トークン|パラメータ|ビット|バイト|モデル|タスク|データ|ステップ|エポック|パーセント))"
)


@dataclass(frozen=True)
class Number:
    """A number of Japanese text at `start` to `end`; it is right when one of its readings is
    found in the evidence. `is_rough` after 約."""

    start: int
    end: int
    text: str
    plain: frozenset[Fraction]
    shares: frozenset[Fraction]
    is_rough: bool = False

    def stands_in(self, values: Values) -> bool:
        if self.plain & values.plain or self.shares & (values.shares | values.plain):
            return True
        # 0.5 may be half; 0.5% may not.
        small = {value for value in self.plain if value < 1 and not self.shares}
        return bool(small & values.shares) or (self.is_rough and self._is_near(values))

    def _is_near(self, values: Values) -> bool:
        """約1.4兆 for 1.39 trillion: the value of the evidence, rounded to two figures or more."""
        return any(_rounds_to(theirs, ours) for ours in self.plain for theirs in values.plain)


def _rounds_to(exact: Fraction, rough: Fraction) -> bool:
    """Whether `exact`, rounded to as many figures as `rough` has (two at least), is `rough`."""
    figures = len(f"{float(rough):.6e}".split("e")[0].replace(".", "").rstrip("0"))
    if rough <= 0 or exact <= 0 or figures < 2:
        return False
    return f"{float(exact):.{figures - 1}e}" == f"{float(rough):.{figures - 1}e}"


def japanese_numbers(text: str) -> Iterator[Number]:
    """The numbers that a text claims. `text` may hold any signs for what is not prose."""
    folded = _folded(text)
    for found in _JAPANESE.finditer(folded):
        if found["under"]:
            yield _number(found, found.end(), shares={_fraction(found["over"], found["under"])})
        elif found["half"]:
            yield _number(found, found.end(), plain={Fraction(50)}, shares={Fraction(1, 2)})
        elif found["double"]:
            yield _number(found, found.end(), plain={Fraction(2)})
        elif _is_claimed(folded, found):
            yield from _claimed(folded, found)


def _fraction(over: str, under: str) -> Fraction:
    return parse(over) / (parse(under) or 1)


def _number(
    found: re.Match[str],
    end: int,
    *,
    plain: set[Fraction] | None = None,
    shares: set[Fraction] | None = None,
) -> Number:
    words = found.string[found.start() : end]
    return Number(
        found.start(), end, words, frozenset(plain or ()), frozenset(shares or ()),
        bool(_ROUGH.search(found.string[max(found.start() - 8, 0) : found.start()])),
    )  # fmt: skip


def _is_claimed(text: str, found: re.Match[str]) -> bool:
    before, after = text[max(found.start() - 40, 0) : found.start()], text[found.end() :][:40]
    if found["kanji"]:
        return not _NOT_COUNTED.match(found[0] + after) and not re.search("[第数何幾]$", before)
    if (
        re.match("[つ点個番]目", after)
        or _VAGUE.search(before)
        or re.match("数|余", after)
        or _REFERENCE.search(before)
    ):
        return False
    if _ENUMERATOR.search(before) and re.match(r"[.)）．](?!\d)", after):
        return False
    if re.search("[(（]$", before) and re.match("[)）]", after) and len(found[0]) < 3:
        return False
    if re.match(r"[節章](?![\u3400-\u9fff])|(?:\.\d+)+", after) or (
        found[0] == "1" and _is_one(after)
    ):
        return False
    return not _is_named(before, after)


def _is_one(after: str) -> bool:
    return bool(re.match("つ|人|度|歩|部|桁|種|対1", after))


def _is_named(before: str, after: str) -> bool:
    """Whether the digits are part of a name: GPT-4, PaLM 2, A100, 3D."""
    if _AFTER_LATIN.search(before):
        return True
    if _NAMED.search(before) and not _COUNTED.match(after):
        return True
    is_word = re.match("[A-Za-z]", after)
    return bool(is_word) and not (_SCALE_SIGN.match(after) or _UNIT.match(after))


def _claimed(text: str, found: re.Match[str]) -> Iterator[Number]:
    after = text[found.end() :]
    value = parse(found["digits"] or found["kanji"])
    if found["exp"]:
        value *= Fraction(10) ** int(found["exp"][1:].replace("−", "-"))
    end = found.end()
    scale = _SCALE_SIGN.match(after)
    plain, shares = {value}, set[Fraction]()
    if scale:
        plain, end = {value * _SCALES[scale[0].lower()]}, found.end() + 1
    unit = re.match(r"\s?(%|パーセント|ポイント|割|分)", text[end:])
    if unit and unit[1] == "割":
        plain, shares = {value * 10}, {value / 10}
    elif unit and unit[1] in ("%", "パーセント"):
        shares = {value / 100}
    shared = _shared_scale(text[end:])
    if shared:
        plain |= {value * shared}
        shares |= {value * shared} if shared < 1 else set()
    yield _number(found, end, plain=plain, shares=shares)


def _shared_scale(after: str) -> Fraction | None:
    """The scale that the second number of a range lends the first: 1〜3億, 10〜20％"""
    gap = _RANGE.match(after)
    second = (
        re.match(rf"{_AMOUNT}(?P<scale>[万億兆千百%KMBT])", after[gap.end() :]) if gap else None
    )
    if not second:
        return None
    sign = second["scale"]
    if sign == "%":
        return Fraction(1, 100)
    return Fraction({**_LOW, **_HIGH}.get(sign) or _SCALES[sign.lower()])


def parse(text: str) -> Fraction:
    """5万2千, 1億2000万, 3.5万, 1,346, 二百三十 and the like; an unreadable part counts 0."""
    total = section = Fraction(0)
    current: Fraction | None = None
    for piece in re.findall(r"\d[\d,]*(?:\.\d+)?|\.\d+|.", text):
        if piece[0].isdigit() or piece[0] == ".":
            current = Fraction(piece.replace(",", "")[:30]) if piece != "." else current
        elif piece in _KANJI:
            current = (current or Fraction(0)) * 10 + _KANJI[piece]
        elif piece in _LOW:
            section += (Fraction(1) if current is None else current) * _LOW[piece]
            current = None
        elif piece in _HIGH:
            section += current or 0
            total += (section or Fraction(1)) * _HIGH[piece]
            section, current = Fraction(0), None
    return total + section + (current or 0)
