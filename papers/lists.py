"""Weekly lists of papers: any page or paste -> weeks with numbered rows.

The lists of dair.ai (https://github.com/dair-ai/ML-Papers-of-the-Week) are the pattern; their
format has changed six times, so shapes are recognised by what they mean. HTML and a spreadsheet's
tables become Markdown first; Markdown becomes lines, lines become sections (a heading with a range
of days begins a week) and sections become rows. Nothing of a week is dropped without a note.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from papers.list_days import Span, Years, days_of, span_in, year_in
from papers.list_html import as_markdown
from papers.list_lines import WORDS_LEVEL, Line, lines_of
from papers.list_rows import rows_of
from papers.list_table import as_table
from papers.list_text import one_line, unmarked, without_hazards
from papers.list_types import MAX_TITLE, ListError, ListRow, Note, WeekList

__all__ = [
    "MAX_BYTES",
    "MAX_LINES",
    "ListError",
    "ListRow",
    "Note",
    "WeekList",
    "choose_week",
    "parse_lists",
]

MAX_BYTES = 5 * 2**20
MAX_LINES = 100_000  # ten years of weekly lists have about 10,000


def parse_lists(text: str, *, year: int | None = None) -> tuple[WeekList, ...]:
    """Every week of the text, newest first; weeks without days come last, in their order.

    A text without weeks is one WeekList without days. `year` is used where neither heading nor
    page names one. Raises ListError "too-large" or "no-papers", and nothing else.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ListError("too-large", str(MAX_BYTES))
    plain = without_hazards(as_table(text) or as_markdown(text))
    if plain.count("\n") > MAX_LINES:
        raise ListError("too-large", str(MAX_BYTES))
    outside, sections = _sections(lines_of(plain))
    weeks = _in_order([_week(section, year) for section in sections])
    rest = _rest(outside, is_all=not sections)
    if not any(week.rows for week in weeks) and not rest:
        raise ListError("no-papers")
    return tuple(sorted(weeks, key=lambda week: week.first_on or date.min, reverse=True)) + rest


def choose_week(weeks: Sequence[WeekList], first_on: date | None = None) -> WeekList:
    """The week that begins on this day, or the newest with rows. Raises ListError."""
    if first_on is None:
        if not weeks:
            raise ListError("no-papers")
        return max(weeks, key=lambda week: (bool(week.rows), week.first_on or date.min))
    chosen = [week for week in weeks if week.first_on == first_on]
    if not chosen:
        raise ListError("week-not-found", first_on.isoformat())
    return max(chosen, key=lambda week: bool(week.rows))


@dataclass
class _Section:
    heading: str
    level: int
    span: Span
    page_year: int | None
    lines: list[Line] = field(default_factory=list)


def _sections(lines: Iterable[Line]) -> tuple[list[Line], list[_Section]]:
    """(what stands before and beside the weeks, the weeks)."""
    outside: list[Line] = []
    weeks: list[_Section] = []
    current, level, around, years = outside, 0, 0, Years()
    for line in lines:
        span = span_in(line.text) if line.kind == "heading" else None
        if span:
            # A week without a heading's mark ends with the section that it stands in.
            level = line.level if line.level < WORDS_LEVEL else around
            heading = one_line(unmarked(line.text))[:MAX_TITLE]
            weeks.append(_Section(heading, level, span, years.above(line.level)))
            current = weeks[-1].lines
            continue
        if line.kind == "heading":
            years.enter(line.level, year_in(line.text))
            current = outside if line.level <= level else current
            if current is outside and line.level < WORDS_LEVEL:
                around = line.level
        current.append(line)
    if len(weeks) == 1 and not rows_of(weeks[0].lines, by_id=False)[0]:
        # "Papers from 3 to 9 April" above chapters: all that the page has is of its one week.
        weeks[0].lines, outside = [*weeks[0].lines, *outside], []
    return outside, weeks


def _week(section: _Section, year: int | None) -> WeekList:
    rows, notes = rows_of(section.lines, by_id=False)
    first_on, last_on, day_notes = days_of(
        section.span, section.heading, section.page_year or year, rows
    )
    if not rows:
        notes = (*notes, Note("no-rows"))
    return WeekList(first_on, last_on, section.heading, rows, (*day_notes, *notes))


def _in_order(weeks: Sequence[WeekList]) -> list[WeekList]:
    """A note where a year read from ids breaks the order in which pages have their weeks."""
    checked: list[WeekList] = []
    above: date | None = None
    for week in weeks:
        is_guess = any(note.code == "year-from-ids" for note in week.notes)
        if is_guess and above and week.first_on and week.first_on >= above:
            week = replace(week, notes=(*week.notes, Note("out-of-order")))
        above = week.first_on or above
        checked.append(week)
    return checked


def _rest(outside: Sequence[Line], *, is_all: bool) -> tuple[WeekList, ...]:
    """Papers that stand in no week, as one WeekList without days."""
    rows, notes = rows_of(outside, by_id=True)
    if not is_all:  # beside weeks, a list without ids is a table of contents or the like
        rows = tuple(row for row in rows if row.arxiv_id)
        of_ids = ("repeated-id", "not-an-id")
        notes = (Note("outside-weeks"), *(note for note in notes if note.code in of_ids))
    if not rows:
        return ()
    headings = [line.text for line in outside if line.kind == "heading"] if is_all else []
    heading = one_line(unmarked(headings[0]))[:MAX_TITLE] if headings else ""
    return (WeekList(None, None, heading, rows, notes),)
