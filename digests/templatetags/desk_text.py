"""How the desk shows texts."""

from __future__ import annotations

from typing import Any

from django import template

from digests.differences import MARKS
from digests.models import Masthead

register = template.Library()


@register.simple_tag(takes_context=True)
def site_name(context: dict[str, Any]) -> str:
    """The masthead's, asked for once a request where the page has not asked already."""
    request = context["request"]
    if not hasattr(request, "masthead"):
        request.masthead = context.get("masthead") or Masthead.get()
    return str(request.masthead.name)


@register.filter
def marks_apart(text: str) -> list[tuple[bool, str]]:
    """The text in parts: (whether it is an evidence mark, the words or the mark's key)."""
    parts: list[tuple[bool, str]] = []
    here = 0
    for found in MARKS.finditer(text):
        parts += [(False, text[here : found.start()]), (True, found[0][2:-1])]
        here = found.end()
    parts.append((False, text[here:]))
    return [part for part in parts if part[1]]
