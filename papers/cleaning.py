"""What never belongs in a text from outside, defined once for the whole house.

One control character in a title made Django's whole feed a 500.
"""

import re
import unicodedata

# A vertical tab, a form feed, U+0085, U+2028 and U+2029 end a line too; the return of a CRLF
# is left for UNWANTED, so that every end stays one character and places can be counted.
_LINE_END = re.compile("\r(?!\n)|[\x0b\x0c\x85\u2028\u2029]")
# The last two of each of the 17 planes are no characters: U+FFFE, U+FFFF, U+1FFFE, …
_PLANE_ENDS = "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
# One character of what no text may hold, once its line ends are even (`with_even_lines`).
UNWANTED = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 but tab and line feed
    "\ud800-\udfff"  # lone surrogates
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi marks, overrides and isolates
    "\ufeff\ufff9-\ufffb"  # byte order mark, marks of annotations
    f"\ufdd0-\ufdef{_PLANE_ENDS}"  # no characters
    "\U000e0000-\U000e007f"  # tags: text that no one sees
    "]"
)


def with_even_lines(text: str) -> str:
    """The text of the same length, in which only a line feed ends a line (or CRLF, as it was)."""
    return _LINE_END.sub("\n", text)


def without_unwanted(text: str) -> str:
    """The text with its lines kept, each ended by a line feed, without what never belongs there."""
    return UNWANTED.sub("", with_even_lines(text))


def clean(text: str) -> str:
    """The same in NFC."""
    return unicodedata.normalize("NFC", without_unwanted(text))


def clean_line(text: str) -> str:
    """The same on one line, runs of white space as one space."""
    return " ".join(clean(text).split())
