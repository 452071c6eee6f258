"""A reader of any make shows of our Markdown what our pages show of it."""

from __future__ import annotations

import random
import re

import pytest
from markdown_it import MarkdownIt

from digests.commonmark import Words, as_commonmark
from digests.rendering import render

COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What Markdown and Japanese are made of; no `$`, which CommonMark does not know.
SIGNS = (
    *(
        "あ",
        "「",
        "」",
        "、",
        "。",
        "：",
        "（",
        "é",
        "a",
        "b",
        "😀",
        "*",
        "**",
        "***",
        "_",
        "`",
        "``",
    ),
    *(
        "\n",
        "\n\n",
        "- ",
        "+ ",
        "1. ",
        "2) ",
        "> ",
        "#",
        " ",
        "  ",
        "    ",
        "[",
        "]",
        "(",
        ")",
        "!",
    ),
    *("<", ">", "<b>", "&", "&amp;", "|", "|-|-|", "~~", "=", "-", "---", "\\", "・", "```"),
    *("https://example.com/a_b", "/media/x.png"),
)


def as_shown(html: str) -> str:
    """Without what a reader does not see: classes, the levels of headings, spaces between tags."""
    html = re.sub(r' (?:rel|class|style)="[^"]*"', "", html).replace(" />", ">")
    html = re.sub(r"\s*\n\s*", "\n", re.sub(r"<(/?)h[1-6]>", r"<\1h>", html))
    return re.sub(r"\s*</code></pre>", "</code></pre>", html).strip()


def assert_the_same(text: str) -> None:
    written = as_commonmark(text, Words())
    assert as_shown(COMMONMARK.render(written)) == as_shown(render(text)), (text, written)


@pytest.mark.parametrize(
    "text",
    [
        "**「再現性」**を重視し、*（弱く）*も`seed=42`と書きます。",
        "a**b**c、*a「b」*c、***「両方」***です。****",
        "文です。\n- 一\n- 二\n  - 三\n\n・四\n・五",
        "10. 一\n11. 二\n\n12. 三",
        "- 一\n+ 二\n* 三",
        "一行目\n二行目\nEnglish\nline  \n改行",
        "<script>alert(1)</script>と<b>x</b>と&amp;lt;",
        "    字下げした行",
        "[a]: https://example.org/\n\n[a]",
        "> 引用\n> - 項目\n\n---\n\n```py\nx = 1\n```",
        "| a | b |\n|:-|-:|\n| `x\\|y` | **「あ」**い |",
        "https://example.com/a_b?c=1&d=2。[図](/media/a.png)![絵](/media/a.png)",
        "![よその絵](https://example.com/x.png)と[**「x」**y](https://example.com/(a)b)",
        "1\\. 項目\n\\- 一\n\\+ 二\n\\---\n\\===",
        "本当![x](/y) `` a`b `` ~a~ ~~b~~",
    ],
)
def test_it_is_shown_as_on_the_page(text: str) -> None:
    assert_the_same(text)


@pytest.mark.parametrize("seed", range(4))
def test_so_is_whatever_else_an_editor_types(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        assert_the_same("".join(chance.choices(SIGNS, k=chance.randint(3, 20))))


def test_plain_words_stay_as_they_are() -> None:
    text = "**強い** *弱い* です。\n\n- 一\n- 二\n\n$x<y$ と <https://example.com/> です。"
    assert as_commonmark(text, Words()) == text.replace("<y", "\\lt y")


def test_marks_and_links_lead_where_they_are_told() -> None:
    words = Words(mark=lambda key: f"[^{key}!]", whole=lambda address: f"https://x.org{address}")
    told = as_commonmark("[図](/a)です！[^e1]\n\n`[^e2]`", words)
    assert told == "[図](https://x.org/a)です！[^e1!]\n\n`[^e2]`"


@pytest.mark.parametrize("text", ["", " \n ", "\u3000", "\x00\ud800", "> " * 3000, "- " * 3000])
def test_it_raises_on_nothing(text: str) -> None:
    assert isinstance(as_commonmark(text, Words()), str)
