"""Papers as arXiv has them (or as an editor typed them), their text, and work on them.

Written by `papers.ingest` alone; a stored version never changes.
"""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """An arXiv category by its code."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["code"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Author(models.Model):
    """A printed name, not a person: two people of one name share a row."""

    name = models.CharField(_("name"), max_length=300, unique=True)
    slug = models.CharField(max_length=120, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("author")
        verbose_name_plural = _("authors")

    def __str__(self) -> str:
        return self.name


class Paper(models.Model):
    """An arXiv record by its id without version, or an external paper (no arXiv id)."""

    arxiv_id = models.CharField("arXiv", max_length=32, null=True, blank=True, unique=True)
    slug = models.CharField(max_length=40, unique=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # arXiv was asked for the newest
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [
            models.CheckConstraint(
                condition=Q(arxiv_id__isnull=False) | Q(slug__startswith="x-"),
                name="paper_has_arxiv_id_or_external_slug",
            )
        ]

    def __str__(self) -> str:
        return self.arxiv_id or self.slug

    @property
    def is_external(self) -> bool:
        return self.arxiv_id is None

    def newest(self) -> Version | None:
        return self.versions.order_by("-number").first()


class VersionQuerySet(models.QuerySet["Version"]):
    def with_people(self) -> VersionQuerySet:
        """With authors and categories in their order, in two more queries."""
        return self.select_related("paper", "primary_category").prefetch_related(
            models.Prefetch(
                "authorships", Authorship.objects.select_related("author").order_by("position")
            ),
            models.Prefetch(
                "listings", Listing.objects.select_related("category").order_by("position")
            ),
        )


class Version(models.Model):
    """One version of a paper as it was given to us."""

    class Origin(models.TextChoices):
        ARXIV = "arxiv", "arXiv"
        TYPED = "typed", _("typed by an editor")
        SAMPLE = "sample", _("sample (facts only, no abstract)")

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.ARXIV)
    title = models.CharField(_("title"), max_length=1000)
    abstract = models.TextField(_("abstract"), blank=True)
    published_at = models.DateTimeField(_("first submitted"))
    updated_at = models.DateTimeField(_("last updated"))
    comment = models.TextField(_("comment"), blank=True)
    doi = models.CharField("DOI", max_length=300, blank=True)
    journal_ref = models.TextField(_("journal reference"), blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    pdf_url = models.URLField(_("PDF address"), max_length=1000, blank=True)
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False)
    primary_category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+"
    )
    authors = models.ManyToManyField(Author, through="Authorship", related_name="versions")
    categories = models.ManyToManyField(Category, through="Listing", related_name="versions")
    fetched_at = models.DateTimeField(auto_now_add=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["paper", "-number"]
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            models.UniqueConstraint(fields=["paper", "number"], name="one_row_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.paper}v{self.number}" if not self.paper.is_external else self.title

    @property
    def published_on(self) -> date:
        """As arXiv has it: in UTC."""
        return self.published_at.astimezone(UTC).date()

    @property
    def updated_on(self) -> date:
        return self.updated_at.astimezone(UTC).date()

    @property
    def author_names(self) -> list[str]:
        return [a.author.name for a in self.authorships.all()]

    @property
    def category_codes(self) -> list[str]:
        return [listing.category.code for listing in self.listings.all()]


class Authorship(models.Model):
    version = models.ForeignKey(Version, models.CASCADE, related_name="authorships")
    author = models.ForeignKey(Author, models.PROTECT, related_name="authorships")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_author_a_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.author}"


class Listing(models.Model):
    """A category that a version is listed in; position 1 is the primary one."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="listings")
    category = models.ForeignKey(Category, models.PROTECT, related_name="listings")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "category"], name="listed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.category}"


class FullText(models.Model):
    """What was read from the PDF of a version; the PDF itself is not kept."""

    version = models.OneToOneField(Version, models.CASCADE, related_name="full_text")
    sha256 = models.CharField(max_length=64)
    extractor = models.CharField(max_length=60)
    pages = models.PositiveIntegerField()
    hidden = models.JSONField(_("hidden text"), default=list, blank=True)
    extracted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("full text")
        verbose_name_plural = _("full texts")

    def __str__(self) -> str:
        return f"{self.version} ({self.pages} p.)"


class Passage(models.Model):
    """A numbered piece of a version's text; `abs` is the abstract as arXiv has it."""

    class Kind(models.TextChoices):
        BODY = "body", _("body")
        ABSTRACT = "abstract", _("abstract")
        CAPTION = "caption", _("caption")
        APPENDIX = "appendix", _("appendix")
        REFERENCES = "references", _("references")

    version = models.ForeignKey(Version, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=12)
    page = models.PositiveIntegerField(null=True, blank=True)
    section = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField()

    class Meta:
        ordering = ["version", "position"]
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_passage_a_key"),
            models.UniqueConstraint(fields=["version", "position"], name="passage_position"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.key}"


class UploadedPdf(models.Model):
    """An external paper's PDF, kept in the database until its text has been read: web and worker
    may be on different machines."""

    version = models.OneToOneField(Version, models.CASCADE, related_name="uploaded_pdf")
    content = models.BinaryField()
    uploaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"PDF: {self.version}"


class Lane(models.Model):
    """One connection at a time to one side of arXiv, over all processes and machines."""

    name = models.CharField(max_length=10, unique=True)
    holder = models.CharField(max_length=64, blank=True)
    leased_until = models.DateTimeField(null=True)
    free_at = models.DateTimeField()  # the gap, or arXiv's Retry-After, ends here

    class Meta:
        verbose_name = _("lane to arXiv")
        verbose_name_plural = _("lanes to arXiv")

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """When a worker last did a real task."""

    worker = models.CharField(max_length=200, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("worker seen")
        verbose_name_plural = _("workers seen")

    def __str__(self) -> str:
        return self.worker


class Job(models.Model):
    """A request for work. The row is the truth; the message only rings the bell.

    Subclasses name the task that does them. Columns are written by `papers.jobs` alone.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        WAITING = "waiting", _("waiting to retry")
        FAILED = "failed", _("failed")
        DONE = "done", _("done")

    task_name = ""

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=0)  # only grows: it fences late writes
    attempt_limit = models.PositiveIntegerField(default=0)
    requested_at = models.DateTimeField()
    rung_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)
    error_value = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING, self.State.WAITING)


def slug_for_name(name: str, taken: Any) -> str:
    """A readable ASCII slug for a printed name, with a number where another name has it.

    `taken(slug)` says whether a slug is in use.
    """
    stem = slugify(name)[:100] or "author"
    slug, n = stem, 1
    while taken(slug):
        n += 1
        slug = f"{stem}-{n}"
    return slug
