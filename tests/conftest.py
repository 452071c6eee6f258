"""What every test stands on: no network, no broker, rows in a file of the run's own."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as property_tests

from config.broker import EmbeddedBroker
from config.celery import app
from papers import bell

NOWHERE = "127.0.0.1:1"  # nothing listens there: connections are refused at once
NOT_INSTALLED = "not installed: "
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STORAGE = "django.core.files.storage.FileSystemStorage"
STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"

gc.set_threshold(50_000)  # looking for circles took a tenth of the time

# The same examples at each run, and a machine that is busy is no fault.
property_tests.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
property_tests.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def _away_from_the_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Neither a running house's broker and files nor arXiv is touched by a test."""
    app.conf.broker_url = f"redis://{NOWHERE}/0"
    folder = tmp_path_factory.mktemp("var")
    (folder / "static").mkdir()
    with override_settings(
        VAR_DIR=folder,
        STATIC_ROOT=folder / "static",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick, for tests
        MEDIA_ROOT=folder / "media",
        STORAGES={"default": {"BACKEND": STORAGE}, "staticfiles": {"BACKEND": STATIC_STORAGE}},
        ARXIV_API_URL=f"http://{NOWHERE}/api/query",
        ARXIV_PDF_URL=f"http://{NOWHERE}/pdf",
        LANE_GAPS={"api": 0.0, "pdf": 0.0},
        PREPARED_MB=0,  # each test has pages of its own
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _network_is_off() -> Iterator[None]:
    """A socket of a test connects to this machine only."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test asks the network: {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True)
def _no_broker_is_given_up() -> None:
    """On a busy machine a broker can refuse so slowly that the tests after it would ring none."""
    bell._quiet_until.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A database for each process of the run; SQLite in a file, as in life: a database in memory
    locks whole tables between threads."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A test that commits leaves the rows that migrations and furnish made. Copying them back takes
    an eighth of the time, or less, of emptying all tables and furnishing the house anew."""
    with django_db_blocker.unblock():
        put_back = _file_kept() if connection.vendor == "sqlite" else _rows_kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: put_back())
        yield


def _rows_kept() -> Callable[[], None]:
    """All references are checked at the end of a transaction, so rows go and come in any order;
    COPY leaves computed columns out. A thread that still holds rows is an error in the end."""
    rows: dict[str, bytes] = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            table = connection.ops.quote_name(name)
            with cursor.copy(f"COPY {table} TO STDOUT") as lines:
                rows[table] = b"".join(lines)

    def put_back() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '60s'")
            cursor.execute("".join(f"DELETE FROM {table};" for table in rows))
            for table, lines in rows.items():
                if lines:
                    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                        copy.write(lines)

    return put_back


def _file_kept() -> Callable[[], None]:
    furnished = sqlite3.connect(":memory:")
    connection.ensure_connection()
    connection.connection.backup(furnished)
    connection.close()
    return partial(_put_back, furnished)


def _put_back(furnished: sqlite3.Connection) -> None:
    """Make the test database what it was at first. Raises where another thread still writes."""
    connection.close()
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=60)) as used:
        used.execute("PRAGMA synchronous = OFF")
        furnished.backup(used, progress=_refuse_to_wait)


def _refuse_to_wait(status: int, _remaining: int, _total: int) -> None:
    if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):  # else it would try for ever
        raise AssertionError("a thread of the test still works on the database")


@pytest.fixture
def plain_words() -> Iterator[None]:
    """The msgids, so that the catalogue is not what is tested."""
    with translation.override(None):
        yield


@pytest.fixture
def english(settings: Any) -> Iterator[None]:
    """A site in English, whoever asks."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """The embedded broker, which the code under test rings; its queue is the list `celery`."""
    with EmbeddedBroker(("127.0.0.1", 0)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"redis://127.0.0.1:{server.server_address[1]}/0"
        with _ringing_at(url), redis.Redis.from_url(url) as client:
            yield client
        server.shutdown()


@pytest.fixture
def deaf_broker() -> Iterator[Callable[[], int]]:
    """A broker that lets one connect and never says a word; how many did since the last look."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"
        deaf.setblocking(False)
        with _ringing_at(url):
            yield partial(_callers, deaf)


def _callers(server: socket.socket) -> int:
    found = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            found += 1
    return found


@contextmanager
def _ringing_at(url: str) -> Iterator[None]:
    before = app.conf.broker_url
    _ring_at(url)
    try:
        yield
    finally:
        _ring_at(before)


def _ring_at(url: str) -> None:
    app.conf.broker_url = url
    app.amqp._producer_pool = None  # Celery keeps the pool of its first address for good


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program; the test is skipped where there is none."""
    return need(*BROWSERS)


def need(*names: str) -> Path:
    """The first of these programs on PATH, else skip (with CI=true: fail) the test."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    pytest.skip(NOT_INSTALLED + " or ".join(names))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true a program that is missing is a fault, not an excuse."""
    report = yield
    is_excused = report.skipped and NOT_INSTALLED in str(report.longrepr)
    if is_excused and os.environ.get("CI", "").lower() == "true":
        report.outcome = "failed"
        report.longrepr = f"CI=true, and this test was skipped: {report.longrepr}"
    return report


# They start the real site a dozen times and mostly wait: begun first, they end with the others.
SLOWEST = ("test_browser.py", "test_up.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in SLOWEST)
