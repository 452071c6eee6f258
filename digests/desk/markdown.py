"""Markdown in the editors' forms: django-markdownx's field with a widget, a preview and an upload
of ours. Its own views are never included: they are open to anyone and render without a sanitiser.
"""

import secrets
import time
import unicodedata
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import BaseRenderer, TemplatesSetting
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from markdownx.fields import MarkdownxFormField
from markdownx.settings import MARKDOWNX_UPLOAD_URLS_PATH, MARKDOWNX_URLS_PATH
from markdownx.widgets import AdminMarkdownxWidget
from PIL import Image, ImageOps

from digests import rendering
from digests.editions import quotes_of
from digests.markdown_rules import MEDIA_PREFIX, clean
from digests.models import Entry

View = Callable[[HttpRequest], HttpResponse]
PERMISSION = "digests.change_entry"
PREVIEWS_A_MINUTE = 120
UPLOADS_A_MINUTE = 20
MAX_IMAGE_BYTES = 5 * 2**20
MAX_IMAGE_PIXELS = 24_000_000
MAX_ALT = 200
_FOLDER = "markdownx/"
_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}


# ── fields ──────────────────────────────────────────────────────────────────────────────────────
class EditorMarkdownWidget(AdminMarkdownxWidget):
    """A textarea that can show its preview and take images; a plain one without JavaScript.
    `attrs={"data-entry": pk}` lets the preview show that entry's evidence."""

    template_name = "desk/_markdown_widget.html"

    class Media:
        extend = False  # markdownx's script keeps Tab in the field and previews at load
        css = {"all": ("digests/desk/markdown.css",)}
        js = ("digests/desk/markdown.js",)

    @staticmethod
    def add_markdownx_attrs(attrs: dict[str, Any]) -> dict[str, Any]:
        classes = str(attrs.get("class", "")).split()
        return {**attrs, "class": " ".join(dict.fromkeys([*classes, "markdown-editor"]))}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context | {
            "preview_url": MARKDOWNX_URLS_PATH,
            "upload_url": MARKDOWNX_UPLOAD_URLS_PATH,
            "max_bytes": MAX_IMAGE_BYTES,
        }

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        # The project's templates, whatever FORM_RENDERER is.
        html: SafeString = super().render(name, value, dict(attrs or {}), TemplatesSetting())
        return html


class EditorMarkdownFormField(MarkdownxFormField):
    """Text as it will be stored: NFC, `\\n` at line ends, no control characters, and not longer
    than the renderer's cap."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_length"] = kwargs.get("max_length") or rendering.MAX_CHARACTERS
        widget = kwargs.get("widget")
        kind = widget if isinstance(widget, type) else type(widget)
        if not issubclass(kind, EditorMarkdownWidget):  # a TextField asks for a plain Textarea
            kwargs["widget"] = EditorMarkdownWidget
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return unicodedata.normalize("NFC", clean(text)[0])

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        attrs: dict[str, Any] = super().widget_attrs(widget)
        attrs.pop("maxlength", None)  # a browser would cut a long paste without a word
        return attrs


# ── views ───────────────────────────────────────────────────────────────────────────────────────
class Refusal(Exception):
    """An answer that the editor reads in place of the preview or the image."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def _for_editors(name: str, a_minute: int) -> Callable[[View], View]:
    """POST only, staff with the permission only, so many a minute; every refusal is JSON, also
    where the session has ended (a redirect would show a login page as the preview)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            try:
                _check(request, name, a_minute)
                response = view(request)
            except Refusal as refusal:
                response = JsonResponse({"error": refusal.message}, status=refusal.status)
            if response.status_code == 405:
                response.headers["Allow"] = "POST"
            add_never_cache_headers(response)
            return response

        return guarded

    return decorate


def _check(request: HttpRequest, name: str, a_minute: int) -> None:
    if request.method != "POST":
        raise Refusal(405, _("Only POST is answered here."))
    if not request.user.is_authenticated:
        raise Refusal(403, _("Your session has ended. Sign in again in another tab."))
    if not (request.user.is_staff and request.user.has_perm(PERMISSION)):
        raise Refusal(403, _("You may not edit entries."))
    if _requests_this_minute(f"markdown-{name}-{request.user.pk}") > a_minute:
        raise Refusal(429, _("Too many requests. Wait a minute and try again."))


def _requests_this_minute(who: str) -> int:
    # The minute stands in the key, as the database cache's `incr` starts the time-out anew.
    key = f"{who}-{int(time.time()) // 60}"
    cache.add(key, 0, 120)
    try:
        return cache.incr(key)
    except ValueError:  # culled between the two calls
        return 1


@_for_editors("preview", PREVIEWS_A_MINUTE)
def preview(request: HttpRequest) -> HttpResponse:
    """HTML of the posted `content`, marks as chips; `entry`, where given, names the entry whose
    evidence the marks mean, and `prefix` stands before the ids that they point to."""
    text = request.POST.get("content")
    if text is None:
        raise Refusal(400, _("There is no text to show."))
    if len(clean(text)[0]) > rendering.MAX_CHARACTERS:
        raise Refusal(
            413,
            _("The text is longer than %(limit)s characters.")
            % {"limit": f"{rendering.MAX_CHARACTERS:,}"},
        )
    evidence = _evidence(request.POST.get("entry", ""))
    prefix = request.POST.get("prefix", "")[:100]
    return HttpResponse(rendering.render(text, evidence, prefix, chips=True))


def _evidence(entry: str) -> dict[str, rendering.Quote]:
    if not entry:
        return {}
    is_number = entry.isascii() and entry.isdigit() and len(entry) < 19
    row = Entry.objects.filter(pk=int(entry)).first() if is_number else None
    if row is None:
        raise Refusal(400, _("This entry no longer exists."))
    return quotes_of(row)


@_for_editors("upload", UPLOADS_A_MINUTE)
def upload(request: HttpRequest) -> HttpResponse:
    """Stores the posted `image` and answers `{"image_code": "![alt](/media/…)"}`."""
    alt = " ".join(clean(request.POST.get("alt", ""))[0].split())
    if not alt:
        raise Refusal(400, _("Describe the image in words, for readers who can't see it."))
    if len(alt) > MAX_ALT:
        raise Refusal(
            400, _("The description is longer than %(limit)s characters.") % {"limit": MAX_ALT}
        )
    image = request.FILES.get("image")
    if not isinstance(image, UploadedFile):
        raise Refusal(400, _("There is no image in the request."))
    if (image.size or 0) > MAX_IMAGE_BYTES:
        raise Refusal(413, _("The image is larger than 5 MB."))
    data, extension = reencoded(image.read())
    name = default_storage.save(f"{_FOLDER}{secrets.token_hex(16)}.{extension}", ContentFile(data))
    return JsonResponse({"image_code": f"![{_escaped(alt)}]({MEDIA_PREFIX}{name})"})


def _escaped(alt: str) -> str:
    return "".join(f"\\{c}" if c.isascii() and not (c.isalnum() or c == " ") else c for c in alt)


def reencoded(data: bytes) -> tuple[bytes, str]:
    """The picture written anew, upright, without EXIF, profile, comments and further frames, and
    the extension of what it really is. Raises Refusal."""
    try:
        picture = Image.open(BytesIO(data), formats=tuple(_EXTENSIONS))
    except Image.DecompressionBombError as error:
        raise Refusal(413, _too_many_pixels()) from error
    except Exception as error:  # Pillow's readers raise whatever they stumble on
        raise Refusal(400, _("This is not a JPEG, PNG, WebP or GIF image.")) from error
    if picture.width * picture.height > MAX_IMAGE_PIXELS:
        raise Refusal(413, _too_many_pixels())
    kind = "JPEG" if picture.format == "MPO" else str(picture.format)
    try:
        return _written(picture, kind), _EXTENSIONS[kind]
    except Exception as error:  # as above: cut files, bad chunks, bad tables
        raise Refusal(400, _("The image is damaged and can't be read.")) from error


def _too_many_pixels() -> str:
    return _("The image has more than 24 million pixels.")


def _written(picture: Image.Image, kind: str) -> bytes:
    picture.load()
    ImageOps.exif_transpose(picture, in_place=True)
    if kind == "JPEG" and picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    # Pillow writes comments and profiles from here; a palette's transparency is part of the image.
    picture.info = {key: picture.info[key] for key in ("transparency",) if key in picture.info}
    target = BytesIO()
    picture.save(target, kind)
    return target.getvalue()
