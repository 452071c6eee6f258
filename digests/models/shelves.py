"""What public issues have under one category or printed name, and what stands beside a paper or an
issue: counted and put in order when an issue is shown or hidden, so that no page has to. Written
by `digests.shelves` alone."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef

from digests.models.editions import Edition, EditionEntry
from papers.models import Paper


class ShelfKind(models.TextChoices):
    CATEGORY = "category"  # key: the code; of two codes with one subject, the first
    AUTHOR = "author"  # key: the slug of the printed name
    PAPER = "paper"  # key: its slug
    ISSUE = "issue"  # key: its slug


class Shelf(models.Model):
    """What is told of one of them without reading its places. `told` is, the newest first,

    - of a name: a few papers, [published at (seconds since 1970), entry's id, slug, title_ja];
    - of a paper: the issues that it is in, [slug, title];
    - of an issue: the ones published before and after it, [slug, title] or null.
    """

    kind = models.CharField(max_length=10, choices=ShelfKind.choices)
    key = models.CharField(max_length=120)
    papers = models.PositiveIntegerField(default=0)  # of a category or a name
    changed_at = models.DateTimeField()  # when the newest edition of one of them appeared
    told = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_shelf_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class PlaceQuerySet(models.QuerySet["Place"]):
    def on(self, kind: str, key: str) -> PlaceQuerySet:
        """What readers may see of a shelf, the issue published last first."""
        public = Edition.objects.public().filter(pk=OuterRef("edition"))
        order = ("-published_at", "-edition", "position")
        return self.filter(Exists(public), kind=kind, key=key).order_by(*order)


class Place(models.Model):
    """A paper of a public issue on a shelf; `is_newest` in the issue published last."""

    kind = models.CharField(max_length=10, choices=ShelfKind.choices)
    key = models.CharField(max_length=120)
    paper = models.ForeignKey(Paper, models.CASCADE, related_name="places")
    entry = models.ForeignKey(EditionEntry, models.CASCADE, related_name="places")
    # Of the edition and the entry, for the order.
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="places")
    published_at = models.DateTimeField()
    position = models.PositiveIntegerField()
    is_newest = models.BooleanField()

    objects = PlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "entry"], name="an_entry_once_a_shelf"),
        ]
        indexes = [
            models.Index(
                fields=["kind", "key", "-published_at", "-edition", "position"],
                name="places_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.entry_id}"
