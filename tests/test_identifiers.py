"""Finding arXiv ids in whatever an editor pastes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.identifiers import (
    ArxivId,
    find_arxiv_ids,
    find_broken_ids,
    month_of,
    parse_arxiv_id,
    slug_of,
)

ADDRESSES = [
    ("2303.18223", "2303.18223"),
    ("2303.18223v2", "2303.18223v2"),
    ("0704.0001", "0704.0001"),
    ("1412.9999v12", "1412.9999v12"),
    ("1501.00001", "1501.00001"),
    ("hep-th/9901001", "hep-th/9901001"),
    ("math.GT/0309136v1", "math/0309136v1"),
    ("cond-mat/0703001", "cond-mat/0703001"),
    ("cmp-lg/9404001", "cmp-lg/9404001"),
    ("astro-ph/9204001", "astro-ph/9204001"),
    ("arXiv:2303.18223", "2303.18223"),
    ("arxiv: 2303.18223v3", "2303.18223v3"),
    ("ARXIV:math.GT/0309136", "math/0309136"),
    ("https://arxiv.org/abs/2303.18223", "2303.18223"),
    ("http://www.arxiv.org/abs/2303.18223v1", "2303.18223v1"),
    ("arxiv.org/pdf/2303.18223v2.pdf", "2303.18223v2"),
    ("https://export.arxiv.org/pdf/2303.18223", "2303.18223"),
    ("https://arxiv.org/html/2303.18223v4", "2303.18223v4"),
    ("https://arxiv.org/ps/hep-th/9901001", "hep-th/9901001"),
    ("https://arxiv.org/format/2303.18223", "2303.18223"),
    ("https://arxiv.org/src/2303.18223v1", "2303.18223v1"),
    ("https://arxiv.org/abs/2303.18223?context=cs.CL#top", "2303.18223"),
    ("https://arxiv.org/pdf/2303.18223.pdf#page=3", "2303.18223"),
    ("https://arxiv.org/abs/math%2F0309136", "math/0309136"),
    ("https://ar5iv.labs.arxiv.org/html/2303.18223", "2303.18223"),
    ("https://ar5iv.org/abs/hep-th/9901001", "hep-th/9901001"),
    ("10.48550/arXiv.2303.18223", "2303.18223"),
    ("https://doi.org/10.48550/ARXIV.2303.18223", "2303.18223"),
    ("https://doi.org/10.48550/arXiv.hep-th/9901001", "hep-th/9901001"),
    ("https://huggingface.co/papers/2303.18223", "2303.18223"),
    ("https://www.alphaxiv.org/abs/2303.18223v2", "2303.18223v2"),
    ("https://alphaxiv.org/overview/2303.18223", "2303.18223"),
    ("２３０３．１８２２３ｖ２", "2303.18223v2"),
]

NOT_IDS = [
    "1234.5678",  # no month 34
    "2300.12345",  # no month 0
    "2313.12345",
    "0703.0001",  # the new style began in April 2007
    "1412.00001",  # five digits began in 2015
    "1501.0001",
    "2023.0415",
    "12304.02643",
    "2304.026431",
    "1.2304.02643",
    "2304.02643.1",
    "192.168.1501.12345",
    "v1204.1234",
    "version1204.1234",
    "2304.02643abc",
    "$2304.02643",
    "1012.3456%",
    "03-1012.3456",
    "+81-3-1012-3456",
    "2304.00000",
    "7512.00001",
    "hep-th/9913001",
    "hep-th/9106001",
    "math/0704001",
    "hep-th/990100",
    "hep-th/99010011",
    "xhep-th/9901001",
    "econ/0309136",
    "https://twitter.com/dair_ai/status/1645089444280561666?s=20",
    "https://doi.org/10.1103/1012.3456",
    "https://doi.org/10.1103/PhysRevD.1012.3456",
    "https://aclanthology.org/2023.acl-long.123/",
    "٢٣٠٣.١٨٢٢٣",  # digits of another script
]


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_every_form_of_an_id_is_read_as_a_whole_and_found_in_text(text: str, expected: str) -> None:
    assert str(parse_arxiv_id(f"  {text}\n")) == expected
    assert [str(found) for found in find_arxiv_ids(f"see {text} there")] == [expected]


@pytest.mark.parametrize("text", NOT_IDS)
def test_other_numbers_are_not_ids(text: str) -> None:
    assert find_arxiv_ids(text) == []
    assert parse_arxiv_id(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "(2304.02643)",
        "[2304.02643]",
        "“2304.02643”,",
        "2304.02643.",
        "2304.02643: a title",
        "今週は2304.02643を読みます",
        "（2304.02643）",
        "「2304.02643」、",
        "論文【2304.02643】。",
        "arXiv：2304.02643。",
        "_2304.02643_ and **2304.02643**",
        "<https://arxiv.org/abs/2304.02643>",
        "[Paper](https://arxiv.org/abs/2304.02643)",
        'href="https://arxiv.org/pdf/2304.02643"',
        "https://www.google.com/url?q=https%3A%2F%2Farxiv.org%2Fabs%2F2304.02643&sa=D",
        "@misc{x, eprint={2304.02643}}",
        "arxiv_2304.02643.pdf",
        "paper-2304.02643.txt",
    ],
)
def test_what_stands_around_an_id_does_not_hide_it(text: str) -> None:
    assert find_arxiv_ids(text) == [ArxivId("2304.02643")]


@pytest.mark.parametrize(
    "text", ["see 2304.02643", "2304.02643 2304.02644", "", "https://arxiv.org/list/cs.CL/recent"]
)
def test_only_a_whole_id_is_parsed(text: str) -> None:
    assert parse_arxiv_id(text) is None


def test_a_version_zero_names_the_paper_without_a_version() -> None:
    assert find_arxiv_ids("arXiv:2304.02643v0") == [ArxivId("2304.02643")]


def test_order_is_kept_and_each_paper_comes_once() -> None:
    text = "2304.03277, hep-th/9901001; arxiv.org/abs/2304.02643 2304.03277 HEP-TH/9901001"
    assert [found.id for found in find_arxiv_ids(text)] == [
        "2304.03277",
        "hep-th/9901001",
        "2304.02643",
    ]


def test_a_later_version_fills_a_missing_one_but_changes_none() -> None:
    assert find_arxiv_ids("2304.02643 2304.02643v1 2304.02643v2") == [ArxivId("2304.02643", 1)]
    assert find_arxiv_ids("2304.02643v3 2304.02643v1") == [ArxivId("2304.02643", 3)]


def test_subject_classes_name_the_same_paper() -> None:
    assert find_arxiv_ids("math.GT/0309136 math/0309136") == [ArxivId("math/0309136")]


def test_the_month_and_the_slug_come_from_the_id() -> None:
    assert month_of("2303.18223") == (2023, 3)
    assert month_of("hep-th/9901001") == (1999, 1)
    assert month_of("math/0309136") == (2003, 9)
    assert slug_of("hep-th/9901001") == "hep-th_9901001"
    assert slug_of("2303.18223") == "2303.18223"


def test_the_month_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        month_of("x-abcdefgh")


def test_ids_sort_with_and_without_versions() -> None:
    ids = [ArxivId("2304.02643", 2), ArxivId("2304.02643"), ArxivId("2303.18223", 1)]
    assert [str(one) for one in sorted(ids)] == ["2303.18223v1", "2304.02643", "2304.02643v2"]


@pytest.mark.parametrize(
    "piece",
    ["1", "2304.", "2304.0264", "hep-th/", "arxiv.", "a.arxiv.org/", "%2F", "math.aaaaaaaaa", "０"],
)
def test_two_megabytes_of_nearly_an_id_hold_none(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    assert find_arxiv_ids(text) == []
    assert parse_arxiv_id(text) is None


new_ids = st.builds(
    lambda year, month, serial: f"{year:02}{month:02}.{serial:05}",
    st.integers(15, 49),
    st.integers(1, 12),
    st.integers(1, 99999),
)
old_ids = st.builds(
    lambda archive, year, month, serial: f"{archive}/{year:02}{month:02}{serial:03}",
    st.sampled_from(["hep-th", "cs", "math", "cond-mat", "q-bio", "math-ph"]),
    st.sampled_from([92, 99, 0, 6]),
    st.integers(1, 12),
    st.integers(1, 999),
)
frames = st.sampled_from(["{}", "（{}）", "「{}」", "arXiv:{}", "arxiv.org/abs/{} ", "{}、"])


@given(st.lists(st.tuples(new_ids | old_ids, frames), max_size=8))
def test_what_is_written_into_prose_is_found_again(mentions: list[tuple[str, str]]) -> None:
    text = "と".join(frame.format(one) for one, frame in mentions)
    assert [found.id for found in find_arxiv_ids(text)] == list(
        dict.fromkeys(one for one, _ in mentions)
    )


@given(st.text(alphabet="0123456789.v/-arxiv:hepth %2FＡ０．", max_size=60))
def test_whatever_is_found_can_be_read_again(text: str) -> None:
    for found in find_arxiv_ids(text):
        assert parse_arxiv_id(str(found)) == found
        assert 1991 <= month_of(found.id)[0] <= 2049


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    found = find_arxiv_ids(text)
    assert len({one.id for one in found}) == len(found)
    assert parse_arxiv_id(text) is None or len(found) == 1


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("arXiv:2313.12345 and arXiv: 9999.99999v2.", ["2313.12345", "9999.99999v2"]),
        (
            "https://arxiv.org/abs/2304.99999999, arxiv.org/pdf/hep-th/9913001",
            ["2304.99999999", "hep-th/9913001"],
        ),
        ("hf.co/papers/2313.00001 alphaxiv.org/abs/1300.1234", ["2313.00001", "1300.1234"]),
        ("2304.01196\n  2313.12345v1 \n2313.12345v1", ["2313.12345v1"]),
        ("arXiv:2304.01196v2, https://arxiv.org/abs/math.GT/0309136", []),
        ("https://arxiv.org/list/cs.CL/2304 https://arxiv.org/abs/cs.CL arXiv: see there", []),
        ("on 2313.12345 we spent ¥2304.0119 and called 0312-2304-0119", []),
        ("ＡＲＸＩＶ：２３１３．１２３４５", ["2313.12345"]),
    ],
)
def test_what_stands_for_an_id_and_can_be_none_is_found(text: str, broken: list[str]) -> None:
    assert find_broken_ids(text) == broken


@given(st.from_regex(r"[0-9]{2}(0[1-9]|1[0-2])\.[0-9]{5}", fullmatch=True))
def test_an_id_is_never_called_broken_and_a_month_13_always_is(digits: str) -> None:
    text = f"arXiv:{digits}"
    assert bool(find_arxiv_ids(text)) != bool(find_broken_ids(text))
    wrong = f"{digits[:2]}13.{digits[5:]}"
    assert find_broken_ids(f"https://arxiv.org/abs/{wrong}") == [wrong]
