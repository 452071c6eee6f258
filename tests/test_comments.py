"""Readers' comments: what may come in, who lets it be seen, and what is never run."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from digests import comments, workflow
from digests.models import Comment, Edition, Issue
from digests.public.outsiders import LATEST, MOST_BYTES, as_html, voices_of
from tests.factories import make_edition, make_editor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
HERE = {"Origin": "http://localhost:8000"}
GIVEN = re.compile(r'name="given" value="([^"]+)"')
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    'https://example.org/"onmouseover="alert(1)',
    "https://example.org/<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "<a href='javascript:alert(1)'>x</a>",
    "</textarea></form><form action=https://evil.example><button>",
    "</p></div></section><iframe srcdoc='<script>alert(1)</script>'>",
    "<!--><script>alert(1)</script-->",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=a&gt;'>",
]


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def reader() -> Client:
    return Client()


@pytest.fixture
def edition() -> Edition:
    return make_edition()


def address(edition: Edition) -> str:
    return f"{edition.get_absolute_url()}comments/"


def send(
    reader: Client, edition: Edition, *, after: float = 20, headers: Any = None, **fields: str
) -> HttpResponse:
    """Open the form, wait, and send it."""
    given = GIVEN.search(reader.get(address(edition)).content.decode())
    assert given
    sent = {"name": "", "text": "面白い号でした。", "website": "", "given": given[1]} | fields
    with time_machine.travel(timezone.now() + timedelta(seconds=after)):
        return reader.post(address(edition), sent, headers=HERE if headers is None else headers)


def article(reader: Client, edition: Edition) -> str:
    return str(reader.get(edition.get_absolute_url()).content.decode())


# ── in, read, shown ─────────────────────────────────────────────────────────────────────────────
def test_a_comment_is_seen_once_an_editor_has_shown_it(reader: Client, edition: Edition) -> None:
    response = send(reader, edition, name="水野", text="一行目\n二行目")
    assert response.status_code == 303
    assert "has been sent" in reader.get(response["Location"]).content.decode()
    assert "There are no comments yet." in article(reader, edition)
    assert "水野" not in article(reader, edition)
    assert comments.show(Comment.objects.all(), by=make_editor()) == 1
    html = article(reader, edition)
    assert "水野" in html
    assert "<p>一行目<br>\n二行目</p>" in html
    comments.hide(Comment.objects.all(), by=make_editor())
    assert "水野" not in article(reader, edition)


def test_showing_a_comment_changes_the_validators_of_the_article(
    reader: Client, edition: Edition
) -> None:
    comment = comments.post(edition.issue, "はい")
    before = reader.get(edition.get_absolute_url())["ETag"]
    comments.show([comment], by=make_editor())
    again = reader.get(edition.get_absolute_url(), headers={"If-None-Match": before})
    assert again.status_code == 200
    assert again["ETag"] != before


def test_addresses_become_links_that_carry_no_weight() -> None:
    html = as_html("参考https://example.org/a?b=1&c=2。\n次はhttp://example.org/x).")
    assert html == (
        '<p>参考<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow ugc noopener">'
        "https://example.org/a?b=1&amp;c=2</a>。<br>\n"
        '次は<a href="http://example.org/x" rel="nofollow ugc noopener">http://example.org/x</a>).'
        "</p>"
    )


def test_an_empty_line_parts_two_paragraphs() -> None:
    assert as_html("一\r\n\r\n\r\n二") == "<p>一</p>\n<p>二</p>"


def test_the_same_words_sent_twice_wait_once(reader: Client, edition: Edition) -> None:
    assert send(reader, edition).status_code == send(reader, edition).status_code == 303
    assert Comment.objects.count() == 1


def test_neither_form_nor_article_sets_a_cookie(reader: Client, edition: Edition) -> None:
    send(reader, edition)
    reader.get(edition.get_absolute_url())
    form = reader.get(address(edition))
    assert not reader.cookies
    assert "Cookie" not in form.headers.get("Vary", "")
    assert "no-store" in form["Cache-Control"]
    assert 'content="noindex"' in form.content.decode()


# ── what is refused, and that nothing typed is lost ─────────────────────────────────────────────
@pytest.mark.parametrize(
    ("fields", "after", "said"),
    [
        ({"text": " \u200e\n "}, 20, "Please write something."),
        ({"text": "長い" * 2001}, 20, "at most 4000 characters"),
        ({"text": "語", "name": "名" * 61}, 20, "at most 60 characters"),
        ({"text": "語 https://a.example http://b.example www.c.example"}, 20, "2 links or fewer"),
        ({"text": "語 [url=x]a[/url] <a href=x> HTTPS://b.example"}, 20, "2 links or fewer"),
        ({"text": "語", "website": "https://spam.example"}, 20, "stays empty was filled in"),
        ({"text": "語"}, 1, "very quick"),
        ({"text": "語"}, LATEST + 60, "open for too long"),
        ({"text": "語", "given": "form:1:forged"}, 20, "open for too long"),
        ({"text": "語", "given": ""}, 20, "open for too long"),
    ],
)
def test_what_is_refused_says_why_and_keeps_the_text(
    reader: Client, edition: Edition, fields: dict[str, str], after: float, said: str
) -> None:
    response = send(reader, edition, after=after, **fields)
    html = response.content.decode()
    assert response.status_code == 400
    assert said in html
    assert escape(fields["text"].strip("\u200e\n ")) in html
    assert GIVEN.search(html), "a fresh form"
    assert not Comment.objects.exists()


def test_a_form_of_one_issue_does_not_serve_for_another(reader: Client, edition: Edition) -> None:
    given = GIVEN.search(reader.get(address(make_edition())).content.decode())
    assert given
    assert send(reader, edition, given=given[1]).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_sends_is_refused_with_its_text(
    reader: Client, edition: Edition, headers: dict[str, str]
) -> None:
    response = send(reader, edition, headers=headers, text="よそから")
    assert response.status_code == 403
    assert "よそから" in response.content.decode()
    assert not Comment.objects.exists()


def test_the_sixth_within_ten_minutes_must_wait_and_keeps_its_text(
    reader: Client, edition: Edition
) -> None:
    for n in range(5):
        assert send(reader, edition, text=f"その{n}").status_code == 303
    response = send(reader, edition, text="六つ目")
    assert response.status_code == 429
    assert "六つ目" in response.content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert send(reader, edition, text="六つ目").status_code == 303
    assert Comment.objects.count() == 6


def test_what_a_client_says_of_its_own_address_counts_only_behind_a_proxy(
    reader: Client, edition: Edition, settings: Any
) -> None:
    def sent_from(hops: str, n: int) -> int:
        headers = HERE | {"X-Forwarded-For": hops}
        return send(reader, edition, headers=headers, text=f"{hops} {n}").status_code

    assert [sent_from(f"192.0.2.{n}", n) for n in range(6)] == [*[303] * 5, 429]
    settings.TRUSTED_PROXIES = 1
    assert [sent_from(f"10.0.0.{n}, 192.0.2.9", n) for n in range(6)] == [*[303] * 5, 429]
    assert sent_from("10.0.0.1, 192.0.2.10", 7) == 303


def test_a_household_of_ipv6_counts_as_one(edition: Edition) -> None:
    told = [
        send(Client(REMOTE_ADDR=f"2001:db8:0:1::{n:x}"), edition, text=str(n)).status_code
        for n in range(6)
    ]
    assert told == [*[303] * 5, 429]
    assert send(Client(REMOTE_ADDR="2001:db8:0:2::1"), edition).status_code == 303


def test_no_address_is_kept_as_it_is(edition: Edition) -> None:
    send(Client(REMOTE_ADDR="192.0.2.77"), edition)
    fields = [str(value) for row in Comment.objects.values() for value in row.values()]
    assert not any("192.0.2.77" in value for value in fields)


def test_closed_comments_are_refused_with_their_text(reader: Client, edition: Edition) -> None:
    form = GIVEN.search(reader.get(address(edition)).content.decode())
    assert form
    Issue.objects.filter(pk=edition.issue_id).update(comments_open=False)
    sent = {"text": "閉まる前に書いた", "given": form[1]}
    response = reader.post(address(edition), sent, headers=HERE)
    assert response.status_code == 403
    assert "閉まる前に書いた" in response.content.decode()
    assert 'name="given"' not in reader.get(address(edition)).content.decode()
    assert 'id="comments"' not in article(reader, edition)
    assert not Comment.objects.exists()


def test_the_time_of_a_comment_is_one_that_html_knows(reader: Client, edition: Edition) -> None:
    written = comments.post(edition.issue, "一行目", name="猫又")
    comments.show([written], by=make_editor())
    after = article(reader, edition).partition("猫又")[2]
    assert re.search(r'<time datetime="[-0-9]{10}T[:0-9]{8}\+09:00">', after)


def test_day_and_hour_of_a_comment_stand_apart_in_japanese(
    reader: Client, edition: Edition
) -> None:
    comments.show([comments.post(edition.issue, "はい")], by=make_editor())
    with translation.override("ja"):
        html = reader.get(edition.get_absolute_url()).content.decode()
    assert re.search(r">\d{4}年\d+月\d+日 \d+:\d\d</time>", html)


def test_shown_comments_stay_when_no_more_are_taken(reader: Client, edition: Edition) -> None:
    comments.show([comments.post(edition.issue, "前に書いた")], by=make_editor())
    Issue.objects.filter(pk=edition.issue_id).update(comments_open=False)
    html = article(reader, edition)
    assert "前に書いた" in html
    assert "Write a comment" not in html
    assert "No more comments are taken" in html


def test_an_unpublished_issue_takes_no_comment() -> None:
    issue = make_edition().issue
    workflow.take_back(issue, by=make_editor())
    with pytest.raises(comments.CommentsClosed):
        comments.post(issue, "はい")


@pytest.mark.parametrize("path", ["comments/", "comments/thanks/", "letters/", "letters/thanks/"])
def test_no_issue_no_form(reader: Client, edition: Edition, path: str) -> None:
    assert reader.get(f"/issues/2023-13-45/{path}").status_code == 404
    workflow.take_back(edition.issue, by=make_editor())
    assert reader.get(edition.get_absolute_url() + path).status_code == 410
    assert reader.post(edition.get_absolute_url() + "comments/", headers=HERE).status_code == 410


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused(reader: Client, edition: Edition, method: str) -> None:
    assert getattr(reader, method)(address(edition)).status_code == 405
    assert reader.post(address(edition) + "thanks/").status_code == 405


def test_what_is_far_too_big_is_refused_before_it_is_read(reader: Client, edition: Edition) -> None:
    class Unread:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    told = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(10 * 2**20)}
    response = reader.post(address(edition), headers=HERE, **told)
    assert response.status_code == 413
    assert "too large" in response.content.decode()
    assert MOST_BYTES > 4000 * 9, "four thousand characters fit, percent-encoded"


def test_control_characters_and_overrides_are_taken_out(reader: Client, edition: Edition) -> None:
    send(reader, edition, name="水\x00野\u202e", text="表\x08\x1bと\u202e裏\ufffe\r\n次")
    comment = Comment.objects.get()
    assert (comment.name, comment.text) == ("水野", "表と裏\n次")


def test_a_broken_encoding_is_no_fault_of_ours(reader: Client, edition: Edition) -> None:
    body = b"text=%ff%fe%80&given=%00"
    form = "application/x-www-form-urlencoded"
    response = reader.post(address(edition), body, content_type=form, headers=HERE)
    assert response.status_code == 400


# ── hostile words ───────────────────────────────────────────────────────────────────────────────
class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_word_of_a_reader_becomes_an_element(
    reader: Client, edition: Edition, text: str
) -> None:
    """Neither in the article, nor in the form shown again, nor in the queue."""
    editor = make_editor()
    plain = article(reader, edition)
    comments.show([comments.post(edition.issue, text, name=text[:60])], by=editor)
    added = set(Tags(article(reader, edition)).found) - set(Tags(plain).found)
    kinds = {tag for tag, attrs in added if dict(attrs).get("class") not in ("by", "name", "said")}
    assert kinds <= {"a", "time", "ol", "li", "p"}
    hrefs = [dict(attrs)["href"] or "" for tag, attrs in added if tag == "a"]
    assert all(re.match(r"https://e\w+\.(org/|example$)", href) for href in hrefs)
    calm = set(Tags(reader.get(address(edition)).content.decode()).found)
    again = send(reader, edition, text=text, website="x").content.decode()
    assert {tag for tag, _ in set(Tags(again).found) - calm} <= {"input", "textarea", "p"}
    reader.force_login(editor)
    queue = reader.get(reverse("admin:digests_comment_changelist")).content.decode()
    found = Tags(queue).found
    assert not {tag for tag, _attrs in found} & {"iframe", "math", "mglyph"}
    assert not [name for _tag, attrs in found for name, _value in attrs if name.startswith("on")]
    assert all(dict(attrs).get("src") for tag, attrs in found if tag == "script")


# ── the queue ───────────────────────────────────────────────────────────────────────────────────
def decide(editor: Client, action: str, *chosen: Comment) -> str:
    path = reverse("admin:digests_comment_changelist")
    sent = {"action": action, "_selected_action": [str(c.pk) for c in chosen]}
    return str(editor.post(path, sent, follow=True).content.decode())


def test_the_queue_has_the_waiting_first_with_their_whole_text(
    client: Client, edition: Edition
) -> None:
    shown = comments.post(edition.issue, "見せるもの")
    comments.show([shown], by=make_editor())
    first = comments.post(edition.issue, "はじめの行\nおわりの行" + "長" * 500)
    Comment.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=9))
    client.force_login(make_editor())
    html = client.get(reverse("admin:digests_comment_changelist")).content.decode()
    assert html.index("はじめの行") < html.index("見せるもの")
    assert "はじめの行<br>おわりの行" + "長" * 500 in html
    assert reverse("desk:issue", args=[edition.issue_id]) in html
    assert edition.get_absolute_url() + "#comments" in html


def test_editors_show_and_hide_and_are_told_how_many(client: Client, edition: Edition) -> None:
    one, two = (comments.post(edition.issue, text) for text in ("一", "二"))
    editor = make_editor()
    client.force_login(editor)
    assert "2 comments are shown" in decide(client, "show", one, two)
    assert "0 comments are shown" in decide(client, "show", one)
    assert "1 comment is hidden" in decide(client, "hide", two)
    one.refresh_from_db()
    assert (one.state, one.decided_by) == (Comment.State.SHOWN, editor)
    assert [c.text for c in Comment.objects.public()] == ["一"]


def test_who_may_only_look_decides_nothing(client: Client, edition: Edition) -> None:

    comment = comments.post(edition.issue, "一")
    writer = make_editor(is_superuser=False)
    client.force_login(writer)
    assert client.get(reverse("admin:digests_comment_changelist")).status_code == 403
    writer.user_permissions.add(Permission.objects.get(codename="view_comment"))
    html = client.get(reverse("admin:digests_comment_changelist")).content.decode()
    assert "一" in html
    decide(client, "show", comment)
    comment.refresh_from_db()
    assert comment.state == Comment.State.WAITING
    client.logout()
    assert client.get(reverse("admin:digests_comment_changelist")).status_code == 302


def test_nobody_writes_or_edits_a_comment_in_the_admin(client: Client, edition: Edition) -> None:
    comment = comments.post(edition.issue, "一")
    client.force_login(make_editor())
    assert client.get(reverse("admin:digests_comment_add")).status_code == 403
    change = reverse("admin:digests_comment_change", args=[comment.pk])
    assert client.post(change, {"text": "書き換え"}).status_code == 302
    comment.refresh_from_db()
    assert comment.text == "一"


def test_the_queue_asks_the_database_a_fixed_number_of_times(
    client: Client, edition: Edition, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        comments.post(edition.issue, f"その{n}")
    client.force_login(make_editor())
    with django_assert_max_num_queries(9):
        client.get(reverse("admin:digests_comment_changelist"))


@pytest.mark.parametrize("size", [0, 40])
def test_comments_cost_the_article_one_query(
    reader: Client, edition: Edition, django_assert_num_queries: Any, size: int
) -> None:

    for n in range(size):
        comments.show([comments.post(edition.issue, f"その{n}")], by=make_editor())
    with django_assert_num_queries(1):
        assert len(voices_of(edition.issue).comments) == size


# ── taken or not, issue by issue ────────────────────────────────────────────────────────────────
def test_an_editor_ends_the_comments_on_an_issue_and_opens_them_again(
    client: Client, reader: Client, edition: Edition
) -> None:
    comments.show([comments.post(edition.issue, "先に届いたもの")], by=make_editor())
    client.force_login(make_editor())
    desk = reverse("desk:issue", args=[edition.issue_id])
    end = reverse("desk:take_no_more", args=[edition.issue_id])
    assert end in client.get(desk).content.decode()
    html = client.post(end, follow=True).content.decode()
    assert "No more comments are taken on this issue." in html and end not in html
    assert "No more comments are taken on this issue." in article(reader, edition)
    assert "先に届いたもの" in article(reader, edition)
    again = reverse("desk:take_comments", args=[edition.issue_id])
    assert again in html
    html = client.post(again, follow=True).content.decode()
    assert "Readers may comment on this issue." in html and end in html
    assert "No more comments" not in article(reader, edition)


def test_the_history_says_who_ended_the_comments(edition: Edition) -> None:
    editor = make_editor("hana")
    assert comments.take_no_more(edition.issue, by=editor)
    assert not comments.take_no_more(edition.issue, by=editor)
    last = Issue.history.filter(id=edition.issue_id).latest()
    assert last.history_user == editor and not last.comments_open


@pytest.mark.parametrize("name", ["desk:take_comments", "desk:take_no_more"])
def test_who_may_not_decide_on_comments_does_not_open_or_end_them(
    client: Client, edition: Edition, name: str
) -> None:
    path = reverse(name, args=[edition.issue_id])
    assert client.post(path).status_code == 403  # nobody has signed in
    client.force_login(make_editor(is_superuser=False))
    assert client.post(path).status_code == 403
    client.force_login(make_editor())
    assert client.get(path).status_code == 405
    assert client.post(reverse(name, args=[999_999])).status_code == 404
