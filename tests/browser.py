"""A real browser in the hands of a visitor, against the real `manage.py up`.

It speaks only HTTP and chooses by ids, names and form actions, never by the words on a button.
Whatever the browser complains about is kept in `faults`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    expect,
    sync_playwright,
)

from tests.house import House, scratch_database, wait_until
from tests.local_arxiv import LocalArxiv

WEEK_LIST = Path(__file__).parent / "data" / "weekly-lists" / "local-week.md"
SIX = (4, 5, 2, 7, 8, 9)  # rows of the list, in the order wanted
PATIENCE = 60_000  # ms; far longer than it should take: the machine may be busy
expect.set_options(timeout=PATIENCE)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DRAFTED = "#entries tbody tr:has(a[href$='#drafts'])"
LIVE = "[data-live-open]"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@contextmanager
def site(folder: Path, *, gap: float = 0.0, api_delay: float = 0.0) -> Iterator[House]:
    """A first start in `folder`, whose arXiv is the local one: `gap` seconds lie between two
    requests to it, and it thinks for `api_delay` seconds."""
    with (
        scratch_database() as database,
        LocalArxiv(api_delay=api_delay) as arxiv,
        House(folder, {**database, **_broker(), **_arxiv(arxiv, gap)}) as house,
    ):
        wait_until(lambda: bool(house.password), "the password")
        yield house


def _broker() -> dict[str, str]:
    """The one that the environment names; without any, the embedded one."""
    fallback = "auto" if os.environ.get("REDIS_URL") else "embedded"
    return {"BROKER": os.environ.get("BROKER") or fallback}


def _arxiv(arxiv: LocalArxiv, gap: float) -> dict[str, str]:
    return {
        "ARXIV_API_URL": arxiv.api_url,
        "ARXIV_PDF_URL": arxiv.pdf_url,
        "ARXIV_API_GAP": str(gap),
        "ARXIV_PDF_GAP": str(gap),
    }


@contextmanager
def browser_at(program: Path) -> Iterator[Browser]:
    """The browser whose program this is, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody with an empty browser: no cookies, nothing cached. `faults` holds every console
    error (a breach of the CSP is one), every script that failed, and every answer above 499."""

    def __init__(
        self, browser: Browser, url: str, *, javascript: bool = True, phone: bool = False
    ) -> None:
        self.faults: list[str] = []
        shape: dict[str, Any] = PHONE if phone else {}
        self.context = browser.new_context(
            base_url=url, locale="ja-JP", java_script_enabled=javascript, **shape
        )
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("response", self._look_at)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        address = message.location.get("url", "")
        # A page that refuses a form answers 400, and the browser calls that an error too.
        is_the_page = message.text.startswith("Failed to load") and address == self.page.url
        if not is_the_page:
            self.faults.append(f"{self.page.url}: {message.text} ({address})")

    def _look_at(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.url}: {response.status}")

    def go(self, path: str) -> int:
        """Open an address of the site; its status."""
        response = self.page.goto(path)
        assert response, path
        assert response.status < 500, f"{path}: {response.status}"
        return response.status

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def form(self, action: str) -> Locator:
        """The form whose address ends in this."""
        return self.page.locator(f"form[action$='{action}']")

    def press(self, action: str, within: Locator | None = None) -> None:
        """Press the button of the form whose address ends in `action`."""
        form = f"form[action$='{action}']"
        found = within.locator(form) if within else self.page.locator(form)
        submit(found.first)


def submit(form: Locator, value: str = "") -> None:
    """Press a form's button, the one with this value or else the one without a name, and wait for
    the page that follows."""
    button = f"button[type=submit][value='{value}']" if value else "button[type=submit]:not([name])"
    with form.page.expect_navigation():
        form.locator(button).click()


def send(form: Locator) -> None:
    """Press a form's button on the desk, where the page stays, and wait for what came back."""
    with form.page.expect_response(lambda answer: "/entries/" in answer.url and answer.ok):
        form.locator("button[type=submit]:not([name])").first.click()
    expect(form.page.locator("form[data-busy]")).to_have_count(0)


class Editor(Visitor):
    """The visitor who knows the password that the first start has printed."""

    def __init__(
        self, browser: Browser, house: House, *, javascript: bool = True, phone: bool = False
    ) -> None:
        super().__init__(browser, house.url, javascript=javascript, phone=phone)
        self.password = house.password

    def sign_in(self) -> None:
        self.go("/admin/desk/")
        self.page.fill("[name=login]", "editor")
        self.page.fill("[name=password]", self.password)
        submit(self.find("form:has([name=password])"))
        expect(self.page).to_have_url(re.compile(r"/admin/desk/$"))

    def send(self, action: str, within: Locator | None = None) -> None:
        """As `press`, on the desk: the page stays."""
        form = f"form[action$='{action}']"
        send((within.locator(form) if within else self.page.locator(form)).first)

    def paste(self, text: str) -> None:
        """Give a list; the page of its week follows."""
        self.go("/admin/desk/weeks/new/")
        self.page.fill("[name=text]", text)
        submit(self.find("form:has([name=text])"))
        expect(self.page).to_have_url(re.compile(r"/weeks/[0-9a-f-]{36}/$"))

    def tick(self, rows: Sequence[int]) -> None:
        """Tick rows of the list one by one; each gets the next place."""
        for row in rows:
            self.page.check(f"[name=pick][value='{row}']")

    def make_issue(self) -> None:
        submit(self.find("#choice"), "create")
        expect(self.page).to_have_url(re.compile(r"/issues/\d+/$"))

    def wait_for_drafts(self, count: int) -> None:
        """Stay on the issue's page until so many papers have proposals."""
        expect(self.find(DRAFTED)).to_have_count(count, timeout=3 * PATIENCE)


# ── figures (python -m tests.measure) ───────────────────────────────────────────────────────────
def seconds_to_first_page(folder: Path) -> float:
    """From `manage.py up` on an empty folder to the first page, with the sample on it."""
    began = time.monotonic()
    with House(folder, _broker()) as house:
        page = requests.get(house.url, timeout=30)
        took = time.monotonic() - began
    assert page.status_code == 200
    assert "/issues/" in page.text
    return took


def seconds_from_paste_to_drafts(program: Path, gap: float, folder: Path) -> float:
    """Six papers, from pressing the button under a pasted list to the last draft on the issue's
    page, by an editor who picks without waiting for the titles."""
    with (
        site(folder, gap=gap) as house,
        browser_at(program) as browser,
        Editor(browser, house) as editor,
    ):
        editor.sign_in()
        began = time.monotonic()
        editor.paste(WEEK_LIST.read_text(encoding="utf-8"))
        editor.tick(SIX)
        editor.make_issue()
        editor.wait_for_drafts(len(SIX))
        return time.monotonic() - began
