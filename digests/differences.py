"""What differs between two texts, so that it reads well in Japanese.

Japanese has no spaces: a diff by characters keeps two of them inside a phrase that was rewritten,
and one by lines marks a whole paragraph for a word. So sentences are compared first, then runs of
one script (words, near enough) inside those that differ, then the ends of the runs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

Piece = tuple[str, str]  # ("equal" | "delete" | "insert", text)
Span = tuple[int, int, int, int]  # old[a:b] became new[c:d]

MARK = r"\[\^[^\]\s]{1,20}\]"
JOINED = (  # what belongs to the character before it: accents, selectors, joined emoji
    r"(?:[\u0300-\u036f\u200c\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"
    r"\U000e0100-\U000e01ef]|\u200d[^\s\w]?)*"
)
KANJI, KATAKANA, HIRAGANA = (
    "[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]",
    "[\u30a1-\u30ff\uff66-\uff9f]",
    "[\u3041-\u309f]",
)
NUMBER = r"[0-9０-９]+(?:[.,．，][0-9０-９]+)*[%％]?"
LETTERS = r"A-Za-z\u00c0-\u024f\u0370-\u04ff"
LATIN = rf"[{LETTERS}][{LETTERS}0-9\u0300-\u036f]*(?:[-'’._][A-Za-z0-9]+)*"
CHARACTER = re.compile(rf"{MARK}|.{JOINED}", re.DOTALL)
TOKEN = re.compile(
    rf"(?P<mark>{MARK})|(?P<latin>{LATIN}{JOINED})|(?P<number>{NUMBER}{JOINED})"
    rf"|(?P<kanji>(?:{KANJI}{JOINED})+)|(?P<katakana>(?:{KATAKANA}{JOINED})+)"
    rf"|(?P<hiragana>(?:{HIRAGANA}{JOINED})+)|(?P<space>[^\S\n]+)|(?P<other>.{JOINED})",
    re.DOTALL,
)
SENTENCE = re.compile(rf"(?:(?!\n)[^。！？])*(?:[。！？][」』）)]?|\n|\Z)(?:{MARK})*\n?")
MARKS = re.compile(MARK)

CLOSE = 40_000  # pairs of words that are compared with each other at once
BUDGET = 300_000  # of such pairs in all; what lies beyond is told as rewritten
PAIRS = 900  # of sentences that are held against each other
ALIKE = 0.3  # from this share of common words on, a sentence counts as the other, changed
DEPTH = 8  # of anchors between anchors, and of rounds of making readable
TINY = 2  # characters: never left standing between two changes
SHORT = 10  # up to here, what stands between two longer changes goes with them
REWRITTEN = 0.25  # less than this kept, and nothing longer than SHORT: all of it is new
STOPS = "。！？\n"
FEW = 2  # words: only a change as small as this is narrowed down to a part of a word
HEAD = {"kanji": 2, "katakana": 3, "hiragana": 1}  # characters of a word that are kept apart
TAIL = HEAD | {"hiragana": 2}


def pieces_of(old: str, new: str) -> list[Piece]:
    """What to strike out of `old` and to put in, in order, to have `new`. The equal and deleted
    pieces make up `old`, the equal and inserted ones `new`; a deletion comes before what took its
    place. No evidence mark, number, Latin word or joined character is cut in two. Takes time in
    proportion to the lengths, whatever the texts."""
    before, after = _cut(SENTENCE, old), _cut(SENTENCE, new)
    pieces: list[Piece] = []
    here = 0
    for a, b, c, d in _changes(before, after):
        pieces.append(("equal", "".join(before[here:a])))
        pieces += _of_passage(before[a:b], after[c:d])
        here = b
    pieces.append(("equal", "".join(before[here:])))
    return _in_order(pieces)


def _of_passage(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """Of passages without a common sentence: all at once, or sentence by sentence where that marks
    no more (it marks more where a sentence was cut in two)."""
    together = _by_words("".join(old), "".join(new))
    parts = _paired(old, new)
    if len(parts) == 1:
        return together
    apart = _in_order([piece for part in parts for piece in _by_words(*part)])
    return apart if _marked(apart) <= _marked(together) else together


def _marked(pieces: Sequence[Piece]) -> int:
    return sum(_weight(text) for tag, text in pieces if tag != "equal")


def _paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """The sentences of both, in order, each beside the one that it became; those between two such
    pairs together. All of them together where there are too many to try."""
    if len(old) * len(new) > PAIRS or len(old) == len(new) == 1:
        return [("".join(old), "".join(new))]
    bags = [[_bag(sentence) for sentence in side] for side in (old, new)]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            alike = _likeness(bags[0][i], bags[1][j])
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike)
    parts, i, j = [("", "")], 0, 0
    while i < len(old) and j < len(new):
        alike = _likeness(bags[0][i], bags[1][j])
        if alike and best[i][j] == best[i + 1][j + 1] + alike:
            parts += [(old[i], new[j]), ("", "")]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            parts[-1] = (parts[-1][0] + old[i], parts[-1][1])
            i += 1
        else:
            parts[-1] = (parts[-1][0], parts[-1][1] + new[j])
            j += 1
    parts[-1] = (parts[-1][0] + "".join(old[i:]), parts[-1][1] + "".join(new[j:]))
    return parts


def _bag(sentence: str) -> Counter[str]:
    """How many characters each word makes up; what every sentence has (です, 。) says nothing."""
    bag: Counter[str] = Counter()
    for found in TOKEN.finditer(sentence):
        if found.lastgroup not in ("hiragana", "space", "other", "mark"):
            bag[found[0]] += len(found[0])
    return bag


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """From 0 to 1; 0 for what is not the same sentence any more."""
    size = max(one.total(), other.total())
    share = (one & other).total() / size if size else 0.0
    return share if share >= ALIKE else 0.0


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match[0] for match in pattern.finditer(text) if match[0]]


def _by_words(old: str, new: str) -> list[Piece]:
    """The pieces of two passages of which no sentence is the same."""
    before, after = _cut(TOKEN, old), _cut(TOKEN, new)
    pieces: list[Piece] = []
    here = 0
    for a, b, c, d in _changes(before, after):
        pieces.append(("equal", "".join(before[here:a])))
        pieces += [("delete", "".join(before[a:b])), ("insert", "".join(after[c:d]))]
        here = b
    pieces.append(("equal", "".join(before[here:])))
    return _slid(_trimmed(_readable(_in_order(pieces))))


def merged(base: str, theirs: str, mine: str) -> str | None:
    """Both changes of `base` in one text; None where they touch the same place."""
    edits = sorted({*_edits(base, theirs), *_edits(base, mine)})
    text, here = "", -1
    for start, end, words in edits:
        if start <= here:
            return None
        text += base[max(here, 0) : start] + words
        here = end
    return text + base[max(here, 0) :]


def _edits(old: str, new: str) -> list[tuple[int, int, str]]:
    """What to put in the place of old[start:end]."""
    edits: list[tuple[int, int, str]] = []
    here = 0
    for tag, text in pieces_of(old, new):
        if tag == "insert" and edits and edits[-1][1] == here and not edits[-1][2]:
            edits[-1] = (edits[-1][0], here, text)
        elif tag == "insert":
            edits.append((here, here, text))
        elif tag == "delete":
            edits.append((here, here + len(text), ""))
        here += 0 if tag == "insert" else len(text)
    return edits


# ── what has changed in a sequence ──────────────────────────────────────────────────────────────
def _changes(old: Sequence[str], new: Sequence[str]) -> list[Span]:
    """The spans that differ, in order: between what stands once in both (patience diff), and there
    one by one as far as the budget goes."""
    budget = BUDGET
    found: list[Span] = []
    todo: list[tuple[Span, int]] = [((0, len(old), 0, len(new)), 0)]
    while todo:
        span, depth = todo.pop()
        a, b, c, d = span = _without_same_ends(old, new, span)
        pairs = (b - a) * (d - c)
        if not pairs:
            found += [span] if (b - a) or (d - c) else []
        elif pairs <= min(CLOSE, budget):
            budget -= pairs
            found += _one_by_one(old, new, span)
        elif depth < DEPTH and (parts := _between_anchors(old, new, span)):
            todo += [(part, depth + 1) for part in reversed(parts)]
        else:
            found.append(span)
    return sorted(found)


def _without_same_ends(old: Sequence[str], new: Sequence[str], span: Span) -> Span:
    a, b, c, d = span
    while a < b and c < d and old[a] == new[c]:
        a, c = a + 1, c + 1
    while a < b and c < d and old[b - 1] == new[d - 1]:
        b, d = b - 1, d - 1
    return a, b, c, d


def _one_by_one(old: Sequence[str], new: Sequence[str], span: Span) -> list[Span]:
    a, b, c, d = span
    codes = SequenceMatcher(None, old[a:b], new[c:d]).get_opcodes()
    return [(a + i, a + j, c + k, c + m) for tag, i, j, k, m in codes if tag != "equal"]


def _between_anchors(old: Sequence[str], new: Sequence[str], span: Span) -> list[Span]:
    """The parts of the span between what stands once in both and in the same order; none where
    nothing does."""
    a, b, c, d = span
    once = Counter(old[a:b])
    places = {text: n for n, text in enumerate(old[a:b], a) if once[text] == 1}
    again = Counter(new[c:d])
    pairs = [(places[t], n) for n, t in enumerate(new[c:d], c) if again[t] == 1 and t in places]
    parts = []
    for i, j in _longest_rise(pairs):
        parts.append((a, i, c, j))
        a, c = i + 1, j + 1
    return [*parts, (a, b, c, d)] if parts else []


def _longest_rise(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of the pairs whose first numbers rise (the second ones do)."""
    ends: list[int] = []  # the least last number of a rise of each length
    ends_at: list[int] = []
    before: list[int] = []
    for n, (i, _j) in enumerate(pairs):
        length = bisect_left(ends, i)
        before.append(ends_at[length - 1] if length else -1)
        ends[length : length + 1] = [i]
        ends_at[length : length + 1] = [n]
    rise = []
    n = ends_at[-1] if ends_at else -1
    while n >= 0:
        rise.append(pairs[n])
        n = before[n]
    return rise[::-1]


# ── made readable ───────────────────────────────────────────────────────────────────────────────
def _in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of one kind joined, a deletion before its insertion, nothing empty."""
    ordered: list[Piece] = []
    struck: list[str] = []
    put_in: list[str] = []
    kept: list[str] = []

    def flush_changes() -> None:
        for tag, texts in (("delete", struck), ("insert", put_in)):
            if texts:
                ordered.append((tag, "".join(texts)))
                texts.clear()

    def flush_equal() -> None:
        if kept:
            ordered.append(("equal", "".join(kept)))
            kept.clear()

    for tag, text in pieces:
        if not text:
            continue
        if tag == "equal":
            flush_changes()
            kept.append(text)
        else:
            flush_equal()
            (struck if tag == "delete" else put_in).append(text)
    flush_changes()
    flush_equal()
    return ordered


def _weight(text: str) -> int:
    """The length as one reads it: evidence marks and white space are not read."""
    return len("".join(MARKS.sub("", text).split()))


def _readable(pieces: list[Piece]) -> list[Piece]:
    """Without the crumbs that a rewritten phrase happens to share with what it was."""
    kept = [_weight(text) for tag, text in pieces if tag == "equal"]
    sides = [sum(_weight(t) for g, t in pieces if g != tag) for tag in ("delete", "insert")]
    if sum(kept) < REWRITTEN * max(sides) and max(kept, default=0) <= SHORT and min(sides):
        return _in_order([part for piece in pieces for part in _both(piece)])
    for _ in range(DEPTH):
        joined = _in_order([part for n in range(len(pieces)) for part in _crumb(pieces, n)])
        if joined == pieces:
            break
        pieces = joined
    return pieces


def _both(piece: Piece) -> list[Piece]:
    """An equal piece as one that was struck out and put in again."""
    tag, text = piece
    return [("delete", text), ("insert", text)] if tag == "equal" else [piece]


def _crumb(pieces: Sequence[Piece], n: int) -> list[Piece]:
    tag, text = pieces[n]
    if tag != "equal" or n in (0, len(pieces) - 1):
        return [pieces[n]]
    weight = _weight(text)
    left = max(_weight(t) for _g, t in _run(pieces, n, -1))
    right = max(_weight(t) for _g, t in _run(pieces, n, 1))
    is_crumb = 0 < weight <= TINY or weight <= min(SHORT, left, right)
    return _both(pieces[n]) if is_crumb else [pieces[n]]


def _run(pieces: Sequence[Piece], n: int, step: int) -> list[Piece]:
    """The change beside the n-th piece: one piece, or a deletion and its insertion."""
    beside = [pieces[m] for m in (n + step, n + 2 * step) if 0 <= m < len(pieces)]
    return beside[:1] if len(beside) == 2 and beside[1][0] == "equal" else beside


def _slid(pieces: list[Piece]) -> list[Piece]:
    """A sentence that was put in or struck out between two begins after the stop of the first, and
    not with it: 「一。［二。］三」 and not 「一［。二］。三」."""
    for n in range(1, len(pieces) - 1):
        (before, head), (tag, text), (after, tail) = pieces[n - 1 : n + 2]
        if before == after == "equal" and tag != "equal" and text[0] in STOPS:
            stop = SENTENCE.match(text)
            moved = stop[0] if stop else ""
            if moved and tail.startswith(moved) and len(moved) < len(text):
                pieces[n - 1] = ("equal", head + moved)
                pieces[n] = (tag, text[len(moved) :] + moved)
                pieces[n + 1] = ("equal", tail[len(moved) :])
    return _in_order(pieces)


def _trimmed(pieces: Sequence[Piece]) -> list[Piece]:
    """What a deletion and its insertion share at their ends is equal, where that cuts no word."""
    trimmed: list[Piece] = []
    n = 0
    while n < len(pieces):
        if pieces[n][0] == "delete" and n + 1 < len(pieces) and pieces[n + 1][0] == "insert":
            trimmed += _trim(pieces[n][1], pieces[n + 1][1])
            n += 2
        else:
            trimmed.append(pieces[n])
            n += 1
    return _in_order(trimmed)


def _trim(old: str, new: str) -> list[Piece]:
    head = _shared(old, new, 1)
    tail = _shared(old[head:], new[head:], -1)
    return [
        ("equal", old[:head]),
        ("delete", old[head : len(old) - tail]),
        ("insert", new[head : len(new) - tail]),
        ("equal", old[len(old) - tail :]),
    ]


def _shared(old: str, new: str, step: int) -> int:
    """How many code points the first (step 1) or last (-1) words of both share: of whole words
    any, of a cut one only as many as may be cut off it."""
    shared = 0
    ours, theirs = list(TOKEN.finditer(old))[::step], list(TOKEN.finditer(new))[::step]
    for one, other in zip(ours, theirs, strict=False):
        if one[0] == other[0]:
            shared += len(one[0])
            continue
        is_small = len(ours) <= FEW and len(theirs) <= FEW
        if is_small and one.lastgroup == other.lastgroup and one.lastgroup in HEAD:
            least = (HEAD if step == 1 else TAIL)[one.lastgroup]
            shared += _shared_of_word(one[0], other[0], least, step)
        break
    return shared


def _shared_of_word(old: str, new: str, least: int, step: int) -> int:
    ours, theirs = _cut(CHARACTER, old)[::step], _cut(CHARACTER, new)[::step]
    same = 0
    while same < min(len(ours), len(theirs)) and ours[same] == theirs[same]:
        same += 1
    return len("".join(ours[:same])) if same >= least else 0
