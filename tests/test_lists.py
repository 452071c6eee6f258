"""Weekly lists in the shapes that exist, and in shapes that nobody has written yet."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.lists import ListError, ListRow, Note, WeekList, choose_week, parse_lists

DATA = Path(__file__).parent / "data" / "weekly-lists"
ROW = "1) **A** - … | [Paper](https://arxiv.org/abs/2304.02643)"


def read(name: str) -> tuple[WeekList, ...]:
    return parse_lists((DATA / name).read_text(encoding="utf-8"))


def days(week: WeekList) -> str:
    return f"{week.first_on} {week.last_on}"


def codes(week: WeekList) -> list[str]:
    return [note.code for note in week.notes]


def only(text: str, **options: int) -> WeekList:
    (week,) = parse_lists(text, **options)
    return week


def row(text: str) -> ListRow:
    (found,) = only(f"## Week (April 3 - April 9, 2023)\n{text}").rows
    return found


def test_a_list_without_a_year_takes_it_from_its_ids() -> None:
    newer, older = read("brackets-2023.md")
    assert days(newer) == "2023-04-03 2023-04-09"
    assert days(older) == "2023-03-27 2023-04-02"
    assert newer.heading == "Top ML Papers of the Week (April 3 - April 9)"
    assert newer.notes == (Note("year-from-ids", "2023"),)
    assert [found.number for found in newer.rows] == [1, 2, 3, 4, 5, 6]
    assert newer.rows[0] == ListRow(
        1, "Segment Anything", "https://arxiv.org/abs/2304.02643v1", "2304.02643", 1
    )
    assert newer.rows[4].title.startswith("Baize: An Open-Source Chat Model")
    assert newer.rows[4].arxiv_id == "2304.01196"


def test_a_paper_that_is_not_on_arxiv_is_kept_with_its_address() -> None:
    _, older = read("brackets-2023.md")
    assert older.rows[1] == ListRow(
        2,
        "Learning Fine-Grained Bimanual Manipulation with Low-Cost Hardware",
        "https://tonyzhaozh.github.io/aloha/",
        None,
        None,
    )


def test_the_pages_title_gives_the_year_and_new_year_belongs_to_the_last_day() -> None:
    newer, older = read("page-2023.md")
    assert days(newer) == "2023-05-22 2023-05-28"
    assert days(older) == "2022-12-26 2023-01-01"
    assert newer.notes == ()
    assert newer.rows[1].title == "Model Evaluation for Extreme Risks"
    assert older.rows[0].url == ""


def test_plain_titles_end_at_a_dash_or_a_gap_and_the_paper_link_is_chosen() -> None:
    newer, older = read("new-year-2025.md")
    assert days(newer) == "2025-03-03 2025-03-09"
    assert days(older) == "2024-12-30 2025-01-05"
    assert [found.title for found in newer.rows] == [
        "A Few Tokens Are All You Need",
        "Conversational Speech Model",
        "Differentiable Logic Cellular Automata",
        "Fractal Generative Models",
    ]
    assert newer.rows[1].url.startswith("https://www.sesame.com/")
    assert newer.rows[3].url == "https://arxiv.org/abs/2502.17437"
    assert [found.title for found in older.rows][1::2] == ["OLMo 2", "1.58-bit FLUX"]
    assert older.rows[2].url.endswith("?id=YXnwlZe0yf&noteId=yrsGpHd0Sf")


def test_overlapping_weeks_of_eight_days_and_empty_links_are_fine() -> None:
    newer, older = read("page-2026.md")
    assert days(newer) == "2026-06-21 2026-06-28"
    assert days(older) == "2026-06-14 2026-06-21"
    assert newer.notes == older.notes == ()
    assert [found.number for found in newer.rows] == [1, 10]
    assert older.rows[1].arxiv_id == "2606.18192"


def test_a_saved_web_page_reads_like_its_source() -> None:
    tables, items = read("rendered-2023.html")
    assert days(tables) == "2023-05-22 2023-05-28"
    assert tables.rows == (
        ListRow(
            1,
            "QLoRA with <b> & more",
            "https://openreview.net/forum?id=OUIFPHEgJU&noteId=1",
            None,
            None,
        ),
        ListRow(2, "P(x|y) and others", "https://arxiv.org/abs/2305.11206v3", "2305.11206", 3),
    )
    assert days(items) == "2023-05-15 2023-05-21"
    assert [(found.number, found.title, found.arxiv_id) for found in items.rows] == [
        (1, "Listed First", "2305.10973"),
        (2, "Listed Second", "2305.10601"),
    ]


def test_a_newsletter_with_a_heading_per_paper_keeps_cited_works_apart() -> None:
    (week,) = read("newsletter-2025.md")
    assert days(week) == "2025-03-03 2025-03-09"
    assert [(found.title, found.arxiv_id) for found in week.rows] == [
        ("Chain of Draft", "2502.18600"),
        ("Conversational Speech Model", None),
    ]
    assert [note for note in week.notes if note.code == "more-ids"] == [
        Note("more-ids", "1: 2201.11903"),
        Note("more-ids", "2: 2107.03312"),
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "# Week (April 3 - April 9, 2023)",
        "###### Week (Apr. 3 – 9) - 2023",
        "## Papers, April 3rd to April 9th, 2023",
        "## 3 April — 9 April 2023",
        "## 3-9 Apr 2023",
        "## April 3, 2023 through April 9, 2023",
        "## 2023-04-03 - 2023-04-09",
        "## 2023/04/03〜04/09",
        "## 2023-04-03/2023-04-09",
        "## 最新論文【2023年4月3日〜4月9日】",
        "## ２０２３年４月３日（月）～４月９日（日）",
        "## 2023年4月3日から9日の論文",
        "## Week 4/3 - 4/9 (2023)",
        "**Top ML Papers of the Week (April 3 - April 9) - 2023**",
        "Top ML Papers of the Week (April 3 - April 9) - 2023",
        "2023年4月3日〜4月9日",
        "<h2>Week (April 3 &ndash; April 9, 2023)</h2>",
        "# Papers of 2023\n## Week (April 3 - April 9)",
        "2023\n====\n# Lists of 2023\n### Week (April 3 - April 9)",
    ],
)
def test_a_week_is_recognised_however_its_days_are_written(heading: str) -> None:
    week = only(f"{heading}\n\n{ROW}\n")
    assert days(week) == "2023-04-03 2023-04-09"
    assert [found.title for found in week.rows] == ["A"]


@pytest.mark.parametrize(
    ("days_in_heading", "expected"),
    [
        ("Dec 30, 2024 – Jan 5", "2024-12-30 2025-01-05"),
        ("Dec 30 - Jan 5, 2025", "2024-12-30 2025-01-05"),
        ("Dec 30, 2024 - Jan 5, 2025", "2024-12-30 2025-01-05"),
        ("2024年12月30日〜1月5日", "2024-12-30 2025-01-05"),
        ("Febuary 26 - Mar 3, 2024", "2024-02-26 2024-03-03"),
    ],
)
def test_weeks_over_months_and_years(days_in_heading: str, expected: str) -> None:
    assert days(only(f"## Week ({days_in_heading})\n1) A")) == expected


def test_new_year_without_a_year_is_dated_by_the_ids_of_december() -> None:
    week = only("## Week (December 30 - January 5)\n1) A arXiv:2412.16241\n2) B arXiv:2412.18653")
    assert days(week) == "2024-12-30 2025-01-05"
    assert codes(week) == ["year-from-ids"]


def test_old_papers_do_not_decide_the_year() -> None:
    text = "## Week (April 3 - April 9)\n1) A 1706.03762\n2) B 2304.00001\n3) C 2303.00001\n"
    assert days(only(text)) == "2023-04-03 2023-04-09"


def test_a_given_year_stands_behind_the_page_and_before_the_ids() -> None:
    assert days(only("## W (April 3 - April 9)\n1) A", year=2021)) == "2021-04-03 2021-04-09"
    text = "# Papers - 2022\n## W (April 3 - April 9)\n1) A"
    assert days(only(text, year=2021)) == "2022-04-03 2022-04-09"


def test_a_year_that_the_ids_contradict_is_noted() -> None:
    week = only(f"# Papers - 2024\n## W (April 3 - April 9)\n{ROW}")
    assert week.first_on == date(2024, 4, 3)
    assert week.notes == (Note("year-differs-from-ids", "2023"),)


def test_a_week_whose_year_nobody_knows_keeps_its_rows() -> None:
    week = only("## W (April 3 - April 9)\n1) A\n2) B")
    assert (week.first_on, week.last_on, len(week.rows)) == (None, None, 2)
    assert codes(week) == ["year-unknown"]


def test_a_table_of_contents_with_years_does_not_date_the_weeks_below() -> None:
    text = f"# Papers\n## 2019\n- [Week (May 1 - May 7)](./#x)\n## Week (April 3 - April 9)\n{ROW}"
    assert days(only(text)) == "2023-04-03 2023-04-09"


@pytest.mark.parametrize(
    ("days_in_heading", "expected"),
    [
        ("April 3 - April 8, 2023", []),
        ("April 3 - April 10, 2023", []),
        ("April 3 - April 7, 2023", ["odd-length"]),
        ("April 1 - April 30, 2023", ["odd-length"]),
        ("April 9 - April 3, 2023", ["ends-before-it-starts"]),
        ("May 3 - April 9, 2023", ["ends-before-it-starts"]),
        ("February 24 - February 30, 2023", ["bad-date"]),
    ],
)
def test_strange_weeks_are_kept_with_a_note(days_in_heading: str, expected: list[str]) -> None:
    week = only(f"## Week ({days_in_heading})\n1) A")
    assert codes(week) == expected
    assert len(week.rows) == 1


def test_guessed_years_out_of_order_are_noted() -> None:
    weeks = parse_lists(
        "## W (April 3 - April 9)\n1) A 2304.00001\n## W (March 3 - March 9)\n1) B 2403.00001"
    )
    assert [days(week) for week in weeks] == ["2024-03-03 2024-03-09", "2023-04-03 2023-04-09"]
    assert "out-of-order" in codes(weeks[0])
    assert "out-of-order" not in codes(weeks[1])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("| 1) **QLoRA** - about | [Paper](https://arxiv.org/abs/2304.00001) |", "QLoRA"),
        ("1. [Title](https://arxiv.org/abs/2304.00001) - about", "Title"),
        ("- **Title** [Paper](https://arxiv.org/abs/2304.00001)", "Title"),
        ("* **[Title](https://arxiv.org/abs/2304.00001)**", "Title"),
        ("１）**題名** - 説明 [論文](https://arxiv.org/abs/2304.00001)", "題名"),
        ("**1) Title** – about arXiv:2304.00001", "Title"),
        ("1️⃣ Title - about https://arxiv.org/abs/2304.00001", "Title"),
        ("1) [Paper](https://arxiv.org/abs/2304.00001) Title - about", "Title"),
        ("| 1 | **Title** | [Paper](https://arxiv.org/abs/2304.00001) |", "Title"),
        ("1) Title | [Paper](https://arxiv.org/abs/2304.00001", "Title"),
        ("### 1. Title\nabout\n\n[PDF](https://arxiv.org/pdf/2304.00001.pdf)", "Title"),
        ("1) A* Search and Q\\* - about 2304.00001", "A* Search and Q*"),
        ("1) x < y <s> tokens - about 2304.00001", "x < y <s> tokens"),
        ("1) **R&D &amp; `code` _it_** - 2304.00001", "R&D & code it"),
        ("1) Caf\u0065\u0301 \u202eevil\u202c\x07\ud800 - 2304.00001", "Café evil"),
        ("Title\nhttps://arxiv.org/abs/2304.00001", "Title"),
        ("Title, see https://arxiv.org/abs/2304.00001", "Title, see"),
        ("In [Title](https://arxiv.org/abs/2304.00001) they show", "Title"),
        ("1) https://arxiv.org/abs/2304.00001", ""),
    ],
)
def test_a_row_is_read_in_any_shape(text: str, title: str) -> None:
    found = row(text)
    assert (found.number, found.title, found.arxiv_id) == (1, title, "2304.00001")
    assert found.url.startswith("https://arxiv.org/")


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ("[Code](https://c.org) [Paper](https://p.org) [Tweet](https://x.com/a)", "https://p.org"),
        ("[Code](https://c.org) [arXiv](http://arxiv.org/abs/2304.1)", "http://arxiv.org/abs/2304.1"),
        ("[Tweet](https://x.com/a) [Blog](https://b.org/x_(y))", "https://b.org/x_(y)"),
        ("[Paper](https://p.org) [abs](https://arxiv.org/abs/2304.00001)", "https://arxiv.org/abs/2304.00001"),
        ("[Paper](https://p.org) arXiv:2304.00001", "https://p.org"),
        ("[Code](https://c.org) arXiv:2304.00001v2", "https://arxiv.org/abs/2304.00001v2"),
        ("[Paper](<https://p.org/a>) ", "https://p.org/a"),
        ('[Paper](https://p.org "a title")', "https://p.org"),
        ("[Paper](//p.org/a)", "https://p.org/a"),
        ("[Paper](arxiv.org/abs/2304.00001)", "https://arxiv.org/abs/2304.00001"),
        ("[Tweet](https://twitter.com/a/status/1645089444280561666)", ""),
        ("[Tweet]()", ""),
        ("[Paper](javascript:alert(1))", ""),
        ("[Paper](./local.pdf)", ""),
    ],
)  # fmt: skip
def test_the_address_is_that_of_the_paper(links: str, url: str) -> None:
    assert row(f"| 1) **Title** - … | {links} |").url == url


def test_a_row_that_cannot_be_read_is_a_note_and_the_same_paper_twice_is_two_rows() -> None:
    week = only(
        f"## W (April 3 - April 9, 2023)\n| {ROW} |\n| 2) | |\n| {ROW.replace('1)', '3)')}|"
    )
    assert week.notes == (Note("unreadable-row", "2)"),)
    assert [(found.number, found.arxiv_id) for found in week.rows] == [
        (1, "2304.02643"),
        (3, "2304.02643"),
    ]


def test_prose_below_a_list_does_not_give_its_last_row_an_id() -> None:
    text = "## W (April 3 - April 9, 2023)\n1. A\n2. B\n\nThe first one\narXiv:2304.00001\n"
    assert [(found.number, found.title, found.arxiv_id) for found in only(text).rows] == [
        (1, "A", None),
        (2, "B", None),
        (3, "The first one", "2304.00001"),
    ]


def test_rows_without_numbers_are_counted() -> None:
    week = only("## W (April 3 - April 9, 2023)\n- **A** 2304.00001\n- **B**\n- C - about")
    assert [(found.number, found.title) for found in week.rows] == [(1, "A"), (2, "B"), (3, "C")]


def test_a_copy_from_the_browser_without_links_keeps_its_rows() -> None:
    week = only(
        "Top AI Papers of the Week (May 22-28)\nPaper\tLinks\n1) A - b\tPaper\n2) C\tPaper\n"
    )
    assert [found.title for found in week.rows] == ["A", "C"]


def test_any_text_with_links_is_one_week_without_days() -> None:
    week = only(
        "これを読みます： https://arxiv.org/abs/2304.00001、[題名](https://arxiv.org/abs/2304.00002v1)。\n"
        "\nA fine title\nhttps://arxiv.org/abs/2304.00003\n\nagain arXiv:2304.00003v2\n"
        "hep-th/9901001 Old Paper\n"
    )
    assert (week.first_on, week.last_on, week.heading) == (None, None, "")
    assert [(found.number, found.title, found.arxiv_id) for found in week.rows] == [
        (1, "", "2304.00001"),
        (2, "題名", "2304.00002"),
        (3, "A fine title", "2304.00003"),
        (4, "Old Paper", "hep-th/9901001"),
    ]
    assert week.notes == (Note("repeated-id", "2304.00003v2"),)


def test_numbered_rows_without_a_week_are_kept_even_without_ids() -> None:
    week = only("1) A [Paper](https://p.org)\n2) B 2304.00001\n")
    assert [(found.title, found.arxiv_id) for found in week.rows] == [
        ("A", None),
        ("B", "2304.00001"),
    ]


def test_papers_that_stand_before_the_weeks_are_not_lost() -> None:
    weeks = parse_lists(f"Our survey: arXiv:2301.00001\n## W (April 3 - April 9, 2023)\n{ROW}")
    assert [days(week) for week in weeks] == ["2023-04-03 2023-04-09", "None None"]
    assert [found.arxiv_id for found in weeks[1].rows] == ["2301.00001"]
    assert codes(weeks[1]) == ["outside-weeks"]
    assert choose_week(weeks) is weeks[0]


@pytest.mark.parametrize(
    "text", ["", "Hello there", "\x00\x00", "<p>nothing</p>", "# W (April 3 - 9)"]
)
def test_a_text_without_papers_is_refused(text: str) -> None:
    with pytest.raises(ListError) as refused:
        parse_lists(text)
    assert refused.value.code == "no-papers"


@pytest.mark.parametrize("text", ["あ" * 2_000_000, "2304.00001\n" * 100_002])
def test_a_text_that_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(ListError) as refused:
        parse_lists(text)
    assert (refused.value.code, refused.value.value) == ("too-large", str(5 * 2**20))


def test_a_week_is_chosen_by_its_first_day_or_as_the_newest_with_rows() -> None:
    weeks = (*read("brackets-2023.md"), only("## W (May 1 - May 7, 2023)\n1) A"))
    assert choose_week(weeks).first_on == date(2023, 5, 1)
    assert choose_week(weeks, date(2023, 3, 27)).rows[0].arxiv_id == "2303.17564"
    empty = WeekList(date(2024, 1, 1), date(2024, 1, 7), "", (), ())
    assert choose_week((empty, *weeks)).first_on == date(2023, 5, 1)
    assert choose_week((empty, *weeks), date(2024, 1, 1)) is empty


def test_a_week_that_is_not_there_is_named() -> None:
    with pytest.raises(ListError) as refused:
        choose_week(read("page-2026.md"), date(2026, 6, 29))
    assert (refused.value.code, refused.value.value) == ("week-not-found", "2026-06-29")
    assert str(refused.value) == "week-not-found: 2026-06-29"


@pytest.mark.parametrize("space", ["\n", " \n", "\r\n", "\t\n"])
def test_a_paste_of_empty_lines_is_read_at_once(space: str) -> None:
    """It took minutes: each empty line was looked at from every one before it."""
    (week,) = parse_lists(space * 45_000 + "2304.00001")
    assert [one.arxiv_id for one in week.rows] == ["2304.00001"]


def test_long_titles_are_cut() -> None:
    assert len(row(f"1) **{'long ' * 300}** - 2304.00001").title) <= 500


PIECES = """\
## Week (April 3 - April 9, 2023)
1)
**
[Paper](
https://arxiv.org/abs/2304.00001
2304.00001
<table>
<tr>
<td>
</td>
<a href='https://a.b'>
</a>
<li>
<ol start=5>
<h2>
</h2>
&lt;
&#0;
&#8238;
&noteId
---
# 2023
May 1 - 40
0年0月0日〜0日
<!--
-->
<script>
１．
|
[
]
)"""
pieces = st.sampled_from([*PIECES.split("\n"), "\n", "\n| ", "\x00", "\ud800"])
HAZARDS = {"\x00", "\n", "\x85", "\u202e", "\ud800"}


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces | st.text(max_size=5), max_size=40).map("".join), st.none() | st.integers())
def test_no_text_is_a_traceback(text: str, year: int | None) -> None:
    try:
        weeks = parse_lists(text, year=year)
    except ListError as refused:
        assert refused.code == "no-papers"
        return
    assert any(week.rows for week in weeks)
    for found in (found for week in weeks for found in week.rows):
        assert found.url == "" or found.url.lower().startswith(("http://", "https://"))
        assert not HAZARDS & set(found.title)
        assert len(found.title) <= 500


# ── texts that are no table of dair.ai's ────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Papers for the week of April 3, 2023", "2023-04-03 2023-04-09"),
        ("Week of 3 April 2023", "2023-04-03 2023-04-09"),
        ("week beginning Monday, April 3", "2023-04-03 2023-04-09"),
        ("Week of 2023-04-03", "2023-04-03 2023-04-09"),
        ("2023年4月3日の週", "2023-04-03 2023-04-09"),
        ("4月3日（月）の週の論文", "2023-04-03 2023-04-09"),
        ("Week of December 28, 2023", "2023-12-28 2024-01-03"),
        ("Week of December 26, 2022", "2022-12-26 2023-01-01"),
        ("Week of February 26, 2024", "2024-02-26 2024-03-03"),
        ("2023/4/3(月)〜4/9(日)", "2023-04-03 2023-04-09"),
        ("4/3(月)〜4/9(日)", "2023-04-03 2023-04-09"),
        ("Monday, April 3 – Sunday, April 9, 2023", "2023-04-03 2023-04-09"),
        ("April 3rd → 9th", "2023-04-03 2023-04-09"),
    ],
)
def test_a_week_by_its_first_day_or_with_names_of_days_is_recognised(
    heading: str, expected: str
) -> None:
    assert days(only(f"# {heading}\n1) [A](https://arxiv.org/abs/2304.02643)")) == expected


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Week 15, 2023", "2023-04-10 2023-04-16"),
        ("Reading list 2023-W15", "2023-04-10 2023-04-16"),
        ("2023 week 1", "2023-01-02 2023-01-08"),
        ("2023年第15週の論文", "2023-04-10 2023-04-16"),
        ("Week 53 of 2020", "2020-12-28 2021-01-03"),
    ],
)
def test_a_numbered_week_is_counted_from_monday_and_the_editor_is_told(
    heading: str, expected: str
) -> None:
    week = only(f"# {heading}\n1) [A](https://arxiv.org/abs/2304.02643)")
    assert days(week) == expected and "week-from-number" in codes(week)


@pytest.mark.parametrize(
    "heading", ["Week 54, 2023", "Week 3", "Issue #55 of our weekly", "week of February 30, 2023"]
)
def test_a_count_of_issues_is_no_week_of_the_year(heading: str) -> None:
    assert only(f"# {heading}\n1) [A](https://arxiv.org/abs/2304.02643)").first_on is None


def test_a_page_of_a_year_has_the_week_that_ends_in_the_next() -> None:
    text = (
        "# Papers of 2024\n## Week (December 30 - January 5)\n1) A [Paper](https://arxiv.org/abs/"
    )
    new_year = only(f"{text}2501.00656)")
    assert days(new_year) == "2024-12-30 2025-01-05" and codes(new_year) == ["year-from-ids"]
    assert days(only(f"{text}2312.10656)")) == "2023-12-30 2024-01-05"


def test_the_first_line_of_a_paste_names_the_week() -> None:
    week = only("My reading, April 3 – 9, 2023\n\nI liked arXiv:2304.01196 best.")
    assert days(week) == "2023-04-03 2023-04-09"
    assert only("I read from April 3 to 9, 2023.\n\narXiv:2304.01196").first_on is None


def test_the_papers_below_a_page_of_one_week_are_of_that_week() -> None:
    week = only(
        "# Weekly\n\n**Search window:** 2026-08-17 to 2026-08-24\n\n## Top\n\n### 1. Far Away\n\n"
        "**arXiv ID:** 2608.19766\n\n**Paper link:** https://www.semanticscholar.org/paper/3cf7\n"
    )
    assert days(week) == "2026-08-17 2026-08-24"
    assert [(r.number, r.title, r.arxiv_id) for r in week.rows] == [(1, "Far Away", "2608.19766")]


def test_each_paper_of_a_weeks_prose_is_a_row_and_sentences_are_no_titles() -> None:
    week = only(
        "# Read from April 3 to April 9, 2023\n\nHi all. My favourite was Baize "
        "(https://arxiv.org/abs/2304.01196), then arXiv:2303.18223v1; again 2304.01196.\n\n"
        "大規模言語モデルのサーベイ（https://arxiv.org/abs/2304.00612）。とても長い。\n"
    )
    assert [(r.title, r.arxiv_id, r.version) for r in week.rows] == [
        ("", "2304.01196", None),
        ("", "2303.18223", 1),
        ("大規模言語モデルのサーベイ", "2304.00612", None),
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("- 「Segment Anything」https://arxiv.org/abs/2304.02643。", "Segment Anything"),
        ("- ベイズ：https://arxiv.org/abs/2304.01196、対話モデル", "ベイズ"),
        ("② 丸数字の論文 2304.01196", "丸数字の論文"),
        ("２．arXiv：２３０４．０１１９６", ""),
        ("- Attention, https://arxiv.org/abs/1706.03762, a classic", "Attention"),
        ("すごい → https://arxiv.org/abs/2304.02643", "すごい"),
        ("<https://arxiv.org/pdf/2304.01196v2.pdf|Baize> を読んだ", "Baize"),
        ("- **Title**: Baize\n  https://arxiv.org/abs/2304.01196", "Baize"),
        ("### [Baize](https://arxiv.org/abs/2304.01196)", "Baize"),
        ("https://arxiv.org/abs/2304.01196 (Baize)", "Baize"),
    ],
)
def test_the_title_ends_where_the_address_begins(text: str, title: str) -> None:
    assert row(text).title == title


def test_an_id_in_a_description_is_not_the_paper_that_the_row_links_to() -> None:
    link = "[Paper](https://cdn.openai.com/monitoring.pdf)"
    week = only(f"## April 3 - 9, 2023\n1) **Monitoring** - extends 2304.01196 | {link}")
    (found,) = week.rows
    assert (found.arxiv_id, found.url) == (None, "https://cdn.openai.com/monitoring.pdf")
    assert week.notes == (Note("more-ids", "1: 2304.01196"),)


def test_what_stands_for_an_id_and_is_none_is_said() -> None:
    week = only(
        "2304.02643\n2313.12345\narXiv:9999.99999、\nhttps://arxiv.org/abs/cs.CL ¥2304.0119"
    )
    assert [found.arxiv_id for found in week.rows] == ["2304.02643"]
    assert week.notes == (Note("not-an-id", "2313.12345, 9999.99999"),)
    (bad,) = only("## April 3 - 9, 2023\n1) A [Paper](https://arxiv.org/abs/2313.12345)").rows
    assert bad.arxiv_id is None and bad.url.endswith("2313.12345")


# ── pages of arXiv and Hugging Face ─────────────────────────────────────────────────────────────
def test_a_saved_listing_of_arxiv_has_its_titles() -> None:
    item = (
        "<dt><a name='item{n}'>[{n}]</a> <a href ='/abs/{id}' title='Abstract'>arXiv:{id}</a> "
        "[<a href='/pdf/{id}'>pdf</a>, <a href='/format/{id}'>other</a>]</dt>\n<dd><div>"
        "<div class='list-title'><span>Title:</span> {title}</div><div><a href='/a/x'>A. Who</a>"
        "</div></div></dd>"
    )
    items = item.format(n=1, id="2304.00612", title="Eight Things") + item.format(
        n=2, id="2304.01196", title="Baize: A Chat Model"
    )
    week = only(f"<h1>cs.CL</h1><dl>{items}</dl>")
    assert [(r.title, r.arxiv_id) for r in week.rows] == [
        ("Eight Things", "2304.00612"),
        ("Baize: A Chat Model", "2304.01196"),
    ]


def test_a_saved_page_of_hugging_face_has_its_papers() -> None:
    item = '<article><h3><a href="/papers/{}" class="x">{}</a></h3><p>Apr 5</p></article>'
    week = only(f"<main>{item.format('2304.02643', 'A')}{item.format('2304.01196', 'B')}</main>")
    assert [(r.title, r.arxiv_id) for r in week.rows] == [("A", "2304.02643"), ("B", "2304.01196")]


# ── tables of a spreadsheet ─────────────────────────────────────────────────────────────────────
def test_a_csv_gives_title_and_paper_and_nothing_of_its_abstracts() -> None:
    week = only(
        "Title,Description,PaperURL,TweetURL,Abstract\r\n"
        'A,"one, two",https://arxiv.org/abs/2310.10631,https://x.com/a/1,"It extends\r\n'
        '2310.00001"\r\n'
        '"B, and *more* [x]","a ""survey""",https://arxiv.org/abs/2310.03533v2,https://x.com/b,\r\n'
        "C,x,https://www.nature.com/c?a=1&b=2,https://x.com/c,\r\n"
    )
    assert [(r.number, r.title, r.arxiv_id, r.version) for r in week.rows] == [
        (1, "A", "2310.10631", None),
        (2, "B, and *more* [x]", "2310.03533", 2),
        (3, "C", None, None),
    ]
    assert week.rows[2].url == "https://www.nature.com/c?a=1&b=2" and week.notes == ()


@pytest.mark.parametrize("is_numbered", [True, False])
def test_a_table_of_thousands_keeps_every_row_with_an_id_or_without(is_numbered: bool) -> None:
    links = [f"https://a.example/{n}" for n in range(1, 1300)] + ["2304.00001"]
    records = [["On things", link] for link in links]
    if is_numbered:
        records = [[str(n), *record] for n, record in enumerate(records, 1)]
    head = "no,title,url" if is_numbered else "title,url"
    week = only("\n".join([head, *map(",".join, records)]))
    assert [row.number for row in week.rows] == list(range(1, 1301))
    assert {row.title for row in week.rows} == {"On things"}


def test_the_rows_of_a_table_stay_without_an_id_or_a_number() -> None:
    week = only(
        "| Paper | Link |\n|---|---|\n| A | [link](https://arxiv.org/abs/2304.00001) |\n"
        "| B | [link](https://openreview.net/forum?id=x) |\n| C | at a conference |\n"
    )
    assert [(row.number, row.title, row.arxiv_id) for row in week.rows] == [
        (1, "A", "2304.00001"),
        (2, "B", None),
        (3, "C", None),
    ]


def test_items_without_an_id_are_named_where_ids_make_the_rows() -> None:
    week = only(
        "- [A](https://arxiv.org/abs/2304.00001) good\n- [B](https://a.example/b)\n- C, soon\n"
    )
    assert [row.title for row in week.rows] == ["A"]
    assert week.notes == (Note("without-id", "B; C, soon"),)


def test_the_boxes_of_a_list_of_tasks_are_no_titles() -> None:
    week = only(
        "- [ ]  [A](https://arxiv.org/abs/2304.00001)\n- [x]  B\n"
        "- [ ] C arXiv:2304.00002\n- [X] D\n"
    )
    assert [row.title for row in week.rows] == ["A", "C"]
    assert week.notes == (Note("without-id", "B; D"),)


def test_of_many_items_without_an_id_some_are_named_and_the_rest_counted() -> None:
    items = "\n".join(f"- [Nice thing number {n}](https://a.example/{n})" for n in range(90))
    week = only(f"- [A](https://arxiv.org/abs/2304.00001)\n{items}\n")
    (note,) = week.notes
    assert len(note.value) <= 200
    assert note.value.count(";") + 1 + int(note.value.rpartition("+")[2].strip(")")) == 90


def test_a_tsv_with_dates_and_bare_ids_and_a_japanese_csv_are_read() -> None:
    week = only("Date\tTitle\tarXiv\n2023-04-05\tA\t2303.18223v2\n2023-04-06\tB\thep-th/9901001\n")
    assert [(r.title, r.arxiv_id) for r in week.rows] == [
        ("A", "2303.18223"),
        ("B", "hep-th/9901001"),
    ]
    week = only(
        "番号,題名,著者,リンク\n4,調査,山田,https://arxiv.org/abs/2303.18223\n7,外,佐藤,https://a.example/p\n"
    )
    assert [(r.number, r.title, r.arxiv_id) for r in week.rows] == [
        (4, "調査", "2303.18223"),
        (7, "外", None),
    ]


def test_a_table_without_a_head_is_read_by_what_its_cells_are() -> None:
    week = only("1,A Survey,https://arxiv.org/abs/2303.18223\n2,Baize,2304.01196\n")
    assert [(r.title, r.arxiv_id) for r in week.rows] == [
        ("A Survey", "2303.18223"),
        ("Baize", "2304.01196"),
    ]


def test_prose_with_commas_and_lines_of_ids_are_no_tables() -> None:
    week = only("Two, 2304.00001, that I liked.\nOne more, 2304.00002, that I did not, and why.\n")
    assert [r.arxiv_id for r in week.rows] == ["2304.00001", "2304.00002"]
    week = only("1. A Survey, https://arxiv.org/abs/2304.00001\n2. Baize, arXiv:2304.00002\n")
    assert [(r.number, r.title) for r in week.rows] == [(1, "A Survey"), (2, "Baize")]
    week = only("2304.00001, 2304.00002\n2304.00003, 2304.00004\n")
    assert len(week.rows) == 4


CELL = st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), max_size=12)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from("\t,;"))
def test_every_record_of_a_table_is_a_row_whatever_its_cells_hold(
    records: list[tuple[str, str]], separator: str
) -> None:
    written = io.StringIO()
    table = csv.writer(written, delimiter=separator)
    table.writerow(["Title", "Notes", "arXiv"])
    ids = [f"2304.{n:05}" for n in range(1, len(records) + 1)]
    for (title, note), paper in zip(records, ids, strict=True):
        table.writerow([f"T {title}", note, paper])
    weeks = parse_lists(written.getvalue())
    assert [r.arxiv_id for week in weeks for r in week.rows] == ids
