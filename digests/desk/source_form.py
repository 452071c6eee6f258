"""The form of a source: an address that may be asked, and a window that holds a full hour."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from digests import watching
from digests.desk.words import LISTS, say
from digests.models import Source
from papers.outbound import OutboundError, check_address

REFUSED = ("host-not-allowed", "not-https", "private-address")


class SourceForm(forms.ModelForm):
    """What the admin asks of a source."""

    url = forms.URLField(
        label=_("address for readers"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=AdminURLFieldWidget,
    )

    class Meta:
        model = Source
        exclude: list[str] = []
        labels = {"key": _("short name")}
        help_texts = {
            "key": _("Latin letters, digits and hyphens; commands and addresses use it."),
        }

    def clean_list_url(self) -> str:
        address = str(self.cleaned_data["list_url"]).strip()
        try:
            if address:
                check_address(_with_year(address), settings.LIST_HOSTS)
        except OutboundError as error:
            if error.code in REFUSED:  # a name service that is down is no fault of the address
                raise forms.ValidationError(say(LISTS, error.code, error.value)) from error
        return address

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("is_watched") or self.errors:
            return data
        if not data["list_url"]:
            self.add_error("list_url", say(LISTS, "no-address"))
        names = ("opens_on", "opens_at", "closes_on", "closes_at")
        source = Source(is_watched=True, **{name: data[name] for name in names})
        if watching.next_look(source, timezone.now()) is None:
            message = gettext("This window holds no full hour, so the list would never be fetched.")
            self.add_error("closes_at", message)
        return data


def _with_year(address: str) -> str:
    return address.replace("{year}", str(timezone.localdate().year))
