"""The preview of an issue: the article as it will be, for the editors and whoever has a link."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from time_machine import travel

from digests import previewing, workflow
from digests.cards import save_card
from digests.models import (
    MAX_WORDS,
    Edition,
    EditionEntry,
    EditionQuestion,
    Editor,
    Entry,
    Issue,
    Note,
    PreviewLink,
)
from tests.factories import (
    make_edition,
    make_editor,
    make_entry,
    make_issue,
    make_paper,
    make_written_entry,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
HERE = {"Sec-Fetch-Site": "same-origin"}
STATIC = "/static/"


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """No remark of another test."""
    cache.clear()


@pytest.fixture
def hana() -> Editor:
    return make_editor("hana")


@pytest.fixture
def issue() -> Issue:
    """Two written papers, not public."""
    made = make_issue()
    make_written_entry(made, title_ja="一つ目の論文")
    make_written_entry(made, title_ja="二つ目の論文")
    return made


@pytest.fixture
def stranger() -> Client:
    return Client()


def signed_in(editor: Editor) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def staff_page(issue: Issue) -> str:
    return f"/preview/issues/{issue.pk}/"


def make_link(issue: Issue, **columns: Any) -> PreviewLink:
    link = previewing.make(issue, days=7, by=make_editor(), label="共著者")
    PreviewLink.objects.filter(pk=link.pk).update(**columns)
    link.refresh_from_db()
    return link


def page_of(link: PreviewLink) -> str:
    return f"/preview/{previewing.token_of(link)}/"


def main_of(html: str) -> str:
    """The article's own part of a page."""
    return html.partition('<header class="issue-head">')[2].partition('<nav class="neighbours"')[0]


# ── the page is the article ─────────────────────────────────────────────────────────────────────
ONLY_PUBLIC = re.compile(
    r'<section class="(?:cite-issue|comments)".*?</section>'
    r'|<p class="(?:to-editors|related own-page)">.*?</p>'
    r'|<li><a href="/[^"]*" download>.*?</li>',
    re.DOTALL,
)


def texts_in(html: str) -> list[str]:
    """The words of the article without what only stands there once it is public."""
    plain = re.sub(r"<[^>]+>", "", ONLY_PUBLIC.sub("", main_of(html)))
    return [line.strip() for line in plain.splitlines() if line.strip()]


def test_the_preview_is_what_publishing_then_shows(
    hana: Editor, issue: Issue, stranger: Client
) -> None:
    preview = signed_in(hana).get(staff_page(issue)).content.decode()
    edition = make_edition(issue, by=hana)
    article = stranger.get(edition.get_absolute_url()).content.decode()
    assert texts_in(preview) == texts_in(article) and len(texts_in(article)) > 30
    assert "一つ目の論文" in preview and "Evidence: 1 quote" in preview
    assert re.findall(r'id="[^"]*-q1"', preview) == re.findall(r'id="[^"]*-q1"', article)


def test_the_preview_of_a_public_issue_shows_what_is_not_public_yet(
    hana: Editor, issue: Issue, stranger: Client
) -> None:
    edition = make_edition(issue, by=hana)
    entry = issue.entries.get(title_ja="一つ目の論文")
    save_card(entry, entry.row_version, {"title_ja": "直した題"}, by=hana)
    preview = signed_in(hana).get(staff_page(issue)).content.decode()
    article = stranger.get(edition.get_absolute_url()).content.decode()
    assert "直した題" in preview and "一つ目の論文" not in preview
    assert "直した題" not in article
    assert edition.get_absolute_url() not in preview  # it is no neighbour of its own


def test_a_preview_writes_nothing(hana: Editor, issue: Issue, stranger: Client) -> None:
    link = make_link(issue)
    before = Issue.objects.filter(pk=issue.pk).values().get()
    assert signed_in(hana).get(staff_page(issue)).status_code == 200
    assert stranger.get(page_of(link)).status_code == 200
    assert not Edition.objects.exists()
    assert not EditionEntry.objects.exists() and not EditionQuestion.objects.exists()
    assert Issue.objects.filter(pk=issue.pk).values().get() == before


def test_it_says_that_it_is_a_preview_and_nobody_keeps_it(hana: Editor, issue: Issue) -> None:
    response = signed_in(hana).get(staff_page(issue))
    page = response.content.decode()
    assert "Preview of a draft (readers don't see it)" in page
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    assert "canonical" not in page and "og:url" not in page and "ld+json" not in page
    assert "ETag" not in response.headers and "Last-Modified" not in response.headers


def test_no_link_of_a_preview_leads_nowhere(hana: Editor, issue: Issue) -> None:
    other = make_issue()
    make_written_entry(other)
    make_edition(other, by=hana)
    client = signed_in(hana)
    page = client.get(staff_page(issue)).content.decode()
    paths = {urlsplit(url).path for url in re.findall(r'(?:href|src|action)="(/[^"]*)"', page)}
    assert paths > {"/", f"/admin/desk/issues/{issue.pk}/"}
    answers = {path: client.get(path).status_code for path in paths if STATIC not in path}
    assert {path: code for path, code in answers.items() if code not in (200, 302)} == {}


def test_an_unfinished_issue_has_a_preview(hana: Editor, issue: Issue) -> None:
    """A paper whose details are awaited is named; one without a Japanese title has its own."""
    make_entry(issue, paper=make_paper(), listed_title="A Paper Still Awaited")
    bare = make_entry(issue)
    response = signed_in(hana).get(staff_page(issue))
    page = response.content.decode()
    assert response.status_code == 200
    assert "<li>A Paper Still Awaited</li>" in page
    assert f'<h2 id="{bare.paper.slug}-title">{bare.original_title}</h2>' in page
    assert signed_in(hana).get(staff_page(make_issue())).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_issue(
    hana: Editor, issue: Issue, django_assert_max_num_queries: Any
) -> None:
    for _n in range(4):
        make_written_entry(issue)
    client, link = signed_in(hana), make_link(issue)
    with django_assert_max_num_queries(24):
        client.get(staff_page(issue))
    with django_assert_max_num_queries(24):
        Client().get(page_of(link))


# ── for the editors ─────────────────────────────────────────────────────────────────────────────
def test_the_desk_leads_to_the_preview(hana: Editor, issue: Issue) -> None:
    response = signed_in(hana).get(f"/admin/desk/issues/{issue.pk}/preview/")
    assert (response.status_code, response.headers["Location"]) == (302, staff_page(issue))
    assert signed_in(hana).get("/admin/desk/issues/999999/preview/").status_code == 404


def test_the_preview_is_for_staff_who_may_see_issues(issue: Issue, stranger: Client) -> None:
    response = stranger.get(staff_page(issue))
    assert response.status_code == 302 and "/login/" in response.headers["Location"]
    for columns, status in (
        ({"is_superuser": False}, 403),
        ({"is_superuser": True, "is_staff": False}, 302),
    ):
        assert signed_in(make_editor(**columns)).get(staff_page(issue)).status_code == status
    client = signed_in(make_editor())
    assert client.get("/preview/issues/999999/").status_code == 404
    assert client.post(staff_page(issue)).status_code == 405
    assert client.head(staff_page(issue)).status_code == 200


def test_staff_have_notes_and_no_boxes(hana: Editor, issue: Issue) -> None:
    assert "<textarea" not in signed_in(hana).get(staff_page(issue)).content.decode()


# ── links ───────────────────────────────────────────────────────────────────────────────────────
def test_whoever_has_a_link_reads_the_issue_without_a_cookie(
    issue: Issue, stranger: Client
) -> None:
    response = stranger.get(page_of(make_link(issue)))
    page = response.content.decode()
    assert "一つ目の論文" in page and page.count("<textarea") == 3  # two papers and the issue
    assert not response.cookies and "Cookie" not in response.headers.get("Vary", "")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in response.headers["Cache-Control"]
    assert "/admin/desk/" not in page


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "that time is over"),
        ({"revoked_at": timezone.now()}, "have closed this address"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_over_says_so_and_whom_to_ask(
    issue: Issue, stranger: Client, columns: dict[str, Any], words: str, method: str
) -> None:
    link = make_link(issue, **columns)
    response = getattr(stranger, method)(page_of(link))
    page = response.content.decode()
    assert response.status_code == 410
    assert words in page and "whoever sent it to you" in page
    assert "一つ目の論文" not in page
    assert "no-store" in response.headers["Cache-Control"]


def test_a_link_works_until_its_last_second_and_not_after(issue: Issue, stranger: Client) -> None:
    link = make_link(issue)
    with travel(link.expires_at - timedelta(seconds=2), tick=False):
        assert stranger.get(page_of(link)).status_code == 200
    with travel(link.expires_at, tick=False):
        assert stranger.get(page_of(link)).status_code == 410


def test_an_address_that_we_never_made_opens_nothing(issue: Issue, stranger: Client) -> None:
    link = make_link(issue)
    token = previewing.token_of(link)
    other = previewing.token_of(make_link(make_issue()))
    forged = link.uuid.hex + "." + other.partition(".")[2]
    for bad in (token[:-1], token + "x", link.uuid.hex, str(link.uuid), forged, "あ", "x" * 4000):
        response = stranger.get(f"/preview/{bad}/")
        assert response.status_code == 404
        assert "may be incomplete" in response.content.decode()
    link.delete()
    assert stranger.get(f"/preview/{token}/").status_code == 404


def test_a_link_opens_its_own_issue_alone(issue: Issue, stranger: Client) -> None:
    other = make_issue()
    make_written_entry(other, title_ja="よその論文")
    page = stranger.get(page_of(make_link(other))).content.decode()
    assert "よその論文" in page and "一つ目の論文" not in page
    assert stranger.put(page_of(make_link(other))).status_code == 405


# ── remarks ─────────────────────────────────────────────────────────────────────────────────────
def form_of(link: PreviewLink, entry: Entry | None = None, **typed: str) -> dict[str, str]:
    """What a person sends who opened the page half a minute ago."""
    with travel(timezone.now() - timedelta(seconds=30), tick=False):
        page = Client().get(page_of(link)).content.decode()
    slug = entry.paper.slug if entry else "issue"
    box = page.partition(f'id="remark-{slug}"')[2].partition("</form>")[0]
    given = re.search(r'name="given" value="([^"]+)"', box)
    assert given
    return {"about": slug, "given": given[1], "text": "二行目が少し変です。", **typed}


def send(link: PreviewLink, sent: dict[str, str], **headers: str) -> Any:
    return Client().post(page_of(link), sent, headers=headers or HERE)


def test_a_remark_becomes_a_note_of_its_paper(issue: Issue) -> None:
    link, entry = make_link(issue), issue.entries.get(title_ja="二つ目の論文")
    response = send(link, form_of(link, entry, name="共著者の森"))
    place = f"{page_of(link)}?thanks={entry.paper.slug}#remark-{entry.paper.slug}"
    assert (response.status_code, response.headers["Location"]) == (302, place)
    assert not response.cookies
    note = issue.notes.get()
    assert (note.kind, note.entry, note.by) == (Note.Kind.REMARK, entry, None)
    assert (note.text, note.name) == ("二行目が少し変です。", "共著者の森")
    thanks = Client().get(place).content.decode()
    assert thanks.count("Thank you. The editors have your remark.") == 1
    box = thanks.partition(f'id="remark-{entry.paper.slug}"')[2]
    assert box.startswith(" open>") and "Thank you" in box.partition("</form>")[0]


def test_a_remark_without_a_name_is_signed_with_whom_the_link_was_for(issue: Issue) -> None:
    link = make_link(issue)
    send(link, form_of(link))
    note = issue.notes.get()
    assert (note.entry, note.name) == (None, "共著者")


def test_a_remark_on_a_paper_that_was_taken_out_is_kept_with_the_issue(issue: Issue) -> None:
    link, entry = make_link(issue), issue.entries.get(title_ja="二つ目の論文")
    sent = form_of(link, entry)
    workflow.remove_entry(entry, by=None)
    response = send(link, sent)
    assert response.headers["Location"].endswith("?thanks=issue#remark-issue")
    assert issue.notes.get().entry is None


def test_a_remark_never_reaches_another_issue(issue: Issue) -> None:
    link, other = make_link(issue), make_written_entry(make_issue())
    send(link, form_of(link) | {"about": other.paper.slug})
    assert (issue.notes.count(), other.issue.notes.count()) == (1, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": " \n "}, "Please write something."),
        ({"text": "い" * (MAX_WORDS + 1)}, str(MAX_WORDS)),
        ({"name": "n" * 61}, "60"),
        ({"website": "https://spam.example/"}, "A field that stays empty was filled in."),
        ({"given": "forged"}, "open for too long"),
        ({"given": ""}, "required"),
    ],
)
def test_a_remark_that_is_not_taken_comes_back_with_what_was_typed(
    issue: Issue, change: dict[str, str], words: str
) -> None:
    link, entry = make_link(issue), issue.entries.get(title_ja="一つ目の論文")
    sent = form_of(link, entry, name="森 <b>") | change
    response = send(link, sent)
    box = response.content.decode().partition(f'id="remark-{entry.paper.slug}"')[2]
    box = box.partition("</form>")[0]
    assert response.status_code == 400 and box.startswith(" open>")
    assert words in box
    assert sent["text"].strip() in box
    assert "森 &lt;b&gt;" in box or "name" in change
    assert not Note.objects.exists()


def test_a_form_that_was_sent_at_once_or_a_day_later_comes_back(issue: Issue) -> None:
    link, now = make_link(issue), timezone.now()
    with travel(now, tick=False):
        sent = form_of(link)
    for later, words in ((-28, "very quick"), (25 * 3600, "open for too long")):
        with travel(now + timedelta(seconds=later), tick=False):
            response = send(link, sent)
        assert response.status_code == 400
        assert words in response.content.decode() and sent["text"] in response.content.decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Origin": "null"}, 302),  # what a page without a referrer sends, in an older browser
        ({"Origin": "https://elsewhere.example"}, 403),
    ],
)
def test_only_the_page_itself_may_send_the_form(
    issue: Issue, headers: dict[str, str], status: int
) -> None:
    link = make_link(issue)
    response = send(link, form_of(link), **headers)
    assert response.status_code == status
    assert issue.notes.count() == (status == 302)
    if status == 403:
        assert "二行目が少し変です。" in response.content.decode()


def test_ten_remarks_in_ten_minutes_are_enough(issue: Issue) -> None:
    link, other = make_link(issue), make_link(issue)
    sent = form_of(link)
    assert [send(link, sent).status_code for _n in range(11)] == [302] * 10 + [429]
    response = send(link, sent)
    assert "wait ten minutes" in response.content.decode()
    assert sent["text"] in response.content.decode()
    assert send(other, form_of(other)).status_code == 302
    assert issue.notes.count() == 11


def test_a_remark_far_too_big_is_not_even_read(issue: Issue) -> None:
    link = make_link(issue)
    assert send(link, form_of(link, text="x" * 200_000)).status_code == 413
    assert not Note.objects.exists()


# ── the page of links ───────────────────────────────────────────────────────────────────────────
def links_page(issue: Issue) -> str:
    return f"/admin/desk/issues/{issue.pk}/previews/"


def test_an_editor_makes_a_link_and_copies_its_address(
    hana: Editor, issue: Issue, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(hana)
    response = client.post(links_page(issue) + "new/", {"label": "森さん", "days": "3"})
    assert (response.status_code, response.headers["Location"]) == (302, links_page(issue))
    link = issue.preview_links.get()
    assert (link.label, link.created_by) == ("森さん", hana)
    assert timedelta(days=2, hours=23) < link.expires_at - timezone.now() <= timedelta(days=3)
    make_link(issue)
    with django_assert_max_num_queries(6):
        page = client.get(links_page(issue)).content.decode()
    address = re.search(rf'value="{settings.SITE_URL}(/preview/[^"]+)" readonly', page)
    assert address and "森さん" in page
    assert Client().get(address[1]).status_code == 200


@pytest.mark.parametrize("typed", [{"days": "30"}, {"days": ""}, {"days": "x"}, {}])
def test_a_link_that_can_not_be_made_comes_back_with_what_was_typed(
    hana: Editor, issue: Issue, typed: dict[str, str]
) -> None:
    response = signed_in(hana).post(links_page(issue) + "new/", {"label": "森さん", **typed})
    assert response.status_code == 400
    assert 'value="森さん"' in response.content.decode()
    assert not PreviewLink.objects.exists()


def test_a_revoked_link_opens_nothing_and_stays_in_the_list(
    hana: Editor, issue: Issue, stranger: Client
) -> None:
    client, link = signed_in(hana), make_link(issue)
    response = client.post(f"/admin/desk/previews/{link.pk}/revoke/")
    assert response.headers["Location"] == links_page(issue)
    assert stranger.get(page_of(link)).status_code == 410
    link.refresh_from_db()
    at = link.revoked_at
    client.post(f"/admin/desk/previews/{link.pk}/revoke/")
    link.refresh_from_db()
    assert link.revoked_at == at
    page = client.get(links_page(issue)).content.decode()
    assert "revoked" in page and page_of(link) not in page


def test_an_expired_link_is_called_so(hana: Editor, issue: Issue) -> None:
    link = make_link(issue, expires_at=timezone.now() - timedelta(days=1))
    page = signed_in(hana).get(links_page(issue)).content.decode()
    assert ">expired<" in page and page_of(link) not in page


def test_links_are_for_those_who_may_make_them(issue: Issue, stranger: Client) -> None:
    link = make_link(issue)
    new, revoke = links_page(issue) + "new/", f"/admin/desk/previews/{link.pk}/revoke/"
    assert stranger.get(links_page(issue)).status_code == 302
    nobody = signed_in(make_editor(is_superuser=False))
    assert nobody.get(links_page(issue)).status_code == 403
    assert nobody.post(new, {"days": "7"}).status_code == 403
    assert nobody.post(revoke).status_code == 403
    editor = signed_in(make_editor())
    assert editor.get(new).status_code == 405 and editor.get(revoke).status_code == 405
    assert editor.post(links_page(issue)).status_code == 405
    for bad in ("issues/999999/previews/new/", "previews/999999/revoke/"):
        assert editor.post(f"/admin/desk/{bad}", {"days": "7"}).status_code == 404
    assert editor.get("/admin/desk/issues/999999/previews/").status_code == 404
    assert issue.preview_links.count() == 1


def test_a_writer_sees_that_there_are_links_and_not_their_addresses(issue: Issue) -> None:
    writer = make_editor(is_superuser=False)
    mays = Permission.objects.filter(codename__in=["view_previewlink", "view_issue"])
    writer.user_permissions.set(mays)
    link = make_link(issue)
    page = signed_in(writer).get(links_page(issue)).content.decode()
    assert "共著者" in page and page_of(link) not in page
    assert "/revoke/" not in page and "/new/" not in page


def test_a_link_is_valid_for_the_times_that_are_offered_alone(hana: Editor, issue: Issue) -> None:
    with pytest.raises(ValueError, match="30"):
        previewing.make(issue, days=30, by=hana)
