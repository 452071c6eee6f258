"""The days of a week: from the words of its heading, and the year from wherever one is named."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from papers.identifiers import FULL_WIDTH, month_of
from papers.list_types import MAX_TITLE, ListRow, Note

USUAL_DAYS = range(6, 9)
NEWEST_ID, OLDEST_ID = -1, 5  # age of a list's papers in months

_MONTH = (  # misspelled too
    r"(?:jan[uary]*|feb[ruay]*|mar[ch]*|apr[il]*|may|june?|july?|aug[ust]*|sep[tembr]*|oct[ober]*"
    r"|nov[embr]*|dec[embr]*)(?![a-z])\.?"
)
_DAY = r"\d{1,2}(?!\d)(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d\d"
_NAME_OF_DAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TO = r"\s*(?:[-\u2010-\u2015\u2212~\u301c\u2192]+|\b(?:to|through|until)\b|から)\s*" + _NAME_OF_DAY
_WEEKDAY = r"(?:\s*\([月火水木金土日](?:曜日?)?(?:・?祝)?\))?"
_SPANS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # 2023年4月3日〜4月9日
        rf"(?:(?P<y1>{_YEAR})年\s*)?(?P<m1>\d{{1,2}})月\s*(?P<d1>\d{{1,2}})日?{_WEEKDAY}{_TO}"
        rf"(?:(?P<y2>{_YEAR})年\s*)?(?:(?P<m2>\d{{1,2}})月\s*)?(?P<d2>\d{{1,2}})日?",
        # 2023-04-03 to 2023-04-09
        rf"(?P<y1>{_YEAR})(?P<by>[-/.])(?P<m1>\d{{1,2}})(?P=by)(?P<d1>\d{{1,2}}){_WEEKDAY}(?:{_TO}|\s*/\s*)"
        rf"(?:(?P<y2>{_YEAR})(?P=by))?(?P<m2>\d{{1,2}})(?P=by)(?P<d2>\d{{1,2}})(?!\d)",
        # April 3, 2023 - April 9, 2023
        rf"\b(?P<m1>{_MONTH})\s*(?P<d1>{_DAY})(?:,?\s*(?P<y1>{_YEAR}))?{_TO}"
        rf"(?:(?P<m2>{_MONTH})\s*)?(?P<d2>{_DAY})(?:,?\s*(?P<y2>{_YEAR}))?",
        # 3 April - 9 April 2023
        rf"\b(?P<d1>{_DAY})(?:\s*(?P<m1>{_MONTH}),?(?:\s*(?P<y1>{_YEAR}))?)?{_TO}"
        rf"(?P<d2>{_DAY})\s*(?P<m2>{_MONTH})(?:,?\s*(?P<y2>{_YEAR}))?",
        # 4/3 - 4/9
        rf"(?<![\d/])(?P<m1>\d{{1,2}})/(?P<d1>\d{{1,2}})(?![\d/]){_WEEKDAY}{_TO}"
        r"(?P<m2>\d{1,2})/(?P<d2>\d{1,2})(?![\d/])",
    )
)
_WEEK_OF = r"\bweek (?:of|from|beginning|starting|commencing)(?: the)?:?\s*" + _NAME_OF_DAY
_FIRST_DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # 2023年4月3日の週
        rf"(?:(?P<y1>{_YEAR})年\s*)?(?P<m1>\d{{1,2}})月\s*(?P<d1>\d{{1,2}})日{_WEEKDAY}の?(?:週|からの1週間)",
        # week of 2023-04-03, week of April 3, 2023, week of 3 April 2023
        rf"{_WEEK_OF}(?P<y1>{_YEAR})([-/.])(?P<m1>\d{{1,2}})\2(?P<d1>\d{{1,2}})(?!\d)",
        rf"{_WEEK_OF}(?P<m1>{_MONTH})\s*(?P<d1>{_DAY})(?:,?\s*(?P<y1>{_YEAR}))?",
        rf"{_WEEK_OF}(?P<d1>{_DAY})\s*(?P<m1>{_MONTH})(?:,?\s*(?P<y1>{_YEAR}))?",
    )
)
# Week 15, 2023; Week 15 of 2023; 2023-W15; 2023年第15週. Without a year it is any count of issues.
_WEEK_NUMBER = re.compile(
    rf"\b(?:week|w)\s?#?(?P<w1>\d{{1,2}})(?!\d)(?:,| of| -)?\s*\(?(?P<y1>{_YEAR})(?!\d)"
    rf"|(?<!\d)(?P<y2>{_YEAR})(?:,?\s*[-:]?\s*(?:week\s?#?|w)|年\s*の?第)(?P<w2>\d{{1,2}})(?!\d)",
    re.IGNORECASE,
)
DAYS_OF_A_WEEK = timedelta(days=6)  # from its first day to its last


@dataclass(frozen=True)
class Span:
    """A range of days as printed; `rest` is the heading without it. Where only the first day is
    printed the range `is_week_of` it; `is_by_number` if it was read from the number of a week."""

    first: tuple[int, int]  # month, day
    last: tuple[int, int]
    first_year: int | None
    last_year: int | None
    rest: str
    is_week_of: bool = False
    is_by_number: bool = False

    @property
    def crosses(self) -> bool:
        """Over New Year; a range from May to April is an error instead."""
        return self.first[0] >= 11 and self.last[0] <= 2

    def days(self, year: int | None) -> tuple[date, date]:
        """First and last day, `year` being that of the last; ValueError for a 30 February."""
        last_year = self.last_year or year or 0
        first_year = self.first_year or last_year - self.crosses
        first_on = date(first_year, *self.first)
        last_on = first_on + DAYS_OF_A_WEEK if self.is_week_of else date(last_year, *self.last)
        return first_on, last_on


def span_in(text: str) -> Span | None:
    """The range of days that the text names, if it names one."""
    plain = text[:MAX_TITLE].translate(FULL_WIDTH)
    for pattern in _SPANS:
        if match := pattern.search(plain):
            return _read_span(match, _without(plain, match))
    for pattern in _FIRST_DAYS:
        if match := pattern.search(plain):
            return _span_of_first_day(match, _without(plain, match))
    match = _WEEK_NUMBER.search(plain)
    return _span_of_number(match, _without(plain, match)) if match else None


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " + text[match.end() :]


def _span_of_first_day(match: re.Match[str], rest: str) -> Span | None:
    first = _month(match["m1"]), _day(match["d1"])
    try:  # in a leap year, so that a 29 February can be a first day
        last_on = date(2024, *first) + DAYS_OF_A_WEEK
    except ValueError:
        return None
    named = int(match["y1"]) if match["y1"] else year_in(rest)
    span = Span(first, (last_on.month, last_on.day), named, None, rest, is_week_of=True)
    return replace(span, last_year=named + span.crosses) if named else span


def _span_of_number(match: re.Match[str], rest: str) -> Span | None:
    """The days of a week by its number in ISO 8601: from Monday on."""
    year, number = int(match["y1"] or match["y2"]), int(match["w1"] or match["w2"])
    try:
        first_on = date.fromisocalendar(year, number, 1)
    except ValueError:
        return None
    last_on = first_on + DAYS_OF_A_WEEK
    first, last = (first_on.month, first_on.day), (last_on.month, last_on.day)
    return Span(first, last, first_on.year, last_on.year, rest, is_by_number=True)


def _read_span(match: re.Match[str], rest: str) -> Span:
    named = match.groupdict()
    first = _month(named["m1"] or named["m2"]), _day(named["d1"])
    last = _month(named["m2"] or named["m1"]), _day(named["d2"])
    first_year = int(named["y1"]) if named.get("y1") else None
    last_year = int(named["y2"]) if named.get("y2") else year_in(rest)
    span = Span(first, last, first_year, last_year, rest)
    if last_year is None and first_year is not None:
        return replace(span, last_year=first_year + span.crosses)
    return span


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return "janfebmaraprmayjunjulaugsepoctnovdec".index(text[:3].lower()) // 3 + 1


def _day(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def year_in(text: str) -> int | None:
    """The last year that the text names."""
    years = re.findall(rf"(?<!\d){_YEAR}(?!\d)", text)
    return int(years[-1]) if years else None


class Years:
    """The years in the headings above a line, and in the page's first heading."""

    def __init__(self) -> None:
        self._open: list[tuple[int, int | None]] = []
        self._page: int | None = None
        self._is_first = True

    def enter(self, level: int, year: int | None) -> None:
        """A heading that is no week begins here, and names this year or none."""
        if self._is_first:
            self._page, self._is_first = year, False
        self._leave(level)
        self._open.append((level, year))

    def above(self, level: int) -> int | None:
        """The year that counts for a week whose heading has this level."""
        self._is_first = False
        self._leave(level)
        return next((year for _, year in reversed(self._open) if year), self._page)

    def _leave(self, level: int) -> None:
        while self._open and self._open[-1][0] >= level:
            self._open.pop()


def days_of(
    span: Span, heading: str, year: int | None, rows: Sequence[ListRow]
) -> tuple[date | None, date | None, tuple[Note, ...]]:
    """First and last day of a week, and what to know of them; None where no year could be found.

    `year` counts where the heading names none: the page's or the caller's. After both, the year of
    most ids counts.
    """
    of_ids = _year_of_ids(span, rows)
    named = span.last_year or year
    if span.crosses and not span.last_year and year and of_ids == year + 1:
        named = None  # the page of a year has the last week of it, papers of January in it too
    if named is None and of_ids is None:
        return None, None, (Note("year-unknown"),)
    try:
        first_on, last_on = span.days(named or of_ids)
    except (ValueError, OverflowError):
        return None, None, (Note("bad-date", heading),)
    notes = []
    if span.is_by_number:
        notes.append(Note("week-from-number"))
    if named is None:
        notes.append(Note("year-from-ids", str(of_ids)))
    elif of_ids not in (None, named):
        notes.append(Note("year-differs-from-ids", str(of_ids)))
    days = (last_on - first_on).days + 1
    if days < 1:
        notes.append(Note("ends-before-it-starts"))
    elif days not in USUAL_DAYS:
        notes.append(Note("odd-length", str(days)))
    return first_on, last_on, tuple(notes)


def _year_of_ids(span: Span, rows: Sequence[ListRow]) -> int | None:
    """The year for which most ids are of the months before the week's end; None on a tie.

    A list names papers of its own weeks, a few months old at most; by the time zone and by early
    announcements an id may be of the next month.
    """
    votes: Counter[int] = Counter()
    for row in rows:
        if row.arxiv_id:
            year, month = month_of(row.arxiv_id)
            age = (span.last[0] - month - NEWEST_ID) % 12 + NEWEST_ID
            if age <= OLDEST_ID:
                votes[year + (month + age - 1) // 12] += 1
    best = votes.most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0]
