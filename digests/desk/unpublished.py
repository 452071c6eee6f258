"""What readers would see differently if the issue were published now, piece by piece.

`editions.changes_since` says which pieces differ; here both texts are laid side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from digests import editions, reasons, rendering
from digests.differences import pieces_of
from digests.models import Edition, EditionEntry, EditionQuestion, Entry, Issue, Masthead, Question

FIELDS = ("title_ja", "highlight", "one_liner", "summary")


@dataclass(frozen=True)
class Piece:
    """A text that differs, by its name; `pieces` as `desk/_pieces.html` shows them."""

    name: str
    pieces: list[tuple[str, str]]


@dataclass
class Changed:
    """What differs in one paper, or in the issue's own words; `remarks` are the differences that
    have no words of their own."""

    title: str
    pieces: list[Piece] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def count(changed: Sequence[Changed]) -> int:
    """How many differences the list shows."""
    return sum(len(one.pieces) + len(one.remarks) for one in changed)


def unpublished(
    issue: Issue,
    entries: Sequence[Entry],
    changes: Sequence[editions.Change],
    masthead: Masthead | None = None,
) -> list[Changed]:
    """The changes against the edition that readers know; the entries come `with_cards()`."""
    edition = issue.current_edition
    if not changes or edition is None:
        return []
    differing = {change.piece for change in changes}
    rows = edition.entries.select_related("paper").prefetch_related("questions")
    then = {row.paper_id: row for row in rows}
    now = {entry.paper_id: entry for entry in entries}
    own = _of_issue(issue, entries, edition, masthead or Masthead.get())
    found = [own if "issue" in differing else None, _of_order(list(now), list(then))]
    for entry in entries:
        row = then.get(entry.paper_id)
        found.append(_of_paper(entry, row, differing) if row else _said(entry, _("new paper")))
    gone = [row for row in then.values() if row.paper_id not in now]
    found += [_said(row, _("taken out of the issue")) for row in gone]
    return [changed for changed in found if changed and (changed.pieces or changed.remarks)]


def _said(paper: Entry | EditionEntry, remark: str) -> Changed:
    return Changed(str(paper), remarks=[remark])


def _of_issue(
    issue: Issue, entries: Sequence[Entry], edition: Edition, masthead: Masthead
) -> Changed:
    changed = Changed(_("The issue itself"))
    changed.pieces += _piece(
        reasons.label(Issue, "title"), edition.title, editions.title_of(issue, entries, masthead)
    )
    changed.pieces += _piece(
        reasons.label(Issue, "introduction"),
        edition.introduction,
        editions.introduction_of(issue, masthead),
    )
    if not changed.pieces:
        changed.remarks.append(_("the number of papers, or the source"))
    return changed


def _of_order(now: list[int], then: list[int]) -> Changed | None:
    """The papers that both have, in another order."""
    kept = [pk for pk in now if pk in then]
    if kept == [pk for pk in then if pk in now]:
        return None
    return Changed(_("The issue itself"), remarks=[_("the order of the papers")])


def _of_paper(entry: Entry, row: EditionEntry, differing: set[str]) -> Changed:
    changed = Changed(str(entry))
    for name in FIELDS:
        _compare(changed, reasons.label(Entry, name), getattr(row, name), getattr(entry, name))
    if entry.version and entry.version_id != row.version_id:
        old, new = f"v{row.version_number}", f"v{entry.version.number}"
        changed.pieces.append(Piece(_("Version"), [("delete", old), ("insert", new)]))
    if entry.kind != row.kind:
        changed.remarks.append(reasons.label(Entry, "kind"))
    if entry.evidence_required != row.shows_evidence:
        changed.remarks.append(_("whether evidence is shown"))
    if f"entry {row.slug}" in differing and not (changed.pieces or changed.remarks):
        changed.remarks.append(_("how many sentences are checked"))
    _compare_questions(changed, entry.present_questions, list(row.questions.all()))
    return changed


def _compare(changed: Changed, name: str, old: str, new: str) -> None:
    """Readers see no marks: where only those differ, the evidence does."""
    pieces = _piece(name, rendering.without_marks(old), rendering.without_marks(new))
    changed.pieces += pieces
    if old != new and not pieces:
        changed.remarks.append(_("the evidence of “%(name)s”") % {"name": name})


def _piece(name: str, old: str, new: str) -> list[Piece]:
    return [Piece(name, pieces_of(old, new))] if old != new else []


def _compare_questions(
    changed: Changed, now: Sequence[Question], then: Sequence[EditionQuestion]
) -> None:
    old_ones = {q.number: q for q in then}
    for q in now:
        name = _("Question %(n)d") % {"n": q.number}
        old = old_ones.get(q.number)
        if old is None:
            changed.pieces.append(Piece(name, [("insert", _both(q))]))
            continue
        _compare(changed, name, old.question, q.question)
        _compare(changed, _("Answer %(n)d") % {"n": q.number}, old.answer, q.answer)
    present = {q.number for q in now}
    for old in then:
        if old.number not in present:
            name = _("Question %(n)d") % {"n": old.number}
            changed.pieces.append(Piece(name, [("delete", _both(old))]))
    if _kept(now, old_ones) != _kept(then, present):
        changed.remarks.append(_("the order of the questions"))


def _kept(questions: Iterable[Question | EditionQuestion], among: Iterable[int]) -> list[int]:
    known = set(among)
    return [q.number for q in questions if q.number in known]


def _both(q: Question | EditionQuestion) -> str:
    return f"{q.question}\n{rendering.without_marks(q.answer)}"
