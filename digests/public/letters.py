"""Letters to the editors, without an account: an error found in an answer, or a question about it.
They come to the desk as notes of the paper, and readers never see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from digests import notes
from digests.models import (
    MAX_WORDS,
    Edition,
    EditionEntry,
    EditionQuestion,
    Entry,
    Issue,
    Note,
    Question,
)
from digests.public.article import headline_of
from digests.public.outsiders import CleanText, OutsiderForm, outsiders_page, refusal, thanked_at
from digests.public.thanks import thanks_page
from digests.public.views import gone, show
from papers.cleaning import clean_line

ANCHOR = re.compile(r"(?P<slug>[A-Za-z0-9._-]{1,40}?)(?:-q(?P<number>[0-9]{1,6}))?")
PLACE = 60  # characters kept for the place that a letter names, when its card is no more


@dataclass(frozen=True)
class Place:
    """What a letter is about, as readers see it: an answer, a paper, or (neither) the issue."""

    anchor: str = ""
    entry: EditionEntry | None = None
    question: EditionQuestion | None = None


class LetterForm(OutsiderForm):
    KINDS = [
        (Note.Kind.ERROR.value, _("I found an error")),
        (Note.Kind.ASKED.value, _("I have a question")),
    ]
    kind = forms.ChoiceField(choices=KINDS)
    text = CleanText(
        max_length=MAX_WORDS - PLACE,
        error_messages={"required": _("Please write something.")},
    )


@outsiders_page
def letter(request: HttpRequest, slug: str) -> HttpResponse:
    """The form with what it is about, `?to=`, and what is sent with it."""
    edition = Edition.objects.public().filter(slug=slug).first()
    if edition is None:
        return gone(request, slug)
    if request.method != "POST":
        asked = request.GET.get("to", "")
        place = _place(edition, asked)
        if asked and place.entry is None:
            raise Http404
        return _page(request, edition, place, LetterForm(about=f"letter {slug}"))
    form = LetterForm(request.POST, about=f"letter {slug}")
    place = _place(edition, request.POST.get("to", ""))
    status, reason = refusal(request, form)
    if status:
        return _page(request, edition, place, form, status=status, reason=reason)
    _send(edition.issue, place, form.cleaned_data)
    return thanked_at("public:letter-thanks", slug)


def _place(edition: Edition, anchor: str) -> Place:
    """What stands at the anchor in this edition; the paper where the question has gone."""
    found = ANCHOR.fullmatch(anchor)
    if found is None:
        return Place()
    entry = edition.entries.filter(slug=found["slug"]).first()
    if entry is None:
        return Place(anchor)
    number = found["number"]
    question = entry.questions.filter(number=int(number)).first() if number else None
    return Place(anchor, entry, question)


def _page(
    request: HttpRequest,
    edition: Edition,
    place: Place,
    form: LetterForm,
    *,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    response = show(
        request,
        "public/letter.html",
        slug=edition.slug,
        headline=headline_of(edition),
        place=place,
        title_ja=clean_line(place.entry.title_ja) if place.entry else "",
        form=form,
        **said,
    )
    response.status_code = status
    return response


@transaction.atomic
def _send(issue: Issue, place: Place, sent: dict[str, str]) -> None:
    """A note on the editors' card of that paper or answer; the same letter twice is one."""
    entry, question = _cards(issue, place)
    is_lost = (place.question and not question) or (place.anchor and not entry)
    text = f"#{place.anchor}\n{sent['text']}" if is_lost else sent["text"]
    same = Note.objects.open().filter(issue=issue, entry=entry, question=question, text=text)
    if not same.filter(kind=sent["kind"], name=sent["name"]).exists():
        notes.add(issue, text, kind=sent["kind"], entry=entry, question=question, name=sent["name"])


def _cards(issue: Issue, place: Place) -> tuple[Entry | None, Question | None]:
    """The working text of what readers see there, if it has not been removed since."""
    if place.entry is None:
        return None, None
    entry = issue.entries.filter(paper=place.entry.paper_id).first()
    if entry is None or place.question is None:
        return entry, None
    return entry, entry.questions.present().filter(number=place.question.number).first()


thanks = thanks_page(_("Your letter has reached the editors. Thank you for telling us."))
