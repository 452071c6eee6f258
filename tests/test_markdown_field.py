"""The Markdown field of the editors' forms: its widget, its preview and its images."""

from __future__ import annotations

import json
import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from markdownx.models import MarkdownxField
from PIL import Image

from digests.desk import markdown
from digests.models import Editor
from digests.rendering import MAX_CHARACTERS
from tests import factories

PREVIEW, UPLOAD = settings.MARKDOWNX_URLS_PATH, settings.MARKDOWNX_UPLOAD_URLS_PATH
pytestmark = pytest.mark.django_db


def sign_in(*, is_staff: bool = True, may_edit: bool = True) -> Client:
    editor = Editor.objects.create_user("hana", is_staff=is_staff)
    if may_edit:
        editor.user_permissions.add(Permission.objects.get(codename="change_entry"))
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def client() -> Client:
    return sign_in()


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(
    kind: str = "PNG", size: tuple[int, int] = (8, 4), mode: str = "RGB", **how: Any
) -> bytes:
    target = BytesIO()
    Image.new(mode, size).save(target, kind, **how)
    return target.getvalue()


def send(client: Client, data: bytes, *, alt: str = "図1", name: str = "a.html") -> Any:
    image = SimpleUploadedFile(name, data, content_type="image/gif")
    return client.post(UPLOAD, {"image": image, "alt": alt})


def error_of(response: Any) -> str:
    return str(json.loads(response.content)["error"])


# ── preview ─────────────────────────────────────────────────────────────────────────────────────
def test_preview_shows_what_readers_would_see(client: Client) -> None:
    response = client.post(PREVIEW, {"content": "**「強調」**です。<script>x</script>"})
    assert response.status_code == 200
    assert response.content.decode().startswith("<p><strong>「強調」</strong>です。&lt;script&gt;")
    assert "no-store" in response["Cache-Control"]


def test_preview_knows_the_evidence_of_its_entry_only(client: Client) -> None:
    entry = factories.make_entry()
    key = factories.make_evidence(entry).key
    other = factories.make_evidence(factories.make_entry(), key="e77").key
    text = {"content": f"あ。[^{key}][^{other}]", "prefix": "q1-"}
    html = client.post(PREVIEW, {**text, "entry": entry.pk}).content.decode()
    assert f'<sup class="mark"><a href="#q1-{key}">{key}</a></sup>' in html
    assert f'<sup class="mark mark-unknown">{other}</sup>' in html
    assert client.post(PREVIEW, text).content.decode().count("mark-unknown") == 2


@pytest.mark.parametrize("entry", ["0", "-1", "x", "９", "9" * 40, "1 or 1"])
def test_preview_of_no_entry_is_refused(client: Client, entry: str) -> None:
    response = client.post(PREVIEW, {"content": "あ", "entry": entry})
    assert response.status_code == 400 and error_of(response)


def test_preview_without_text_is_refused(client: Client) -> None:
    response = client.post(PREVIEW, {})
    assert response.status_code == 400 and error_of(response)


def test_preview_of_too_long_a_text_is_refused(client: Client) -> None:
    assert client.post(PREVIEW, {"content": "あ\r\n" * (MAX_CHARACTERS // 2)}).status_code == 200
    response = client.post(PREVIEW, {"content": "あ" * (MAX_CHARACTERS + 1)})
    assert response.status_code == 413 and "20,000" in error_of(response)


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_ended_session_is_told_and_not_redirected(address: str) -> None:
    response = Client().post(address, {"content": "あ"})
    assert response.status_code == 403 and error_of(response)


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
@pytest.mark.parametrize(("is_staff", "may_edit"), [(False, True), (True, False)])
def test_stranger_is_refused(address: str, is_staff: bool, may_edit: bool) -> None:
    client = sign_in(is_staff=is_staff, may_edit=may_edit)
    response = client.post(address, {"content": "あ"})
    assert response.status_code == 403 and error_of(response)


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_only_post_is_answered(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 405 and response["Allow"] == "POST"


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_request_from_another_site_is_refused(address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Editor.objects.create_superuser("hana"))
    assert client.post(address, {"content": "あ", "alt": "x"}).status_code == 403


def test_too_many_previews_are_refused_until_the_next_minute(
    client: Client,
) -> None:
    with time_machine.travel("2023-04-10T00:00:05Z", tick=False) as clock:
        statuses = [
            client.post(PREVIEW, {"content": "あ"}).status_code
            for _ in range(markdown.PREVIEWS_A_MINUTE + 1)
        ]
        assert statuses == [200] * markdown.PREVIEWS_A_MINUTE + [429]
        clock.shift(60)
        assert client.post(PREVIEW, {"content": "あ"}).status_code == 200


# ── images ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kind", "extension"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")]
)
def test_image_is_stored_by_what_it_is(
    client: Client, media: Path, kind: str, extension: str
) -> None:
    response = send(client, picture(kind), alt="図1：\n構成 [左]")
    code = json.loads(response.content)["image_code"]
    found = re.fullmatch(
        rf"!\[図1： 構成 \\\[左\\\]\]\(/media/(markdownx/\w{{32}}\.{extension})\)", code
    )
    assert found, code
    with Image.open(media / found[1]) as stored:
        assert (stored.format, stored.size) == (kind, (8, 4))


def test_stored_image_shows_in_the_preview(client: Client, media: Path) -> None:
    code = json.loads(send(client, picture(), alt='"> [x](y) *z*').content)["image_code"]
    html = client.post(PREVIEW, {"content": code}).content.decode()
    assert re.fullmatch(
        r'<p><img src="/media/markdownx/\w+\.png" alt="&quot;> \[x\]\(y\) \*z\*"></p>',
        html.replace("&gt;", ">"),
    )


def test_camera_data_is_dropped_and_the_picture_stands_upright(client: Client, media: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SECRET CAMERA"  # turned by 90 degrees; maker
    data = picture("JPEG", exif=exif, comment=b"SECRET WORDS", icc_profile=b"SECRET PROFILE")
    assert data.count(b"SECRET") == 3
    assert send(client, data).status_code == 200
    (stored,) = (media / "markdownx").iterdir()
    assert b"SECRET" not in stored.read_bytes()
    with Image.open(stored) as image:
        assert image.size == (4, 8) and not image.getexif()


@pytest.mark.parametrize("mode", ["CMYK", "L", "1"])
def test_unusual_jpeg_and_transparent_palette_are_kept(
    client: Client, media: Path, mode: str
) -> None:
    kind = "PNG" if mode == "1" else "JPEG"
    assert send(client, picture(kind, mode=mode)).status_code == 200
    assert send(client, picture("GIF", mode="P", transparency=0)).status_code == 200
    (gif,) = (media / "markdownx").glob("*.gif")
    with Image.open(gif) as stored:
        assert "transparency" in stored.info


def test_only_the_first_frame_of_a_moving_picture_is_kept(client: Client, media: Path) -> None:
    frames = [Image.new("L", (8, 4), shade) for shade in (0, 128, 255)]
    target = BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    assert send(client, target.getvalue()).status_code == 200
    (stored,) = (media / "markdownx").iterdir()
    with Image.open(stored) as image:
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a<script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        picture("BMP"),
        picture("TIFF"),
        b"%PDF-1.7\n",
        picture()[:46],
        picture("JPEG", size=(400, 400))[:400],
    ],
)
def test_what_is_no_sound_image_of_ours_is_refused(
    client: Client, media: Path, data: bytes
) -> None:
    response = send(client, data, name="a.png")
    assert response.status_code == 400 and error_of(response)
    assert not list(media.rglob("*.*"))


def test_script_behind_an_image_is_not_stored(client: Client, media: Path) -> None:
    assert send(client, picture() + b"<script>alert(1)</script>").status_code == 200
    (stored,) = (media / "markdownx").iterdir()
    assert b"script" not in stored.read_bytes()


def test_huge_image_is_refused_before_it_is_decoded(client: Client, media: Path) -> None:
    data = bytearray(picture())
    for side in (5_000, 60_000):  # the header lies: decoding would ask for memory, or fail
        data[16:24] = side.to_bytes(4) * 2
        data[29:33] = _checksum(bytes(data[12:29]))
        response = send(client, bytes(data))
        assert response.status_code == 413 and "24" in error_of(response)


def _checksum(chunk: bytes) -> bytes:
    return zlib.crc32(chunk).to_bytes(4)


def test_heavy_image_is_refused(client: Client, media: Path) -> None:
    response = send(client, picture() + b"x" * markdown.MAX_IMAGE_BYTES)
    assert response.status_code == 413 and error_of(response)


@pytest.mark.parametrize("alt", ["", " \n", "\x00", "あ" * 201])
def test_image_without_a_usable_description_is_refused(
    client: Client, media: Path, alt: str
) -> None:
    response = send(client, picture(), alt=alt)
    assert response.status_code == 400 and error_of(response)


def test_upload_without_a_file_is_refused(client: Client) -> None:
    response = client.post(UPLOAD, {"alt": "図", "image": "a.png"})
    assert response.status_code == 400 and error_of(response)


# ── form ────────────────────────────────────────────────────────────────────────────────────────
class AnswerForm(forms.Form):
    answer = markdown.EditorMarkdownFormField(required=False)


def test_field_is_a_plain_textarea_with_our_script_only() -> None:
    form = AnswerForm({"answer": "</textarea><b>"})
    html = str(form["answer"])
    assert '<textarea name="answer"' in html and "&lt;/textarea&gt;&lt;b&gt;</textarea>" in html
    assert f'data-preview-url="{PREVIEW}"' in html and f'data-upload-url="{UPLOAD}"' in html
    assert "maxlength" not in html
    assert [str(js) for js in form.media._js] == ["digests/desk/markdown.js"]
    assert "markdownx" not in str(form.media)


def test_field_stores_clean_text() -> None:
    form = AnswerForm({"answer": "が\r\n\x00い\u202eう\ud800"})
    assert form.is_valid()
    assert form.cleaned_data["answer"] == "が\nいう"


def test_too_long_a_text_is_an_error_and_is_not_cut() -> None:
    text = "あ\r\n" * (MAX_CHARACTERS // 2) + "い"
    form = AnswerForm({"answer": text})
    assert not form.is_valid()
    assert "い" in str(form["answer"])


def test_model_field_takes_our_field_and_widget() -> None:
    field = MarkdownxField(max_length=50).formfield(form_class=markdown.EditorMarkdownFormField)
    assert isinstance(field.widget, markdown.EditorMarkdownWidget) and field.max_length == 50


def test_widget_tells_the_preview_its_entry_and_shows_twice_alike() -> None:
    widget = markdown.EditorMarkdownWidget({"data-entry": 7, "class": "wide"})
    html = widget.render("answer", None)
    assert 'data-entry="7"' in html and re.search(r'class="[^"]*wide markdown-editor"', html)
    assert widget.render("answer", None) == html
