"""Issues and the editors' working text of them. Who writes what is told in `digests.workflow`."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from markdownx.models import MarkdownxField
from simple_history.models import HistoricalRecords

from digests.models.house import Source
from digests.models.people import Editor
from papers.models import Paper, Version

TITLE_JA, HIGHLIGHT, ONE_LINER, SUMMARY = 40, 20, 60, 20_000


class IssueQuerySet(models.QuerySet["Issue"]):
    def newest_first(self) -> IssueQuerySet:
        return self.order_by("-first_on", "-pk")

    def scheduled(self) -> IssueQuerySet:
        """Those with a time at which they, or their changes, are published by themselves."""
        states = (Issue.State.SCHEDULED, Issue.State.PUBLISHED)
        return self.filter(state__in=states, scheduled_for__isnull=False)


class Issue(models.Model):
    """One week: what the editors are making. Readers see its editions."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being written")
        IN_REVIEW = "in_review", _("in review")
        READY = "ready", _("ready to publish")
        SCHEDULED = "scheduled", _("scheduled")
        PUBLISHED = "published", _("published")
        TAKEN_BACK = "taken_back", _("taken back")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="issues")
    slug = models.SlugField(max_length=60, unique=True)
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    title = models.CharField(
        _("title"),
        max_length=200,
        blank=True,
        help_text=_("Leave empty to have it composed from the week and the highlights."),
    )
    introduction = MarkdownxField(_("introduction"), blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.DRAFT, db_index=True
    )
    is_sample = models.BooleanField(_("sample"), default=False)
    scheduled_for = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    scheduled_by = models.ForeignKey(
        Editor, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    scheduled_change = models.CharField(  # of an issue that readers know: what its next edition is
        max_length=12, blank=True
    )
    schedule_note = models.CharField(max_length=500, blank=True)  # why it came late, or not at all
    comments_open = models.BooleanField(_("readers may comment"), default=True)
    assignee = models.ForeignKey(
        Editor, models.SET_NULL, null=True, blank=True, related_name="assigned_issues"
    )
    asked_by = models.ForeignKey(
        Editor, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # who handed the issue over for review
    created_by = models.ForeignKey(Editor, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    current_edition = models.OneToOneField(
        "Edition", models.PROTECT, null=True, blank=True, related_name="current_of"
    )
    row_version = models.PositiveIntegerField(default=1)

    objects = IssueQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["current_edition"])

    class Meta:
        ordering = ["-first_on", "-pk"]
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        permissions = [("publish_issue", _("Can publish an issue"))]
        constraints = [
            models.UniqueConstraint(fields=["source", "first_on"], name="one_issue_a_week"),
            models.CheckConstraint(
                condition=Q(first_on__lte=F("last_on")), name="issue_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_on:%Y-%m-%d} – {self.last_on:%Y-%m-%d}"

    @property
    def is_scheduled(self) -> bool:
        """Whether a time is set. An issue that readers know keeps its state meanwhile."""
        is_open = self.state in (self.State.SCHEDULED, self.State.PUBLISHED)
        return is_open and self.scheduled_for is not None


class EntryQuerySet(models.QuerySet["Entry"]):
    def removed_from(self, issue: Issue) -> EntryQuerySet:
        """The papers that were taken out of the issue, the last one first."""
        rows = self.filter(issue=issue, removed_at__isnull=False).order_by("-removed_at")
        return rows.select_related("version", "paper")

    def with_cards(self) -> EntryQuerySet:
        """With all that a desk shows of an entry."""
        return self.select_related("issue", "paper").prefetch_related(
            models.Prefetch("version", Version.objects.with_people()),
            "questions",
            "checks",
            models.Prefetch("evidence", Evidence.objects.select_related("version")),
            "jobs",
        )


EntryManager = models.Manager.from_queryset(EntryQuerySet)


class PresentEntries(EntryManager["Entry"]):
    """Those that have not been taken out of their issue."""

    def get_queryset(self) -> EntryQuerySet:
        return EntryQuerySet(self.model, using=self._db).filter(removed_at=None)


class Entry(models.Model):
    """One paper in one issue: the editors' working text of it. One that was taken out stays with
    all that belongs to it, so that nothing is lost: `objects` and an issue's or a paper's `entries`
    leave it out, `with_removed` and what points to it (`question.entry`) do not."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        APPROVED = "approved", _("approved")

    class Kind(models.TextChoices):
        METHOD = "method", _("method")
        RESOURCE = "resource", _("data or model release")
        EMPIRICAL = "empirical", _("empirical study")
        SURVEY = "survey", _("survey")
        THEORY = "theory", _("theory")

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="entries")
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="entries")
    version = models.ForeignKey(
        Version, models.PROTECT, null=True, blank=True, related_name="entries"
    )  # empty until arXiv has answered
    wanted_version = models.PositiveIntegerField(null=True, blank=True)  # empty: the newest
    as_of = models.DateField(null=True, blank=True)  # the version that stood on that day
    listed_title = models.CharField(max_length=500, blank=True)  # as the upstream list has it
    position = models.PositiveIntegerField(_("position"))
    kind = models.CharField(_("kind of paper"), max_length=10, choices=Kind.choices, blank=True)
    title_ja = models.CharField(_("Japanese title"), max_length=TITLE_JA, blank=True)
    highlight = models.CharField(_("highlight"), max_length=HIGHLIGHT, blank=True)
    one_liner = models.CharField(_("one-liner"), max_length=ONE_LINER, blank=True)
    summary = MarkdownxField(_("summary"), blank=True, max_length=SUMMARY)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    evidence_required = models.BooleanField(_("evidence required"), default=True)
    next_question = models.PositiveIntegerField(default=1)  # numbers and keys are never reused
    next_evidence = models.PositiveIntegerField(default=1)
    removed_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    objects = PresentEntries()
    with_removed = EntryQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.UniqueConstraint(fields=["issue", "paper"], name="a_paper_once_an_issue"),
        ]

    def __str__(self) -> str:
        return self.title_ja or self.original_title

    @property
    def original_title(self) -> str:
        return self.version.title if self.version else self.listed_title or str(self.paper)

    @property
    def is_approved(self) -> bool:
        return self.state == self.State.APPROVED

    @property
    def present_questions(self) -> list[Question]:
        """Those that have not been removed, in order; from what was prefetched, if it was."""
        return [q for q in self.questions.all() if q.removed_at is None]

    @property
    def removed_questions(self) -> list[Question]:
        return [q for q in self.questions.all() if q.removed_at is not None]


class QuestionQuerySet(models.QuerySet["Question"]):
    def present(self) -> QuestionQuerySet:
        return self.filter(removed_at__isnull=True).order_by("position", "number")


class Question(models.Model):
    """A question and its answer. Removed ones stay, so that removing can be undone and a number
    once given is never given again."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField(_("position"))
    bank_key = models.CharField(max_length=40, blank=True, db_index=True)
    question = models.CharField(_("question"), max_length=200)
    answer = MarkdownxField(_("answer"), blank=True, max_length=SUMMARY)
    removed_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    objects = QuestionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "number"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="one_question_a_number"),
        ]

    def __str__(self) -> str:
        return self.question


class Evidence(models.Model):
    """A verbatim quote that a sentence of the entry rests on. Rows are only ever added, so every
    old revision finds its quotes; the passage is named by its key and survives a new extraction."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="evidence")
    key = models.CharField(max_length=12)
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    passage_key = models.CharField(max_length=12)
    page = models.PositiveIntegerField(null=True, blank=True)
    section = models.CharField(max_length=300, blank=True)
    quote = models.TextField()
    found_for = models.ForeignKey(
        Question, models.SET_NULL, null=True, blank=True, related_name="found_evidence"
    )  # the question for which a draft or an editor found it; the marks in the text decide
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["entry", "pk"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(fields=["entry", "key"], name="one_evidence_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.quote[:60]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("evidence is only ever added")
        super().save(*args, **kwargs)

    @property
    def url(self) -> str:
        """The PDF, opened at the page."""
        if not self.version.pdf_url:
            return ""
        return f"{self.version.pdf_url}#page={self.page}" if self.page else self.version.url


class Check(models.Model):
    """A person has compared this sentence with its quotes. The row names both by a fingerprint, so
    that it stops counting by itself when either changes."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="checks")
    fingerprint = models.CharField(max_length=32)
    checked_by = models.ForeignKey(Editor, models.SET_NULL, null=True, related_name="+")
    checked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "fingerprint"], name="checked_once"),
        ]

    def __str__(self) -> str:
        return self.fingerprint
