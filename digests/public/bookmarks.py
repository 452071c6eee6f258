"""The page of what a reader has put aside. The list is kept in the browser and never comes here:
the page is the same for everyone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from digests.public.views import public_page, show


@public_page
def bookmarks(request: HttpRequest) -> HttpResponse:
    return show(request, "public/bookmarks.html")
