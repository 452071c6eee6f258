"""One renderer for page, preview, feed and mail: what it shows, and what it never lets through."""

import re
from html.parser import HTMLParser

import pytest
from django.utils.html import escape
from hypothesis import given, settings
from hypothesis import strategies as st

from digests import rendering
from digests.rendering import MAX_CHARACTERS, Quote, SentenceEvidence, title_html

EVIDENCE = {
    "e3": Quote("e3", "p05-01", 5, "3 Method", "We train on dialogue that the model wrote."),
    "e4": Quote("e4", "p07-02", 7, "4 Results", "The score rises by two points on average."),
    "e5": Quote("e5", "abs", None, "Abstract", "We release the code and the data we used."),
}
TAGS = (
    "a blockquote br code em h4 h5 h6 hr img li ol p pre strong sup table tbody td th thead tr ul "
    "math mfrac mi mn mo mover mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr "
    "munder munderover mphantom mpadded menclose"
)
ATTRIBUTES = (
    "href rel src alt start class accent accentunder display displaystyle height lspace "
    "mathvariant maxsize minsize movablelimits rspace scriptlevel stretchy symmetric width "
    "voffset depth fence form largeop linethickness notation columnspan rowspan separator"
)


class Walk(HTMLParser):
    """What a browser would be given: every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment came through: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration came through: {decl!r}")

    @property
    def text(self) -> str:
        return "".join(self.words)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def assert_harmless(html: str) -> None:
    for tag, attributes in Walk(html).tags:
        assert tag in TAGS.split()
        assert set(attributes) <= set(ATTRIBUTES.split()), (tag, attributes)
        href, src = attributes.get("href", "#"), attributes.get("src", "/media/x")
        assert href.startswith(("http://", "https://", "mailto:", "/", "#")), href
        assert src.startswith("/media/") and ".." not in src, src
    assert not [c for c in html if ord(c) < 32 and c not in "\n\t"]
    assert not set(html) & {"\x7f", "\x85", "\u202e", "\u2066", "\ufeff", "\ufffe", "\ud800"}
    html.encode()  # a lone surrogate would raise


# ── what it shows ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**「強調」**です。", "<p><strong>「強調」</strong>です。</p>"),
        ("これは**太字（注）**です。", "<p>これは<strong>太字（注）</strong>です。</p>"),
        ("**これは。**次です。", "<p><strong>これは。</strong>次です。</p>"),
        ("値は*重要*です。", "<p>値は<em>重要</em>です。</p>"),
        ("2 * 3 * 4 と a_b_c", "<p>2 * 3 * 4 と a_b_c</p>"),
        ("**Baize**[^e3]です。", "<p><strong>Baize</strong>です。</p>"),
    ],
)
def test_emphasis_works_beside_japanese_text(text: str, html: str) -> None:
    assert rendering.render(text) == html


@pytest.mark.parametrize(
    "item", ["- あ\n- い", "* あ\n* い", "1. あ\n2. い", "・あ\n・い", "• あ\n• い"]
)
def test_list_right_after_a_japanese_line_is_a_list(item: str) -> None:
    walk = Walk(rendering.render(f"次の2つです。\n{item}"))
    assert [tag for tag, _ in walk.tags if tag in ("p", "li")] == ["p", "li", "li"]
    assert walk.text.split() == ["次の2つです。", "あ", "い"]


def test_line_of_prose_that_begins_with_a_number_stays_prose() -> None:
    assert Walk(rendering.render("合計は\n2. 5倍です。")).all("li") == []


def test_line_break_between_japanese_characters_is_no_space() -> None:
    assert rendering.render("一行目は\n二行目です。") == "<p>一行目は二行目です。</p>"
    assert rendering.render("one\ntwo") == "<p>one\ntwo</p>"


def test_headings_stay_below_those_of_the_page() -> None:
    walk = Walk(rendering.render("# a\n\n## b\n\n### c\n\n#### d\n\n題\n==="))
    assert [tag for tag, _ in walk.tags] == ["h4", "h5", "h6", "h6", "h4"]


def test_bare_address_ends_where_japanese_text_begins() -> None:
    text = "コードは https://github.com/a/b、論文（https://arxiv.org/abs/2303.18223）です。"
    links = [link["href"] for link in Walk(rendering.render(text)).all("a")]
    assert links == ["https://github.com/a/b", "https://arxiv.org/abs/2303.18223"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(see https://a.org/x_(y)).", "https://a.org/x_(y)"),
        ("**https://a.org/**です", "https://a.org/"),
        ("https://a.org/?q=1&r=2.", "https://a.org/?q=1&r=2"),
        ("詳細はhttps://a.org/bを見る", "https://a.org/b"),
        ("https://a.org[^e3]です", "https://a.org"),
    ],
)
def test_bare_address_leaves_punctuation_outside(text: str, address: str) -> None:
    assert [link["href"] for link in Walk(rendering.render(text)).all("a")] == [address]


def test_address_in_a_link_is_not_linked_again() -> None:
    assert len(Walk(rendering.render("[https://a.org](https://b.org)")).all("a")) == 1


def test_only_foreign_links_are_not_followed() -> None:
    walk = Walk(rendering.render("[a](https://a.org) [b](/issues/) [c](//c.org) [d](#x)"))
    assert [link.get("rel") for link in walk.all("a")] == [
        "noopener nofollow",
        None,
        "noopener nofollow",
        None,
    ]


def test_own_image_shows_and_a_foreign_one_is_a_link() -> None:
    walk = Walk(rendering.render("![図1](/media/markdownx/a.png) ![図2](https://e.org/b.png)"))
    assert walk.all("img") == [{"src": "/media/markdownx/a.png", "alt": "図1"}]
    assert walk.all("a") == [{"href": "https://e.org/b.png", "rel": "noopener nofollow"}]
    assert walk.text.strip() == "図2"


def test_foreign_image_in_a_link_becomes_its_text() -> None:
    walk = Walk(rendering.render("[![図](https://e.org/b.png)](https://e.org)"))
    assert walk.all("a") == [{"href": "https://e.org", "rel": "noopener nofollow"}]
    assert walk.text == "図"


@pytest.mark.parametrize(
    "src",
    [
        *("/media/../admin/", "/media/%2e%2e/admin/", "/media/.%2E/admin/", "/media/%252e%252e/a"),
        *("/media/%5c../a", "//e.org/media/a.png", "/static/a.png", "a.png"),
    ],
)
def test_image_from_elsewhere_is_never_loaded(src: str) -> None:
    assert Walk(rendering.render(f"![図]({src})")).all("img") == []


def test_table_keeps_its_alignment_without_a_style() -> None:
    walk = Walk(rendering.render("| a | b |\n|--:|:-:|\n| 1 | 2 |"))
    assert [cell["class"] for cell in walk.all("td")] == ["right", "center"]


def test_note_of_the_editors_is_marked() -> None:
    walk = Walk(rendering.render("編集者注：図は省きました。\n\n本文です。"))
    assert walk.all("p") == [{"class": "editors-note"}, {}]


def test_formula_becomes_mathml() -> None:
    walk = Walk(rendering.render("計算量は$O(n^2)$です。\n\n$$\n\\frac{a}{b}\n+ c\n$$"))
    assert walk.all("math") == [{}, {"display": "block"}]
    assert len(walk.all("msup")) == len(walk.all("mfrac")) == 1


@pytest.mark.parametrize(
    ("latex", "tag"),
    [
        ("\\dfrac{a}{b}", "mfrac"),
        ("\\begin{pmatrix} a & \\frac{1}{\\dfrac{c}{d}} \\end{pmatrix}", "mtable"),
        ("x_{\\begin{aligned} a &= b \\end{aligned}}", "mtable"),
        ("{\\scriptstyle x} \\dfrac ab", "mfrac"),
    ],
)
def test_the_size_of_a_formula_stands_where_checkers_of_html_look_for_it(
    latex: str, tag: str
) -> None:
    html = rendering.render(f"式は${latex}$です。")
    walk = Walk(html)
    assert walk.all(tag)
    assert walk.all("mstyle")
    assert html.count("<mstyle") == html.count("</mstyle>")
    for name, attributes in walk.tags:
        if name != "mstyle":
            assert "scriptlevel" not in attributes
            assert name in ("math", "mtable") or "displaystyle" not in attributes


def test_prices_are_no_formula() -> None:
    assert rendering.render("$5から$10です。") == "<p>$5から$10です。</p>"


@pytest.mark.parametrize(
    "latex", ["\\nosuch", "\\frac{", "x" * 1001, "{" * 900, "\\def\\a{\\a}\\a"]
)
def test_formula_that_cannot_be_set_shows_its_source(latex: str) -> None:
    walk = Walk(rendering.render(f"式は${latex}$です。"))
    assert walk.all("math") == [] and len(walk.all("code")) == 1
    assert walk.text == f"式は{latex}です。"


def test_unclosed_formula_ends_with_its_list_item() -> None:
    walk = Walk(rendering.render("- $$ a\n- b\n\nc $$"))
    assert len(walk.all("li")) == 2


def test_what_looks_like_a_definition_is_not_lost() -> None:
    assert "説明" in rendering.render("[a]: 説明") and "b.org" in rendering.render(
        "[a]: https://b.org"
    )


def test_empty_text_is_empty() -> None:
    assert rendering.render("") == rendering.render(" \n") == ""


# ── marks ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("調べました。[^e3] 次に試しました。", "調べました。次に試しました。"),
        ("調べました。 [^e3][^e4]  次に", "調べました。次に"),
        ("**調べました。**[^e3] 次に", "調べました。次に"),
        ("調べました。[^e3]\n次に", "調べました。次に"),
        ("調べました。[^e3] Next, 次に", "調べました。 Next, 次に"),
        ("We trained.[^e3] 次に", "We trained. 次に"),
        ("調べました。 次に", "調べました。 次に"),
    ],
)
def test_a_mark_that_readers_do_not_see_leaves_no_space_between_japanese(
    text: str, shown: str
) -> None:
    assert "".join(Walk(rendering.render(text, EVIDENCE)).words) == shown


def test_marks_never_show_to_readers() -> None:
    html = rendering.render("精度が上がります。[^e3][^e99]次です[^1]。", EVIDENCE)
    assert html == "<p>精度が上がります。次です。</p>"


def test_desk_shows_known_marks_as_links_and_unknown_ones_apart() -> None:
    walk = Walk(rendering.render("あ。[^e3][^e99]", EVIDENCE, "q3-", chips=True))
    assert walk.all("sup") == [{"class": "mark"}, {"class": "mark mark-unknown"}]
    assert walk.all("a") == [{"href": "#q3-e3"}]


def test_mark_in_code_or_behind_a_backslash_stays_as_typed() -> None:
    text = "`[^e3]`と\\[^e4]です。\n\n```\n[^e5]\n```"
    assert Walk(rendering.render(text, EVIDENCE)).text.split() == ["[^e3]と[^e4]です。", "[^e5]"]
    assert rendering.marks(text) == []
    assert rendering.without_marks(text) == text


def test_mark_at_the_start_of_a_line_is_no_definition() -> None:
    assert rendering.marks("[^e3]: 説明") == ["e3"]
    assert rendering.render("[^e3]: 説明") == "<p>: 説明</p>"


def test_prefix_cannot_leave_its_attribute() -> None:
    html = rendering.render("あ[^e3]", EVIDENCE, '"><script>', chips=True)
    assert_harmless(html)


def test_marks_are_told_in_order_and_taken_out() -> None:
    text = "**あ**[^e3][^e4]\r\n- い[^e5]\r\n\r\n| a \\| b[^e3] | c |\r\n|--|--|\r\n| 1[^e4] | 2|"
    assert rendering.marks(text) == ["e3", "e4", "e5", "e3", "e4"]
    bare = "**あ**\r\n- い\r\n\r\n| a \\| b | c |\r\n|--|--|\r\n| 1 | 2|"
    assert rendering.without_marks(text) == bare


# ── sentences ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一つです。二つです。", ["一つです。", "二つです。"]),
        ("一つです．二つです．", ["一つです．", "二つです．"]),
        ("一つです｡二つです｡", ["一つです｡", "二つです｡"]),
        ("一つです.二つです.2023年です.", ["一つです.", "二つです.", "2023年です."]),
        ("本当ですか？はい！そうです。", ["本当ですか？", "はい！", "そうです。"]),
        ("なぜですか?次です。", ["なぜですか?", "次です。"]),
        ("なぜか？と問います。次です。", ["なぜか？と問います。", "次です。"]),
        (
            "著者らは「効果がある。」と述べます。次です。",
            ["著者らは「効果がある。」と述べます。", "次です。"],
        ),
        ("『短い。長い。』を使います。", ["『短い。長い。』を使います。"]),
        ("使います（付録を参照。）。次です。", ["使います（付録を参照。）。", "次です。"]),
        ("閉じない「括弧です。次です。", ["閉じない「括弧です。", "次です。"]),
        ("開かない括弧です。」次です。", ["開かない括弧です。」", "次です。"]),
        ("3.5倍で、３．５点です。", ["3.5倍で、３．５点です。"]),
        ("図3.2を見ます。", ["図3.2を見ます。"]),
        ("Node.jsとarXiv.orgを使います。", ["Node.jsとarXiv.orgを使います。"]),
        ("Yahoo!ニュースです。", ["Yahoo!ニュースです。"]),
        ("Zhao et al.の手法です。次です。", ["Zhao et al.の手法です。", "次です。"]),
        (
            "Zhao et al. show it in Fig. 3. It works.",
            ["Zhao et al. show it in Fig. 3.", "It works."],
        ),
        (
            "It is 3.5 times, e.g. on A. Then B follows.",
            ["It is 3.5 times, e.g. on A. Then B follows."],
        ),
        ("J. Smith wrote it. He did.", ["J. Smith wrote it.", "He did."]),
        ("`a。b`と[c。](https://d.e/f)です。", ["a。bとc。", "です。"]),
        ("詳細は https://a.b/c.d です。次です。", ["詳細は https://a.b/c.d です。", "次です。"]),
        ("一行目は\n続きです。  \n別の行", ["一行目は続きです。", "別の行"]),
        ("**太字です。**次です。", ["太字です。", "次です。"]),
        ("&amp;です。\\*です。", ["&です。", "*です。"]),
    ],
)
def test_text_is_split_into_its_sentences(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in rendering.sentences(text)] == expected


def test_items_headings_cells_and_paragraphs_are_sentences_of_their_own() -> None:
    text = "導入：\n- 一つ\n- 二つ\n\n# 題\n\n| a | b |\n|--|--|\n| c | d |\n\n編集者注：注です。"
    found = [(s.text, s.kind) for s in rendering.sentences(text)]
    assert found == [
        ("導入：", "prose"),
        ("一つ", "item"),
        ("二つ", "item"),
        ("題", "heading"),
        ("a", "cell"),
        ("b", "cell"),
        ("c", "cell"),
        ("d", "cell"),
        ("編集者注：注です。", "note"),
    ]
    assert [s.block for s in rendering.sentences(text)] == list(range(9))


@pytest.mark.parametrize(
    "text",
    ["あです。[^e3][^e4]いです。", "あです[^e3][^e4]。いです。", "あです。 [^e3]\n[^e4] いです。"],
)
def test_marks_belong_to_the_sentence_before_them(text: str) -> None:
    found = rendering.sentences(text)
    assert [(s.text, s.marks) for s in found] == [("あです。", ("e3", "e4")), ("いです。", ())]


def test_mark_before_any_text_belongs_to_the_first_sentence_of_its_block() -> None:
    found = rendering.sentences("あです。\n\n[^e3]いです。")
    assert [s.marks for s in found] == [(), ("e3",)]


def test_places_point_into_the_text_as_stored() -> None:
    text = "# 題\r\n\r\nまず**太字**です。[^e3]次は`x`です[^e4]。\r\n- \x00項目です。[^e5]\r\n- [鍵](https://a.b)です"
    found = [text[s.start : s.end] for s in rendering.sentences(text)]
    assert found == [
        "題",
        "まず**太字**です。[^e3]",
        "次は`x`です[^e4]。",
        "項目です。[^e5]",
        "鍵](https://a.b)です",
    ]


def test_plain_text_has_a_line_for_each_block() -> None:
    text = "# 題\n\n**太字**と[鍵](https://a.b)です。[^e3]\n- `x`\n- $y$ &amp; ![図](/media/a.png)"
    assert rendering.plain(text) == "題\n太字と鍵です。\nx\ny &"


def test_evidence_lists_each_sentence_with_its_quotes() -> None:
    text = "一つです。[^e4][^e3][^e4]\n\n二つです。\n- 三つ[^e5][^e99]"
    found = rendering.evidence_list(text, EVIDENCE)
    assert found == [
        SentenceEvidence("一つです。", (EVIDENCE["e4"], EVIDENCE["e3"])),
        SentenceEvidence("三つ", (EVIDENCE["e5"],)),
    ]
    assert rendering.pages_of(found) == "5, 7"
    assert [quote.key for quote in rendering.quotes_of(found)] == ["e4", "e3", "e5"]


def test_mark_of_another_entry_has_no_quote() -> None:
    assert rendering.evidence_list("あ。[^e77]", EVIDENCE) == []
    assert rendering.pages_of([]) == ""


# ── what it never lets through ──────────────────────────────────────────────────────────────────
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mi href='javascript:alert(1)'>x</mi></math>",
    "<style>*{}</style><!-- x --><!doctype x>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\x01script:alert(1))",
    "[x](java&#1;script:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61;vascript:alert(1))",
    "[x](\u0001javascript:alert(1))",
    "[x](\u202ejavascript:alert(1))",
    "[x](ｊavascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://a.b/c)",
    "[x](<javascript:alert(1)>)",
    "[x](https://a.b \"onmouseover='alert(1)'\")",
    '[x](https://a.b"onmouseover=alert(1))',
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "<https://a.b/\"onclick='x'>",
    "https://a.b/'onclick='x'",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](/media/a.png)',
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x](/media/a.png" onerror="alert(1))',
    "![x](/media/..\\..\\admin)",
    "![<script>](https://e.org/a.png)",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\text{<script>alert(1)</script>}$",
    "$\\text{</math><img src=x onerror=alert(1)>}$",
    "$\\class{x}{y}\\style{color:red}{x}$",
    "$\\color{red}{x}\\textcolor{blue}{y}$",
    "$\\unicode{x202e}$",
    "$$\\begin{equation}a\\label{x}\\end{equation}$$",
    "$\\eqref{javascript:alert(1)}$",
    "$</code><script>alert(1)</script>$",
    "$\\nosuch<img src=x onerror=alert(1)>$",
    '```"><script>alert(1)</script>\nx\n```',
    "`<script>alert(1)</script>`",
    "&#0;&#1;&#x7f;&#x85;&#x202e;&#xd800;&#xfffe;&#x2066;",
    "\x00\x01\x08\x0b\x1b\x7f\x85\u202e\u2066\ufeff\ufffe\ud800",
    "| <b> | `</td>` |\n|--|--|\n| <script> | [x](javascript:x) |",
    '[^e3"><script>alert(1)</script>]',
    "**[a](https://a.b)*[^e3]*[b](javascript:x)**",
    "[a[^e3]b](https://c.d)",
    "> " * 200 + "<script>",
    "- " * 200 + "[x](javascript:alert(1))",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless(text: str) -> None:
    for html in (rendering.render(text), rendering.render(text, EVIDENCE, "p-", chips=True)):
        assert_harmless(html)
    assert_harmless(rendering.render(f"前{text}後\n{text}\n- {text}\n\n{text}"))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([*HOSTILE, *"[]()<>*_`$|\n-あ。「」\\&!:/\"'"]), max_size=12))
def test_hostile_pieces_together_are_harmless(pieces: list[str]) -> None:
    assert_harmless(rendering.render("".join(pieces), EVIDENCE, chips=True))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="あい。、「」（）?！. aB3\n\r\t*_`[]()^e3-#|$\\&;<>:/・", max_size=80))
def test_places_and_marks_hold_on_any_text(text: str) -> None:
    found = rendering.sentences(text)
    assert all(0 <= s.start < s.end <= len(text) for s in found)
    assert [s.start for s in found] == sorted(s.start for s in found)
    assert len(rendering.without_marks(text)) == len(text) - sum(
        len(key) + 3 for key in rendering.marks(text)
    )


NESTS = [
    *["[", "[![](", '[a](x "', "**a", "*a_b ", "`a``b```", "<a", "> ", "- ", "・a\n", "- $$ a\n"],
    *["$\\$", "|a", "「（", "A. ", "。」", "[^e3]", "http://a(", "&#x", "$x^{", "  - a\n    - b\n"],
]


@pytest.mark.parametrize("piece", NESTS)
def test_as_many_hostile_characters_as_may_be_stored_are_survived(piece: str) -> None:
    """All of it comes out again: what can't be understood is shown, not dropped."""
    text = (piece * MAX_CHARACTERS)[:MAX_CHARACTERS]
    html = rendering.render(text)
    assert_harmless(html)
    assert Walk(html).text.count("a") == text.count("a")


@pytest.mark.parametrize("piece", ["「（", "。」", "A. ", "あ。", "[^e3]あ", "a.\n- "])
def test_as_many_full_stops_as_may_be_stored_are_split(piece: str) -> None:
    text = (piece * MAX_CHARACTERS)[:MAX_CHARACTERS]
    assert rendering.sentences(text)[-1].end > MAX_CHARACTERS - 10


def test_twenty_thousand_braces_do_not_end_the_process() -> None:
    assert Walk(rendering.render("$" + "{" * 20_000 + "$")).all("code") == [{}]


# ── titles ──────────────────────────────────────────────────────────────────────────────────────
def test_formulas_of_a_title_are_shown_as_such() -> None:
    html = title_html("Physics at $\\sqrt{s}=13$ TeV & a<b")
    assert html.startswith("Physics at <math>")
    assert "<msqrt>" in html
    assert html.endswith("</math> TeV &amp; a&lt;b")


@pytest.mark.parametrize(
    "title", ["$5 and $6", "\\textbf{Bold} A", "$\\undefined$", "<script>$", "$x^{$", "", "$$"]
)
def test_what_is_no_formula_stays_as_it_is_written(title: str) -> None:
    assert title_html(title) == escape(title)


def test_no_formula_of_a_title_gets_past_the_sanitiser() -> None:
    html = title_html('<b onclick="x">$\\text{<script>}$ $\\href{javascript:x}{y}$ <script>')
    assert "<mtext>&lt;script&gt;</mtext>" in html
    assert set(re.findall(r"</?([a-z]+)", html)) == {"math", "mtext"}
