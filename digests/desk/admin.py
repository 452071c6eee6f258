"""The plain admin for what is not made on the desk: the bank, sources, masthead, editors; and
read-only views of what the machine wrote."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from digests.desk import bank, board
from digests.desk.comment_queue import CommentAdmin
from digests.desk.masthead import MastheadAdmin
from digests.desk.source_form import SourceForm
from digests.desk.tokens import SeenAdmin, SeenInline
from digests.desk.words import LOOKS, say
from digests.models import (
    BankPriority,
    BankQuestion,
    Comment,
    Draft,
    DraftItem,
    Edition,
    Editor,
    Issue,
    Masthead,
    Source,
    Spending,
    Term,
)

admin.site.site_header = _("Weekly digests")
admin.site.site_title = _("Weekly digests")
admin.site.index_title = _("Administration")


class ReadOnly(admin.ModelAdmin):
    """Rows that only verbs write: to be looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NotApproved(admin.SimpleListFilter):
    title = _("approval")
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("not approved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return board.unapproved(queryset) if self.value() == "open" else queryset


class Flagged(admin.SimpleListFilter):
    title = _("Waiting for a person")
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("to be looked at"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return board.flagged(queryset) if self.value() == "yes" else queryset


class OfSource(admin.RelatedFieldListFilter):
    """The sources, under their own name: the column of an issue has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("source")


@admin.register(Issue)
class IssueAdmin(ReadOnly):
    """The list of issues; each leads to its desk."""

    list_display = ["week", "state", "taken_from", "approved", "waiting", "is_sample"]
    list_filter = ["state", NotApproved, Flagged, ("source", OfSource)]
    search_fields = ["slug", "title", "entries__title_ja", "entries__version__title"]
    date_hierarchy = "first_on"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issue]:
        return board.with_counts(Issue.objects.select_related("source").newest_first())

    @admin.display(description=_("week"), ordering="first_on")
    def week(self, issue: Issue) -> str:
        return str(issue)

    @admin.display(description=_("approved"))
    def approved(self, issue: Any) -> str:
        return f"{issue.approved_count} / {issue.entry_count}"

    @admin.display(description=_("source"), ordering="source")
    def taken_from(self, issue: Issue) -> str:
        return str(issue.source)

    @admin.display(description=_("waiting for a person"))
    def waiting(self, issue: Any) -> str:
        return str(issue.undecided + issue.open_notes + issue.letters or "—")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kw: Any) -> Any:
        return redirect("desk:issue", pk=object_id)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": _("Issues")})


class PriorityInline(SeenInline):
    model = BankPriority
    extra = 0


@admin.register(BankQuestion)
class BankQuestionAdmin(SeenAdmin):
    list_display = ["ja", "position", "is_active", "kinds", "en"]
    list_editable = ["position", "is_active"]
    list_filter = ["is_active", "priorities__kind"]
    search_fields = ["ja", "en", "key"]
    inlines = [PriorityInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankQuestion]:
        return super().get_queryset(request).prefetch_related("priorities")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_display(request), bank.column(request)]

    @admin.display(description=_("kinds of paper"))
    def kinds(self, row: BankQuestion) -> str:
        return ", ".join(
            f"{p.get_kind_display()} {p.priority}" for p in row.priorities.all() if p.is_active
        )


@admin.register(Term)
class TermAdmin(SeenAdmin):
    list_display = ["en", "ja", "forbidden", "position", "is_active"]
    list_editable = ["position", "is_active"]
    search_fields = ["en", "ja"]


@admin.register(Spending)
class SpendingAdmin(ReadOnly):
    list_display = ["created_at", "entry", "model", "calls", "tokens_in", "tokens_cached"]
    list_display += ["tokens_out", "cost", "estimate", "currency", "error"]
    list_select_related = ["entry__version", "entry__paper"]
    date_hierarchy = "created_at"


@admin.register(Source)
class SourceAdmin(SeenAdmin):
    form = SourceForm
    list_display = ["name", "is_watched", "window", "last_look", "url"]
    list_filter = ["is_watched"]
    search_fields = ["name", "key"]
    readonly_fields = ["last_look"]
    fieldsets = [
        (None, {"fields": ["name", "key", "url", "list_url"]}),
        (
            _("Looking by itself"),
            {
                "fields": [
                    "is_watched",
                    ("opens_on", "opens_at"),
                    ("closes_on", "closes_at"),
                    "last_look",
                ],
                "description": _(
                    "In this window the list is fetched on each full hour. When a week has "
                    "appeared that has no issue yet, its preview is made ready on the board; "
                    "nothing else is made. The window may go over the end of the week."
                ),
            },
        ),
    ]

    @admin.display(description=_("window (Japanese time)"))
    def window(self, source: Source) -> str:
        ends = {
            "opens_on": source.get_opens_on_display(),
            "opens_at": f"{source.opens_at:%H:%M}",
            "closes_on": source.get_closes_on_display(),
            "closes_at": f"{source.closes_at:%H:%M}",
        }
        return gettext("%(opens_on)s %(opens_at)s – %(closes_on)s %(closes_at)s") % ends

    @admin.display(description=_("last look"))
    def last_look(self, source: Source) -> str:
        if source.looked_at is None:
            return "—"
        said = {
            "at": date_format(timezone.localtime(source.looked_at), "Y-m-d H:i"),
            "said": say(LOOKS, source.look_result, source.look_value),
        }
        return gettext("%(at)s · %(said)s") % said


admin.site.register(Masthead, MastheadAdmin)


class ItemInline(admin.TabularInline):
    model = DraftItem
    fields = ("position", "field", "question", "text", "evidence")
    readonly_fields = ("position", "field", "question", "text", "evidence")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    list_display = ["entry", "model", "prompt", "try_number", "created_at"]
    list_select_related = ["entry__version", "entry__paper"]
    inlines = [ItemInline]


@admin.register(Edition)
class EditionAdmin(ReadOnly):
    list_display = ["title", "number", "change", "published_at", "published_by", "read"]
    list_select_related = ["published_by", "issue"]

    @admin.display(description=_("readers"))
    def read(self, edition: Edition) -> SafeString | str:
        if edition.issue.current_edition_id != edition.pk:
            return "—"
        return format_html('<a href="{}">{}</a>', edition.get_absolute_url(), _("Read"))


class PermissionsField(ModelMultipleChoiceField):
    """Permissions in the language of the screen; Django stores their names in English."""

    def label_from_instance(self, permission: Permission) -> str:
        action = permission.codename.partition("_")[0]
        of = permission.content_type.app_labeled_name
        return f"{of} | {PERMITTED.get(action, permission.name)}"


PERMITTED = {
    "add": pgettext_lazy("permission", "add"),
    "change": pgettext_lazy("permission", "change"),
    "delete": pgettext_lazy("permission", "delete"),
    "view": pgettext_lazy("permission", "view"),
    "publish": pgettext_lazy("permission", "publish"),
}


def permissions_field(db_field: ManyToManyField, **kwargs: Any) -> dict[str, Any]:
    """What a field of permissions is made with; any other stays as it is."""
    if db_field.remote_field.model is not Permission:
        return kwargs
    rows = Permission.objects.select_related("content_type")
    return {"queryset": rows, **kwargs, "form_class": PermissionsField}


@admin.register(Editor)
class EditorAdmin(SeenAdmin, UserAdmin):
    """Who gives out accounts gives no more than the groups have, and takes none over that may do
    everything."""

    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("As readers see them"), {"fields": ("pen_name",)}),
    )
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        (
            _("On the desk"),
            {"fields": ("pen_name", "is_staff", "groups")},
        ),
    )
    list_display = ("username", "pen_name", "email", "is_active", "is_staff")
    filter_horizontal = ("user_permissions",)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs = permissions_field(db_field, **kwargs)
        if db_field.name == "groups":
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Who is given an account here is to work here."""
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        is_above = request.user.is_superuser
        return fixed if is_above else (*fixed, "is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))


admin.site.register(Comment, CommentAdmin)
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(SeenAdmin):
    filter_horizontal = ["permissions"]

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs = permissions_field(db_field, **kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)
