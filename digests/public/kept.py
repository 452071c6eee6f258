"""Pages of an edition as they are kept in the database: written by whoever has time, read by
whoever is asked. An edition never changes; what made its page does, and is told beside it."""

from __future__ import annotations

from typing import Any

import brotli  # type: ignore[import-untyped]
from django.db.models.signals import post_save

from digests.models import EditionPage
from papers.models import Version

QUALITY = 5  # a tenth of the size, in four milliseconds for an article


def opened(body: bytes) -> bytes:
    """What was kept."""
    return bytes(brotli.decompress(bytes(body)))


def keep(edition: int, name: str, body: bytes, *, made_by: str) -> None:
    """Keep it as the edition's page of this name, in place of what was made otherwise."""
    page = EditionPage(
        edition_id=edition,
        name=name,
        made_by=made_by,
        body=brotli.compress(body, quality=QUALITY),
    )
    EditionPage.objects.bulk_create(
        [page],
        update_conflicts=True,
        unique_fields=["edition", "name"],
        update_fields=["made_by", "body"],
    )


def watch() -> None:
    """Forget the pages of a paper whose version was completed; called once, at the start. Only the
    sample's ever is: arXiv's own details take the place of ours."""
    post_save.connect(_on_version, sender=Version, dispatch_uid="pages of a version")


def _on_version(instance: Version, created: bool, **_: Any) -> None:
    if not created:
        EditionPage.objects.filter(edition__entries__version=instance).delete()
