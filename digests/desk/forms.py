"""What editors type, checked and cleaned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from digests.desk.markdown import EditorMarkdownFormField
from digests.models import (
    HIGHLIGHT,
    ONE_LINER,
    SUMMARY,
    TITLE_JA,
    BankQuestion,
    Entry,
    Source,
)
from papers.cleaning import clean, clean_line
from papers.encodings import decoded
from papers.ingest import Typed

MAX_LIST, MAX_PDF = 5 * 2**20, 30 * 2**20


class WholeLine(forms.Textarea):
    """A field for one line, as high as the line needs where it is broken: on a phone half of a
    title would be out of sight. The desk's script has Enter save it."""

    def __init__(self) -> None:
        super().__init__(
            {"rows": 2, "data-line": True}
        )  # rows: where a field cannot grow by itself


class Line(forms.CharField):
    """One line of text without what never belongs in one. What is too long is refused with a word:
    told the limit, a browser would cut the end of what is pasted and say nothing."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {k: v for k, v in super().widget_attrs(widget).items() if k != "maxlength"}

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class Prose(EditorMarkdownFormField):
    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value))


class Pasted(forms.CharField):
    """Text of more lines without what never belongs in one: Django would refuse a whole paste for
    one control character in it."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


class ListForm(forms.Form):
    """An upstream list, pasted, uploaded, named, or taken from a source."""

    text = Pasted(
        label=_("Text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("A weekly list, or any text with arXiv links or ids."),
    )
    file = forms.FileField(label=_("File"), required=False)
    address = forms.CharField(
        label=_("Address"), required=False, widget=forms.TextInput(attrs={"type": "url"})
    )
    source = forms.ModelChoiceField(
        Source.objects.all(), label=_("Source"), required=False, empty_label=_("(recognise it)")
    )
    first_on = forms.DateField(
        label=_("First day of the week"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty for the newest week of the list."),
    )

    def clean_file(self) -> str:
        """The file's text; an empty one counts as none."""
        file = self.cleaned_data.get("file")
        if not file:
            return ""
        if file.size > MAX_LIST:
            raise ValidationError(_("This is too large for a list (over 5 MB)."))
        try:
            return decoded(file.read())
        except UnicodeDecodeError as error:
            raise ValidationError(
                _("This file is not a text. Save it as UTF-8 text and try again.")
            ) from error

    def clean_address(self) -> str:
        return clean_line(self.cleaned_data["address"])


class WeekForm(forms.Form):
    first_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_on"), data.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day lies before the first day."))
        return data


class ExternalForm(forms.Form):
    """A paper without an arXiv id, as the editor types it."""

    title = Line(label=_("Title"), max_length=1000)
    authors = Pasted(
        label=_("Authors"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line, in the printed order."),
    )
    published_on = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}))
    url = forms.URLField(label=_("Address"), required=False, max_length=1000, assume_scheme="https")
    abstract = Pasted(label=_("Abstract"), required=False, widget=forms.Textarea(attrs={"rows": 6}))
    pdf = forms.FileField(
        label=_("PDF"),
        required=False,
        help_text=_("Only read for the draft: it is not shown to readers and not kept."),
    )

    def clean_authors(self) -> tuple[str, ...]:
        names = [clean_line(n)[:300] for n in self.cleaned_data["authors"].splitlines()]
        if not any(names):
            raise ValidationError(_("Type at least one author."))
        return tuple(n for n in names if n)

    def clean_abstract(self) -> str:
        return clean(self.cleaned_data["abstract"]).strip()

    def clean_pdf(self) -> bytes:
        pdf = self.cleaned_data.get("pdf")
        if not pdf:
            return b""
        if pdf.size > MAX_PDF:
            raise ValidationError(_("The PDF is too large to read (over 30 MB)."))
        content: bytes = pdf.read()
        if b"%PDF" not in content[:1024]:
            raise ValidationError(_("What came is not a PDF."))
        return content

    def typed(self) -> Typed:
        return Typed(**self.cleaned_data)


class CardForm(forms.Form):
    """A card: its version when it was opened, and its texts. The preview of its Markdown knows the
    evidence of `entry`."""

    row_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, entry: Entry | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if entry and isinstance(field, Prose):
                field.widget.attrs["data-entry"] = str(entry.pk)

    def changes(self) -> dict[str, str]:
        """The texts that were sent; one that was not is not an empty one."""
        sent = {k: v for k, v in self.cleaned_data.items() if self.add_prefix(k) in self.data}
        return {k: v for k, v in sent.items() if k != "row_version"}


class EntryForm(CardForm):
    title_ja = Line(
        label=_("Japanese title"), max_length=TITLE_JA, required=False, widget=WholeLine
    )
    highlight = Line(
        label=_("Highlight"),
        max_length=HIGHLIGHT,
        required=False,
        widget=WholeLine,
        help_text=_("A noun phrase for the issue's title."),
    )
    one_liner = Line(
        label=_("One-liner"),
        max_length=ONE_LINER,
        required=False,
        widget=WholeLine,
        help_text=_("One sentence for the list."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of paper"), choices=[("", "—"), *Entry.Kind.choices], required=False
    )
    summary = Prose(label=_("Summary"), max_length=SUMMARY, required=False)


class QuestionForm(CardForm):
    question = Line(label=_("Question"), max_length=200, required=False, widget=WholeLine)
    answer = Prose(label=_("Answer"), max_length=SUMMARY, required=False)


class IssueForm(CardForm):
    title = Line(
        label=_("Title"),
        max_length=200,
        required=False,
        widget=WholeLine,
        help_text=_("Leave empty to have it composed from the week and the highlights."),
    )
    introduction = Prose(
        label=_("Introduction"),
        max_length=SUMMARY,
        required=False,
        help_text=_("Leave empty for the standing introduction."),
    )


class NewQuestionForm(forms.Form):
    bank = forms.ModelChoiceField(
        BankQuestion.objects.filter(is_active=True),
        label=_("From the bank"),
        required=False,
        to_field_name="key",
        empty_label=_("(a question of your own)"),
    )
    question = Line(label=_("Question"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("bank") and not data.get("question"):
            raise ValidationError(_("Choose a question or type one."))
        return data


class EvidenceForm(forms.Form):
    """A quote for a sentence: `place` names the card and the sentence to mark, e.g. "q12:3"."""

    passage = forms.CharField(required=False)
    quote = Pasted(label=_("Quote"), widget=forms.Textarea(attrs={"rows": 4}))
    place = forms.CharField(required=False)

    def clean_quote(self) -> str:
        return clean_line(self.cleaned_data["quote"])


class TypedText(forms.CharField):
    """A field's text as it stands in the browser: places in it count its characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, max_length=SUMMARY, **kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class PlaceForm(forms.Form):
    """A mark, and where the cursor stands in a text that is being typed."""

    key = forms.CharField(max_length=12)
    text = TypedText()
    caret = forms.IntegerField(min_value=0, max_value=SUMMARY)


class QuoteForm(forms.Form):
    """Words of the paper that were selected for the sentence with the cursor; `card` is "summary"
    or a question's, "q12"."""

    quote = forms.CharField(max_length=5000)
    passage = forms.CharField(required=False, max_length=12)
    card = forms.CharField(required=False, max_length=30)
    text = TypedText()
    caret = forms.IntegerField(min_value=0, max_value=SUMMARY)

    def clean_quote(self) -> str:
        return clean_line(self.cleaned_data["quote"])


class AnswerForm(forms.Form):
    """What a chat answered to the copied prompt."""

    answer = Pasted(
        label=_("Answer"), widget=forms.Textarea(attrs={"rows": 12}), max_length=200_000
    )
    model = Line(
        label=_("Model"),
        max_length=120,
        help_text=_("The name of the chat's model, as readers will be told it."),
    )
