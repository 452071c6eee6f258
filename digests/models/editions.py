"""What readers see of an issue: frozen when it was published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.models.issues import HIGHLIGHT, ONE_LINER, TITLE_JA, Issue
from digests.models.notes import Comment
from digests.models.people import Editor
from papers.models import Paper, Version

# Of an edition: lists leave them unread.
BODIES = ("introduction", "introduction_html", "fingerprint")


class EditionQuerySet(models.QuerySet["Edition"]):
    def public(self) -> EditionQuerySet:
        """What readers may see: the newest edition of each published issue. The only definition."""
        # Asked row by row: joined, SQLite reads and sorts all of them to find the newest ten.
        shown = Issue.objects.filter(
            state=Issue.State.PUBLISHED, current_edition=models.OuterRef("pk")
        )
        return self.filter(models.Exists(shown)).select_related("issue")

    def newest_first(self) -> EditionQuerySet:
        return self.order_by("-first_published_at", "-pk")

    def with_article(self) -> EditionQuerySet:
        """With entries and questions: an article in three queries, whatever its size."""
        return self.prefetch_related(*article_rows())

    def with_page(self, name: str, made_by: str) -> EditionQuerySet:
        """With `page`, what was made of the edition beforehand by this very code, or None."""
        pages = EditionPage.objects.filter(edition=models.OuterRef("pk"), name=name)
        body = models.Subquery(pages.filter(made_by=made_by).values("body"))
        return self.annotate(page=body)  # type: ignore[no-redef]

    def with_voices(self) -> EditionQuerySet:
        """With `has_comments`: whether readers' words are shown under it."""
        comments = Comment.objects.public().filter(issue=models.OuterRef("issue"))
        return self.annotate(has_comments=models.Exists(comments))  # type: ignore[no-redef]


def article_rows() -> tuple[models.Prefetch, ...]:
    """Of editions, what their articles show: entries with the versions that they cite, questions.
    Two queries."""
    entries = EditionEntry.objects.select_related("version").order_by("position")
    hidden = ("abstract", "comment", "journal_ref")
    return (
        models.Prefetch("entries", entries.defer(*(f"version__{name}" for name in hidden))),
        models.Prefetch("entries__questions", EditionQuestion.objects.order_by("position")),
    )


class Edition(models.Model):
    """What readers see of an issue: frozen when it was published."""

    class Change(models.TextChoices):
        FIRST = "first", _("first edition")
        MINOR = "minor", _("minor change")
        CORRECTION = "correction", _("correction")

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    change = models.CharField(max_length=12, choices=Change.choices, default=Change.FIRST)
    published_at = models.DateTimeField()
    first_published_at = models.DateTimeField()
    published_by = models.ForeignKey(Editor, models.SET_NULL, null=True, related_name="+")
    override_reason = models.CharField(max_length=500, blank=True)
    slug = models.SlugField(max_length=60)
    first_on = models.DateField()
    last_on = models.DateField()
    title = models.CharField(max_length=300)
    introduction = models.TextField(default="")  # the Markdown of the HTML
    introduction_html = models.TextField()
    count_line = models.CharField(max_length=200)
    description = models.CharField(max_length=300)
    source_name = models.CharField(max_length=120)
    source_url = models.CharField(max_length=500, blank=True)
    is_sample = models.BooleanField(default=False)
    fingerprint = models.JSONField(default=dict)  # of each piece, to tell what has changed since

    if TYPE_CHECKING:  # of one that was fetched `with_page()`, `with_voices()`
        page: bytes | None
        has_comments: bool

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        constraints = [
            models.UniqueConstraint(fields=["issue", "number"], name="one_edition_a_number"),
        ]
        indexes = [
            # Lists and neighbours read the newest few, however many there are.
            models.Index(fields=["first_published_at", "id"], name="editions_by_publication"),
            models.Index(fields=["first_on"], name="editions_by_week"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    def get_absolute_url(self) -> str:
        return f"/issues/{self.slug}/"

    @property
    def updated_at(self) -> Any:
        return self.published_at


class EditionEntry(models.Model):
    """One paper as readers see it."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="edition_entries")
    version = models.ForeignKey(Version, models.PROTECT, related_name="edition_entries")
    slug = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, blank=True)
    title = models.CharField(max_length=1000)
    title_ja = models.CharField(max_length=TITLE_JA)
    highlight = models.CharField(max_length=HIGHLIGHT)
    one_liner = models.CharField(max_length=ONE_LINER)
    authors = models.JSONField(default=list)  # printed names in order
    author_slugs = models.JSONField(default=list)  # of the same, for their pages
    categories = models.JSONField(default=list)  # [{code, name}] in order
    published_on = models.DateField()
    updated_on = models.DateField()
    url = models.CharField(max_length=1000, blank=True)
    pdf_url = models.CharField(max_length=1000, blank=True)
    arxiv_id = models.CharField(max_length=32, blank=True)
    version_number = models.PositiveIntegerField(default=1)
    summary = models.TextField()
    summary_html = models.TextField()
    summary_evidence = models.JSONField(default=list)  # [{sentence, quotes: [{quote, page, …}]}]
    provenance = models.CharField(max_length=400, blank=True)
    shows_evidence = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "paper"], name="a_paper_once_an_edition"),
        ]

    def __str__(self) -> str:
        return self.title_ja


class EditionQuestion(models.Model):
    """A question with its answer as readers see it."""

    entry = models.ForeignKey(EditionEntry, models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    bank_key = models.CharField(max_length=40, blank=True, db_index=True)
    question = models.CharField(max_length=200)
    answer = models.TextField()
    answer_html = models.TextField()
    evidence = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.question

    @property
    def anchor(self) -> str:
        return f"{self.entry.slug}-q{self.number}"


class EditionPage(models.Model):
    """What a page or a feed shows of an edition, made beforehand; written by `digests.public.kept`
    alone. Nothing is lost with it: whoever finds none that was made as now makes it anew."""

    class Name(models.TextChoices):
        ARTICLE = "article"
        FEED = "feed"
        SUMMARY = "summary"
        PAPERS = "papers"

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="pages")
    name = models.CharField(max_length=10, choices=Name.choices)
    made_by = models.CharField(max_length=64)  # code, words, settings and masthead, as a hash
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "name"], name="one_page_of_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.name}"


class SearchDocument(models.Model):
    """What is found of a paper in a public issue; written by `digests.search_index` alone. The
    database's own index follows this table by triggers (SQLite), which a later migration that
    alters it must make again."""

    id = models.BigIntegerField(primary_key=True)  # in order of the week's first day
    entry = models.OneToOneField(EditionEntry, models.CASCADE, related_name="search_document")
    categories = models.JSONField(default=list)  # codes
    passages = models.JSONField(default=list)  # [[number, question, text]]; the summary's is 0
    tokens = models.TextField()

    def __str__(self) -> str:
        return str(self.entry)


class SiteStamp(models.Model):
    """One row that changes with whatever readers see; written by `digests.site_stamp` alone."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    mark = models.CharField(max_length=32)
    moved = models.BigIntegerField()  # seconds since 1970

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_site_stamp")]

    def __str__(self) -> str:
        return self.mark
