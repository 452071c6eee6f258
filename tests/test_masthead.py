"""The one place for the site's name, description, picture and standing sentences."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from digests.models import Masthead
from tests.factories import make_editor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_editor())
    Masthead.get().save()
    return client


def address() -> str:
    return reverse("admin:digests_masthead_change", args=[1])


def typed(**changes: Any) -> dict[str, Any]:
    row = Masthead()
    fields = [f.name for f in Masthead._meta.fields if f.name not in ("id", "picture")]
    return {name: getattr(row, name) for name in fields} | changes


def picture(kind: str = "JPEG", size: tuple[int, int] = (12, 6), **info: Any) -> bytes:
    target = BytesIO()
    mode = "RGB" if max(size) < 1000 else "1"  # a bit a pixel is enough to be many
    Image.new(mode, size).save(target, kind, **info)
    return target.getvalue()


def save(editor: Client, **changes: Any) -> str:
    """What is said after the save; nothing where it is done."""
    response = editor.post(address(), typed(**changes))
    if response.status_code == 302:
        assert response.headers["Location"] == reverse("admin:digests_masthead_changelist")
        return ""
    return str(response.content.decode())


def uploaded(data: bytes, name: str = "a.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, kind)


def test_all_of_it_stands_on_one_page(editor: Client) -> None:
    html = editor.get(address()).content.decode()
    for name in typed():
        assert f'name="{name}"' in html, name
    assert 'name="picture"' in html
    assert html.index("Name and description") < html.index("Standing sentences")


def test_what_is_typed_is_kept_without_control_characters(editor: Client) -> None:
    assert save(editor, name="週刊\x07ノート\u202e", about="**今週**の一覧\x00です。") == ""
    row = Masthead.get()
    assert row.name == "週刊ノート"
    assert row.about == "**今週**の一覧です。"


def test_a_place_that_is_not_filled_in_is_told_and_nothing_is_lost(editor: Client) -> None:
    html = save(editor, title_template="{weeks}の論文")
    assert "{weeks} is not filled in here; these are: {week} {highlights}" in html
    assert "{weeks}の論文" in html
    assert Masthead.get().title_template == Masthead().title_template


def test_a_picture_is_written_anew_without_what_the_camera_added(editor: Client) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    data = picture(exif=exif.tobytes())
    assert b"where it was taken" in data
    assert save(editor, picture=uploaded(data, "../../evil.html", "text/html")) == ""
    row = Masthead.get()
    kept = Path(row.picture.path).read_bytes()
    assert b"where it was taken" not in kept
    assert row.picture.name.startswith("site/")
    assert row.picture.name.endswith(".jpg")
    assert "evil" not in row.picture.name


def test_a_picture_can_be_taken_away_again(editor: Client) -> None:
    assert save(editor, picture=uploaded(picture("PNG"))) == ""
    assert Masthead.get().picture.name.endswith(".png")
    assert save(editor) == ""
    assert Masthead.get().picture
    assert save(editor, **{"picture-clear": "on"}) == ""
    assert not Masthead.get().picture


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPEG, PNG, WebP"),
        (picture("GIF"), "not a JPEG, PNG or WebP"),
        (picture("PNG", (300, 300))[:-40], "damaged"),
        (picture("PNG", (6000, 4001)), "more than 24 million pixels"),
        (b"\0" * (5 * 2**20 + 1), "larger than 5 MB"),
    ],
    ids=["svg", "gif", "cut", "many pixels", "large"],
)
def test_what_is_no_good_picture_is_refused_with_a_reason(
    editor: Client, data: bytes, said: str
) -> None:
    assert said in save(editor, picture=uploaded(data))
    assert not Masthead.get().picture


def test_the_list_of_one_row_leads_straight_to_it(editor: Client) -> None:
    listed = editor.get(reverse("admin:digests_masthead_changelist"))
    assert listed.status_code == 302 and listed.headers["Location"] == address()
    stranger = Client().get(reverse("admin:digests_masthead_changelist"))
    assert address() not in stranger.headers["Location"]


def test_the_row_cannot_be_deleted_and_strangers_stay_out(editor: Client) -> None:
    delete = reverse("admin:digests_masthead_delete", args=[1])
    assert editor.post(delete, {"post": "yes"}).status_code == 403
    stranger = Client()
    assert stranger.get(address()).status_code == 302
    stranger.force_login(make_editor(is_superuser=False))
    assert stranger.get(address()).status_code == 403
