"""The one row that tells whether anything that readers see has changed.

Whoever keeps a page compares its stamp, by one query of one row (`digests.public.prepared`). The
stamp moves in the transaction of the change itself, so no process ever shows an old page after it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, Model
from django.db.models.functions import Greatest
from django.db.models.signals import post_delete, post_save

from digests.models import BankQuestion, Comment, Issue, Masthead, SiteStamp
from papers import bell
from papers.models import Version

# Saving one of these changes what readers see. An edition is shown or hidden with its issue. Who
# changes rows by `update()` moves the stamp itself.
WATCHED: tuple[type[Model], ...] = (Issue, Masthead, Comment, BankQuestion, Version)
# Each change takes a second of its own; publishing an issue is five, furnishing a house some fifty.
ROOM = 120
READ = f"SELECT mark, moved FROM {SiteStamp._meta.db_table} WHERE id = 1"


@dataclass(frozen=True)
class Stamp:
    """`mark` is never given twice, not even after a backup was restored; `moved` is a second (since
    1970) at most ROOM before the change, and later than any given before. After more changes than
    that at once it lies ahead of the clock for a while."""

    mark: str
    moved: int


def read() -> Stamp | None:
    """The stamp now; None where there is none yet. Written in SQL, since every page asks."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        row = cursor.fetchone()
    return Stamp(*row) if row else None


def move() -> None:
    """Say that something readers see has changed, in the transaction of the change."""
    then, mark = int(time.time()) - ROOM, uuid4().hex
    later = Greatest(F("moved") + 1, then)
    if not SiteStamp.objects.filter(pk=1).update(mark=mark, moved=later):
        SiteStamp.objects.get_or_create(pk=1, defaults={"mark": mark, "moved": then})


def watch() -> None:
    """Move the stamp at every save and deletion of what readers see; called once, at the start."""
    for model in WATCHED:
        for signal in (post_save, post_delete):
            signal.connect(_on_change, sender=model, dispatch_uid=f"site-stamp {model.__name__}")


def _on_change(instance: Model, **_: Any) -> None:
    """Not for what no reader has ever seen: an issue still being written, an unread comment."""
    if isinstance(instance, Issue) and instance.current_edition_id is None:
        return
    if isinstance(instance, Comment) and instance.state == Comment.State.WAITING:
        return
    move()
    if isinstance(instance, Issue):
        transaction.on_commit(_ask_for_pages)


def _ask_for_pages() -> None:
    """Have a worker make readers' pages ready. Without a broker the first reader waits for them."""
    bell.ring("digests.warm", expires=55)
