"""The frame that every page of the desk stands in."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """A page of the desk in the admin's frame."""
    status = context.pop("status", 200)
    frame = admin.site.each_context(request)
    return render(request, template, {**frame, "title": title, **context}, status=status)
