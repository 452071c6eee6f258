"""Headers that every response carries, errors and static files included; and how much may come."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
MOST_BYTES = 40 * 2**20  # an editor's PDF has 30 MB at most, and a form around it
Answer = Callable[[HttpRequest], HttpResponse]


def headers(get_response: Answer) -> Answer:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy", _resource_policy(request, response)
        )
        if request.path.startswith("/" + settings.ADMIN_PATH):
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return middleware


def _resource_policy(request: HttpRequest, response: HttpResponse) -> str:
    """Feeds and pictures are for other sites' readers too; nothing else is."""
    kind = response.headers.get("Content-Type", "")
    is_shared = kind.startswith("image/") or request.path.startswith("/feed")
    return "cross-origin" if is_shared else "same-origin"


def bounded(get_response: Answer) -> Answer:
    """413 for what no form of ours can hold, before any of it is read: Django writes a file that
    is sent to it, of whatever size and by whomever, to the disk first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_admin = request.path.startswith("/" + settings.ADMIN_PATH)
        most = MOST_BYTES if is_admin else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        said = str(request.META.get("CONTENT_LENGTH") or "0")
        if said.isdecimal() and len(said) < 19 and int(said) <= most:
            return get_response(request)
        return render(request, "413.html", status=413)

    return middleware
