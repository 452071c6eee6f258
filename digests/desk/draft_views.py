"""The desk's side of drafting: again, by hand, compared, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from digests import costs, drafters, lint, steps
from digests.cards import CardConflict, save_card
from digests.desk.access import desk, editor_of
from digests.desk.forms import AnswerForm
from digests.desk.frame import page
from digests.desk.words import DROPPED, MODEL, money, say, sum_words
from digests.differences import pieces_of
from digests.drafting.llm import ModelError, check_model
from digests.models import Draft, Editor, Entry, EntryJob, Issue, Question
from digests.problem_words import say_problem
from digests.reasons import label


# ── again ───────────────────────────────────────────────────────────────────────────────────────
@desk("digests.change_entry", methods="POST")
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """One more draft of all, the summary, or one question; by extraction if asked."""
    entry = get_object_or_404(Entry, pk=pk)
    scope = request.POST.get("scope", "all")
    if scope not in ("all", "summary") and drafters.question_of(entry, scope) is None:
        messages.error(request, _("This question is no longer there."))
        return redirect("desk:entry", pk=pk)
    if steps.is_reading(entry):  # a draft of the abstract alone would take the whole one's place
        messages.warning(request, _("The text has not been read yet."))
        return redirect("desk:entry", pk=pk)
    by_extraction = request.POST.get("drafter") == EntryJob.Drafter.EXTRACTION
    if scope != "all" and (by_extraction or not costs.has_model()):
        messages.error(request, say(MODEL, "needs-model"))
        return redirect("desk:entry", pk=pk)
    drafter = EntryJob.Drafter.EXTRACTION if by_extraction else EntryJob.Drafter.AUTO
    steps.draft_again(entry, scope, drafter=drafter)
    messages.success(request, _("A new draft was asked for. Your text stays until you take it."))
    return redirect("desk:entry", pk=pk)


# ── by hand ─────────────────────────────────────────────────────────────────────────────────────
@desk("digests.change_entry")
def by_hand(request: HttpRequest, pk: int) -> HttpResponse:
    """The prompt to copy into a chat, and a place for what it answered."""
    entry = get_object_or_404(Entry.objects.select_related("issue", "version", "paper"), pk=pk)
    version = None if steps.is_reading(entry) else entry.version
    form = AnswerForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and version and form.is_valid():
        try:
            drafters.take_answer(
                entry, version, form.cleaned_data["answer"], form.cleaned_data["model"]
            )
        except ModelError as error:
            refusal = say(MODEL, error.code, error.value)
        else:
            messages.success(request, _("The answer was taken as a draft."))
            return redirect("desk:entry", pk=pk)
    return page(
        request,
        "desk/by_hand.html",
        _("Draft by hand"),
        entry=entry,
        prompt=drafters.prompt_by_hand(entry, version) if version else "",
        form=form,
        refusal=refusal,
        status=400 if refusal or form.errors else 200,
    )


# ── drafts compared ─────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Side:
    """An item beside what the other draft, or the editor's text, says of the same thing."""

    title: str
    item: Any
    problems: list[str]
    pieces: list[tuple[str, str]]  # ("equal" | "delete" | "insert", text)


@desk("digests.view_draft", methods="GET")
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft, whole; compared with another of the entry or with the present text."""
    shown = get_object_or_404(Draft.objects.select_related("entry__issue", "version"), pk=pk)
    entry = shown.entry
    others = entry.drafts.exclude(pk=pk)
    other = others.filter(pk=_number(request.GET.get("with"))).first()
    before = _texts_of_draft(other) if other else _texts_of_entry(entry)
    sides = [_side(item, before) for item in shown.items.all()]
    return page(
        request,
        "desk/draft.html",
        str(shown),
        draft=shown,
        entry=entry,
        others=others,
        other=other,
        sides=sides,
        dropped=_dropped(shown),
    )


def _dropped(draft: Draft) -> list[tuple[str, str]]:
    """What is not in the draft, and why."""
    names = words_of(draft, [d["what"] for d in draft.dropped])
    reasons = [say(DROPPED, d["reason"]) for d in draft.dropped]
    return list(zip(names, reasons, strict=True))


def words_of(draft: Draft, names: list[str]) -> list[str]:
    """What a draft names by a field, a key of the bank, or (where one question was asked) "q1"."""
    known = {b.key: b.ja for b in drafters.active_bank()} if names else {}
    known |= {f: label(Entry, f) for f in ("title_ja", "highlight", "one_liner", "summary")}
    question = drafters.question_of(draft.entry, draft.scope)
    if question is not None:
        known["q1"] = question.question
    return [known.get(name, name) for name in names]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def _key(item: Any) -> str:
    return str(item.question or item.field)


def _texts_of_draft(other: Draft) -> dict[str, str]:
    return {_key(item): item.text for item in other.items.all()}


def _texts_of_entry(entry: Entry) -> dict[str, str]:
    fields = ("title_ja", "highlight", "one_liner", "summary")
    return {f: getattr(entry, f) for f in fields} | {
        q.question: q.answer for q in entry.present_questions
    }


def _side(item: Any, before: dict[str, str]) -> Side:
    problems = [say_problem(p["code"], p["value"]) for p in item.problems]
    title = item.question or label(Entry, item.field)
    return Side(title, item, problems, pieces_of(before.get(_key(item), ""), item.text))


# ── automatic fixes ─────────────────────────────────────────────────────────────────────────────
@desk("digests.change_entry")
def fix_entry(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(Entry, pk=pk)
    return _fix(request, entry, ("title_ja", "one_liner", "summary"), entry.pk, "summary")


@desk("digests.change_question")
def fix_question(request: HttpRequest, pk: int) -> HttpResponse:
    question = get_object_or_404(Question.objects.select_related("entry"), pk=pk)
    return _fix(request, question, ("question", "answer"), question.entry_id, f"q{pk}")


def _fix(
    request: HttpRequest, card: Entry | Question, fields: tuple[str, ...], entry: int, anchor: str
) -> HttpResponse:
    """Show what would be corrected mechanically, as a diff; correct it when told to."""
    fixed = {f: lint.fixes(getattr(card, f))[0] for f in fields}
    changes = {f: new for f, new in fixed.items() if new != getattr(card, f)}
    back = redirect("desk:entry", pk=entry)
    back.headers["Location"] += f"#{anchor}"
    if request.method == "POST":
        version = _number(request.POST.get("row_version"))
        if changes and _correct(card, version, changes, editor_of(request)):
            messages.success(request, _("Corrected."))
        elif changes:
            messages.warning(request, _("The text has changed meanwhile; look again."))
        return back
    diffs = [(label(type(card), f), pieces_of(getattr(card, f), new)) for f, new in changes.items()]
    return page(
        request,
        "desk/fix.html",
        _("Automatic corrections"),
        diffs=diffs,
        card=card,
        entry=card if isinstance(card, Entry) else card.entry,
        back=back.headers["Location"],
    )


def _correct(card: Entry | Question, version: int, changes: dict[str, str], by: Editor) -> bool:
    """Whether the corrections, which are of the text as it stands, are those that were looked at
    and are still of that text when they are saved."""
    try:
        return version == card.row_version and bool(save_card(card, version, changes, by=by))
    except CardConflict:
        return False


# ── the model and its cost ──────────────────────────────────────────────────────────────────────
@desk("digests.change_entry", methods="POST")
def try_model(request: HttpRequest) -> HttpResponse:
    """One tiny call, with a patience fit for a page."""
    if not costs.has_model():
        messages.info(request, _("No model is set: drafts are extracted without one."))
        return redirect("desk:spending")
    quick = replace(drafters.config(), timeout=20.0, deadline=30.0, retries=0)
    try:
        trial = check_model(quick)
    except ModelError as error:
        messages.error(request, say(MODEL, error.code, error.value))
        return redirect("desk:spending")
    price = _("price known") if trial.is_price_known else _("price not known")
    sentence = _("%(model)s answered in %(seconds)s s (%(mode)s; %(price)s).")
    told = {"model": trial.model, "seconds": f"{trial.latency:.1f}", "mode": trial.mode}
    messages.success(request, sentence % {**told, "price": price})
    return redirect("desk:spending")


@dataclass(frozen=True)
class Bar:
    """A month in the chart, in its own units: 0 to 100 high."""

    x: int
    y: int
    height: int
    month: Any
    spent: costs.Spent
    cost: str


@desk("digests.view_issue", methods="GET")
def spending(request: HttpRequest) -> HttpResponse:
    """What drafting has cost by month and by issue."""
    months = costs.by_month()
    issues = Issue.objects.filter(entries__spending__isnull=False).distinct().newest_first()[:20]
    by_issue = [(issue, costs.of_issue(issue)) for issue in issues]
    left = costs.left_of_budget()
    return page(
        request,
        "desk/spending.html",
        _("Model and cost"),
        model=drafters.config().model,
        bars=_bars(months),
        left="" if left is None else money(left, settings.LLM_CURRENCY),
        issues=[(issue, spent, _cost(spent)) for issue, spent in by_issue],
    )


def _cost(spent: costs.Spent) -> str:
    """The sum in words, and how many requests are not in it because their price is not known."""
    known = sum_words(spent)
    if not spent.unpriced:
        return known
    if spent.unpriced == spent.drafts:
        return _("price not known")
    return _("%(sum)s and %(n)d whose price is not known") % {"sum": known, "n": spent.unpriced}


def _bars(months: list[costs.Spent]) -> list[Bar]:
    """By cost; by tokens where no price is known."""
    amounts = [float(m.money) for m in months]
    if not any(amounts):
        amounts = [float(m.tokens) for m in months]
    top = max(amounts, default=0) or 1
    bars = []
    for n, (month, amount) in enumerate(zip(months, amounts, strict=True)):
        height = round(100 * amount / top)
        bars.append(Bar(10 + n * 50, 110 - height, height, month.month, month, _cost(month)))
    return bars
