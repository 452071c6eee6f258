"""Where an evidence mark belongs in a text that is being typed, and which marks it has lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from digests.sentences import Sentence, sentences

ALIKE = 0.4  # how much of a rewritten sentence must be left for it to count as the same one
MOST = 40  # sentences that are compared: a text typed anew is not a rewritten one


@dataclass(frozen=True)
class Lost:
    """Marks that a sentence had before it was rewritten, and where they go now."""

    keys: tuple[str, ...]
    sentence: str  # as it reads now
    at: int  # the place for the marks, in the text as it is now


def sentence_at(text: str, caret: int) -> Sentence | None:
    """The sentence in which the caret stands; between two of them it is the one just typed. None
    for a text without sentences."""
    found = None
    for sentence in sentences(text):
        if found and (sentence.start > caret or (sentence.start == caret == found.end)):
            break
        found = sentence
    return found


def lost_marks(before: str, after: str) -> list[Lost]:
    """The marks of `before` that are nowhere in `after`, each with the sentence that its own was
    rewritten into. A mark taken from an unchanged sentence, or gone with it, is no loss."""
    old, new = sentences(before), sentences(after)
    present = {key for sentence in new for key in sentence.marks}
    unchanged = {sentence.text for sentence in old}
    rewritten = [s for s in new if s.text not in unchanged][:MOST]
    remaining = {sentence.text for sentence in new}
    places: dict[int, list[str]] = {}
    for sentence in old[: MOST * 4]:
        keys = [key for key in dict.fromkeys(sentence.marks) if key not in present]
        now = _nearest(sentence, rewritten) if keys and sentence.text not in remaining else None
        if now is not None:
            places.setdefault(rewritten.index(now), []).extend(keys)
    return [
        Lost(tuple(dict.fromkeys(keys)), rewritten[at].text, rewritten[at].end)
        for at, keys in places.items()
    ]


def _nearest(old: Sentence, rewritten: Sequence[Sentence]) -> Sentence | None:
    likeness = [(_likeness(old.text, new.text), new) for new in rewritten]
    best = max(likeness, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= ALIKE else None


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one[:400], other[:400], autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0
