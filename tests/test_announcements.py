"""Announcements: counted as X and Bluesky count, short enough for both, the address whole."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from digests import announcements, workflow
from digests.announcements import announce, fits, graphemes, weight_x
from digests.models import Editor, Issue, Masthead
from tests.factories import make_edition, make_editor, make_issue, make_written_entry

URL = "https://example.com/issues/2023-04-03/"


# ── counting ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語、です。", 14),
        ("ﾊﾝｶｸ", 8),
        ("cafe\u0301", 4),  # counted in NFC
        ("“quoted” – and …", 17),  # curly quotes and dashes are light, an ellipsis is not
        ("ქართული", 7),  # U+10D0 and so on: below 4352
        ("한국", 4),
        (URL, 23),
        ("http://a.jp", 23),
        (f"詳しくは{URL}。", 8 + 23 + 2),
        (f"({URL}) {URL}, x", 1 + 23 + 1 + 1 + 23 + 1 + 2),
        ("😀", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇯🇵🇫🇷", 4),
        ("1️⃣", 2),
        ("❤️", 2),
        ("©", 2),
        ("𠮷", 2),
        ("a\nb", 3),
    ],
)
def test_x_counts(text: str, weight: int) -> None:
    assert weight_x(text) == weight


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語", 3),
        ("cafe\u0301", 4),
        ("か\u3099", 1),
        ("ｶﾞ", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽", 1),
        ("🇯🇵🇫🇷", 2),
        ("🇯🇵🇫", 2),
        ("1️⃣", 1),
        ("❤️", 1),
        ("葛󠄀", 1),  # with a variation selector
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
        ("각", 1),
        ("각", 1),  # the same in single letters
        ("a\r\nb", 3),
        ("नि", 1),
        ("あ\u200d😀", 2),  # only pictures are joined
    ],
)
def test_bluesky_counts_what_a_person_sees(text: str, count: int) -> None:
    assert graphemes(text) == count
    assert "".join(announcements.clusters(text)) == text


def test_what_is_just_short_enough_fits_and_one_more_does_not() -> None:
    assert fits("あ" * 140) and not fits("あ" * 140 + "a")
    family = "👨‍👩‍👧‍👦"
    assert fits(family * 120) and not fits(family * 121)  # 25 bytes each, 3,000 in all


# ── fitting ─────────────────────────────────────────────────────────────────────────────────────
def choices(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "highlights": title, "url": URL} for title in titles]


def test_the_first_choice_that_fits_is_taken() -> None:
    made = announce("{title}\n{url}", choices("あ" * 130, "い" * 20), cut="title")
    assert made == "い" * 20 + "\n" + URL


def test_what_is_still_too_long_is_cut_and_says_so() -> None:
    text = announce("{title}\n{url}", choices("あ" * 300), cut="title")
    words, url = text.split("\n")
    assert url == URL
    assert words == "あ" * 127 + "…"  # 127 × 2 and 2 for 「…」, 1 for the line, 23 for the address
    assert weight_x(text) == 280


def test_a_picture_is_not_cut_in_two() -> None:
    family = "👨‍👩‍👧‍👦"
    text = announce("{title}\n{url}", choices(family * 300), cut="title")
    words = text.split("\n")[0]
    assert words == family * words.count(family) + "…"


def test_standing_words_that_are_too_long_give_way_to_the_address() -> None:
    text = announce("あ" * 300 + "{title}{url}" + "い" * 300, choices("題"), cut="title")
    assert fits(text) and text.endswith("…\n" + URL)


def test_a_value_that_looks_like_a_place_stays_as_it_is() -> None:
    text = announce("{title} {unknown} {url}", choices("{url} {title}"), cut="title")
    assert text == f"{{url}} {{title}} {{unknown}} {URL}"


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
TEMPLATES = st.lists(
    st.one_of(st.sampled_from(["{title}", "{highlights}", "{url}", "\n", " ", "【", "】"]), WORDS),
    max_size=8,
).map("".join)


@given(TEMPLATES, st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_every_text_fits_and_has_its_whole_address(
    template: str, values: list[tuple[str, str]]
) -> None:
    made = [{"title": t, "highlights": h, "url": URL} for t, h in values]
    text = announce(template, made, cut="title")
    assert fits(text)
    assert ("{url}" not in template) or URL in text


@given(WORDS)
def test_counting_never_loses_a_letter(text: str) -> None:
    assert "".join(announcements.clusters(text)) == text
    assert weight_x(text) == weight_x(unicodedata.normalize("NFD", text))


# ── the page ────────────────────────────────────────────────────────────────────────────────────
def signed_in(editor: Editor) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def address(issue: Issue) -> str:
    return f"/admin/desk/issues/{issue.pk}/announcements/"


@pytest.mark.django_db
def test_a_public_issue_has_a_text_for_itself_and_one_for_each_paper(
    django_assert_max_num_queries: Any,
) -> None:
    issue = make_issue(is_sample=False)
    for title in ("一つ目の論文", "二つ目の論文"):
        make_written_entry(issue, title_ja=title)
    edition = make_edition(issue)
    client = signed_in(make_editor())
    with django_assert_max_num_queries(7):
        shown = client.get(address(issue))
    texts = [made.text for made in shown.context["texts"]]
    url = settings.SITE_URL + edition.get_absolute_url()
    assert texts[0] == f"{edition.title}\n{url}"
    first = edition.entries.get(position=1)
    assert texts[1] == f"「一つ目の論文」{first.one_liner}\n{url}#{first.slug}"
    assert len(texts) == 3
    page = shown.content.decode()
    assert f"X <span>{weight_x(texts[1])}</span>/280" in page
    assert f"Bluesky <span>{graphemes(texts[1])}</span>/300" in page
    assert shown.headers["Cache-Control"].count("no-store")


@pytest.mark.django_db
def test_the_templates_are_the_mastheads() -> None:
    Masthead.objects.update_or_create(
        pk=1,
        defaults={
            "announcement_template": "今週は{count}本：{highlights}（{week}） {url}",
            "paper_announcement_template": "{highlight}／{title} {url}",
        },
    )
    edition = make_edition()
    texts = signed_in(make_editor()).get(address(edition.issue)).context["texts"]
    url = settings.SITE_URL + edition.get_absolute_url()
    week = edition.title.split("【")[1].split("】")[0]
    assert texts[0].text == f"今週は1本：小さな行の研究（{week}） {url}"
    entry = edition.entries.get()
    assert texts[1].text == f"小さな行の研究／{entry.title} {url}#{entry.slug}"


@pytest.mark.django_db
def test_a_long_title_names_fewer_highlights_and_no_half_one() -> None:
    Masthead.objects.update_or_create(
        pk=1, defaults={"announcement_template": "あ" * 70 + "{title}\n{url}"}
    )
    issue = make_issue()
    for letter in "甲乙丙丁":
        make_written_entry(issue, highlight=letter * 20)
    edition = make_edition(issue)
    text = signed_in(make_editor()).get(address(issue)).context["texts"][0].text
    assert fits(text) and text.endswith(edition.get_absolute_url())
    assert "甲" * 20 + "ほか" in text and "乙" not in text and "…" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("is_taken_back", [False, True])
def test_an_issue_that_is_not_public_has_no_texts_yet(is_taken_back: bool) -> None:
    issue, editor = make_issue(), make_editor()
    make_written_entry(issue)
    if is_taken_back:
        workflow.take_back(make_edition(issue).issue, by=editor)
    shown = signed_in(editor).get(address(issue))
    assert shown.status_code == 200 and shown.context["texts"] == []
    assert "data-announcement" not in shown.content.decode()


@pytest.mark.django_db
def test_the_page_is_for_staff_who_may_see_issues() -> None:
    issue = make_issue()
    assert Client().get(address(issue)).status_code == 302
    assert signed_in(make_editor(is_superuser=False)).get(address(issue)).status_code == 403
    editor = signed_in(make_editor())
    assert editor.get("/admin/desk/issues/999999/announcements/").status_code == 404
    assert editor.post(address(issue)).status_code == 405
