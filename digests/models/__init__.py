"""Issues and what is in them: the editors' working text, the machine's drafts, and the editions
that readers see. Who writes what is told in `digests.workflow`."""

from digests.models.bank import BankPriority, BankQuestion, Term
from digests.models.drafts import Decision, Draft, DraftItem, DraftItemQuerySet, EntryJob, Spending
from digests.models.editions import (
    Edition,
    EditionEntry,
    EditionPage,
    EditionQuerySet,
    EditionQuestion,
    SearchDocument,
    SiteStamp,
)
from digests.models.house import Masthead, Source, SourceJob, Weekday
from digests.models.issues import (
    HIGHLIGHT,
    ONE_LINER,
    SUMMARY,
    TITLE_JA,
    Check,
    Entry,
    EntryQuerySet,
    Evidence,
    Issue,
    IssueQuerySet,
    Question,
    QuestionQuerySet,
)
from digests.models.notes import (
    MAX_NAME,
    MAX_WORDS,
    Comment,
    CommentQuerySet,
    Note,
    NoteQuerySet,
    PreviewLink,
    PreviewLinkQuerySet,
)
from digests.models.people import Editor
from digests.models.previews import PreviewJob, PreviewRow, SetAside, WeekPreview
from digests.models.shelves import Place, PlaceQuerySet, Shelf, ShelfKind

__all__ = [
    "HIGHLIGHT",
    "MAX_NAME",
    "MAX_WORDS",
    "ONE_LINER",
    "SUMMARY",
    "TITLE_JA",
    "BankPriority",
    "BankQuestion",
    "Check",
    "Comment",
    "CommentQuerySet",
    "Decision",
    "Draft",
    "DraftItem",
    "DraftItemQuerySet",
    "Edition",
    "EditionEntry",
    "EditionPage",
    "EditionQuerySet",
    "EditionQuestion",
    "Editor",
    "Entry",
    "EntryJob",
    "EntryQuerySet",
    "Evidence",
    "Issue",
    "IssueQuerySet",
    "Masthead",
    "Note",
    "NoteQuerySet",
    "Place",
    "PlaceQuerySet",
    "PreviewJob",
    "PreviewLink",
    "PreviewLinkQuerySet",
    "PreviewRow",
    "Question",
    "QuestionQuerySet",
    "SearchDocument",
    "SetAside",
    "Shelf",
    "ShelfKind",
    "SiteStamp",
    "Source",
    "SourceJob",
    "Spending",
    "Term",
    "WeekPreview",
    "Weekday",
]
