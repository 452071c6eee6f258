"""The guide for editors: it opens, has its pictures, and says what the screens say."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real

from tests.factories import make_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def html() -> str:
    editor = make_editor(is_superuser=False)
    editor.groups.set(Group.objects.filter(name="執筆者"))
    client = Client()
    client.force_login(editor)
    response = client.get(reverse("desk:guide"))
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_guide_is_linked_from_every_page_of_the_desk(html: str) -> None:
    assert f'href="{reverse("desk:guide")}"' in html


def test_every_picture_is_there_and_described(html: str) -> None:
    pictures = re.findall(r'<img src="/static/([^"]+)" alt="([^"]+)"', html)
    assert len(pictures) == 5
    assert all(finders.find(path) for path, _alt in pictures)


def test_every_word_in_bold_stands_on_a_screen(html: str) -> None:
    said = " ".join(str(v) for _k, v in trans_real.translation("ja")._catalog.items())
    words = re.findall(r"<b>([^<]+)</b>", html)
    assert len(words) > 20
    assert [word for word in words if word not in said] == ["太字"]


def test_each_part_of_the_contents_is_there(html: str) -> None:
    parts = re.findall(r'<li><a href="#([a-z]+)">', html)
    assert len(parts) == 12
    assert all(f'id="{part}"' in html for part in parts)


def test_strangers_and_people_without_a_role_do_not_see_it() -> None:
    assert Client().get(reverse("desk:guide")).status_code == 302
    nobody = Client()
    nobody.force_login(make_editor(is_superuser=False))
    assert nobody.get(reverse("desk:guide")).status_code == 403
