"""The pictures of the guide and the README, taken from the real site: `python -m docs.pictures`.

A week is made on the way, with the tests' local arXiv and model.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser import SIX, WEEK_LIST, Editor, browser_at
from tests.house import House, wait_until
from tests.local_arxiv import LocalArxiv
from tests.model_server import ModelServer

GUIDE = Path("digests/static/digests/desk/guide")
README = Path("docs/article.png")
WIDTH, HEIGHT = 1200, 750


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GUIDE
    folder.mkdir(parents=True, exist_ok=True)
    program = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    with (
        tempfile.TemporaryDirectory() as scratch,
        LocalArxiv() as arxiv,
        ModelServer() as model,
        House(Path(scratch) / "var", _environ(arxiv, model)) as house,
        browser_at(program) as browser,
    ):
        wait_until(lambda: bool(house.password), "the password")
        with Editor(browser, house) as editor:
            editor.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
            _walk(editor, folder)


def _environ(arxiv: LocalArxiv, model: ModelServer) -> dict[str, str]:
    return {
        "BROKER": "embedded",
        "ARXIV_API_URL": arxiv.api_url,
        "ARXIV_PDF_URL": arxiv.pdf_url,
        "ARXIV_API_GAP": "0",
        "ARXIV_PDF_GAP": "0",
        "LLM_BASE_URL": model.base_url,
        "LLM_MODEL": model.model,
        "LLM_API_KEY": model.key,
    }


def _walk(editor: Editor, folder: Path) -> None:
    page = editor.page
    editor.sign_in()
    editor.paste(WEEK_LIST.read_text(encoding="utf-8"))
    editor.tick(SIX)
    page.wait_for_selector("[data-live]:not([data-live-open])")
    page.evaluate("scrollTo(0, 0)")
    _take(page, folder / "week.webp")
    editor.make_issue()
    editor.wait_for_drafts(len(SIX))
    issue = page.url
    page.locator("#entries tbody tr a").first.click()
    page.wait_for_load_state("networkidle")
    _take(page, folder / "desk.webp")
    page.goto(issue)
    page.evaluate("document.querySelector('#publish').scrollIntoView()")
    _take(page, folder / "publish.webp")
    editor.go("/admin/desk/")
    _take(page, folder / "board.webp")
    page.locator("a[href*='/desk/issues/']").last.click()  # the sample, the oldest week
    page.locator("#entries tbody tr:last-child td a").first.click()  # its paper with quotes
    page.locator("a[href$='/sentences/']").first.click()
    page.wait_for_load_state()
    _take(page, folder / "check.webp")
    page.set_viewport_size({"width": WIDTH, "height": 900})
    editor.go("/issues/2023-04-03-sample/")
    page.screenshot(path=README)


def _take(page: Page, path: Path) -> None:
    """What the window shows, as WebP."""
    shot = path.with_suffix(".png")
    page.screenshot(path=shot)
    Image.open(shot).convert("RGB").save(path, "WEBP", quality=80, method=6)
    shot.unlink()


if __name__ == "__main__":
    main()
