"""Ready texts with which an issue and its papers are announced elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from digests import announcements, editions
from digests.desk.access import desk
from digests.desk.frame import page
from digests.models import Edition, EditionEntry, Issue, Masthead
from papers.cleaning import clean, clean_line


@dataclass(frozen=True)
class Announcement:
    """A text to be copied, with its lengths as X and Bluesky count them."""

    name: str
    title: str
    text: str
    x: int
    bluesky: int

    @property
    def rows(self) -> int:
        return self.text.count("\n") + 3


@desk("digests.view_issue", methods="GET")
def announcements_of_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """For a public issue the texts; for another, when there will be some."""
    issue = get_object_or_404(Issue.objects.select_related("current_edition"), pk=pk)
    is_public = issue.state == Issue.State.PUBLISHED and issue.current_edition is not None
    return page(
        request,
        "desk/announcements.html",
        _("Announcements"),
        issue=issue,
        texts=_texts(issue.current_edition) if is_public and issue.current_edition else [],
        is_public=is_public,
        x_most=announcements.X_MOST,
        bluesky_most=announcements.BLUESKY_MOST,
        can_change_templates=request.user.has_perm("digests.change_masthead"),
    )


def _texts(edition: Edition) -> list[Announcement]:
    masthead = Masthead.get()
    url = settings.SITE_URL + edition.get_absolute_url()
    entries = list(edition.entries.all())
    whole = announcements.announce(
        clean(masthead.announcement_template), _choices(edition, entries, url), cut="title"
    )
    return [
        _announcement("issue", edition.title, whole),
        *(_of_paper(entry, masthead, url) for entry in entries),
    ]


def _choices(edition: Edition, entries: list[EditionEntry], url: str) -> list[dict[str, str]]:
    """With as many highlights as the title has, then with fewer, whole ones, then with none."""
    highlights = [entry.highlight for entry in entries]
    most = editions.highlights_words(highlights)
    made = []
    for number in range(editions.NAMED_IN_TITLE, -1, -1):
        named = editions.highlights_words(highlights, number)
        values = {
            "title": edition.title.replace(most, named) if most else edition.title,
            "week": editions.week_words(edition.first_on, edition.last_on),
            "highlights": named,
            "count": str(len(entries)),
            "url": url,
        }
        made.append({name: clean_line(value) for name, value in values.items()})
    return made


def _of_paper(entry: EditionEntry, masthead: Masthead, url: str) -> Announcement:
    values = {
        "title_ja": entry.title_ja,
        "highlight": entry.highlight,
        "one_liner": entry.one_liner,
        "title": entry.title,
        "url": f"{url}#{entry.slug}",
    }
    choice = {name: clean_line(value) for name, value in values.items()}
    template = clean(masthead.paper_announcement_template)
    text = announcements.announce(template, [choice], cut="one_liner")
    return _announcement(entry.slug, entry.title_ja, text)


def _announcement(name: str, title: str, text: str) -> Announcement:
    lengths = announcements.weight_x(text), announcements.graphemes(text)
    return Announcement(name, title, text, *lengths)
