"""Papers and versions as they were given to us: to be looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from papers.models import Heartbeat, Lane, Paper, Version


class Given(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Paper)
class PaperAdmin(Given):
    list_display = ["__str__", "slug", "checked_at"]
    search_fields = ["arxiv_id", "slug", "versions__title"]


@admin.register(Version)
class VersionAdmin(Given):
    list_display = ["__str__", "title", "updated_at", "is_withdrawn"]
    list_select_related = ["paper"]
    list_filter = ["is_withdrawn", "origin"]
    search_fields = ["title", "paper__arxiv_id", "authors__name"]


@admin.register(Lane)
class LaneAdmin(Given):
    list_display = ["name", "free_at", "leased_until"]


@admin.register(Heartbeat)
class HeartbeatAdmin(Given):
    list_display = ["worker", "seen_at"]
