"""What one reader sends never shapes the page that another gets, whatever a server lets through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import set_script_prefix

from tests.factories import make_edition, make_issue, make_version, make_written_entry

pytestmark = pytest.mark.django_db
PAGES_CACHE: Any = house.CACHES["pages"]


@pytest.fixture(autouse=True)
def _one_public_issue(settings: Any, tmp_path: Path) -> Any:
    settings.PREPARED_MB = 32
    settings.CACHES = {**settings.CACHES, "pages": {**PAGES_CACHE, "LOCATION": tmp_path}}
    issue = make_issue(date(2023, 4, 3))
    make_written_entry(issue, version=make_version("2304.90007"))
    make_edition(issue)
    request_started.disconnect(close_old_connections)  # the test's transaction is under way
    yield
    request_started.connect(close_old_connections)
    set_script_prefix("/")  # of this thread; each request sets it


def ask(site: Any, path: str, sent: Mapping[str, str]) -> str:
    """The page as a server would hand it on: headers as they came, nothing filled in."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "localhost:8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        **sent,
    }
    said: list[str] = []
    body = b"".join(site(environ, lambda status, _headers: said.append(status)))
    assert said == ["200 OK"], (path, sent)
    return body.decode()


SENT = [
    {"SCRIPT_NAME": "/evil"},  # gunicorn takes it from a header where it trusts who hands on
    {"SCRIPT_NAME": "//evil.example"},
    {"HTTP_HOST": "127.0.0.1:99"},
    {"HTTP_X_FORWARDED_HOST": "evil.example"},
    {"HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "https"},
    {"HTTP_ACCEPT_LANGUAGE": "en"},
    {"HTTP_COOKIE": "messages=evil; django_language=en"},
    {"REQUEST_METHOD": "HEAD"},
    {"QUERY_STRING": "evil=1"},
    {"HTTP_RANGE": "bytes=0-1", "HTTP_IF_NONE_MATCH": '"evil"'},
]


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: " ".join(sent))
@pytest.mark.parametrize("path", ["/issues/2023-04-03/", "/feed/"])
def test_a_reader_gets_the_page_whoever_asked_first(
    settings: Any, tmp_path: Path, path: str, sent: dict[str, str]
) -> None:
    site = get_wsgi_application()
    ask(site, path, sent)
    settings.PREPARED_MB = 0

    assert ask(site, path, {}) == ask(get_wsgi_application(), path, {})
