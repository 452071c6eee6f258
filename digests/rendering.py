"""From stored Markdown to safe HTML, and to its sentences with their evidence.

`render` is the only place that makes HTML from an editor's text, and the only one that may call
it safe: page, preview, feed and mail all use it. Nothing here raises on any text; the cost grows
with the length of the text, whatever it nests. Who stores a text checks `MAX_CHARACTERS`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from digests import markdown_rules
from digests.formulas import mathml
from digests.sentences import Sentence, marks, plain, sentences, without_marks
from papers.citations import title_parts

__all__ = [
    "MAX_CHARACTERS",
    "Quote",
    "Sentence",
    "SentenceEvidence",
    "evidence_list",
    "marks",
    "pages_of",
    "plain",
    "quotes_of",
    "render",
    "sentences",
    "title_html",
    "without_marks",
]

MAX_CHARACTERS = 20_000
_PARSER = markdown_rules.parser()


_HTML = (
    "a blockquote br code em h4 h5 h6 hr img li ol p pre strong sup table tbody td th thead tr ul"
)
_MATHML = (
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot "
    "mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"
)
_MATHML_ATTRIBUTES = (
    "accent accentunder columnspan depth display displaystyle fence form height largeop linebreak "
    "linethickness lspace mathvariant maxsize minsize movablelimits notation rowspan rspace "
    "scriptlevel separator stretchy symmetric voffset width"
)
_ATTRIBUTES = {tag: set(_MATHML_ATTRIBUTES.split()) for tag in _MATHML.split()} | {
    "*": set(),
    "a": {"href", "rel"},
    "img": {"src", "alt"},
    "ol": {"start"},
}
_CLASSES = {
    "p": {"editors-note"},
    "sup": {"mark", "mark-unknown"},
    "td": {"left", "center", "right"},
    "th": {"left", "center", "right"},
    "mtd": {"left", "right"},
}


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        is_good = value.startswith(("http://", "https://", "mailto:", "#", "/"))
        return value if is_good else None
    if attribute == "src":
        return value if markdown_rules.is_own_image(value) else None
    return value


# No id is let through: Markdown can't make one, and \label of a formula must not.
_CLEANER = nh3.Cleaner(
    tags={*_HTML.split(), *_MATHML.split()},
    attributes=_ATTRIBUTES,
    allowed_classes=_CLASSES,
    attribute_filter=_allowed,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


@dataclass(frozen=True)
class Quote:
    """One row of evidence, as the page shows it. `url` is the address of the PDF's page."""

    key: str
    passage_key: str
    page: int | None
    section: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class SentenceEvidence:
    text: str
    quotes: tuple[Quote, ...]


def render(
    text: str,
    evidence: Mapping[str, Quote] | None = None,
    prefix: str = "",
    *,
    chips: bool = False,
) -> SafeString:
    """Sanitised HTML. Marks show only with `chips` (the desk), as links to `#{prefix}{key}`;
    a key without evidence is then a `mark-unknown` without a link."""
    env = {"evidence": evidence or {}, "prefix": prefix, "chips": chips}
    html = _PARSER.render(markdown_rules.clean(text)[0], env)
    # Entities are decoded by now, so control characters may have come back. Nothing may be taken
    # out after the sanitiser: `java&#1;script:` would become a scheme.
    return mark_safe(_CLEANER.clean(markdown_rules.clean(html)[0]).strip())


def title_html(title: str) -> SafeString:
    """A paper's title as words, its formulas as MathML: `$\\sqrt{s}=13$ TeV`. What is no formula
    that we can show stays as it is written."""
    if "$" not in title:
        return escape(title)
    parts = title_parts(title)
    told = (mathml(part[1:-1]) if is_maths else escape(part) for part, is_maths in parts)
    return mark_safe(_CLEANER.clean("".join(told)).strip())


# ── evidence ────────────────────────────────────────────────────────────────────────────────────
def evidence_list(text: str, evidence: Mapping[str, Quote]) -> list[SentenceEvidence]:
    """The sentences that have evidence, each with its quotes in the order of its marks, once
    each. Marks without a quote and sentences without evidence are left out."""
    found = []
    for sentence in sentences(text):
        keys = dict.fromkeys(key for key in sentence.marks if key in evidence)
        if keys:
            found.append(SentenceEvidence(sentence.text, tuple(evidence[key] for key in keys)))
    return found


def quotes_of(found: Iterable[SentenceEvidence]) -> tuple[Quote, ...]:
    """Every quote once, in order of first use; its length is the number that the page shows."""
    return tuple({quote.key: quote for item in found for quote in item.quotes}.values())


def pages_of(found: Iterable[SentenceEvidence]) -> str:
    """The pages that the quotes stand on, in order, once each: "5, 7"; "" where none has one."""
    pages = {quote.page for item in found for quote in item.quotes if quote.page is not None}
    return ", ".join(str(page) for page in sorted(pages))
