"""A list whose first page only names the weeks and links to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from digests.list_pages import fetch_list
from papers.list_index import page_of_week
from papers.lists import parse_lists
from papers.outbound import raw_address
from tests.local_arxiv import LocalArxiv, weekly_list

INDEX = """# Papers of the Week

[Subscribe](https://news.example/april-3---april-9) and [jump](#week-april-3---april-9)

## 2023
- [Week (April 10 - April 16)](list.md#week-april-10---april-16---2023)
- [Week (January 2 - January 8)](./years/2023.md#week)

## 2022
- [Week (December 26 - January 1)](years/2023.md#week)
- [Week (December 19 - December 25)](years/2022.md#week)
"""


@pytest.fixture
def site(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as server:
        settings.LIST_HOSTS = [server.url]
        yield server


@pytest.mark.parametrize(
    ("first_on", "page"),
    [
        (None, "list.md"),
        (date(2023, 1, 2), "./years/2023.md"),
        (date(2022, 12, 26), "years/2023.md"),
        (date(2022, 12, 19), "years/2022.md"),
        (date(2021, 12, 20), None),
    ],
)
def test_an_index_leads_to_the_page_of_the_week(first_on: date | None, page: str | None) -> None:
    assert page_of_week(INDEX, first_on) == page


@pytest.mark.parametrize(
    "text",
    [
        "",
        weekly_list(),
        "[April 3 - April 9](javascript:x)",
        "[April 3 - April 9](//a/b)",
        "[3-9 April](https://a.example/)",
    ],
)
def test_what_links_to_no_page_of_weeks_is_no_index(text: str) -> None:
    assert page_of_week(text) is None


def test_the_newest_week_of_an_index_is_fetched_from_its_page(site: LocalArxiv) -> None:
    site.script("list", f"body:{INDEX}")
    text = fetch_list(f"{site.url}/list.md", None)
    assert text == weekly_list() and len(site.requests) == 2


def test_an_index_of_other_weeks_is_what_it_is(site: LocalArxiv) -> None:
    site.script("list", f"body:{INDEX}")
    assert fetch_list(f"{site.url}/list.md", date(2021, 12, 20)) == INDEX


def test_a_repository_is_read_by_its_readme() -> None:
    raw = "https://raw.githubusercontent.com/dair-ai/AI-Papers-of-the-Week/HEAD/README.md"
    assert raw_address("https://github.com/dair-ai/AI-Papers-of-the-Week/") == raw


def test_titles_in_doubled_marks_lose_them() -> None:
    (week,) = parse_lists(
        "## April 3 - 9, 2023\n1) ****Big Models**** - x | [Paper](https://a.example/p)"
    )
    assert week.rows[0].title == "Big Models"
