"""The question bank as the editors' deeds judge it: which questions they keep removing again, and a
button that stops asking one of a kind of paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.desk.access import desk
from digests.models import BankPriority, BankQuestion, Entry, Question

FEWEST = 3  # taken less often than this, a question has not been judged yet
TURN_OFF = "digests.change_bankpriority"


@dataclass(frozen=True)
class Use:
    """How often editors took a bank question for papers of a kind, and removed it again."""

    kind: str
    taken: int
    removed: int

    @property
    def is_unwanted(self) -> bool:
        return self.taken >= FEWEST and 2 * self.removed >= self.taken


def uses_by_key() -> dict[str, list[Use]]:
    """Of every bank question that was ever removed again, by its key; most removed first."""
    rows = (
        Question.objects.exclude(bank_key="")
        .exclude(entry__kind="")
        .values("bank_key", "entry__kind")
        .annotate(taken=Count("pk"), removed=Count("pk", filter=Q(removed_at__isnull=False)))
        .filter(removed__gt=0)
        .order_by("bank_key", "-removed", "entry__kind")
    )
    uses = defaultdict(list)
    for row in rows:
        uses[row["bank_key"]].append(Use(row["entry__kind"], row["taken"], row["removed"]))
    return uses


# ── in the admin ────────────────────────────────────────────────────────────────────────────────
def column(request: HttpRequest) -> Callable[[BankQuestion], SafeString | str]:
    """A column of the admin's list for this request: its numbers are counted once, when shown."""
    counted = cache(uses_by_key)
    can_turn_off = request.user.has_perm(TURN_OFF)

    @admin.display(description=gettext_lazy("removed again"))
    def removed_again(row: BankQuestion) -> SafeString | str:
        uses = counted().get(row.key, [])
        asked = {p.kind: p for p in row.priorities.all() if p.is_active}
        lines = [(_line(use, asked.get(use.kind), can_turn_off=can_turn_off),) for use in uses]
        return format_html_join("", "<div>{}</div>", lines) or "—"

    return removed_again


def _line(use: Use, priority: BankPriority | None, *, can_turn_off: bool) -> SafeString:
    named = {"kind": Entry.Kind(use.kind).label, "removed": use.removed, "taken": use.taken}
    words = _("%(kind)s: %(removed)d of %(taken)d") % named
    if not use.is_unwanted:
        return format_html("{}", words)
    if priority is None:
        return format_html("<strong>{}</strong> {}", words, _("(no longer asked)"))
    return format_html("<strong>⚠ {}</strong> {}", words, _button(priority) if can_turn_off else "")


def _button(priority: BankPriority) -> SafeString:
    """The list is one form already, so the button sends that form, with its token, elsewhere."""
    url = reverse("desk:bank_off", args=[priority.question_id, priority.kind])
    words = _("Stop asking it of %(kind)s") % {"kind": priority.get_kind_display()}
    button = '<button type="submit" formaction="{}" formmethod="post" formnovalidate>{}</button>'
    return format_html(button, url, words)


@desk(TURN_OFF, methods="POST")
def turn_off(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask this bank question no more of papers of this kind; texts that have it keep it."""
    priority: Any = get_object_or_404(
        BankPriority.objects.select_related("question"), question=pk, kind=kind
    )
    BankPriority.objects.filter(pk=priority.pk).update(is_active=False)
    named: Mapping[str, Any] = {"question": priority.question, "kind": priority.get_kind_display()}
    messages.success(request, _("“%(question)s” is no longer asked of: %(kind)s.") % named)
    return redirect("admin:digests_bankquestion_changelist")
