"""Which sentences of a paper can be shown by themselves, whatever the question."""

import re

from digests.drafting.verify import MIN_CHARACTERS

LONGEST = 480

_BULLET = re.compile(
    r"^(?:[\u2022\u25cf\u25aa\u25e6\u2219\u00b7*\u2013]|\(?\d{1,2}[.)]|\(?[ivx]+\))\s+"
)
_DANGLING = re.compile(
    r"(?:this|these|those|it|they|such|their|its|he|she|both|the (?:latter|former|above|same))\b",
    re.IGNORECASE,
)
# The same one word later, and openings that lean on the sentence before.
_LEANING = re.compile(
    r"(?:however|thus|therefore|hence|moreover|furthermore|nevertheless|nonetheless|indeed|also|"
    r"instead|similarly|finally|so|but|and|yet|still|unfortunately|consequently|additionally|"
    r"for|in|at|by|on|under|with|from|to|of|as a result|in addition|in contrast|"
    r"on the other hand),? (?:all |each of |both of |some of )?"
    r"(?:this|these|those|it|they|such|its|their|he|she|the (?:latter|former|above|same))\b|"
    r"as (?:before|mentioned|discussed|noted|described|above|explained|shown|seen|we will)|"
    r"in (?:accordance|line|agreement|contrast|addition) (?:with|to) (?:this|these)|"
    r"that (?:is|was|makes?|means|allow(?:s|ed))\b|here,? (?:however|we have|is|are)|"
    r"(?:in )?the following|for (?:example|instance)|e\.g\.|in other words|"
    r"(?:our|the|this) (?:first|second|third|next|last) example|recall that|"
    r"the (?:remaining|other) \w+|more (?:precisely|specifically|generally),",
    re.IGNORECASE,
)
_RESOLVED = re.compile(
    r"(?:\w+,? )?this (?:\w+ )?(?:paper|work|study|article|survey|review|report|research|thesis|"
    r"document|note|chapter|tutorial)"
    r"\b|to (?:this|that) end",
    re.IGNORECASE,
)
_POINTS_ELSEWHERE = re.compile(
    r"(?:fig(?:ure|\.)|tab(?:le|\.)|algorithm|listing|eq(?:uation|\.)|appendix|section|"
    r"sec\.) ?\(?[\dA-Z]|(?:the (?:rest|remainder) of (?:this|the) paper|please\b|note that)",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"\b(?:Figure|Fig\.|Table) \d+[:.] [A-Z]")
_LETTERS_AT_LEAST = 0.86
_NUMBER = re.compile(r"[~$+\-]?\d[\d.,]*(?:%|\b)")
# The authors' names, where no heading parts them from the abstract.
_MAIL = re.compile(r"\w@\w[\w-]*\.\w")
_THANKS = re.compile(
    r"\b(?:we|I|authors?) (?:\w+ )?(?:thank|acknowledge|appreciate|are grateful)\b", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


def without_bullet(text: str) -> str:
    return _BULLET.sub("", text)


def is_quotable(text: str, name: str) -> bool:
    """A whole English sentence that can be read alone; the paper's `name` may be in small."""
    if not MIN_CHARACTERS <= len(text) <= LONGEST or not text.endswith((".", "!", '"', "”", ")")):
        return False
    opening = text.lstrip("\"'“‘(")
    begins = opening[:1].isupper() or (name and opening.startswith(f"{name} "))
    if not begins or len(text.split()) < 6:
        return False
    if (_DANGLING.match(opening) or _LEANING.match(opening)) and not _RESOLVED.match(opening):
        return False
    if _POINTS_ELSEWHERE.match(opening) or _CAPTION.search(text) or text.startswith("arXiv"):
        return False
    if _MAIL.search(text) or _THANKS.search(text):
        return False
    return not _is_junk(text)


def _is_junk(text: str) -> bool:
    """Rows of a table, formulas, addresses. Plain figures are left out of the count of letters."""
    prose = _ADDRESS.sub("", text)
    figures = _NUMBER.findall(prose)
    if len(figures) > 0.3 * len(prose.split()):
        return True
    prose = _NUMBER.sub("", prose)
    letters = sum(c.isalpha() or c.isspace() for c in prose)
    return letters < _LETTERS_AT_LEAST * len(prose)
