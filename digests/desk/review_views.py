"""Handing an issue over, sending it back, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from digests import review
from digests.desk.access import desk, editor_of
from digests.desk.frame import page
from digests.desk.publish_views import tell
from digests.desk.publishing_forms import AssignForm, HandOverForm, SendBackForm
from digests.models import Issue
from digests.reasons import Refused


@desk(review.WRITES, methods="POST")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    issue, by = get_object_or_404(Issue, pk=pk), editor_of(request)
    form = HandOverForm(request.POST, by=by)
    if not form.is_valid():
        return ask_again(request, issue, form, _("Ask for a review"))
    to, note = form.cleaned_data["to"], form.cleaned_data["note"]
    said = _("%(name)s has been asked for a review.") % {"name": to}
    return _do(request, issue, lambda: review.hand_over(issue, to, by=by, note=note), said)


@desk(review.PUBLISHES, methods="POST")
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    issue, by = get_object_or_404(Issue, pk=pk), editor_of(request)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return ask_again(request, issue, form, _("Send back"))
    note = form.cleaned_data["note"]
    said = _("Sent back with your note.")
    return _do(request, issue, lambda: review.send_back(issue, note, by=by), said)


@desk(review.WRITES, methods="POST")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    issue, by = get_object_or_404(Issue, pk=pk), editor_of(request)
    said = _("The request for a review is withdrawn.")
    return _do(request, issue, lambda: review.withdraw(issue, by=by), said)


@desk(review.PUBLISHES, methods="POST")
def say_ready(request: HttpRequest, pk: int) -> HttpResponse:
    issue, by = get_object_or_404(Issue, pk=pk), editor_of(request)
    said = _("The issue is ready to publish.")
    return _do(request, issue, lambda: review.say_ready(issue, by=by), said)


@desk(review.WRITES, methods="POST")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    issue, by = get_object_or_404(Issue, pk=pk), editor_of(request)
    form = AssignForm(request.POST)
    if not form.is_valid():
        return ask_again(request, issue, form, _("Assign"))
    to = form.cleaned_data["to"]
    said = _("The issue is now %(name)s's.") % {"name": to} if to else _("The issue is nobody's.")
    return _do(request, issue, lambda: review.assign(issue, to, by=by), said)


def _do(request: HttpRequest, issue: Issue, verb: Callable[[], Any], said: str) -> HttpResponse:
    try:
        verb()
    except Refused as refused:
        tell(request, refused)
    else:
        messages.success(request, said)
    return redirect("desk:issue", pk=issue.pk)


def ask_again(request: HttpRequest, issue: Issue, form: forms.Form, title: str) -> HttpResponse:
    """The form by itself with what is wrong and what was typed; it is sent to the same address."""
    shown = {"issue": issue, "form": form, "label": title, "about": request.POST.get("question")}
    return page(request, "desk/ask_again.html", title, **shown, status=400)
