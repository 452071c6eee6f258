"""The page after something was sent: it says thank you, and may be loaded again without sending
again."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from digests.models import Edition
from digests.public.views import gone, show


def thanks_page(said: str | Promise, *, back_to: str = "") -> Callable[..., HttpResponse]:
    """A view that says so and leads back to the issue, at `back_to` ("#comments") in it."""

    @never_cache
    @require_safe
    def thanks(request: HttpRequest, slug: str) -> HttpResponse:
        edition = Edition.objects.public().filter(slug=slug).first()
        if edition is None:
            return gone(request, slug)
        back = edition.get_absolute_url() + back_to
        return show(request, "public/thanks.html", message=said, back=back)

    return thanks
