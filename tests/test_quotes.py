"""A quote counts only if it stands in the paper word for word, number for number."""

import random
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import pytest

from digests.drafting.english import english_sentences
from digests.drafting.verify import MIN_CHARACTERS, find_quote, nearest
from papers.fulltext import Passage

TRUE_QUOTES = 1200
TAMPERED_QUOTES = 3000

NAMES = ("Marlin", "Otter", "Kestrel-2", "Finch", "Heron-7B", "Osprey", "Lynx", "Badger-XL", "Ibis")
NAMES_ELSEWHERE = ("Petrel", "Gannet", "Skua-3B", "Tern")
TASKS = ("translation", "summarisation", "dialogue", "retrieval", "planning", "code repair")
UNITS = ("percent", "points", "GB", "ms", "hours", "mW", "kilometres", "tokens")
TEMPLATES = (
    "The {name} model “improves” the {task} score by {dec} {unit} over {other} on {big} examples.",
    "We find that {name} does not exceed {other} on {task}, even after {num} additional epochs.",
    "At a temperature of −{num} degrees, the efficient offline {task} system of {name} needs "
    "{dec} {unit} less.",
    "{name} and {other} were trained for {num}–{more} hours on state-of-the-art hardware with "
    "{big} files.",
    "It isn’t the size of {name}, but the {task} data, that no baseline of {num} {unit} can "
    "replace.",
    "Across {more} seeds, the error of {name} fell from {dec} to {num} {unit}, while {other} never "
    "recovered on {task}.",
    "Significant differences (p < 0.0{num}) between {name} and {other} were not observed for "
    "{task} at 10² steps.",
)


def _sentence(rng: random.Random, names: Sequence[str] = NAMES) -> str:
    name, other = rng.sample(names, 2)
    number = rng.randint(2, 48)
    return rng.choice(TEMPLATES).format(
        name=name,
        other=other,
        task=rng.choice(TASKS),
        unit=rng.choice(UNITS),
        num=number,
        more=number + rng.randint(2, 40),
        dec=f"{rng.randint(1, 89)}.{rng.randint(1, 9)}",
        big=f"{rng.randint(1, 90)},{rng.randint(100, 999)}",
    )


@lru_cache(maxsize=64)
def _paper(seed: int) -> tuple[Passage, ...]:
    rng = random.Random(seed)
    texts = [" ".join(_sentence(rng) for _ in range(rng.randint(4, 7))) for _ in range(20)]
    body = [
        Passage(f"p{n // 4 + 1:02}-{n % 4 + 1:02}", n // 4 + 1, "4 Results", "body", text)
        for n, text in enumerate(texts)
    ]
    cited = Passage("p06-01", 6, "References", "references", " ".join(map(_sentence, [rng] * 5)))
    return (*body, cited)


def _passage(text: str, kind: str = "body") -> Passage:
    return Passage("p01-01", 1, "1 Introduction", kind, text)


def _is_accepted(quote: str, text: str) -> bool:
    return find_quote(quote, (_passage(text),)) is not None


# True quotes, as another extractor would write them


def _straight_quotes(text: str, rng: random.Random) -> str:
    return text.replace("“", '"').replace("”", '"').replace("’", "'")


def _latex_quotes(text: str, rng: random.Random) -> str:
    return text.replace("“", "``").replace("”", "''").replace("’", "‘")


def _ligatures(text: str, rng: random.Random) -> str:
    return text.replace("ffi", "ﬃ").replace("ff", "ﬀ").replace("fi", "ﬁ").replace("fl", "ﬂ")


def _broken_lines(text: str, rng: random.Random) -> str:
    words = text.split()
    for place in range(4, len(words), 6):
        word = words[place]
        cut = rng.randint(2, len(word) - 2) if len(word) > 6 and word.isalpha() else 0
        words[place] = f"{word[:cut]}-\n{word[cut:]}" if cut else f"\n{word}"
    return " ".join(words)


def _soft_hyphens(text: str, rng: random.Random) -> str:
    return re.sub(r"([a-z]{3})(?=[a-z]{3})", "\\1\u00ad", text)


def _marked_hyphens(text: str, rng: random.Random) -> str:
    return re.sub(r"([a-z]{4})(?=[a-z]{4})", rng.choice(("\\1\x02", "\\1\ufffe")), text, count=2)


def _odd_spaces(text: str, rng: random.Random) -> str:
    return " " + re.sub(" ", lambda _: rng.choice((" ", "  ", "\u00a0", "\u2009", "\r\n")), text)


def _other_dashes(text: str, rng: random.Random) -> str:
    return text.replace("–", rng.choice("-‐‑—")).replace("−", rng.choice("-–"))


def _zero_width(text: str, rng: random.Random) -> str:
    return text.replace(" ", " \u200b").replace("-", "\u2060-")


def _unhyphenated(text: str, rng: random.Random) -> str:
    return text.replace("state-of-the-art", "state-of-theart").replace("Kestrel-2", "Kestrel2")


def _other_case(text: str, rng: random.Random) -> str:
    head, _, tail = text.partition(" ")
    return f"{head.upper()} {tail}"


WRITINGS: tuple[Callable[[str, random.Random], str], ...] = (
    _straight_quotes,
    _latex_quotes,
    _ligatures,
    _broken_lines,
    _soft_hyphens,
    _marked_hyphens,
    _odd_spaces,
    _other_dashes,
    _zero_width,
    _unhyphenated,
    _other_case,
)


def test_true_quotes_are_accepted_however_another_extractor_writes_them() -> None:
    refused = []
    for seed in range(TRUE_QUOTES):
        rng = random.Random(seed)
        passages = _paper(seed % 40)
        passage = rng.choice(passages[:-1])
        quote = rng.choice(english_sentences(passage.text))
        for writing in rng.sample(WRITINGS, rng.randint(1, 3)):
            quote = writing(quote, rng)
        if find_quote(quote, (passage,)) is None:
            refused.append(quote)
    assert len(refused) <= 0.005 * TRUE_QUOTES, refused[:5]


# Tampered quotes


def _change_number(text: str, rng: random.Random) -> str:
    place = rng.choice([m.start() for m in re.finditer(r"\d", text)])
    return f"{text[:place]}{(int(text[place]) + rng.randint(1, 9)) % 10}{text[place + 1 :]}"


def _drop_digit(text: str, rng: random.Random) -> str:
    place = rng.choice([m.start() for m in re.finditer(r"\d", text)])
    return text[:place] + text[place + 1 :]


def _drop_decimal_point(text: str, rng: random.Random) -> str:
    return re.sub(r"(\d)[.,](\d)", r"\1\2", text)


def _split_decimal(text: str, rng: random.Random) -> str:
    return re.sub(r"(\d)\.(\d)", r"\1. \2", text)


def _negate(text: str, rng: random.Random) -> str:
    return re.sub(r"\b(improves|exceed|trained|replace|fell|observed|needs)\b", r"not \1", text)


def _affirm(text: str, rng: random.Random) -> str:
    return re.sub(r"\b(?:not|never|no) |n’t\b", "", text)


def _swap_names(text: str, rng: random.Random) -> str:
    here = sorted((name for name in NAMES if name in text), key=text.find)
    if len(here) < 2:
        return text.replace(here[0], "Puffin")
    return text.replace(here[0], "\0").replace(here[1], here[0]).replace("\0", here[1])


def _drop_sign(text: str, rng: random.Random) -> str:
    return text.replace("−", "")


def _add_sign(text: str, rng: random.Random) -> str:
    return re.sub(r"\b(by|from|after|of|to) (?=\d)", r"\1 -", text)


def _join_range(text: str, rng: random.Random) -> str:
    return re.sub(r"(\d)–(\d)", rng.choice((r"\1\2", r"\1 \2")), text)


def _change_unit(text: str, rng: random.Random) -> str:
    swaps = {"percent": "points", "points": "percent", "GB": "MB", "ms": "s", "hours": "days"}
    swaps |= {"mW": "MW", "kilometres": "metres", "tokens": "words"}
    return re.sub(rf"\b({'|'.join(swaps)})\b", lambda m: swaps[m.group()], text)


def _flatten_power(text: str, rng: random.Random) -> str:
    return text.replace("10²", "102")


def _cut_word(text: str, rng: random.Random) -> str:
    inside = [m.start() + 1 for m in re.finditer(r"[a-z]{4,}", text)]
    if rng.random() < 0.5:
        return text[min(inside) :]
    return text[: max(inside)]


def _cut_off_negation(text: str, rng: random.Random) -> str:
    return re.split(r"\b(?:not|never|no) ", text, maxsplit=1)[-1]


def _elide(text: str, rng: random.Random) -> str:
    words = text.split()
    middle = len(words) // 2
    return " ".join([*words[: middle - 1], rng.choice(("…", "[...]", "...")), *words[middle + 2 :]])


def _drop_word(text: str, rng: random.Random) -> str:
    words = text.split()
    del words[rng.randint(2, len(words) - 3)]
    return " ".join(words)


def _splice(text: str, rng: random.Random) -> str:
    other = _sentence(random.Random(rng.random()), NAMES_ELSEWHERE).split()
    words = text.split()
    return " ".join([*words[: len(words) // 2], *other[len(other) // 2 :]])


def _of_other_paper(text: str, rng: random.Random) -> str:
    return _sentence(random.Random(rng.random()), NAMES_ELSEWHERE)


TAMPERINGS: tuple[Callable[[str, random.Random], str], ...] = (
    _change_number,
    _drop_digit,
    _drop_decimal_point,
    _split_decimal,
    _negate,
    _affirm,
    _swap_names,
    _drop_sign,
    _add_sign,
    _join_range,
    _change_unit,
    _flatten_power,
    _cut_word,
    _cut_off_negation,
    _elide,
    _drop_word,
    _splice,
    _of_other_paper,
)


def _tampered(seed: int) -> tuple[str, str, tuple[Passage, ...]] | None:
    """A kind of tampering, a quote made by it and the paper; None where it changed nothing."""
    rng = random.Random(seed)
    passages = _paper(seed % 40)
    passage = rng.choice(passages[:-1])
    true = rng.choice(english_sentences(passage.text))
    tampering = TAMPERINGS[seed % len(TAMPERINGS)]
    quote = tampering(true, rng)
    if any(quote in one.text and one.kind == "body" and quote == true for one in passages):
        return None
    return tampering.__name__, quote, passages


def test_no_tampered_quote_is_accepted() -> None:
    tried: dict[str, int] = {}
    accepted = []
    seed = 0
    while sum(tried.values()) < TAMPERED_QUOTES:
        seed += 1
        made = _tampered(seed)
        if made is None:
            continue
        name, quote, passages = made
        tried[name] = tried.get(name, 0) + 1
        if find_quote(quote, passages) is not None:
            accepted.append((name, quote))
    assert accepted == []
    assert len(tried) == len(TAMPERINGS)
    assert min(tried.values()) >= 20


# Single attacks and single pardons

BEFORE = "Over all nine of the languages that were tested, "
AFTER = " in every one of the languages that were tested."


@pytest.mark.parametrize(
    ("real", "claimed"),
    [
        ("the loss is -5 points", "the loss is 5 points"),
        ("the loss is 5 points", "the loss is-5 points"),
        ("the loss is \u22125 points", "the loss is5 points"),
        ("the rate is 1e-5", "the rate is 1e5"),
        ("a value of x \u2212 y", "a value of x y"),
        ("a value of -x for each", "a value of x for each"),
        ("it took 3-5 days", "it took 35 days"),
        ("it took 3 5 days", "it took 35 days"),
        ("it took 35 days", "it took 3-5 days"),
        ("of Table 1. 5 models fail", "of Table 1.5 models fail"),
        ("a change (-.5) of it", "a change (.5) of it"),
        ("a change (-$5) of it", "a change ($5) of it"),
        ("an offset of x-.5 there", "an offset of x.5 there"),
        ("where y=-x holds", "where y=x holds"),
        ("the value f(-x) of it", "the value f(x) of it"),
        ("the pair {u,-v} of it", "the pair {u,v} of it"),
        ("the value x-y of it", "the value xy of it"),
        ("the value x - y of it", "the value x y of it"),
        ("about 10² of them", "about 102 of them"),
        ("about 10ᵏ of them", "about 10k of them"),
        ("the step ㉑ of it", "the step 21 of it"),
        ("the step ⓪ of it", "the step 0 of it"),
        ("about 1½ of them", "about 11/2 of them"),
        ("it is ≠ 4 there", "it is = 4 there"),
        ("it is < 4 there", "it is > 4 there"),
        ("it drew 5 mW", "it drew 5 MW"),
        ("it was not able to run", "it was notable to run"),
        ("it was notable to run", "it was not able to run"),
        ("which results in significant loss", "which results insignificant loss"),
        ("there is no table", "there is notable"),
        ("it is now here", "it is nowhere"),
        ("it doesn't help", "it does help"),
        ("the models win", "the \u202emodels win"),
    ],
)
def test_a_change_that_dropping_spaces_and_hyphens_would_hide_is_refused(
    real: str, claimed: str
) -> None:
    assert _is_accepted(BEFORE + real + AFTER, BEFORE + real + AFTER)
    assert not _is_accepted(BEFORE + claimed + AFTER, BEFORE + real + AFTER)


@pytest.mark.parametrize(
    ("before", "quote"),
    [
        ("It was un", "able to follow the instructions of the people who wrote it."),
        ("It was not ", "able to follow the instructions of the people who wrote it."),
        ("It couldn't ", "follow the instructions of the people who wrote them down."),
        ("A gain of 9", "1 percent was seen on all of the languages that were tested."),
        ("A gain of 9.", "1 percent was seen on all of the languages that were tested."),
        ("A gain of 9,", "100 sentences was seen on all of the languages that were tested."),
        ("A gain of -", "1 percent was seen on all of the languages that were tested."),
        ("A gain of < ", "1 percent was seen on all of the languages that were tested."),
        ("A gain of $", "1 per sentence was seen on all of the languages that were tested."),
        ("A gain of -", "$5 per sentence was seen on all of the languages that were tested."),
        ("A share of 9:", "1 per sentence was seen on all of the languages that were tested."),
        ("A gain of \u2212", "x per sentence was seen on all of the languages that were tested."),
        ("These are non-", "linear models of the languages that were tested by the authors."),
    ],
)
def test_a_quote_may_not_begin_where_it_leaves_half_of_the_meaning_behind(
    before: str, quote: str
) -> None:
    assert not _is_accepted(quote, before + quote)
    assert _is_accepted(quote, f"We also looked. {quote}")


@pytest.mark.parametrize(
    ("quote", "after"),
    [
        ("The nine large models that were trained on our own new data are cap", "able of it."),
        ("The nine large models that were trained on our own new data are error", "-free."),
        ("Over all of the languages that we tested, the models reached 9", "1 percent."),
        ("Over all of the languages that we tested, the models reached 9", ".1 percent."),
        ("Over all of the languages that we tested, the models reached 9", "%."),
        ("Over all of the languages that we tested, the models reached 9", " million people."),
        ("Over all of the languages that we tested, the models took 9", "–12 days."),
        ("Over all of the languages that we tested, the models reached 10", "⁻⁵ errors."),
        ("Over all of the languages that we tested, the models read 3", " · 10⁹ words."),
        ("Over all of the languages that we tested, the models won 9", ":1 of all."),
        ("Over all of the languages that we tested, the models reached 9", " bn people."),
        ("Over all of the languages that we tested, the models reached 9.", "5 percent."),
        ("The nine large models that were trained on our own new data can", "'t do it."),
        ("The nine large models that were trained on our own new data are", " not able to do it."),
    ],
)
def test_a_quote_may_not_end_where_it_leaves_half_of_the_meaning_behind(
    quote: str, after: str
) -> None:
    assert not _is_accepted(quote, quote + after)
    assert _is_accepted(quote, quote)


@pytest.mark.parametrize(
    ("real", "written"),
    [
        ("the GPT-4 baseline", "the GPT4 baseline"),
        ("the GPT-4 baseline", "the GPT-\n4 baseline"),
        ("a 5-shot prompt", "a 5 shot prompt"),
        ("a span of 3–5 days", "a span of 3 - 5 days"),
        ("at -5 degrees", "at \u22125 degrees"),
        ("of the models", "ofthe models"),
        ("in the end", "inthe end"),
        ("non-trivial cases", "nontrivial cases"),
        ("a cost of 5 GB", "a cost of 5GB"),
        ("papers [1, 2]", "papers [1,2]"),
        ("the 𝑥 axis", "the x axis"),
        ("Table 3", "T able 3"),
        ("the U-Net and t-SNE", "the UNet and tSNE"),
        ("(RL)-based agents", "(RL) based agents"),
        ("the U.S.-based agents", "the U.S.based agents"),
        ("the score — a mean", "the score—a mean"),
    ],
)
def test_another_way_of_writing_the_same_is_accepted(real: str, written: str) -> None:
    assert _is_accepted(BEFORE + written + AFTER, BEFORE + real + AFTER)
    assert _is_accepted(BEFORE + real + AFTER, BEFORE + written + AFTER)


def test_a_footnote_mark_glued_to_a_sentence_does_not_hide_it() -> None:
    text = "They use a large model.2We propose a much smaller model for the very same task."
    assert _is_accepted("We propose a much smaller model for the very same task.", text)


def test_forty_characters_are_counted_as_written_with_single_spaces() -> None:
    quote = "abcdefghi " * 3 + "abcdefghi"
    assert len(quote) == MIN_CHARACTERS - 1
    assert not _is_accepted(quote, quote)
    assert not _is_accepted(quote.replace(" ", "   "), quote)
    assert _is_accepted(quote + "j", quote + "j")


def test_references_are_never_evidence() -> None:
    quote = "A very long title of a paper on the translation of idioms into Japanese."
    assert find_quote(quote, (_passage(quote, "references"),)) is None
    assert nearest(quote, (_passage(quote, "references"),)) is None
    assert find_quote(quote, (_passage(quote, "caption"),)) is not None


def test_a_quote_over_two_passages_is_refused() -> None:
    first = "The models were trained on four languages."
    second = "They were tested on nine other languages."
    passages = (_passage(first), _passage(second))
    assert find_quote(f"{first} {second}", passages) is None
    assert find_quote(f"{first} {second}", (_passage(f"{first} {second}"),)) is not None


def test_a_later_occurrence_counts_where_the_first_is_cut() -> None:
    quote = "able to follow the instructions of the people who wrote it"
    text = f"It was un{quote}. Only Otter was {quote}."
    assert _is_accepted(quote, text)


@pytest.mark.parametrize("quote", ["", " ", "-", "\u200b" * 50, "…", "\x00" * 60])
def test_nothing_is_not_a_quote(quote: str) -> None:
    assert find_quote(quote, _paper(1)) is None
    assert nearest(quote, _paper(1)) is None


# What is offered instead


def test_the_real_wording_is_offered_for_a_tampered_quote() -> None:
    offered = right = 0
    for seed in range(1, 101):
        rng = random.Random(seed)
        passages = _paper(seed % 40)
        passage = rng.choice(passages[:-1])
        true = rng.choice(english_sentences(passage.text))
        proposal = nearest(_drop_word(_change_number(true, rng), rng), passages)
        if proposal is None:
            continue
        offered += 1
        right += proposal == (passage, true)
        assert find_quote(proposal[1], (proposal[0],)) is not None
    assert offered >= 95
    assert right >= 0.95 * offered


def test_two_sentences_are_offered_for_a_quote_of_two() -> None:
    text = (
        "First we train Otter on four languages. Then we test Otter on nine languages. "
        "At last we compare it with Lynx."
    )
    proposal = nearest(
        "First we train Otter on five languages. Then we test Otter on ten languages.",
        (_passage(text),),
    )
    assert proposal is not None
    assert proposal[1] == (
        "First we train Otter on four languages. Then we test Otter on nine languages."
    )


def test_nothing_is_offered_when_nothing_is_close() -> None:
    quote = "Mitochondrial membranes of yeast change their shape when glucose is withdrawn."
    assert nearest(quote, _paper(3)) is None


# Sentences


def test_sentences_end_at_full_stops_that_end_sentences_only() -> None:
    sentences = [
        "We follow Smith et al. (2020), i.e. the setup of Fig. 3 and Eq. 4.",
        "J. R. Smith reached 4.5 points, cf. Sec. 2, with GPT-3.5 vs. Otter.",
        "Is it enough?",
        "“It is,” they say in their paper [12].",
        "We also use data of Jones et al.",
        "The rest follows from Thm. 3.1 of No. 4.",
    ]
    assert english_sentences(" ".join(sentences)) == sentences


def test_bullets_separate_sentences() -> None:
    text = "We make two contributions: • We build Otter. • We test it."
    assert english_sentences(text) == [
        "We make two contributions:",
        "We build Otter.",
        "We test it.",
    ]
