"""What arXiv's category codes are called."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from papers.taxonomy_table import (
    ACTIVE_NAMES,
    ALIAS_CODES,
    ARCHIVE_NAMES,
    RETIRED_NAMES,
    SUBSUMED_CODES,
)

ACTIVE: Mapping[str, str] = MappingProxyType(ACTIVE_NAMES)
ALL: Mapping[str, str] = MappingProxyType({**ARCHIVE_NAMES, **RETIRED_NAMES, **ACTIVE_NAMES})
ALIASES: Mapping[str, str] = MappingProxyType({**SUBSUMED_CODES, **ALIAS_CODES})


def category_name(code: str) -> str:
    """The English name of a code ("cs.CL" -> "Computation and Language").

    A retired code or an alias keeps the name of its own; an unknown code is returned as it is.
    """
    return ALL.get(code, code)


def display_names(codes: Sequence[str]) -> list[str]:
    """The names of a paper's codes in their order, each subject once.

    An alias and its target ("cs.IT math.IT") are one subject, as on arXiv's own pages. Two subjects
    that share a name carry their codes: "Machine Learning (cs.LG)", "Machine Learning (stat.ML)".
    """
    subjects = list(dict.fromkeys(ALIASES.get(code, code) for code in codes))
    uses = Counter(category_name(code) for code in subjects)
    return [_name_among(code, uses) for code in subjects]


def _name_among(code: str, uses: Mapping[str, int]) -> str:
    name = category_name(code)
    return f"{name} ({code})" if uses[name] > 1 and name != code else name
