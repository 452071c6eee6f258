"""Who has a desk."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Editor(AbstractUser):
    """Someone with a desk. `pen_name` is how readers see them."""

    pen_name = models.CharField(_("pen name"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("editor")
        verbose_name_plural = _("editors")

    def __str__(self) -> str:
        return self.pen_name or self.get_full_name() or self.username
