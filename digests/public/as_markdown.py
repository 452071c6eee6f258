"""An edition as CommonMark with footnotes, which hold the quotes that a sentence rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digests.commonmark import Words, as_commonmark, as_start, escaped, formula
from digests.editions import week_words
from digests.models import Edition, EditionEntry, EditionQuestion
from digests.public.addresses import whole_address
from digests.public.article import web_address
from digests.public.as_json import address_of
from papers.citations import title_parts
from papers.cleaning import clean_line
from papers.taxonomy import display_names


def of_issue(edition: Edition) -> str:
    """Of an edition that was fetched with its article."""
    page = address_of(edition)
    entries = list(edition.entries.all())
    blocks = [f"# {_line(edition.title)}", _items(_issue_facts(edition))]
    blocks += _introduction(edition.introduction, page)
    blocks.append(_line(edition.count_line))
    blocks.append("\n".join(_listed(n, entry, page) for n, entry in enumerate(entries, 1)))
    for entry in entries:
        blocks += _entry(entry, page, level=2)
    for entry in entries:
        blocks += _footnotes(entry)
    return _joined(blocks)


def of_paper(entry: EditionEntry) -> str:
    """Of an entry that was fetched with its edition and questions."""
    edition = entry.edition
    page = address_of(edition)
    issue = f"{_('Issue')}: [{_line(edition.title)}]({page}#{entry.slug})"
    return _joined([*_entry(entry, page, level=1), issue, *_footnotes(entry)])


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip()) + "\n"


def _line(text: str) -> str:
    """A text from outside as words: no markup, no HTML; maths stays as TeX."""
    parts = title_parts(text)
    told = (formula(part) if is_maths else escaped(part) for part, is_maths in parts)
    return as_start("".join(told))


def _introduction(markdown: str, page: str) -> Iterator[str]:
    told = as_commonmark(markdown, Words(whole=partial(whole_address, page=page)))
    if told.startswith("- "):
        yield "<!-- -->"  # or the list would go on with the facts
    yield told


# ── an issue and its papers ─────────────────────────────────────────────────────────────────────
def _items(facts: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in facts if value)


def _day(day: date) -> str:
    return str(date_format(day, "DATE_FORMAT"))


def _link(url: str) -> str:
    """As an autolink, which may hold neither a space nor an angle."""
    url = re.sub(r"[\s<>]", "", web_address(url))
    return f"<{url}>" if url else ""


def _issue_facts(edition: Edition) -> Iterator[tuple[str, str]]:
    yield _("Week"), week_words(edition.first_on, edition.last_on)
    yield _("Published"), _day(localtime(edition.first_published_at))
    if edition.published_at > edition.first_published_at:
        yield _("Changed"), _day(localtime(edition.published_at))
    source = f"{_line(edition.source_name)} {_link(edition.source_url)}".strip()
    yield _("Source"), source
    yield _("URL"), _link(address_of(edition))
    if edition.is_sample:
        yield _("Sample"), "✓"


def _listed(number: int, entry: EditionEntry, page: str) -> str:
    title, told = _line(entry.title_ja), _line(entry.one_liner)
    return f"{number}. [{title}]({page}#{entry.slug}) {told}"


def _entry(entry: EditionEntry, page: str, *, level: int) -> Iterator[str]:
    marks = "#" * level
    yield f"{marks} {_line(entry.title_ja)}"
    yield _line(entry.title)
    yield _line(entry.one_liner)
    if not entry.shows_evidence:
        yield _("Evidence is not shown")
    yield _items(_facts(entry))
    yield f"{marks}# {_('Summary')}"
    yield _text(entry.summary, entry, page)
    if entry.questions.all():
        yield f"{marks}# {_('Questions and answers')}"
    for question in entry.questions.all():
        yield f"{marks}## Q: {_line(question.question)}"
        yield _text(question.answer, entry, page)
    yield _line(entry.provenance)


def _facts(entry: EditionEntry) -> Iterator[tuple[str, str]]:
    yield _("Authors"), _line(", ".join(str(name) for name in entry.authors))
    yield _("First submitted"), _day(entry.published_on)
    yield _("Last updated"), _day(entry.updated_on)
    yield _("URL"), _link(entry.url or entry.pdf_url)
    yield "PDF", _link(entry.pdf_url)
    yield _("Categories"), ", ".join(display_names([str(c["code"]) for c in entry.categories]))


# ── what a sentence rests on ────────────────────────────────────────────────────────────────────
def _text(markdown: str, entry: EditionEntry, page: str) -> str:
    """What the editors wrote; its marks become those of footnotes, named after the paper too."""
    known = {str(quote["key"]) for quote in _quotes(entry)}

    def footnote(key: str) -> str:
        return f"[^{entry.slug}-{key}]" if key in known else ""

    return as_commonmark(markdown, Words(footnote, partial(whole_address, page=page)))


def _quotes(entry: EditionEntry) -> Iterator[Mapping[str, Any]]:
    questions: Iterable[EditionQuestion] = entry.questions.all()
    for rows in (entry.summary_evidence, *(question.evidence for question in questions)):
        for row in rows:
            yield from row["quotes"]


def _footnotes(entry: EditionEntry) -> Iterator[str]:
    """Each quote once, in the order in which the text comes to it."""
    for key, quote in {str(quote["key"]): quote for quote in _quotes(entry)}.items():
        place = [f"p. {quote['page']}" if quote["page"] else "", _line(quote["section"])]
        told = [f"“{_line(quote['text'])}”", *place, _link(quote["url"])]
        yield f"[^{entry.slug}-{key}]: " + ", ".join(clean_line(part) for part in told if part)
