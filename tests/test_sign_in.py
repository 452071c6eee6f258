"""Signing in: guesses are slowed down, and no stranger keeps an editor out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from tests.factories import make_editor

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"
HOME, AWAY = "192.0.2.10", "198.51.100.7"


@pytest.fixture(autouse=True)
def _hana() -> None:
    hana = make_editor("hana", email="hana@example.org")
    hana.set_password(PASSWORD)
    hana.save()


def sign_in(password: str, *, address: str = HOME, name: str = "hana", **more: Any) -> Any:
    sent = {"login": name, "password": password}
    return Client().post("/accounts/login/", sent, REMOTE_ADDR=address, **more)


def guess(times: int, **where: Any) -> list[Any]:
    return [sign_in(f"a guess, number {n}", **where) for n in range(times)]


def is_in(response: Any) -> bool:
    return bool(response.status_code == 302)


def test_an_editor_signs_in_by_name_or_address() -> None:
    assert is_in(sign_in(PASSWORD))
    assert is_in(sign_in(PASSWORD, name="hana@example.org"))
    assert not is_in(sign_in("something else"))


def test_after_five_wrong_passwords_not_even_the_right_one_is_taken() -> None:
    guess(4)
    assert is_in(sign_in(PASSWORD))

    guess(1)

    assert not is_in(sign_in(PASSWORD))


def test_a_stranger_who_guesses_keeps_no_editor_out() -> None:
    guess(20, address=AWAY)

    assert is_in(sign_in(PASSWORD, address=HOME))


@pytest.mark.parametrize("address", [HOME, "2001:db8::1"])
def test_another_way_to_name_site_account_or_household_gives_no_more_guesses(address: str) -> None:
    neighbour = address if address == HOME else "2001:db8::2"
    guess(5, address=neighbour, HTTP_HOST="localhost:1", name="HANA")

    assert not is_in(sign_in(PASSWORD, address=address, HTTP_HOST="localhost:2"))


def test_who_has_no_account_is_answered_like_who_has() -> None:
    known, unknown = sign_in("something else"), sign_in("something else", name="nobody")

    assert known.status_code == unknown.status_code == 200
    assert _words(known).replace("hana", "nobody") == _words(unknown)


def _words(page: Any) -> str:
    """The page without its token, which is new each time."""
    return re.sub(r'(csrfmiddlewaretoken" value=)"[^"]*"', r"\1", page.content.decode())


@pytest.mark.parametrize("host", ["localhost:99", "127.0.0.1:99"])
def test_a_mail_leads_to_our_address_whatever_host_was_asked(host: str) -> None:
    Client().post("/accounts/password/reset/", {"email": "hana@example.org"}, HTTP_HOST=host)
    (sent,) = mail.outbox
    assert f"{settings.SITE_URL}/accounts/password/reset/key/" in sent.body
    assert host not in sent.subject + str(sent.body)
