"""Who may use a page of the desk: staff who hold its permission; nothing of it is cached."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as default_csrf_failure
from django.views.decorators.cache import never_cache

from digests.models import Editor, Entry, Issue, Question
from digests.reasons import label

View = Callable[..., HttpResponse]


def desk(permission: str, *, methods: str = "GET POST") -> Callable[[View], View]:
    """Ask for a signed-in member of staff with `permission`. What was typed into a form whose
    session has ended is shown again, to be copied: nothing typed is lost."""
    allowed = methods.replace("GET", "GET HEAD").split()

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return _show_way_back(request, allowed)
            user = request.user
            if not (user.is_authenticated and user.is_active and user.is_staff):
                return _send_to_sign_in(request)
            if not user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


NOT_WORDS = {"csrfmiddlewaretoken", "row_version", "from", "sure", "action", "scope"}
NOT_WORDS |= {"token", "at", "only"}
MOST_SHOWN = 60_000  # characters: three of the longest texts that the desk takes


def _show_way_back(request: HttpRequest, allowed: list[str]) -> HttpResponse:
    """For who has opened the address of a button (a reload, a bookmark): nothing was done."""
    shown = {"title": _("This address belongs to a button"), "back": _page_of(request)}
    page = render(request, "desk/only_a_button.html", {**admin.site.each_context(request), **shown})
    return HttpResponseNotAllowed(allowed, page.content)


def _send_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    return show_typed(request)


def show_typed(request: HttpRequest, *, status: int = 403) -> HttpResponse:
    """Nothing was saved; what was typed is shown, to be copied."""
    words = {k: str(v) for k, v in request.POST.items() if k not in NOT_WORDS and str(v).strip()}
    typed = _cut(words) if _was_here(request) else []
    is_gone = status == 404
    title = _("This is no longer there") if is_gone else _("You have been signed out")
    shown = {
        "title": title,
        "typed": [(_named(name), text) for name, text in typed],
        "is_cut": len(typed) < len(words) or any(text != words[name] for name, text in typed),
        "is_gone": is_gone,
        "back": _page_of(request),
    }
    frame = admin.site.each_context(request)
    return render(request, "desk/session_ended.html", {**frame, **shown}, status=status)


def _was_here(request: HttpRequest) -> bool:
    """Whether this browser was ever given a form of the desk: it has the form's cookie, which
    outlives the session. A stranger's words are not sent back to him."""
    cookies = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    return any(name in request.COOKIES for name in cookies)


def _cut(words: dict[str, str]) -> list[tuple[str, str]]:
    """The fields as far as MOST_SHOWN characters reach."""
    left, kept = MOST_SHOWN, []
    for name, text in words.items():
        if left > 0:
            kept.append((name, text[:left]))
        left -= len(text)
    return kept


def _named(field: str) -> str:
    """What the screen calls a field of a form."""
    for model in (Entry, Question, Issue):
        if any(column.name == field for column in model._meta.fields):
            return label(model, field)
    return field


def _page_of(request: HttpRequest) -> str:
    """The page of the desk that the form was on, where the browser says so: the way back."""
    page = urlsplit(request.headers.get("Referer", ""))
    is_desk = page.path.startswith(f"/{settings.ADMIN_PATH}desk/")
    return page.path if is_desk and page.netloc == request.get_host() else ""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of an earlier session: signing in again changes its token. The readers' forms do
    without one, so that all else of theirs that comes here can only be read."""
    if request.resolver_match and request.resolver_match.namespace == "public":
        return HttpResponseNotAllowed(("GET", "HEAD"))
    if request.path.startswith(f"/{settings.ADMIN_PATH}desk/"):
        return show_typed(request)
    return default_csrf_failure(request, reason)


def editor_of(request: HttpRequest) -> Editor:
    """The signed-in editor, behind `desk`."""
    if not isinstance(request.user, Editor):
        raise PermissionDenied
    return request.user
