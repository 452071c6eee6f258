"""Every answer carries the headers that keep other sites out, whatever it answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from digests.public import views
from tests.factories import make_edition

pytestmark = pytest.mark.django_db
ALWAYS = {
    "Content-Security-Policy": "default-src 'none'",
    "Permissions-Policy": "camera=()",
    "Referrer-Policy": "strict-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def ask(path: str, **sent: Any) -> Any:
    return Client(raise_request_exception=False).generic(sent.pop("method", "GET"), path, **sent)


def lacking(response: Any) -> set[str]:
    return {name for name, words in ALWAYS.items() if words not in response.headers.get(name, "")}


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/", {}, 200),
        ("/nowhere/", {}, 404),
        ("/issues", {}, 301),
        ("/admin/", {}, 302),
        ("/admin/desk/", {"method": "DELETE"}, 405),
        ("/", {"method": "POST", "HTTP_HOST": "evil.example"}, 400),
        ("/", {"method": "POST", "CONTENT_LENGTH": "99999999"}, 413),
        ("/healthz", {}, 200),
        ("/robots.txt", {}, 200),
    ],
)
def test_each_answer_has_them(path: str, sent: dict[str, Any], status: int) -> None:
    response = ask(path, **sent)
    assert response.status_code == status
    assert lacking(response) == set()


@pytest.mark.parametrize(("path", "status"), [("/", 301), ("/nowhere/", 301)])
def test_so_has_the_way_to_https(settings: Any, path: str, status: int) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = ask(path)
    assert response.status_code == status
    assert lacking(response) == set()


def test_so_has_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(views, "voices_of", break_down)
    response = ask(f"/issues/{make_edition().slug}/")
    assert response.status_code == 500
    assert lacking(response) == set()


@pytest.mark.parametrize("path", ["/feed/", "/feed/json/", "/card.png"])
def test_feeds_and_pictures_may_be_shown_elsewhere(path: str) -> None:
    make_edition()
    response = ask(path)
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert lacking(response) == {"Cross-Origin-Resource-Policy"}


@pytest.mark.parametrize("path", ["/", "/feed/", "/search/?q=a", "/nowhere/", "/about/"])
def test_no_reader_is_given_a_cookie(path: str) -> None:
    response = ask(path)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
