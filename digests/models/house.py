"""What the house sets once: its name, its standing sentences, and its sources."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from markdownx.models import MarkdownxField

from papers.models import Job


class Masthead(models.Model):
    """The site's name and its standing sentences: one row, changed in the admin.

    In the templates {week}, {highlights}, {count}, {source} and {url} are filled in.
    """

    name = models.CharField(_("name of the site"), max_length=80, default="最新論文ノート")
    description = models.CharField(
        _("description"),
        max_length=200,
        default="その週に注目された論文を、概要と質問・回答で紹介します。",
    )
    title_template = models.CharField(
        _("title of an issue"), max_length=200, default="最新論文ノート【{week}】{highlights}"
    )
    introduction_template = models.TextField(
        _("introduction of an issue"),
        default=(
            "[{source}]({url})が取り上げた論文から、編集部が選んだものを紹介します。"
            "それぞれの概要と質問・回答を読めば、どの論文をじっくり読むかを決められます。"
        ),
    )
    count_template = models.CharField(
        _("sentence before the list"),
        max_length=200,
        default="今回紹介する論文は次の{count}本です。",
    )
    provenance_template = models.CharField(
        _("how the text was made"),
        max_length=300,
        default="編集者が論文本文をもとに執筆しました。",
    )
    model_provenance_template = models.CharField(
        _("how the text was made, with a model"),
        max_length=300,
        default=(
            "概要と回答は、論文本文（{version}）をもとに{model}が下書きし（{date}）、"
            "{name}が原文と照合して編集しました。"
        ),
        help_text=_("{version}, {model}, {date} and {name} are filled in."),
    )
    checked_template = models.CharField(
        _("how many sentences were checked"),
        max_length=200,
        default="{total}文中{checked}文を編集者が確認しました。",
        help_text=_("Shown where not all were; {total} and {checked} are filled in."),
    )

    about = MarkdownxField(
        _("about this site"),
        blank=True,
        default=(
            "このサイトは、その週に注目された論文を編集部が選び、概要と質問・回答で紹介します。\n\n"
            "文章はAIまたは抽出による下書きをもとに編集者が書き、公開前に確認しています。"
            "それぞれの文の「根拠」を開くと、よりどころとした論文の一文と、そのページを確かめられます。"
        ),
        help_text=_("The page “About”, in Markdown."),
    )
    picture = models.ImageField(
        _("picture"),
        upload_to="site/",
        blank=True,
        help_text=_("Stands on the cards that other sites show; about 1200 × 630 pixels."),
    )
    announcement_template = models.TextField(
        _("announcement of an issue"),
        default="{title}\n{url}",
        help_text=_("{title}, {week}, {highlights}, {count} and {url} are filled in."),
    )
    paper_announcement_template = models.TextField(
        _("announcement of a paper"),
        default="「{title_ja}」{one_liner}\n{url}",
        help_text=_("{title_ja}, {highlight}, {one_liner}, {title} and {url} are filled in."),
    )

    class Meta:
        verbose_name = _("site name and standing sentences")
        verbose_name_plural = _("site name and standing sentences")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_masthead")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def get(cls) -> Masthead:
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Source(models.Model):
    """An upstream list that weeks are taken from."""

    key = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(_("address for readers"), max_length=500, blank=True)
    list_url = models.CharField(
        _("address of the list"),
        max_length=500,
        blank=True,
        help_text=_("{year} stands for the year of the week."),
    )

    is_watched = models.BooleanField(
        _("looked at by itself"),
        default=False,
        help_text=_("Each hour between the two times below, in Japanese time."),
    )
    opens_on = models.PositiveSmallIntegerField(
        _("from (day)"), choices=Weekday.choices, default=Weekday.SUNDAY
    )
    opens_at = models.TimeField(_("from (time)"), default=time(18))
    closes_on = models.PositiveSmallIntegerField(
        _("until (day)"), choices=Weekday.choices, default=Weekday.TUESDAY
    )
    closes_at = models.TimeField(_("until (time)"), default=time(23, 59))
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    look_result = models.CharField(max_length=40, blank=True, editable=False)  # a code
    look_value = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.name


class SourceJob(Job):
    """A look at a source: whether the week that is due has appeared."""

    task_name = "digests.look_at_source"

    source = models.OneToOneField(Source, models.CASCADE, related_name="job")
