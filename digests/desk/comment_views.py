"""Whether readers may comment on an issue; the comments themselves wait in the admin's queue."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from digests import comments
from digests.desk.access import desk, editor_of
from digests.models import Issue


@desk("digests.change_comment", methods="POST")
def take_comments(request: HttpRequest, pk: int) -> HttpResponse:
    comments.take(get_object_or_404(Issue, pk=pk), by=editor_of(request))
    messages.success(request, _("Readers may comment on this issue."))
    return redirect("desk:issue", pk=pk)


@desk("digests.change_comment", methods="POST")
def take_no_more(request: HttpRequest, pk: int) -> HttpResponse:
    comments.take_no_more(get_object_or_404(Issue, pk=pk), by=editor_of(request))
    messages.success(request, _("No more comments are taken on this issue."))
    return redirect("desk:issue", pk=pk)
