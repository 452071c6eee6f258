"""Without a model the drafter shows sentences of the paper, and only such as answer."""

from dataclasses import replace

import pytest

from digests.drafting.bank import default_bank
from digests.drafting.cues import PROFILES
from digests.drafting.extractive import QUOTES, draft
from digests.drafting.kinds import guess_kind
from digests.drafting.types import KINDS, BankQuestion, DraftItem, DraftText, Material
from digests.drafting.verify import find_quote
from papers.fulltext import Passage

TITLE = "Otter: Short Drafts for Long Letters"
ABSTRACT = (
    "Language models write long letters slowly, and existing decoders suffer from repeated "
    "phrases. We propose Otter, a decoder that consists of a planner and a writer, which share "
    "one memory. Otter reduces the time per letter by 41% and outperforms the strongest baseline "
    "by 3.2 points on nine tasks. These are large gains. Code and models are available at "
    "https://example.org/otter under a free licence."
)
SECTIONS = (
    (
        "1 Introduction",
        "The aim of this work is to write long letters in less time on an ordinary laptop. "
        "Unlike previous decoders, which plan nothing, Otter plans the whole letter first. "
        "This improves the accuracy of all nine tasks by 9% over the strongest baseline.",
    ),
    (
        "2 Related Work",
        "Smith et al. (2021) propose a decoder that consists of seven experts and outperforms all.",
    ),
    (
        "3 The Otter Decoder",
        "Our decoder is trained in two steps, first on plans and then on the letters themselves. "
        "They are trained on the memory that both of the modules read and write at every step. "
        "Table 2 shows the sizes of all modules that we trained and released for this paper.",
    ),
    (
        "4 Experiments",
        "We evaluate Otter on nine datasets of letters against four baselines by accuracy and F1. "
        "All models were trained on 8 A100 GPUs for 36 hours, which cost about 900 dollars. "
        "However, our decoder is limited to letters and cannot plan more than nine parts of one. "
        "The gain is largest on long letters because the planner removes repeated phrases early.",
    ),
    (
        "5 Discussion",
        "In future work we plan to extend Otter to spoken letters and to other languages.",
    ),
    (
        "6 Limitations",
        "All of our letters are in English, and we cannot say how Otter behaves for other scripts. "
        "Short notes of less than fifty words were not included in any of the nine datasets.",
    ),
)
JUNK = (
    "Otter outperforms 41.2 3.1 / 88 | 12.0 = 7 ± 2 { 41.3 } < 9.1 ; Base reaches 40.1 2.2 / 87 | "
    "11.0 = 6 ± 1 { 40.2 }."
)
MORE = (
    Passage(
        "p09-01", 9, "4 Experiments", "caption", "We evaluate Otter on nine datasets of letters."
    ),
    Passage("p09-02", 9, "4 Experiments", "body", JUNK),
    Passage(
        "p10-01",
        10,
        "References",
        "references",
        "We propose a decoder that outperforms all by 99% and releases its code on GitHub.",
    ),
    Passage(
        "p11-01",
        11,
        "Acknowledgements",
        "body",
        "We thank the lab that releases its code and data at https://example.org/lab for free.",
    ),
)


def _material(kind: str = "method") -> Material:
    body = tuple(
        Passage(f"p{page:02}-01", page, section, "body", text)
        for page, (section, text) in enumerate(SECTIONS, start=1)
    )
    abstract = Passage("abs", None, "Abstract", "abstract", ABSTRACT)
    return Material(TITLE, ABSTRACT, (abstract, *body, *MORE), kind)


def _item(made: DraftText, key: str) -> DraftItem:
    return next(item for item in made.items if item.bank_key == key)


def _first(made: DraftText, key: str) -> str:
    return _item(made, key).evidence[0].quote


def _quotes(made: DraftText) -> list[str]:
    return [cited.quote for item in made.items for cited in item.evidence]


@pytest.mark.parametrize("kind", KINDS)
def test_every_quote_stands_in_its_passage(kind: str) -> None:
    material = _material(kind)
    made = draft(material, default_bank())
    assert made.items
    for item in made.items:
        assert 1 <= len(item.evidence) <= QUOTES
        for cited in item.evidence:
            passage = next(one for one in material.passages if one.key == cited.passage_key)
            assert find_quote(cited.quote, (passage,)) == passage
            assert cited.quote in passage.text
            assert (cited.page, cited.section) == (passage.page, passage.section)


@pytest.mark.parametrize("kind", KINDS)
def test_the_six_questions_of_highest_priority_for_the_kind_are_asked(kind: str) -> None:
    bank = default_bank()
    wanted = sorted(
        (question.priority[kind], question.key) for question in bank if kind in question.priority
    )[:6]
    made = draft(_material(kind), bank)
    asked = {item.bank_key for item in made.items} | set(made.left_out)
    assert asked == {key for _, key in wanted}
    assert not {item.bank_key for item in made.items} & set(made.left_out)


def test_items_are_questions_without_a_text() -> None:
    made = draft(_material(), default_bank())
    asked = {question.key: question.ja for question in default_bank()}
    assert all(item.field == "question" and item.text == "" for item in made.items)
    assert all(item.question == asked[item.bank_key] for item in made.items)


def test_a_method_paper_is_answered_by_the_right_sentences() -> None:
    made = draft(_material(), default_bank())
    assert _first(made, "purpose").startswith("Language models write long letters slowly")
    assert _first(made, "novelty").startswith("Unlike previous decoders")
    assert _first(made, "method").startswith("We propose Otter")
    assert _first(made, "findings").startswith("Otter reduces the time per letter by 41%")
    assert _first(made, "access").startswith("Code and models are available")


def test_purpose_method_and_findings_come_first_from_the_abstract() -> None:
    made = draft(_material(), default_bank())
    for key in ("purpose", "method", "findings"):
        assert _item(made, key).evidence[0].passage_key == "abs"


def test_an_empirical_paper_is_asked_for_its_setup_and_reasons() -> None:
    made = draft(_material("empirical"), default_bank())
    assert _first(made, "setup").startswith("We evaluate Otter on nine datasets")
    assert _first(made, "why").startswith("The gain is largest on long letters because")
    assert _first(made, "future").startswith("In future work we plan")


def test_limits_come_from_limitations_discussion_or_conclusion_only() -> None:
    made = draft(_material("theory"), default_bank())
    for key in ("limits", "future"):
        sections = {cited.section for cited in _item(made, key).evidence}
        assert sections <= {"5 Discussion", "6 Limitations"}
    material = _material()
    early = [one for one in material.passages if one.section[:1] not in "56"]
    without = draft(replace(material, passages=tuple(early)), default_bank())
    assert "limits" in without.left_out


def test_a_subsection_of_the_discussion_counts_as_discussion() -> None:
    text = "We could not test more than one kind of letter, and only adults took part in it."
    passages = (
        Passage("p05-01", 5, "5 Discussion", "body", "It is done."),
        Passage("p05-02", 5, "5.1 Whose letters", "body", text),
        Passage("p03-01", 3, "3.1 Whose letters", "body", text.replace("letter", "note")),
    )
    made = draft(replace(_material(), passages=passages), default_bank())
    assert [cited.quote for cited in _item(made, "limits").evidence] == [text]


def test_references_captions_tables_thanks_and_dangling_openings_are_never_quoted() -> None:
    quoted = [quote for kind in KINDS for quote in _quotes(draft(_material(kind), default_bank()))]
    assert not [quote for quote in quoted if "99%" in quote or "We thank" in quote]
    assert not [quote for quote in quoted if quote.startswith(("These", "This", "They", "Table"))]
    assert JUNK not in quoted
    assert MORE[0].text not in quoted


def test_this_paper_is_not_a_dangling_opening() -> None:
    text = "This paper presents Otter, which addresses the problem of letters that never end."
    passages = (Passage("abs", None, "Abstract", "abstract", text),)
    made = draft(replace(_material(), passages=passages), default_bank())
    assert text in _quotes(made)


@pytest.mark.parametrize(
    "opening",
    [
        "However, these decoders",
        "Thus, it also",
        "In contrast, they",
        "For this setting, Otter",
        "For example, the decoder",
        "As mentioned before, Otter",
        "In accordance with this, Otter",
        "That allowed the decoder which",
        "We thank Ann Example, whose work",
        "Ann Example (ann@example.org) and her group",
    ],
)
def test_what_leans_on_the_sentence_before_is_never_quoted(opening: str) -> None:
    rest = "outperforms the strongest baseline by 3.2 points on nine tasks of the benchmark."
    own = "In this paper, we show that Otter outperforms the strongest baseline by 3.2 points."
    passages = (
        Passage("abs", None, "Abstract", "abstract", f"{own} {opening} {rest}"),
        Passage("p04-01", 4, "4 Results", "body", f"{opening} {rest}"),
    )
    made = draft(replace(_material(), passages=passages), default_bank())
    assert _quotes(made) == [own]


@pytest.mark.parametrize(
    "text",
    [
        "The results of all runs in this paper were obtained with version 4.2.2 of the program.",
        "Roussev concludes that the older decoder outperforms all others by 9% on letters [6].",
        "Section 5 discusses an approach that Smith et al. took in order to improve letters.",
    ],
)
def test_what_is_no_result_of_the_paper_is_no_finding(text: str) -> None:
    passages = (Passage("p06-01", 6, "3.2 Kernel analysis of letters", "body", text),)
    made = draft(replace(_material(), passages=passages), default_bank())
    assert "findings" in made.left_out


def test_the_result_itself_comes_before_its_price_and_its_reason() -> None:
    result = "Otter lowers the error from 11.8 to 9.1% on nine tasks and solves 64% of them."
    price = "Decoding is 14% slower than before because the letters become longer."
    reason = "The improvement comes from plans that contradict the letter: 71% are right."
    passages = (Passage("abs", None, "Abstract", "abstract", f"{reason} {price} {result}"),)
    made = draft(replace(_material(), passages=passages), default_bank())
    assert _first(made, "findings") == result


def test_what_a_program_offers_is_its_resource() -> None:
    abstract = (
        "otter is an extensible package for the writing of letters on ordinary computers. "
        "The package provides nine decoders and three planners for letters of any length."
    )
    passages = (
        Passage("abs", None, "Abstract", "abstract", abstract),
        Passage(
            "p02-01",
            2,
            "2 Related Work",
            "body",
            "The package heron provides 14 decoders for short notes (Smith and Wren 2019).",
        ),
    )
    material = replace(_material("resource"), title="otter – A Package", passages=passages)
    made = draft(material, default_bank())
    assert _first(made, "resource").startswith("otter is an extensible package")
    assert not [quote for quote in _quotes(made) if "heron" in quote]


def test_a_result_in_the_abstract_is_no_statement_of_the_problem() -> None:
    """Else "despite" alone would lift it over the sentence that names the problem."""
    abstract = "Despite its small size, Otter outperforms all of the baselines on every letter."
    problem = "Existing decoders often fall short when letters are long and hard to plan ahead."
    passages = (
        Passage("abs", None, "Abstract", "abstract", abstract),
        Passage("p01-01", 1, "1 Introduction", "body", problem),
    )
    made = draft(replace(_material(), passages=passages), default_bank())
    assert _first(made, "purpose") == problem


def test_no_sentence_stands_under_two_questions_even_when_the_paper_repeats_it() -> None:
    material = _material()
    repeated = Passage("p07-01", 7, "7 Conclusion", "body", ABSTRACT)
    made = draft(replace(material, passages=(*material.passages, repeated)), default_bank())
    quotes = _quotes(made)
    assert len(quotes) == len(set(quotes))


def test_what_the_paper_does_not_answer_is_left_out() -> None:
    passages = (
        Passage("p01-01", 1, "1 Introduction", "body", "Rivers carry sand into the sea at night."),
    )
    made = draft(replace(_material(), passages=passages), default_bank())
    assert made.items == ()
    assert made.left_out == ("purpose", "novelty", "method", "findings", "limits", "access")


def test_a_paper_without_passages_leaves_every_question_out() -> None:
    made = draft(replace(_material(), passages=()), default_bank())
    assert made.items == ()
    assert len(made.left_out) == 6


def test_the_same_paper_gives_the_same_draft() -> None:
    assert draft(_material(), default_bank()) == draft(_material(), default_bank())


def test_a_question_of_the_editors_own_finds_the_nearest_sentence() -> None:
    own = BankQuestion(
        "own-1", "費用は？", "How many GPUs and dollars did training cost?", "", {"method": 1}
    )
    made = draft(_material(), (own,))
    assert _first(made, "own-1").startswith("All models were trained on 8 A100 GPUs")


@pytest.mark.parametrize(
    "english", ["", "???", "これは何ですか", '" OR *', "NEAR(a b) AND NOT text:x"]
)
def test_a_question_that_is_no_english_breaks_nothing(english: str) -> None:
    own = BankQuestion("own-1", "何？", english, "", {"method": 1})
    made = draft(_material(), (own,))
    assert {item.bank_key for item in made.items} | set(made.left_out) == {"own-1"}


def test_the_bank_has_a_profile_and_a_priority_for_every_question() -> None:
    bank = default_bank()
    assert len(bank) == 16
    assert {question.key for question in bank} == set(PROFILES)
    for kind in KINDS:
        ranks = sorted(question.priority[kind] for question in bank if kind in question.priority)
        assert ranks == list(range(1, len(ranks) + 1))


@pytest.mark.parametrize(
    ("kind", "title", "abstract"),
    [
        ("method", TITLE, ABSTRACT),
        ("survey", "A Survey of Letter Writing", "We review 120 papers on letters."),
        ("survey", "Letters by Machine", "This systematic review covers 90 studies of letters."),
        (
            "resource",
            "LetterBench: Measuring Letters",
            "We introduce a benchmark of 4,000 letters and release it.",
        ),
        ("resource", "Open Letters", "We construct a new dataset of letters in nine languages."),
        (
            "empirical",
            "Do Models Understand Letters?",
            "We investigate whether models read letters.",
        ),
        (
            "empirical",
            "An Empirical Study of Letters",
            "We evaluate nine models and find that letters matter.",
        ),
        ("resource", "otter: An R Package for Letters", "We describe the writing of letters."),
        ("resource", "Letters", "Otter is a software package that writes letters for you."),
        ("theory", "Tight Bounds for Letters", "We prove that letters need linear space."),
        ("method", "", ""),
    ],
)
def test_the_kind_is_guessed_from_title_and_abstract(kind: str, title: str, abstract: str) -> None:
    assert guess_kind(title, abstract) == kind
