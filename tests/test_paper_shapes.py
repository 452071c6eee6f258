"""Shapes of papers other than a conference's usual one: how other publishers set them."""

from dataclasses import replace
from pathlib import Path

from fpdf import FPDF

from papers.fulltext import extract
from papers.headings import tidy
from papers.paragraphs import Paragraph, read_paragraphs
from papers.pdf_layout import Line, PageLines
from papers.printed_title import printed_title

WIDTH = 300.0
PROSE = (
    "We collected a set of letters that we knew were distinct, and asked",
    "nine readers to say which of them had been written by a machine in",
    "the last year of the study.",
)


def set_lines(*texts: str | tuple[str, float, str]) -> list[Line]:
    """Lines down one column; a text alone is a full line of 10 points unless it is short."""
    lines: list[Line] = []
    y = 780.0
    for given in texts:
        text, size, font = (given, 10.0, "Times") if isinstance(given, str) else given
        y -= 12 if isinstance(given, str) else 24
        x1 = 60 + WIDTH if len(text) > 55 else 60 + 4.5 * len(text)
        lines.append(Line(1, text, False, 60, x1, y, size, font))
    return lines


def sections(found: list[Paragraph]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((item.section, item.kind) for item in found))


IEEE = (
    ("Abstract—Letters are long and slow to write, and few of those who write them", 9.0, "Bold"),
    *PROSE,
    ("I. INTRODUCTION", 10.0, "Times"),
    *PROSE,
    ("II. RELATED WORK", 10.0, "Times"),
    *PROSE,
    ("A. Readers of Letters", 10.0, "Italic"),
    *PROSE,
    ("B. Writers of Letters", 10.0, "Italic"),
    *PROSE,
    ("III. METHOD", 10.0, "Times"),
    *PROSE,
    ("A. Choice of Letters", 10.0, "Italic"),
    *PROSE,
    ("IV. RESULTS", 10.0, "Times"),
    *PROSE,
    ("REFERENCES", 10.0, "Times"),
    "[1] Ann Author, Letters of many years, in Journal of Letters, 2020.",
    ("A. Letters Not Used", 10.0, "Italic"),
    *PROSE,
)


def test_sections_with_roman_numbers_and_lettered_subsections_are_the_body() -> None:
    assert sections(read_paragraphs(set_lines(*IEEE))) == [
        ("Abstract", "abstract"),
        ("I INTRODUCTION", "body"),
        ("II RELATED WORK", "body"),
        ("A Readers of Letters", "body"),
        ("B Writers of Letters", "body"),
        ("III METHOD", "body"),
        ("A Choice of Letters", "body"),
        ("IV RESULTS", "body"),
        ("REFERENCES", "references"),
        ("A Letters Not Used", "appendix"),
    ]


def test_a_heading_of_a_subsection_is_no_part_of_its_first_sentence() -> None:
    found = read_paragraphs(set_lines(*IEEE))
    assert {item.text for item in found if item.section[:2] in ("A ", "B ")} == {" ".join(PROSE)}


def test_a_row_of_a_table_in_another_font_is_no_section() -> None:
    row = ("2 C D E", 10.0, "Times-Bold")
    found = read_paragraphs(set_lines(("1 Introduction", 12.0, "Bold"), *PROSE, row, *PROSE))
    assert sections(found) == [("1 Introduction", "body")]


def test_labels_in_a_figure_open_no_appendix() -> None:
    found = read_paragraphs(
        set_lines(
            *(("1 Introduction", 12.0, "Bold"), *PROSE, ("2 Method", 12.0, "Bold"), *PROSE),
            *(("A Heron", 10.0, "Sans"), *PROSE, ("2.1 Letters", 12.0, "Bold"), *PROSE),
            *(("3 Results", 12.0, "Bold"), *PROSE),
        )
    )
    kinds = dict(sections(found))
    assert (kinds["2.1 Letters"], kinds["3 Results"]) == ("body", "body")


def test_a_line_of_nothing_is_no_heading() -> None:
    found = read_paragraphs(set_lines(("1 Introduction", 12.0, "Bold"), *PROSE, " ", *PROSE))
    assert sections(found) == [("1 Introduction", "body")]


def test_a_roman_heading_is_tidied_once_and_for_all() -> None:
    assert [tidy("II. METHOD"), tidy("IX.  DATA AND CODE")] == ["II METHOD", "IX DATA AND CODE"]


def test_a_number_in_brackets_at_the_start_of_a_line_goes_on_with_the_sentence() -> None:
    texts = (
        "For example, the methods that compare the angle of two letters",
        "[7] are less fit for the making of short sums. For them a rule",
        "is needed that (1) reads the whole letter in its own order, and",
        "(2) forgets nothing of what it has read before the end of it.",
    )
    found = read_paragraphs(set_lines(("1 Introduction", 12.0, "Bold"), *texts))
    assert [item.text for item in found] == [" ".join(texts)]


def test_the_first_line_of_a_paragraph_at_the_foot_of_a_column_is_not_lost() -> None:
    """It is too short for prose; only what follows in the next column says that it is some."""
    first, begun, rest = "They read each letter twice.", "All letters were shown for", PROSE
    left = set_lines(("1 Introduction", 12.0, "Bold"), *PROSE, first)
    foot = replace(left[-1], text=begun, x0=71, x1=358, y=left[-1].y - 12)
    right = [
        replace(line, x0=line.x0 + 320, x1=line.x1 + 320)
        for line in set_lines(
            "nine seconds, which is less than the readers of letters are used to."
        )
    ]
    found = read_paragraphs([*left, foot, *right])
    assert " ".join(item.text for item in found) == " ".join(
        [
            *rest,
            first,
            begun,
            "nine seconds, which is less than the readers of letters are used to.",
        ]
    )


def test_a_label_at_the_foot_of_a_column_is_left_out() -> None:
    left = set_lines(("1 Introduction", 12.0, "Bold"), *PROSE)
    foot = replace(left[-1], text="Fast and slow readers", x0=71, x1=160, y=left[-1].y - 12)
    right = [
        replace(line, x0=line.x0 + 320, x1=line.x1 + 320)
        for line in set_lines(
            "Nine seconds were enough for most of them, as we had thought before."
        )
    ]
    found = read_paragraphs([*left, foot, *right])
    assert "slow readers" not in " ".join(item.text for item in found)


def test_items_of_a_list_stay_apart() -> None:
    texts = (
        "The rule has two parts, which are read one after the other here:",
        "(1) it reads the whole letter in the order in which it was sent;",
        "(2) it forgets nothing of what it has read before the end of it.",
    )
    found = read_paragraphs(set_lines(("1 Introduction", 12.0, "Bold"), *texts))
    assert [item.text for item in found] == list(texts)


def test_a_bullet_always_begins_an_item() -> None:
    texts = (
        "The rule has two parts that no one has ever put into one before",
        "• it reads the whole letter in the order in which it had been sent.",
    )
    found = read_paragraphs(set_lines(("1 Introduction", 12.0, "Bold"), *texts))
    assert [item.text for item in found] == list(texts)


def test_an_item_may_begin_the_next_column_in_the_middle_of_a_sentence() -> None:
    left = set_lines(("1 Introduction", 12.0, "Bold"), *PROSE[:2])
    right = [
        replace(line, x0=line.x0 + 320, x1=line.x1 + 320, y=line.y + 40)
        for line in set_lines("[7] year of the study, which was the ninth that we know of so far.")
    ]
    found = read_paragraphs([*left, *right])
    assert len(found) == 1
    assert found[0].text.endswith(
        "machine in [7] year of the study, which was the ninth that we know of so far."
    )


def test_names_in_small_capitals_make_a_line_no_note(tmp_path: Path) -> None:
    """As LaTeX sets them: capitals of a smaller size inside the line."""
    rows = [
        [("The server knows all of the requests that a reader can send to it:", 10)],
        [("LOOKUP, UNLINK, OPENDIR, RELEASEDIR, FORGET", 8), (" (no more than four of each)", 10)],
        [("and they are sent for directories and never for any single file.", 10)],
    ]
    pdf = FPDF(unit="pt", format="A4")
    pdf.add_page()
    for number, pieces in enumerate(rows * 6):
        x = 60.0
        for text, size in pieces:
            pdf.set_font("Times", "", size)
            pdf.text(x, 80 + 12 * number, text)
            x += pdf.get_string_width(text)
    path = tmp_path / "capitals.pdf"
    path.write_bytes(bytes(pdf.output()))
    text = " ".join(passage.text for passage in extract(path).passages)
    wanted = "it: LOOKUP, UNLINK, OPENDIR, RELEASEDIR, FORGET (no more than four of each) and they"
    assert text.count(wanted) == 6


def title_of(*given: tuple[str, float, float]) -> str:
    """Of a page of 842 points with lines of (text, size, height)."""
    lines = [Line(1, text, False, 60, 400, y, size, "Times") for text, size, y in given]
    prose = [
        Line(1, text, False, 60, 360, 400 - 12 * n, 10, "Times") for n, text in enumerate(PROSE)
    ]
    return printed_title(PageLines(1, 842, (*lines, *prose)))


def test_the_printed_title_is_the_largest_text_at_the_top_of_page_1() -> None:
    title = ("Otter: Short Drafts", 17.2, 780), ("for Long Letters", 17.2, 760)
    assert title_of(*title, ("Ann Example", 12, 730)) == "Otter: Short Drafts for Long Letters"
    assert title_of(("O", 40, 800), *title) == "Otter: Short Drafts for Long Letters"
    assert title_of(*title, ("A large logo", 30, 500)) == "Otter: Short Drafts for Long Letters"


def test_a_title_in_the_middle_of_a_cover_page_is_found_too() -> None:
    assert title_of(("Otter: Short Drafts", 24, 480)) == "Otter: Short Drafts"


def test_a_page_of_one_size_has_no_title() -> None:
    assert title_of(("Otter: Short Drafts", 10.5, 780)) == ""
    assert printed_title(PageLines(1, 842, ())) == ""
