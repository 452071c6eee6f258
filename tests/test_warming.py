"""After a change the pages that most ask for are ready before anybody asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import brotli
import pytest
from celery.signals import worker_init
from django.conf import settings as house
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digests import tasks, workflow
from digests.models import Edition, Masthead
from digests.public import prepared, warming
from papers import bell
from tests.factories import (
    make_edition,
    make_editor,
    make_issue,
    make_ready_issue,
    make_version,
    make_written_entry,
)

pytestmark = pytest.mark.django_db
PAGES_CACHE = house.CACHES["pages"]
PATHS = ("/issues/2023-04-03/", "/feed/", "/", "/issues/", "/feed/atom/", "/feed/json/")


@pytest.fixture(autouse=True)
def _prepared(settings: Any, tmp_path: Path) -> None:
    settings.PREPARED_MB = 32
    settings.CACHES = {**settings.CACHES, "pages": {**PAGES_CACHE, "LOCATION": tmp_path}}
    warming._handler.cache_clear()


@pytest.fixture
def edition() -> Edition:
    issue = make_issue(date(2023, 4, 3))
    make_written_entry(issue, version=make_version("2304.90007"))
    return make_edition(issue)


def ask(path: str) -> tuple[HttpResponse, int]:
    """The answer of a web process that has shown nothing yet, and its queries."""
    client = Client()
    client.get("/robots.txt")
    with CaptureQueriesContext(connection) as asked:
        response = client.get(path, headers={"accept-encoding": "br"})
    return response, len(asked)


def test_after_warming_the_first_reader_pays_one_query(edition: Edition) -> None:
    made = {path: Client().get(path).content for path in PATHS}
    tasks.warm()
    for path in PATHS:
        response, queries = ask(path)
        assert (response.status_code, queries) == (200, 1), path
        assert brotli.decompress(response.content) == made[path]


def test_pages_that_a_reader_was_first_to_ask_for_are_made_smaller(edition: Edition) -> None:
    path = edition.get_absolute_url()
    first, _queries = ask(path)
    assert warming.warm() == len(PATHS)
    again, _queries = ask(path)
    assert len(again.content) < len(first.content)
    assert again["ETag"] == first["ETag"]


def test_warming_twice_makes_nothing_the_second_time(edition: Edition) -> None:
    assert warming.warm() == len(PATHS)
    assert warming.warm() == 0


def test_a_change_makes_them_anew(edition: Edition) -> None:
    warming.warm()
    Masthead(pk=1, name="週のノート").save()
    assert warming.warm() == len(PATHS)
    response, _queries = ask("/feed/")
    assert "週のノート" in brotli.decompress(response.content).decode()


def test_what_was_taken_back_is_not_made(edition: Edition) -> None:
    warming.warm()
    workflow.take_back(edition.issue, by=make_editor())
    warming.warm()
    response, _queries = ask(edition.get_absolute_url())
    assert response.status_code == 410


def test_a_house_without_ready_pages_makes_none(edition: Edition, settings: Any) -> None:
    settings.PREPARED_MB = 0
    assert warming.warm() == 0


def test_https_behind_a_proxy_is_asked_for_as_the_proxy_does(
    edition: Edition, settings: Any
) -> None:
    settings.SITE_URL = "https://digest.example"
    settings.ALLOWED_HOSTS = ["digest.example"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert warming.warm() == len(PATHS)


def test_publishing_asks_a_worker_for_the_pages(
    broker: Any, django_capture_on_commit_callbacks: Any
) -> None:
    issue = make_ready_issue()
    with django_capture_on_commit_callbacks(execute=True):
        workflow.publish(issue, by=None)
    sent = [json.loads(message)["headers"]["task"] for message in broker.lrange("celery", 0, -1)]
    assert "digests.warm" in sent


def test_publishing_does_not_wait_once_more_for_a_broker_that_just_did_not_answer(
    deaf_broker: Callable[[], int], django_capture_on_commit_callbacks: Any
) -> None:
    bell.ring("papers.sweep")
    assert deaf_broker() > 0
    with django_capture_on_commit_callbacks(execute=True):
        workflow.publish(make_ready_issue(), by=make_editor())
    assert deaf_broker() == 0


def test_a_broker_that_is_away_stops_no_publishing(
    edition: Edition, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with django_capture_on_commit_callbacks(execute=True):
        workflow.take_back(edition.issue, by=make_editor())
    assert "not ring digests.warm" in caplog.text


def test_a_worker_knows_its_code_from_the_beginning() -> None:
    """It reads the files only once: after a deploy they are no longer what it runs."""
    prepared.build.cache_clear()
    worker_init.send(sender=None)
    assert prepared.build.cache_info().currsize == 1
