"""Rules about form: labels that were left, brackets, empty fields, and signs."""

import html
import re
from collections.abc import Iterator

from digests.lint.fixes import edits
from digests.lint.text import BLANK, Field
from digests.lint.types import Finding

# ── label-left ──────────────────────────────────────────────────────────────────────────────────
_WORDS = (
    r"(?:Questions?|Answers?|(?:回|解)答例|模範解答|Summary|Abstract|Title|質問|設問|問い?|回答|解答|答え?|概要|要約|要旨|"
    r"タイトル|題名|邦題|見出し|ひとこと|QA|Q&A|Ｑ＆Ａ|最終回答|Final answer|Ans|Response|Reply|"
    r"Output|出力|返答|応答|アンサー|User|Assistant|ユーザー|アシスタント|TL;?DR)"
)
# Runs of space are taken whole: five of them beside each other, each trying every length, made a
# text of a thousand spaces after an "A" take minutes.
_NUMBER = r"\s*+[\(（]?\s*+[0-9０-９]{0,3}\s*+[\)）]?\s*+"
_SEPARATOR = r"(?:[:：]|[.．](?=\s|[^\sA-Za-z0-9])|\s*+[-–—]\s+|[)）]\s*)"
_LABEL = re.compile(
    rf"[\s*_#>■◆●▼▶◇□☆★]*(?:[-・]\s)?(?:"
    rf"(?:\*\*|__)?(?:[QAＱＡ]{_NUMBER}|{_WORDS}{_NUMBER})(?:\*\*|__)?{_SEPARATOR}\s*(?:\*\*|__)?"
    r"|[\[〔<＜（(](?:質問|回答|概要|要約|答え)[0-9０-９]{0,3}[\]〕>＞）)]\s*(?!\()"
    r"|(?:回答|答え)\s*[→⇒]\s*"
    r"|【(?:Q|A|Ｑ|Ａ|質問|回答|概要|要約|答え?)\s*[0-9０-９]*】"
    r"|(?:[QＱ]|質問|設問|問|回答)\s?[0-9０-９]{1,3}(?=[\s　])"
    # a heading, or bold words on their own
    rf"|\#{{1,6}}\s*{_WORDS}[ \t]*[0-9０-９]{{0,3}}[ \t]*\n\s*"
    rf"|(?:\*\*|__){_WORDS}{_NUMBER}(?:\*\*|__)\s+"
    r"|第?[0-9０-９]{1,3}問[目]?(?:[:：.、]|\s)"
    r"|[(（\[]?[0-9０-９]{1,2}(?:[.．](?![0-9０-９])|[)）:：](?![0-9])|\](?=\s))\s*"
    r"|[①-⑳]\s*)",
    re.IGNORECASE,
)
_LATER_LABEL = re.compile(r"\n[ \t*_]*(?:[QＱ][0-9]{0,3}|[AＡ]|質問|回答)[0-9]{0,3}[:：]", re.I)
_OPTION = re.compile(r"(?<![A-Za-z])[BＢ][:：]")


def label_left(field: Field) -> Iterator[Finding]:
    """A label of the form that the text was made in: `A: A:`, `Q8.`, `回答：`, `8.`"""
    text, start = field.text, 0
    if _OPTION.search(text):
        return  # A: … B: …, two options
    while (found := _LABEL.match(text, start)) and found.end() > start:
        if _opens_a_list(field, found):
            break
        start = found.end()
    if start:
        first = len(text) - len(text.lstrip())
        yield field.found("label-left", first, start, text[first:start].strip())
    for later in _LATER_LABEL.finditer(field.bare, start):
        yield field.found("label-left", later.start() + 1, later.end(), later[0].strip())


def _opens_a_list(field: Field, found: re.Match[str]) -> bool:
    """Whether `1.` begins a list of steps (a second number follows on a line of its own)."""
    number = re.fullmatch(r"\s*[(（]?([0-9０-９]{1,2})[.．)）]\s*", found[0])
    is_circled = re.fullmatch(r"\s*[①-⑳]\s*", found[0])
    if number and field.name == "answer":
        following = str(int(number[1]) + 1)
        return bool(re.search(rf"\n\s*[(（]?{following}[.．)）]", field.text))
    return bool(is_circled) and field.name == "answer" and len(re.findall("[①-⑳]", field.text)) > 1


# ── brackets ────────────────────────────────────────────────────────────────────────────────────
_CLOSING = dict(zip("」』）)”】》〉", "「『（(“【《〈", strict=True))
_OPENING = frozenset(_CLOSING.values())
_ENUMERATOR = re.compile(
    r"(?:^|[\s、。，：:；;）)「・])(?:[0-9０-９]{1,2}|[a-zA-Zア-ン①-⑳]|[ivx]{1,4})$"
)
_INTERVAL = re.compile(r"[\[(［（]\s*[-−+]?[\d.∞]+\s*[,、]\s*[-−+]?[\d.∞a-zA-Z]+\s*[\])］）]")


def brackets(field: Field) -> Iterator[Finding]:
    """Every bracket without its partner, over the whole field."""
    text = _INTERVAL.sub(lambda found: BLANK * len(found[0]), field.bare)
    waiting: list[int] = []
    for at, sign in enumerate(text):
        if sign in _OPENING:
            waiting.append(at)
        elif sign in _CLOSING:
            if waiting and text[waiting[-1]] == _CLOSING[sign]:
                waiting.pop()
            elif not (sign in ")）" and _ENUMERATOR.search(text[max(at - 4, 0) : at])):
                yield from _unmatched(field, text, waiting, at)
    for at in waiting:
        yield field.found("brackets", at, at + 1, text[at])


def _unmatched(field: Field, text: str, waiting: list[int], at: int) -> Iterator[Finding]:
    """The closing sign at `at` has no partner on top: those opened since a partner have none."""
    partner = next((o for o in reversed(waiting) if text[o] == _CLOSING[text[at]]), None)
    if partner is None:
        yield field.found("brackets", at, at + 1, text[at])
        return
    while waiting and waiting[-1] != partner:
        lost = waiting.pop()
        yield field.found("brackets", lost, lost + 1, text[lost])
    waiting.pop()


# ── empty ───────────────────────────────────────────────────────────────────────────────────────
_PLACEHOLDER = re.compile(
    r"[(（\[【<＜「]*(?:TODO|TBD|TBA|FIXME|WIP|null|None|undefined|NaN|lorem ipsum.*|"
    r"(?:ここに|この欄に)?(?:回答|答え|概要|要約|質問|説明|本文|内容)?を?(?:ここに)?(?:未記入|未入力|未定|未作成|空欄|空白|準備中|"
    r"執筆中|作成中|記入中|記入待ち|追記予定|後日追記|あとで書く|後で書く|要追記|記入(?:してください|する)?|入力(?:してください|する)?|挿入)|"
    r"(?:あとで|後で)(?:記入|追記|記載|入力|作成)|TODO[:：][^\n]{0,40}|xxx+|[○〇×・●◯△]+|仮|ダミー)[)）\]】>＞」]*[。.:：]?",
    re.IGNORECASE,
)
_LABEL_ALONE = re.compile(r"[(（\[【<＜](?:回答|答え|質問|概要|要約)文?[)）\]】>＞]")
_SAYS = re.compile(rf"[\w{BLANK}]")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,15}(?:\s[^<>]{0,200})?/?>|<!--[\s\S]{0,2000}?-->")
# `[]()` has an address and shows nothing.
_BARE_LINK = re.compile(rf"!?\[\s*{BLANK}+")


def empty(field: Field) -> Iterator[Finding]:
    """A field that shows nothing, or only a placeholder."""
    if is_empty(field):
        yield field.found("empty", 0, len(field.text))


def is_empty(field: Field) -> bool:
    """Whether no letter is left when tags, entities and signs of Markdown are gone."""
    words = html.unescape(_BARE_LINK.sub("", _TAG.sub("", field.bare))).strip()
    said = words.strip("*_#>-– ")
    return not _SAYS.search(words) or any(
        pattern.fullmatch(said) for pattern in (_PLACEHOLDER, _LABEL_ALONE)
    )


# ── punctuation ────────────────────────────────────────────────────────────────────────
def fixable(field: Field) -> Iterator[Finding]:
    """What an automatic fix is offered for; the value is what it would put there."""
    for fix in edits(field):
        yield field.found(fix.code, fix.offset, fix.offset + fix.length, fix.replacement)


RULES = (label_left, brackets, fixable)
