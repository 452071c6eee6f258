"""Announcements that fit: how long a text is to X and to Bluesky, and how a template is filled in
so that the text fits both and its address stays whole.

X counts as twitter-text's configuration v3 says
(https://github.com/twitter/twitter-text/blob/master/config/v3.json); Bluesky counts graphemes and
bytes of UTF-8 (lexicon app.bsky.feed.post).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

X_MOST = 280
BLUESKY_MOST, BLUESKY_BYTES = 300, 3000
ADDRESS_WEIGHT = 23
ADDRESS = re.compile(r"https?://[!-~]+")
AFTER_ADDRESS = ".,;:!?'\")]}>"  # ends a sentence, not the address
PLACE = re.compile(r"\{(\w+)\}")
CUT = "…"

_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # code points that weigh 1
# What shows as one picture: flags, keycaps, and pictures with their colours and companions.
_PICTURE = (
    "(?:[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff](?!\ufe0e)"
    "[\ufe0f\U0001f3fb-\U0001f3ff]?\u20e3?[\U000e0020-\U000e007f]*)"
)
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}(?:\u200d{_PICTURE})*"
)
_BASE = re.compile(_PICTURE)
_FLAG_HALVES = range(0x1F1E6, 0x1F200)
_SKINS = range(0x1F3FB, 0x1F400)
_JOINER = "\u200d"
# Never first in a grapheme: marks have their own classes, these do not.
_FOLLOWERS = {"\u200c", _JOINER, "\uff9e", "\uff9f"}


# ── how long a text is ──────────────────────────────────────────────────────────────────────────
def weight_x(text: str) -> int:
    """The length that X counts: most Latin letters 1, an address 23, everything else 2."""
    text = unicodedata.normalize("NFC", text)
    weight = place = 0
    for start, end in _addresses(text):
        weight += _weight(text[place:start]) + ADDRESS_WEIGHT
        place = end
    return weight + _weight(text[place:])


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for found in ADDRESS.finditer(text):
        yield found.start(), found.start() + len(found[0].rstrip(AFTER_ADDRESS))


def _weight(text: str) -> int:
    emoji = 2 * len(_EMOJI.findall(text))
    return emoji + sum(1 if _is_light(letter) else 2 for letter in _EMOJI.sub("", text))


def _is_light(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _LIGHT)


def graphemes(text: str) -> int:
    """How many characters a person sees."""
    return sum(1 for _cluster in clusters(text))


def clusters(text: str) -> Iterator[str]:
    """The text by the characters that a person sees. The rules of Unicode's annex 29 as far as the
    standard library knows the classes; where in doubt it makes one more."""
    cluster = ""
    for letter in text:
        if cluster and not _goes_on(cluster, letter):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def _goes_on(cluster: str, letter: str) -> bool:
    last = cluster[-1]
    if last in "\r\n":
        return last + letter == "\r\n"
    if ord(letter) in _FLAG_HALVES:
        return len(cluster) == 1 and ord(cluster) in _FLAG_HALVES
    if last == _JOINER and _BASE.match(letter):
        return _is_picture(cluster) and not cluster.endswith(2 * _JOINER)
    return _is_follower(letter) or _are_one_syllable(last, letter)


def _is_picture(cluster: str) -> bool:
    return _BASE.match(cluster) is not None and ord(cluster[0]) not in _FLAG_HALVES


def _is_follower(letter: str) -> bool:
    code = ord(letter)
    is_tag = 0xE0020 <= code <= 0xE007F
    is_mark = unicodedata.category(letter) in ("Mn", "Me", "Mc")
    return letter in _FOLLOWERS or is_mark or is_tag or code in _SKINS


def _are_one_syllable(before: str, letter: str) -> bool:
    """Hangul written in its single letters: first consonants, vowels, last consonants."""
    first, second = _jamo(before), _jamo(letter)
    return (first, second) in {("L", "L"), ("L", "V"), ("V", "V"), ("V", "T"), ("T", "T")}


def _jamo(letter: str) -> str:
    code = ord(letter)
    if 0x1100 <= code <= 0x115F:
        return "L"
    if 0x1160 <= code <= 0x11A7:
        return "V"
    return "T" if 0x11A8 <= code <= 0x11FF else ""


def fits(text: str) -> bool:
    """Whether X and Bluesky both take the text."""
    return (
        weight_x(text) <= X_MOST
        and graphemes(text) <= BLUESKY_MOST
        and len(text.encode()) <= BLUESKY_BYTES
    )


# ── a text that fits ────────────────────────────────────────────────────────────────────────────
def announce(template: str, choices: Sequence[Mapping[str, str]], *, cut: str) -> str:
    """The template with the values of the first choice with which it fits. Where none does, the
    last choice's value named `cut` ends in 「…」; then its other values; then the template's own
    words. The value `url` is never cut; it has to fit by itself."""
    for values in choices:
        text = fill_in(template, values)
        if fits(text):
            return text
    values = dict(choices[-1])
    for name in [cut, *(name for name in values if name not in (cut, "url"))]:
        values[name] = _shortened(values[name], _fitting(template, values, name))
        text = fill_in(template, values)
        if fits(text):
            return text
    return _with_fewer_words(fill_in(template, values), values["url"])


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """The values in their {name} places, once: a value that looks like a place stays as it is.
    Lines that end up empty at the end, and spaces before a line's end, go."""
    filled = PLACE.sub(lambda found: values.get(found[1], found[0]), template)
    return "\n".join(line.rstrip() for line in filled.strip().splitlines())


def _fitting(template: str, values: Mapping[str, str], name: str) -> Callable[[str], bool]:
    return lambda value: fits(fill_in(template, {**values, name: value}))


def _shortened(value: str, is_good: Callable[[str], bool]) -> str:
    """The longest beginning of the value with 「…」 that is good; else nothing."""
    seen = list(islice(clusters(value), BLUESKY_MOST))
    beginnings = ("".join(seen[:length]).rstrip() + CUT for length in range(len(seen) - 1, 0, -1))
    return next((beginning for beginning in beginnings if is_good(beginning)), "")


def _with_fewer_words(text: str, url: str) -> str:
    """What stands before the address, cut, and the address; without one, the text, cut."""
    words, found, _after = text.partition(url) if url else (text, "", "")
    end = f"\n{url}" if found else ""
    return (_shortened(words.rstrip() + " ", lambda cut: fits(cut + end)) + end).strip()
