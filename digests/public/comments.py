"""Where a reader writes a comment on an issue. It is read by an editor before others see it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from digests import comments
from digests.models import Edition
from digests.public.article import headline_of
from digests.public.outsiders import OutsiderForm, outsiders_page, refusal, thanked_at
from digests.public.thanks import thanks_page
from digests.public.views import gone, show


@outsiders_page
def comment(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and what is sent with it."""
    edition = Edition.objects.public().filter(slug=slug).first()
    if edition is None:
        return gone(request, slug)
    if request.method != "POST":
        return _page(request, edition, OutsiderForm(about=f"comment {slug}"))
    form = OutsiderForm(request.POST, about=f"comment {slug}")
    if not comments.are_open(edition.issue):
        return _page(request, edition, form, status=403)
    status, reason = refusal(request, form)
    if status:
        return _page(request, edition, form, status=status, reason=reason)
    try:
        comments.post(edition.issue, form.cleaned_data["text"], name=form.cleaned_data["name"])
    except comments.CommentsClosed:  # within this very second
        return _page(request, edition, form, status=403)
    return thanked_at("public:comment-thanks", slug)


def _page(
    request: HttpRequest, edition: Edition, form: OutsiderForm, *, status: int = 200, **said: Any
) -> HttpResponse:
    response = show(
        request,
        "public/comment.html",
        slug=edition.slug,
        headline=headline_of(edition),
        form=form,
        is_open=comments.are_open(edition.issue),
        **said,
    )
    response.status_code = status
    return response


thanks = thanks_page(
    _("Your comment has been sent. It will be shown once an editor has read it."),
    back_to="#comments",
)
