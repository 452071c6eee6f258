"""What the gate's findings are called on the screen, and what the editor can do about each."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PROBLEMS: Mapping[str, object] = {
    "quote-not-found": gettext_lazy(
        "The quote %(value)s does not stand in the paper word for word. Correct or replace it."
    ),
    "no-evidence": gettext_lazy("This sentence has no evidence."),
    "foreign-mark": gettext_lazy("The mark %(value)s has no evidence in this entry."),
    "number-not-in-evidence": gettext_lazy(
        "The number “%(value)s” is not in the evidence of this sentence."
    ),
    "name-not-in-evidence": gettext_lazy(
        "The name “%(value)s” is not in the evidence, or is spelled differently there."
    ),
    "label-left": gettext_lazy("A label was left at the start: “%(value)s”."),
    "brackets": gettext_lazy("The bracket %(value)s has no partner."),
    "non-answer": gettext_lazy(
        "This says that there is no answer. Drop the question, or find the answer in the paper."
    ),
    "metadata": gettext_lazy("This is not what the version on arXiv has: %(value)s"),
    "empty": gettext_lazy("This field is empty."),
    "own-making": gettext_lazy(
        "“%(value)s” speaks of how the text was made. Say it of the paper instead."
    ),
    "register": gettext_lazy(
        "The ending “%(value)s” does not fit: prose is in です・ます, items of a list end alike."
    ),
    "circular": gettext_lazy("The answer only repeats the question."),
    "near-duplicate": gettext_lazy("This nearly repeats question %(value)s."),
    "near-duplicate-paper": gettext_lazy("Paper %(value)s has the same answer."),
    "unseen-reference": gettext_lazy(
        "Readers do not see “%(value)s”. Write what stands there instead."
    ),
    "raw-citation": gettext_lazy(
        "Readers do not have the list of references of “%(value)s”. Name the work, or leave it out."
    ),
    "question-mark": gettext_lazy("The question does not end in ？."),
    "yes-no": gettext_lazy("“%(value)s” does not answer a question of what, how or why."),
    "untranslated": gettext_lazy("This was left in English: “%(value)s”."),
    "untranslated-word": gettext_lazy("There is Japanese for this English word: “%(value)s”."),
    "rendering": gettext_lazy("This word is wrong or broken: “%(value)s”."),
    "of-glossary": gettext_lazy("The glossary says “%(value)s” for this."),
    "voice": gettext_lazy("“%(value)s” sounds as if the digest spoke. Write 著者ら, or rephrase."),
    "punctuation": gettext_lazy("Punctuation: “%(value)s” is right here."),
    "punctuation-drop": gettext_lazy("Punctuation: this does not belong here."),
    "link": gettext_lazy("The link is bare, not secure, or leads nowhere: %(value)s"),
    "long-sentence": gettext_lazy("The sentence has %(value)s characters. Can it be divided?"),
    "wordy": gettext_lazy("“%(value)s” can be said in fewer words."),
}


def say_problem(code: str, value: str = "") -> str:
    """The sentence for a finding; a code without one is shown as it is rather than hidden."""
    sentence = PROBLEMS.get(_variant(code, value))
    if sentence is None:
        return _("%(code)s %(value)s") % {"code": code, "value": value}
    return str(sentence) % {"value": _shown(value)}


def _variant(code: str, value: str) -> str:
    """Some findings say two things, and their value tells which."""
    has_japanese = any(sign > "\u3040" for sign in value)
    match code:
        case "near-duplicate" if value.startswith("#"):
            return "near-duplicate-paper"
        case "punctuation" if not value:
            return "punctuation-drop"
        case "rendering" | "untranslated" if " → " in value:
            return "of-glossary"
        case "untranslated" if has_japanese:
            return "untranslated-word"
    return code


def _shown(value: str) -> str:
    words = " ".join(value.removeprefix("#").split())
    return words if len(words) <= 80 else words[:79] + "…"
