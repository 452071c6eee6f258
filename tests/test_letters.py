"""Letters to the editors: they reach the card that they are about, and nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from digests import workflow
from digests.models import Edition, Entry, Note
from tests.factories import make_edition, make_editor, make_issue, make_question, make_written_entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
HERE = {"Sec-Fetch-Site": "same-origin"}
GIVEN = re.compile(r'name="given" value="([^"]+)"')


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def reader() -> Client:
    return Client()


@pytest.fixture
def entry() -> Entry:
    """Of a published issue, with two questions."""
    issue = make_issue()
    written = make_written_entry(issue)
    make_question(written, "二つ目の質問ですか？", "はい、そうです。")
    make_edition(issue)
    return written


def edition_of(entry: Entry) -> Edition:
    return Edition.objects.get(issue=entry.issue_id)


def address(entry: Entry) -> str:
    return f"/issues/{entry.issue.slug}/letters/"


def send(reader: Client, entry: Entry, to: str, **fields: str) -> HttpResponse:
    """Open the form, wait, and send it."""
    given = GIVEN.search(reader.get(address(entry)).content.decode())
    assert given
    sent = {"to": to, "kind": "error", "text": "数字が違います。", "given": given[1]} | fields
    with time_machine.travel(timezone.now() + timedelta(seconds=20)):
        return reader.post(address(entry), sent, headers=HERE)


def test_every_answer_and_every_paper_has_its_link(reader: Client, entry: Entry) -> None:
    page = edition_of(entry).get_absolute_url()
    html = reader.get(page).content.decode()
    slug = entry.paper.slug
    assert urljoin(page, "letters/") == address(entry)
    for to in (slug, f"{slug}-q1", f"{slug}-q2"):
        assert f'href="letters/?to={to}" rel="nofollow"' in html


def test_the_form_shows_what_it_is_about(reader: Client, entry: Entry) -> None:
    to = f"{entry.paper.slug}-q2"
    response = reader.get(address(entry), {"to": to})
    html = response.content.decode()
    assert "二つ目の質問ですか？" in html
    assert "はい、そうです。" in html
    assert entry.title_ja in html
    assert f'name="to" value="{to}"' in html
    assert "no-store" in response["Cache-Control"]
    assert "Cookie" not in response.headers.get("Vary", "")


def test_a_letter_about_an_answer_comes_to_its_card(reader: Client, entry: Entry) -> None:
    response = send(reader, entry, f"{entry.paper.slug}-q2", kind="asked", name="水野")
    assert response.status_code == 303
    assert "reached the editors" in reader.get(response["Location"]).content.decode()
    note = Note.objects.get()
    assert (note.issue, note.entry) == (entry.issue, entry)
    assert note.question == entry.questions.get(number=2)
    assert (note.kind, note.text, note.signed) == (Note.Kind.ASKED, "数字が違います。", "水野")
    assert note.by is None


def test_a_letter_about_a_paper_comes_to_the_paper(reader: Client, entry: Entry) -> None:
    send(reader, entry, entry.paper.slug)
    note = Note.objects.get()
    assert (note.entry, note.question, note.kind) == (entry, None, Note.Kind.ERROR)


def test_a_letter_about_a_question_that_was_removed_comes_to_the_paper_and_says_where(
    reader: Client, entry: Entry
) -> None:
    workflow.remove_question(entry.questions.get(number=2), by=make_editor())
    anchor = f"{entry.paper.slug}-q2"
    send(reader, entry, anchor)
    note = Note.objects.get()
    assert (note.entry, note.question) == (entry, None)
    assert note.text == f"#{anchor}\n数字が違います。"


def test_a_letter_about_a_paper_that_was_removed_comes_to_the_issue(
    reader: Client, entry: Entry
) -> None:
    workflow.remove_entry(entry, by=None)
    send(reader, entry, f"{entry.paper.slug}-q1", text="字" * 3940)
    note = Note.objects.get()
    assert (note.issue, note.entry) == (entry.issue, None)
    assert note.text.startswith(f"#{entry.paper.slug}-q1\n")
    assert note.text.endswith("字" * 3940)


def test_the_same_letter_twice_is_one(reader: Client, entry: Entry) -> None:
    assert [send(reader, entry, entry.paper.slug).status_code for _ in range(2)] == [303, 303]
    assert Note.objects.count() == 1


def test_readers_never_see_a_letter(reader: Client, entry: Entry) -> None:
    page = edition_of(entry).get_absolute_url()
    before = reader.get(page).content
    send(reader, entry, f"{entry.paper.slug}-q1", text="内緒の手紙")
    assert reader.get(page).content == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "Please write something."),
        ({"text": "長" * 3941}, "at most 3940 characters"),
        ({"kind": "note"}, "note is not one of the available choices"),
        ({"kind": ""}, "This field is required."),
        ({"website": "x"}, "stays empty was filled in"),
        ({"given": "forged"}, "open for too long"),
        ({"text": "http://a.example https://b.example www.c.example"}, "2 links or fewer"),
    ],
)
def test_what_is_refused_says_why_and_keeps_the_text(
    reader: Client, entry: Entry, fields: dict[str, str], said: str
) -> None:
    to = f"{entry.paper.slug}-q1"
    response = send(reader, entry, to, **{"text": "とっておく文", **fields})
    html = response.content.decode()
    assert response.status_code == 400
    assert said in html
    assert escape(fields.get("text", "とっておく文")) in html
    assert f'name="to" value="{to}"' in html
    assert not Note.objects.exists()


def test_letters_and_comments_share_the_limit_of_an_address(reader: Client, entry: Entry) -> None:
    told = [send(reader, entry, "", text=str(n)).status_code for n in range(6)]
    assert told == [*[303] * 5, 429]


@pytest.mark.parametrize("to", ["9999.99999", "<script>", "../../etc", "x" * 500, "-q1"])
def test_there_is_no_form_about_what_is_not_there(reader: Client, entry: Entry, to: str) -> None:
    assert reader.get(address(entry), {"to": to}).status_code == 404


def test_a_hostile_place_is_only_text(reader: Client, entry: Entry) -> None:
    response = send(reader, entry, '"><script>alert(1)</script>', text="")
    assert "<script>alert" not in response.content.decode()


def test_another_site_sends_no_letter(reader: Client, entry: Entry) -> None:
    response = reader.post(
        address(entry), {"text": "よそから"}, headers={"Origin": "https://e.vil"}
    )
    assert response.status_code == 403
    assert "よそから" in response.content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_refused(reader: Client, entry: Entry, method: str) -> None:
    assert getattr(reader, method)(address(entry)).status_code == 405
    assert reader.post(address(entry) + "thanks/").status_code == 405
