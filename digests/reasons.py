"""Why something can't be published yet: every reason, with its place, as the editor sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model
from django.utils.translation import gettext as _

from digests import gate
from digests.models import Editor, Entry, Issue, Question
from digests.problem_words import say_problem

TEXTS = ("title_ja", "highlight", "one_liner", "summary")


@dataclass(frozen=True)
class Lack:
    """One thing that stands between an issue and its readers, and where. A problem that the gate
    found may be overridden with a reason; what is simply missing may not."""

    code: str
    message: str
    entry: Entry | None = None
    question: Question | None = None
    field: str = ""
    is_overridable: bool = False

    def __str__(self) -> str:
        named = {"entry": self.entry, "message": self.message}
        return _("%(entry)s: %(message)s") % named if self.entry else self.message


class Refused(Exception):
    """A verb's no, with every reason that the editor sees."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        super().__init__("; ".join(str(lack) for lack in lacks))
        self.lacks = list(lacks)


def why_not_approvable(entry: Entry, found: Sequence[gate.Located] | None = None) -> list[Lack]:
    """What the entry still lacks and what the gate found wrong; an empty list means go. `found` is
    what the gate finds in the entry, where it was asked already."""
    return [*_missing(entry), *_errors(gate.problems_of(entry) if found is None else found)]


def why_not_publishable(issue: Issue, *, search_quotes: bool = False) -> list[Lack]:
    """Every reason against publishing, in the order of the issue; an empty list means go. With
    `search_quotes` each quote is looked for in the paper once more."""
    return look_over(list(issue.entries.with_cards()), search_quotes=search_quotes).lacks


@dataclass(frozen=True)
class Report:
    """What the gate says of an issue: what stands in the way, and what is worth a look."""

    lacks: list[Lack]
    hints: list[Lack]


def look_over(entries: Sequence[Entry], *, search_quotes: bool = False) -> Report:
    """Both about an issue's entries, which come `with_cards()`, in their order."""
    if not entries:
        return Report([Lack("no-entries", _("the issue has no papers yet"))], [])
    problems = gate.problems_of_issue(entries, with_passages=search_quotes)
    hints = [_lack(p) for p in problems if not p.is_error]
    order = {entry.pk: n for n, entry in enumerate(entries)}
    return Report(
        _lacks_of(entries, problems),
        sorted(hints, key=lambda h: order[h.entry.pk] if h.entry else 0),
    )


def _lacks_of(entries: Sequence[Entry], problems: Sequence[gate.Located]) -> list[Lack]:
    lacks: list[Lack] = []
    for entry in entries:
        lacks += _missing(entry)
        lacks += _errors([p for p in problems if p.entry.pk == entry.pk])
        if not entry.is_approved:
            lacks.append(Lack("not-approved", _("not approved yet"), entry))
    return lacks


def why_not_by(issue: Issue, by: Editor | None) -> Lack | None:
    """Why this person may not publish or schedule the issue where two must agree on it
    (REQUIRE_SECOND_PERSON). Without a person the house acts: it loads the sample, or keeps a
    schedule that somebody had set."""
    if not settings.REQUIRE_SECOND_PERSON or by is None or issue.is_sample:
        return None
    if issue.asked_by_id is None:
        return Lack("not-asked", _("Another person must look at this first: ask for a review."))
    if issue.asked_by_id == by.pk:
        return Lack("same-person", _("Another person must publish this: you asked for its review."))
    return None


def _missing(entry: Entry) -> list[Lack]:
    return [*_missing_texts(entry), *_missing_answers(entry)]


def _missing_texts(entry: Entry) -> Iterable[Lack]:
    if entry.version is None:
        yield Lack("no-metadata", _("arXiv's details have not arrived yet"), entry)
    for field in TEXTS:
        if not getattr(entry, field).strip():
            name = label(Entry, field)
            yield Lack("empty", _("%(field)s is empty") % {"field": name}, entry, field=field)


def label(model: type[Model], field: str) -> str:
    """The name of a column on the screen."""
    column = model._meta.get_field(field)
    return str(getattr(column, "verbose_name", field))


def _missing_answers(entry: Entry) -> Iterable[Lack]:
    questions = entry.present_questions
    if not questions:
        yield Lack("no-questions", _("there is no question yet"), entry)
    for q in questions:
        if not q.question.strip():
            yield Lack("empty", _("a question has no text"), entry, q, "question")
        if not q.answer.strip():
            message = _("the answer to “%(question)s” is empty") % {"question": q.question}
            yield Lack("empty", message, entry, q, "answer")


def _errors(problems: Sequence[gate.Located]) -> Iterable[Lack]:
    """The gate's errors; empty fields have been named already."""
    for problem in problems:
        if problem.is_error and problem.finding.code != "empty":
            yield _lack(problem)


def _lack(problem: gate.Located) -> Lack:
    found = problem.finding
    message = say_problem(found.code, found.value)
    return Lack(found.code, message, problem.entry, problem.question, found.field, True)
