"""The gate: what is wrong with a text, by code and place. Pure functions, no rows, no sentences
for people. It is the same for drafts, for edits and at publication."""

from digests.drafting.types import Term
from digests.lint.check import check_issue, check_paper
from digests.lint.fixes import fixes
from digests.lint.types import (
    SEVERITY,
    Finding,
    Fix,
    Metadata,
    PaperText,
    QuestionText,
)

__all__ = [
    "SEVERITY",
    "Finding",
    "Fix",
    "Metadata",
    "PaperText",
    "QuestionText",
    "Term",
    "check_issue",
    "check_paper",
    "fixes",
]
