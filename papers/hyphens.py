"""Words that were cut at the end of a line: whether the hyphen there is the word's own."""

import re
from collections import Counter
from collections.abc import Sequence

from papers.pdf_layout import Line

TOKEN = re.compile(r"\w+")
HYPHENED = re.compile(r"(?=\b(\w+)-(\w+))")
# The second halves of cut words. None is a word, so none is the end of a compound: "-size",
# "-wise", "-led", "-action" are not here, however many words end so.
ENDING = re.compile(
    r"(?:[ai]|[clmtvz]a|[cps])?(?:tion|sion)s?(?:al|ally|ed|ing)?|gions?"
    r"|[bdmntv]?ing(?:s|ly)?|(?:[dt]|at|i[sz]?)ed|edly|(?:at|lat|ulat|tiat|ciat)ing"
    r"|(?:al|ic|iv|ativ|tiv|ent|ant|ar|ab|ib|b|t|tic|ical|ative|tive|cal|ous|cient|rect)?ly"
    r"|ments?|ness(?:es)?|(?:il|ibil|bil|tiv|al|ar|ur)?it(?:y|ies)"
    r"|t?[ae]nc(?:es?|y|ies)|(?:i|ti|ni)?cal(?:ly)?|(?:t|s|at|it)ives?|tur(?:es?|ed|ing)"
    r"|[lnrt]?iz(?:es?|ed|ing|ations?)|(?:ul|ti|ci|ni)ates?|ators?"
    r"|[ct]?ious|(?:[ts]i)?bles?|tary",
)
# First halves that need no hyphen before any word. Not "re", "pre", "co", "non", "sub", "ad".
OPENINGS = "ac af ag ap ar col com con cor dis ef im ob suf sug sup sur"
OPENING = frozenset(OPENINGS.split())
# Words of English do not end so, but for these.
NO_END = re.compile(r"[a-z]{3,}[iuv]")
ENDING_SO = (
    "anti bureau demi emoji kanji loci menu mini multi nuclei plateau quasi semi situ stimuli "
    "tableau taxi viii wifi wiki"
)
ENDS_SO = frozenset(ENDING_SO.split())


class Hyphens:
    """Decides whether a word cut at the end of a line loses its hyphen."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.words: Counter[str] = Counter()
        self.pairs: Counter[str] = Counter()
        was_cut = False
        for line in lines:
            tokens = TOKEN.findall(line.text.casefold())
            whole = tokens[1 if was_cut else 0 : -1 if line.has_hyphen else None]
            self.words.update(whole)
            self.pairs.update("-".join(pair) for pair in HYPHENED.findall(line.text.casefold()))
            was_cut = line.has_hyphen

    def join(self, before: str, after: str) -> str:
        """Without the hyphen if the joined word stands elsewhere in the document, or if one of
        the two pieces can be no word."""
        left = re.search(r"\w+$", before)
        right = re.match(r"\w+", after)
        if not left or not right:
            return f"{before}-{after}"
        word = f"{left.group()}{right.group()}".casefold()
        pair = f"{left.group()}-{right.group()}".casefold()
        if self.words[word] or self.pairs[pair]:
            is_one = self.words[word] >= self.pairs[pair]
        else:
            is_one = self._is_piece(left.group(), right.group())
        return f"{before}{after}" if is_one else f"{before}-{after}"

    def _is_piece(self, left: str, right: str) -> bool:
        """Whether one of them is a piece of a word; a piece never stands alone in the document."""
        if self.words[right] or not (right.isalpha() and right.islower() and left.isalpha()):
            return False
        if ENDING.fullmatch(right):
            return True
        if not (left.islower() or left.istitle()):
            return False
        return left.lower() in OPENING or (
            not self.words[left] and left not in ENDS_SO and NO_END.fullmatch(left) is not None
        )
