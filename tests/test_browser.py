"""The whole way in a real browser: from a pasted list to an article, a feed and a new edition.

The house runs by itself; this process has neither its rows nor its queue, only its pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import feedparser
import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, Response, Route, expect

from tests.browser import LIVE, WEEK_LIST, Editor, Visitor, browser_at, send, site, submit
from tests.house import House

pytestmark = pytest.mark.browser
ARTICLE = "/issues/2023-04-10/"
ARXIV_THINKS = 1.0  # seconds: long enough to see a page before its answer has come


@dataclass(frozen=True)
class Text:
    """What an editor types about a paper: `claims` are the summary's sentences with their quotes;
    the answer belongs to the proposal that cites `cited`."""

    title: str
    title_ja: str
    highlight: str
    one_liner: str
    claims: tuple[tuple[str, str], ...]
    cited: str
    answer: str


WARMUP = Text(
    title="Does Warmup Matter?",
    title_ja="ウォームアップは必要か：小型言語モデルでの検証",
    highlight="学習率ウォームアップの効果",
    one_liner="ウォームアップは、高すぎる学習率への保険として働きます。",
    claims=(
        (
            "著者らは、条件を変えた1,248個のモデルを学習させました。",
            "We train 1,248 decoder models with 14 to 160 million parameters",
        ),
        (
            "ウォームアップは、高すぎる学習率に対する保険だと結論しています。",
            "warmup acts as insurance against a learning rate that is too high",
        ),
    ),
    cited="reduces the share of diverged runs from 37% to 5%",
    answer="安定限界の近くでは、発散した学習の割合が37%から5%に下がりました。",
)
SOURCES = Text(
    title="Sources Behind Sentences",
    title_ja="生成された文の根拠を示す研究の展望",
    highlight="出典付けのサーベイ",
    one_liner="生成された文に出典を示す研究を整理したサーベイです。",
    claims=(
        (
            "このサーベイは、出典付けに関する164本の論文を調べています。",
            "This survey reviews 164 papers on attribution that appeared",
        ),
    ),
    cited="This survey reviews 164 papers on attribution",
    answer="出典を選ぶ時点が生成の前か、途中か、後かによって整理しています。",
)
KAWARA = Text(
    title="KAWARA-QA",
    title_ja="KAWARA-QA：二言語がないと答えられない質問集",
    highlight="二言語の質問応答評価",
    one_liner="日本語と英語の文書を組み合わせて答える質問の評価用データです。",
    claims=(
        (
            "KAWARA-QAは、日本語と英語の文書の両方を必要とする6,180問からなります。",
            "a benchmark of 6,180 questions whose answers require one document in Japanese",
        ),
    ),
    cited="The best of nine evaluated systems answers 47.3%",
    answer="最も良いシステムの正答率は47.3%、二言語を読める人の正答率は88.9%でした。",
)
ISSUE = {4: WARMUP, 5: SOURCES, 2: KAWARA}  # rows of the list, in the order wanted
SECOND_CITED = "we did not examine fine-tuning"
SECOND_ANSWER = "単一のデータセットだけを使い、微調整は調べていません。"
CHANGED_WORDS = {  # a true quote and what it is mistyped as at first
    "warmup acts as insurance against a learning rate that is too high": (
        "warmup acts as insurance against a learning rate that is too low"
    )
}
CHANGED = "限界の近くでは、発散した学習の割合が37%から5%まで下がりました。"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: Path) -> Iterator[House]:
    with site(tmp_path_factory.mktemp("house") / "var", api_delay=ARXIV_THINKS) as house:
        yield house


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with browser_at(chromium) as browser:
        yield browser


@pytest.fixture
def editor(browser: Browser, house: House) -> Iterator[Editor]:
    with Editor(browser, house) as editor:
        yield editor


@pytest.fixture
def reader(browser: Browser, house: House) -> Iterator[Visitor]:
    """Somebody without an account."""
    with Visitor(browser, house.url) as reader:
        yield reader


def test_a_week_becomes_an_article_and_later_edits_wait_for_the_next_edition(
    house: House, editor: Editor, reader: Visitor
) -> None:
    reads_the_sample(reader)
    editor.sign_in()
    picks_from_the_list(editor)
    sees_drafts_arrive(editor)
    desk = editor.page.url
    is_refused_with_reasons(editor, reader)
    for text in ISSUE.values():
        writes(editor, desk, text)
    removes_a_question_and_brings_it_back(editor, desk)
    for text in ISSUE.values():
        approves(editor, desk, text)
    publishes(editor)
    reads_the_article(reader)
    finds_it_in_the_feed(house)
    edits_again_without_readers_seeing(editor, desk, reader)
    approves(editor, desk, WARMUP)
    publishes(editor)
    reader.go(ARTICLE)
    expect(reader.find("main")).to_contain_text(CHANGED)
    assert editor.faults == []
    assert reader.faults == []


# ── from a list to drafts ───────────────────────────────────────────────────────────────────────
def reads_the_sample(reader: Visitor) -> None:
    assert reader.go("/") == 200
    reader.find("main a[href$='-sample/']").first.click()
    expect(reader.find("article.entry")).to_have_count(7)
    quotes = reader.find("details.grounds")
    quotes.first.locator("summary").click()
    expect(quotes.first.locator("blockquote").first).to_be_visible()


def picks_from_the_list(editor: Editor) -> None:
    editor.paste(WEEK_LIST.read_text(encoding="utf-8"))
    expect(editor.find("[name=pick]")).to_have_count(10)
    stays = mark(editor)
    ticks_while_nothing_is_kept(editor, 10)
    ticks_while_a_save_is_slow(editor, tuple(ISSUE))
    expect(editor.find(LIVE)).to_have_count(0)
    for row, text in ISSUE.items():  # the list has shorter titles than arXiv
        expect(editor.find(f"#row-{row} time")).to_be_visible()
        expect(editor.find(f"#row-{row}")).to_contain_text(text.title)
    assert is_marked(editor, stays)
    editor.page.reload()
    assert places(editor) == {4: "1", 5: "2", 2: "3"}


def ticks_while_a_save_is_slow(editor: Editor, rows: tuple[int, ...]) -> None:
    """A choice is sent when the one before it has been kept: none overtakes a later one."""
    saves: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if "x-autosave" in route.request.headers:
            saves.append(route)
        if route not in saves[:1]:
            route.continue_()

    def is_whole(answer: Response) -> bool:
        sent = answer.request.post_data or ""
        return "x-autosave" in answer.request.headers and f'"position-{last}"\r\n\r\n3' in sent

    first, *others = rows
    last = others[-1]
    editor.page.route(editor.page.url, hold_the_first)
    with editor.page.expect_request(lambda asked: "x-autosave" in asked.headers):
        editor.tick([first])
    editor.tick(others)
    editor.page.evaluate("new Promise(done => setTimeout(done, 400))")  # after the page's own
    assert len(saves) == 1
    with editor.page.expect_response(is_whole):
        saves[0].continue_()
    editor.page.unroute(editor.page.url)


def ticks_while_nothing_is_kept(editor: Editor, row: int) -> None:
    """The page says so, until a choice is kept again."""
    told = editor.find("[data-unkept]")
    editor.page.route(editor.page.url, lambda route: route.abort())
    editor.page.check(f"[name=pick][value='{row}']")
    expect(told).to_be_visible()
    editor.page.unroute(editor.page.url)
    editor.page.uncheck(f"[name=pick][value='{row}']")
    expect(told).to_be_hidden()
    editor.faults.clear()  # the browser calls what was cut an error


def sees_drafts_arrive(editor: Editor) -> None:
    editor.make_issue()
    stays = mark(editor)
    editor.wait_for_drafts(len(ISSUE))
    assert is_marked(editor, stays)
    rows = editor.find("#entries tbody tr")
    for row, text in zip(rows.all(), ISSUE.values(), strict=True):
        expect(row).to_contain_text(text.title)


def places(editor: Editor) -> dict[int, str]:
    """The ticked rows with their place in the order."""
    ticked = [int(str(box.get_attribute("value"))) for box in editor.find("[name=pick]").all()]
    typed = {row: editor.find(f"[name=position-{row}]").input_value() for row in ticked}
    return {row: place for row, place in typed.items() if place}


def mark(editor: Editor) -> str:
    """Leave a mark on the page that a reload would wipe out."""
    editor.page.evaluate("document.body.dataset.stays = 'yes'")
    return editor.page.url


def is_marked(editor: Editor, url: str) -> bool:
    mark = editor.page.evaluate("document.body.dataset.stays")
    return bool(mark == "yes" and editor.page.url == url)


# ── from drafts to texts ────────────────────────────────────────────────────────────────────────
def is_refused_with_reasons(editor: Editor, reader: Visitor) -> None:
    expect(editor.form("/publish/")).to_have_count(0)
    expect(editor.find("#lacks li")).not_to_have_count(0)
    for text in ISSUE.values():
        expect(editor.find("#lacks summary").filter(has_text=text.title)).to_be_visible()
    assert reader.go(ARTICLE) == 404


def opens(editor: Editor, desk: str, text: Text) -> None:
    editor.page.goto(desk)
    row = editor.find(
        "#entries tbody tr",
    ).filter(has_text=text.title)
    row.locator("a[href*='/entries/']").first.click()
    expect(editor.find("[name=title_ja]")).to_be_visible()


def writes(editor: Editor, desk: str, text: Text) -> None:
    opens(editor, desk, text)
    accepts_and_answers(editor, text.cited, text.answer)
    if text is WARMUP:
        accepts_and_answers(editor, SECOND_CITED, SECOND_ANSWER)
    for name in ("title_ja", "highlight", "one_liner"):
        saves(editor, name, getattr(text, name))
    form = editor.find("#summary form:has([name=summary])")
    form.locator("[name=summary]").fill("".join(sentence for sentence, _ in text.claims))
    form.locator(".markdown-show").click()
    expect(form.locator(".markdown-preview")).to_contain_text(text.claims[0][0])
    send(form)
    for number, (sentence, quote) in enumerate(text.claims):
        if text is SOURCES:
            selects_evidence(editor, sentence, quote)
        else:
            adds_evidence(editor, f"s:{number}", sentence, quote)


def saves(editor: Editor, name: str, words: str) -> None:
    """One card by itself, and the page stays as it is."""
    stays = mark(editor)
    form = editor.find(f"#{name} form[data-card]")
    form.locator(f"[name={name}]").fill(words)
    send(form)
    expect(form.locator(".card-status")).to_have_text(re.compile(r"\d\d:\d\d"))
    assert is_marked(editor, stays)


def accepts_and_answers(editor: Editor, cited: str, answer: str) -> None:
    """Take the proposal that cites these words; mark the answer with their key."""
    editor.send("/accept/", editor.find("#drafts .proposal").filter(has_text=cited))
    card = question_that_cites(editor, cited)
    key = card.locator(".found .chip").filter(has_text=cited).locator("a.mark").inner_text()
    assert re.fullmatch(r"\[\^e\d+\]", key)
    expect(card.locator("[name=answer]")).to_have_value("")
    card.locator("[name=answer]").fill(answer + key)
    send(card.locator("form:has([name=answer])"))


def question_that_cites(editor: Editor, cited: str) -> Locator:
    quote = editor.find(".found blockquote").filter(has_text=cited)
    return editor.find("#questions article.desk-card").filter(has=quote)


def adds_evidence(editor: Editor, place: str, sentence: str, quote: str) -> None:
    """By the plain form. A quote with a word changed is refused, and the real wording offered."""
    editor.find("#summary a[href*='/evidence/']").click()
    form = editor.find("form:has(textarea[name=quote])")
    option = form.locator(f"[name=place] option[value^='{place}:']")
    place = option.get_attribute("value") or ""
    form.locator("[name=place]").select_option(place)
    is_changed = quote in CHANGED_WORDS
    form.locator("textarea[name=quote]").fill(CHANGED_WORDS.get(quote, quote))
    submit(form)
    if is_changed:
        expect(form.locator("blockquote")).to_contain_text(quote)
        expect(form.locator("[name=place]")).to_have_value(place)
        takes_the_wording_offered(form)
    marked = re.compile(re.escape(sentence) + r"\[\^e\d+\]")
    expect(editor.find("[name=summary]")).to_have_value(marked)


SELECT_WORDS = """([words]) => {
  const all = document.createTreeWalker(document.getElementById("text"), NodeFilter.SHOW_TEXT);
  while (all.nextNode()) {
    const at = all.currentNode.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(all.currentNode, at);
    range.setEnd(all.currentNode, at + words.length);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return true;
  }
  return false;
}"""


def selects_evidence(editor: Editor, sentence: str, quote: str) -> None:
    """Select words of the paper and press the button beside them. When the sentence is rewritten
    afterwards and loses its mark, the mark is offered again."""
    field = editor.find("[name=summary]")
    field.click()
    expect(editor.find("#text .passage").first).to_be_visible()
    assert editor.page.evaluate(SELECT_WORDS, [quote[1:]])  # the mouse has missed a letter
    editor.find("#make-evidence").click()
    expect(field).to_have_value(re.compile(re.escape(sentence) + r"\[\^e\d+\]"))
    form = editor.find("#summary form[data-card]")
    send(form)
    marked = field.input_value()
    field.fill(sentence.replace("調べて", "広く調べて"))
    editor.find("#summary .lost button").click()
    expect(field).to_have_value(marked.replace("調べて", "広く調べて"))
    field.fill(marked)
    send(form)


def takes_the_wording_offered(form: Locator) -> None:
    with form.page.expect_navigation():
        form.locator("button[type=submit][value]").click()


def removes_a_question_and_brings_it_back(editor: Editor, desk: str) -> None:
    opens(editor, desk, WARMUP)
    cards = editor.find("#questions article.desk-card")
    expect(cards).to_have_count(2)
    editor.send("/remove/", question_that_cites(editor, SECOND_CITED))
    expect(cards).to_have_count(1)
    editor.send("/restore/")
    expect(cards).to_have_count(2)
    answer = question_that_cites(editor, SECOND_CITED).locator("[name=answer]")
    expect(answer).to_have_value(re.compile(re.escape(SECOND_ANSWER)))


# ── from texts to readers ───────────────────────────────────────────────────────────────────────
def approves(editor: Editor, desk: str, text: Text) -> None:
    opens(editor, desk, text)
    editor.send("/approve/")
    expect(editor.form("/reopen/")).to_be_visible()
    editor.page.goto(desk)


def publishes(editor: Editor) -> None:
    expect(editor.find("#lacks")).to_have_count(0)
    editor.press("/publish/")
    expect(editor.find("#messages .success, .messagelist .success")).to_be_visible()
    expect(editor.form("/publish/")).to_have_count(0)


def reads_the_article(reader: Visitor) -> None:
    assert reader.go(ARTICLE) == 200
    expect(reader.find("h1")).to_contain_text("【2023年4月10日〜4月16日】")
    expect(reader.find("h1")).to_contain_text("、".join(t.highlight for t in ISSUE.values()))
    titles = reader.find("article.entry h2").all_inner_texts()
    assert titles == [text.title_ja for text in ISSUE.values()]
    for text, entry in zip(ISSUE.values(), reader.find("article.entry").all(), strict=True):
        for sentence in (*(s for s, _ in text.claims), text.answer):
            expect(entry).to_contain_text(sentence)
        assert "[^" not in entry.inner_text()
        entry.locator("details.grounds").first.locator("summary").click()
        expect(entry.locator("blockquote").first).to_contain_text(text.claims[0][1])
    assert reader.context.cookies() == []


def finds_it_in_the_feed(house: House) -> None:
    feed = feedparser.parse(requests.get(f"{house.url}/feed/", timeout=60).content)
    assert not feed.bozo
    assert feed.feed.language == "ja"
    item = next(entry for entry in feed.entries if entry.link.endswith(ARTICLE))
    whole = item.content[0].value
    for text in ISSUE.values():
        assert text.title_ja in whole
        assert text.answer in whole
    assert "[^" not in whole


def edits_again_without_readers_seeing(editor: Editor, desk: str, reader: Visitor) -> None:
    opens(editor, desk, WARMUP)
    answer = question_that_cites(editor, WARMUP.cited).locator("[name=answer]")
    answer.fill(answer.input_value().replace(WARMUP.answer, CHANGED))
    send(question_that_cites(editor, WARMUP.cited).locator("form:has([name=answer])"))
    reader.go(ARTICLE)
    expect(reader.find("main")).to_contain_text(WARMUP.answer)
    expect(reader.find("main")).not_to_contain_text(CHANGED)
    editor.page.goto(desk)
    expect(editor.find(".desk > .notice.warning")).to_be_visible()
    expect(editor.find("#lacks")).to_be_visible()


# ── two at the same paper ───────────────────────────────────────────────────────────────────────
def test_a_clash_is_shown_over_the_desk_and_no_other_card_loses_a_word(editor: Editor) -> None:
    editor.sign_in()
    editor.paste("arXiv:2304.99001")
    editor.page.fill("[name=first_on]", "2023-05-08")
    editor.page.fill("[name=last_on]", "2023-05-14")
    editor.tick((1,))
    editor.make_issue()
    editor.wait_for_drafts(1)
    editor.find("#entries a[href*='/entries/']").first.click()
    other = editor.context.new_page()
    other.goto(editor.page.url)
    theirs = other.locator("#summary form[data-card]")
    theirs.locator("[name=summary]").fill("先に保存した概要です。")
    send(theirs)
    mine = editor.find("#summary form[data-card]")
    editor.page.fill("[name=one_liner]", "まだ保存していないひとことです。")
    mine.locator("[name=summary]").fill("後から書いた概要です。")
    mine.locator("button[type=submit]").first.click()
    clash = editor.find("dialog.clash")
    expect(clash).to_contain_text("先に保存した概要です。")
    send(clash.locator("form[data-card]"))
    expect(clash).to_be_hidden()
    expect(mine.locator("[name=summary]")).to_have_value("後から書いた概要です。")
    expect(editor.find("[name=one_liner]")).to_have_value("まだ保存していないひとことです。")
    expect(editor.find("form.dirty [name=one_liner]")).to_have_count(1)
    other.reload()
    expect(other.locator("[name=summary]")).to_have_value("後から書いた概要です。")


# ── without a mouse ─────────────────────────────────────────────────────────────────────────────
BY_KEYS = {
    "title_ja": "鍵盤だけで作った号",
    "highlight": "新しい取り組み",
    "one_liner": "対象とする問題への新しい取り組みを報告した論文です。",
}
SUMMARY_BY_KEYS = "この論文は、対象とする問題への新しい取り組みを報告しています。"
ANSWER_BY_KEYS = "著者らは、取り組みの中身を順に説明しています。"


def test_an_issue_is_made_and_published_without_a_mouse(editor: Editor, reader: Visitor) -> None:
    editor.sign_in()
    editor.paste("arXiv:2304.99008")
    editor.page.fill("[name=first_on]", "2023-05-01")
    editor.page.fill("[name=last_on]", "2023-05-07")
    editor.tick((1,))
    editor.make_issue()
    editor.wait_for_drafts(1)

    tabs_to(editor, "#entries a[href*='/entries/']")
    keys(editor, "Enter")
    expect(editor.find("#text .passage").first).to_be_visible()
    for name, words in BY_KEYS.items():
        steps_to(editor, f"#{name}")
        keys(editor, "e")
        types_and_saves(editor, words)
    writes_a_summary_with_evidence(editor)
    takes_a_question_and_answers_it(editor)
    leaves_a_proposal_and_approves(editor)

    keys(editor, "g", "i")
    expect(editor.page).to_have_url(re.compile(r"/issues/\d+/$"))
    tabs_to(editor, "form[action$='/publish/'] button")
    keys(editor, "Enter")
    expect(editor.find(".messagelist .success")).to_be_visible()
    assert reader.go("/issues/2023-05-01/") == 200
    for words in (BY_KEYS["title_ja"], SUMMARY_BY_KEYS, ANSWER_BY_KEYS):
        expect(reader.find("main")).to_contain_text(words)
    assert editor.faults == []


def keys(editor: Editor, *pressed: str) -> None:
    for key in pressed:
        editor.page.keyboard.press(key)


def is_on(editor: Editor, selector: str) -> bool:
    """Whether the focus is there."""
    found = editor.page.evaluate("s => document.activeElement.matches(s)", selector)
    return bool(found)


def tabs_to(editor: Editor, selector: str) -> None:
    """By Tab alone; a key that is trapped never gets there."""
    for _ in range(150):
        keys(editor, "Tab")
        if is_on(editor, selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def steps_to(editor: Editor, selector: str) -> None:
    """From card to card by the desk's own key, down and then up again."""
    for key in ("j", "k"):
        for _ in range(30):
            keys(editor, key)
            if is_on(editor, selector):
                return
    raise AssertionError(f"no card {selector}")


def types_and_saves(editor: Editor, words: str) -> None:
    """Into the field with the focus, which Escape leaves for its card."""
    editor.page.keyboard.insert_text(words)
    expect(editor.find("form.dirty")).to_have_count(1)
    saves_by_keys(editor)


def saves_by_keys(editor: Editor) -> None:
    keys(editor, "Control+Enter")
    expect(editor.find("form.dirty")).to_have_count(0)
    expect(editor.find("form[data-busy]")).to_have_count(0)
    keys(editor, "Escape")
    assert is_on(editor, "[data-stop]")


def writes_a_summary_with_evidence(editor: Editor) -> None:
    """The first sentence of the abstract becomes evidence of the sentence that was typed."""
    steps_to(editor, "#summary")
    keys(editor, "e")
    editor.page.keyboard.insert_text(SUMMARY_BY_KEYS)
    keys(editor, "Escape", "t", "Enter", "Space", "Enter")
    marked = re.compile(re.escape(SUMMARY_BY_KEYS) + r"\[\^e\d+\]$")
    expect(editor.find("[name=summary]")).to_have_value(marked)
    saves_by_keys(editor)
    expect(editor.find("#text mark")).not_to_have_count(0)


def takes_a_question_and_answers_it(editor: Editor) -> None:
    steps_to(editor, ".proposal.card")
    keys(editor, "a")
    expect(editor.find("#questions .desk-card")).to_be_focused()
    keys(editor, "e")
    editor.page.keyboard.insert_text(ANSWER_BY_KEYS)
    tabs_to(editor, "[data-mark]")
    keys(editor, "Enter")
    answer = editor.find("#questions [name=answer]")
    expect(answer).to_have_value(re.compile(re.escape(ANSWER_BY_KEYS) + r"\[\^e\d+\]$"))
    expect(answer).to_be_focused()
    saves_by_keys(editor)


def leaves_a_proposal_and_approves(editor: Editor) -> None:
    proposals = editor.find(".proposal.card")
    before = proposals.count()
    steps_to(editor, ".proposal.card")
    keys(editor, "x")
    expect(proposals).to_have_count(before - 1)
    assert is_on(editor, "#cards [data-stop]")  # the next one is in hand
    undo = editor.find("#said form[action$='/undo/'] button")
    expect(undo).to_be_in_viewport()
    keys(editor, "p")
    expect(editor.form("/reopen/")).to_be_visible()


# ── signed out while typing ─────────────────────────────────────────────────────────────────────
def test_who_signs_in_again_in_another_tab_saves_what_was_typed(editor: Editor) -> None:
    editor.sign_in()
    editor.find("a[href*='/desk/issues/']").last.click()  # the sample, the oldest week
    editor.find("#entries a[href*='/entries/']").first.click()
    card = editor.find("#one_liner form[data-card]")
    words = "ログインが切れたあとも残るひとことです。"
    card.locator("[name=one_liner]").fill(words)
    asked: list[str] = []
    editor.page.on("response", lambda answer: asked.append(answer.url))
    editor.context.clear_cookies()
    card.locator("button[type=submit]").click()
    signed_out = editor.find("#desk").get_attribute("data-say-signed-out") or ""
    expect(card.locator(".card-status")).to_have_text(signed_out)
    expect(editor.find("#one_liner form.dirty")).to_have_count(1)
    assert [url for url in asked if "/accounts/" in url] == []  # it would void the other tab's form
    desk, editor.page = editor.page, editor.context.new_page()
    editor.sign_in()
    card.locator("button[type=submit]").click()
    expect(desk.locator("#one_liner form.dirty")).to_have_count(0)
    desk.reload()
    expect(desk.locator("[name=one_liner]")).to_have_value(words)
    editor.faults.clear()  # the browser calls a refusal an error
    an_answer_that_comes_late_changes_no_card(desk)


def an_answer_that_comes_late_changes_no_card(desk: Page) -> None:
    """A live part was asked for before a save, and is answered after it."""
    late = desk.evaluate_handle(
        "() => new DOMParser().parseFromString(document.documentElement.outerHTML, 'text/html')"
    )
    words = "あとから保存したひとことです。"
    desk.locator("[name=one_liner]").fill(words)
    send(desk.locator("#one_liner form[data-card]"))
    expect(desk.locator("#one_liner form.dirty")).to_have_count(0)
    event = "new CustomEvent('desk:fresh', {detail: late, cancelable: true})"
    tell = f"late => document.dispatchEvent({event})"
    assert desk.evaluate(tell, late) is False  # the desk puts it in place by itself
    expect(desk.locator("[name=one_liner]")).to_have_value(words)


# ── by the mouse ────────────────────────────────────────────────────────────────────────────────
LINES = """(passage) => {
  const range = document.createRange();
  range.selectNodeContents(passage);
  const [first, ...more] = range.getClientRects();
  const last = more.at(-1);
  return [first.left + 1, first.top + 5, last.right - 1, last.bottom - 5];
}"""


def test_words_of_many_lines_are_selected_with_the_mouse_from_above(editor: Editor) -> None:
    editor.sign_in()
    editor.find("a[href*='/desk/issues/']").last.click()  # the sample, the oldest week
    editor.find("#entries tbody tr").last.locator("a[href*='/entries/']").first.click()
    passage = editor.find("#text .passage p").first
    expect(passage).to_be_visible()
    passage.scroll_into_view_if_needed()
    left, top, right, bottom = passage.evaluate(LINES)
    mouse = editor.page.mouse
    mouse.move(left, top)
    mouse.down()
    mouse.move(left + 20, top + 40, steps=4)  # through the place where the button will stand
    mouse.move(right, bottom, steps=8)
    expect(editor.find("#make-evidence")).to_be_hidden()
    mouse.up()
    expect(editor.find("#make-evidence")).to_be_visible()
    selected = editor.page.evaluate("getSelection().toString()")
    assert selected == passage.inner_text()
    assert editor.faults == []


# ── on a phone ──────────────────────────────────────────────────────────────────────────────────
PRESSED = "a[href], button, input, select, textarea, summary"
TOO_SMALL = """(pressed) => [...document.querySelectorAll(pressed)]
  .filter((node) => node.checkVisibility() && node.type !== "hidden" && node.type !== "file")
  .filter((node) => getComputedStyle(node).display !== "inline") // a link in a sentence
  .filter((node) => getComputedStyle(node).clipPath === "none")
  .map((node) => [node, node.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.bottom > 0 && (box.width < 24 || box.height < 24))
  .map(([node]) => node.outerHTML.slice(0, 120))"""
ON_THE_PHONE = "厳密な照合は、改変された引用をひとつも受け入れていません。"
QUOTED = "The strict matcher accepted 99.7% of the 354 true quotes"


def test_on_a_phone_each_pane_is_found_where_it_was_left(browser: Browser, house: House) -> None:
    with Editor(browser, house, phone=True) as editor:
        editor.sign_in()
        fits_a_phone(editor)
        editor.find("a[href*='/desk/issues/']").last.tap()  # the sample, the oldest week
        expect(editor.find("#entries")).to_be_visible()
        fits_a_phone(editor)
        editor.find("#entries tbody tr").last.locator("a[href*='/entries/']").first.tap()
        field = editor.find("[name=summary]")
        expect(field).to_be_visible()
        fits_a_phone(editor)
        field.fill(ON_THE_PHONE)
        field.scroll_into_view_if_needed()
        where = editor.page.evaluate("scrollY")
        editor.find(".pane-tabs a[href='#source']").tap()
        expect(field).to_be_hidden()
        expect(editor.find(".aim")).to_contain_text(ON_THE_PHONE)
        editor.find(".pane-tabs a[href='#cards']").tap()
        expect(field).to_be_visible()
        assert editor.page.evaluate("scrollY") == where
        selects_with_a_finger(editor, QUOTED)
        expect(field).to_have_value(re.compile(re.escape(ON_THE_PHONE) + r"\[\^e\d+\]"))
        assert editor.faults == []


def fits_a_phone(editor: Editor) -> None:
    """Nothing is wider than the screen, and a finger can press whatever can be pressed."""
    assert editor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert editor.page.evaluate(TOO_SMALL, PRESSED) == []


def selects_with_a_finger(editor: Editor, quote: str) -> None:
    """The touch ends the selection before the button is pressed, as some phones do."""
    editor.find(".pane-tabs a[href='#source']").tap()
    expect(editor.find("#text .passage").first).to_be_visible()
    assert editor.page.evaluate(SELECT_WORDS, [quote])
    button = editor.find("#make-evidence")
    expect(button).to_be_visible()
    button.dispatch_event("pointerdown")
    editor.page.evaluate("getSelection().removeAllRanges()")
    button.dispatch_event("click")


# ── without JavaScript ──────────────────────────────────────────────────────────────────────────
def test_without_javascript_the_article_reads_and_the_week_is_a_plain_form(
    browser: Browser, house: House
) -> None:
    with Editor(browser, house, javascript=False) as editor:
        reads_the_sample(editor)
        editor.sign_in()
        editor.paste("arXiv:2304.99001, arXiv:2304.99009 と https://arxiv.org/abs/2304.99006")
        types_the_days_and_the_order(editor)
        editor.make_issue()
        expect(editor.find(".markdown textarea")).to_be_visible()
        expect(editor.find(".markdown-tools")).to_be_hidden()  # what it holds needs a script
        entries = editor.find("#entries tbody tr")
        expect(entries).to_have_count(2)
        expect(entries.nth(0)).to_contain_text("2304.99006")
        expect(entries.nth(1)).to_contain_text("2304.99001")
        assert editor.faults == []


def types_the_days_and_the_order(editor: Editor) -> None:
    editor.page.fill("[name=first_on]", "2023-04-17")
    editor.page.fill("[name=last_on]", "2023-04-23")
    for row, place in {1: "2", 3: "1"}.items():
        editor.page.check(f"[name=pick][value='{row}']")
        editor.page.fill(f"[name=position-{row}]", place)
    submit(editor.find("#choice"), "days")
    editor.page.reload()
    assert places(editor) == {1: "2", 3: "1"}
    expect(editor.find("[name=first_on]")).to_have_value("2023-04-17")
