"""What those without an account may write to us, and what is shown of it: the guards of the forms,
and plain text as HTML.

The forms stand on pages of their own, which nobody keeps: the article stays the same bytes for
everyone, without a cookie, while a form carries the time at which it was given out. No address is
stored; for ten minutes the cache holds a keyed hash of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digests import comments
from digests.models import MAX_NAME, MAX_WORDS, Comment, Issue
from papers.cleaning import clean, clean_line

View = Callable[..., HttpResponse]
MOST_BYTES = 64 * 1024  # 4,000 characters are 36 KB at most, percent-encoded
MOST_LINKS = 2
SOONEST, LATEST = 3, 24 * 60 * 60  # seconds from opening a form to sending it
MOST_SENT, WITHIN = 5, 600  # by one address, in seconds
# What leads away, in any of the ways that people and robots write it.
LINK = re.compile(r"(?:https?|ftp)://|(?<![\w.@])www\.|\[url\b|<a\s", re.IGNORECASE)
# Only what an address may hold: Japanese text follows one without a space.
ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
AFTER_ADDRESS = ".,;:!?'\")]"  # ends a sentence, not the address


# ── what is shown ───────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Shown:
    """A comment as readers see it; `name` is empty for who gave none."""

    name: str
    text_html: SafeString
    created_at: datetime


@dataclass(frozen=True)
class Voices:
    """What an article says of its readers: their comments, and whether more may come."""

    comments: tuple[Shown, ...]
    is_open: bool


def voices_of(issue: Issue, *, has_comments: bool = True) -> Voices:
    """Nothing is asked for where it is known that there are no comments."""
    if not has_comments:
        return Voices((), comments.are_open(issue))
    rows = issue.comments.public().only("issue_id", "name", "text", "created_at")
    return Voices(tuple(map(_shown, rows)), comments.are_open(issue))


def _shown(row: Comment) -> Shown:
    written_at = row.created_at.replace(microsecond=0)  # HTML knows no microseconds
    return Shown(clean_line(row.name), as_html(row.text), written_at)


def as_html(text: str) -> SafeString:
    """Paragraphs, line breaks and links; every other character is itself."""
    paragraphs = [p.strip("\n") for p in re.split(r"\n\s*\n", clean(text).strip())]
    return format_html_join("\n", "<p>{}</p>", ((_lines(p),) for p in paragraphs))


def _lines(paragraph: str) -> SafeString:
    first, *rest = [_linked(line) for line in paragraph.split("\n")]
    return format_html("{}{}", first, format_html_join("", "<br>\n{}", ((line,) for line in rest)))


def _linked(line: str) -> SafeString:
    pieces: list[SafeString | str] = []
    place = 0
    for found in ADDRESS.finditer(line):
        url = found[0].rstrip(AFTER_ADDRESS)
        link = format_html('<a href="{}" rel="nofollow ugc noopener">{}</a>', url, url)
        pieces += [line[place : found.start()], link]
        place = found.start() + len(url)
    return format_html_join("", "{}", ((piece,) for piece in [*pieces, line[place:]]))


# ── what is written ─────────────────────────────────────────────────────────────────────────────
class CleanLine(forms.CharField):
    def to_python(self, value: Any) -> str:
        return clean_line(str(value or ""))


class CleanText(forms.CharField):
    def to_python(self, value: Any) -> str:
        return clean(str(value or "")).strip()


class OutsiderForm(forms.Form):
    """A name and a text, a field that only robots fill in, and the time of giving out."""

    name = CleanLine(max_length=MAX_NAME, required=False)
    text = CleanText(
        max_length=MAX_WORDS, error_messages={"required": gettext_lazy("Please write something.")}
    )
    website = forms.CharField(required=False, max_length=200)
    given = forms.CharField(required=False, max_length=200)

    def __init__(self, sent: Any = None, *, about: str) -> None:
        """`about`: what the form is for; a time given out for another form does not count."""
        super().__init__(sent)
        self.signer = signing.TimestampSigner(salt=f"digests.outsiders {about}")

    @property
    def given_now(self) -> str:
        """For a form that is shown: now, signed."""
        return self.signer.sign("form")

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if len(LINK.findall(text)) > MOST_LINKS:
            message = _("Please keep to %(count)d links or fewer.") % {"count": MOST_LINKS}
            raise ValidationError(message)
        return text

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            message = _("A field that stays empty was filled in. Please send it once more.")
            raise ValidationError(message)
        return ""

    def clean_given(self) -> str:
        """A person needs some seconds to write; a form that was sent by hand carries our time."""
        given: str = self.cleaned_data["given"]
        try:
            self.signer.unsign(given, max_age=LATEST)
        except signing.BadSignature as error:
            message = _("This form had been open for too long. Please send it once more.")
            raise ValidationError(message) from error
        if self._was_given_within(given, SOONEST):
            raise ValidationError(_("That was very quick. Please send it once more."))
        return given

    def _was_given_within(self, given: str, seconds: int) -> bool:
        try:
            self.signer.unsign(given, max_age=seconds)
        except signing.SignatureExpired:
            return False
        return True

    @property
    def typed(self) -> dict[str, str]:
        """What was sent, to be shown again: nothing typed is lost."""
        return {name: clean(str(self.data.get(name, ""))) for name in self.fields}


# ── the guards ──────────────────────────────────────────────────────────────────────────────────
def outsiders_page(view: View) -> View:
    """A page with a form for anyone: kept by nobody, without a cookie. `from_here` stands in for
    Django's token, which would need one. What is far too big is refused before it is read."""

    @csrf_exempt
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _bytes(request) > MOST_BYTES:
            return render(request, "413.html", status=413)
        return view(request, *args, **kwargs)

    return guarded


def _bytes(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if str(length).isdecimal() else 0


def from_here(request: HttpRequest) -> bool:
    """Whether a page of ours sent the form, as the browser tells it."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin", "")
    return origin in (settings.SITE_URL, f"{request.scheme}://{request.get_host()}")


def thanked_at(name: str, slug: str) -> HttpResponse:
    """On to a page that says thank you, which may be loaded again without sending again."""
    return HttpResponse(status=303, headers={"Location": reverse(name, args=[slug])})


def refusal(request: HttpRequest, form: OutsiderForm) -> tuple[int, str]:
    """The status and the reason why the form is not taken, or (0, ""). One that is taken counts
    for its sender's address."""
    if not from_here(request):
        return 403, _("It was not sent from this page. Please send it once more.")
    if not form.is_valid():
        return 400, _("Nothing has been sent yet. Please look at what is marked.")
    if not _may_send(request):
        return 429, _("That is a lot in a short time. Please wait ten minutes and send it again.")
    return 0, ""


def _may_send(request: HttpRequest) -> bool:
    """Take one of the address's places, each of which is free again after a while."""
    key = salted_hmac("digests.outsiders", _sender(request), algorithm="sha256").hexdigest()
    return any(cache.add(f"sent:{key}:{n}", 1, WITHIN) for n in range(MOST_SENT))


def _sender(request: HttpRequest) -> str:
    """The address that a connection comes from, as the nearest trusted proxy saw it. A household
    has a whole /64 of IPv6."""
    said = str(request.META.get("REMOTE_ADDR", ""))
    passed = [hop for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if 0 < settings.TRUSTED_PROXIES <= len(passed):
        said = passed[-settings.TRUSTED_PROXIES]
    try:
        address = ip_address(said.strip())
    except ValueError:
        return said.strip()[:64]
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
