"""Reads settings from the environment, strictly: a wrong value stops the start and says why."""

import os
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "", *, environ: Mapping[str, str] = os.environ) -> str:
    return environ.get(name, "").strip() or default


def flag(name: str, default: bool, *, environ: Mapping[str, str] = os.environ) -> bool:
    """Raise ImproperlyConfigured for anything but 1/0, true/false, yes/no, on/off."""
    value = text(name, environ=environ).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")
    return value in TRUE


def number(
    name: str, default: float, *, least: float = 0, environ: Mapping[str, str] = os.environ
) -> float:
    value = text(name, environ=environ)
    if not value:
        return default
    try:
        parsed = float(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a number.") from error
    if not least <= parsed < float("inf"):
        raise ImproperlyConfigured(f"{name} is {value!r}; write a number from {least:g} up.")
    return parsed


def whole(
    name: str, default: int, *, least: int = 0, environ: Mapping[str, str] = os.environ
) -> int:
    parsed = number(name, default, least=least, environ=environ)
    if parsed != int(parsed):
        raise ImproperlyConfigured(f"{name} is {parsed:g}; write a whole number.")
    return int(parsed)


def money(name: str, *, environ: Mapping[str, str] = os.environ) -> Decimal | None:
    """An amount from 0 up, exactly as written; None when it is not set, which is not 0."""
    value = text(name, environ=environ)
    if not value:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a number.") from error
    if not amount.is_finite() or amount < 0:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a number from 0 up.")
    return amount


def words(name: str, default: str = "", *, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Comma-separated words, lower case."""
    return [w.strip().lower() for w in text(name, default, environ=environ).split(",") if w.strip()]


def choice(
    name: str, default: str, among: tuple[str, ...], *, environ: Mapping[str, str] = os.environ
) -> str:
    value = text(name, default, environ=environ).lower()
    if value not in among:
        raise ImproperlyConfigured(f"{name} is {value!r}; write one of: {', '.join(among)}.")
    return value


def site_url(*, environ: Mapping[str, str] = os.environ) -> tuple[str, bool]:
    """The site's address without a slash at its end, and whether this is a laptop.

    http://localhost[:port] is a laptop, https://… is production, anything else is refused:
    WebAuthn and the `__Host-` cookies work with no other.
    """
    value = text("SITE_URL", "http://localhost:8000", environ=environ).rstrip("/")
    parts = urlsplit(value)
    extra = parts.path or parts.query or parts.fragment or parts.username
    if extra or not _has_sound_port(value):
        raise ImproperlyConfigured(f"SITE_URL is {value!r}; write only scheme, host and port.")
    if parts.scheme == "http" and parts.hostname == "localhost":
        return value, True
    if parts.scheme == "https" and parts.hostname:
        return value, False
    raise ImproperlyConfigured(
        f"SITE_URL is {value!r}; write http://localhost:PORT (laptop) or https://HOST (production)."
    )


def _has_sound_port(address: str) -> bool:
    try:
        urlsplit(address).port  # noqa: B018 - reading it raises
    except ValueError:
        return False
    return True


# The first parts of other addresses of the site.
TAKEN = {"static", "media", "accounts", "issues", "papers", "authors", "categories", "questions"}
TAKEN |= {"about", "bookmarks", "search", "preview", "feeds", "feed", "sitemaps", "healthz"}
TAKEN |= {"readyz", ".well-known"}


def first_part(name: str, default: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """The path of a part of the site that no page of ours begins with, such as "admin/"."""
    value = text(name, default, environ=environ)
    plain = value.strip("/")
    if not re.fullmatch(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*", plain) or (
        plain.partition("/")[0] in TAKEN
    ):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write a word with which no page of the site begins, or {default}"
        )
    return plain + "/"


def database(name: str, default: str, *, environ: Mapping[str, str] = os.environ) -> Any:
    """The database of an address. It may hold a password, and is not repeated."""
    try:
        return dj_database_url.parse(text(name, default, environ=environ))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
        raise ImproperlyConfigured(
            f"{name} can't be read; write postgres://USER:PASSWORD@HOST:5432/NAME, and any "
            "sign of the password that is no letter or digit as %XX."
        ) from None


def broker_url(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """The broker's address, or "" for none. It may hold a password, and is not repeated."""
    value = text(name, environ=environ)
    if value and not (value.startswith(("redis://", "rediss://")) and _has_sound_port(value)):
        raise ImproperlyConfigured(f"{name} can't be read; write redis://HOST:6379/0.")
    return value


def arxiv_gap(name: str, address: str, *, environ: Mapping[str, str] = os.environ) -> float:
    """Seconds between two requests on a lane: at least 3 for arXiv itself (its terms of use)."""
    gap = number(name, 3.0, environ=environ)
    host = urlsplit(address).hostname or ""
    if gap < 3 and (host == "arxiv.org" or host.endswith(".arxiv.org")):
        raise ImproperlyConfigured(f"{name} is {gap:g}; arXiv asks for at least 3 seconds.")
    return gap
