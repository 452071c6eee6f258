"""A line of a list as text: links, marks of Markdown, and what never belongs there."""

import html
import re

from papers.cleaning import clean_line, without_unwanted

HTTP = re.compile(r"https?://", re.IGNORECASE)
LINK = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]*+\])*+)\]\(\s{0,9}<?"
    r"([^\s<>()]*+(?:\([^\s<>()]*+\)[^\s<>()]*+)*+)>?"
    r"(?:\s{1,9}(?:\"[^\"]*+\"|'[^']*+'))?\s{0,9}\)"
)
ADDRESS = re.compile(r"https?://[^\s<>()|\[\]\"'`、。，「」『』（）【】]+", re.IGNORECASE)
# Zero-width space and word joiner, which copies from a browser have between words.
_UNSEEN = re.compile("[\u200b\u2060]")
_STRONG = re.compile(r"(?<!\\)(?:\*\*|__|~~|`)")
_EMPHASIS = re.compile(
    r"(?<![\w\\])([*_])(?=\S)([^*_]+)(?<=[^\s\\])\1(?!\w)"
)  # not the star of "A*"
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)


def without_hazards(text: str) -> str:
    """The text with its lines kept, each ended by a line feed, and without what no one sees."""
    return _UNSEEN.sub("", without_unwanted(text))


def one_line(text: str) -> str:
    """One line, NFC, without controls."""
    return clean_line(without_hazards(text))


def unmarked(text: str) -> str:
    """Text without the marks of Markdown; a link is its name."""
    text = _STRONG.sub("", LINK.sub(lambda match: match[1], text))
    return unescape(_ESCAPE.sub(r"\1", _EMPHASIS.sub(r"\2", text)))


def unescape(text: str) -> str:
    """Text with the characters that its entities stand for; "&noteId=" is none."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)
