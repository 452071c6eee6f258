"""An edition as its page and its feed item show it: cleaned, counted and folded, so that the
templates only lay it out. Nothing here asks the database beyond what the caller has fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from digests.models import Edition, EditionEntry, EditionQuestion
from digests.public.addresses import author_url, category_url, paper_url
from digests.rendering import title_html
from papers.cleaning import clean_line
from papers.taxonomy import ALIASES, display_names

AUTHORS_SHOWN = 5
CHARACTERS_A_MINUTE = 500
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Link:
    """Words and where on this site they lead; nowhere where `url` is empty."""

    text: str
    url: str


@dataclass(frozen=True)
class Quote:
    """A sentence of the paper. `url` opens the PDF at the page, where there is one."""

    text: str
    page: int | None
    section: str
    url: str

    @property
    def link_words(self) -> str:
        """What the link to it says."""
        if self.page:
            return _("Open page %(page)s of the PDF") % {"page": self.page}
        return _("Open the paper")


@dataclass(frozen=True)
class Claim:
    """A sentence of ours and the quotes that it rests on."""

    sentence: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Grounds:
    """What one text rests on. `count` counts each quote once; `pages` is like "5, 7", or empty."""

    claims: tuple[Claim, ...]
    count: int
    pages: str


@dataclass(frozen=True)
class Answered:
    """A question with its answer; `anchor` is its place on the page, for good."""

    anchor: str
    question: str
    answer_html: str
    grounds: Grounds | None


@dataclass(frozen=True)
class Listed:
    """One paper in the list of an issue."""

    slug: str
    title_ja: str
    title: str
    one_liner: str
    categories: tuple[str, ...]

    @property
    def title_html(self) -> SafeString:
        """The title with its formulas, if it has any."""
        return title_html(self.title)


@dataclass(frozen=True)
class Presented(Listed):
    """One paper of the issue. `address` is `url` as readers see it."""

    authors: tuple[str, ...]
    more_authors: tuple[str, ...]
    published_on: date
    updated_on: date
    url: str
    address: str
    pdf_url: str
    summary_html: str
    grounds: Grounds | None
    questions: tuple[Answered, ...]
    provenance: str
    shows_evidence: bool
    page_url: str
    author_links: tuple[Link, ...]
    more_author_links: tuple[Link, ...]
    category_links: tuple[Link, ...]


@dataclass(frozen=True)
class Headline:
    """An issue in a list. The title in two parts where it has a 【week】: up to it, and after."""

    url: str
    title: str
    lead: str
    rest: str
    first_on: date
    last_on: date
    published_at: datetime
    updated_at: datetime
    description: str
    is_sample: bool

    @property
    def is_changed(self) -> bool:
        return self.updated_at > self.published_at

    @property
    def phrases(self) -> tuple[str, ...]:
        """The highlights that the title lists, each with its comma: a line of a large title ends
        after one of them, and not within."""
        return tuple(phrase for phrase in re.split("(?<=、)", self.rest) if phrase)


@dataclass(frozen=True)
class Article:
    headline: Headline
    introduction_html: str
    count_line: str
    source_name: str
    source_url: str
    entries: tuple[Presented, ...]
    card_url: str

    @property
    def has_questions(self) -> bool:
        return any(entry.questions for entry in self.entries)

    @property
    def overview_minutes(self) -> int:
        """What reading takes without the questions and answers."""
        return minutes(self._overview_length())

    @property
    def whole_minutes(self) -> int:
        answers = (
            f"{q.question}{words_of(q.answer_html)}" for e in self.entries for q in e.questions
        )
        return minutes(self._overview_length() + sum(map(visible_length, answers)))

    def _overview_length(self) -> int:
        head = f"{self.headline.title}{words_of(self.introduction_html)}{self.count_line}"
        return visible_length(head) + sum(
            # The list tells the title and the gist, the paper's own part the title again.
            visible_length(f"{e.title_ja}{e.one_liner}{e.title_ja}{words_of(e.summary_html)}")
            for e in self.entries
        )


def headline_of(edition: Edition) -> Headline:
    title = clean_line(edition.title)
    lead, rest = title_parts(title)
    return Headline(
        url=edition.get_absolute_url(),
        title=title,
        lead=lead,
        rest=rest,
        first_on=edition.first_on,
        last_on=edition.last_on,
        # Whole seconds: HTML knows no microseconds.
        published_at=edition.first_published_at.replace(microsecond=0),
        updated_at=edition.published_at.replace(microsecond=0),
        description=clean_line(edition.description),
        is_sample=edition.is_sample,
    )


def title_parts(title: str) -> tuple[str, str]:
    before, bracket, after = title.partition("】")
    if "【" in before and after.strip():
        return before + bracket, after.strip()
    return "", title


def article_of(edition: Edition, *, links_authors: bool = False) -> Article:
    """The whole of an edition that was fetched `with_article()`."""
    return Article(
        headline=headline_of(edition),
        introduction_html=edition.introduction_html,
        count_line=clean_line(edition.count_line),
        source_name=clean_line(edition.source_name),
        source_url=web_address(edition.source_url),
        entries=tuple(
            presented_of(entry, links_authors=links_authors) for entry in edition.entries.all()
        ),
        card_url=issue_card_url(edition),
    )


def minutes(characters: int) -> int:
    """How long so many characters take to read, in whole minutes; at least one."""
    return max(1, round(characters / CHARACTERS_A_MINUTE))


def words_of(html: str) -> str:
    """Sanitised HTML without its tags."""
    return unescape(_TAG.sub("", html))


def visible_length(text: str) -> int:
    return len("".join(text.split()))


def issue_card_url(edition: Edition) -> str:
    """The address of its social card; another after each edition, since others keep pictures."""
    path = reverse("public:issue-card", args=[edition.slug])
    return f"{settings.SITE_URL}{path}?v={edition.number}"


def paper_card_url(entry: EditionEntry) -> str:
    return settings.SITE_URL + reverse("public:paper-card", args=[entry.slug])


def listed_of(entry: EditionEntry) -> Listed:
    return Listed(**_listed(entry))


def _listed(entry: EditionEntry) -> dict[str, Any]:
    return {
        "slug": entry.slug,
        "title_ja": clean_line(entry.title_ja),
        "title": clean_line(entry.title),
        "one_liner": clean_line(entry.one_liner),
        "categories": tuple(display_names([str(c["code"]) for c in entry.categories])),
    }


def presented_of(entry: EditionEntry, *, links_authors: bool = False) -> Presented:
    """A paper of an issue, its questions fetched in their order."""
    authors = tuple(clean_line(str(name)) for name in entry.authors)
    slugs = entry.author_slugs if links_authors else ()
    links = zip_longest(authors, slugs[: len(authors)], fillvalue="")
    author_links = tuple(Link(name, author_url(slug)) for name, slug in links)
    url = web_address(entry.url) or web_address(entry.pdf_url)
    return Presented(
        **_listed(entry),
        authors=authors[:AUTHORS_SHOWN],
        more_authors=authors[AUTHORS_SHOWN:],
        published_on=entry.published_on,
        updated_on=entry.updated_on,
        url=url,
        address=url.partition("://")[2],
        pdf_url=web_address(entry.pdf_url),
        summary_html=entry.summary_html,
        grounds=grounds_of(entry.summary_evidence),
        questions=tuple(answered_of(q) for q in entry.questions.all()),
        provenance=clean_line(entry.provenance),
        shows_evidence=entry.shows_evidence,
        page_url=paper_url(entry.slug),
        author_links=author_links[:AUTHORS_SHOWN],
        more_author_links=author_links[AUTHORS_SHOWN:],
        category_links=category_links_of(entry),
    )


def category_links_of(entry: EditionEntry) -> tuple[Link, ...]:
    """The names of its categories, each leading to its page."""
    codes = [str(c["code"]) for c in entry.categories]
    subjects = dict.fromkeys(ALIASES.get(code, code) for code in codes)
    names = zip(subjects, display_names(codes), strict=True)
    return tuple(Link(clean_line(name), category_url(code)) for code, name in names)


def answered_of(question: EditionQuestion) -> Answered:
    return Answered(
        anchor=question.anchor,
        question=clean_line(question.question),
        answer_html=question.answer_html,
        grounds=grounds_of(question.evidence),
    )


def grounds_of(rows: Sequence[Mapping[str, Any]]) -> Grounds | None:
    """From an edition's evidence, [{sentence, quotes: [{key, page, section, text, url}]}]; None
    where there is none."""
    if not rows:
        return None
    quotes = {str(q["key"]): q for row in rows for q in row["quotes"]}
    claims = (Claim(clean_line(row["sentence"]), _quotes(row["quotes"])) for row in rows)
    return Grounds(tuple(claims), len(quotes), _pages(quotes.values()))


def _quotes(rows: Iterable[Mapping[str, Any]]) -> tuple[Quote, ...]:
    return tuple(
        Quote(
            text=clean_line(row["text"]),
            page=row["page"],
            section=clean_line(row["section"]),
            url=web_address(row["url"]),
        )
        for row in rows
    )


def _pages(quotes: Iterable[Mapping[str, Any]]) -> str:
    pages = {q["page"] for q in quotes if q["page"] is not None}
    return ", ".join(str(page) for page in sorted(pages))


def web_address(url: str) -> str:
    """The address if it is one of the web, else nothing: no `javascript:` becomes a link."""
    url = clean_line(url)
    return url if url.lower().startswith(("http://", "https://")) else ""
