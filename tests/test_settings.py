"""Settings are read strictly: a wrong value stops the start, and the message says which."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment as env
from digests.public import urls as public_urls

ROOT = Path(__file__).parents[1]
PRODUCTION = {
    "SITE_URL": "https://digest.example",
    "SECRET_KEY": "k" * 60,
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


# ── values ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("value", ["", " ", "no", "0", "False", "OFF"])
def test_a_flag_is_off(value: str) -> None:
    assert env.flag("X", False, environ={"X": value}) is False


@pytest.mark.parametrize("value", ["1", "true", " Yes ", "on"])
def test_a_flag_is_on(value: str) -> None:
    assert env.flag("X", False, environ={"X": value}) is True


@pytest.mark.parametrize("value", ["ja", "2", "tru"])
def test_a_flag_that_is_neither_is_refused_by_name(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="NIGHTLY"):
        env.flag("NIGHTLY", False, environ={"NIGHTLY": value})


@pytest.mark.parametrize("value", ["three", "-1", "nan", "inf", "1,5"])
def test_a_number_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="GAP"):
        env.number("GAP", 3, environ={"GAP": value})


def test_a_number_that_is_not_given_is_the_default() -> None:
    assert env.number("GAP", 3, environ={}) == 3
    assert env.number("GAP", 3, environ={"GAP": "0.5"}) == 0.5


@pytest.mark.parametrize("value", ["free", "-1", "nan", "inf", "1,5"])
def test_an_amount_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PRICE"):
        env.money("PRICE", environ={"PRICE": value})


def test_an_amount_is_exact_and_one_that_is_not_given_is_not_nothing() -> None:
    assert env.money("PRICE", environ={"PRICE": "0.10"}) == Decimal("0.10")
    assert env.money("PRICE", environ={"PRICE": "0"}) == 0
    assert env.money("PRICE", environ={}) is None


@pytest.mark.parametrize("value", ["1.5", "many", "-1"])
def test_half_a_thing_is_no_count(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PROXIES"):
        env.whole("PROXIES", 0, environ={"PROXIES": value})


@pytest.mark.parametrize("value", ["/", "a b", "../x", "static", "/issues/desk", "feed/", "あ"])
def test_the_desk_is_not_put_where_another_page_is(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ADMIN_PATH"):
        env.first_part("ADMIN_PATH", "admin/", environ={"ADMIN_PATH": value})


@pytest.mark.parametrize("value", ["desk", "/desk/", "desk/"])
def test_the_desk_may_be_anywhere_else(value: str) -> None:
    assert env.first_part("ADMIN_PATH", "admin/", environ={"ADMIN_PATH": value}) == "desk/"


def test_every_page_of_the_site_keeps_its_first_word() -> None:
    taken = {str(p.pattern).partition("/")[0] for p in public_urls.urlpatterns}
    assert {word for word in taken if re.fullmatch("[a-z-]+", word)} <= env.TAKEN


@pytest.mark.parametrize(
    "value", ["digest", "postgres://u:pa#ss@here/x", "postgres://u:pass@here:port/x", "odd://x"]
)
def test_a_database_that_can_t_be_read_is_named_without_its_password(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        env.database("DATABASE_URL", "", environ={"DATABASE_URL": value})
    assert "pa" not in str(refused.value).replace("PASSWORD", "").replace("password", "")


@pytest.mark.parametrize("value", ["here", "http://here", "redis://here:port"])
def test_a_broker_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        env.broker_url("REDIS_URL", environ={"REDIS_URL": value})


def test_words_are_split_at_commas_and_in_lower_case() -> None:
    assert env.words("HOSTS", environ={"HOSTS": " A.example, ,b.example "}) == [
        "a.example",
        "b.example",
    ]


@pytest.mark.parametrize("value", ["auto", "url", "private", "embedded", "Embedded", ""])
def test_each_broker_can_be_chosen(value: str) -> None:
    among = ("auto", "url", "private", "embedded")
    chosen = env.choice("BROKER", "auto", among, environ={"BROKER": value})
    assert chosen == (value.lower() or "auto")


def test_an_unknown_choice_is_answered_with_those_there_are() -> None:
    with pytest.raises(ImproperlyConfigured, match="write one of: ja, en"):
        env.choice("LANGUAGE_CODE", "ja", ("ja", "en"), environ={"LANGUAGE_CODE": "fr"})


# ── laptop or production ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("value", "address", "is_laptop"),
    [
        ("", "http://localhost:8000", True),
        ("http://localhost", "http://localhost", True),
        ("http://localhost:8001/", "http://localhost:8001", True),
        ("https://digest.example", "https://digest.example", False),
        ("https://digest.example:8443", "https://digest.example:8443", False),
    ],
)
def test_the_address_tells_a_laptop_from_production(
    value: str, address: str, is_laptop: bool
) -> None:
    assert env.site_url(environ={"SITE_URL": value}) == (address, is_laptop)


@pytest.mark.parametrize(
    "value",
    [
        "http://127.0.0.1:8000",
        "http://digest.example",
        "http://localhost.example",
        "localhost:8000",
        "ftp://localhost",
        "https://",
        "https://digest.example/blog",
        "https://digest.example?x=1",
        "https://user:password@digest.example",
    ],
)
def test_any_other_address_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        env.site_url(environ={"SITE_URL": value})


# ── arXiv's pace ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("host", ["arxiv.org", "export.arxiv.org", "EXPORT.ARXIV.ORG"])
def test_arxiv_itself_is_never_asked_more_often_than_every_three_seconds(host: str) -> None:
    address = f"https://{host}/api/query"
    with pytest.raises(ImproperlyConfigured, match="ARXIV_API_GAP"):
        env.arxiv_gap("ARXIV_API_GAP", address, environ={"ARXIV_API_GAP": "2.9"})
    assert env.arxiv_gap("ARXIV_API_GAP", address, environ={"ARXIV_API_GAP": "3"}) == 3
    assert env.arxiv_gap("ARXIV_API_GAP", address, environ={}) == 3


@pytest.mark.parametrize("host", ["127.0.0.1:8099", "localhost", "notarxiv.org"])
def test_another_server_may_be_asked_without_a_gap(host: str) -> None:
    gap = env.arxiv_gap("ARXIV_API_GAP", f"http://{host}/api", environ={"ARXIV_API_GAP": "0"})
    assert gap == 0


# ── the whole file, in a process of its own ─────────────────────────────────────────────────────
def read(folder: Path, expression: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What `expression` of the settings prints in an environment that has only `environ`."""
    code = f"from django.conf import settings; print({expression})"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(folder),
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_command_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "TRUSTED_PROXIES": "quick"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1 and "TRUSTED_PROXIES" in ended.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "REDIS_URL"])
def test_production_without_what_must_be_set_does_not_start(tmp_path: Path, missing: str) -> None:
    ended = read(
        tmp_path, "settings.DEBUG", **{k: v for k, v in PRODUCTION.items() if k != missing}
    )
    assert ended.returncode != 0
    assert f"{missing} is not set" in ended.stderr
    assert not (tmp_path / "secret_key").exists()


def test_production_has_strict_cookies_and_one_host(tmp_path: Path) -> None:
    names = "DEBUG ALLOWED_HOSTS SESSION_COOKIE_NAME SESSION_COOKIE_SECURE SECURE_SSL_REDIRECT"
    expression = ", ".join(f"settings.{name}" for name in names.split())
    ended = read(tmp_path, expression, **PRODUCTION)
    assert ended.stdout.strip() == "False ['digest.example'] __Host-session True True"


def test_production_passes_djangos_own_checks_for_deployment(tmp_path: Path) -> None:
    setup = "__import__('django').setup()"
    command = "__import__('django.core.management').core.management.call_command"
    key = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    expression = f"{setup} or {command}('check', deploy=True, fail_level='WARNING')"
    ended = read(tmp_path, expression, **{**PRODUCTION, "SECRET_KEY": key})
    assert (ended.returncode, "no issues" in ended.stdout) == (0, True), ended.stderr


def test_production_never_takes_a_laptop_s_broker(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("redis://127.0.0.1:2/0", encoding="utf-8")
    ended = read(tmp_path, "settings.CELERY_BROKER_URL", **PRODUCTION)
    assert ended.stdout.strip() == PRODUCTION["REDIS_URL"]
    ended = read(tmp_path, "settings.DEBUG", **{**PRODUCTION, "BROKER": "embedded"})
    assert ended.returncode != 0


def test_a_laptop_makes_its_key_once_and_for_its_owner_only(tmp_path: Path) -> None:
    keys = {read(tmp_path, "settings.SECRET_KEY").stdout for _ in range(2)}
    assert len(keys) == 1
    assert len(keys.pop().strip()) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"BROKER": "auto"}, "redis://127.0.0.1:2/0"),
        ({"BROKER": "embedded", "REDIS_URL": "redis://there:6379/0"}, "redis://127.0.0.1:2/0"),
        ({"BROKER": "private", "REDIS_URL": "redis://there:6379/0"}, "redis://127.0.0.1:2/0"),
        ({"BROKER": "url", "REDIS_URL": "redis://there:6379/0"}, "redis://there:6379/0"),
        ({"BROKER": "auto", "REDIS_URL": "redis://there:6379/0"}, "redis://there:6379/0"),
    ],
)
def test_a_laptop_s_processes_find_the_broker_that_is_up(
    tmp_path: Path, environ: dict[str, str], url: str
) -> None:
    (tmp_path / "broker").write_text("redis://127.0.0.1:2/0", encoding="utf-8")
    assert read(tmp_path, "settings.CELERY_BROKER_URL", **environ).stdout.strip() == url


@pytest.mark.parametrize(
    "environ",
    [
        {"BROKER": "rabbit"},
        {"BROKER": "url"},
        {"ARXIV_API_GAP": "1"},
        {"SITE_URL": "http://a.b"},
        {"SITE_URL": "https://a.b:port"},
        {"LOG_LEVEL": "loud"},
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    ended = read(tmp_path, "settings.DEBUG", **environ)
    assert ended.returncode != 0
    name = "REDIS_URL" if environ == {"BROKER": "url"} else next(iter(environ))
    assert name in ended.stderr.splitlines()[-1]


def test_the_example_names_every_setting_and_no_other() -> None:
    source = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    read_here = set(re.findall(r'env\.\w+\("(\w+)"', source))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert shown == read_here | {"SITE_URL", "POSTGRES_PASSWORD"}


def test_a_database_that_is_gone_without_a_word_holds_nobody_for_ever(tmp_path: Path) -> None:
    url = "postgres://u:p@192.0.2.1:5432/x"
    wait = "settings.DATABASES['default']['OPTIONS']['connect_timeout']"
    assert read(tmp_path, wait, DATABASE_URL=url).stdout.strip() == "5"
    asked = read(tmp_path, wait, DATABASE_URL=f"{url}?connect_timeout=9")
    assert asked.stdout.strip() in ("9", "'9'")
