"""What people say about an issue before and after it is public: notes of the editors, remarks on a
preview, readers' letters and comments."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models.issues import Entry, Issue, Question
from digests.models.people import Editor

MAX_WORDS, MAX_NAME = 4000, 60


class NoteQuerySet(models.QuerySet["Note"]):
    def open(self) -> NoteQuerySet:
        return self.filter(done_at=None)

    def outside_papers(self) -> NoteQuerySet:
        """Those about the issue as a whole, and those of papers that were taken out of it."""
        return self.filter(Q(entry=None) | Q(entry__removed_at__isnull=False))

    def thread(self) -> NoteQuerySet:
        """In the order they were written, with who wrote them."""
        return self.select_related("by", "done_by", "question").order_by("created_at", "pk")


class Note(models.Model):
    """A word to the editors about an issue, one of its papers, or one question: the thread that
    the desk shows. Who has no account signs with `name`."""

    class Kind(models.TextChoices):
        NOTE = "note", _("note")
        SENT_BACK = "sent_back", _("sent back")
        REMARK = "remark", _("remark on a preview")
        ERROR = "error", _("a reader found an error")
        ASKED = "asked", _("a reader asks")

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="notes")
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, blank=True, related_name="notes")
    question = models.ForeignKey(
        Question, models.SET_NULL, null=True, blank=True, related_name="notes"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.NOTE)
    by = models.ForeignKey(Editor, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=MAX_NAME, blank=True)
    text = models.CharField(_("text"), max_length=MAX_WORDS)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Editor, models.SET_NULL, null=True, blank=True, related_name="+")
    made = models.ForeignKey(
        Question, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # the question that a reader's became

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def signed(self) -> str:
        """Who wrote it, as the desk shows them."""
        return str(self.by) if self.by else self.name

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    def alive(self) -> PreviewLinkQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class PreviewLink(models.Model):
    """Lets somebody without an account read an issue before it is public, for a while."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="preview_links")
    label = models.CharField(_("for whom"), max_length=MAX_NAME, blank=True)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Editor, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")

    def __str__(self) -> str:
        return f"{self.issue} {self.label}".strip()


class CommentQuerySet(models.QuerySet["Comment"]):
    def public(self) -> CommentQuerySet:
        """What readers may see. The only definition."""
        return self.filter(state=Comment.State.SHOWN).order_by("created_at", "pk")

    def waiting(self) -> CommentQuerySet:
        return self.filter(state=Comment.State.WAITING)


class Comment(models.Model):
    """A reader's word at the end of an issue; seen by others once an editor has let it through."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SHOWN = "shown", _("shown")
        HIDDEN = "hidden", _("hidden")

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="comments")
    name = models.CharField(_("name"), max_length=MAX_NAME, blank=True)
    text = models.CharField(_("text"), max_length=MAX_WORDS)
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.WAITING, db_index=True
    )
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Editor, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_comment_says_something")
        ]

    def __str__(self) -> str:
        return self.text[:60]
