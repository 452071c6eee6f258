"""The pictures that other sites show beside a link."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from digests import workflow
from digests.models import Edition, EditionEntry, Masthead
from digests.public import card_picture
from digests.public.card_picture import SIZE, Card, drawable, fitted, picture_of, wrapped
from tests.factories import make_edition, make_editor, make_issue, make_version, make_written_entry
from tests.test_public import EVIL, Outline

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
WIDTH = 1000
NOT_FIRST = "、。」）ー々っょァ"
NOT_LAST = "「（"


@pytest.fixture(autouse=True)
def _no_card_is_kept(settings: Any, tmp_path: Path) -> None:
    keep_cards_in(tmp_path, settings)


def keep_cards_in(folder: Path, settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "cards": {**settings.CACHES["cards"], "LOCATION": folder},
    }


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def an_edition() -> Edition:
    issue = make_issue()
    make_written_entry(issue, version=make_version("2304.90011"))
    return make_edition(issue)


def image(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def card_of(edition: Edition) -> str:
    return f"{edition.get_absolute_url()}card.png"


# ── addresses ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("whose", ["issue", "paper", "site"])
def test_a_card_is_a_picture_that_anyone_may_keep(reader: Client, whose: str) -> None:
    edition = an_edition()
    path = {"issue": card_of(edition), "paper": "/papers/2304.90011/card.png", "site": "/card.png"}
    response = reader.get(path[whose])
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/png"
    assert "public" in response.headers["Cache-Control"]
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies
    picture = image(response.content)
    assert (picture.format, picture.size) == ("PNG", SIZE)
    assert len(picture.convert("RGB").getcolors(SIZE[0] * SIZE[1]) or []) > 2, "nothing drawn"


def test_a_card_is_drawn_once_and_asked_about_for_nothing(
    reader: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    edition = an_edition()
    first = reader.get(card_of(edition))
    monkeypatch.setattr("digests.public.cards.picture_of", lambda *_: pytest.fail("drawn again"))
    assert reader.get(card_of(edition)).content == first.content
    with django_assert_max_num_queries(2):
        again = reader.get(card_of(edition), headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_card_that_cannot_be_kept_is_shown_all_the_same(
    reader: Client, settings: Any, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "cards"
    in_the_way.touch()  # a file where the folder should be
    keep_cards_in(in_the_way, settings)
    response = reader.get(card_of(an_edition()))
    assert response.status_code == 200
    assert image(response.content).size == SIZE


def test_a_correction_and_another_name_of_the_site_make_another_card(reader: Client) -> None:
    edition = an_edition()
    tags = [reader.get(card_of(edition)).headers["ETag"]]
    Edition.objects.filter(pk=edition.pk).update(title="【訂正】直した見出し")
    tags.append(reader.get(card_of(edition)).headers["ETag"])
    Masthead.objects.update_or_create(pk=1, defaults={"name": "別の名前"})
    tags.append(reader.get(card_of(edition)).headers["ETag"])
    assert len(set(tags)) == 3


def test_what_is_not_public_has_no_card(reader: Client) -> None:
    edition = an_edition()
    draft = make_issue()
    make_written_entry(draft, version=make_version("2304.90012"))
    assert reader.get(f"/issues/{draft.slug}/card.png").status_code == 404
    assert reader.get("/papers/2304.90012/card.png").status_code == 404
    workflow.take_back(edition.issue, by=make_editor())
    assert reader.get(card_of(edition)).status_code == 410
    assert reader.get("/papers/2304.90011/card.png").status_code == 410


@pytest.mark.parametrize("path", ["/card.png", "/issues/x/card.png", "/papers/x/card.png"])
def test_a_card_is_for_reading_only(reader: Client, path: str) -> None:
    assert reader.post(path).status_code == 405


def test_an_article_names_its_card(reader: Client, settings: Any) -> None:
    edition = an_edition()
    html = reader.get(edition.get_absolute_url()).content.decode()
    meta = {
        attrs.get("property") or attrs.get("name"): attrs.get("content")
        for tag, attrs in Outline(html).tags
        if tag == "meta"
    }
    assert meta["og:image"] == f"{settings.SITE_URL}{card_of(edition)}?v=1"
    assert (meta["og:image:width"], meta["og:image:height"]) == ("1200", "630")
    assert meta["og:image:alt"] == meta["og:title"]
    assert meta["twitter:card"] == "summary_large_image"


def test_a_page_without_a_card_of_its_own_names_the_site_s(reader: Client, settings: Any) -> None:
    html = reader.get("/").content.decode()
    assert f'<meta property="og:image" content="{settings.SITE_URL}/card.png">' in html
    assert f'<meta property="og:image:alt" content="{Masthead.get().name}">' in html


# ── the house's picture ─────────────────────────────────────────────────────────────────────────
def a_picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(file, "PNG")
    return file.getvalue()


def test_the_house_picture_stands_at_the_left(reader: Client) -> None:
    masthead = Masthead.get()
    masthead.picture.save("house.png", ContentFile(a_picture("#00ff00")))
    picture = image(reader.get("/card.png").content).convert("RGB")
    assert picture.getpixel((10, 300)) == (0, 255, 0)
    assert picture.getpixel((SIZE[0] - 10, 10)) != (0, 255, 0)


def test_a_house_picture_that_is_gone_or_broken_costs_only_itself(reader: Client) -> None:
    Masthead.objects.update_or_create(pk=1, defaults={"picture": "site/gone.png"})
    assert reader.get("/card.png").status_code == 200
    for broken in (b"", b"not a picture", a_picture("#00ff00")[:60]):
        assert image(picture_of(Card("", "題", "", ""), broken)).size == SIZE


def test_a_house_picture_with_too_many_pixels_is_left_out(monkeypatch: Any) -> None:
    monkeypatch.setattr(card_picture, "MOST_PIXELS", 300 * 200 - 1)
    card = Card("", "題", "", "")
    assert picture_of(card, a_picture("#00ff00")) == picture_of(card)


# ── words ───────────────────────────────────────────────────────────────────────────────────────
TITLES = [
    "",
    " ",
    "\u3000",
    EVIL,
    "\u202eright to left\u202c \u200f",
    "👩\u200d🚀👍🏽 絵文字だけでは🎉ない",
    "あ" * 300,
    "a" * 300,
    "「" * 300,
    "。" * 300,
    "$\\mathcal{O}(n^2)$ の計算量",
    "\ud800\x00\x1b\ufffe",
    "한국어 和 简体字",
    "e\u0301" * 200,
]


@pytest.mark.parametrize("title", TITLES)
def test_any_title_makes_a_card(title: str) -> None:
    assert image(picture_of(Card(title, title, title, title))).size == SIZE


@pytest.mark.parametrize("title", ["", EVIL, "「" * 300])
def test_any_title_has_its_card_on_the_site(reader: Client, title: str) -> None:
    edition = an_edition()
    stored = title.encode("utf-8", "ignore").decode().replace("\x00", "")[:300]
    Edition.objects.filter(pk=edition.pk).update(title=stored, description=stored)
    EditionEntry.objects.filter(edition=edition).update(title_ja=stored[:40])
    assert reader.get(card_of(edition)).status_code == 200
    assert reader.get("/papers/2304.90011/card.png").status_code == 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("大規模言語モデル", "大規模言語モデル"),
        ("Šimek、Dvořák", "Simek、Dvorák"),
        ("naïve café", "naïve café"),
        ("簡体字の题", "簡体字の〓"),
        ("絵文字👍です", "絵文字です"),
        ("制\x08御\u202e文\n字", "制御文 字"),
    ],
)
def test_what_the_font_lacks_is_replaced_or_left_out(text: str, shown: str) -> None:
    assert drawable(text) == shown


def test_the_font_knows_every_character_of_jis_levels_1_and_2() -> None:
    rows = (bytes((row, cell)) for row in range(0xB0, 0xF5) for cell in range(0xA1, 0xFF))
    kanji = "".join(pair.decode("euc_jp", "ignore") for pair in rows)
    assert len(kanji) == 6355
    assert [c for c in kanji if drawable(c) != c] == []


@pytest.mark.parametrize("name", ["鷗外", "𠮷野", "剝離", "補塡", "頰", "𠮟責", "髙橋", "渡邉"])
def test_the_font_knows_names_and_words_of_daily_use_beyond_them(name: str) -> None:
    assert drawable(name) == name


def test_a_title_breaks_between_words_into_lines_of_about_one_length() -> None:
    title = "注意機構の高速化、自己整合性、推論サーバーの全体像ほか"
    size, lines = fitted(title, 1004)
    assert "".join(lines) == title
    assert any("自己整合性、" in line for line in lines)
    assert len(lines[-1]) > len(lines[0]) / 2, f"{lines} at {size}"


def test_a_title_that_lists_highlights_breaks_after_one() -> None:
    title = "専門家混合の学習、長文生成の評価、疎な注意機構ほか"
    _size, lines = fitted(title, WIDTH - 200)
    assert "".join(lines) == title
    assert len(lines) > 1
    assert all(line.endswith("、") for line in lines[:-1])


def test_lines_keep_the_rules_of_japanese_typesetting() -> None:
    text = "「大規模言語モデル」（LLM）のサーベイ、対話データの自動生成、ちょっと人々へ。" * 3
    for width in range(300, 1000, 50):
        lines = wrapped(text, 60, width, most=99)
        assert "".join(lines) == text
        assert [line for line in lines[1:] if line[0] in NOT_FIRST] == []
        assert [line for line in lines[:-1] if line[-1] in NOT_LAST] == []


def test_a_latin_word_stays_whole() -> None:
    lines = wrapped("Instruction Tuning with GPT-4 を読む", 60, 420, most=9)
    assert lines == ["Instruction", "Tuning with", "GPT-4 を読む"]


def test_a_long_title_is_set_smaller_and_a_longer_one_is_cut() -> None:
    short, long, longest = (fitted("題" * length, WIDTH) for length in (10, 60, 300))
    assert short[0] > long[0] >= longest[0]
    assert "".join(long[1]) == "題" * 60
    assert longest[1][-1].endswith("…")


def test_the_font_comes_with_its_licence() -> None:
    folder = Path(card_picture.__file__).parent / "fonts"
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8")
    assert [font.suffix for font in folder.glob("*.otf")] == [".otf"]
