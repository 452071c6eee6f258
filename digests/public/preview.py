"""An issue as readers would see it if it were published now: for the editors, and for those to whom
they have sent a link. The page is the article's; it is kept by nobody, found by no search engine,
and tells no other site its address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from digests import editions, notes, previewing
from digests.models import MAX_WORDS, Edition, Editor, Issue, Masthead, Note, PreviewLink
from digests.public import frames
from digests.public.outsiders import CleanText, OutsiderForm, from_here, outsiders_page
from digests.public.related import Beside, Near, beside, near_of, neighbour_of
from digests.public.views import show

View = Callable[..., HttpResponse]
PERMISSION = "digests.view_issue"
MOST_REMARKS, WITHIN = 10, 600  # by one link, in seconds
WHOLE_ISSUE = "issue"  # names the last box; a paper's slug is an id or begins with "x-"


def unseen(view: View) -> View:
    """No search engine lists the page; no site that it links to learns its address."""

    @wraps(view)
    def hidden(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return hidden


# ── for the editors ─────────────────────────────────────────────────────────────────────────────
@never_cache
@unseen
@require_safe
def staff_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """For signed-in staff who may see issues."""
    user = request.user
    if not (isinstance(user, Editor) and user.is_active and user.is_staff):
        return redirect_to_login(request.get_full_path())
    if not user.has_perm(PERMISSION):
        raise PermissionDenied
    issue = get_object_or_404(Issue.objects.select_related("source"), pk=pk)
    return _show(request, issue, user, desk=reverse("desk:issue", args=[pk]))


# ── for those with a link ───────────────────────────────────────────────────────────────────────
class RemarkForm(OutsiderForm):
    """A word about a paper, or about the issue: `about` is the name of its box."""

    text = CleanText(
        max_length=MAX_WORDS, error_messages={"required": gettext_lazy("Please write something.")}
    )
    about = forms.CharField(max_length=40)

    def clean_text(self) -> str:
        """Whoever was sent a link may name as many addresses as they like."""
        text: str = self.cleaned_data["text"]
        return text


@dataclass(frozen=True)
class Box:
    """A place for a remark. `refusal` says why the last one was not taken."""

    slug: str
    title: str
    form: RemarkForm
    refusal: str = ""
    is_thanked: bool = False

    @property
    def is_open(self) -> bool:
        return self.is_thanked or bool(self.refusal) or self.slug == WHOLE_ISSUE


@unseen
@outsiders_page
def link_preview(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever holds a link that is alive; a remark comes back to its place on the page."""
    link = previewing.find(token)
    if link is None:
        return _closed(request, "unknown", 404)
    if not previewing.is_alive(link):
        return _closed(request, "revoked" if link.revoked_at else "expired", 410)
    if request.method == "POST":
        return _take_remark(request, link)
    return _show_link(request, link, thanked=request.GET.get("thanks", ""))


def _closed(request: HttpRequest, why: str, status: int) -> HttpResponse:
    context = {"why": why, "code": status, "masthead": Masthead.get()}
    return render(request, "public/preview_closed.html", context, status=status)


def _take_remark(request: HttpRequest, link: PreviewLink) -> HttpResponse:
    form = RemarkForm(request.POST, about=str(link.uuid))
    slug = str(form.data.get("about", ""))
    entry = link.issue.entries.filter(paper__slug=slug).first()
    if entry is None and slug != WHOLE_ISSUE:  # the paper was taken out meanwhile
        slug = WHOLE_ISSUE
    status, refusal = _refusal(request, link, form)
    if status:
        return _show_link(request, link, sent=(slug, form, refusal), status=status)
    notes.add(
        link.issue,
        form.cleaned_data["text"],
        kind=Note.Kind.REMARK,
        entry=entry,
        name=form.cleaned_data["name"] or link.label,
    )
    return redirect(f"{request.path}?thanks={slug}#remark-{slug}")


def _refusal(request: HttpRequest, link: PreviewLink, form: RemarkForm) -> tuple[int, str]:
    """The status and the reason why a remark is not taken, or (0, ""). One that is taken counts for
    its link."""
    if not _is_from_here(request):
        return 403, _("It was not sent from this page. Please send it once more.")
    if not form.is_valid():
        return 400, _("Nothing has been sent yet. Please look at what is marked.")
    places = (f"remarks:{link.pk}:{n}" for n in range(MOST_REMARKS))
    if not any(cache.add(place, 1, WITHIN) for place in places):
        return 429, _("That is a lot in a short time. Please wait ten minutes and send it again.")
    return 0, ""


def _is_from_here(request: HttpRequest) -> bool:
    """A page that sends no referrer sends "null" as its origin too, and a browser that does not
    know Sec-Fetch-Site tells no more. No cookie is at stake: the address itself lets one in."""
    is_told = "Sec-Fetch-Site" in request.headers
    return from_here(request) or (not is_told and request.headers.get("Origin") == "null")


def _show_link(
    request: HttpRequest,
    link: PreviewLink,
    *,
    thanked: str = "",
    sent: tuple[str, RemarkForm, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    form = RemarkForm(about=str(link.uuid))
    papers = link.issue.entries.select_related("paper", "version").order_by("position", "pk")
    places = [*((e.paper.slug, str(e)) for e in papers), (WHOLE_ISSUE, "")]
    boxes = [
        Box(slug, title, *sent[1:])
        if sent and sent[0] == slug
        else Box(slug, title, form, is_thanked=thanked == slug)
        for slug, title in places
    ]
    response = _show(request, link.issue, link.created_by, boxes=boxes, link=link)
    response.status_code = status
    return response


# ── what both see ───────────────────────────────────────────────────────────────────────────────
def _show(request: HttpRequest, issue: Issue, by: Editor | None, **context: Any) -> HttpResponse:
    """The article by the code and the template of the public page. What leads to addresses that
    only exist after publishing is left out."""
    composed = editions.compose(issue, by)
    edition = as_fetched(composed)
    papers = [near_of(entry) for entry in edition.entries.all()]
    near = _beside(edition, papers)
    masthead = Masthead.get()
    related = frames.related_parts(papers, near)
    return show(
        request,
        "public/preview.html",
        **frames.article_context(edition, masthead, related, links_authors=False),
        masthead=masthead,
        neighbours_html=frames.neighbours_html(near),
        canonical="",
        is_preview=True,
        waiting=composed.waiting,
        **context,
    )


def _beside(edition: Edition, papers: Sequence[Near]) -> Beside:
    """An issue that nobody has seen yet would come after the newest."""
    near = beside(edition.slug, papers)
    newest = Edition.objects.public().newest_first().first()
    if near.older or near.newer or newest is None or newest.slug == edition.slug:
        return near
    return replace(near, older=neighbour_of(newest))


def as_fetched(composed: editions.Composed) -> Edition:
    """The composed edition with its rows where a page looks for them, as `with_article()` leaves a
    stored one. Its keys are none that the database gives: nothing of it may be saved."""
    edition = composed.edition
    edition.pk = 0
    for number, entry in enumerate(composed.entries, 1):
        entry.row.pk = -number
        entry.row.title_ja = entry.row.title_ja or entry.row.title  # a heading is never empty
        _keep(entry.row, "questions", entry.questions)
    _keep(edition, "entries", [entry.row for entry in composed.entries])
    return edition


def _keep(row: Model, name: str, rows: list[Any]) -> None:
    """Put the rows where `prefetch_related` puts them."""
    kept = getattr(row, name).all()
    kept._result_cache = rows
    row._prefetched_objects_cache = {name: kept}  # type: ignore[attr-defined]
