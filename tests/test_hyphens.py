"""A word cut at a line's end: joined where it is one word, left with its hyphen where it is two."""

import pytest

from papers.hyphens import Hyphens
from papers.pdf_layout import Line


def line(text: str, *, has_hyphen: bool = False) -> Line:
    return Line(1, text, has_hyphen, 60, 60 + 4.5 * len(text), 700, 10, "Times")


def hyphens_of(*texts: str) -> Hyphens:
    """Of a document with these lines; one that ends in "-" is cut there."""
    return Hyphens([line(text.removesuffix("-"), has_hyphen=text[-1] == "-") for text in texts])


def test_a_word_that_stands_elsewhere_in_the_document_is_joined() -> None:
    hyphens = hyphens_of(
        "a representation of the docu-",
        "ment, and PaSa-",
        "GPT is another; this document is well-known and well-",
        "known, though one wellknown was misprinted",
    )
    assert hyphens.join("the docu", "ment, and") == "the document, and"
    assert hyphens.join("and PaSa", "GPT is") == "and PaSa-GPT is"
    assert hyphens.join("so well", "known that") == "so wellknown that"
    assert hyphens.join("2021", "2022") == "2021-2022"


def test_a_compound_that_stands_elsewhere_more_often_keeps_its_hyphen() -> None:
    hyphens = hyphens_of("time-series and time-series; one timeseries")
    assert hyphens.join("a time", "series of") == "a time-series of"


@pytest.mark.parametrize(
    "word",
    [
        *("practi-cal", "compres-sion", "undoubt-edly", "classifi-cation", "creat-ing"),
        *("manage-ment", "reliabil-ity", "stud-ied", "perspec-tive", "character-ized"),
        *("com-mand", "con-struct", "Sug-gesting", "dis-played", "im-plementing"),
        *("approxi-mate", "calcu-late", "moti-vates", "Mathemati-cally"),
    ],
)
def test_a_piece_that_can_be_no_word_loses_the_hyphen(word: str) -> None:
    left, right = word.split("-")
    assert hyphens_of("nothing of it").join(f"the {left}", f"{right} way") == (
        f"the {left}{right} way"
    )


@pytest.mark.parametrize(
    "compound",
    [
        *("trade-off", "ill-posed", "ground-truth", "zero-copy", "error-prone", "data-driven"),
        *("token-wise", "full-size", "user-led", "multi-action", "semi-local", "anti-noise"),
        *("non-native", "re-use", "pre-trained", "co-author", "de-facto", "ad-hoc", "em-dash"),
        *("Arpaci-Dusseau", "PaSa-GPT", "GPT-4o", "M-fluctuation", "AC-coupled", "Con-Edison"),
        *("state-of", "the-art", "three-city", "high-rise", "whole-story", "sub-ability"),
    ],
)
def test_a_compound_that_stands_nowhere_else_keeps_its_hyphen(compound: str) -> None:
    left, right = compound.split("-")
    assert hyphens_of("nothing of it").join(f"the {left}", f"{right} way") == f"the {compound} way"


def test_a_piece_that_stands_alone_in_the_document_is_a_word() -> None:
    assert hyphens_of("the cal and the tic").join("practi", "cal use") == "practi-cal use"
    assert hyphens_of("some of it").join("practi", "cal use") == "practical use"
