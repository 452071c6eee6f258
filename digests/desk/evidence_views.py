"""Adding evidence by quoting the paper, in a plain form."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from digests import marking, rendering, workflow
from digests.cards import CardConflict
from digests.desk.access import desk, editor_of
from digests.desk.entry_views import entry_or_404
from digests.desk.forms import EvidenceForm, PlaceForm, QuoteForm
from digests.desk.frame import page
from digests.desk.saving import at_entry
from digests.drafting import verify
from digests.models import Entry, Evidence, Question


# ── evidence ────────────────────────────────────────────────────────────────────────────────────
@desk("digests.add_evidence")
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper's text by passages, and a form for a quote."""
    entry = entry_or_404(pk)
    asked = request.GET.get("place", "")
    first = next((p for p, _text in _places(entry) if asked and p.startswith(asked)), "")
    form = EvidenceForm(request.POST or None, initial={"place": first})
    if request.method == "POST" and form.is_valid():
        try:
            return _add_evidence(request, entry, form.cleaned_data)
        except workflow.QuoteRefused as refused:
            return _show_evidence(request, entry, form, refused)
    return _show_evidence(request, entry, form, None)


def _show_evidence(
    request: HttpRequest, entry: Entry, form: EvidenceForm, refused: workflow.QuoteRefused | None
) -> HttpResponse:
    passages: QuerySet[Any] | list[Any] = entry.version.passages.all() if entry.version else []
    return page(
        request,
        "desk/evidence.html",
        _("Evidence for “%(title)s”") % {"title": entry},
        entry=entry,
        form=form,
        passages=passages,
        places=_places(entry),
        refused=refused,
        why_refused=_why_refused(form.cleaned_data["quote"]) if refused else "",
        status=400 if refused or form.errors else 200,
    )


def _places(entry: Entry) -> list[tuple[str, str]]:
    """Every sentence that a mark can be put to, by its place: "s:0:1f3a09" or "q12:3:…". The last
    part is of its words: a text that has changed meanwhile has other places."""
    cards: list[tuple[str, str]] = [("s", entry.summary)]
    cards += [(f"q{q.pk}", q.answer) for q in entry.present_questions]
    return [
        (f"{prefix}:{n}:{crc32(sentence.text.encode()):08x}", sentence.text)
        for prefix, text in cards
        for n, sentence in enumerate(rendering.sentences(text))
    ]


def _add_evidence(request: HttpRequest, entry: Entry, data: dict[str, Any]) -> HttpResponse:
    card, sentence = _place(entry, data["place"])
    if data["place"] and card is None:
        messages.warning(request, _("The sentence has changed meanwhile: put the mark yourself."))
    question = card if isinstance(card, Question) else None
    row = workflow.add_evidence(
        entry, data["quote"], passage_key=data["passage"], question=question
    )
    messages.success(request, _("The quote stands in the paper: [^%(key)s].") % {"key": row.key})
    if card is not None:
        try:
            workflow.mark_sentence(card, card.row_version, sentence, row.key, by=editor_of(request))
        except CardConflict:
            messages.warning(
                request, _("The sentence has changed meanwhile: put the mark yourself.")
            )
    return at_entry(entry.pk, f"q{question.pk}" if question else "summary")


def _place(entry: Entry, place: str) -> tuple[Entry | Question | None, int]:
    """The card and sentence that `place` names; (None, 0) for none, or one that has gone."""
    if place not in dict(_places(entry)):
        return None, 0
    prefix, number, _words = place.split(":")
    cards = {f"q{q.pk}": q for q in entry.present_questions}
    return (entry if prefix == "s" else cards[prefix]), int(number)


# ── from the right pane ─────────────────────────────────────────────────────────────────────────
@desk("digests.add_evidence", methods="POST")
def quote(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the selected words evidence: `{key, passage, page, section, quote, at}`, or 400 with
    `{error, nearest, passage}`. `at` is the place for the mark in the `text` that was sent, in
    characters, after the sentence in which `caret` stands; null where it has that mark."""
    entry = entry_or_404(pk)
    form = QuoteForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("Select some words of the paper first.")}, status=400)
    data = form.cleaned_data
    question = next((q for q in entry.present_questions if f"q{q.pk}" == data["card"]), None)
    try:
        row = workflow.add_evidence(
            entry, data["quote"], passage_key=data["passage"], question=question
        )
    except workflow.QuoteRefused as refused:
        return JsonResponse(_refusal(refused, data["quote"]), status=400)
    return JsonResponse(_known(row) | {"at": _place_for(row.key, data["text"], data["caret"])})


def _refusal(refused: workflow.QuoteRefused, quote: str) -> dict[str, str]:
    return {
        "error": _why_refused(quote),
        "nearest": refused.nearest,
        "passage": refused.passage_key,
    }


def _why_refused(quote: str) -> str:
    length = len(" ".join(quote.split()))
    if length < verify.MIN_CHARACTERS:
        words = _(
            "The quote is too short to be evidence: it has %(length)d characters, and it takes"
            " %(least)d. Take more of the words around it."
        )
        return words % {"length": length, "least": verify.MIN_CHARACTERS}
    return _(
        "This quote does not stand in the paper word for word (40 characters or more, not from the"
        " references), so it is not evidence."
    )


def _known(row: Evidence) -> dict[str, Any]:
    return {
        "key": row.key,
        "passage": row.passage_key,
        "page": row.page,
        "section": row.section,
        "quote": row.quote,
    }


def _place_for(key: str, text: str, caret: int) -> int | None:
    """Where the mark goes; None where the sentence has it already."""
    sentence = marking.sentence_at(text, caret)
    if sentence is None:
        return len(text.rstrip())
    return None if key in sentence.marks else sentence.end


@desk("digests.view_entry", methods="POST")
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the mark of evidence that is there already goes: `{"at": …}`, as `quote` has it."""
    form = PlaceForm(request.POST)
    entry = get_object_or_404(Entry, pk=pk)
    if not form.is_valid():
        return JsonResponse({"error": _("Put the cursor into a sentence first.")}, status=400)
    data = form.cleaned_data
    row = get_object_or_404(entry.evidence, key=data["key"])
    return JsonResponse({"at": _place_for(row.key, data["text"], data["caret"])})


@desk("digests.view_entry", methods="POST")
def lost(request: HttpRequest, pk: int) -> HttpResponse:
    """The marks that sentences of `before` had and have lost in `text`, while being rewritten:
    `{"lost": [{keys, sentence, at}]}`, in the text's order."""
    get_object_or_404(Entry, pk=pk)
    before, after = (_typed_text(request, name) for name in ("before", "text"))
    found = sorted(marking.lost_marks(before, after), key=lambda one: one.at)
    offers = [{"keys": one.keys, "sentence": one.sentence, "at": one.at} for one in found]
    return JsonResponse({"lost": offers})


def _typed_text(request: HttpRequest, name: str) -> str:
    """As it stands in the field: offsets count its characters, and forms send CRLF."""
    return request.POST.get(name, "").replace("\r\n", "\n")[: rendering.MAX_CHARACTERS]
