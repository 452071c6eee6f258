"""Every address of the house, each method of it, and everybody who may knock: who is let in.

An address that is new stands in no table here and fails: say who may use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from digests.desk import urls as desk_urls
from digests.models import DraftItem, Editor, Issue, Note
from digests.previewing import make, token_of
from digests.public import urls as public_urls
from tests.factories import (
    make_draft,
    make_edition,
    make_editor,
    make_issue,
    make_preview,
    make_preview_job,
    make_preview_row,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
GET, POST, BOTH = ("GET", "HEAD"), ("POST",), ("GET", "HEAD", "POST")
NOBODY = 999_999

# ── the desk: by name, the methods and the permission ───────────────────────────────────────────
VIEWS_ISSUE, VIEWS_ENTRY = "view_issue", "view_entry"
DESK: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("home", "issue", "preview", "announcements", "spending"), (GET, VIEWS_ISSUE)),
    **dict.fromkeys(("issue_history", "issue_compare"), (GET, VIEWS_ISSUE)),
    **dict.fromkeys(("entry", "entry_text", "claims"), (GET, VIEWS_ENTRY)),
    **dict.fromkeys(("entry_history", "entry_compare"), (GET, VIEWS_ENTRY)),
    **dict.fromkeys(("place", "lost"), (POST, VIEWS_ENTRY)),
    **dict.fromkeys(("question_history", "question_compare"), (GET, "view_question")),
    "guide": (GET, VIEWS_ISSUE),
    "draft": (GET, "view_draft"),
    "previews": (GET, "view_previewlink"),
    **dict.fromkeys(("new_week", "week", "external"), (BOTH, "add_issue")),
    **dict.fromkeys(("look", "set_aside", "take_up"), (POST, "add_issue")),
    **dict.fromkeys(("save_issue", "hand_over", "withdraw", "assign"), (POST, "change_issue")),
    "issue_restore": (BOTH, "change_issue"),
    **dict.fromkeys(("send_back", "say_ready", "schedule", "unschedule"), (POST, "publish_issue")),
    **dict.fromkeys(("issues_publish", "issues_take-back"), (POST, "publish_issue")),
    "issues_put-back": (POST, "publish_issue"),
    **dict.fromkeys(("note_on_issue", "note_on_entry"), (POST, "add_note")),
    **dict.fromkeys(("note_done", "note_reopen", "note_question"), (POST, "change_note")),
    "make_preview_link": (POST, "add_previewlink"),
    "revoke_preview_link": (POST, "change_previewlink"),
    **dict.fromkeys(("take_comments", "take_no_more"), (POST, "change_comment")),
    **dict.fromkeys(
        ("bulk", "accept_clean", "save_entry", "words", "again"), (POST, "change_entry")
    ),
    **dict.fromkeys(("check", "try_model"), (POST, "change_entry")),
    **dict.fromkeys(("entries_up", "entries_down", "entries_approve"), (POST, "change_entry")),
    **dict.fromkeys(("entries_reopen", "entries_retry"), (POST, "change_entry")),
    "entries_take-version": (POST, "change_entry"),
    "entries_restore": (POST, "change_entry"),
    "entries_remove": (POST, "delete_entry"),  # and change_entry, which whoever may delete has
    **dict.fromkeys(("items_accept", "items_reject", "items_undo"), (POST, "change_entry")),
    **dict.fromkeys(("markdown_preview", "markdown_upload"), (POST, "change_entry")),
    **dict.fromkeys(("bulk_undo", "by_hand", "fix_entry", "entry_restore"), (BOTH, "change_entry")),
    **dict.fromkeys(("fix_question", "question_restore"), (BOTH, "change_question")),
    **dict.fromkeys(("save_question", "questions_up"), (POST, "change_question")),
    **dict.fromkeys(("questions_down", "questions_remove"), (POST, "change_question")),
    "questions_restore": (POST, "change_question"),
    "add_question": (BOTH, "add_question"),
    "evidence": (BOTH, "add_evidence"),
    "quote": (POST, "add_evidence"),
    "bank_off": (POST, "change_bankpriority"),
}
JSON_ALWAYS = {"markdown_preview", "markdown_upload"}  # asked by a script, which follows nobody

# ── the readers' site ───────────────────────────────────────────────────────────────────────────
TAKE_WORDS = {"comment", "letter", "preview-link"}  # the only ones that take a POST


class People:
    """One of each kind, with the permissions that the house gives them."""

    def __init__(self) -> None:
        self.nobody = Client()
        self.guest = self._client("guest")
        self.reader = self._client("reader", "管理者", is_staff=False)
        self.by_group = {n: self._client(n, n) for n in ("執筆者", "編集者", "管理者")}
        self.root = self._client("root", is_superuser=True)

    def _client(self, name: str, *groups: str, **columns: Any) -> Client:
        made = make_editor(name, **{"is_superuser": False, **columns})
        made.groups.set(Group.objects.filter(name__in=groups))
        client = Client()
        client.force_login(Editor.objects.get(pk=made.pk))
        return client


class House:
    """A row of every kind, and the argument by which an address names it."""

    def __init__(self) -> None:
        self.issue = make_issue(date(2023, 4, 3))
        self.entry = make_written_entry(self.issue)
        self.edition = make_edition(self.issue, by=make_editor("hana"))
        self.question = self.entry.questions.get()
        self.draft = make_draft(self.entry)
        self.item = DraftItem.objects.get(draft=self.draft)
        self.note = Note.objects.create(issue=self.issue, entry=self.entry, text="確認します。")
        self.link = make(self.issue, days=1, by=make_editor("aoi"))
        self.week = make_preview(
            text="## Top Papers (April 3 - April 9)\n1) https://arxiv.org/abs/2304.00001"
        )
        make_preview_row(self.week, url="https://example.org/a")
        make_preview_job(self.week)

    def keys(self, route: str) -> dict[str, Any]:
        """The arguments of an address of the desk."""
        things = {
            "issues": self.issue, "entries": self.entry, "questions": self.question,
            "items": self.item, "drafts": self.draft, "notes": self.note, "previews": self.link,
            "sources": self.issue.source,
        }  # fmt: skip
        first = route.split("/")[0]
        if first == "bank":
            return {"pk": 1, "kind": "method"}
        found: dict[str, Any] = {"uuid": self.week.uuid} if "<uuid" in route else {}
        found |= {"line": 1} if "<int:line>" in route else {}
        return found | ({"pk": things[first].pk} if "<int:pk>" in route else {})


def patterns(module: Any) -> list[tuple[str, str]]:
    """(name, route) of each address."""
    return [(str(p.name), str(p.pattern)) for p in module.urlpatterns if isinstance(p, URLPattern)]


@contextmanager
def undone() -> Iterator[None]:
    """What is done to the rows is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, address: str) -> HttpResponse:
    with undone():
        response: HttpResponse = client.generic(method, address)
    return response


# ── the desk ────────────────────────────────────────────────────────────────────────────────────
def test_every_address_of_the_desk_says_who_may_use_it() -> None:
    assert {name for name, _route in patterns(desk_urls)} == set(DESK)


def test_the_desk_lets_in_who_has_the_permission_and_nobody_else() -> None:
    house, people = House(), People()
    rows = Group.objects.values_list("name", "permissions__codename")
    held = {group: {code for name, code in rows if name == group} for group in people.by_group}
    assert held["執筆者"] < held["編集者"] < held["管理者"]
    for name, route in patterns(desk_urls):
        address = reverse(f"desk:{name}", kwargs=house.keys(route))
        methods, permission = DESK[name]
        for method in set(methods) - {"HEAD"}:
            told = f"{method} {name}"
            got = ask(people.nobody, method, address)
            _is_sent_to_sign_in(got, name, method, told)
            _is_sent_to_sign_in(ask(people.reader, method, address), name, method, told)
            assert ask(people.guest, method, address).status_code == 403, told
            for group, client in people.by_group.items():  # the least first
                is_let_in = permission in held[group]
                status = ask(client, method, address).status_code
                assert (status != 403) == is_let_in, f"{group} {told}: {status}"
                assert status < 500, f"{group} {told}: {status}"
                if is_let_in:  # and so are those who may do more
                    break


def _is_sent_to_sign_in(response: HttpResponse, name: str, method: str, told: str) -> None:
    """A page leads to the sign-in; what was typed is shown to be copied."""
    if method == "POST" or name in JSON_ALWAYS:
        assert response.status_code == 403, told
    else:
        assert response.status_code == 302, told
        assert response.headers["Location"].startswith("/accounts/login/?next=/admin/desk/"), told
    assert "小さな行" not in response.content.decode(), told


def test_the_desk_answers_no_other_method() -> None:
    house, people = House(), People()
    for name, route in patterns(desk_urls):
        address = reverse(f"desk:{name}", kwargs=house.keys(route))
        for method in set(METHODS) - set(DESK[name][0]):
            for client in (people.nobody, people.root):
                response = ask(client, method, address)
                assert response.status_code == 405, f"{method} {name}: {response.status_code}"
                assert "Allow" in response.headers, name


def test_an_id_that_is_not_there_is_404_on_every_address_of_the_desk() -> None:
    house, people = House(), People()
    for name, route in patterns(desk_urls):
        keys = house.keys(route)
        if "pk" not in keys:
            continue
        address = reverse(f"desk:{name}", kwargs=keys | {"pk": NOBODY})
        for method in DESK[name][0]:
            status = ask(people.root, method, address).status_code
            assert status == 404, f"{method} {name}: {status}"


def test_the_desk_does_nothing_without_the_token_of_its_own_form() -> None:
    house = House()
    root = Client(enforce_csrf_checks=True)
    root.force_login(make_editor("root"))
    for name, route in patterns(desk_urls):
        address = reverse(f"desk:{name}", kwargs=house.keys(route))
        if "POST" in DESK[name][0]:
            assert ask(root, "POST", address).status_code == 403, name


def test_the_desk_is_kept_by_nobody_and_found_by_no_robot() -> None:
    house, people = House(), People()
    for name, route in patterns(desk_urls):
        if "GET" in DESK[name][0]:
            address = reverse(f"desk:{name}", kwargs=house.keys(route))
            for client in (people.nobody, people.root):
                headers = ask(client, "GET", address).headers
                assert headers["Cache-Control"] == "no-store", name
                assert headers["X-Robots-Tag"] == "noindex", name


# ── the plain admin ─────────────────────────────────────────────────────────────────────────────
def test_staff_without_a_group_find_every_door_of_the_admin_shut() -> None:
    guest = People().guest
    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        for page, keys in (("changelist", []), ("add", []), ("delete", [1]), ("history", [1])):
            address = reverse(f"admin:{label}_{page}", args=keys)
            status = ask(guest, "GET", address).status_code
            # A row that one may not see is not there: the admin leads back to its first page.
            assert status in (302, 403, 404), f"{address}: {status}"


# What lifts somebody above the groups that the house has.
ABOVE = ("is_superuser", "user_permissions")


def test_a_new_account_is_given_its_desk_in_one_form() -> None:
    client = Client()
    client.force_login(make_editor())
    url = reverse("admin:digests_editor_add")
    form = client.get(url).context["adminform"].form
    assert form.initial["is_staff"] is True
    group = Group.objects.get(name="編集者")
    sent = {
        "username": "hana", "password1": "asagao-no-hana-7", "password2": "asagao-no-hana-7",
        "usable_password": "true", "pen_name": "花", "is_staff": "on", "groups": [group.pk],
    }  # fmt: skip
    assert client.post(url, sent).status_code == 302
    hana = Editor.objects.get(username="hana")
    assert hana.is_staff and hana.pen_name == "花" and list(hana.groups.all()) == [group]
    assert hana.check_password("asagao-no-hana-7")


def test_a_manager_can_not_lift_an_account_above_the_groups() -> None:
    manager = People().by_group["管理者"]
    for row in (Editor.objects.get(username="管理者"), Editor.objects.get(username="guest")):
        address = reverse("admin:digests_editor_change", args=[row.pk])
        page = manager.get(address).content.decode()
        assert 'name="pen_name"' in page
        assert not [name for name in ABOVE if f'name="{name}"' in page]
        sent: dict[str, Any] = {
            "username": row.username,
            "is_active": "on",
            "is_staff": "on",
            "pen_name": "花",
        }
        joined = {"date_joined_0": "2023-04-03", "date_joined_1": "00:00:00"}
        sent["groups"] = [group.pk for group in row.groups.all()]
        lifted = {"is_superuser": "on", "user_permissions": ["1"]}
        response = manager.post(address, sent | joined | lifted)
        now = Editor.objects.get(pk=row.pk)
        assert (response.status_code, now.pen_name) == (302, "花")
        assert not now.is_superuser and not now.user_permissions.exists()


def test_a_manager_can_not_take_the_account_of_who_may_do_everything() -> None:
    people = People()
    manager, root = people.by_group["管理者"], Editor.objects.get(username="root")
    change = reverse("admin:digests_editor_change", args=[root.pk])
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    words = {"password1": "another long password", "password2": "another long password"}
    assert manager.post(change, {"username": "root", "email": "me@example.org"}).status_code == 403
    assert manager.post(password, words).status_code == 403
    now = Editor.objects.get(pk=root.pk)
    assert (now.password, now.email) == (root.password, root.email)
    assert people.root.get(change).status_code == people.root.get(password).status_code == 200


# ── the readers' site ───────────────────────────────────────────────────────────────────────────
def _public_addresses(house: House) -> Iterator[tuple[str, str]]:
    entry = house.edition.entries.get()
    known = {
        "slug": {"issues": house.edition.slug, "papers": entry.slug, "authors": "aiko-mori"},
        "code": "cs.CL", "key": "what", "name": "pages-1", "token": token_of(house.link),
        "pk": house.issue.pk,
    }  # fmt: skip
    for name, route in patterns(public_urls):
        keys: dict[str, Any] = {}
        for part in route.split("<")[1:]:
            key = part.split(">")[0].rpartition(":")[2]
            value = known[key]
            keys[key] = value[route.split("/")[0]] if isinstance(value, dict) else value
        yield name, reverse(f"public:{name}", kwargs=keys)


def test_readers_addresses_take_words_at_three_doors_only() -> None:
    nobody = Client()
    for name, address in _public_addresses(House()):
        for method in METHODS:
            status = ask(nobody, method, address).status_code
            is_known = method in GET or (method == "POST" and name in TAKE_WORDS)
            assert (status != 405) == is_known, f"{method} {name}: {status}"
            assert status < 500 or name == "readyz", f"{method} {name}: {status}"


def test_what_can_only_be_read_says_so_to_a_browser_without_a_token_too() -> None:
    stranger = Client(enforce_csrf_checks=True)
    for name, address in _public_addresses(House()):
        if name not in TAKE_WORDS:
            response = stranger.post(address, {"text": "x"})
            assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD"), name
    assert stranger.post("/accounts/login/", {"login": "x"}).status_code == 403


def test_readers_get_no_cookie_anywhere() -> None:
    nobody = Client()
    for name, address in _public_addresses(House()):
        response = ask(nobody, "GET", address)
        assert not response.cookies, name
        if name != "preview":  # the editors' own, which leads others to the sign-in
            assert "Cookie" not in response.headers.get("Vary", ""), name


def test_only_the_readers_three_doors_do_without_a_token() -> None:
    exempt = {
        name
        for name, view in _every_view("", get_resolver())
        if getattr(view, "csrf_exempt", False)
    }
    assert exempt == {f"public:{name}" for name in TAKE_WORDS}


def _every_view(space: str, resolver: Any) -> Iterator[tuple[str, Any]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}", one.callback
        else:
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from _every_view(inner, one)


# ── a link to an issue that is not public yet ───────────────────────────────────────────────────
@pytest.mark.parametrize("change", ["x", "cut", "other", "revoked", "plain"])
def test_a_preview_link_opens_only_as_we_made_it(change: str) -> None:
    house = House()
    token = token_of(house.link)
    uuid, _dot, signature = token.partition(".")
    other = token_of(make(make_issue(), days=1, by=make_editor("jun")))
    asked = {
        "x": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "cut": uuid,
        "other": f"{other.partition('.')[0]}.{signature}",  # another issue by this signature
        "revoked": token,
        "plain": str(house.link.uuid),
    }[change]
    if change == "revoked":
        type(house.link).objects.update(revoked_at=house.link.expires_at)
    response = Client().get(reverse("public:preview-link", args=[asked]))
    assert response.status_code == (410 if change == "revoked" else 404)
    assert "小さな行" not in response.content.decode()


def test_an_issue_can_be_published_by_no_trick_of_a_writer() -> None:
    issue = make_issue()
    make_written_entry(issue)
    writer = People().by_group["執筆者"]
    for name in ("issues_publish", "schedule", "say_ready", "issues_put-back"):
        sent = {"override_reason": "x", "change": "first", "at": "2099-01-01T00:00"}
        assert writer.post(reverse(f"desk:{name}", args=[issue.pk]), sent).status_code == 403
    assert Issue.objects.get(pk=issue.pk).state == Issue.State.DRAFT


# ── how much may come ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("address", "length", "status"),
    [
        ("/accounts/login/", 7 * 2**20, 413),
        ("/", 7 * 2**20, 413),
        ("/", 6 * 2**20, 405),
        ("/admin/desk/", 7 * 2**20, 405),
        ("/admin/desk/", 41 * 2**20, 413),
        ("/admin/login/", "9" * 5000, 413),
        ("/admin/login/", "-1", 413),
    ],
)
def test_what_no_form_can_hold_is_refused_before_it_is_read(
    address: str, length: object, status: int
) -> None:
    response = Client().post(address, {}, CONTENT_LENGTH=str(length))
    assert response.status_code == status
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
