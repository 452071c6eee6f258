"""From a list to an issue, on the screen."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import costs, weeks
from digests.desk.access import desk, editor_of
from digests.desk.forms import ExternalForm, ListForm, WeekForm
from digests.desk.frame import page
from digests.desk.words import LISTS, NOTES, SKIPPED, WORK, forecast_words, say
from digests.list_pages import fetch_list
from digests.models import PreviewRow, WeekPreview
from papers import jobs
from papers.list_days import DAYS_OF_A_WEEK
from papers.lists import ListError, parse_lists
from papers.models import Job
from papers.outbound import OutboundError

KEPT = 3600  # seconds


@desk("digests.add_issue")
def new_week(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _preview_of(form.cleaned_data, request)
        except (ListError, OutboundError) as error:
            form.add_error(None, say(LISTS, error.code, error.value))
        else:
            return redirect("desk:week", uuid=made.uuid)
    latest = WeekPreview.objects.filter(issue=None).select_related("source")[:5]
    status = 400 if form.errors else 200
    return page(
        request, "desk/new_week.html", _("New week"), form=form, latest=latest, status=status
    )


def _preview_of(data: dict[str, Any], request: HttpRequest) -> WeekPreview:
    """The list by the first way that was filled in: text, file, address, source."""
    origin, address = WeekPreview.Origin.PASTED, ""
    text = data["text"] or data["file"]
    if data["file"] and not data["text"]:
        origin = WeekPreview.Origin.UPLOADED
    if not text:
        origin, address = WeekPreview.Origin.FETCHED, _address(data)
        text = fetch_list(address, data["first_on"])
    return weeks.preview(
        text,
        by=editor_of(request),
        origin=origin,
        address=address,
        source=data["source"],
        first_on=data["first_on"],
    )


def _address(data: dict[str, Any]) -> str:
    if data["address"]:
        return str(data["address"])
    if data["source"] and data["source"].list_url:
        first_on = data["first_on"]  # lists have a week under the year in which it ends
        day = first_on + DAYS_OF_A_WEEK if first_on else timezone.localdate()
        return str(data["source"].list_url).replace("{year}", str(day.year))
    raise ListError("nothing-given")


@desk("digests.add_issue")
def week(request: HttpRequest, uuid: str) -> HttpResponse:
    made = get_object_or_404(WeekPreview.objects.select_related("source", "issue"), uuid=uuid)
    if request.method == "POST":
        return _act(request, made)
    return _show(request, made)


def _act(request: HttpRequest, made: WeekPreview) -> HttpResponse:
    action = request.POST.get("action", "save")
    if action == "week":
        return _other_week(request, made)
    weeks.choose(made, _picks(request.POST))
    days = WeekForm(request.POST)
    if days.is_valid():
        weeks.set_dates(made, days.cleaned_data["first_on"], days.cleaned_data["last_on"])
    elif action == "days" or (action == "create" and _are_typed(request.POST)):
        return _show(request, made, days=days, status=400)
    if action == "again":
        jobs.queue(made.job)
    if action == "create":
        return _create(request, made)
    if request.headers.get("X-Autosave"):
        return HttpResponse(status=204)
    return redirect("desk:week", uuid=made.uuid)


def _picks(data: QueryDict) -> list[weeks.Pick]:
    """The ticked lines, each with its place in the order if one was typed."""
    lines = [n for n in map(_number, data.getlist("pick")) if n is not None]
    return [
        weeks.Pick(
            line, _number(data.get(f"position-{line}")), data.get(f"version-{line}") == "named"
        )
        for line in lines
    ]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 6 else None


def _other_week(request: HttpRequest, made: WeekPreview) -> HttpResponse:
    known = {w.first_on.isoformat(): w.first_on for w in _weeks_of(made)}
    first_on = known.get(request.POST.get("first_on", ""))
    if first_on and first_on != made.first_on:
        weeks.show_week(made, first_on)
    return redirect("desk:week", uuid=made.uuid)


def _are_typed(data: QueryDict) -> bool:
    return bool(data.get("first_on") or data.get("last_on"))


def _create(request: HttpRequest, made: WeekPreview) -> HttpResponse:
    try:
        created = weeks.create_issue(made, by=editor_of(request))
    except weeks.WeekError as error:
        return _show(request, made, refusal=say(LISTS, error.code, error.value), status=400)
    _report(request, created)
    return redirect("desk:issue", pk=created.issue.pk)


def _report(request: HttpRequest, created: weeks.Created) -> None:
    """Say what became of each pick."""
    added, already = len(created.added), len(created.already)
    messages.success(
        request,
        ngettext("%(n)d paper was added.", "%(n)d papers were added.", added) % {"n": added},
    )
    if already:
        sentence = ngettext(
            "%(n)d paper was in this issue already.",
            "%(n)d papers were in this issue already.",
            already,
        )
        messages.info(request, sentence % {"n": already})
    for row, reason in created.skipped:
        sentence = _("Not taken: %(number)d) %(title)s (%(reason)s)")
        reason_words = say(SKIPPED, reason)
        messages.warning(
            request, sentence % {"number": row.number, "title": row.name, "reason": reason_words}
        )


def _notes(made: WeekPreview) -> list[str]:
    """What is odd about the list, and the issues whose days it shares."""
    odd = [say(NOTES, note["code"], note["value"]) for note in made.notes]
    return odd + [say(NOTES, "overlap", str(issue)) for issue in weeks.overlapping(made)]


class _Week(NamedTuple):
    """A week that the text has: its days, and how many rows."""

    first_on: date
    last_on: date
    rows: int


def _weeks_of(made: WeekPreview) -> list[_Week]:
    """The weeks of the text that have days. Reading three years of lists takes a second, and the
    page asks for itself again while arXiv is being asked: so they are kept for a while."""
    days = cache.get_or_set(f"weeks-of-{made.uuid}", lambda: _read_weeks(made.text), KEPT)
    return [_Week(*one) for one in days or []]


def _read_weeks(text: str) -> list[tuple[date, date, int]]:
    """None of a kept text that is read as a list no more."""
    try:
        found = parse_lists(text)
    except ListError:
        return []
    return [(w.first_on, w.last_on, len(w.rows)) for w in found if w.first_on and w.last_on]


def _show(
    request: HttpRequest,
    made: WeekPreview,
    *,
    days: WeekForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    views = weeks.rows_of(made)
    job = made.job
    picked = sum(v.row.is_picked for v in views)
    initial = {"first_on": made.first_on, "last_on": made.last_on}
    return page(
        request,
        "desk/week.html",
        made.heading or _("Week"),
        made=made,
        rows=views,
        counts=weeks.counts(views),
        picked=picked,
        forecast=forecast_words(costs.forecast(picked)) if picked and costs.has_model() else "",
        notes=_notes(made),
        weeks=_weeks_of(made),
        days=days or WeekForm(initial=initial),
        refusal=refusal,
        job=job,
        trouble=say(WORK, job.error, job.error_value) if job.error else "",
        is_live=job.is_open,
        aside=made.set_asides.standing().select_related("by").first(),
        is_idle=job.is_open and not jobs.is_worker_alive(),
        failed=job.state == Job.State.FAILED,
        status=status,
    )


@desk("digests.add_issue", methods="POST")
def set_aside(request: HttpRequest, uuid: str) -> HttpResponse:
    """今週は作らない."""
    made = get_object_or_404(WeekPreview, uuid=uuid)
    try:
        weeks.set_aside(made, by=editor_of(request))
    except weeks.WeekError as error:
        messages.warning(request, say(LISTS, error.code, error.value))
        return redirect("desk:week", uuid=made.uuid)
    words = _("No issue will be made of “%(week)s”. You can take this back below the board.")
    messages.success(request, words % {"week": made})
    return redirect("desk:home")


@desk("digests.add_issue", methods="POST")
def take_up(request: HttpRequest, uuid: str) -> HttpResponse:
    made = get_object_or_404(WeekPreview, uuid=uuid)
    if weeks.take_up(made, by=editor_of(request)):
        messages.success(request, _("“%(week)s” is on the board again.") % {"week": made})
    return redirect("desk:home")


@desk("digests.add_issue")
def external(request: HttpRequest, uuid: str, line: int) -> HttpResponse:
    """Details of a row that has no arXiv id."""
    row = get_object_or_404(PreviewRow, preview__uuid=uuid, line=line, arxiv_id="")
    form = ExternalForm(request.POST or None, request.FILES or None, initial=_known(row))
    if request.method == "POST" and form.is_valid():
        weeks.type_external(row, form.typed())
        messages.success(request, _("“%(title)s” can be taken now.") % {"title": row.title})
        return redirect("desk:week", uuid=uuid)
    status = 400 if form.errors else 200
    return page(request, "desk/external.html", row.title, form=form, row=row, status=status)


def _known(row: PreviewRow) -> dict[str, Any]:
    version = row.version
    if version is None:
        return {"title": row.title, "url": row.url}
    return {
        "title": version.title,
        "authors": "\n".join(version.author_names),
        "published_on": version.updated_on,
        "url": version.url,
        "abstract": version.abstract,
    }
