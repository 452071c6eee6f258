"""Whether the pages of a running site are faultless HTML and can be used by everyone.

    python docs/checks/pages.py http://localhost:8000 --vnu vnu.jar --axe axe.min.js

Asks the site for pages of each kind (those that its sitemap and an article name, two of each kind
or as many as `--of-a-kind` says; the lists, sign-in, errors), gives them to the Nu HTML checker
(`npm install vnu-jar`; needs Java), and runs axe-core (`npm install axe-core`) in Chromium on each
at three widths, light and dark. Prints what they find; the exit status is the number of faults, at
most 100. Either tool may be left out, and is then not run.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright

WIDTHS = (320, 390, 1280)
SCHEMES = ("light", "dark")
ALWAYS = (
    *("/", "/issues/", "/categories/", "/questions/", "/about/", "/feeds/", "/bookmarks/"),
    *("/search/", "/search/?q=モデル", "/search/?q=zzzz", "/search/?q=%22%3C", "/?page=2"),
    *("/nothing/", "/issues/1999-01-01/", "/accounts/login/"),
)
NO_PAGE = ("/feed/", "/admin/")
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"]


def addresses(site: str, of_a_kind: int) -> list[str]:
    """The fixed ones, then so many of each folder that the sitemap or an article names."""
    kinds: dict[str, list[str]] = {}
    named = _named(site, "/sitemap.xml")
    articles = [path for path in named if path.startswith("/issues/2")]
    for found in dict.fromkeys([*named, *(p for a in articles[-1:] for p in _linked(site, a))]):
        kinds.setdefault(found.rstrip("/").rpartition("/")[0], []).append(found)
    some = [path for paths in kinds.values() for path in paths[-of_a_kind:]]
    return list(dict.fromkeys([*ALWAYS, *some]))


def _linked(site: str, path: str) -> list[str]:
    """The pages of the site that this page leads to; feeds, files and the desk are none."""
    links = re.findall(r'href="(/[^"#]*)"', requests.get(site + path, timeout=20).text)
    return [p for p in links if p.partition("?")[0].endswith("/") and not p.startswith(NO_PAGE)]


def _named(site: str, sitemap: str) -> list[str]:
    """Every page of a sitemap, and of those that it names in turn."""
    text = requests.get(site + sitemap, timeout=20).text
    paths = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", text)
    parts = (_named(site, path) if path.endswith(".xml") else [path] for path in paths)
    return [path for part in parts for path in part]


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────
def html_faults(site: str, paths: Iterable[str], vnu: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for number, path in enumerate(paths):
            file = Path(folder) / f"{number}.html"
            file.write_bytes(requests.get(site + path, timeout=20).content)
            names[file.name] = path
        command = ["java", "-jar", str(vnu), "--format", "json", *sorted(Path(folder).glob("*"))]
        told = json.loads(subprocess.run(command, capture_output=True, check=False).stderr)
    return [
        f"{names[Path(m['url']).name]} line {m.get('lastLine')}: {m['message']}"
        for m in told["messages"]
        if m["type"] != "info" or m.get("subType") == "warning"
    ]


# ── for everyone ────────────────────────────────────────────────────────────────────────────────
def axe_faults(site: str, paths: Iterable[str], axe: Path, chromium: str) -> list[str]:
    source, found = axe.read_text(encoding="utf-8"), []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM)
        for scheme in SCHEMES:
            context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
            page = context.new_page()
            for path in paths:
                page.goto(site + path)
                page.evaluate(source)
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 800})
                    where = f"{path} at {width}, {scheme}"
                    found += [f"{where}: {fault}" for fault in _faults(page)]
            context.close()
        browser.close()
    return found


def _faults(page: Page) -> list[str]:
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    violations: list[dict[str, Any]] = page.evaluate("axe.run().then(done => done.violations)")
    told = [f"{v['id']}: {v['help']} ({v['nodes'][0]['target'][0]})" for v in violations]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        told.append("the page is wider than the window")
    return told


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("site")
    asked.add_argument("paths", nargs="*", help="only these pages")
    asked.add_argument("--of-a-kind", type=int, default=2)
    asked.add_argument("--vnu", type=Path)
    asked.add_argument("--axe", type=Path)
    asked.add_argument("--chromium", default="/usr/bin/chromium")
    given = asked.parse_args()
    site = given.site.rstrip("/")
    paths = given.paths or addresses(site, given.of_a_kind)
    faults = html_faults(site, paths, given.vnu) if given.vnu else []
    faults += axe_faults(site, paths, given.axe, given.chromium) if given.axe else []
    print(*faults, f"{len(paths)} pages, {len(faults)} faults", sep="\n")
    return min(len(faults), 100)


if __name__ == "__main__":
    sys.exit(main())
