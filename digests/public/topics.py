"""Pages across issues by what papers are about, arXiv's categories, and by what is asked of them,
the standard questions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.models import BankQuestion, EditionEntry, EditionQuestion, Shelf, ShelfKind
from digests.models.editions import BODIES
from digests.public.addresses import category_url
from digests.public.article import Answered, answered_of
from digests.public.house import house_of
from digests.public.linked_data import list_data_html
from digests.public.related import NEWEST_FIRST, among_public, in_public
from digests.public.shelf import (
    ENTRY_BODIES,
    Placed,
    on_shelf,
    placed_of,
    shelf_page,
)
from digests.public.views import canonical_of, page_of, public_page, show
from papers.cleaning import clean_line
from papers.taxonomy import ALIASES, ALL, category_name

ANSWERS = 10


@dataclass(frozen=True)
class Topic:
    """A category or question in its list; `code` is empty where there is none to show."""

    url: str
    name: str
    count: int
    code: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer with the paper that it is about; `url` is its place in the article."""

    about: Placed
    answer: Answered
    url: str


# ── categories ──────────────────────────────────────────────────────────────────────────────────
@public_page
def categories(request: HttpRequest) -> HttpResponse:
    """Those that have papers, by name."""
    return _index(request, "public/categories.html", _("Categories"), _categories())


def _index(request: HttpRequest, template: str, title: str, topics: list[Topic]) -> HttpResponse:
    masthead = house_of(request).masthead
    linked_data_html = list_data_html(title, canonical_of(request), masthead)
    context = {"masthead": masthead, "topics": topics, "linked_data_html": linked_data_html}
    return show(request, template, **context)


def _categories() -> list[Topic]:
    topics = [
        Topic(category_url(row.code), category_name(row.code), row.count, row.code)
        for row in category_rows()
    ]
    return sorted((t for t in topics if t.url), key=lambda topic: (topic.name, topic.code))


@dataclass(frozen=True)
class Row:
    """A category's code or a question's key, the public papers or answers that it has, and the
    time of the newest edition of one; `asked` is how the question was asked somewhere."""

    code: str
    count: int
    changed_at: datetime
    asked: str = ""


def category_rows() -> list[Row]:
    """Two codes of one subject count together, and a paper that has both counts once."""
    shelves = Shelf.objects.filter(kind=ShelfKind.CATEGORY)
    return [Row(*row) for row in shelves.values_list("key", "papers", "changed_at")]


@public_page
def category(request: HttpRequest, code: str) -> HttpResponse:
    """The papers of a category. A second code of a subject leads to the first; a code that neither
    arXiv nor any paper knows is 404."""
    if code in ALIASES:
        return HttpResponsePermanentRedirect(category_url(ALIASES[code]))
    page = shelf_page(request, ShelfKind.CATEGORY, code)
    name = _known(code, has_papers=bool(page.paginator.count))
    masthead = house_of(request).masthead
    return show(
        request,
        "public/category.html",
        masthead=masthead,
        name=name,
        code=code,
        page=page,
        placed=[placed_of(place.entry, place.edition) for place in page],
        linked_data_html=list_data_html(f"{name} ({code})", canonical_of(request, page), masthead),
    )


def category_of(code: str) -> str:
    """The category's name; 404 for a code that neither arXiv nor any public paper knows."""
    return _known(code, has_papers=code in ALL or entries_of_category(code).exists())


def _known(code: str, *, has_papers: bool) -> str:
    if code not in ALL and not has_papers:
        raise Http404
    return category_name(code)


def entries_of_category(code: str) -> QuerySet[EditionEntry]:
    """Public papers listed under the code or one that stands for it, in each of their issues."""
    return on_shelf(ShelfKind.CATEGORY, ALIASES.get(code, code))


# ── standard questions ──────────────────────────────────────────────────────────────────────────
@public_page
def questions(request: HttpRequest) -> HttpResponse:
    """The standard questions that have been answered, in the house's order."""
    bank = {row.key: row for row in BankQuestion.objects.only("key", "position", "ja")}
    places = {key: row.position for key, row in bank.items()}
    rows = sorted(question_rows(), key=lambda row: (places.get(row.code, math.inf), row.code))
    topics = [_question_topic(row, bank.get(row.code)) for row in rows]
    return _index(request, "public/questions.html", _("Standard questions"), topics)


@public_page
def question(request: HttpRequest, key: str) -> HttpResponse:
    """A standard question's answers over all papers; 404 where there is none."""
    hidden = [f"entry__{name}" for name in ENTRY_BODIES]
    hidden += [f"entry__edition__{name}" for name in BODIES]
    order = [_of_entry(name) for name in NEWEST_FIRST]
    rows = EditionQuestion.objects.filter(in_public("entry__edition"), bank_key=key)
    rows = rows.select_related("entry__edition")
    page = page_of(rows.defer("answer", *hidden).order_by(*order, "position"), request, ANSWERS)
    if not page.paginator.count:
        raise Http404
    masthead, title = house_of(request).masthead, _title_of(key, page[0])
    return show(
        request,
        "public/question.html",
        masthead=masthead,
        title=title,
        page=page,
        replies=[_reply(row) for row in page],
        linked_data_html=list_data_html(title, canonical_of(request, page), masthead),
    )


def question_rows() -> list[Row]:
    rows = EditionQuestion.objects.filter(among_public("entry__edition")).exclude(bank_key="")
    found = (
        rows.order_by()
        .values_list("bank_key")
        .annotate(Count("pk"), Max("entry__edition__published_at"), Max("question"))
    )
    return [Row(*row) for row in found]


def _question_topic(row: Row, bank: BankQuestion | None) -> Topic:
    title = clean_line(bank.ja if bank else row.asked)
    return Topic(reverse("public:question", args=[row.code]), title, row.count)


def _title_of(key: str, newest: EditionQuestion) -> str:
    """As the house asks it now; once it is no longer in the bank, as it was asked last."""
    row = BankQuestion.objects.filter(key=key).only("ja").first()
    return clean_line(row.ja if row else newest.question)


def _of_entry(order: str) -> str:
    return f"-entry__{order[1:]}" if order.startswith("-") else f"entry__{order}"


def _reply(row: EditionQuestion) -> Reply:
    placed, answer = placed_of(row.entry, row.entry.edition), answered_of(row)
    page = row.entry.edition.get_absolute_url()
    return Reply(placed, answer, f"{page}#{answer.anchor}")
