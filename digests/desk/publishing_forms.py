"""What is typed around an issue's publishing: whom to ask, what to say, when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests import review, schedule
from digests.models import MAX_WORDS, Editor, Issue
from papers.cleaning import clean


class Words(forms.CharField):
    """Some plain lines of a person's."""

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "cols": 60})
        super().__init__(max_length=MAX_WORDS, widget=widget, **options)

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "").strip()


class NoteForm(forms.Form):
    text = Words(label=_("Note"))


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(Editor.objects.none(), label=_("Who checks it"), empty_label=None)
    note = Words(label=_("Note"), required=False)

    def __init__(self, data: Any = None, *, by: Editor) -> None:
        super().__init__(data, auto_id="id_hand_over_%s")
        self.fields["to"].queryset = review.reviewers(but=by)  # type: ignore[attr-defined]


class SendBackForm(forms.Form):
    note = Words(label=_("What is still to be done"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_send_back_%s")


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(
        Editor.objects.none(), label=_("Assigned to"), required=False, empty_label=_("(nobody)")
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="id_assign_%s", initial=initial)
        self.fields["to"].queryset = review.assignable()  # type: ignore[attr-defined]


class ScheduleForm(forms.Form):
    """A moment as clocks show it here: the browser sends no zone, and the house's is taken."""

    at = forms.DateTimeField(
        label=_("Publish at (Japanese time)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None, *, issue: Issue) -> None:
        at = issue.scheduled_for or _tomorrow_morning()
        super().__init__(data, auto_id="id_schedule_%s", initial={"at": at})
        if issue.state == Issue.State.PUBLISHED:
            self.fields["change"] = forms.ChoiceField(
                label=_("Kind of change"),
                choices=[(kind.value, kind.label) for kind in schedule.KINDS],
                initial=issue.scheduled_change or schedule.KINDS[0],
            )

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        wrong = schedule.why_not_at(at)
        if wrong:
            raise ValidationError(wrong)
        return at


def _tomorrow_morning() -> datetime:
    """The time that is offered: 7:00 of the next day."""
    now = timezone.localtime()
    return (now + timedelta(days=1)).replace(hour=7, minute=0, second=0, microsecond=0)
