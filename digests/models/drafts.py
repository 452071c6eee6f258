"""The machine's work on an entry: what it proposed, what that cost, what a person said to it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from digests.models.issues import Entry, EntryQuerySet, Question
from digests.models.people import Editor
from papers.models import Job, Version


class EntryJob(Job):
    """Work on an entry: its metadata, its text, its draft; finishing one queues the next."""

    class Step(models.TextChoices):
        METADATA = "metadata", _("metadata")
        TEXT = "text", _("full text")
        DRAFT = "draft", _("draft")

    task_name = "digests.run_step"

    class Drafter(models.TextChoices):
        AUTO = "auto", _("the model, if there is one")
        EXTRACTION = "extraction", _("extraction, without a model")

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="jobs")
    step = models.CharField(max_length=10, choices=Step.choices)
    scope = models.CharField(max_length=40, default="all")  # all, summary, q12 (a question's pk)
    drafter = models.CharField(max_length=12, choices=Drafter.choices, default=Drafter.AUTO)
    try_number = models.PositiveIntegerField(default=1)  # an editor's "again" makes the next one

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "step", "scope"], name="one_job_a_step"),
        ]


class Draft(models.Model):
    """What the machine proposed, once; never changed. One row per key, so that an automatic repeat
    costs nothing."""

    class Origin(models.TextChoices):
        EXTRACTION = "extraction", _("extracted notes")
        MODEL = "model", _("AI draft")
        BY_HAND = "by_hand", _("AI draft, pasted by hand")

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="drafts")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    prompt = models.CharField(max_length=60)
    model = models.CharField(max_length=120, blank=True)  # empty: extraction, no model
    scope = models.CharField(max_length=40, default="all")
    try_number = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.EXTRACTION)
    left_out = models.JSONField(default=list, blank=True)  # bank keys without evidence in the paper
    dropped = models.JSONField(default=list, blank=True)  # [{what, reason}] refused parts
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "version", "prompt", "model", "scope", "try_number"],
                name="one_draft_a_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.model or self.prompt} ({self.try_number})"


class Spending(models.Model):
    """What one request for a draft took, whether a draft came of it or not. What the server did
    not say is empty, and so is a cost whose price is not known: never 0. Where the server did not
    count, `estimate` is the cost by our own count; the month's budget holds it too."""

    entry = models.ForeignKey(Entry, models.SET_NULL, null=True, related_name="spending")
    draft = models.OneToOneField(Draft, models.SET_NULL, null=True, related_name="spending")
    model = models.CharField(max_length=120)
    calls = models.PositiveIntegerField()
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_cached = models.PositiveIntegerField(null=True)  # part of tokens_in
    tokens_out = models.PositiveIntegerField(null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    estimate = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    currency = models.CharField(max_length=3)
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("spending")
        verbose_name_plural = _("spending")

    def __str__(self) -> str:
        return f"{self.model}: {self.cost if self.cost is not None else '?'} {self.currency}"


class DraftItemQuerySet(models.QuerySet["DraftItem"]):
    def current(self) -> DraftItemQuerySet:
        """Those of the newest draft of each scope; a newer draft takes an older one's place."""
        newer = Draft.objects.filter(
            entry=models.OuterRef("draft__entry"),
            scope=models.OuterRef("draft__scope"),
            pk__gt=models.OuterRef("draft"),
        )
        return self.exclude(models.Exists(newer))

    def undecided(self) -> DraftItemQuerySet:
        """Those that wait for a person; a paper that was taken out of its issue asks nobody."""
        return self.current().filter(decision__isnull=True, draft__entry__removed_at=None)

    def with_counts(self, entries: EntryQuerySet) -> EntryQuerySet:
        """The entries, each with `undecided`: how many of these items wait for a person."""
        waiting = (
            self.undecided()
            .filter(draft__entry=models.OuterRef("pk"))
            .order_by()
            .values("draft__entry")
            .annotate(n=models.Count("pk"))
            .values("n")
        )
        return entries.annotate(undecided=Coalesce(models.Subquery(waiting), 0))


class DraftItem(models.Model):
    """One proposed field or question with its evidence; never changed."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    field = models.CharField(max_length=12)  # title_ja, highlight, one_liner, summary, question
    bank_key = models.CharField(max_length=40, blank=True)
    question = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    target = models.ForeignKey(
        Question, models.SET_NULL, null=True, blank=True, related_name="proposals"
    )  # the question that is drafted again
    evidence = models.JSONField(default=list, blank=True)  # [{passage_key, page, section, quote}]
    problems = models.JSONField(default=list, blank=True)

    objects = DraftItemQuerySet.as_manager()

    class Meta:
        ordering = ["draft", "position"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "position"], name="one_item_a_position"),
        ]

    def __str__(self) -> str:
        return self.question or self.field


class Decision(models.Model):
    """What a person said to a draft item."""

    item = models.OneToOneField(DraftItem, models.CASCADE, related_name="decision")
    is_accepted = models.BooleanField()
    question = models.ForeignKey(Question, models.SET_NULL, null=True, related_name="+")
    decided_by = models.ForeignKey(Editor, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.item}: {self.is_accepted}"
