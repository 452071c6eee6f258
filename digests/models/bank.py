"""The house's standard questions and its glossary."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.models.issues import Entry


class BankQuestion(models.Model):
    """A standard question of the house."""

    key = models.SlugField(_("key"), unique=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    ja = models.CharField(_("question (Japanese)"), max_length=200)
    en = models.CharField(_("question (English)"), max_length=200)
    hint_ja = models.CharField(_("hint for the drafter"), max_length=200, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["position", "key"]
        verbose_name = _("bank question")
        verbose_name_plural = _("question bank")

    def __str__(self) -> str:
        return self.ja


class BankPriority(models.Model):
    """For which kind of paper a bank question is asked; 1 is asked first."""

    question = models.ForeignKey(BankQuestion, models.CASCADE, related_name="priorities")
    kind = models.CharField(_("kind of paper"), max_length=10, choices=Entry.Kind.choices)
    priority = models.PositiveSmallIntegerField(_("priority"))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["kind", "priority"]
        verbose_name = _("priority for a kind of paper")
        verbose_name_plural = _("priorities by kind of paper")
        constraints = [
            models.UniqueConstraint(fields=["question", "kind"], name="one_priority_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.priority}"


class Term(models.Model):
    """A word of the glossary: how it is said in Japanese, and how it must not be."""

    position = models.PositiveIntegerField(_("position"), default=0)
    en = models.CharField(_("English"), max_length=120, unique=True)
    ja = models.CharField(_("Japanese"), max_length=120)
    forbidden = models.CharField(
        _("not to be used"), max_length=300, blank=True, help_text=_("Separated by commas.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["position", "en"]
        verbose_name = _("glossary term")
        verbose_name_plural = _("glossary")

    def __str__(self) -> str:
        return f"{self.en} → {self.ja}"
