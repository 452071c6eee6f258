"""The glossary as we ship it: how words of machine learning are said in Japanese, and how not."""

import json
from functools import lru_cache
from pathlib import Path

from digests.drafting.types import Term

_GLOSSARY = Path(__file__).with_name("glossary.json")


@lru_cache(maxsize=1)
def default_glossary() -> tuple[Term, ...]:
    """Every term of glossary.json, in its order."""
    rows = json.loads(_GLOSSARY.read_text(encoding="utf-8"))
    return tuple(Term(row["en"], row["ja"], tuple(row.get("forbidden", ()))) for row in rows)
