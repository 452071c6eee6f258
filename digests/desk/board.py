"""What the board of weeks shows: issues, lists that are ready, and weeks that are due; counted in
a fixed number of queries, then chosen from by links."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import watching
from digests.desk.words import LOOKS, say
from digests.models import (
    Comment,
    DraftItem,
    Entry,
    Issue,
    Note,
    SetAside,
    Source,
    WeekPreview,
)
from papers.models import Job

FINISHED = [Issue.State.PUBLISHED, Issue.State.TAKEN_BACK]
FINISHED_SHOWN, PREVIEWS_SHOWN = 24, 50
PREVIEWS_KEPT = timedelta(weeks=12)
ASIDE = "aside"
LATE_AFTER = timedelta(days=7)
DUE, PREVIEW = "due", "preview"
LETTERS = [Note.Kind.ERROR, Note.Kind.ASKED]


# ── counts beside an issue ──────────────────────────────────────────────────────────────────────
def with_counts(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """The issues with what waits in them: papers, proposals, notes, letters and comments."""
    entries, notes = Entry.objects.all(), Note.objects.open()
    return issues.annotate(
        entry_count=_count(entries, "issue"),
        approved_count=_count(entries.filter(state=Entry.State.APPROVED), "issue"),
        undecided=_count(DraftItem.objects.undecided(), "draft__entry__issue"),
        open_notes=_count(notes.exclude(kind__in=LETTERS), "issue"),
        letters=_count(notes.filter(kind__in=LETTERS), "issue"),
        comments_waiting=_count(Comment.objects.waiting(), "issue"),
    )


def _count(rows: QuerySet[Any], path: str) -> Coalesce:
    """How many of the rows lead by `path` to the issue; as a subquery, so that none multiplies
    another."""
    counted = rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


def unapproved(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """Those with a paper that is not approved yet."""
    return issues.filter(pk__in=Entry.objects.filter(state=Entry.State.OPEN).values("issue"))


def flagged(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """Those in which a proposal, a note or a reader's letter waits for a person."""
    proposals = DraftItem.objects.undecided().order_by().values("draft__entry__issue")
    notes = Note.objects.open().order_by().values("issue")
    return issues.filter(Q(pk__in=proposals) | Q(pk__in=notes))


# ── rows ────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Row:
    """A week: an issue, a list that is ready, or a week that is due."""

    state: str
    label: str
    source: Source
    first_on: date | None
    issue: Any = None
    preview: WeekPreview | None = None
    last_on: date | None = None
    is_late: bool = False
    is_asking: bool = False  # arXiv is being asked about the list's papers
    aside: SetAside | None = None  # who said that no issue is made of the list

    @property
    def has_unapproved(self) -> bool:
        return bool(self.issue and self.issue.approved_count < self.issue.entry_count)

    @property
    def is_flagged(self) -> bool:
        issue = self.issue
        return bool(issue and (issue.undecided or issue.open_notes or issue.letters))


def rows(sources: Sequence[Source], now: datetime) -> list[Row]:
    """Every unfinished issue, the newest finished ones, the lists that are ready and the weeks
    that are due, newest first."""
    today = timezone.localdate(now)
    found = [*_issues(today), *_previews(now), *_due(sources, now)]
    return sorted(found, key=lambda row: row.first_on or today, reverse=True)


def _issues(today: date) -> Iterator[Row]:
    finished = Issue.objects.filter(state__in=FINISHED).newest_first()[:FINISHED_SHOWN]
    shown = Issue.objects.filter(~Q(state__in=FINISHED) | Q(pk__in=finished.values("pk")))
    people = shown.select_related("source", "current_edition", "assignee")
    for issue in with_counts(people).order_by("-first_on", "-pk"):
        is_late = issue.state not in FINISHED and issue.last_on + LATE_AFTER < today
        yield Row(
            state=issue.state,
            label=issue.get_state_display(),
            source=issue.source,
            first_on=issue.first_on,
            last_on=issue.last_on,
            issue=issue,
            is_late=is_late and not issue.is_sample,
        )


def _previews(now: datetime) -> Iterator[Row]:
    """The newest list of each week that has no issue yet."""
    made = Issue.objects.filter(source=OuterRef("source"), first_on=OuterRef("first_on"))
    standing = SetAside.objects.standing().select_related("by")
    waiting = (
        WeekPreview.objects.filter(issue=None, created_at__gte=now - PREVIEWS_KEPT)
        .annotate(made=Subquery(made.values("pk")[:1]))
        .filter(made=None)
        .select_related("source", "job")
        .prefetch_related(Prefetch("set_asides", standing, to_attr="standing"))
        .defer("text")
    )
    seen: set[tuple[int, date]] = set()
    for one in waiting[:PREVIEWS_SHOWN]:
        if one.first_on and (one.source_id, one.first_on) in seen:
            continue
        if one.first_on:
            seen.add((one.source_id, one.first_on))
        yield _preview(one, next(iter(one.standing), None))


def _preview(one: WeekPreview, aside: SetAside | None) -> Row:
    job = getattr(one, "job", None)
    label = _("preview ready")
    if job and job.is_open:
        label = _("arXiv is being asked")
    elif job and job.state == Job.State.FAILED:
        label = _("arXiv could not be asked")
    return Row(
        state=ASIDE if aside else PREVIEW,
        label=label,
        source=one.source,
        first_on=one.first_on,
        last_on=one.last_on,
        preview=one,
        is_asking=bool(job and job.is_open and not aside),
        aside=aside,
    )


def _due(sources: Sequence[Source], now: datetime) -> Iterator[Row]:
    known = watching.known_days(sources)
    for source in sources:
        due = watching.due_week(source, known[source.pk], now)
        if due.is_late:
            is_looked = source.look_result == watching.NOT_PUBLISHED
            is_this = is_looked and source.look_value == due.first_on.isoformat()
            label = _("not in the list yet") if is_this else _("not looked at yet")
            yield Row(DUE, label, source, due.first_on, last_on=due.last_on)


# ── the sources that are watched ────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Look:
    """A watched source with what came of the last look."""

    source: Source
    words: str
    trouble: str
    next_at: datetime | None
    is_open: bool


def watched() -> list[Source]:
    return list(Source.objects.filter(is_watched=True).select_related("job"))


def look_of(source: Source, now: datetime) -> Look:
    job = getattr(source, "job", None)
    result, value = source.look_result, source.look_value
    is_plain = result in (watching.FOUND, watching.NOT_PUBLISHED, watching.UNCHANGED)
    trouble = ""
    if job is not None and job.error:
        trouble = say(LOOKS, job.error, job.error_value)
    elif result and not is_plain:
        trouble = say(LOOKS, result, value)
    return Look(
        source=source,
        words=say(LOOKS, result, value) if is_plain else "",
        trouble=trouble,
        next_at=watching.next_look(source, now),
        is_open=job is not None and job.is_open,
    )


# ── choosing ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Facet:
    """A link that narrows the board; where it is on, it widens it again."""

    label: str
    count: int
    query: str
    is_on: bool


Test = Callable[[Row], bool]


def _is_in(state: str) -> Test:
    return lambda row: row.state == state


def _is_of(source: Source) -> Test:
    return lambda row: row.source == source


def _tests(every: Sequence[Row]) -> dict[str, dict[str, tuple[str, Test]]]:
    """By parameter and value, what the link is called and which rows it leaves."""
    states = {row.state: row for row in every}
    in_order = [DUE, PREVIEW, *Issue.State.values]
    names = {DUE: _("not in the list yet"), PREVIEW: _("preview"), **dict(Issue.State.choices)}
    sources = {str(row.source.pk): row.source for row in every}
    return {
        "show": {
            "unapproved": (_("not approved"), lambda row: row.has_unapproved),
            "flagged": (_("to be looked at"), lambda row: row.is_flagged),
            "late": (_("late"), lambda row: row.is_late),
        },
        "state": {
            state: (str(names[state]), _is_in(state)) for state in in_order if state in states
        },
        "source": {
            key: (str(source), _is_of(source))
            for key, source in sorted(sources.items())
            if len(sources) > 1
        },
    }


def choose(
    every: Sequence[Row], asked: Mapping[str, str]
) -> tuple[list[Row], list[list[Facet]], bool]:
    """The rows that are asked for, the links by kind with their counts, and whether anything was
    asked. What is not known is left out of the question."""
    tests = _tests(every)
    chosen = {name: asked[name] for name in tests if asked.get(name) in tests[name]}
    facets = [
        [
            _facet(every, tests, chosen, name, value)
            for value, (_label, test) in tests[name].items()
            if name != "show" or any(map(test, every)) or chosen.get(name) == value
        ]
        for name in tests
    ]
    return _left(every, tests, chosen), [group for group in facets if group], bool(chosen)


def _left(
    every: Sequence[Row],
    tests: Mapping[str, Mapping[str, tuple[str, Test]]],
    chosen: Mapping[str, str],
) -> list[Row]:
    kept = [tests[name][value][1] for name, value in chosen.items()]
    return [row for row in every if all(test(row) for test in kept)]


def _facet(
    every: Sequence[Row],
    tests: Mapping[str, Mapping[str, tuple[str, Test]]],
    chosen: Mapping[str, str],
    name: str,
    value: str,
) -> Facet:
    is_on = chosen.get(name) == value
    without = {n: v for n, v in chosen.items() if n != name}
    narrowed = {**without, name: value}
    label = tests[name][value][0]
    query = urlencode(without if is_on else narrowed)
    return Facet(label, len(_left(every, tests, narrowed)), query, is_on)
