"""The queue of readers' comments: an editor reads each, and shows or hides it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from digests import comments
from digests.desk.access import editor_of
from digests.models import Comment, Issue
from digests.models.editions import BODIES

WAITING_FIRST = Case(When(state=Comment.State.WAITING, then=Value(0)), default=Value(1))


class CommentAdmin(admin.ModelAdmin):
    """The whole text stands in the list; a comment is shown or hidden there, and never edited."""

    list_display = ["said", "signed", "where", "state", "sent", "decision"]
    list_display_links = None
    list_filter = ["state", "created_at"]
    list_per_page = 50
    search_fields = ["text", "name", "issue__slug", "issue__title"]
    ordering = [WAITING_FIRST, "-created_at", "-pk"]
    actions = ["show", "hide"]

    class Media:
        css = {"all": ["digests/desk/comments.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        rows = super().get_queryset(request).select_related("issue__current_edition", "decided_by")
        hidden = (f"issue__current_edition__{name}" for name in BODIES)
        return rows.defer("issue__introduction", *hidden)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kw: Any) -> Any:
        return redirect("admin:digests_comment_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = _("Readers' comments")
        return super().changelist_view(request, {**(extra_context or {}), "title": title})

    @admin.display(description=_("text"))
    def said(self, comment: Comment) -> SafeString:
        return format_html('<div class="said">{}</div>', linebreaksbr(comment.text))

    @admin.display(description=_("name"), ordering="name")
    def signed(self, comment: Comment) -> str:
        return comment.name or "—"

    @admin.display(description=_("issue"), ordering="issue__first_on")
    def where(self, comment: Comment) -> SafeString:
        issue = comment.issue
        desk, week = reverse("desk:issue", args=[issue.pk]), str(issue)
        edition = issue.current_edition
        if edition is None or issue.state != Issue.State.PUBLISHED:
            return format_html('<a href="{}">{}</a>', desk, week)
        read = edition.get_absolute_url() + "#comments"
        return format_html(
            '<a href="{}">{}</a><br><a href="{}">{}</a>', desk, week, read, _("Read")
        )

    @admin.display(description=_("written"), ordering="created_at")
    def sent(self, comment: Comment) -> str:
        return date_format(timezone.localtime(comment.created_at), "Y-m-d H:i")

    @admin.display(description=_("decided"), ordering="decided_at")
    def decision(self, comment: Comment) -> str:
        return str(comment.decided_by) if comment.decided_by else "—"

    @admin.action(description=_("Show the chosen comments to readers"), permissions=["change"])
    def show(self, request: HttpRequest, chosen: QuerySet[Comment]) -> None:
        count = comments.show(chosen, by=editor_of(request))
        self._report(
            request, ngettext("%d comment is shown", "%d comments are shown", count), count
        )

    @admin.action(description=_("Hide the chosen comments from readers"), permissions=["change"])
    def hide(self, request: HttpRequest, chosen: QuerySet[Comment]) -> None:
        count = comments.hide(chosen, by=editor_of(request))
        told = ngettext("%d comment is hidden", "%d comments are hidden", count)
        self._report(request, told, count)

    def _report(self, request: HttpRequest, told: str, count: int) -> None:
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, told % count, level)
