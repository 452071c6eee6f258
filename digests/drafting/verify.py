"""The strict quote matcher: does this sentence stand in the paper, word for word?

A quote is accepted when it is contained in one passage after NFKC, one kind of quotation mark,
lower case, line-end hyphens joined and all spaces and hyphens dropped. What dropping them would
let through is then checked place by place: a sign, a range, a number in two parts, a word that
is joined or cut, a negation left outside. Similarity never accepts; it only finds what to offer.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from digests.drafting.english import english_sentences, sentence_spans
from papers.fulltext import Passage

# The count is of the folded quote, without spaces and hyphens: padding does not help.
MIN_CHARACTERS = 40

_MINUS = "\u2212"
# U+0002 and U+FFFE are pypdfium2's marks of a line-end hyphen; U+00AD is the soft hyphen.
_DASHES = "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\x02\ufffe"
# "a -x": space before and none after, so it is a sign and not a hyphen.
_SIGN = re.compile("\\s[-\u2012\u2013]$")
_EM_DASHES = "\u2014\u2015\ufe58"
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_GAP = re.compile(rf"[\s{_ZERO_WIDTH}{re.escape(_DASHES)}]+")
_MARKS = re.compile("[\"'`\u00b4\u2018-\u201f\u00ab\u00bb\u2039\u203a]+")
# Raised, lowered, in a circle, or a fraction: what NFKC makes of it means something else.
_RAISED = re.compile(
    "([\u00aa\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a\u1d78"
    "\u1d9b-\u1dbf\u2070-\u209f\u2150-\u215f\u2189\u2460-\u24ff\u2c7c\u2c7d\u3192-\u319f\u3220-\u325f"
    "\u3280-\u32bf\U0001f100-\U0001f12e])"
)


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Joining one of these to the next word can make another word: "not able", "in significant".
_JOINING = frozenset({"a", "an", "in", "no", "not", "now"})
_HARMLESS_AFTER = _set_of(
    "a all an any be both each its only order our such that the their these this which"
)
_NEGATIONS = _set_of(
    "not no never without cannot nor neither hardly barely scarcely nothing none non"
)
_MAGNITUDES = _set_of(
    "percent pct percentage point points hundred thousand million billion trillion times fold "
    "dozen bn mn k m b x"
)
_SIGNS_BEFORE = frozenset("<>\u2264\u2265\u00b1~\u223c\u2248+$\u20ac\u00a3\u00a5^/\u00d7*=\u2260")
_SIGNS_AFTER = frozenset("%\u2030\u00b0\u00d7^/*\u00b1+\u00b7\u2219\u22c5\u207a\u207b")
# What may stand between a number and its sign, and what a hyphen may follow without being one.
_BEFORE_DIGITS = frozenset(".$\u20ac\u00a3\u00a5")
_CLOSING = frozenset(')]}".%')
_INSIDE = frozenset("_^/@\\")


@dataclass(frozen=True)
class _Folded:
    """`text` without spaces and hyphens; `gaps[i]` is what was dropped before text[i].

    `cased` is `text` before lower-casing, of the same length. gaps[len(text)] is the tail.
    """

    text: str
    cased: str
    gaps: dict[int, str]

    def gap(self, at: int) -> str:
        return self.gaps.get(at, "")

    def at(self, index: int) -> str:
        """The folded character at `index`, or "" outside the text."""
        return self.text[index] if 0 <= index < len(self.text) else ""

    def word_before(self, end: int) -> str:
        """The whole word that ends right before `end`; an apostrophe belongs to it."""
        start = end
        while start > 0 and (self.at(start - 1).isalnum() or self.at(start - 1) == '"'):
            start -= 1
            if start in self.gaps:
                break
        return self.text[start:end].strip('"')

    def word_from(self, start: int) -> str:
        """The whole word that begins at `start`; an apostrophe belongs to it."""
        end = start
        while self.at(end).isalnum() or (end > start and self.at(end) == '"'):
            end += 1
            if end in self.gaps:
                break
        return self.text[start:end].strip('"')


def find_quote(quote: str, passages: Iterable[Passage]) -> Passage | None:
    """The first passage that holds `quote` word for word, or None.

    At least MIN_CHARACTERS as written, runs of space as one; references never count; one passage,
    never two.
    """
    wanted = fold(quote)
    if len(" ".join(quote.split())) < MIN_CHARACTERS or not wanted.text:
        return None
    for passage in passages:
        if passage.kind != "references" and _stands_in(wanted, fold(passage.text)):
            return passage
    return None


@lru_cache(maxsize=2048)
def fold(text: str) -> _Folded:
    """`text` in the form that is compared (DRAFTING, "Quotes"), once per text."""
    pieces: list[str] = []
    gaps: dict[int, str] = {}
    length = position = 0
    for gap in _GAP.finditer(text):
        piece = _fold_piece(text[position : gap.start()])
        pieces.append(piece)
        length += len(piece)
        gaps[length] = gaps.get(length, "") + gap.group().strip(_ZERO_WIDTH)
        position = gap.end()
    pieces.append(_fold_piece(text[position:]))
    cased = "".join(pieces)
    kept = {at: gap for at, gap in gaps.items() if gap}
    return _Folded(_lower(cased), cased, kept)


def _fold_piece(piece: str) -> str:
    if piece.isascii():
        return _MARKS.sub('"', piece)
    # NFKC would turn 10² into 102 and 1½ into 11⁄2, so raised figures and fractions stay.
    parts = _RAISED.split(_MARKS.sub('"', piece))
    normal = (
        part if _RAISED.match(part) else unicodedata.normalize("NFKC", part) for part in parts
    )
    return "".join("".join(normal).split())


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _stands_in(quote: _Folded, passage: _Folded) -> bool:
    start = passage.text.find(quote.text)
    while start >= 0:
        if (
            _starts_cleanly(quote, passage, start)
            and _ends_cleanly(quote, passage, start + len(quote.text))
            and _same_gaps(quote, passage, start)
            and _same_units(quote, passage, start)
        ):
            return True
        start = passage.text.find(quote.text, start + 1)
    return False


# What was dropped inside the quote


def _same_gaps(quote: _Folded, passage: _Folded, start: int) -> bool:
    for at in range(1, len(quote.text)):
        ours, theirs = quote.gap(at), passage.gap(start + at)
        if ours != theirs and not _may_differ(quote, at, passage, start + at):
            return False
    return True


def _kind(gap: str) -> str:
    if not gap:
        return "none"
    if _MINUS in gap:
        return "minus"
    return "dash" if any(c in _DASHES for c in gap) else "space"


def _may_differ(quote: _Folded, at: int, passage: _Folded, place: int) -> bool:
    """Whether the gaps before quote[at] and passage[place] mean the same."""
    kinds = {_kind(quote.gap(at)), _kind(passage.gap(place))}
    if len(kinds) == 1 or kinds == {"minus", "dash"}:
        return True
    if "minus" in kinds or _splits_a_number(quote, at):
        return False
    if _SIGN.search(quote.gap(at)) or _SIGN.search(passage.gap(place)):
        return False
    left, right = quote.at(at - 1), quote.at(at)
    if "dash" in kinds:
        if _opens_number(quote, at):
            is_joined = right.isdigit() and kinds == {"dash", "none"}
            return is_joined and _is_compound(quote, at, passage, place)
        if _is_operator(quote, at) or _is_operator(passage, place):
            return False
    if left.isalpha() and right.isalpha() and "space" in kinds:
        spaced = (quote, at) if _kind(quote.gap(at)) == "space" else (passage, place)
        return not _joins_to_another_word(*spaced)
    return True


def _splits_a_number(folded: _Folded, at: int) -> bool:
    """Whether a gap before folded[at] decides where a number begins: 3 5, 1. 5, 1, 000, 5 .2"""
    left, right = folded.at(at - 1), folded.at(at)
    if left.isdigit() and right.isdigit():
        return True
    if right.isdigit() and folded.at(at - 2).isdigit():
        return left == "." or (left == "," and _has_three_digits(folded, at))
    return right in (".", ",") and left.isdigit() and folded.at(at + 1).isdigit()


def _has_three_digits(folded: _Folded, at: int) -> bool:
    return folded.text[at : at + 3].isdigit() and not folded.at(at + 3).isdigit()


def _is_compound(quote: _Folded, at: int, passage: _Folded, place: int) -> bool:
    """GPT-4 and GPT4 are one name; of -5 and of 5 are not, nor are 1e-5 and 1e5."""
    gap = quote.gap(at) or passage.gap(place)
    return quote.text[at - 2 : at].isalpha() and at >= 2 and gap[0] in _DASHES


def _opens_number(folded: _Folded, at: int) -> bool:
    """5, .5, $5 and $.5 are numbers: a dash before them may be a sign."""
    for place in range(at, at + 3):
        if folded.at(place).isdigit():
            return True
        if folded.at(place) not in _BEFORE_DIGITS or folded.gap(place + 1):
            return False
    return False


def _is_operator(folded: _Folded, at: int) -> bool:
    """Whether the dash before folded[at] is a sign or a minus: (-x), y=-x, x-y; not (RL)-based."""
    gap, left = folded.gap(at), folded.at(at - 1)
    if not any(c in _DASHES and c not in _EM_DASHES for c in gap):
        return False
    if not (left.isalnum() or left in _CLOSING):
        return gap[0] in _DASHES
    return len(folded.word_before(at)) == 1 == len(folded.word_from(at))


def _joins_to_another_word(folded: _Folded, at: int) -> bool:
    return folded.word_before(at) in _JOINING and folded.word_from(at) not in _HARMLESS_AFTER


def _same_units(quote: _Folded, passage: _Folded, start: int) -> bool:
    """A short word after a number keeps its case: 5 mW is not 5 MW, 8 Gb is not 8 GB."""
    for at in range(1, len(quote.text)):
        if not (quote.at(at - 1).isdigit() and quote.at(at).isalpha()):
            continue
        size = len(quote.word_from(at))
        place = start + at
        if size <= 3 and quote.cased[at : at + size] != passage.cased[place : place + size]:
            return False
    return True


# What stands around the quote


def _starts_cleanly(quote: _Folded, passage: _Folded, start: int) -> bool:
    first, before = quote.at(0), passage.at(start - 1)
    if not _same_sign(quote, passage.gap(start)):
        return False
    if _is_attached(passage.gap(start)) and _cuts_a_token(passage, start):
        return _follows_footnote_mark(passage, start)
    if first.isdigit() and before in _SIGNS_BEFORE:
        return False
    return not (before.isalnum() and _is_negation(passage.word_before(start)))


def _same_sign(quote: _Folded, theirs: str) -> bool:
    """Whether the quote begins with the sign that stands there, or there is none to begin with."""
    ours = quote.gap(0)
    if _opens_number(quote, 0) or quote.at(0) == ".":
        return _is_dash(ours) == _is_dash(theirs)
    if theirs[-1:] == _MINUS:
        return _is_dash(ours)
    return _kind(ours) != "minus" or _is_dash(theirs)


def _ends_cleanly(quote: _Folded, passage: _Folded, end: int) -> bool:
    last, after = passage.at(end - 1), passage.at(end)
    if _is_attached(passage.gap(end)) and _cuts_a_token(passage, end):
        return False
    if last.isdigit() and (after in _SIGNS_AFTER or _is_dash_before_digit(passage, end)):
        return False
    if not (last.isalnum() and after.isalnum()):
        return True
    word = passage.word_from(end)
    return not (_is_negation(word) or (last.isdigit() and word in _MAGNITUDES))


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS or word.endswith('n"t')


def _is_dash(gap: str) -> bool:
    return _kind(gap) in ("dash", "minus")


def _is_attached(gap: str) -> bool:
    """No gap, or a hyphen that ties two parts: not a space, and not a dash between clauses."""
    if not gap:
        return True
    return gap[0] in _DASHES and not any(c in _EM_DASHES for c in gap)


def _is_dash_before_digit(passage: _Folded, at: int) -> bool:
    return _is_dash(passage.gap(at)) and passage.at(at).isdigit()


def _cuts_a_token(passage: _Folded, at: int) -> bool:
    """Whether a word or number goes on across `at`, where its two sides touch."""
    left, right = passage.at(at - 1), passage.at(at)
    if left.isalnum() and right.isalnum():
        return True
    if (left in _INSIDE and right.isalnum()) or (right in _INSIDE and left.isalnum()):
        return True
    if right in (".", ",", ":", '"') and left.isalnum():
        return _continues(passage, at + 1, left, right)
    if left in (".", ",", ":", '"') and right.isalnum():
        before = passage.at(at - 2) if not passage.gap(at - 1) else ""
        return _belongs_together(before, left, right) or (
            left == "." and right.isdigit() and not before
        )
    return False


def _continues(passage: _Folded, at: int, left: str, mark: str) -> bool:
    return not passage.gap(at) and _belongs_together(left, mark, passage.at(at))


def _belongs_together(left: str, mark: str, right: str) -> bool:
    """1.5 and 1,000 are one number, 9:1 is one ratio, don't is one word."""
    if mark == '"':
        return left.isalpha() and right.isalpha()
    return left.isdigit() and right.isdigit()


def _follows_footnote_mark(passage: _Folded, start: int) -> bool:
    """Extractors glue a footnote's number to the sentence after it: "…model.2We propose"."""
    digits = start
    while digits > 0 and passage.at(digits - 1).isdigit() and not passage.gap(digits):
        digits -= 1
    if not 1 <= start - digits <= 2 or passage.gap(start):
        return False
    opens = passage.at(digits - 1) in ("", ".", "!", "?", ")", '"')
    word = passage.cased[start : start + 2]
    return opens and word[:1].isupper() and word[1:].islower()


# What to offer instead


def nearest(quote: str, passages: Sequence[Passage]) -> tuple[Passage, str] | None:
    """The whole sentences that `quote` most likely means, as they stand; None if nothing is close.

    It only proposes: what it returns has to be accepted by a person and pass `find_quote`.
    """
    wanted = _grams(fold(quote).text)
    if not wanted:
        return None
    most = min(len(english_sentences(quote)) + 1, _MOST_SENTENCES)
    best: tuple[float, Passage, str] | None = None
    for passage in _likely(wanted, passages):
        for window in _windows(passage.text, most):
            score = _overlap(wanted, window)
            is_better = score >= _CLOSE and (best is None or score > best[0])
            if is_better and find_quote(window, (passage,)):
                best = (score, passage, window)
    return best and (best[1], best[2])


_GRAM = 5
# Half of the five-letter groups shared: a sentence with a few words changed, not one by chance.
_CLOSE = 0.5
_PASSAGES_TO_READ = 6
_MOST_SENTENCES = 4


def _grams(folded: str) -> frozenset[str]:
    return frozenset(folded[i : i + _GRAM] for i in range(len(folded) - _GRAM + 1))


def _likely(wanted: frozenset[str], passages: Sequence[Passage]) -> list[Passage]:
    """The passages that share most groups of letters with the quote, best first."""
    votes = [
        (_shared(wanted, fold(passage.text).text), -place, passage)
        for place, passage in enumerate(passages)
        if passage.kind != "references"
    ]
    votes.sort(key=lambda vote: vote[:2], reverse=True)
    return [passage for shared, _, passage in votes[:_PASSAGES_TO_READ] if shared]


def _shared(wanted: frozenset[str], folded: str) -> int:
    return sum(gram in folded for gram in wanted)


def _windows(text: str, most: int) -> list[str]:
    """Every run of up to `most` neighbouring sentences, as it stands in the text."""
    spans = sentence_spans(text)
    return [
        text[spans[first][0] : spans[last][1]]
        for first in range(len(spans))
        for last in range(first, min(first + most, len(spans)))
    ]


def _overlap(wanted: frozenset[str], window: str) -> float:
    """How much of the quote stands in the window, less a little for what stands there besides."""
    grams = _grams(fold(window).text)
    shared = len(wanted & grams)
    return shared / len(wanted) - 0.1 * (len(grams) - shared) / len(wanted)
