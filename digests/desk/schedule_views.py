"""Setting the time at which an issue is published, and taking it off the schedule."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import review, schedule
from digests.desk.access import desk, editor_of
from digests.desk.publish_views import tell
from digests.desk.publishing_forms import ScheduleForm
from digests.desk.review_views import ask_again
from digests.models import Issue
from digests.reasons import Refused


@desk(review.PUBLISHES, methods="POST")
def set_time(request: HttpRequest, pk: int) -> HttpResponse:
    issue = get_object_or_404(Issue, pk=pk)
    form = ScheduleForm(request.POST, issue=issue)
    if not form.is_valid():
        return ask_again(request, issue, form, _("Schedule"))
    at = form.cleaned_data["at"]
    try:
        change = form.cleaned_data.get("change", "")
        schedule.schedule(issue, at, by=editor_of(request), change=change)
    except Refused as refused:
        tell(request, refused)
    else:
        words = _("Scheduled for %(at)s (Japanese time).")
        messages.success(request, words % {"at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"})
    return redirect("desk:issue", pk=pk)


@desk(review.PUBLISHES, methods="POST")
def take_off(request: HttpRequest, pk: int) -> HttpResponse:
    issue = get_object_or_404(Issue, pk=pk)
    try:
        schedule.unschedule(issue, by=editor_of(request))
    except Refused as refused:
        tell(request, refused)
    else:
        messages.success(request, _("The issue is off the schedule."))
    return redirect("desk:issue", pk=pk)
