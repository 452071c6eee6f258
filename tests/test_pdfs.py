"""The papers that tests are made of look as they should."""

import pypdfium2 as pdfium
import pytest

from tests.pdfs import blank_pdf, paper_pdf

PARAGRAPH = (
    "A matcher compares a quotation with the passage from which it is said to come. "
    "It must accept every faithful quotation and refuse each one that was altered. "
) * 4


def make(**options: object) -> bytes:
    return paper_pdf(
        "A Paper about Papers",
        ["Ann Example", "José Müller"],
        "We describe a paper that exists only so that others can be tested.",
        [("Introduction", [PARAGRAPH]), ("1.1 Scope", [PARAGRAPH]), ("Method", [PARAGRAPH])],
        **options,  # type: ignore[arg-type]
    )


def page_texts(content: bytes) -> list[str]:
    document = pdfium.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert make(line_numbers=True, running_head="Papers") == make(
        line_numbers=True, running_head="Papers"
    )


def test_sections_are_numbered_and_subsections_take_no_number() -> None:
    text = "".join(page_texts(make()))
    assert [name for name in ("1 Introduction", "1.1 Scope", "2 Method") if name in text] == [
        "1 Introduction",
        "1.1 Scope",
        "2 Method",
    ]


def test_words_are_cut_at_line_ends_unless_asked_not_to() -> None:
    assert "\ufffe" in "".join(page_texts(make()))
    assert "\ufffe" not in "".join(page_texts(make(hyphenate=False)))


def test_an_encrypted_paper_opens_only_with_its_password() -> None:
    content = make(encrypt="secret")
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument(content)
    assert len(pdfium.PdfDocument(content, password="secret")) == 1


def test_a_blank_file_has_its_pages_and_no_text() -> None:
    assert page_texts(blank_pdf(3)) == ["", "", ""]
