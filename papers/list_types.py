"""What a weekly list is: its weeks, their rows, and what the editor should know of both."""

from dataclasses import dataclass
from datetime import date

MAX_TITLE = 500


@dataclass(frozen=True)
class Note:
    """What the editor should know. On a week: "year-from-ids" (year), "year-unknown",
    "year-differs-from-ids" (the ids' year), "week-from-number", "bad-date" (heading),
    "odd-length" (days), "ends-before-it-starts", "out-of-order", "no-rows", "outside-weeks"; on its
    rows: "unreadable-row" (text), "more-ids" (row number and ids), "repeated-id" (id), "not-an-id"
    (what stands where an id should), "without-id" (items of a list in no week, which are no rows).
    """

    code: str
    value: str = ""


@dataclass(frozen=True)
class ListRow:
    """One paper as the list shows it; `url` may be empty, else it begins with http(s)."""

    number: int
    title: str
    url: str
    arxiv_id: str | None
    version: int | None


@dataclass(frozen=True)
class WeekList:
    """The rows of one week in their order; days are None where no year could be found."""

    first_on: date | None
    last_on: date | None
    heading: str
    rows: tuple[ListRow, ...]
    notes: tuple[Note, ...]


class ListError(Exception):
    """The text is of no use: no-papers, week-not-found (the day), not-text, too-large (the limit in
    bytes; a text of more than MAX_LINES lines is too large as well)."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(f"{code}: {value}" if value else code)
        self.code = code
        self.value = value
