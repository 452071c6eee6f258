"""What a model is asked for: which fields, which standard questions, how many of its own.

A paper's own question is allowed only when its subject is one of the paper's subjects; the model
says what the subject is, and the paper is looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digests.drafting.types import BankQuestion, Material

BANK_QUESTIONS = 6
OWN_QUESTIONS = 4
HEADLINES = ("title_ja", "highlight", "one_liner")
ALL, SUMMARY, QUESTION = "all", "summary", "question"

_LONGEST_SUBJECT = 80
_WORD = re.compile(r"[^\W_]+")
_IN_EVERY_PAPER = (
    "a an and approach baseline dataset evaluation experiment experiments for from in introduction "
    "method methods model models of on our paper performance result results study system task "
    "tasks that the their this to training using we with work"
)
_OF_EVERY_PAPER = frozenset(_IN_EVERY_PAPER.split())


@dataclass(frozen=True)
class Ask:
    """One request: `fields` of DraftItem, `questions` with an answer each, up to `own` more that
    the model proposes. `scope` is all, summary or question, as a draft's key names it. The key of
    a question that an editor typed is "" (see `key_of`)."""

    scope: str
    fields: tuple[str, ...] = ()
    questions: tuple[BankQuestion, ...] = ()
    own: int = 0

    def key_of(self, question: BankQuestion) -> str:
        """The key by which the model names this question: the bank's, or q1, q2, …"""
        return question.key or f"q{self.questions.index(question) + 1}"

    def question_named(self, key: str) -> BankQuestion | None:
        return next((one for one in self.questions if self.key_of(one) == key), None)


def chosen(bank: Sequence[BankQuestion], kind: str) -> tuple[BankQuestion, ...]:
    """The bank questions to ask of a paper of this kind, at most BANK_QUESTIONS, in order."""
    fitting = [question for question in bank if kind in question.priority]
    fitting.sort(key=lambda question: question.priority[kind])
    return tuple(fitting[:BANK_QUESTIONS])


def ask_for_all(bank: Sequence[BankQuestion], kind: str, own: int = OWN_QUESTIONS) -> Ask:
    """The whole draft of a paper: headlines, summary, bank questions and its own."""
    return Ask(ALL, (*HEADLINES, "summary"), chosen(bank, kind), own)


def ask_for_summary() -> Ask:
    return Ask(SUMMARY, ("summary",))


def ask_for_question(question: BankQuestion) -> Ask:
    """One answer: of the bank, or of a question that an editor typed (`typed_question`)."""
    return Ask(QUESTION, (), (question,))


def typed_question(ja: str) -> BankQuestion:
    """An editor's own question, which no bank holds and no eligibility rule binds."""
    return BankQuestion(key="", ja=" ".join(ja.split()), en="", hint_ja="", priority={})


def is_subject(subject: str, material: Material) -> bool:
    """Whether `subject` stands in the title, the abstract, a heading or two body passages.

    Whole words, in the paper's own language; case, hyphens and punctuation do not count. Words
    that stand in every paper ("results", "our method") are no subject. References never count.
    """
    words = _words(subject)
    is_named = any(word not in _OF_EVERY_PAPER and not word.isdigit() for word in words)
    if not is_named or len(subject) > _LONGEST_SUBJECT:
        return False
    usable = [one for one in material.passages if one.kind != "references"]
    headings = {one.section for one in usable}
    if any(_stands_in(words, text) for text in (material.title, material.abstract, *headings)):
        return True
    return sum(one.kind == "body" and _stands_in(words, one.text) for one in usable) >= 2


def subject_of(question: str, material: Material) -> str:
    """The first Latin name in a Japanese question that is a subject of the paper, or "".

    For an answer that came without its subject, as small models and pasted ones may.
    """
    return next((name for name in _latin_names(question) if is_subject(name, material)), "")


def _latin_names(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z0-9+.\- ]*[A-Za-z0-9+]", text)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _stands_in(words: Sequence[str], text: str) -> bool:
    """Whether the words follow each other in the text; "self-play" and "self play" are one."""
    return f" {' '.join(words)} " in f" {' '.join(_words(text))} "
