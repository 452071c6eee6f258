"""What the rules know of Japanese grammar: how a sentence ends, what a question asks, and which
words carry content. No dictionary: kana endings, scripts and short lists of words."""

import re

from digests.lint.text import BLANK, JA, KANJI

# ── how a sentence ends ─────────────────────────────────────────────────────────────────────────
_TAIL = re.compile(rf"[\s。．.｡！!？?：:、,…*_\"'”’{BLANK}]+$")
_ASIDE = re.compile(r"(?:\[[0-9][0-9,，、\- ]*\]|（[^（）]*）|\([^()]*\)|［[^［］]*］)$")
_POLITE = re.compile(
    r"(?:です|ます|でした|ました|ません|でしょう|ましょう|ください|下さい|ございます)"
    r"(?:か|かね|ね|よ|よね|から|ので|が|けれども?|けど|のに|し)?$"
)
_VERBS = re.compile(
    rf"(?:[{KANJI}]|[かわらながまろこそとのもお])う$"
    rf"|(?:[{KANJI}]|[かわらがはいえづおう])く$|(?:[{KANJI}]|[およつせ])ぐ$"
    rf"|(?:[{KANJI}]|[らなろかたさわがばいおこや])す$"
    r"|(?:立|持|打|勝|待|保|放|育|絶|断|経|分か|成り立|役立|際立|も|た)つ$"
    rf"|死ぬ$|せぬ$|ぶ$|(?:[{KANJI}]|[しこくつかす])む$|る$"
)
_NOT_VERBS = re.compile(
    r"(?:よう|ほう|ふう|どう|そう|とう|こう|もう|多く|近く|遠く|古く|早く|全く|よく|べく|なく|ごとく|"
    r"しばらく|おそらく|あらゆる|いわゆる)$"
)
_PAST = re.compile(r"[ぁ-ん\u4e00-\u9fff](?<!か)[ただ]$")
_NOT_PAST = re.compile(
    r"(?:かた|あなた|また|うた|ふた|こなた|かなた|あいだ|まだ|ただ|からだ|はだ|むだ|えだ|新た|あらた)$"
)
_COPULA = re.compile(
    r"(?:である|であった|であろう|だった|だろう|ではない|じゃない|にすぎない|かもしれない|"
    r"べき|らしい|せよ|しろ|だ)$"
)
_ADJECTIVE = re.compile(
    r"(?:[しなたよ良高低速早遅強弱多少長短深浅広狭重軽厚薄近遠安鋭鈍甘粗濃淡固硬堅古若大]|"
    r"やす|にく|づら|がた|大き|小さ|明る|等し|細か|柔らか|温か|うま|まず|ひど|すご|面白)い$"
)
_NOT_ADJECTIVE = re.compile(r"(?:ねらい|ならい|くらい|ぐらい|はい)$")
_ASKING = re.compile(r"(?:の|る|う|く|す|つ|む|ぶ|ぐ|た|だ|い|何|ない|だろう|なぜ|どう)か$")


def ending(text: str) -> str:
    """How a sentence or item ends: polite, plain, asks (a plain question), quote, noun or "".

    "" is for what has no Japanese ending: a word in Latin letters, code, nothing.
    """
    words = _without_tail(text)
    if not words:
        return ""
    if words[-1] in '」』”"':
        return "quote"
    if _POLITE.search(words):
        return "polite"
    if not re.match(JA, words[-1]):
        return ""
    if _ASKING.search(words):
        return "asks"
    return "plain" if is_plain(words) else "noun"


def _without_tail(text: str) -> str:
    """Without the full stop and an aside in brackets: …です（第2節）。"""
    words = _TAIL.sub("", text[-400:])
    for _ in range(3):
        shorter = _TAIL.sub("", _ASIDE.sub("", words))
        if shorter == words:
            break
        words = shorter or words
    return words


def is_plain(words: str) -> bool:
    """Whether words end in a plain verb, adjective or copula (する, した, ない, である, だ)."""
    end = words[-12:]
    if _COPULA.search(end) and not _NOT_PAST.search(end):
        return True
    if _PAST.search(end) and not _NOT_PAST.search(end):
        return True
    if _ADJECTIVE.search(end) and not _NOT_ADJECTIVE.search(end):
        return True
    return bool(_VERBS.search(end)) and not _NOT_VERBS.search(end)


def is_assertion(words: str) -> bool:
    """Whether it ends as an essay does (である, だ, であった): never a style of list items."""
    return bool(re.search(r"(?:である|であった|だった|だろう|[^い]だ)$", _without_tail(words)))


# ── what a question asks ────────────────────────────────────────────────────────────────────────
WH = re.compile(
    r"何(?!度も|[つ人個件本回種]も|も(?!の)|ら|[十百千万億]|でも|か(?!月|国|所|年|[?？。.、,]|$|を?教|に?つい))|なに(?!か|も|より)|なん(?:です|でしょう|の)|"
    r"なぜ(?!か)|どうして(?!も)|どのよう|どのくらい|どれくらい|どの程度|どの(?![^、。?？]{0,16}(?<!最)も(?!っとも|の))|"
    r"どんな(?![^、。?？]{0,16}(?<!最)も(?!っとも|の))|どう(?!か|も|して|しても)|どれ(?!か|も|ほど[^?？]*も)|"
    r"いつ(?!か|も|でも)|誰(?!か|も|でも)|だれ(?!か|も|でも)|どこ(?!か|も|でも)|いくつ(?!か|も)|"
    r"いくら(?!か|でも)|いかに|いかな|如何|どちら(?!か|も)|どっち(?!か|も)|いずれ(?!か|も)"
)
# …するかは, …したかを, …のかが: the question stands inside another one.
_INSIDE = re.compile(r"か(?:は|が|を|に|も|の|と|で(?!し)|によ|につ|など|まで|どうか)")
_CHOICE = re.compile(
    r"どちら|どっち|いずれ|(?:のうち|の中|[、，])[^。、]{0,12}(?:どれ(?!くらい|ほど)|どの(?!よう|くらい|程度))"
)


def asks_wh(question: str) -> bool:
    """Whether it asks who, what, when, where, why or how, and is not to be met with yes or no."""
    for found in WH.finditer(question):
        rest = question[found.end() :]
        inner = _INSIDE.search(rest)
        outer = re.search(r"か(?:[?？。.、,]|$)|[?？]", rest)
        if not inner or (outer and outer.start() < inner.start()):
            return True
    return False


def asks_choice(question: str) -> bool:
    """Whether the answer may be a word of the question: …と…のどちらが速いですか"""
    return bool(_CHOICE.search(question))
