"""One place for the site's name, description, picture and standing sentences."""

from __future__ import annotations

import re
import secrets
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from digests.desk.markdown import (
    MAX_IMAGE_BYTES,
    EditorMarkdownFormField,
    Refusal,
    reencoded,
)
from digests.desk.tokens import SeenAdmin
from digests.models import Masthead
from papers.cleaning import clean, clean_line

_PLACE = re.compile(r"\{(\w*)\}")
# The places that are filled in, by field; anything else in braces would stand there as it is.
PLACES = {
    "title_template": ("week", "highlights"),
    "introduction_template": ("source", "url"),
    "count_template": ("count",),
    "provenance_template": (),
    "model_provenance_template": ("version", "model", "date", "name"),
    "checked_template": ("total", "checked"),
    "announcement_template": ("title", "week", "highlights", "count", "url"),
    "paper_announcement_template": ("title_ja", "highlight", "one_liner", "title", "url"),
}
LONG_LINES = (
    *("description", "title_template", "count_template", "provenance_template"),
    *("model_provenance_template", "checked_template"),
)
LINES = {"name", *LONG_LINES}


class PictureField(forms.FileField):
    """A picture by what it holds and not by its name: JPEG, PNG or WebP, written anew without
    EXIF, named by us."""

    widget = AdminFileWidget

    def to_python(self, data: Any) -> Any:
        upload = super().to_python(data)
        if upload is None:
            return None
        if upload.size > MAX_IMAGE_BYTES:
            raise ValidationError(_("The image is larger than 5 MB."))
        try:
            content, extension = reencoded(upload.read())
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal
        if extension == "gif":
            raise ValidationError(_("This is not a JPEG, PNG or WebP image."))
        return ContentFile(content, name=f"{secrets.token_hex(16)}.{extension}")

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {"accept": "image/jpeg,image/png,image/webp"}


class MastheadForm(forms.ModelForm):
    picture = PictureField(
        label=_("picture"),
        required=False,
        help_text=_(
            "Stands on the cards that other sites show; about 1200 × 630 pixels. JPEG, PNG or "
            "WebP, up to 5 MB and 24 million pixels; it is written anew, without the place and "
            "time at which it was taken."
        ),
    )
    about = EditorMarkdownFormField(
        label=_("about this site"),
        required=False,
        help_text=_("Stands at the top of the page “About this site”, in Markdown."),
    )

    class Meta:
        model = Masthead
        fields = "__all__"
        widgets = {name: AdminTextareaWidget({"rows": 2}) for name in LONG_LINES}
        help_texts = {
            "name": _("Stands at the head of every page and in the feeds."),
            "description": _("One sentence for the home page, search engines and feeds."),
            "title_template": _("{week} and {highlights} are filled in."),
            "introduction_template": _(
                "Markdown; {source} and {url} are filled in. An issue may have its own."
            ),
            "count_template": _("{count} is filled in."),
            "provenance_template": _("Under each paper that an editor wrote without a model."),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name, value in values.items():
            if isinstance(value, str):
                values[name] = clean_line(value) if name in LINES else clean(value)
        for name, places in PLACES.items():
            self._check_places(name, places)
        return values

    def _check_places(self, name: str, places: tuple[str, ...]) -> None:
        text = self.cleaned_data.get(name) or ""
        unknown = [place for place in _PLACE.findall(text) if place not in places]
        if not unknown:
            return
        told = {"place": unknown[0], "places": " ".join(f"{{{place}}}" for place in places)}
        words = _("{%(place)s} is not filled in here; nothing is.")
        if places:
            words = _("{%(place)s} is not filled in here; these are: %(places)s")
        self.add_error(name, words % told)


class MastheadAdmin(SeenAdmin):
    """One row: it can be changed, not added or deleted."""

    form = MastheadForm
    fieldsets = [
        (_("Name and description"), {"fields": ["name", "description"]}),
        (_("Picture"), {"fields": ["picture"]}),
        (_("About this site"), {"fields": ["about"]}),
        (
            _("Standing sentences"),
            {
                "fields": [
                    *("title_template", "introduction_template", "count_template"),
                    *("provenance_template", "model_provenance_template", "checked_template"),
                ],
                "description": _("They hold for issues that are published from now on."),
            },
        ),
        (
            _("Announcements"),
            {
                "fields": ["announcement_template", "paper_announcement_template"],
                "description": _("Ready texts for other sites, made for each published issue."),
            },
        ),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A list of one row is a step too many."""
        row = Masthead.objects.first()
        if row is None or not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        return redirect("admin:digests_masthead_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Masthead.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
