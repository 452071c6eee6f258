"""Is this process up, and can the site do its work: for whoever watches over it."""

from __future__ import annotations

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from papers import jobs


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 "ok" as long as this process answers; asks nothing of the database."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """{"ready", "problems"} and what they were told from; 503 when something is wrong."""
    try:
        found = _look()
    except Error:
        found = {"database": False, "problems": ["database-unreachable"]}
    is_ready = not found["problems"]
    return JsonResponse({"ready": is_ready, **found}, status=200 if is_ready else 503)


def _look() -> dict[str, object]:
    is_alive, waiting = jobs.is_worker_alive(), jobs.open_jobs()
    problems = ["no-worker-for-3-minutes"] if waiting and not is_alive else []
    return {"database": True, "worker": is_alive, "open_jobs": waiting, "problems": problems}
