"""From an upstream list to an issue: preview, choice, creation.

A preview is rows, so a choice survives a reload; only `create_issue` makes anything that stays,
and doing it twice is the same as doing it once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from digests.models import (
    Editor,
    Entry,
    Issue,
    PreviewJob,
    PreviewRow,
    SetAside,
    Source,
    WeekPreview,
)
from digests.steps import start_work
from digests.workflow import Wish, add_entry
from papers import ingest, jobs
from papers.cleaning import clean
from papers.identifiers import ArxivId
from papers.lists import WeekList, choose_week, parse_lists
from papers.models import Paper, Version

NEW, COVERED, NO_ID, REPEATED = "new", "covered", "no_id", "repeated"


class WeekError(Exception):
    """Why an issue can't be made of this preview: a code that the doors word."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(f"{code} {value}".strip())
        self.code, self.value = code, value


@dataclass(frozen=True)
class RowView:
    """A row with what will happen to it. `issue` is where the paper already stands, `same_as` the
    row above that has the same paper."""

    row: PreviewRow
    state: str
    issue: Issue | None
    same_as: PreviewRow | None = None


def guess_source(text: str) -> Source:
    """The source whose list this looks like; the catch-all one otherwise."""
    looks_like_dair = "papers of the week" in text[:5000].lower()
    return Source.objects.get(key="dair-ai" if looks_like_dair else "other")


@transaction.atomic
def preview(
    text: str,
    *,
    by: Editor | None,
    origin: str = WeekPreview.Origin.PASTED,
    address: str = "",
    source: Source | None = None,
    first_on: date | None = None,
    as_of: date | None = None,
) -> WeekPreview:
    """Rows of the week that begins on `first_on` (None: the newest), and one request to arXiv for
    all of them, which the worker makes. Raises lists.ListError."""
    text = clean(text)
    week = _week_of(text, first_on)
    made = WeekPreview.objects.create(
        source=source or guess_source(text),
        origin=origin,
        address=address,
        text=text,
        as_of=as_of,
        created_by=by,
        **_dates(week),
    )
    PreviewRow.objects.bulk_create(_rows(made, week))
    jobs.queue(PreviewJob(preview=made))
    return made


def _week_of(text: str, first_on: date | None) -> WeekList:
    """The week that begins on `first_on`; a list without any dates is of the week asked for."""
    # The year that lists name, across New Year too, is the one in which the week ends.
    year = (first_on + timedelta(days=6)).year if first_on else None
    weeks = parse_lists(text, year=year)
    if first_on and len(weeks) == 1 and weeks[0].first_on is None:
        return replace(weeks[0], first_on=first_on, last_on=first_on + timedelta(days=6))
    return choose_week(weeks, first_on)


def _dates(week: WeekList) -> dict[str, object]:
    return {
        "first_on": week.first_on,
        "last_on": week.last_on,
        "heading": week.heading[:500],
        "notes": [{"code": n.code, "value": n.value} for n in week.notes],
    }


def _rows(made: WeekPreview, week: WeekList) -> Iterable[PreviewRow]:
    papers = {p.arxiv_id: p for p in Paper.objects.filter(arxiv_id__in=_ids(week))}
    for line, row in enumerate(week.rows, 1):
        paper = papers.get(row.arxiv_id) if row.arxiv_id else None
        yield PreviewRow(
            preview=made,
            line=line,
            number=row.number,
            title=row.title[:500],
            url=row.url[:1000],
            arxiv_id=row.arxiv_id or "",
            named_version=row.version,
            paper=paper,
        )


def _ids(week: WeekList) -> list[str]:
    return [row.arxiv_id for row in week.rows if row.arxiv_id]


@transaction.atomic
def show_week(made: WeekPreview, first_on: date) -> WeekPreview:
    """Another week of the same text. The choice made so far belonged to the old rows."""
    week = _week_of(made.text, first_on)
    for name, value in _dates(week).items():
        setattr(made, name, value)
    made.save()
    made.rows.all().delete()
    PreviewRow.objects.bulk_create(_rows(made, week))
    jobs.queue(PreviewJob.objects.get(preview=made))
    return made


def set_dates(made: WeekPreview, first_on: date, last_on: date) -> None:
    """The week as the editor typed it, where the list has none. Raises WeekError."""
    if last_on < first_on:
        raise WeekError("ends-before-it-starts")
    made.first_on, made.last_on = first_on, last_on
    made.save(update_fields=["first_on", "last_on"])


def overlapping(made: WeekPreview) -> list[Issue]:
    """Other issues of the source that share a day with this week: that is allowed, and said."""
    if made.first_on is None or made.last_on is None:
        return []
    others = Issue.objects.filter(
        source=made.source, first_on__lte=made.last_on, last_on__gte=made.first_on
    )
    return list(others.exclude(first_on=made.first_on).order_by("first_on"))


def rows_of(made: WeekPreview) -> list[RowView]:
    """Every row with its state: new, covered (in which issue), without an id, or repeated."""
    people = Prefetch("version", Version.objects.with_people())
    rows = list(made.rows.select_related("paper").prefetch_related(people))
    covered = _covered({row.arxiv_id for row in rows if row.arxiv_id})
    first: dict[str, PreviewRow] = {}
    views = []
    for row in rows:
        issue, same_as = covered.get(row.arxiv_id), first.get(row.arxiv_id)
        views.append(RowView(row, _state(row, issue, same_as), issue, same_as))
        if row.arxiv_id:
            first.setdefault(row.arxiv_id, row)
    return views


def _state(row: PreviewRow, issue: Issue | None, same_as: PreviewRow | None) -> str:
    if not row.arxiv_id:
        return NO_ID
    if same_as:
        return REPEATED
    return COVERED if issue else NEW


def _covered(ids: set[str]) -> dict[str, Issue]:
    entries = (
        Entry.objects.filter(paper__arxiv_id__in=ids, issue__is_sample=False)
        .exclude(paper__arxiv_id=None)
        .select_related("issue", "paper")
    )
    return {e.paper.arxiv_id or "": e.issue for e in entries.order_by("issue__first_on")}


def run_look_up(job_pk: int) -> None:
    """The worker's part: ask arXiv once for all rows of a preview and fill them in."""
    jobs.run(PreviewJob, job_pk, _do_look_up)


def _do_look_up(job: PreviewJob) -> None:
    made = job.preview
    ids = list(dict.fromkeys(made.rows.exclude(arxiv_id="").values_list("arxiv_id", flat=True)))
    found = _look_up([ArxivId(i) for i in ids], made.as_of)
    with transaction.atomic():
        with jobs.fenced(job):
            _fill_in(made.rows.filter(arxiv_id__in=ids), found)
        if made.rows.exclude(arxiv_id__in=["", *ids]).exists():  # another week is shown meanwhile
            jobs.queue(job)


def _look_up(ids: Sequence[ArxivId], as_of: date | None) -> ingest.Found:
    """The newest version of each paper; with `as_of` the one that stood on that day."""
    if not ids:
        return ingest.Found({}, (), ())
    if as_of:
        return ingest.fetch_as_of(ids, as_of)
    return ingest.fetch(ids)


def _fill_in(rows: Iterable[PreviewRow], found: ingest.Found) -> None:
    for row in rows:
        row.version = found.versions.get(row.arxiv_id)
        row.paper = row.version.paper if row.version else row.paper
        row.answer = _answer(row, found)
        row.save(update_fields=["version", "paper", "answer"])


def _answer(row: PreviewRow, found: ingest.Found) -> str:
    if row.version:
        return PreviewRow.Answer.FOUND
    is_malformed = row.arxiv_id in found.malformed
    return PreviewRow.Answer.MALFORMED if is_malformed else PreviewRow.Answer.MISSING


@dataclass(frozen=True)
class Pick:
    """The editor's choice of one row, by its line."""

    line: int
    position: int | None = None
    takes_named: bool = False


@transaction.atomic
def choose(made: WeekPreview, picks: Sequence[Pick]) -> None:
    """Keep the choice and its order: those with a position first, by it, then the others in the
    order given."""
    ranked = sorted(
        enumerate(picks), key=lambda p: (p[1].position is None, p[1].position or 0, p[0])
    )
    place = {pick.line: n for n, (_, pick) in enumerate(ranked, 1)}
    named = {pick.line: pick.takes_named for pick in picks}
    for row in made.rows.all():
        row.is_picked = row.line in place
        row.position = place.get(row.line)
        row.takes_named = named.get(row.line, False)
        row.save(update_fields=["is_picked", "position", "takes_named"])


@dataclass
class Created:
    """What creating did; `skipped` names each row left out with its reason's code."""

    issue: Issue
    is_new: bool
    added: list[Entry] = field(default_factory=list)
    already: list[Entry] = field(default_factory=list)
    skipped: list[tuple[PreviewRow, str]] = field(default_factory=list)


@transaction.atomic
def create_issue(made: WeekPreview, *, by: Editor | None) -> Created:
    """The issue of the preview's week with the picked papers in their order, and work on them
    queued. Where the issue exists, what is missing is added. Raises WeekError."""
    days = _days_of(made)
    picked = list(made.rows.filter(is_picked=True).order_by("position", "line"))
    if not picked:
        raise WeekError("nothing-picked")
    created = _issue_of(made, days, by)
    for row in picked:
        _add(created, row, made.as_of, by)
    made.issue = created.issue
    made.save(update_fields=["issue"])
    take_up(made, by=by)
    for entry in created.added:
        start_work(entry)
    return created


def _days_of(made: WeekPreview) -> tuple[date, date]:
    if made.first_on is None or made.last_on is None:
        raise WeekError("week-unknown")
    if made.last_on < made.first_on:
        raise WeekError("ends-before-it-starts")
    return made.first_on, made.last_on


def _issue_of(made: WeekPreview, days: tuple[date, date], by: Editor | None) -> Created:
    first_on, last_on = days
    issue, is_new = Issue.objects.select_for_update().get_or_create(
        source=made.source,
        first_on=first_on,
        defaults={"last_on": last_on, "slug": free_slug(first_on), "created_by": by},
    )
    return Created(issue, is_new)


def free_slug(first_on: date) -> str:
    """The first day; -2, -3 … where another source's issue has that day."""
    taken = set(
        Issue.objects.filter(slug__startswith=first_on.isoformat()).values_list("slug", flat=True)
    )
    slug, n = first_on.isoformat(), 1
    while slug in taken:
        n += 1
        slug = f"{first_on.isoformat()}-{n}"
    return slug


def _add(created: Created, row: PreviewRow, as_of: date | None, by: Editor | None) -> None:
    if row.answer in (PreviewRow.Answer.MISSING, PreviewRow.Answer.MALFORMED):
        created.skipped.append((row, row.answer))
        return
    if not row.arxiv_id and not row.paper:
        created.skipped.append((row, "details-missing"))
        return
    paper = row.paper or ingest.paper_for(row.arxiv_id)
    present = Entry.objects.filter(issue=created.issue, paper=paper).first()
    if present:
        created.already.append(present)
        return
    created.added.append(add_entry(created.issue, paper, _wish(row, as_of), by=by))


def _wish(row: PreviewRow, as_of: date | None) -> Wish:
    """The version that the editor wants, already known if arXiv has answered."""
    if not row.takes_named:
        return Wish(row.title, version=row.version, as_of=as_of)
    known = row.version if row.version and row.version.number == row.named_version else None
    return Wish(row.title, version=known, number=row.named_version)


@transaction.atomic
def set_aside(made: WeekPreview, *, by: Editor) -> SetAside:
    """今週は作らない: no issue is made of this list, and the board puts it out of the way. Twice is
    once. Raises WeekError."""
    made = WeekPreview.objects.select_for_update().get(pk=made.pk)
    if made.issue_id:
        raise WeekError("issue-made")
    standing = SetAside.objects.standing().filter(preview=made).first()
    return standing or SetAside.objects.create(preview=made, by=by)


def take_up(made: WeekPreview, *, by: Editor | None) -> bool:
    """Take back that no issue is made; whether there was anything to take back."""
    standing = SetAside.objects.standing().filter(preview=made)
    return bool(standing.update(undone_by=by, undone_at=timezone.now()))


@transaction.atomic
def type_external(row: PreviewRow, typed: ingest.Typed) -> None:
    """Give a row without an arXiv id its details; it can then be taken like any other."""
    row.version = ingest.store_typed(typed, paper=row.paper)
    row.paper = row.version.paper
    row.answer = PreviewRow.Answer.FOUND
    row.is_picked = True
    if row.position is None:
        row.position = row.preview.rows.filter(is_picked=True).count() + 1
    row.save()


def counts(views: Sequence[RowView]) -> Counter[str]:
    return Counter(view.state for view in views)
