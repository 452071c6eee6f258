"""The issue as readers will see it, and the links by which others see it before they do."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests import previewing
from digests.desk.access import desk, editor_of
from digests.desk.forms import Line
from digests.desk.frame import page
from digests.models import MAX_NAME, Issue, PreviewLink


@desk("digests.view_issue", methods="GET")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """On to the page that readers will see."""
    return redirect("public:preview", pk=get_object_or_404(Issue, pk=pk).pk)


def _days(number: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}


class LinkForm(forms.Form):
    label = Line(
        label=gettext_lazy("For whom"),
        max_length=MAX_NAME,
        required=False,
        help_text=gettext_lazy("Remarks without a name are signed with this."),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        coerce=int,
        choices=lambda: [(n, _days(n)) for n in previewing.DAYS],
        initial=previewing.USUAL_DAYS,
    )


@dataclass(frozen=True)
class Row:
    """A link in the list. `state` is alive, expired or revoked; only one alive has an address."""

    link: PreviewLink
    state: str
    address: str


@desk("digests.view_previewlink", methods="GET")
def previews(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, get_object_or_404(Issue, pk=pk), LinkForm())


@desk("digests.add_previewlink", methods="POST")
def make_link(request: HttpRequest, pk: int) -> HttpResponse:
    issue = get_object_or_404(Issue, pk=pk)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _show(request, issue, form, status=400)
    previewing.make(issue, by=editor_of(request), **form.cleaned_data)
    messages.success(request, _("The link is ready: copy its address from the list."))
    return redirect("desk:previews", pk=pk)


@desk("digests.change_previewlink", methods="POST")
def revoke_link(request: HttpRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(PreviewLink, pk=pk)
    if previewing.revoke(link):
        messages.success(request, _("The link opens nothing any more."))
    return redirect("desk:previews", pk=link.issue_id)


def _show(request: HttpRequest, issue: Issue, form: LinkForm, *, status: int = 200) -> HttpResponse:
    can_make = request.user.has_perm("digests.add_previewlink")
    return page(
        request,
        "desk/previews.html",
        _("Preview links"),
        issue=issue,
        form=form,
        rows=[_row(link, can_make) for link in issue.preview_links.select_related("created_by")],
        can_make=can_make,
        can_revoke=request.user.has_perm("digests.change_previewlink"),
        status=status,
    )


def _row(link: PreviewLink, can_make: bool) -> Row:
    """Who may not make a link is not given one by the list."""
    if link.revoked_at:
        return Row(link, "revoked", "")
    if link.expires_at <= timezone.now():
        return Row(link, "expired", "")
    path = reverse("public:preview-link", args=[previewing.token_of(link)])
    return Row(link, "alive", settings.SITE_URL + path if can_make else "")
