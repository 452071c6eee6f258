"""What an answer is to its question: none at all, only the question again, a yes to a what."""

import re
from collections.abc import Iterator, Sequence

from digests.lint.japanese import asks_choice, asks_wh
from digests.lint.substance import EMPTY, NOTHING, Words, words_in
from digests.lint.text import KANJI, Field
from digests.lint.types import Finding

# ── non-answer ──────────────────────────────────────────────────────────────────────────────────
_NOT = r"(?:ません(?:でした)?|ていない|ない|おらず|ず)(?:です|ようです|ため|という)?"
_SOURCE = (
    r"(?:(?:この|本|当該|元の|原|上記の|与えられた|提供された|示された|提示された)?"
    r"(?:論文|本文|要旨|概要|アブストラクト|抜粋|文書|文章|テキスト|記事|文脈|コンテキスト|資料|原稿|"
    r"パッセージ|原文|情報源)(?:中|内|全体)?|本稿|本研究|提供された(?:情報|内容))"
)
_FACT = (
    r"(?:(?<!個人)情報|記載|記述|言及|説明|明記|回答|答え|説明文|議論|データや情報|手がかり|該当する(?:記述|箇所|情報)|"
    r"具体的な(?:内容|数値|説明|記述|方法|値|名称|理由)|詳細|詳しい(?:説明|情報|内容|記述))"
)
_MENTION = (
    r"(?:記載|言及|明記|明示|記述|記録|掲載|触れ|述べ|書か|書い|説明|示|提示|報告|論じ|議論|"
    r"扱|取り上げ|提供|明らかに|含ま|含め|公表|詳述|特定)"
)
# Without 提供, 含ま, 扱: 「本論文では音声を扱っていません」 is a fact.
_MENTION_OF_SOURCE = (
    r"(?:記載|言及|明記|明示|記述|掲載|触れ|述べ|書か|書い|説明|示|提示|報告|論じ|議論|明らかに|"
    r"詳述)"
)
_MENTION_ONLY = r"(?:記載|言及|明記|記述|触れ|書か)"
_HELD = r"[ぁ-ん]{0,6}(?:て|さ|ら|れ|い)?"
_ABOUT = r"(?:については?|に関しては?)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^残念(?:ながら|ですが)、?[^。]{{0,80}}{_NOT}$",
        # 情報はありません, 具体的な説明が示されていません
        rf"{_FACT}(?:[はがもまで]|については?|に関しては?)[^。]{{0,14}}?(?:あり|{_MENTION}{_HELD}|見つか[らり]|"
        rf"見当たら?り?|見られ|見受けられ|確認でき|確認され|存在し|得られ){_NOT}$",
        rf"{_FACT}[はがも](?:ない|無い|なし|不足して|欠けて|不十分)(?:い?です|います|いる)?$",
        # 記載されていません, 言及していません, 触れられていません
        rf"(?:については?|に関しては?|は|が|も|まで|具体的に|明確に|特に|詳しく|直接|一切|、)"
        rf"(?:[^。、]{{0,10}}?){_MENTION_ONLY}{_HELD}{_NOT}$",
        # 本論文では…示されていません, この文章には含まれていません
        rf"{_SOURCE}(?:[でに]は|には|では|は|から[はも]?|の(?:中|範囲)[でに]は|だけでは|内では)"
        rf"(?![^。]{{0,200}}(?:限界|先行研究))[^。]{{0,60}}?{_MENTION_OF_SOURCE}{_HELD}{_NOT}$",
        rf"{_SOURCE}(?:から|だけ|のみ|では|には|に|で|の範囲)[^。]{{0,40}}?(?:分から|わから|判断でき|判断がつき|"
        rf"特定でき|読み取れ|読み取ることはでき|読み取ることができ|確認でき|見当たり|見つかり|見つけられ|"
        rf"答えられ|回答でき|回答することはでき|知ることはでき|把握でき|不明){_NOT}$",
        rf"{_SOURCE}[^。]{{0,30}}?(?:には?|では?|から(?:は)?)[^。]{{0,30}}?(?:不明(?:です|である|だ)|"
        r"明らかではあり?ま?せ?んで?し?た?|明らかではない)$",
        # (この質問には)お答えできません
        r"(?:お答え|回答|返答)(?:する(?:こと)?(?:は|が)?)?(?:は)?(?:でき|いたしかね|しかね|困難)"
        r"[^。]{0,6}(?:ません|ます|です|ない)$",
        rf"(?:質問|問い|その点|この点|それ){_ABOUT}?(?:に|には)?[^。]{{0,12}}答え(?:られ|ることは?が?でき)(?:ません|ない)$",
        r"(?:回答|お答え|言及|断定|判断)(?:する(?:の|こと)?)?[はを]?(?:差し控え|控え|見送り|見合わせ|保留)(?:ます|させて[^。]{0,8})$",
        r"(?:お答え|回答|判断|断定|特定|確認|分か|わか|お示し|理解)(?:し|り|いたし)?(?:かね|兼ね)(?:ます|る)$",
        rf"(?:{_FACT}|{_MENTION_ONLY})[はがも]?(?:なし|無し|ナシ|ゼロ)(?:です)?$|未(?:記載|掲載|言及|詳)(?:です|である)$",
        r"(?:に関する|についての)(?:データ|数値|値|内容|事項|箇所|部分|文)[はがも][^。]{0,8}(?:見つか|見当た)[らりる]?"
        rf"{_NOT}$|確認[がは]?(?:取れ|でき){_NOT}$",
        r"(?:情報|論文|本文|資料|記述|抜粋|記載)[^。]{0,24}(?:判断|回答|特定|断定|推測)(?:する)?(?:が|は|のは|ことは)?(?:難しい|困難)です$",
        r"ため、?(?:お?答えられません|回答(?:は)?でき(?:ません|ない))$|回答(?:は)?不[能可](?:です)?$",
        rf"著者(?:ら|たち)?は、?[^。]{{0,30}}(?:について|に関して)は?(?:何も|特に|一切)(?:述べ|触れ|言及|説明|示|報告|論じ){_HELD}{_NOT}$",
        # 今後の課題は論じられていません
        rf"(?:限界|課題|注意点|弱点|欠点|問題点|制約|今後の[^、。]{{2,6}})[はが](?:特に|明確に|具体的に)?"
        rf"(?:論じ|述べ|示さ|触れ|挙げ|議論さ|言及さ|記さ|説明さ|書か|明示さ)[ぁ-ん]{{1,4}}{_NOT}$",
        # いかなる点も、著者らは明らかにしていません
        rf"(?:については?|に関しては?|は|も|まで)、?著者(?:ら|たち)?(?:自身)?[はも](?:特に|何も|一切|まだ)?(?:明らかに|述べ|触れ|言及|明言|説明|"
        rf"論じ|示|報告|議論|記){_HELD}{_NOT}$",
    )
)
# As the whole point only: a limit of the study may well be 「…までは分かりません」.
_WHOLE = re.compile(
    r"(?:(?:読み取れ|確認でき|判断でき|特定でき|見当たり|把握でき)ませんでした|はっきりし(?:ません|ていません|ない)|判然とし(?:ません|ない)|推測の域を出(?:ません|ない)|把握していません|"
    r"把握できません|不明な(?:点|部分|こと)が(?:多い|多く残されています)(?:です)?|何とも言えない|説明できません|"
    r"(?:発表|公開|続報|報告)を待つ(?:必要があります|ほかありません)|(?:公表|公開|開示)されていない|公表されていません|"
    r"開示されていません|触れられていない|(?:データ|数値|数字|情報)[がは](?:ありません|ない)|不明(?:です|である|だ|な点が多い(?:です)?|確です)?|分かりません|わかりません|分かっていません|"
    r"わかっていません|分からない|わからない|定かではありません|定かではない|明らかではありません|"
    r"明らかではない|明らかではないです|明らかになっていません|明らかにされていません|明確ではありません|"
    r"明確ではない|特定されていません|特定できません|判断できません|確認できません|見当たりません|"
    r"示されていません|述べられていません|説明されていません|提供されていません|提示されていません|"
    r"報告されていません|挙げられていません|明示されていません|論じられていません|議論されていません|"
    r"読み取れません|読み取ることはできません|触れていません|記されていません|記されていない|"
    r"示されていない|提供されていない|述べられていない|説明されていない|該当しません|"
    r"何とも言えません|不詳です|(?:この|本)?(?:論文|研究|資料|文書)の(?:扱う)?範囲外です|なんとも言えません|一概には言えません|存じません|"
    r"(?:論文|本文|原文|原論文|元論文|原典|全文|文献|本体|著者|リポジトリ)(?:等|など|本体|そのもの|の本文)?[をに](?:直接)?(?:ご?参照|ご?確認|"
    r"ご?覧|お読み|読んで|参照して|確認して|見て|当たって|あたって|お問い合わせ|問い合わせ|直接)[^。]{0,16}(?:ください|下さい|ましょう|"
    r"必要があります|お願いします|お願いいたします|お勧めします|おすすめします|必要です)|"
    r"(?:ここでは|本欄では|詳細は|説明は|回答は)?(?:省略|割愛)(?:し|いたし|させていただき)ます|"
    r"(?:さらなる|追加の|より多くの|詳しい)(?:情報|調査|確認|資料)が必要です|"
    r"(?:該当|特に|とくに)?なし(?:です)?|特にありません|とくにありません|(?:N/A|n/a|該当なし)(?:です)?)$"
)
_LIMITS = re.compile(
    r"限界|注意|課題|弱点|不足|欠点|問題点|制約|扱って|残され|未解決|足りない|分かっていない"
)
_POLAR_LIMIT = re.compile(r"公[開表]|開示|リリース|提供|配布|入手|利用でき|使え")


# 『指針』は…には触れていません: a fact, for it is said of another text.
_OF_OTHERS = re.compile(
    r"^(?:『[^『』]*』|「[^「」]*」|[A-Z][A-Za-z0-9\-. ]{1,40}"
    r"|(?:既存|従来|先行|過去|他|ほか)の?[^、。は]{1,12})(?:で|に)?は"
    r"[^。]*(?:触れ|述べ|言及し|説明し|論じ|示し|明記し|扱っ)ていません$"
)


def non_answer(question: str, field: Field) -> Iterator[Finding]:
    """A sentence whose point is that there is no answer. `question` is "" for a summary."""
    sentences = [s for s in field.sentences if s.kind not in ("heading", "note")]
    is_alone = len(sentences) == 1
    for sentence in sentences:
        words = _bare_end(field.prose(sentence, field.unquoted)[-200:])
        says = not _OF_OTHERS.search(words) and any(pattern.search(words) for pattern in _PATTERNS)
        if says and _LIMITS.search(question) and not is_alone:
            says = bool(_LIMITS.search(words) or _PATTERNS[-1].search(words))
        is_fact = _is_fact(question, words) or _LIMITS.search(question)
        whole = is_alone and _WHOLE.search(words) and not is_fact
        if says or whole:
            yield field.found("non-answer", sentence.start, sentence.end)


def _is_fact(question: str, words: str) -> bool:
    """コードは提供されていません tells what was asked: whether it is provided."""
    return bool(
        not asks_wh(question) and _POLAR_LIMIT.search(question) and _POLAR_LIMIT.search(words)
    )


_ASIDE = re.compile(r"(?:（[^（）]*）|\([^()]*\))?[\s。．.、！!？?]*$")
_HEDGE = re.compile(
    r"(?<=[いず])(?:という)?(?:よう|模様|状況|状態|みたい|の)(?:です|でした|が現状です)$"
    r"|(?<=[いず])と(?:言え|いえ|思われ|考えられ|見られ)ます$"
)


def _bare_end(words: str) -> str:
    """Without an aside, politeness and hedges: …公表されていないようです → …公表されていない"""
    words = _HEDGE.sub("", _ASIDE.sub("", words))
    return words.replace("ございません", "ありません").replace("ておりません", "ていません")


# ── circular ────────────────────────────────────────────────────────────────────────────────────
_YES_NO = re.compile(
    r"[\s*_「]*(?:A\s*[:：]\s*)*"
    r"(はい|いいえ|いえ|いや|ええ|うん|否|Yes|No|そうです|その通りです|そのとおりです)"
    r"(?=[、,，。.．\s　！!：:–—*_」-]|$)"
)


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-.+]*")
_INNER = re.compile(r"[A-Z0-9]")
_ASKS_NAME = re.compile(
    r"名前|名称|何と|なんと|どの(?!よう|くらい|ぐらい|程度)|どれ|どちら|どっち|いずれ|誰|だれ"
)


def _own_names(title: str) -> frozenset[str]:
    """SpecTree of 「SpecTree: Adaptive Token Trees」, and words spelled as only names are (LLM)."""
    head, colon, _ = title.partition(":")
    words = _NAME.findall(title)
    named = {word for word in words if _INNER.search(word[1:])}
    return frozenset(named | set(_NAME.findall(head) if colon else ()))


def _without(names: frozenset[str], text: str) -> str:
    return _NAME.sub(lambda found: "" if found[0] in names else found[0], text)


_MANY = re.compile(r"多く(?:の|が|は|を)|数多[いく]")  # 雑音が多い tells something


def circular(question: str, field: Field, title: str) -> Iterator[Finding]:
    """The answer tells nothing that the question and the paper's own name did not say."""
    names = _own_names(title)
    told = field.bare if _ASKS_NAME.search(question) else _without(names, field.bare)
    asked, said = words_in(question), words_in(_MANY.sub("", told))
    if _adds_denial(question, field.bare) or not (said.kanji or said.others):
        return
    new = said.beyond(asked, EMPTY)
    if asks_wh(question):
        is_empty = not new and not asks_choice(question)
        is_circular = is_empty or _turns_round(field, new)
    else:
        is_circular = not new and _restates(question, asked, field.bare)
    if is_circular:
        yield field.found("circular", 0, len(field.text))


def _adds_denial(question: str, answer: str) -> bool:
    """「…は公開されていません」 tells something."""
    return bool("ません" in answer and "ません" not in question) or answer.startswith("いいえ")


def _restates(question: str, asked: Words, answer: str) -> bool:
    """To a yes-or-no question: 「…かどうかが変わります」, or the whole question over again."""
    if re.search(r"かどうか|か否か", answer) and not re.search(r"かどうか|か否か", question):
        return True
    left_out = asked.beyond(words_in(answer), EMPTY)
    return not left_out and len(asked.beyond(NOTHING, EMPTY)) > 1


def _turns_round(field: Field, new: Sequence[str]) -> bool:
    """「証明の鍵は、証明の鍵となる補題です」: the end repeats the beginning, but for a word."""
    first, comma, rest = field.bare.partition("、")
    if not comma or len(new) != 1 or len(field.sentences) != 1:
        return False
    begin, end = words_in(first), words_in(rest)
    if not begin.units & end.units:
        return False
    is_kanji = re.fullmatch(rf"[{KANJI}]+", new[0])
    repeated = begin.beyond(NOTHING, EMPTY)
    return bool(is_kanji) and len(repeated) > 1 and not begin.beyond(end, EMPTY)


# ── yes-no ──────────────────────────────────────────────────────────────────────────────────────
def yes_no(question: str, field: Field) -> Iterator[Finding]:
    """はい or いいえ to a question that asks what, how or why."""
    found = _YES_NO.match(field.text)
    if found and asks_wh(question):
        yield field.found("yes-no", found.start(1), found.end(1), found[1])
