"""The sample's own paper as a PDF: the text of `paper.json`, set in one column with fpdf2.

Only developers run it, with `python -m digests.sample.build_paper`; the PDF is kept beside it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

HERE = Path(__file__).parent
PAPER = HERE / "paper.json"
PDF = HERE.parent / "static" / "digests" / "sample" / "evidence-that-stands.pdf"

SERIF = "Times"  # one of the fonts that every PDF reader has, so that no font file is needed
MARGIN = 27.0  # millimetres, as all lengths here
TOP, BOTTOM = 21.0, 23.0
LINE = 5.4
INK, GREY = 20, 105


class Sheet(FPDF):
    """An A4 page with its number at the foot."""

    def footer(self) -> None:
        """Print the page number in the middle of the bottom margin."""
        self.set_y(-16)
        self.set_font(SERIF, size=10)
        self.set_text_color(GREY)
        self.cell(0, LINE, str(self.page_no()), align="C")
        self.set_text_color(INK)


def paragraph_of(block: dict[str, Any]) -> str:
    """The paragraph as a reader sees it, with the bold words at its start."""
    return f"{block['lead']} {block['text']}" if "lead" in block else str(block["text"])


def build(paper: dict[str, Any]) -> bytes:
    """The PDF of `paper` (the shape of `paper.json`); the same text gives the same bytes.

    Streams stay uncompressed: the bytes do not depend on the zlib of the machine.
    """
    sheet = _new_sheet(paper)
    _set_front(sheet, paper)
    for section in paper["sections"]:
        _set_heading(sheet, section["heading"], room=_height_of(sheet, section["blocks"][0]))
        for block in section["blocks"]:
            _set_block(sheet, block)
    _set_references(sheet, paper["references"])
    return bytes(sheet.output())


def _new_sheet(paper: dict[str, Any]) -> Sheet:
    sheet = Sheet(format="A4")
    sheet.set_compression(False)
    sheet.set_creation_date(datetime.fromisoformat(paper["published"]).replace(tzinfo=UTC))
    sheet.set_title(paper["title"])
    sheet.set_author(", ".join(paper["authors"]))
    sheet.set_producer("build_paper.py")  # without the version that fpdf2 would print
    sheet.set_lang("en")
    sheet.set_margins(MARGIN, TOP, MARGIN)
    sheet.set_auto_page_break(True, margin=BOTTOM)
    sheet.c_margin = 0  # text and table rules share their left and right edges
    sheet.set_text_color(INK)
    sheet.add_page()
    return sheet


def _set_front(sheet: Sheet, paper: dict[str, Any]) -> None:
    sheet.set_font(SERIF, "B", 21)
    _set_text(sheet, paper["title"].replace(": ", ":\n"), line=9.2, align="C")
    sheet.ln(4)
    sheet.set_font(SERIF, size=12.5)
    _set_text(sheet, ", ".join(paper["authors"]), line=6, align="C")
    sheet.set_font(SERIF, size=10.5)
    sheet.set_text_color(GREY)
    published = datetime.fromisoformat(paper["published"])
    _set_text(sheet, f"{published.day} {published:%B %Y}", line=5.5, align="C")
    sheet.set_text_color(INK)
    sheet.ln(7)
    sheet.set_font(SERIF, "B", 11.5)
    _set_text(sheet, "Abstract", line=6, align="C")
    sheet.ln(1)
    sheet.set_font(SERIF, size=10.5)
    _set_text(sheet, paper["abstract"], line=5.1, align="J", indent=9)
    sheet.ln(3)


def _set_text(
    sheet: Sheet, text: str, *, line: float, align: str, indent: float = 0, markdown: bool = False
) -> None:
    sheet.set_x(MARGIN + indent)
    sheet.multi_cell(
        sheet.epw - 2 * indent,
        line,
        text,
        align=align,
        markdown=markdown,
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )


def _set_heading(sheet: Sheet, heading: str, *, room: float) -> None:
    """Print a heading, on a new page if the block after it would not fit below it."""
    _start_page_unless_fits(sheet, 14 + room)
    sheet.ln(3.5)
    sheet.set_font(SERIF, "B", 13.5)
    _set_text(sheet, heading, line=6.5, align="L")
    sheet.ln(1.2)


def _set_block(sheet: Sheet, block: dict[str, Any]) -> None:
    # A paragraph is never cut by a page end, so that each quote stands on one page.
    _start_page_unless_fits(sheet, _height_of(sheet, block))
    if "table" in block:
        _set_table(sheet, block["table"])
        return
    sheet.set_font(SERIF, size=11)
    _set_text(sheet, _marked(block), line=LINE, align="J", markdown="lead" in block)
    sheet.ln(2)


def _marked(block: dict[str, Any]) -> str:
    return f"**{block['lead']}** {block['text']}" if "lead" in block else str(block["text"])


def _height_of(sheet: Sheet, block: dict[str, Any]) -> float:
    if "table" in block:
        return 20.0 + 6.2 * (1 + len(block["table"]["rows"]))
    sheet.set_font(SERIF, size=11)
    height: Any = sheet.multi_cell(
        sheet.epw, LINE, paragraph_of(block), align="J", dry_run=True, output="HEIGHT"
    )
    return float(height)


def _start_page_unless_fits(sheet: Sheet, height: float) -> None:
    if sheet.will_page_break(height):
        sheet.add_page()


def _set_table(sheet: Sheet, table: dict[str, Any]) -> None:
    sheet.ln(2.5)
    sheet.set_font(SERIF, size=10)
    _set_text(sheet, table["caption"], line=5, align="C")
    sheet.ln(1.5)
    widths = [width * sheet.epw / sum(table["widths"]) for width in table["widths"]]
    _set_rule(sheet, 0.35)
    _set_row(sheet, table["head"], widths, style="B")
    _set_rule(sheet, 0.18)
    for row in table["rows"]:
        _set_row(sheet, row, widths)
    _set_rule(sheet, 0.35)
    sheet.ln(5)


def _set_rule(sheet: Sheet, width: float) -> None:
    sheet.set_line_width(width)
    sheet.line(sheet.l_margin, sheet.y, sheet.l_margin + sheet.epw, sheet.y)


def _set_row(sheet: Sheet, cells: list[str], widths: list[float], *, style: str = "") -> None:
    sheet.set_font(SERIF, style, 10)
    for column, (text, width) in enumerate(zip(cells, widths, strict=True)):
        sheet.cell(width, 6.2, text, align="L" if column == 0 else "C")
    sheet.ln(6.2)


def _set_references(sheet: Sheet, references: list[str]) -> None:
    _set_heading(sheet, "References", room=6.0 * 2 * len(references))
    sheet.set_font(SERIF, size=10)
    for reference in references:
        _set_text(sheet, reference, line=5, align="L")
        sheet.ln(1)


if __name__ == "__main__":
    PDF.write_bytes(build(json.loads(PAPER.read_text(encoding="utf-8"))))
