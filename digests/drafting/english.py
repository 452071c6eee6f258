"""Where English sentences end."""

import re
from functools import lru_cache

_STOP = re.compile(
    "[.!?][\"'\u201d\u2019)\\]]*(\\s+)(?=[\"'\u201c\u2018(\\[]*[A-Z0-9])"
    "|\\s[\u2022\u25cf\u25aa\u25e6\u2219\u2023]\\s"
)
_ABBREVIATIONS = (
    "al approx app appx cf chap ch def dr e.g eg eq eqn eqs etc ex fig figs i.e ie jr lem mr mrs "
    "ms no nos p pp prof prop ref refs resp sec sect st tab thm viz vol vs w.r.t wrt"
)
_ABBREVIATED = frozenset(_ABBREVIATIONS.split())
# These end a sentence all the same when the next word can only open one.
_MAY_END = frozenset(("al", "etc"))
_OPENING_WORDS = (
    "A Although As Besides By During Finally For Furthermore Given However If In It Moreover "
    "Note Our Since The Their There These They This Thus To We When While With"
)
_OPENERS = frozenset(_OPENING_WORDS.split())
_LAST_WORD = re.compile(r"[^\s(\[]+$")
_NEXT_WORD = re.compile(r"\w+")


def english_sentences(text: str) -> list[str]:
    """The sentences of English prose, verbatim; "et al.", "Fig. 3", "e.g." do not end one."""
    return [text[start:end] for start, end in sentence_spans(text)]


@lru_cache(maxsize=2048)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where each of them begins and ends in the text, once per text."""
    spans = []
    start = 0
    for stop in _STOP.finditer(text):
        if stop.group(1) is None or _ends_sentence(text, start, stop):
            spans.append((start, stop.start() if stop.group(1) is None else stop.start(1)))
            start = stop.end()
    spans.append((start, len(text)))
    trimmed = [_trim(text, *span) for span in spans]
    return tuple(span for span in trimmed if span[0] < span[1])


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())


def _ends_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    if text[stop.start()] != ".":
        return True
    # Only the end is read: a text of nothing but "e.g. A" must not cost its square.
    word = _LAST_WORD.search(text, max(start, stop.start() - 40), stop.start())
    last = word.group().lower().strip(".") if word else ""
    following = _NEXT_WORD.search(text, stop.end())
    opens = following is not None and following.group() in _OPENERS
    if last in _ABBREVIATED:
        return last in _MAY_END and opens
    if word and len(last) == 1 and last.isalpha() and word.group().isupper():
        return opens  # an initial, unless "… of type A. The …"
    is_list_number = last.isdigit() and text[start : start + 8].lstrip().startswith(last + ".")
    return not (is_list_number and stop.start() - start < 8)
