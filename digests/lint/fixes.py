"""Edits that change signs and never a word: full stops, commas, widths, spaces, addresses.

Code, formulas, addresses, marks and quotations in Latin script are left as they are. An edit is
proposed as a diff; its finding has the same place and code.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from digests.lint.text import BLANK, GONE, HAS_JA, JA, Field, url_end, words_of
from digests.lint.types import Fix

_WIDE = "Ａ-Ｚａ-ｚ０-９"
_LATIN = f"[A-Za-z0-9{_WIDE}]"
_ABBREVIATIONS = words_of(
    "al app approx cf ch dr e.g eq eqs etc fig figs i.e inc jr ltd co mr mrs ms no nos pp prof "
    "ref refs sec sect st tab vol vs"
)
_WORD_BEFORE = re.compile(r"[A-Za-z][A-Za-z.]*$")
_LIST_NUMBER = re.compile(r"\s*(?:[-*+>#]+\s+)*(?:\d{1,3}|[a-zA-Z])$")
# Known to serve the same pages by https; a subdomain counts with its domain.
SECURE_HOSTS = words_of(
    "arxiv.org github.com github.io gitlab.com huggingface.co doi.org openreview.net "
    "aclanthology.org neurips.cc nips.cc icml.cc iclr.cc mlr.press jmlr.org acm.org ieee.org "
    "springer.com nature.com science.org semanticscholar.org paperswithcode.com openai.com "
    "anthropic.com deepmind.com deepmind.google google.com googleblog.com microsoft.com meta.com "
    "facebook.com nvidia.com apple.com amazon.com kaggle.com wikipedia.org wikimedia.org "
    "youtube.com youtu.be twitter.com x.com medium.com substack.com stanford.edu berkeley.edu "
    "mit.edu cmu.edu readthedocs.io readthedocs.org python.org pytorch.org "
    "tensorflow.org kaggle.com zenodo.org figshare.com dblp.org researchgate.net orcid.org "
    "dair.ai eleuther.ai lmsys.org mozilla.org w3.org unicode.org"
)

Rule = Callable[[Field], Iterator[Fix]]


def fixes(text: str) -> tuple[str, list[Fix]]:
    """The corrected text, and the edits in order, with places in the text as given."""
    made = edits(Field("", None, text))
    pieces, done = [], 0
    for fix in made:
        pieces += [text[done : fix.offset], fix.replacement]
        done = fix.offset + fix.length
    return "".join([*pieces, text[done:]]), made


def edits(field: Field) -> list[Fix]:
    """Every edit for a field, in order; none touches another."""
    rules: tuple[Rule, ...] = (_stops, _commas, _questions, _repeated, _widths, _spaces, _links)
    found = [fix for rule in rules for fix in rule(field)]
    kept: list[Fix] = []
    done = 0
    # sorted() keeps the order of the rules where two edits begin at one place.
    for fix in sorted(found, key=lambda fix: fix.offset):
        if fix.offset >= done:
            kept.append(fix)
            done = fix.offset + fix.length
    return kept


def _fix(start: int, end: int, replacement: str) -> Fix:
    return Fix(start, end - start, replacement, "punctuation")


# ── full stops, commas, question marks ──────────────────────────────────────────────────────────
_STOP = re.compile(r"(?<![.．…])[.．｡](?![.．…])(?P<gap>[ \u3000]*)")


def _stops(field: Field) -> Iterator[Fix]:
    """A Japanese sentence ends in 。; a period in a number, a name or English stays."""
    text = field.unquoted_latin
    for found in _STOP.finditer(text):
        start, _ = field.line_of(found.start())
        line = text[max(start, found.start() - 60) : found.start()]
        after = text[found.end() : found.end() + 1]
        if not _is_japanese(text, start, found.start()) or not _ends_sentence(found, line, after):
            continue
        end = found.end("gap") if after not in ("", "\n") else found.start() + 1
        yield _fix(found.start(), end, "。")


def _is_japanese(text: str, start: int, stop: int) -> bool:
    """Whether a line has Japanese before `stop`: near it, or near the line's start."""
    near = max(start, stop - 60)
    return bool(
        HAS_JA.search(text, near, stop) or HAS_JA.search(text, start, min(start + 200, near))
    )


def _ends_sentence(found: re.Match[str], line: str, after: str) -> bool:
    sign, before = found[0][0], line[-1:]
    if before.isdigit() and after.isdigit() and not found["gap"]:
        return False
    if sign in "．｡" or re.match(f"{JA}|[」』）】〉》％]", before):
        return not (after.isdigit() and not found["gap"] and re.search(r"[図表式第]$", line))
    is_last = after in ("", "\n", GONE)
    if not (is_last or (re.match(f"{JA}|[「『（]", after))):
        return False
    if _LIST_NUMBER.fullmatch(line) or before.isspace():
        return False
    word = _WORD_BEFORE.search(line)
    if word and (word[0].lower() in _ABBREVIATIONS or (len(word[0]) == 1 and word[0].isupper())):
        return False
    return bool(re.match(rf"[A-Za-z0-9)\]%\"”{BLANK}{GONE}*]", before))


_COMMA = re.compile(r"[,，､](?P<gap> *)")


def _commas(field: Field) -> Iterator[Fix]:
    """Between Japanese words stands 、; a list of names in Latin letters keeps its commas."""
    text = field.unquoted_latin
    is_japanese = bool(HAS_JA.search(text))
    for found in _COMMA.finditer(text):
        before, after = text[: found.start()][-1:], text[found.end() : found.end() + 1]
        if before.isdigit() and after.isdigit():
            if found[0][0] == "，":
                yield _fix(found.start(), found.start() + 1, ",")
            continue
        sides = [side for side in (before, after) if re.match(f"{JA}|[「」『』）（％]", side)]
        if sides or (found[0][0] in "，､" and is_japanese):
            yield _fix(found.start(), found.end(), "、")


_ASK = re.compile(rf"(?P<before>{JA}|[」』）)）％%])(?P<sign>[?!？！]*[?!][?!？！]*)(?P<gap> *)")
_TO_WIDE = str.maketrans("?!", "？！")


def _questions(field: Field) -> Iterator[Fix]:
    """？ and ！ after Japanese are full width; at the end of a Japanese question after any word."""
    text = field.unquoted_latin
    for found in _ASK.finditer(text):
        after = text[found.end() : found.end() + 1]
        line = text[field.line_of(found.start())[0] : found.start() + 1]
        if not HAS_JA.search(line):
            continue
        end = found.end() if after not in ("", "\n") else found.end("sign")
        yield _fix(found.start("sign"), end, found["sign"].translate(_TO_WIDE))
    last = re.search(r"(?<=[A-Za-z0-9])\?\s*$", text)
    if field.name == "question" and last and HAS_JA.search(text):
        yield _fix(last.start(), last.start() + 1, "？")


_REPEATED = re.compile(r"。{2,}|、{2,}|、(?=。)")


def _repeated(field: Field) -> Iterator[Fix]:
    for found in _REPEATED.finditer(field.unquoted_latin):
        yield _fix(*found.span(), "" if len(found[0]) == 1 else found[0][0])


# ── widths and spaces ───────────────────────────────────────────────────────────────────────────
# Half-width kana too: ﾃﾞｰﾀ → データ
_WIDE_RUN = re.compile(f"[{_WIDE}]+(?:．[{_WIDE}]+)*|[\uff66-\uff9f]+")


def _widths(field: Field) -> Iterator[Fix]:
    for found in _WIDE_RUN.finditer(field.unquoted_latin):
        yield _fix(*found.span(), unicodedata.normalize("NFKC", found[0]))


_SPACE = re.compile(
    rf"(?<={JA})(?P<into>\*\*)?[ \u3000]+(?P<open>\*\*)?(?={_LATIN}|\((?=[A-Za-z0-9]))"
    rf"|(?<=[A-Za-z0-9{_WIDE}%)])(?P<close>\*\*)?[ \u3000]+(?P<next>\*\*)?(?={JA}|[「『（、。])"
    rf"|(?<={JA})[ \u3000]+(?=[、。])"
    rf"|(?:(?<=[、。])[ \u3000]+|(?<=[！？」』）]) +)(?=[^\s{GONE}{BLANK}|])"
)
_ENUMERATOR = re.compile(r"\s*(?:[-*+>#]+\s+)*[(（]?(?:\d{1,3}|[a-zA-Z])\)$")


def _spaces(field: Field) -> Iterator[Fix]:
    """No space between Japanese and Latin letters or digits, nor after 、 and 。."""
    text = field.unquoted_latin
    for found in _SPACE.finditer(text):
        line = text[field.line_of(found.start())[0] : found.start()]
        if _ENUMERATOR.fullmatch(line) or "|" in line or not line.strip():
            continue
        signs = "".join(found[name] or "" for name in ("into", "open", "close", "next"))
        yield _fix(*found.span(), signs)


# ── addresses ───────────────────────────────────────────────────────────────────────────────────
_ADDRESS = re.compile(r"(?P<target>\]\(\s*<?)?(?P<own><)?https?://[^\s<>`]+", re.IGNORECASE)
_CODE = re.compile(r"```[\s\S]{0,5000}?(?:```|\Z)|(?<!`)(`{1,3})(?!`)[^`\n]{1,400}\1(?!`)")


def _links(field: Field) -> Iterator[Fix]:
    """https where the host has it, and a link instead of a bare address."""
    for start, end, is_bare in addresses(field):
        if in_code(field, start):
            continue
        address = field.text[start:end]
        better = _secured(address)
        if is_bare:
            yield Fix(start, end - start, f"[{_label(address)}]({better})", "link")
        elif better != address:
            yield Fix(start, end - start, better, "link")


def in_code(field: Field, place: int) -> bool:
    """Whether a place of the text stands in code, which shows addresses and does not lead there."""
    if "`" not in field.text:
        return False
    return any(found.start() <= place < found.end() for found in _CODE.finditer(field.text))


def addresses(field: Field) -> Iterator[tuple[int, int, bool]]:
    """Where each address begins and ends, and whether it stands bare in the text."""
    for found in _ADDRESS.finditer(field.text):
        start = found.end("own") if found["own"] else found.end("target")
        start = found.start() if start < 0 else start
        length = _address_length(field.text[start : found.end()])
        if length <= len("https://"):
            continue
        is_text_of_link = field.text[:start].endswith("[") and "](" in found[0]
        yield start, start + length, not (found["target"] or found["own"] or is_text_of_link)


def _address_length(address: str) -> int:
    """Japanese text and what closes a sentence are not part of it."""
    plain = re.match(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*", address)
    return url_end(plain[0]) if plain else 0


def _secured(address: str) -> str:
    host = re.match(r"http://([^/:?#]+)(?=[/?#]|$)", address, re.IGNORECASE)
    if not host:
        return address
    parts = host[1].lower().split(".")
    known = any(".".join(parts[at:]) in SECURE_HOSTS for at in range(len(parts) - 1))
    return "https" + address[4:] if known else address


def _label(address: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|/$", "", address, flags=re.IGNORECASE)
