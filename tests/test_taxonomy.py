"""Names of arXiv's category codes."""

import pytest

from papers.taxonomy import ACTIVE, ALIASES, ALL, category_name, display_names


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("cs.CL", "Computation and Language"),
        ("cs.LG", "Machine Learning"),
        ("stat.ML", "Machine Learning"),
        ("hep-th", "High Energy Physics - Theory"),
        ("cond-mat.mtrl-sci", "Materials Science"),
        ("eess.AS", "Audio and Speech Processing"),
    ],
)
def test_a_code_has_arxivs_name(code: str, name: str) -> None:
    assert category_name(code) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("cmp-lg", "Computation and Language"),
        ("alg-geom", "Algebraic Geometry"),
        ("mtrl-th", "Materials Theory"),
        ("astro-ph", "Astrophysics"),
        ("cond-mat", "Condensed Matter"),
        ("q-bio", "Quantitative Biology"),
        ("cs", "Computer Science"),
    ],
)
def test_retired_codes_and_bare_archives_keep_their_names(code: str, name: str) -> None:
    assert category_name(code) == name
    assert code not in ACTIVE


def test_an_unknown_code_is_returned_as_it_is() -> None:
    assert category_name("cs.ZZ") == "cs.ZZ"
    assert category_name("") == ""


def test_the_table_holds_every_active_code_and_no_test_codes() -> None:
    assert len(ACTIVE) == 155
    assert set(ACTIVE) < set(ALL)
    assert not [code for code in ALL if code.startswith(("test", "bad-arch"))]


def test_every_alias_points_to_a_known_code_and_never_to_another_alias() -> None:
    assert set(ALIASES) <= set(ALL)
    assert set(ALIASES.values()) <= set(ALL)
    assert not set(ALIASES) & set(ALIASES.values())


def test_names_come_in_the_order_of_the_codes() -> None:
    assert display_names(["cs.CV", "cs.AI"]) == [
        "Computer Vision and Pattern Recognition",
        "Artificial Intelligence",
    ]


def test_two_subjects_with_one_name_carry_their_codes() -> None:
    assert display_names(["cs.LG", "cs.AI", "stat.ML"]) == [
        "Machine Learning (cs.LG)",
        "Artificial Intelligence",
        "Machine Learning (stat.ML)",
    ]
    assert display_names(["stat.ML", "cs.AI"]) == ["Machine Learning", "Artificial Intelligence"]


def test_an_alias_beside_its_target_is_one_subject() -> None:
    assert display_names(["cs.IT", "math.IT"]) == ["Information Theory"]
    assert display_names(["cs.SY", "eess.SY"]) == ["Systems and Control"]
    assert display_names(["q-fin.EC", "econ.GN"]) == ["General Economics"]
    assert display_names(["cmp-lg", "cs.CL"]) == ["Computation and Language"]


def test_a_code_given_twice_is_named_once_and_unknown_codes_stay() -> None:
    assert display_names(["cs.CL", "cs.CL", "68T50", "68T50"]) == [
        "Computation and Language",
        "68T50",
    ]
    assert display_names([]) == []


def test_the_tables_cannot_be_changed_by_their_readers() -> None:
    with pytest.raises(TypeError):
        ACTIVE["cs.CL"] = "x"  # type: ignore[index]
