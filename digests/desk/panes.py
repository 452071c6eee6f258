"""What the desk shows of an issue and of one of its papers: the left pane's rows and the cards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery
from django.forms import BoundField
from django.urls import reverse
from django.utils.translation import gettext as _

from digests import checks, gate, lint, reasons, rendering
from digests.desk.forms import CardForm, EntryForm, QuestionForm
from digests.desk.saving import texts_of
from digests.desk.work import Work, work_on
from digests.models import DraftItem, Entry, EntryQuerySet, Evidence, Note, Question
from digests.problem_words import say_problem
from papers.models import Authorship, Version

SEVERITIES = ("error", "warning", "notice")
LINES = ("title_ja", "highlight", "kind", "one_liner")
FIELDS = (*LINES, "summary")


# ── the left pane ───────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Row:
    """A paper in the issue's list, with what stands between it and its readers."""

    entry: Any  # with `undecided`
    found: list[gate.Located]
    tally: checks.Tally
    work: Work | None

    @property
    def errors(self) -> int:
        return sum(p.finding.severity == "error" for p in self._worded)

    @property
    def warnings(self) -> int:
        return sum(p.finding.severity == "warning" for p in self._worded)

    @property
    def _worded(self) -> list[gate.Located]:
        """Without empty fields: those are named by themselves."""
        return [p for p in self.found if p.finding.code != "empty"]

    @property
    def questions(self) -> int:
        return len(self.entry.present_questions)


def rows_of(entries: EntryQuerySet) -> list[Row]:
    """The papers of one issue in order, in a fixed number of queries."""
    listed = list(DraftItem.objects.with_counts(_with_texts(entries)))
    _lend_versions(listed)
    words = gate.glossary() if listed else ()
    return [_row(entry, words) for entry in listed]


def _row(entry: Entry, words: tuple[lint.Term, ...]) -> Row:
    return Row(entry, gate.problems_of(entry, words), checks.tally(entry), work_on(entry))


def _with_texts(entries: EntryQuerySet) -> EntryQuerySet:
    """With all that the gate, the tally and the cards read, in as few queries as can be."""
    people = Authorship.objects.select_related("author").order_by("position")
    newest = Version.objects.filter(paper=OuterRef("paper")).order_by("-number").values("number")
    return (
        entries.annotate(newest_version=Subquery(newest[:1]))
        .select_related(
            "issue__source",
            "issue__current_edition",
            "paper",
            "version__paper",
            "version__full_text",
        )
        .prefetch_related(
            Prefetch("version__authorships", people), "questions", "checks", "evidence", "jobs"
        )
    )


def _lend_versions(entries: Iterable[Entry]) -> None:
    """Give each quote its version, which is nearly always its entry's."""
    known = {e.version_id: e.version for e in entries}
    quotes = [quote for entry in entries for quote in entry.evidence.all()]
    strange = {q.version_id for q in quotes} - known.keys()
    known |= Version.objects.select_related("paper").in_bulk(strange) if strange else {}
    for quote in quotes:
        version = known[quote.version_id]
        if version:
            quote.version = version


# ── problems ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Problem:
    """A finding of the gate, worded; `words` is the place in the text."""

    severity: str
    message: str
    words: str


def _problem(located: gate.Located) -> Problem:
    found = located.finding
    row = located.question or located.entry
    text = str(getattr(row, found.field, ""))
    words = rendering.without_marks(text[found.offset : found.offset + found.length])
    return Problem(found.severity, say_problem(found.code, found.value), words)


def _problems(found: list[gate.Located], question: Question | None, name: str) -> list[Problem]:
    """Those of a question, or of one of the entry's own fields; errors first."""
    shown = [
        _problem(p)
        for p in found
        if p.finding.code != "empty"
        and (p.question and p.question.pk) == (question and question.pk)
        and (question or p.finding.field == name)
    ]
    return sorted(shown, key=lambda p: SEVERITIES.index(p.severity))


def elsewhere(found: list[gate.Located]) -> list[Problem]:
    """Problems of the entry that belong to no card (its metadata, say)."""
    return [
        _problem(p)
        for p in found
        if p.question is None and p.finding.field not in FIELDS and p.finding.code != "empty"
    ]


# ── proposals ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Proposal:
    """A draft item and, once it has been decided, what was said."""

    item: DraftItem
    decision: Any

    @property
    def title(self) -> str:
        """The question, or the name of the field that is proposed."""
        return self.item.question or reasons.label(Entry, self.item.field)

    @property
    def problems(self) -> list[Problem]:
        said = [
            Problem(p["severity"], say_problem(p["code"], p["value"]), "")
            for p in self.item.problems
        ]
        return sorted(said, key=lambda p: SEVERITIES.index(p.severity))

    def is_about(self, question: Question) -> bool:
        """As `workflow.question_for` decides it."""
        item = self.item
        return item.target_id == question.pk or item.question == question.question


def proposals_of(entry: Entry) -> list[Proposal]:
    """Of the newest draft of each scope, in order."""
    items = (
        DraftItem.objects.current()
        .filter(draft__entry=entry)
        .select_related("draft", "decision__decided_by")
        .order_by("-draft", "position")
    )
    return [Proposal(item, getattr(item, "decision", None)) for item in items]


# ── cards ───────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Chip:
    """A mark of a text, with its quote; without one the mark is wrong. One that was found for the
    question may not be used yet."""

    key: str
    row: Evidence | None
    is_used: bool


@dataclass(frozen=True)
class Card:
    """A text that is saved by itself: a field of the entry, or a question with its answer. `name`
    is the id of its element."""

    name: str
    title: str
    row: Entry | Question
    form: CardForm
    fields: list[BoundField]
    action: str
    problems: list[Problem]
    proposals: list[Proposal] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def is_question(self) -> bool:
        return isinstance(self.row, Question)

    @property
    def is_prose(self) -> bool:
        return self.is_question or self.name == "summary"

    @property
    def row_version(self) -> Any:
        """The version over which the shown text was typed."""
        return self.form["row_version"].value()

    @property
    def errors(self) -> int:
        return sum(p.severity == "error" for p in self.problems)

    @property
    def scope(self) -> str:
        """How a draft of this text alone is named; empty where there is none."""
        return self.name if self.is_prose else ""

    @property
    def place(self) -> str:
        """How the evidence page calls the card's text."""
        return self.name if self.is_question else "s"


@dataclass(frozen=True)
class Typed:
    """A form with errors, and the card whose it is."""

    form: CardForm
    row: Entry | Question


def field_cards(row: Row, proposals: Sequence[Proposal], typed: Typed | None) -> list[Card]:
    """The entry's own texts, each with the open proposals for it."""
    return [_field_card(row, name, proposals, typed) for name in FIELDS]


def question_cards(
    row: Row, proposals: Sequence[Proposal], notes: Sequence[Note], typed: Typed | None
) -> list[Card]:
    """The questions in order, each with the open proposals for it and its notes."""
    return [
        _question_card(row, question, proposals, notes, typed)
        for question in row.entry.present_questions
    ]


def _field_card(row: Row, name: str, proposals: Sequence[Proposal], typed: Typed | None) -> Card:
    entry: Entry = row.entry
    form: CardForm = EntryForm(initial=texts_of(entry, *FIELDS), entry=entry)
    if typed and typed.row == entry and name in typed.form.data:
        form = typed.form
    return Card(
        name=name,
        title=str(form.fields[name].label),
        row=entry,
        form=form,
        fields=[form[name]],
        action=reverse("desk:save_entry", args=[entry.pk]),
        problems=_problems(row.found, None, name),
        proposals=[p for p in proposals if p.item.field == name],
        chips=_chips(entry, entry.summary, None) if name == "summary" else [],
    )


def _question_card(
    row: Row,
    q: Question,
    proposals: Sequence[Proposal],
    notes: Sequence[Note],
    typed: Typed | None,
) -> Card:
    form: CardForm = QuestionForm(
        initial=texts_of(q, "question", "answer"), auto_id=f"id_q{q.pk}_%s", entry=q.entry
    )
    if typed and typed.row == q:
        form = typed.form
    return Card(
        name=f"q{q.pk}",
        title=q.question or _("Question"),
        row=q,
        form=form,
        fields=[form["question"], form["answer"]],
        action=reverse("desk:save_question", args=[q.pk]),
        problems=_problems(row.found, q, ""),
        proposals=[p for p in proposals if p.item.field == "question" and p.is_about(q)],
        chips=_chips(row.entry, q.answer, q),
        notes=[note for note in notes if note.question_id == q.pk],
    )


def _chips(entry: Entry, text: str, question: Question | None) -> list[Chip]:
    """The marks in the text, in order, and then what was found for the question and is not used."""
    rows = {e.key: e for e in entry.evidence.all()}
    used = dict.fromkeys(key for s in rendering.sentences(text) for key in s.marks)
    spare = [
        e.key
        for e in rows.values()
        if question and e.found_for_id == question.pk and e.key not in used
    ]
    return [Chip(key, rows.get(key), key in used) for key in (*used, *spare)]
