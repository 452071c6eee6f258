"""What a browser keeps for its reader, and does for them: a real browser, the pages as the site
answers them, no site running."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connections, transaction
from django.test import Client
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from digests import rendering
from tests.browser import PATIENCE, browser_at
from tests.test_article import SCRIPT, SHEET, two_papers

KINDS = {SCRIPT: "text/javascript", SHEET: "text/css"}

pytestmark = pytest.mark.django_db  # for the tables, where this file is run by itself


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def answers() -> tuple[str, dict[str, Answer]]:
    """An issue's path, and what the site answers to it and to the page of what was put aside."""
    edition = two_papers()
    formula = "$" + "+".join(f"a_{{{n}}}" for n in range(60)) + "$"
    table = (
        "| 手法 | 正答率の平均 | 学習にかかった時間 |\n| - | - | - |\n| LLaMA | 41.3 | 二十一時間 |"
    )
    wide = rendering.render(f"{formula}\n\n{table}")
    edition.entries.filter(position=1).update(summary_html=wide)
    path = edition.get_absolute_url()
    reader, found = Client(), {}
    for asked in (path, "/bookmarks/"):
        response = reader.get(asked)
        found[asked] = Answer(response.status_code, dict(response.headers), response.content)
    for name, kind in KINDS.items():
        body = Path(str(finders.find(name))).read_bytes()
        found[f"{settings.STATIC_URL}{name}"] = Answer(200, {"Content-Type": kind}, body)
    return path, found


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The address of an issue with two papers. Its rows are gone before the browser starts, in
    whose thread Django refuses to touch any."""
    with translation.override(None), django_db_blocker.unblock(), transaction.atomic():
        path, found = answers()
        transaction.set_rollback(True)
    with served(found) as root:
        yield root + path


@contextmanager
def served(found: Mapping[str, Answer]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = found.get(self.path.partition("?")[0], Answer(404, {}, b""))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name != "Content-Length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def browser(site: str, chromium: Path) -> Iterator[Browser]:
    """Playwright keeps a loop running in this thread, and Django refuses to touch a row there; the
    tests touch none but for the transaction that each begins."""
    with pytest.MonkeyPatch.context() as patch, browser_at(chromium) as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser
        connections.close_all()  # those of the loop, which would keep the database from its end


@contextmanager
def reading(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """An empty browser at the address; a breach of the CSP or a failing script ends the test."""
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if "Security Policy" in m.text else None)
    page.goto(url)
    yield page
    context.close()
    assert faults == []


QUESTIONS = "details.questions"


def test_the_chosen_density_is_kept_and_a_link_opens_its_question(
    browser: Browser, site: str
) -> None:
    with reading(browser, site) as page:
        expect(page.locator(".question").first).to_be_visible()
        page.get_by_role("button", name="Overview only").click()
        expect(page.locator(".question:visible")).to_have_count(0)
        page.reload()
        expect(page.locator(".question:visible")).to_have_count(0)
        expect(page.get_by_role("button", name="Overview only")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.goto("about:blank")
        page.goto(f"{site}#2304.90002-q1")
        expect(page.locator(f"{QUESTIONS}[open]")).to_have_count(1)
        expect(page.locator(".question[id='2304.90002-q1']")).to_be_in_viewport()
        page.get_by_role("button", name="With questions and answers").click()
        expect(page.locator(f"{QUESTIONS}[open]")).to_have_count(2)


def test_what_is_folded_is_printed_all_the_same(browser: Browser, site: str) -> None:
    with reading(browser, site) as page:
        page.get_by_role("button", name="Overview only").click()
        page.emulate_media(media="print")
        expect(page.locator(".question").first).to_be_visible()
        expect(page.locator("nav[aria-label=Site], .density, .marks").first).to_be_hidden()
        expect(page.locator(".grounds").first).to_be_hidden()


@pytest.mark.parametrize("width", [320, 1280])
def test_a_wide_formula_scrolls_in_its_text_and_not_the_page(
    browser: Browser, site: str, width: int
) -> None:
    with reading(browser, site, viewport={"width": width, "height": 700}) as page:
        text = page.locator(".summary .text").first
        assert text.evaluate("text => text.scrollWidth > text.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_table_scrolls_by_keyboard_before_its_words_are_torn(browser: Browser, site: str) -> None:
    with reading(browser, site, viewport={"width": 320, "height": 700}) as page:
        table = page.locator(".summary table").first
        expect(table).to_have_js_property("tabIndex", 0)
        assert table.locator("th").last.bounding_box()["height"] < 50  # type: ignore[index]
        page.set_viewport_size({"width": 1280, "height": 700})
        expect(table).to_have_js_property("tabIndex", -1)


def test_a_paper_is_marked_by_keyboard_and_the_list_shows_it(browser: Browser, site: str) -> None:
    with reading(browser, site) as page:
        button = page.locator("article.entry").nth(1).get_by_role("button", name="Read later")
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-pressed", "true")
        states = page.locator(".contents li").nth(1).locator(".state")
        expect(states.filter(has_text="Read later")).to_be_visible()
        page.reload()
        expect(states.filter(has_text="Read later")).to_be_visible()
        expect(page.locator(".contents li").first.locator(".state:visible")).to_have_count(0)


def test_what_was_put_aside_is_listed_and_can_be_taken_away(browser: Browser, site: str) -> None:
    with reading(browser, site) as page:
        for entry in page.locator("article.entry").all():
            entry.get_by_role("button", name="Read later").click()
        root = site.partition("/issues/")[0]
        page.goto(f"{root}/bookmarks/")
        link = page.get_by_role("link", name="行の数え方その2")
        assert f"{root}{link.get_attribute('href')}" == f"{site}#2304.90002"
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as JSON").click()
        kept = json.loads(download.value.path().read_text(encoding="utf-8"))
        assert kept["later"]["2304.90001"]["original"] == "Counting 1"
        first = page.locator("#later li").first.get_by_role("button", name="Read later")
        first.click()
        first.click()  # off and on again: nothing that was kept of it is lost
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as BibTeX").click()
        cited = download.value.path().read_text(encoding="utf-8")
        assert re.findall(r"^@misc\{(\w+),$", cited, re.M) and cited.count("@misc{") == 2
        assert [url for url in asked if not url.startswith("blob:")] == []
        first.click()
        page.reload()
        expect(page.locator("#later li")).to_have_count(1)


def test_link_quote_and_citation_are_copied_and_it_is_said(browser: Browser, site: str) -> None:
    rights = ["clipboard-read", "clipboard-write"]
    with reading(browser, site, permissions=rights) as page:
        page.get_by_role("button", name="Copy link").first.click()
        expect(page.get_by_role("status")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == f"{site}#2304.90001-q1"
        page.locator(".question .grounds summary").first.click()
        page.locator(".question").get_by_role("button", name="Copy quote").first.click()
        expect(page.get_by_role("status")).to_have_text("Copied")
        quote = page.locator(".question blockquote").first.inner_text()
        page.wait_for_function("q => navigator.clipboard.readText().then(t => t === q)", arg=quote)
        page.locator(".cite summary").first.click()
        page.get_by_role("button", name="Copy BibTeX").first.click()
        page.wait_for_function(
            "navigator.clipboard.readText().then(text => text.startsWith('@misc{'))"
        )


@pytest.mark.parametrize(
    "kept", ["{", "null", '{"later": 3, "read": [1]}', '{"later": {"x": null}}', '{"density": {}}']
)
def test_a_spoiled_memory_of_the_browser_spoils_no_page(
    browser: Browser, site: str, kept: str
) -> None:
    with reading(browser, site) as page:
        page.evaluate("kept => localStorage.setItem('reading', kept)", kept)
        page.reload()
        expect(page.locator(".question").first).to_be_visible()
        button = page.get_by_role("button", name="Read later").first
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        page.goto(f"{site.partition('/issues/')[0]}/bookmarks/")
        expect(page.locator("#later li")).to_have_count(1)


def test_where_nothing_may_be_stored_it_is_said_and_the_choice_holds(
    browser: Browser, site: str
) -> None:
    with reading(browser, site) as page:
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage',"
            " { get() { throw new DOMException('', 'SecurityError'); } })"
        )
        page.reload()
        buttons = page.get_by_role("button", name="Read later")
        for button in buttons.all():
            button.click()
            expect(page.get_by_role("status")).to_contain_text("does not let sites keep")
        for button in buttons.all():
            expect(button).to_have_attribute("aria-pressed", "true")


def test_without_javascript_nothing_that_needs_it_is_shown(browser: Browser, site: str) -> None:
    with reading(browser, site, java_script_enabled=False) as page:
        expect(page.locator(".question").first).to_be_visible()
        expect(page.locator("button:visible").filter(has_text="Copy")).to_have_count(0)
        expect(page.locator(".density, .marks, .scripted").first).to_be_hidden()
