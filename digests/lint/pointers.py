"""Rules about pointers to what the reader does not see: tables, figures, sections, references."""

import re
from collections.abc import Iterator

from digests.lint.text import HAS_JA, KANJI, Field
from digests.lint.types import Finding

# ── unseen-reference ────────────────────────────────────────────────────────────────────────────
_LATIN_PLACE = (
    r"(?<![A-Za-z])(?:(?:Supplementary|Supp\.|Extended Data)\s)?"
    r"(?:Tables?|Tab\.|Figures?|Figs?\.|Sections?|Secs?\.|Appendix|Appendices|Algorithm|Alg\.|Eqs?\.|Equations?|Listing|Theorem|Lemma|Chapter|Chap\.)"
)
_PLACE = (
    rf"(?:(?<![{KANJI}])(?:補足|付|拡張)?[表図式]|図表|補足?資料|付属資料|"
    rf"(?<![{KANJI}])(?:付録|補遺|脚注|別表|別図|定理|補題|命題)|"
    rf"アルゴリズム|セクション|リスティング|§|{_LATIN_PLACE})"
    r"[\s　]?(?:[\(（]?(?:S|[A-ZＡ-Ｚ][.．]?)?[0-9０-９A-ZＡ-ＺⅠ-Ⅻ]{1,2}(?![a-zA-Z])"
    r"(?:[.．][0-9A-Z]{1,2}){0,2}[\)）]?"
    r"(?:\s?[\(（]?[a-h][\)）]?(?![a-z]))?)?"
)
_CHAPTER = (
    r"第?\s?[0-9０-９]{1,2}(?:[.．][0-9０-９]{1,2}){0,2}\s?[節章](?![{KANJI}])|巻末(?:資料)?"
    r"|(?<![A-Za-z])pp?\.\s?[0-9]{1,4}|(?<![0-9])[0-9]{1,3}ページ目?(?=[にのを])"
).replace("{KANJI}", KANJI)
# The third row of a table is still that table.
_ROWS = (
    r"(?:の(?:[0-9０-９]+|[左右上下])(?:行|列|段落?|番)目?"
    r"(?:(?:から|〜|～|、|と)[0-9０-９]+(?:行|列|段落?|番)目?)?)?"
)
_NUMBERED = re.compile(
    rf"(?P<place>(?:{_PLACE}|{_CHAPTER})"
    rf"(?:(?:[、,・]|と|や|および|及び|または|から|〜|～|-|–)\s?(?:{_PLACE}|{_CHAPTER}|[0-9A-Z]{{1,2}}(?![0-9A-Za-z])))*"
    rf"{_ROWS})"
)
_HAS_NUMBER = re.compile(r"[0-9０-９A-Za-zＡ-ＺⅠ-Ⅻ]|付録|補遺|補足?資料|巻末|付属資料|別[表図]")
_SHOWS = (
    r"(?:記載|掲載|記述|列挙|詳述|詳細|提示|要約|説明|紹介|議論|報告|解説|整理|図示|例示|収録|添付|"
    r"まとめ|示|挙げ|載|述べ|書か|並べ|明記|記さ|描|掲げ|含ま|収め|プロット|可視化|現れ|報じ)"
)
_POINTS = re.compile(
    rf"^(?:の(?:中|下|上|左|右|例)?)?(?:に(?!示す(?:よう|とお|通)|示した(?:よう|とお|通)|よ[るりれ])"
    rf"(?:は)?[^。、]{{0,16}}{_SHOWS}"
    r"|を(?:ご?参照|ご覧|見|確認|参考)|[がもは]?参照|の(?:とおり|通り)|に(?:ある|あり|従|沿|基づ|詳し)"
    r"|によ(?:って|り)(?:与え|表|定義|計算|求め)|で(?:与え|表|定義|計算|求め|証明)(?:され|られ)"
    r"|から(?:分か|わか|明らか|読み取|見て取)[^。]{0,8}$"
    r"|(?:の|に(?:示す|示した|ある|記載の|記載された))(?:設定|値|条件|ハイパーパラメータ|手順|例|"
    r"プロンプト|方法|左|右|上段|下段|モデル|一覧|式|定義))"
)
_ASKS_TO_SEE = re.compile(r"を(?:ご?参照|ご覧|見て)|参照")
_COUNTED = re.compile(r"[つ種個枚件本列行]")
_LATER_POINT = re.compile(
    rf"^(?:では?|には?|にて|で)[、]?[^。]{{0,40}}?{_SHOWS}[ぁ-ん]{{0,12}}(?:です|ます|ました|ある|した)?$"
)
_GIVES = re.compile(r"[0-9０-９%％]|こと[がをはも]|と(?:述|報告|示|説明|いう|して|指摘|結論|なっ)")
_DETAILS = re.compile(
    r"(?:詳細|詳しく|くわしく|全体|一覧|結果|内容|具体例|残り)(?:は|について|に関して)[、]?$"
)


# There is no figure above or below: 上の図に示すとおり, 下表を参照, 前掲のグラフ
_SIDE = (
    rf"(?<![{KANJI}])(?:(?:上|下|左|右|前|次|以下|上記|下記|前述|上述|前掲|後掲|別紙?|本文|論文|巻末|末尾|[左右][上下])の|[上下左右]|前掲|後掲|次掲|上記|下記)"
    rf"(?P<what>図表?|表|グラフ|ヒートマップ|式|数式|散布図|模式図|概念図|フロー(?:図|チャート)|一覧表|写真|チャート)"
    rf"(?![{KANJI}])|(?<![{KANJI}])別[表図紙](?![{KANJI}])"
    rf"|(?<=は)[図表](?=に(?:示され|まとめられ|記載され|掲載され)ています)|(?<=は、)[図表](?=に(?:示され|まとめられ|記載され|掲載され)ています)"
)
_SIDED = re.compile(rf"(?P<place>{_SIDE})")
_RELATIVE = re.compile(
    rf"(?P<place>{_SIDE})(?:の(?:中|上|下|左|右|[ァ-ヶー]{{3,10}}|ように|例)?)?"
    rf"(?:に(?:は)?[^。、]{{0,16}}{_SHOWS}|に(?:ある|あり|よ[るりれ])|を(?:ご?参照|ご覧|確認して(?:くだ|下)さい|参考に)|参照"
    r"|(?:の)?(?:とおり|通り)|で(?:は)?[^。、]{0,10}(?:示|確認|表|見られ|分か|わか)|から(?:も|は)?[^。、]{0,8}(?:分か|わか|明らか|読み取|見て取)"
    r"|[がは][^。、]{0,16}(?:示して|表して|まとめて)|のように)"
)


# 後述します, 前節で; and what a typesetter never filled in: 表??, \\ref{tab:main}
_ELSEWHERE = re.compile(
    rf"(?<![{KANJI}])[前次後同][節章](?=[でにをの])|後述(?:し|する|の(?:とおり|通り))"
    r"|[表図式節](?:\?{2,}|\[\?\])|\\[A-Za-z]{0,8}ref\{[^{}]{0,80}\}"
)


def unseen_reference(field: Field) -> Iterator[Finding]:
    """A pointer to a table, figure or section that gives the reader nothing: 表3を参照

    In a question every table by its number is one: who reads it can't know what 表3 has."""
    is_question = field.name == "question"
    for sentence in field.sentences:
        words = field.bare[sentence.start : sentence.end].rstrip("。．.！？\ue001 ")
        for found in _NUMBERED.finditer(words):
            if _HAS_NUMBER.search(found[0]) and (
                _is_asked_of(words, found) if is_question else _is_pointer(words, found)
            ):
                start = sentence.start + found.start()
                yield field.found("unseen-reference", start, start + len(found[0]), found[0])
    yield from field.all("unseen-reference", _ELSEWHERE, field.unquoted)
    for found in (_SIDED if is_question else _RELATIVE).finditer(field.unquoted):
        if not _stands_here(field, found["what"] or ""):
            yield field.found("unseen-reference", *found.span("place"), found["place"])


def _is_asked_of(words: str, found: re.Match[str]) -> bool:
    """付録Aの文書は…; not 表2つ, and not a kind of thing (付録)."""
    return bool(re.search(r"[0-9０-９A-Za-zＡ-ＺⅠ-Ⅻ]", found[0])) and not _COUNTED.match(
        words[found.end() :]
    )


def _stands_here(field: Field, what: str) -> bool:
    """Whether the answer has its own table or formula to point at."""
    return (what.endswith("表") and "|" in field.text) or (
        what.endswith("式") and "$" in field.text
    )


def _is_pointer(words: str, found: re.Match[str]) -> bool:
    before, after = words[: found.start()], words[found.end() :]
    if _COUNTED.match(after):
        return False
    if not re.search(r"[0-9０-９A-Za-zＡ-ＺⅠ-Ⅻ]", found[0]):
        return bool(_ASKS_TO_SEE.match(after) or _DETAILS.search(before))
    if _POINTS.match(after):
        return True
    if _DETAILS.search(before):
        return True
    later = _LATER_POINT.match(after)
    return bool(later) and not _GIVES.search(after)


# ── raw-citation ────────────────────────────────────────────────────────────────────────────────
_YEAR = r"(?:19|20)[0-9]{2}[a-z]?"
_KEY_YEAR = r"(?:(?:19|20)[0-9]{2}|[0-2][0-9]|9[0-9])[a-z]?"
_NAME = r"[A-ZÀ-Þ][A-Za-zÀ-ÿ'’\-]{1,40}"  # a run without end would be read from each capital
_OTHERS = (
    r"(?!(?:NeurIPS|NIPS|ICML|ICLR|ACL|EMNLP|NAACL|EACL|COLING|CVPR|ICCV|ECCV|AAAI|IJCAI|KDD|SIGIR|"
    r"WWW|COLM|TMLR|JMLR|TACL|Interspeech|ICASSP|arXiv|January|February|March|April|May|June|July|"
    r"August|September|October|November|December|Spring|Summer|Autumn|Fall|Winter|Windows|Office|"
    r"Version|Release|Table|Figure|Section)\b)"
)
_AL = r"(?:et\.?\s?al\.?|ら|たち|氏ら|他|ほか|等)"
_NUMBERS = r"[1-9][0-9]{0,2}(?:\s?[,，、;–\-〜～]\s?[1-9][0-9]{0,2})*"
_NO_COUNT = (
    r"(?![0-9.]|[,，][0-9]|本|件|年|つ|編|種|個|点|名|人|回|以上|%|万|千|百|億|報|冊|誌|分|部|章|節|"
    r"語|字|位|割|倍|対|文|ペ)"
)
_CITATION = re.compile(
    # (Rossi et al., 2021), [Rossi and Bianchi, 2021], (Park 2023; Zhong and Guo, 2024)
    rf"[\(（\[［](?:[^()（）\[\]]{{0,200}}?[;；]\s?|(?:cf|see|e\.g)\.?,?\s)?{_OTHERS}{_NAME}"
    rf"(?:\s(?:et\.?\s?al\.?|ら)|,?\s(?:and|&)\s{_NAME}|,\s{_NAME}|\s{_NAME}|,\s(?:[A-Z]\.\s?){{1,3}}|{_AL}){{0,4}}"
    rf"\s?[,，、]?\s?{_YEAR}"
    rf"(?!年)[^()（）\[\]]{{0,200}}[\)）\]］]"
    rf"|[\(（\[［](?:[^()（）\[\]]{{0,200}}?[;；]\s?)?{_OTHERS}{_NAME}\s?(?:{_AL}|(?:and|&)\s{_NAME})\s?{_YEAR}"
    rf"(?!年)[^()（）\[\]]{{0,200}}[\)）\]］]"
    # Rossiら（2021）, 山田ら (2021), Rossi et al.
    rf"|(?:{_NAME}(?:\s{_NAME})?\s?{_AL}|[{KANJI}]{{1,4}}(?:ら|氏ら))"
    rf"(?:の(?:論文|研究))?\s?[\(（\[［,、]?\s?{_YEAR}(?![0-9]|年)\s?[\)）\]］]?"
    rf"|(?<![A-Za-z]){_OTHERS}[A-Z][a-z]{{2,}}\s?[\(（]{_YEAR}[\)）](?=が(?:提案|示|報告)|による|によ[るれ]|の(?:研究|論文|報告))"
    rf"|{_NAME}\s(?:and|&)\s{_NAME}(?:\s?[\(（]\s?{_YEAR}\s?[\)）]|\s?[,，、]\s?{_YEAR}(?![0-9]|年))"
    rf"|{_NAME}\s?et\.?\s?al\b\.?"
    # （山田ほか、2021）, （佐藤・鈴木, 2021）
    rf"|[\(（\[［][{KANJI}]{{1,4}}(?:ら|他|ほか|・[{KANJI}]{{1,4}})\s?[,，、]?\s?{_YEAR}(?!年)[^()（）]{{0,60}}[\)）\]］]"
    rf"|[\(（][ァ-ヶー・]{{2,20}}(?:ら|他|ほか|たち)[、,]?\s?{_YEAR}年?[\)）]"
    # what a chat leaves: 【7†source】, :contentReference[oaicite:2], [^3^], [要出典]
    r"|[【\[][^【】\[\]]{0,20}†[^【】\[\]]{0,60}[】\]]|:?contentReference\s?\[oaicite:\d{1,3}\](?:\{index=\d{1,3}\})?"
    r"|\[\^\d{1,3}\^\]"
    r"|[\[［【](?:citation needed|要出典|出典|[Ss]ource|[Rr]ef(?:erence)?|\?{1,3})[\]］】](?!\()"
    r"|(?:cite)?turn\d{1,3}(?:search|view|news|file)\d{1,3}"
    # [12], 【12】, 〔3, 7–9〕, BERT[12]は
    rf"|(?<![A-Za-z0-9_!\]])[\[［]{_NUMBERS}[\]］](?![(A-Za-z0-9_])"
    rf"|(?<=[A-Z][A-Za-z])[\[［]{_NUMBERS}[\]］](?=[\u3041-\u9fff、。])"
    rf"|(?<![A-Za-z0-9])[A-Z][A-Za-z0-9\-]{{2,30}}[\[［]{_NUMBERS}[\]］](?=[\u3041-\u9fff、。])"
    rf"|[【〔]{_NUMBERS}[】〕]"
    # 文献[3], 論文15, Ref. 12
    rf"|(?<![{KANJI}])(?:参考文献|引用文献|文献|先行研究|論文)(?:番号)?\s?[\[［(（]?#?[0-9]{{1,3}}(?![0-9])[\]］)）]?{_NO_COUNT}"
    r"|(?<![A-Za-z])[Rr]efs?\.?\s?[\[［(（]?[0-9]{1,3}[\]］)）]?"
    r"|[\[［][0-9]{1,3}[\]］]ら|(?<![0-9])[0-9]{1,3}らの(?:論文|研究|手法)"
    r"|(?:参考)?文献(?:リスト|一覧)の?\s?[0-9]{1,3}番|(?<![A-Za-z])[A-Z][a-z]{2,}\+\s?['’]?[0-9]{2}(?![0-9])"
    # [Werfel+ 14], [Lin20], [lin2020deep], [@lin2020], \\cite{lin2020}
    rf"|[\[［](?:{_NAME}\s?(?:\+|et\.?\s?al\.?,?)?\s?['’]?{_KEY_YEAR}(?![0-9])|[A-Z]{{3,4}}\+?[0-2][0-9][a-z]?)"
    rf"(?:\s?[,;、]\s?[A-Z][A-Za-z+\s]{{1,20}}\s?['’]?[0-9]{{2,4}}[a-z]?)*[\]］](?!\()"
    r"|[\[［]@?[a-z]{2,20}[-_:]?(?:19|20)[0-9]{2}[a-z\-_]{0,30}[\]］](?!\()|[\[［]@[\w:\-]{2,60}[\]］]"
    r"|\\[A-Za-z]{0,10}[Cc]ite[a-z]{0,10}\*?(?:\[[^\[\]]{0,40}\]){0,2}\{[^{}]{0,200}\}"
    # a number set high: …です¹², …です<sup>12</sup>
    r"|(?<=[\u3041-\u9fff」』）、。])(?<!メートル)(?<!乗)[¹²³⁴⁵⁶⁷⁸⁹⁰]+(?:[,，˒⁻–][¹²³⁴⁵⁶⁷⁸⁹⁰]+)*"
    r"|<sup>\s?\[?[0-9]{1,3}(?:[,–\- ]+[0-9]{1,3})*\]?\s?</sup>"
    r"|(?<=[\u3041-\u9fff」』）、。])\^\[?[0-9]{1,3}(?:[,–-][0-9]{1,3})*\]?\^?"
)
_RAISED = re.compile(
    r"(?<=[\u3041-\u9fff」』）、。])\$\^\{?[0-9]{1,3}(?:\s?[,–-]\s?[0-9]{1,3})*\}?\$"
)
_RANGE = re.compile(r"(?:範囲|区間|の値|次元|間|リスト|配列|ベクトル)")


def raw_citation(field: Field) -> Iterator[Finding]:
    """A citation of the paper's reference list, which the reader does not have."""
    for found in citations(field):
        yield field.found("raw-citation", *found.span(), found[0])


def citations(field: Field) -> Iterator[re.Match[str]]:
    for found in _CITATION.finditer(field.bare):
        is_numbers = found[0][0] in "[［" and found[0][1].isdigit()
        around = field.bare[max(found.start() - 6, 0) : found.end() + 4]
        if not (is_numbers and (_RANGE.search(around) or not HAS_JA.search(field.text))):
            yield found
    yield from _RAISED.finditer(field.text)


RULES = (unseen_reference, raw_citation)
