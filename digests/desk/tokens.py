"""The plain admin's forms know what their row was when they were opened.

The stock admin lets the last one who saves win, in silence. Here every form, inline row and list of
editable columns carries a short hash of each value that it was made of. Where somebody else has
changed the row meanwhile, nothing is saved: the fields are named with what they are now, what was
typed stays in the form, and saving once more says that one has seen it. In a list, a column that
one has not touched keeps the other's value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.forms.formsets import ManagementForm
from django.forms.models import BaseInlineFormSet, BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

SEEN = "seen_values"


def hash_of(value: Any) -> str:
    """Of a column's value; of a many-to-many column's rows in any order."""
    if isinstance(value, (list, tuple)):
        value = sorted(str(getattr(one, "pk", one)) for one in value)
    return sha256(str(value).encode()).hexdigest()[:8]


def hashes_of(row: Model, fields: Iterable[str]) -> dict[str, str]:
    columns = {c.name: c for c in [*row._meta.fields, *row._meta.many_to_many]}
    known = [columns[name] for name in fields if name in columns]
    return {column.name: hash_of(column.value_from_object(row)) for column in known}


def _read(text: str) -> dict[str, Any]:
    """What a hidden field carries; nothing where somebody has tampered with it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _with(data: Any, name: str, value: str) -> Any:
    """What was sent, with one value more."""
    more = data.copy()
    more[name] = value
    return more


def _dumped(seen: Mapping[str, Any]) -> str:
    return json.dumps(seen, separators=(",", ":"))


def _is_now(row: Model, name: str) -> str:
    column = row._meta.get_field(name)
    value = column.value_from_object(row) if column.many_to_many else getattr(row, name)  # type: ignore[union-attr]
    shown = ", ".join(str(one) for one in value) if isinstance(value, list) else value
    return _("It is now: %(value)s") % {"value": shown}


# ── a form of one row ───────────────────────────────────────────────────────────────────────────
class SeenForm(forms.ModelForm):
    """A form that refuses to save over what another has changed since it was opened."""

    seen_values = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance if self.instance.pk else None
        self.initial[SEEN] = _dumped(hashes_of(row, self.fields)) if row else ""

    @cached_property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name != SEEN]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if self.instance.pk:
            self._refuse_unseen(_read(self.cleaned_data.get(SEEN) or ""))
        return data

    def _refuse_unseen(self, seen: Mapping[str, Any]) -> None:
        rows = type(self.instance)._default_manager.select_for_update()
        row = rows.filter(pk=self.instance.pk).first()
        if row is None:
            raise ValidationError(_("Somebody else has removed this meanwhile."))
        now = hashes_of(row, seen)
        names = [name for name, mark in now.items() if seen[name] != mark]
        if not names:
            return
        # seen by the next time it is sent
        self.data = _with(self.data, self.add_prefix(SEEN), _dumped(now))
        for name in names:
            if name in self.fields:
                self.add_error(name, _is_now(row, name))
        raise ValidationError(
            _(
                "Somebody else has changed this since you opened it. Nothing was saved, and what"
                " you typed is still here: look at it, and save again."
            )
        )


# ── fields in a table, whose only label is the head of their column ────────────────────────────
def _name_fields(form: Any, index: int | None) -> None:
    """For who does not see the column: its head and the number of the row."""
    for field in form.fields.values():
        if field.widget.is_hidden:
            continue
        words = {"column": field.label or "", "n": (index or 0) + 1}
        named = words["column"] if index is None else _("%(column)s, row %(n)d") % words
        field.widget.attrs.setdefault("aria-label", named)


class NamedInlineFormSet(BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        _name_fields(form, index)


# ── a list of editable columns ──────────────────────────────────────────────────────────────────
class SeenFormSet(BaseModelFormSet):
    """A list whose every row is saved, merged or refused by itself. What its rows were is carried
    by the management form: the list shows no other hidden field."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        _name_fields(form, index)

    @cached_property
    def management_form(self) -> ManagementForm:
        form: ManagementForm = super().management_form
        form.fields[SEEN] = forms.CharField(required=False, widget=forms.HiddenInput)
        if not self.is_bound:
            rows = {str(f.instance.pk): hashes_of(f.instance, f.fields) for f in self.initial_forms}
            form.initial[SEEN] = _dumped(rows)
        return form

    def clean(self) -> None:
        super().clean()
        name = f"{self.prefix}-{SEEN}"
        seen = _read(self.data.get(name, ""))
        pks = [form.instance.pk for form in self.initial_forms]
        rows = self.get_queryset().model.objects.select_for_update().in_bulk(pks)
        now = {}
        for form in self.initial_forms:
            row = rows.get(form.instance.pk)
            if row is not None:
                now[str(row.pk)] = hashes_of(row, form.fields)
                of_row = seen.get(str(row.pk))
                was = of_row if isinstance(of_row, dict) else {}
                self._settle(form, row, now[str(row.pk)], was)
        if any(form.errors for form in self.initial_forms):
            self.data = self.management_form.data = _with(self.data, name, _dumped(now))

    def _settle(
        self, form: Any, row: Model, now: Mapping[str, str], seen: Mapping[str, str]
    ) -> None:
        """Keep what another has set where this editor has not touched it; refuse where both did."""
        for name, mark in now.items():
            if seen.get(name, mark) == mark or name not in form.cleaned_data:
                continue
            typed = hash_of(form.cleaned_data[name])
            if typed == seen[name]:
                form.cleaned_data[name] = getattr(row, name)
                setattr(form.instance, name, getattr(row, name))
            elif typed != mark:
                form.add_error(name, _is_now(row, name))


# ── the admin ───────────────────────────────────────────────────────────────────────────────────
def _seen(form: type[forms.ModelForm]) -> type[forms.ModelForm]:
    return form if issubclass(form, SeenForm) else type(form.__name__, (SeenForm, form), {})


class SeenAdmin(admin.ModelAdmin):
    """An admin whose forms and list refuse to save over what their editor has not seen."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None:
            kwargs["form"] = _seen(kwargs.get("form", self.form))
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found: Any = super().get_fieldsets(request, obj)
        sets = [(name, dict(options)) for name, options in found]
        shown = [name for _name, options in sets for name in options["fields"]]
        if obj is not None and SEEN not in shown:
            sets[-1][1]["fields"] = (*sets[-1][1]["fields"], SEEN)
        return sets

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_formset(request, **kwargs, formset=SeenFormSet)

    @transaction.atomic
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, extra_context)


class SeenInline(admin.TabularInline):
    """Rows below another, each with what it was when it was opened."""

    form = SeenForm
    formset = NamedInlineFormSet
