"""An upstream list on its way to an issue: rows of a week that somebody looks at."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models.house import Source
from digests.models.issues import Issue
from digests.models.people import Editor
from papers.models import Job, Paper, Version


class SetAsideQuerySet(models.QuerySet["SetAside"]):
    def standing(self) -> SetAsideQuerySet:
        """Those that nobody has taken back."""
        return self.filter(undone_at=None)


class WeekPreview(models.Model):
    """An upstream list that an editor is looking at: nothing is created until she says so."""

    class Origin(models.TextChoices):
        PASTED = "pasted", _("pasted")
        UPLOADED = "uploaded", _("uploaded")
        FETCHED = "fetched", _("from an address")
        WATCHED = "watched", _("found by itself")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="previews")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    address = models.CharField(max_length=1000, blank=True)
    text = models.TextField()
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    heading = models.CharField(max_length=500, blank=True)
    notes = models.JSONField(default=list, blank=True)  # [{code, value}]
    as_of = models.DateField(null=True, blank=True)
    issue = models.ForeignKey(Issue, models.SET_NULL, null=True, related_name="previews")
    created_by = models.ForeignKey(Editor, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("preview of a week")
        verbose_name_plural = _("previews of weeks")

    def __str__(self) -> str:
        if self.heading or self.first_on:
            return self.heading or f"{self.first_on} – {self.last_on}"
        return _("list of %(at)s") % {"at": f"{timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"}


class SetAside(models.Model):
    """Somebody's word that no issue is made of a list, and the word that took it back: a log, to
    which rows are only added."""

    preview = models.ForeignKey(WeekPreview, models.CASCADE, related_name="set_asides")
    by = models.ForeignKey(Editor, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(Editor, models.SET_NULL, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = SetAsideQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["preview"],
                condition=models.Q(undone_at=None),
                name="a_list_is_set_aside_once",
            ),
        ]
        verbose_name = _("list that was set aside")
        verbose_name_plural = _("lists that were set aside")

    def __str__(self) -> str:
        return f"{self.preview}: {self.at:%Y-%m-%d}"


class PreviewRow(models.Model):
    """A row of the list with the editor's choice and what arXiv answered."""

    class Answer(models.TextChoices):
        UNASKED = "", _("not asked yet")
        FOUND = "found", _("found")
        MISSING = "missing", _("arXiv does not know this id")
        MALFORMED = "malformed", _("not a valid id")

    preview = models.ForeignKey(WeekPreview, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()  # order in the list
    number = models.PositiveIntegerField()  # as printed
    title = models.CharField(max_length=500)
    url = models.CharField(max_length=1000, blank=True)
    arxiv_id = models.CharField(max_length=32, blank=True)
    named_version = models.PositiveIntegerField(null=True, blank=True)
    is_picked = models.BooleanField(default=False)
    position = models.PositiveIntegerField(null=True, blank=True)
    takes_named = models.BooleanField(default=False)  # the version named, not the newest
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    version = models.ForeignKey(Version, models.SET_NULL, null=True, blank=True, related_name="+")
    paper = models.ForeignKey(Paper, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["preview", "line"], name="one_row_a_line"),
        ]

    def __str__(self) -> str:
        return f"{self.number}) {self.name}"

    @property
    def name(self) -> str:
        """Its title; where the list has none, what else it says of the paper."""
        return self.title or self.arxiv_id or self.url


class PreviewJob(Job):
    """The one request to arXiv that fills a preview's rows in."""

    task_name = "digests.look_up_week"

    preview = models.OneToOneField(WeekPreview, models.CASCADE, related_name="job")
